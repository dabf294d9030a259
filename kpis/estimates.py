"""Distributions → NPS, share, mean, rate, ratio and quantile, each interval from the value, its variance and effective n.

Weighted figures: Var = Σ_b W2_b (v_b − θ)² / W² over buckets, and effective n = σ² / Var; without weights these are the
textbook's σ²/n and n. The intervals themselves are in intervals.py.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, cast

import numpy as np

from kpis import intervals
from kpis.buckets import bounds, middle
from kpis.dense import Dense
from kpis.distributions import MILLION, Distributions, Floats, Ints, answers, merge, per_cell, reached, wide
from kpis.distributions import ratio as quotient
from kpis.intervals import LEVEL, normal, over, student

Kind = Literal["nps", "share", "mean", "quantile", "rate", "ratio"]
Interval = Literal["wilson", "adjusted_wald", "wald"]
TOLD = np.array(19.0)  # degrees of freedom of a design effect that 20 groups told


@dataclass(frozen=True, eq=False)
class Estimates:
    """Figures of every cell; arrays (cells,), NaN where there is none.

    n and effective_n count answers; variance is that of the value. numerator / denominator is the value as an exact
    ratio of integers, each of which adds up over cells; None for a quantile, which therefore cannot pay. df: degrees
    of freedom of a variance measured over clusters, None (or NaN in a cell) where the formula has its own. Weighted
    figures know the n that their weights alone leave (kish, W² / W2) and the n behind their variance (free), else None.
    method: the interval's, in words.
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
    df: Floats | None = None
    free: Floats | None = None
    kish: Floats | None = None
    method: str = ""


def nps(d: Distributions | Dense, level: float = LEVEL, interval: Interval = "adjusted_wald") -> Estimates:
    """Net Promoter Score, −100 to 100, of answers 0 to 10.

    Adjusted Wald for the difference of two multinomial shares: effective n plus ¾ promoter, 1½ passives, ¾ detractor,
    then z·sd (Rocks 2016); `wald` adds nothing. The shares are not independent: their variances must not be added.
    """
    d = _ordered(d)
    found = _scored("nps", d, (d.bucket >= 9).astype(np.int64) - (d.bucket <= 6))
    value, variance = found.value * 100, found.variance * 10_000
    sums = cast(Ints, found.numerator) * 100
    return _closed(replace(found, value=value, variance=variance, numerator=sums), level, interval)


def share(
    d: Distributions | Dense, boxes: Collection[int] = (1,), level: float = LEVEL, interval: Interval = "wilson"
) -> Estimates:
    """Share of answers, 0 to 1, that fell in `boxes` (top-box; a yes/no is box 1).

    Wilson score interval (Wilson 1927); `adjusted_wald`, where the source says so, adds z²/2 to either side (Agresti
    and Coull 1998). A weighted share takes its effective n or Kish's (1965), whichever is smaller, as a weighted NPS does.
    """
    d = _ordered(d)
    within = np.logical_or.reduce([d.bucket == each for each in boxes])
    return _closed(_scored("share", d, within.astype(np.int64)), level, interval)


def mean(d: Distributions | Dense, level: float = LEVEL) -> Estimates:
    """Mean of the buckets, or of the exact sums x where d carries them, in the unit of the value.

    Student's t with n − 1 degrees of freedom (weighted: free − 1); NaN ends for one answer or less. The variance is exact
    from xx or from small integer buckets; log buckets alone add the most that can lie within (Bhatia and Davis 2000).
    """
    if not isinstance(d, Dense) and d.x is not None:
        return _closed(_summed(merge(d)), level)
    return _closed(_scored("mean", d := _ordered(d), d.bucket), level)


def rate(d: Distributions, level: float = LEVEL) -> Estimates:
    """Events (x) over exposure (n) with the exact Poisson interval (Garwood 1936).

    Weighted: the events counted, over Kish's design effect of the exposure (Kish 1965), are the effective events.
    Raises ValueError where d carries no x.
    """
    d = merge(d)
    events, exposure = per_cell(d, d.amount), per_cell(d, d.weight)
    value, (n, w, w2) = quotient(events, exposure), answers(d)
    effective = n
    if d.w is not None and d.x is not None:
        counted = over(per_cell(d, d.x).astype(float) / MILLION * w**2, n * w2)
        effective = np.where(value > 0, over(counted, value), over(w**2, w2))
    found = Estimates("rate", value, value, value, n, effective, over(value, effective), events, exposure)
    return _closed(found, level)


