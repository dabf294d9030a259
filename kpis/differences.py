"""The difference of two periods or groups, with its interval and p-value."""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from scipy import special

from kpis.buckets import bounds
from kpis.distributions import Distributions, Floats, merge
from kpis.estimates import Estimates, adjusted_nps, quantile, sampled
from kpis.intervals import LEVEL, normal, over, student

Ends = TypeVar("Ends", Floats, float)


@dataclass(frozen=True, eq=False)
class Difference:
    """a − b of every cell in the unit of the figure, its interval and two-sided p-value; arrays (cells,)."""

    value: Floats
    low: Floats
    high: Floats
    p: Floats


def difference(a: Estimates, b: Estimates, level: float = LEVEL, covariance: Floats | None = None) -> Difference:
    """a − b cell by cell; raises ValueError for two kinds, and for quantiles (quantile_difference resamples).

    NPS: adjusted Wald on both (Rocks 2016). Mean: Welch (1947). Share: Newcombe (1998) with the pooled z test. Rate:
    the same square-and-add interval (Zou and Donner 2008), the exact conditional test (Przyborowski and Wilenski 1940).
    A variance measured over clusters brings its degrees of freedom (Satterthwaite 1946), a `covariance` of a and b the
    smaller of the two (same groups). A share or rate then has the p-value of its interval, as every ratio has, and
    weighted shares and NPS, whose effective n is itself an estimate.
    """
    if a.kind != b.kind or a.kind == "quantile":
        raise ValueError(f"no two-sample form of {a.kind} against {b.kind}")
    shared = np.zeros(len(a.value)) if covariance is None else covariance
    (v, m), (u, k) = sampled(a), sampled(b)
    weighted = a.kind in ("share", "nps") and not (a.kish is None and b.kish is None)
    if a.kind not in ("nps", "mean") or (a.kind == "nps" and weighted and covariance is None):
        found = by_ends(a, b, level, np.clip(np.nan_to_num(over(shared, np.sqrt(v * u))), -1, 1))
        if a.kind == "ratio" or weighted or covariance is not None:
            return found
        independent = _pooled(a, b) if a.kind == "share" else _conditional(a, b)
        return replace(found, p=np.where(np.isinf(m) & np.isinf(k), independent, found.p))
    value = centre = a.value - b.value
    if a.kind == "nps":
        (one, v), (two, u) = adjusted_nps(a, a.effective_n), adjusted_nps(b, b.effective_n)
        centre = one - two
    df = np.minimum(m, k) if covariance is not None else _satterthwaite(v, m, u, k)
    return _by_deviation(value, centre, v + u - 2 * shared, df, level)


def by_ends(a: Estimates, b: Estimates, level: float = LEVEL, r: Floats | float = 0.0) -> Difference:
    """a − b from the ends of each and their correlation r (Newcombe 1998; Zou and Donner 2008), for every kind.

    The p-value is that at which the interval would just reach zero, by the normal distribution.
    """

    def arm(one: Floats, two: Floats) -> Floats:
        size: Floats = np.sqrt(np.maximum(one**2 + two**2 - 2 * r * one * two, 0))
        return size

    value = a.value - b.value
    down, up = arm(a.value - a.low, b.high - b.value), arm(a.high - a.value, b.value - b.low)
    towards = np.where(value > 0, down, up)
    p = 2 * special.ndtr(-normal(level) * over(np.abs(value), towards))
    return Difference(value, value - down, value + up, np.where((value == 0) & (towards == 0), 1.0, p))


def quantile_difference(
    a: Distributions,
    b: Distributions,
    q: float,
    rng: np.random.Generator,
    level: float = LEVEL,
    draws: int = 2_000,
    designs: tuple[Floats | None, Floats | None] = (None, None),
) -> Difference:
    """The q-quantile of a minus that of b, cell by cell, by resampling both; designs: design effects (cells,) of each.

    A resampled quantile is an order statistic of the sample whose place is Beta distributed (Maritz and Jarrett 1978):
    it is drawn directly, at the effective n. Percentile interval and p-value (Efron 1979); an end is NaN where one of
    the quantiles' own is.
    """
    one, two = (quantile(d, q, level, design) for d, design in zip((a, b), designs, strict=True))
    gap = _redrawn(merge(a), one, q, rng, draws) - _redrawn(merge(b), two, q, rng, draws)
    tail = (1 - level) / 2
    low, high = np.quantile(gap, (tail, 1 - tail), axis=1)
    value = one.value - two.value
    beyond = np.minimum((gap <= 0).sum(axis=1), (gap >= 0).sum(axis=1))
    p = np.where(np.isnan(value), np.nan, np.minimum(1, 2 * (1 + beyond) / (1 + draws)))
    low, high = np.minimum(low, value) + 0 * (one.low - two.high), np.maximum(high, value) + 0 * (one.high - two.low)
    return Difference(value, low, high, p)


def detectable(found: Estimates, level: float = LEVEL, power: float = 0.8) -> Floats:
    """The smallest change between two periods of this n that would be called one, in the unit of the value; (cells,).

    √2 · (1 + z_power / z_level) half-widths of the interval, about twice its half-width (Cohen 1988, with the standard
    error read off the interval, so that every kind, weight and design has one). `level` is the interval's. NaN where
    an end is open.
    """
    return showing(found.low, found.high, level, power)


def showing(low: Ends, high: Ends, level: float = LEVEL, power: float = 0.8) -> Ends:
    """The same from the two ends of an interval."""
    return (high - low) * (float(special.ndtri(power)) / normal(level) + 1) / 2**0.5


def _redrawn(d: Distributions, found: Estimates, q: float, rng: np.random.Generator, draws: int) -> Floats:
    """Resampled quantiles (cells, draws) of merged distributions, spread evenly within their bucket."""
    if not len(d.cell):
        return np.full((d.cells, draws), np.nan)
    n, weight = np.nan_to_num(found.effective_n)[:, None], d.weight.astype(float)
    share = weight / np.maximum(np.bincount(d.cell, weight, d.cells), 1)[d.cell]
    upto = np.cumsum(share)
    before = np.concatenate([[0.0], upto])[np.searchsorted(d.cell, np.arange(d.cells))]
    place = before[:, None] + rng.beta(n * q + 0.5, n * (1 - q) + 0.5, size=(d.cells, draws))
    row = np.minimum(np.searchsorted(upto, place), len(upto) - 1)
    least, most = (edge.astype(float)[row] for edge in bounds(d.bucket))
    within = np.clip(1 - (upto[row] - place) / np.maximum(share[row], 1e-12), 0, 1)
    return np.where(np.isnan(found.value)[:, None], np.nan, least + within * (most - least))


def _satterthwaite(v: Floats, m: Floats, u: Floats, k: Floats) -> Floats:
    """Degrees of freedom of the sum of two variances, infinite where both are (Satterthwaite 1946)."""
    known = np.isinf(m) & np.isinf(k)
    return np.where(known, np.inf, over((v + u) ** 2, v**2 / m + u**2 / k))


def _by_deviation(value: Floats, centre: Floats, variance: Floats, df: Floats, level: float) -> Difference:
    sd = np.sqrt(variance)
    t = student(level, df)
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
