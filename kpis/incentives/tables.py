"""A curve tabulated for the engine: paid figures are whole numbers of their last decimal, and few of them differ.

`straight` is `curves.pays` for whole arrays at once, in integers; a curve with a rounding of its own is asked of
`curves` for each figure that occurs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpis.incentives.axes import Attained, attained, largest
from kpis.incentives.curves import NoResultError, Pieces, attainment, bends_only, pays, pieces
from kpis.incentives.paid import Values
from kpis.incentives.shapes import Curve

Ints = NDArray[Any]  # int64, or object holding Python integers where int64 could be passed
Floats = NDArray[Any]
REFUSED = -1
SAFE = 2**62
DENSE = 1 << 21


def narrow(values: Ints) -> Ints:
    """Python integers as int64 where all of them fit."""
    return values.astype(np.int64) if values.dtype == object and largest(values) < SAFE else values


@dataclass(frozen=True)
class Table:
    """What a curve pays, as numerators over one denominator for each target; REFUSED where it pays nothing at all.

    `values` is targets × figures from `low` on, or, where figures range too widely (amounts), one for each row.
    """

    values: Ints
    denominators: tuple[int, ...]
    low: int

    def lookup(self, figures: Ints, targets: Ints, scales: Sequence[int]) -> Ints:
        """Values times the scale of each row's target, one for each row."""
        ups = [scale // mine for scale, mine in zip(scales, self.denominators, strict=True)]
        wide: Any = object if largest(self.values) * max(ups) >= SAFE else np.int64
        up = np.array(ups, dtype=wide)
        if self.values.ndim == 1:
            found = self.values * up.take(targets)
            return np.where(self.values == REFUSED, REFUSED, found)
        dense = np.where(self.values == REFUSED, REFUSED, self.values * up[:, None])
        at = figures.astype(np.int64, copy=False) - self.low
        if len(ups) > 1:
            at += targets * dense.shape[1]
        return np.asarray(dense.ravel().take(at))


def table(curve: Curve, targets: Sequence[Values | None], places: int, figures: Ints, numbers: Ints) -> Table:
    """The table of a curve for its targets over the figures that occur; `numbers` say which target a row has."""
    low, high = (int(figures.min()), int(figures.max())) if figures.size else (0, 0)
    dense = (high - low + 1) * len(targets) <= max(DENSE, figures.size) and largest(figures) < SAFE
    if not bends_only(curve):
        return _sampled(curve, targets, places, figures, numbers)
    if not dense:
        rows = attained(curve, targets, places, figures, numbers)
        values, per_scale = straight(curve, rows)
        return Table(values, tuple(per_scale * scale for scale in rows.scales), low)
    every = np.arange(low, high + 1)[None, :]
    grid = attained(curve, targets, places, every, np.arange(len(targets))[:, None])
    values, per_scale = straight(curve, grid)
    values = np.broadcast_to(values, (len(targets), every.size))
    return _reduced(values, [per_scale * scale for scale in grid.scales], low)


def constant(value: Fraction, targets: Sequence[Values | None]) -> Table:
    """The table that pays the same whatever the target, for rows whose figures are all 0."""
    values = np.full((len(targets), 1), value.numerator, dtype=object)
    return Table(narrow(values), (value.denominator,) * len(targets), 0)


def given(numerator: Ints, denominator: Ints) -> Table:
    """What rows pay already, over their common denominator."""
    shared = lcm(*map(int, np.unique(denominator)))
    wide = largest(numerator) * shared >= SAFE
    top = numerator.astype(object) if wide else numerator
    return Table(narrow(top * (shared // denominator.astype(top.dtype))), (shared,), 0)


def _reduced(values: Ints, denominators: Sequence[int], low: int) -> Table:
    """The same values over the smallest denominators."""
    whole = np.array(denominators, dtype=values.dtype)
    shared = np.gcd(np.gcd.reduce(np.where(values == REFUSED, 0, values), axis=1), whole)
    smaller = np.where(values == REFUSED, REFUSED, values // shared[:, None])
    return Table(smaller, tuple(int(each) for each in whole // shared), low)


def straight(curve: Curve, at: Attained) -> tuple[Ints, int]:
    """What a curve pays at attainments, as numerators over the number returned × the attainments' own scales."""
    own = pieces(curve)
    lines = [line or (Fraction(0), Fraction(0)) for line in own.lines]
    limits = [curve.floor, *([] if curve.cap is None else [curve.cap])]
    unit = lcm(*(part.denominator for line in lines for part in line), *(limit.denominator for limit in limits))
    constants, slopes = ([int(part * unit) for part in each] for each in zip(*lines, strict=True))
    reach = largest(at.numerator) + largest(at.scale)
    wide: Any = object if reach * max(map(abs, (*constants, *slopes, unit * 1000))) >= SAFE else np.int64
    numerator, scale = at.numerator.astype(wide), at.scale.astype(wide)
    before, after = _sides(own, numerator, scale)
    constant, slope = np.array(constants, dtype=wide), np.array(slopes, dtype=wide)
    first, second = (constant[side] * scale + slope[side] * numerator for side in (before, after))
    refuses = np.array([line is None for line in own.lines])
    jumps = before != after
    below = np.array([name == "below" for name in own.belongs] + [False])[np.minimum(before, len(own.belongs))]
    above = np.array([name == "above" for name in own.belongs] + [False])[np.minimum(before, len(own.belongs))]
    value = np.where(jumps & below, first, np.where(jumps & above, second, np.maximum(first, second)))
    value = np.where(refuses[before], second, np.where(refuses[after], first, value))
    value = np.maximum(value, int(curve.floor * unit) * scale)
    if curve.cap is not None:
        value = np.minimum(value, int(curve.cap * unit) * scale)
    return np.where((refuses[before] & refuses[after]) | at.refused, REFUSED, value), unit


def _sides(own: Pieces, numerator: Ints, scale: Ints) -> tuple[Ints, Ints]:
    """The piece before and after each attainment; they differ where it lies on a start."""
    before = np.zeros(np.broadcast_shapes(numerator.shape, scale.shape), dtype=np.int64)
    after = before.copy()
    for start in own.starts:
        edge = scale * start.numerator
        mine = numerator if start.denominator == 1 else numerator * start.denominator
        before += (mine > edge).astype(np.int64)
        after += (mine >= edge).astype(np.int64)
    return before, after


def _sampled(curve: Curve, targets: Sequence[Values | None], places: int, figures: Ints, numbers: Ints) -> Table:
    """One value for each figure and target that occur together, row by row."""
    pairs: dict[tuple[int, int], Fraction | None] = {}
    rows = list(zip(map(int, numbers), map(int, figures), strict=True))
    for number, figure in dict.fromkeys(rows):
        try:
            at = attainment(curve, Fraction(figure, 10**places), targets[number])
            pairs[number, figure] = pays(curve, at)
        except NoResultError:
            pairs[number, figure] = None
    units = [1] * len(targets)
    for (number, _), value in pairs.items():
        units[number] = lcm(units[number], value.denominator if value is not None else 1)
    found = [REFUSED if (value := pairs[row]) is None else int(value * units[row[0]]) for row in rows]
    return Table(narrow(np.array(found, dtype=object)), tuple(units), 0)