def quantile(d: Distributions, q: float, level: float = LEVEL, design: Floats | None = None) -> Estimates:
    """The q-quantile from log buckets, in the unit of the value, within 2%: shown, never paid.

    Interval between two order statistics by the exact binomial (Conover 1999), each end at the far edge of its bucket;
    an end that cannot close is NaN. Weighted, or with a `design` effect (cells,) above one: Woodruff (1952), with the
    effective n of the share up to the quantile.
    """
    d = merge(replace(d, x=None, wx=None, xx=None))
    exact = Fraction(q).limit_denominator(10_000)
    weight, answered = per_cell(d, d.weight), answers(d)[0]
    row = reached(d, wide(weight, exact.numerator) * exact.numerator, exact.denominator)
    effective = answered
    if d.w is not None:
        effective = _scored("quantile", d, (np.arange(len(d.bucket)) <= row[d.cell]).astype(np.int64)).effective_n
    effective = effective if design is None else effective / np.maximum(design, 1)
    n = np.floor(effective + 1e-9)
    first, last = intervals.ranks(n, q, level)
    step = over(weight.astype(float), n) * (1 - 1e-12)
    low, high = np.where(first >= 1, first * step, np.nan), np.where(last <= n, last * step, np.nan)
    ends = _at(d, reached(d, low), lambda bucket: bounds(bucket)[0]), _at(d, reached(d, high), lambda b: bounds(b)[1])
    method = "order statistics" if d.w is None and design is None else "order statistics at the effective n"
    unknown = np.full(d.cells, np.nan)
    return Estimates("quantile", _at(d, row, middle), *ends, answered, effective, unknown, method=method)


def designed(
    found: Estimates, variance: Floats, df: Floats | float | None = None, interval: Interval | None = None,
    level: float = LEVEL,
) -> Estimates:  # fmt: skip
    """The same figures with a variance measured over clusters, in the unit of the value squared; others keep theirs.

    effective n = σ² / variance, within n for a ratio, whose parts may share their clusters; a share, NPS or rate takes
    its own interval at effective n · (z/t)² (Korn and Graubard 1998), a mean ± t·√variance, a ratio its arms stretched by
    as much, or even ones. df: degrees of freedom, None for those of the formula. Cells whose variance is not above zero keep what they
    have. Raises ValueError for a quantile, which takes a design effect of its own.
    """
    if found.kind == "quantile":
        raise ValueError("a quantile takes its design effect when it is estimated: quantile(d, q, design=…)")
    known = variance > 0
    changed = replace(
        found,
        variance=np.where(known, variance, found.variance),
        effective_n=np.where(known, over(found.effective_n * found.variance, variance), found.effective_n),
        df=None if df is None else np.where(known, df, np.nan),
    )
    if found.kind == "ratio":
        changed = replace(changed, effective_n=np.minimum(changed.effective_n, found.n))
        told, t = known & (found.variance > 0), student(level, sampled(changed)[1])
        design = np.where(told, over(changed.variance, found.variance), 1)
        arms, t = (found.low, found.value, found.high), np.where(told, t, normal(level))
        low, high = intervals.stretched(arms, changed.variance, design, t, level, found.method == "Fieller")
        return replace(changed, low=low, high=high)
    closed = _closed(changed, level, interval)
    ends = {name: np.where(known, getattr(closed, name), getattr(found, name)) for name in ("low", "high")}
    return replace(closed, **ends)


def inflated(found: Estimates, design: Floats, interval: Interval | None = None, level: float = LEVEL) -> Estimates:
    """The same figures with a borrowed design effect (cells,): variance times it, effective n over it.

    A ratio's may lie far from one, and is itself an estimate: its arms take Student's t of 19 degrees of freedom, its
    effective n stays within n.
    """
    names = ("effective_n", "free", "kish")
    fewer: dict[str, Any] = {name: None if (n := getattr(found, name)) is None else n / design for name in names}
    changed = replace(found, variance=found.variance * design, **fewer)
    if found.kind != "ratio":
        return _closed(changed, level, interval)
    t = np.where(design == 1, normal(level), student(level, TOLD))
    arms = found.low, found.value, found.high
    low, high = intervals.stretched(arms, changed.variance, design, t, level, found.method == "Fieller")
    return replace(changed, effective_n=np.minimum(changed.effective_n, found.n), low=low, high=high)


def adjusted_nps(found: Estimates, n: Floats, added: float = 3) -> tuple[Floats, Floats]:
    """Centre and variance of an NPS, −100 to 100, of n answers after the adjusting ones (Rocks 2016)."""
    spread = found.variance / 10_000 * found.effective_n
    centre, variance = intervals.adjusted_nps(found.value / 100, spread, n, added)
    return centre * 100, variance * 10_000


def sampled(found: Estimates) -> tuple[Floats, Floats]:
    """The variance of the value and its degrees of freedom: measured over clusters, else the formula's own.

    A mean's own variance is made unbiased and has n − 1 degrees of freedom (weighted: free − 1), NaN for one answer or
    less; those of the other kinds are infinite.
    """
    own, variance = np.full(len(found.n), np.inf), found.variance
    if found.kind == "mean":
        n = found.effective_n if found.free is None else found.free
        own = np.where(n > 1, n - 1, np.nan)
        variance = variance * n / own
    if found.df is None:
        return variance, own
    measured = np.isfinite(found.df)
    return np.where(measured, found.variance, variance), np.where(measured, found.df, own)


def _ordered(d: Distributions | Dense) -> Distributions | Dense:
    """The distributions, merged where they have weights: others may be scored in any order."""
    return d if isinstance(d, Dense) or d.w is None else merge(d)


