"""A curve tabulated for the engine: paid figures are whole numbers of their last decimal, and few of them differ.

The tables are made by the same rules as a statement (`curves`), evaluated where they bend; between two bends they are a
line, so two values give it exactly. Nothing here is a second implementation of a curve.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, floor, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpis.incentives.curves import NoResultError, attainment, bends_only, breakpoints, pays
from kpis.incentives.paid import Values
from kpis.incentives.plan import Curve

Ints = NDArray[Any]  # int64, or object holding Python integers where int64 could be passed
Line = tuple[Fraction, Fraction]
REFUSED = -1
SAFE = 2**62
DENSE = 1 << 21


@dataclass(frozen=True)
class Runs:
    """A function on whole numbers in straight runs: from `starts[i]` on it is a + b·F; None where the plan refuses."""

    starts: tuple[int, ...]
    lines: tuple[Line | None, ...]

    @cached_property
    def denominator(self) -> int:
        """The smallest common denominator of every value."""
        return lcm(*(part.denominator for line in self.lines if line for part in line))

    def values(self, figures: Ints, scale: int) -> Ints:
        """Values times `scale` at whole figures, REFUSED where there is none."""
        exact = [line or (Fraction(REFUSED, scale), Fraction(0)) for line in self.lines]
        parts = [[part.numerator * (scale // part.denominator) for part in each] for each in zip(*exact, strict=True)]
        reach = 1 + largest(figures)
        kind: Any = object if any(abs(part) * reach >= SAFE for each in parts for part in each) else np.int64
        constant, slope = (np.array(part, dtype=kind) for part in parts)
        at = np.searchsorted(np.array(self.starts), figures.astype(np.int64, copy=False), side="right") - 1
        found: Ints = constant[at] + slope[at] * figures
        return found


def largest(values: Ints) -> int:
    """The largest absolute value, 0 of none."""
    return max(int(values.max()), -int(values.min())) if values.size else 0


def narrow(values: Ints) -> Ints:
    """Python integers as int64 where all of them fit."""
    return values.astype(np.int64) if values.dtype == object and largest(values) < SAFE else values


def runs(curve: Curve, target: Values | None, places: int, low: int, high: int, distinct: Iterable[int]) -> Runs:
    """The curve's runs over figures from low to high, each a whole number of 10^-places.

    A curve with a rounding of its own has a run for each of the `distinct` figures that occur.
    """
    if bends_only(curve):
        starts = {low}
        for bend in breakpoints(curve, target):
            at = bend * 10**places
            starts |= {start for start in (ceil(at), floor(at) + 1) if low < start <= high}
    else:
        starts = set(distinct) or {low}
    edges = sorted(starts)
    ends = [*edges[1:], high + 1]
    return Runs(tuple(edges), tuple(_line(curve, target, places, *pair) for pair in zip(edges, ends, strict=True)))


def _line(curve: Curve, target: Values | None, places: int, start: int, end: int) -> Line | None:
    """The line through the first two values of [start, end): exact, as the function does not bend within."""
    try:
        first = _value(curve, target, places, start)
        straight = end - start > 1 and bends_only(curve)
        slope = _value(curve, target, places, start + 1) - first if straight else Fraction(0)
    except NoResultError:
        return None
    return first - slope * start, slope


def _value(curve: Curve, target: Values | None, places: int, figure: int) -> Fraction:
    return pays(curve, attainment(curve, Fraction(figure, 10**places), target))


@dataclass(frozen=True)
class Table:
    """One curve for every target that occurs; rows name theirs by number."""

    by_target: tuple[Runs, ...]
    low: int
    high: int

    @cached_property
    def denominators(self) -> tuple[int, ...]:
        """The smallest common denominator of each target's values."""
        return tuple(each.denominator for each in self.by_target)

    def lookup(self, figures: Ints, targets: Ints, scales: Sequence[int]) -> Ints:
        """Values times the scale of each row's target, one for each row; REFUSED where there is none."""
        width = self.high - self.low + 1
        if width * len(self.by_target) > max(DENSE, figures.size):
            return self._by_target(figures, targets, scales)
        every = np.arange(self.low, self.high + 1)
        parts = [each.values(every, scale) for each, scale in zip(self.by_target, scales, strict=True)]
        at = figures.astype(np.int64, copy=False) - self.low
        if len(parts) > 1:
            at = at + targets * width
        found: Ints = np.concatenate(parts).take(at)
        return found

    def _by_target(self, figures: Ints, targets: Ints, scales: Sequence[int]) -> Ints:
        """The same without a dense table, for figures that range widely, such as amounts."""
        if len(self.by_target) == 1:
            return self.by_target[0].values(figures, scales[0])
        found = np.empty(figures.shape, dtype=object)
        for number, (each, scale) in enumerate(zip(self.by_target, scales, strict=True)):
            rows = targets == number
            found[rows] = each.values(figures[rows], scale)
        return narrow(found)


def table(curve: Curve, targets: Sequence[Values | None], places: int, figures: Ints, numbers: Ints) -> Table:
    """The table of a curve for its targets over the figures that occur."""
    low, high = (int(figures.min()), int(figures.max())) if figures.size else (0, 0)
    made = []
    for at, target in enumerate(targets):
        distinct = () if bends_only(curve) else map(int, np.unique(figures[numbers == at].astype(np.int64)))
        made.append(runs(curve, target, places, low, high, distinct))
    return Table(tuple(made), low, high)
