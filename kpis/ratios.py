"""The ratio of two KPIs, with both totals left to chance.

Bucket 1 holds the numerator, bucket 0 the denominator; x is the total of either, xx the sum of its squared values, n its
observations. How many observations come is chance too, so the variance of a total is xx (compound Poisson).
"""

from dataclasses import dataclass, replace

import numpy as np

from kpis import intervals
from kpis.distributions import MILLION, Distributions, Floats, Ints, answers, merge, per_cell
from kpis.distributions import ratio as quotient
from kpis.estimates import Estimates, holding
from kpis.intervals import LEVEL, normal, over

MOMENTS = ("n", "w", "w2", "x", "wx", "xx")


def ratio(d: Distributions, level: float = LEVEL, counted: bool = False) -> Estimates:
    """Numerator over denominator, in the units of the two; n counts the denominator's observations.

    Fieller's interval (1954) of two independent totals. Where the numerator is `counted` (events, yes answers,
    observations) the score interval of two Poisson counts (Przyborowski and Wilenski 1940), which holds at none. Parts
    that share their customers need `designed` with the variance over clusters. Raises ValueError without totals x.
    """
    d = merge(d)
    above, below = (_total(d, bucket) for bucket in (1, 0))
    value, squared = quotient(above.sum, below.sum), below.size**2
    parts = over(above.variance, squared), over(below.variance, squared)
    variance = parts[0] + value**2 * parts[1]
    found = Estimates("ratio", value, value, value, below.n, below.n, variance, above.sum, below.sum)
    if counted:
        return holding(found, *_scored(above, below, level), "score of two Poisson counts")
    low, high = intervals.fieller(value, *parts, normal(level))
    spread = above.variance > 0
    return holding(found, np.where(spread, low, np.nan), np.where(spread, high, np.nan), "Fieller")


@dataclass(frozen=True, eq=False)
class _Total:
    """One part of a ratio: its exact total, that in units (size), its variance, n and what one event weighs; (cells,)."""

    sum: Ints
    size: Floats
    variance: Floats
    n: Floats
    one: Floats


def _total(d: Distributions, bucket: int) -> _Total:
    """The rows of one part, added; a weighted variance takes Kish's design effect (1965)."""
    rows = d.bucket == bucket
    part = replace(d, **{name: c * rows for name in MOMENTS if (c := getattr(d, name)) is not None})
    n, w, w2 = answers(part)
    total = per_cell(part, part.amount)
    x = total if part.x is None else per_cell(part, part.x)
    xx = x if part.xx is None else per_cell(part, part.xx)
    plain, squares = x.astype(float) / MILLION, xx.astype(float) / MILLION
    if part.w is None:
        return _Total(total, plain, squares, n, np.ones(d.cells))
    size = total.astype(float) / 1e12
    return _Total(total, size, np.nan_to_num(over(size**2 * squares, plain**2) * over(n * w2, w**2)), n, over(w2, w))


def _scored(above: _Total, below: _Total, level: float) -> tuple[Floats, Floats]:
    """The ends from effective counts size² / variance, each worth variance / size; where none came, worth one event."""
    k, m = (over(part.size**2, part.variance) for part in (above, below))
    one = np.where(above.one > 0, above.one, below.one)
    worth = np.where(above.size > 0, over(above.variance, above.size), one)
    low, high = intervals.ratio_of_counts(np.nan_to_num(k), m, normal(level))
    unit = worth * over(m, below.size)
    return low * unit, high * unit