def trusted(found: Estimates, level: float = LEVEL) -> Floats:
    """The effective n that an interval may rest on, the effective n being itself an estimate.

    Times (z/t)² for a variance measured over clusters (Korn and Graubard 1998). Of weighted answers no more than Kish's n
    (1965): where by luck the rare answers weigh little, σ²/Var takes few of them for many.
    """
    if found.df is None and found.kish is None:
        return found.effective_n
    df = sampled(found)[1]
    own = found.effective_n if found.kish is None else np.minimum(found.effective_n, found.kish)
    n: Floats = np.where(np.isinf(df), own, found.effective_n * (normal(level) / student(level, df)) ** 2)
    return n


def _scored(kind: Kind, d: Distributions | Dense, score: Ints) -> Estimates:
    """The mean of an integer score of each row."""
    if isinstance(d, Dense) or d.w is None:
        return _counted(kind, d, score)
    weight = wide(d.weight, 100 * int(np.abs(score).max(initial=1)))
    sums = per_cell(d, weight * score.astype(weight.dtype))
    return _averaged(kind, d, sums, score.astype(float), 0.0)


def _counted(kind: Kind, d: Distributions | Dense, score: Ints) -> Estimates:
    """The same where every weight is one, of rows in any order: from n, Σ score and Σ score², off the middle of all scores."""
    least, most = int(score.min(initial=0)), int(score.max(initial=0))
    off = score - (middle := (least + most) // 2)
    count, sums = d.count(), d.scored(off, steep := max(most - middle, middle - least, 1) ** 2)
    squares = sums if (least, most) == (0, 1) else d.scored(off * off, steep)
    mean, n = quotient(sums, count), count.astype(float) / MILLION
    variance = over(np.maximum(quotient(squares, count) - mean**2, 0), n)
    total = sums + middle * count if middle else sums
    value = quotient(total, count) if middle else mean
    return Estimates(kind, value, value, value, n, n, variance, total, count)


def _summed(d: Distributions) -> Estimates:
    """The mean of the exact sums x."""
    at, (least, most) = quotient(d.amount, d.weight), bounds(d.bucket)
    found = _averaged("mean", d, per_cell(d, d.amount), at, np.maximum((at - least) * (most - at), 0))
    if d.xx is None or d.x is None or d.w is not None:
        return found
    n, x, xx = (per_cell(d, column).astype(object) for column in (d.n, d.x, d.xx))
    variance = over(quotient(xx * n - x * x, n * n), found.n)
    return replace(found, variance=np.where(variance >= 0, variance, np.nan))


def _averaged(kind: Kind, d: Distributions, sums: Ints, at: Floats, within: Floats | float) -> Estimates:
    """Mean, variance and effective n; where nothing varies the effective n is Kish's W² / W2."""
    weights = per_cell(d, d.weight)
    theta = quotient(sums, weights)
    deviation = np.nan_to_num((at - theta[d.cell]) ** 2 + within)
    n, w, w2 = answers(d)
    if d.w is None or d.w2 is None:
        variance = over(per_cell(d, d.n.astype(float) / MILLION * deviation), n**2)
        return Estimates(kind, theta, theta, theta, n, n, variance, sums, weights)
    variance = over(per_cell(d, d.w2.astype(float) / 1e18 * deviation), w**2)
    spread = over(per_cell(d, d.w.astype(float) / 1e12 * deviation), w)
    kish = over(w**2, w2)
    effective = np.where(variance > 0, over(spread, variance), kish)
    return Estimates(kind, theta, theta, theta, n, effective, variance, sums, weights, free=over(kish**2, n), kish=kish)


def _closed(found: Estimates, level: float, interval: Interval | None = None) -> Estimates:
    """The kind's interval at the variance, effective n and degrees of freedom of `found`."""
    value, z = found.value, normal(level)
    if found.kind == "mean":
        variance, df = sampled(found)
        half = student(level, df) * np.sqrt(variance)
        return holding(found, value - half, value + half, "Student's t")
    n = trusted(found, level)
    if found.kind == "share":
        name = interval or "wilson"
        low, high = intervals.SHARES[name](value, n, z)
        return holding(found, low, high, intervals.METHODS[name])
    if found.kind == "nps":
        name = interval or "adjusted_wald"
        centre, variance = adjusted_nps(found, n, 0 if name == "wald" else 3)
        half = z * np.sqrt(variance)
        return holding(found, np.maximum(centre - half, -100), np.minimum(centre + half, 100), intervals.METHODS[name])
    low, high = intervals.poisson(value * n, level)
    return holding(found, over(low, n), over(high, n), "exact Poisson")


def holding(found: Estimates, low: Floats, high: Floats, method: str) -> Estimates:
    """The interval never stops short of the value, as an adjusted one would at a single answer."""
    return replace(found, low=np.minimum(low, found.value), high=np.maximum(high, found.value), method=method)


def _at(d: Distributions, rows: Ints, value: Callable[[Ints], Ints]) -> Floats:
    """A value of the buckets of rows, NaN for row −1."""
    return np.where(rows >= 0, value(np.append(d.bucket, 0)[rows]).astype(float), np.nan)
