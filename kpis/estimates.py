"""Distributions → NPS, share, mean, rate and quantile, each interval from the value, its variance and the effective n.

Weighted figures: Var = Σ_b W2_b (v_b − θ)² / W² over buckets, and effective n = σ² / Var; without weights these are the
textbook's σ²/n and n.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np
from scipy import special

from kpis.buckets import bounds
from kpis.distributions import MILLION, Distributions, Floats, Ints, merge, per_cell, ratio, reached, wide

LEVEL = 0.95
Kind = Literal["nps", "share", "mean", "quantile", "rate"]
Interval = Literal["wilson", "adjusted_wald", "wald"]


@dataclass(frozen=True, eq=False)
class Estimates:
    """Figures of every cell; arrays (cells,), NaN where there is none.

    n and effective_n count answers; variance is that of the value. numerator / denominator is the value as an exact
    ratio of integers, each of which adds up over cells; None for a quantile, which therefore cannot pay.
    """

    kind: Kind
    value: Floats
    low: Floats
    high: Floats
    n: Floats
    effective_n: Floats
    variance: Floats
    numerator: Ints | None = None
    denominator: Ints | None = None


def nps(d: Distributions, level: float = LEVEL, interval: Interval = "adjusted_wald") -> Estimates:
    """Net Promoter Score, −100 to 100, of answers 0 to 10.

    Adjusted Wald for the difference of two multinomial shares: effective n plus ¾ promoter, 1½ passives, ¾ detractor,
    then z·sd (Rocks 2016); `wald` adds nothing. The shares are not independent: their variances must not be added.
    """
    d = merge(d)
    found = _scored("nps", d, (d.bucket >= 9).astype(np.int64) - (d.bucket <= 6))
    centre, variance = adjusted_nps(found, 0 if interval == "wald" else 3, scale=1)
    half = normal(level) * np.sqrt(variance)
    found = _closed(found, np.maximum(centre - half, -1), np.minimum(centre + half, 1))
    scaled = {name: getattr(found, name) * 100 for name in ("value", "low", "high", "numerator")}
    return replace(found, variance=found.variance * 10_000, **scaled)


def share(
    d: Distributions, boxes: Collection[int] = (1,), level: float = LEVEL, interval: Interval = "wilson"
) -> Estimates:
    """Share of answers, 0 to 1, that fell in `boxes` (top-box; a yes/no is box 1).

    Wilson score interval (Wilson 1927); `adjusted_wald`, where the source says so, adds z²/2 to either side (Agresti
    and Coull 1998). A weighted share takes its effective n.
    """
    d = merge(d)
    found = _scored("share", d, np.isin(d.bucket, list(boxes)).astype(np.int64))
    p, n, z = found.value, found.effective_n, normal(level)
    centre = over(p * n + z**2 / 2, n + z**2)
    if interval == "wilson":
        half = over(z * np.sqrt(n * p * (1 - p) + z**2 / 4), n + z**2)
    elif interval == "adjusted_wald":
        half = z * np.sqrt(over(centre * (1 - centre), n + z**2))
    else:
        centre, half = p, z * np.sqrt(over(p * (1 - p), n))
    return _closed(found, np.maximum(centre - half, 0), np.minimum(centre + half, 1))


def mean(d: Distributions, level: float = LEVEL) -> Estimates:
    """Mean of the buckets, or of the exact sums x where d carries them, in the unit of the value.

    Student's t with effective n − 1 degrees of freedom; NaN ends for one answer or less. The variance is exact from xx
    or from small integer buckets; log buckets alone add the most that can lie within one (Bhatia and Davis 2000).
    """
    d = merge(d)
    found = _scored("mean", d, d.bucket) if d.x is None else _summed(d)
    variance, df = sampled(found)
    half = special.stdtrit(df, (1 + level) / 2) * np.sqrt(variance)
    return _closed(found, found.value - half, found.value + half)


def rate(d: Distributions, level: float = LEVEL) -> Estimates:
    """Events (x) over exposure (n) with the exact Poisson interval (Garwood 1936).

    A weighted rate takes Kish's effective exposure. Raises ValueError where d carries no x.
    """
    d = merge(d)
    events, exposure = per_cell(d, d.amount), per_cell(d, d.weight)
    n, w, w2 = _answers(d)
    effective = n if d.w is None else over(w**2, w2)
    value, tail = ratio(events, exposure), (1 - level) / 2
    found = Estimates("rate", value, value, value, n, effective, over(value, effective), events, exposure)
    k = value * effective
    low = np.where(k > 0, special.gammaincinv(k, tail), 0 * k)
    return _closed(found, over(low, effective), over(special.gammaincinv(k + 1, 1 - tail), effective))


def quantile(d: Distributions, q: float, level: float = LEVEL) -> Estimates:
    """The q-quantile from log buckets, in the unit of the value, within 2%: shown, never paid.

    Interval between two order statistics by the exact binomial (Conover 1999), each end at the far edge of its bucket;
    an end that cannot close is NaN. Weighted: Woodruff (1952), with the effective n of the share up to the quantile.
    """
    d = merge(d)
    exact = Fraction(q).limit_denominator(10_000)
    weight = per_cell(d, d.weight)
    row = reached(d, wide(weight, exact.numerator) * exact.numerator, exact.denominator)
    below = _scored("quantile", d, (np.arange(len(d.bucket)) <= row[d.cell]).astype(np.int64))
    n = np.floor(below.effective_n + 1e-9)
    first, last = binomial_rank((1 - level) / 2, n, q), binomial_rank((1 + level) / 2, n, q) + 1
    step = over(weight.astype(float), n) * (1 - 1e-12)
    least, most = (edge.astype(float) for edge in bounds(d.bucket))
    low = _at(least, reached(d, np.where(first >= 1, first * step, np.nan)))
    high = _at(most, reached(d, np.where(last <= n, last * step, np.nan)))
    middle = np.where(least == most, least, np.divide(2 * least * most, least + most, where=least != 0, out=0 * least))
    unknown = np.full(d.cells, np.nan)
    return Estimates("quantile", _at(middle, row), low, high, below.n, below.effective_n, unknown)


def over(a: Floats, b: Floats) -> Floats:
    """a / b, NaN where b is not positive."""
    held = b > 0
    return np.where(held, a / np.where(held, b, 1), np.nan)


def normal(level: float) -> float:
    """The two-sided normal quantile of a level: 1.96 for 0.95."""
    return float(special.ndtri((1 + level) / 2))


def adjusted_nps(found: Estimates, added: float = 3, scale: float = 100) -> tuple[Floats, Floats]:
    """Centre and variance of an NPS after `added` answers, ¼ promoters, ½ passives, ¼ detractors (Rocks 2016)."""
    theta, n = found.value / scale, found.effective_n
    either = theta**2 + found.variance / scale**2 * n
    centre = over(theta * n, n + added)
    variance = over(over(either * n + added / 2, n + added) - centre**2, n + added)
    return centre * scale, np.maximum(variance, 0) * scale**2


def sampled(found: Estimates) -> tuple[Floats, Floats]:
    """The unbiased variance of a mean and its degrees of freedom, NaN for one answer or less."""
    df = np.where(found.effective_n > 1, found.effective_n - 1, np.nan)
    return found.variance * found.effective_n / df, df


def binomial_rank(p: float, n: Floats, q: float) -> Floats:
    """The smallest k with P(B ≤ k) ≥ p for B binomial (n, q)."""
    sizes, at = np.unique(np.nan_to_num(n).astype(np.int64), return_inverse=True)
    k = np.ceil(special.bdtrik(p, sizes, q))
    before = np.maximum(k - 1, 0)
    ranks: Floats = np.where(special.bdtr(before, sizes, q) >= p, before, k)[at]
    return ranks


def _answers(d: Distributions) -> tuple[Floats, Floats, Floats]:
    """n, Σw and Σw² of every cell, in answers."""
    n = per_cell(d, d.n).astype(float) / MILLION
    if d.w is None or d.w2 is None:
        return n, n, n
    return n, per_cell(d, d.w).astype(float) / 1e12, per_cell(d, d.w2).astype(float) / 1e18


def _scored(kind: Kind, d: Distributions, score: Ints) -> Estimates:
    """The mean of an integer score of each row."""
    weight = wide(d.weight, 100 * int(np.abs(score).max(initial=1)))
    sums = per_cell(d, weight * score.astype(weight.dtype))
    return _averaged(kind, d, sums, score.astype(float), 0.0)


def _summed(d: Distributions) -> Estimates:
    """The mean of the exact sums x."""
    at, (least, most) = ratio(d.amount, d.weight), bounds(d.bucket)
    found = _averaged("mean", d, per_cell(d, d.amount), at, np.maximum((at - least) * (most - at), 0))
    if d.xx is None or d.x is None or d.w is not None:
        return found
    n, x, xx = (per_cell(d, column).astype(object) for column in (d.n, d.x, d.xx))
    variance = over(ratio(xx * n - x * x, n * n), found.n)
    return replace(found, variance=np.where(variance >= 0, variance, np.nan))


def _averaged(kind: Kind, d: Distributions, sums: Ints, at: Floats, within: Floats | float) -> Estimates:
    """Mean, variance and effective n; where nothing varies the effective n is Kish's W² / W2."""
    weights = per_cell(d, d.weight)
    theta = ratio(sums, weights)
    deviation = np.nan_to_num((at - theta[d.cell]) ** 2 + within)
    n, w, w2 = _answers(d)
    if d.w is None or d.w2 is None:
        variance = over(per_cell(d, d.n / MILLION * deviation), n**2)
        return Estimates(kind, theta, theta, theta, n, n, variance, sums, weights)
    variance = over(per_cell(d, d.w2.astype(float) / 1e18 * deviation), w**2)
    spread = over(per_cell(d, d.w.astype(float) / 1e12 * deviation), w)
    effective = np.where(variance > 0, over(spread, variance), over(w**2, w2))
    return Estimates(kind, theta, theta, theta, n, effective, variance, sums, weights)


def _closed(found: Estimates, low: Floats, high: Floats) -> Estimates:
    """The interval never stops short of the value, as an adjusted one would at a single answer."""
    return replace(found, low=np.minimum(low, found.value), high=np.maximum(high, found.value))


def _at(values: Floats, rows: Ints) -> Floats:
    found: Floats = np.append(values, np.nan)[rows]
    return np.where(rows >= 0, found, np.nan)
