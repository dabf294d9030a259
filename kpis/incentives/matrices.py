"""Matrices: what two figures pay together, cell by cell or by the plane between four cells."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import product

from kpis.incentives.curves import NoResultError, within
from kpis.incentives.shapes import Curve, Edge

Place = tuple[int, Fraction]  # an edge and the share of the way to the next; edge −1 lies before the first


def pays(curve: Curve, row: Fraction, column: Fraction) -> Fraction:
    """What a matrix pays at two attainments, within its floor and cap; raises NoResultError where it refuses.

    On an edge both sides are candidates, less those that `belongs_to` excludes, and the largest pay counts.
    """
    rows, columns = _places(curve, curve.rows, row), _places(curve, curve.columns, column)
    found = [_cell(curve, *pair) for pair in product(rows, columns)]
    known = [value for value in found if value is not None]
    if not known:
        raise NoResultError("outside the matrix, where the plan refuses")
    return within(curve, max(known))


def _places(curve: Curve, edges: Sequence[Edge], value: Fraction) -> list[Place]:
    starts = [edge.at for edge in edges]
    before, after = bisect_left(starts, value) - 1, bisect_right(starts, value) - 1
    if value > starts[-1] and curve.above_last == "refuse":
        raise NoResultError("beyond the matrix, where the plan refuses")
    if before != after and edges[after].belongs_to:
        before = after = before if edges[after].belongs_to == "below" else after
    return [_place(curve, starts, at, value) for at in sorted({before, after})]


def _place(curve: Curve, starts: Sequence[Fraction], at: int, value: Fraction) -> Place:
    if at < 0:
        return (0, Fraction(0)) if curve.below_first == "flat" else (-1, Fraction(0))
    if curve.between == "stepped" or at == len(starts) - 1:
        return at, Fraction(0)
    return at, (value - starts[at]) / (starts[at + 1] - starts[at])


def _cell(curve: Curve, row: Place, column: Place) -> Fraction | None:
    (i, u), (j, v) = row, column
    if i < 0 or j < 0:
        return curve.below_first if isinstance(curve.below_first, Fraction) else None
    cells = curve.cells
    value = (1 - u) * (1 - v) * cells[i][j]
    if u:
        value += u * (1 - v) * cells[i + 1][j]
    if v:
        value += (1 - u) * v * cells[i][j + 1]
    return value + u * v * cells[i + 1][j + 1] if u and v else value
