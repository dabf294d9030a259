"""Curves as exact piecewise lines: attainment in, percent of opportunity (or money) out."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import floor

from kpis.exact import round_half_up
from kpis.incentives.shapes import Curve, OnAxis, Point, Scale, Tier
from kpis.targets import percent_of_target, position

Line = tuple[Fraction, Fraction]
Values = tuple[Fraction, Fraction, Fraction]
ZERO = Fraction(0)


class NoResultError(Exception):
    """The curve has no result here: outside its declared range, or a target missing. The text says why.

    `because` says what a run's evidence does not hold, such as when a figure still ripens; it takes no part in a payout.
    """

    def __init__(self, text: str, because: str = "") -> None:
        super().__init__(text)
        self.because = because

    @property
    def told(self) -> str:
        """The text with what lies behind it."""
        return f"{self}. {self.because}" if self.because else str(self)


@dataclass(frozen=True)
class Pieces:
    """A function in pieces: `lines[i]` is a + b·x between `starts[i-1]` and `starts[i]`; None refuses.

    At a start the higher side counts, unless `belongs` names one.
    """

    starts: tuple[Fraction, ...]
    lines: tuple[Line | None, ...]
    belongs: tuple[str | None, ...]

    def at(self, x: Fraction) -> Fraction:
        """The function's value; raises NoResultError where it is refused."""
        before, after = bisect_left(self.starts, x), bisect_right(self.starts, x)
        sides = [_on(self.lines[index], x) for index in sorted({before, after})]
        known = [side for side in sides if side is not None]
        if not known:
            raise NoResultError("outside the curve's points, where the plan refuses")
        named = next((each for each in self.belongs[before:after] if each), None)
        if named is None or len(known) < 2:
            return max(known)
        return known[0] if named == "below" else known[1]


def _on(line: Line | None, x: Fraction) -> Fraction | None:
    return None if line is None else line[0] + line[1] * x


def _through(first: Point, second: Point) -> Line:
    if first.at == second.at:
        return second.pays, ZERO
    slope = (second.pays - first.pays) / (second.at - first.at)
    return first.pays - slope * first.at, slope


@lru_cache(maxsize=4096)
def pieces(curve: Curve) -> Pieces:
    """The curve's own pieces, before floor and cap."""
    return _tiered(curve.tiers, curve) if curve.tiers else _pointed(curve.points, curve)


def _pointed(points: Sequence[Point], curve: Curve) -> Pieces:
    stepped = curve.kind == "stepped"
    inner = [(first.pays, ZERO) if stepped else _through(first, second) for first, second in pairwise(points)]
    ends = (
        _outside(curve.below_first, points[0], _sloping(inner[:1], stepped, points[:2])),
        _outside(curve.above_last, points[-1], _sloping(inner[-1:], stepped, points[-2:])),
    )
    return Pieces(
        tuple(each.at for each in points), (ends[0], *inner, ends[1]), tuple(each.belongs_to for each in points)
    )


def _sloping(beside: Sequence[Line], stepped: bool, points: Sequence[Point]) -> Sequence[Line]:
    """The line that continues beyond an end: none where the curve steps or jumps there, so that the end's own pay goes on."""
    return () if stepped or len({each.at for each in points}) == 1 else beside


def _outside(rule: str | Fraction, end: Point, beside: Sequence[Line]) -> Line | None:
    if isinstance(rule, Fraction):
        return rule, ZERO
    return {"flat": (end.pays, ZERO), "continue": beside[0] if beside else (end.pays, ZERO), "refuse": None}[rule]


def _tiered(tiers: Sequence[Tier], curve: Curve) -> Pieces:
    """Marginal tiers add up band by band; whole bands pay one rate on everything."""
    lines: list[Line | None] = []
    paid = ZERO
    for tier in tiers:
        rate = tier.rate.value / 100 if tier.rate.of_figure else tier.rate.value
        if curve.kind == "marginal":
            lines.append((paid - rate * tier.at, rate))
            paid += rate * ((tier.to or tier.at) - tier.at)
        else:
            lines.append((ZERO, rate) if tier.rate.of_figure else (rate, ZERO))
    last = tiers[-1]
    starts, belongs = [tier.at for tier in tiers], [tier.belongs_to for tier in tiers]
    if last.to is not None:
        top = Point(at=last.to, pays=_on(lines[-1], last.to) or ZERO)
        lines.append(_outside(curve.above_last, top, [lines[-1]] if lines[-1] else []))
        starts, belongs = [*starts, last.to], [*belongs, None]
    below = Point(at=tiers[0].at, pays=_on(lines[0], tiers[0].at) or ZERO)
    return Pieces(
        tuple(starts), (_outside(curve.below_first, below, [lines[0]] if lines[0] else []), *lines), tuple(belongs)
    )


def score(scale: Scale, figure: Fraction) -> Fraction:
    """The score of a figure on its scale, rounded or cut as the scale says."""
    flat = Curve(kind="linear", points=scale.points, below_first="flat", above_last="flat")
    value = pieces(flat).at(figure)
    if scale.decimals is None:
        return value
    unit = 10**scale.decimals
    return Fraction(floor(value * unit), unit) if scale.rounding == "down" else round_half_up(value, scale.decimals)


def attainment(curve: OnAxis, figure: Fraction, target: Values | None) -> Fraction:
    """The figure on the curve's axis, rounded where the curve names decimals.

    Raises NoResultError without the target it needs.
    """
    value = figure
    if curve.axis == "scored" and isinstance(curve, Curve) and curve.scale:
        value = score(curve.scale, figure)
    elif curve.axis == "change":
        value = figure - (curve.base or ZERO)
    elif curve.axis in ("position", "percent_of_target"):
        if target is None:
            raise NoResultError("no target for this period")
        try:
            value = (
                position(target, figure)
                if curve.axis == "position"
                else percent_of_target(figure, target[1], curve.form or "")
            )
        except ZeroDivisionError as error:
            raise NoResultError("the target or the figure is 0") from error
    return value if curve.decimals is None else round_half_up(value, curve.decimals)


def pays(curve: Curve, x: Fraction) -> Fraction:
    """What the curve pays at an attainment, within its floor and cap."""
    return within(curve, pieces(curve).at(x))


def within(curve: Curve, value: Fraction) -> Fraction:
    """A curve's pay within its floor and cap."""
    value = max(curve.floor, value)
    return value if curve.cap is None else min(curve.cap, value)


def bends_only(curve: Curve) -> bool:
    """Whether figure to pay is made of a few straight pieces.

    No rounding of its own on the way, and no division by F.
    """
    return curve.decimals is None and curve.axis != "scored" and curve.form != "target_over_figure"
