"""A curve as a line that can be drawn: figure along, pay up, two points where it jumps."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from kpis.incentives.curves import NoResultError, Pieces, Values, attainment, pays, pieces
from kpis.incentives.shapes import Curve
from kpis.targets import figure_at

Dot = tuple[Fraction, Fraction]


def outline(curve: Curve, target: Values | None, also: Sequence[Fraction] = ()) -> list[Dot]:
    """The places at which the line bends or jumps, and a stretch on either side, in the order of the figure.

    On the axis `position` with a target the first number is the figure, else the curve's own axis. `also` are figures that
    must lie within the picture. Floor and cap are applied; where the curve refuses, the line is cut.
    """
    shape = pieces(curve)
    low, high = shape.starts[0], shape.starts[-1]
    reach = [_at(curve, target, figure) for figure in also]
    air = (high - low) / 5 or abs(high) / 10 or Fraction(1)
    ends = (min([low - air, *reach]), max([high + air, *reach]))
    places = sorted({*ends, *(at for at in _bends(curve, shape) if ends[0] < at < ends[1])})
    dots = [dot for at in places for dot in _sides(curve, shape, at)]
    moved = [(_figure(curve, target, at), paid) for at, paid in dots]
    return moved[::-1] if moved and moved[0][0] > moved[-1][0] else moved


def paid_at(curve: Curve, target: Values | None, figure: Fraction) -> Fraction | None:
    """What the curve pays for a figure; None where it has no result."""
    try:
        return pays(curve, attainment(curve, figure, target))
    except NoResultError:
        return None


def named(curve: Curve, target: Values | None) -> list[tuple[str, Dot]]:
    """Threshold, target and stretch on the line, where the target has them and the axis knows them."""
    names = ("threshold", "target", "stretch")
    found = [(name, value, paid_at(curve, target, value)) for name, value in zip(names, target or (), strict=False)]
    wanted = curve.axis in ("position", "percent_of_target")
    return [(name, (value, paid)) for name, value, paid in found if wanted and paid is not None]


def _bends(curve: Curve, shape: Pieces) -> list[Fraction]:
    """Where the pieces meet, where floor and cap bend one, and the target, where the axis itself bends."""
    found = [*shape.starts, *([Fraction(100)] if curve.axis == "position" else [])]
    for line, (low, high) in zip(shape.lines, pairwise([None, *shape.starts, None]), strict=True):
        for limit in (curve.floor, curve.cap):
            if line is None or limit is None or not line[1]:
                continue
            crossing = (limit - line[0]) / line[1]
            if (low is None or crossing > low) and (high is None or crossing < high):
                found.append(crossing)
    return found


def _sides(curve: Curve, shape: Pieces, at: Fraction) -> list[Dot]:
    """The pay just below and just above a place: one dot, or two where it jumps; none where the plan refuses."""
    below = sum(start < at for start in shape.starts)
    above = sum(start <= at for start in shape.starts)
    sides = [shape.lines[index] for index in dict.fromkeys((below, above))]
    values = [_held(curve, line[0] + line[1] * at) for line in sides if line is not None]
    return [(at, value) for value in dict.fromkeys(values)]


def _held(curve: Curve, value: Fraction) -> Fraction:
    value = max(curve.floor, value)
    return value if curve.cap is None else min(curve.cap, value)


def _at(curve: Curve, target: Values | None, figure: Fraction) -> Fraction:
    try:
        return attainment(curve, figure, target)
    except NoResultError:
        return pieces(curve).starts[0]


def _figure(curve: Curve, target: Values | None, at: Fraction) -> Fraction:
    return figure_at(target, at) if curve.axis == "position" and target else at
