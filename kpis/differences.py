"""The difference of two periods or groups, with its interval and p-value."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from kpis.distributions import Floats
from kpis.estimates import LEVEL, Estimates, adjusted_nps, over, sampled


@dataclass(frozen=True, eq=False)
class Difference:
    """a − b of every cell in the unit of the figure, its interval and two-sided p-value; arrays (cells,)."""

    value: Floats
    low: Floats
    high: Floats
    p: Floats


def difference(a: Estimates, b: Estimates, level: float = LEVEL) -> Difference:
    """a − b cell by cell for independent groups; raises ValueError for two kinds, and for quantiles (resample them).

    NPS: adjusted Wald on both (Rocks 2016). Mean: Welch (1947). Share: Newcombe (1998) with the pooled z test. Rate:
    the same square-and-add interval (Zou and Donner 2008), the exact conditional test (Przyborowski and Wilenski 1940).
    """
    if a.kind != b.kind or a.kind == "quantile":
        raise ValueError(f"no two-sample form of {a.kind} against {b.kind}")
    value = a.value - b.value
    if a.kind == "nps":
        (one, v), (two, u) = adjusted_nps(a), adjusted_nps(b)
        return _by_deviation(value, one - two, v + u, np.full(len(v), np.inf), level)
    if a.kind == "mean":
        (v, m), (u, k) = sampled(a), sampled(b)
        return _by_deviation(value, value, v + u, over((v + u) ** 2, v**2 / m + u**2 / k), level)
    low = value - np.hypot(a.value - a.low, b.high - b.value)
    high = value + np.hypot(a.high - a.value, b.value - b.low)
    return Difference(value, low, high, _pooled(a, b) if a.kind == "share" else _conditional(a, b))


def _by_deviation(value: Floats, centre: Floats, variance: Floats, df: Floats, level: float) -> Difference:
    sd = np.sqrt(variance)
    t = np.where(np.isinf(df), special.ndtri((1 + level) / 2), special.stdtrit(df, (1 + level) / 2))
    score = -over(np.abs(centre), sd)
    p = 2 * np.where(np.isinf(df), special.ndtr(score), special.stdtr(df, score))
    return Difference(value, np.minimum(centre - t * sd, value), np.maximum(centre + t * sd, value), p)


def _pooled(a: Estimates, b: Estimates) -> Floats:
    n, m = a.effective_n, b.effective_n
    pool = over(a.value * n + b.value * m, n + m)
    sd = np.sqrt(pool * (1 - pool) * over(n + m, n * m))
    return np.where(sd == 0, 1.0, 2 * special.ndtr(-over(np.abs(a.value - b.value), sd)))


def _conditional(a: Estimates, b: Estimates) -> Floats:
    k, other = a.value * a.effective_n, b.value * b.effective_n
    chance = over(a.effective_n, a.effective_n + b.effective_n)
    at_least = np.where(k > 0, special.betainc(k, other + 1, chance), 1.0)
    at_most = np.where(other > 0, special.betaincc(k + 1, other, chance), 1.0)
    twice: Floats = 2 * np.minimum(at_least, at_most)
    return np.minimum(1, twice)
