"""What a target letter says: whether it came in time, what a curve pays along its figures, what three results would pay."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from kpis.calendar import Period
from kpis.exact import round_half_away, shown
from kpis.incentives.curves import NoResultError, attainment, pays, pieces
from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Segment, Values
from kpis.incentives.plan import Component, Gate, Kicker, Plan
from kpis.incentives.reckon import reckon
from kpis.incentives.statement import limit_of
from kpis.targets import figure_at

RESULTS = ("threshold", "target", "stretch")
STEPS = 60
TINY = Fraction(1, 10**9)
Point = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Results:
    """What a person is paid at threshold, target and stretch of everything, and their opportunity, in minor units.

    None where the plan finds none, with the reason. `left_out` names gates, modifiers and kickers with their
    conditions: they are not reckoned.
    """

    opportunity: int | None
    amounts: tuple[int | None, int | None, int | None]
    left_out: tuple[str, ...]
    reason: str = ""


def due(period: Period) -> date:
    """The last day on which a letter is in time: a quarter of the period after its start."""
    return period.start + timedelta(days=period.days // 4)


def late(period: Period, sent: date) -> bool:
    """Whether a letter was sent after a quarter of the period."""
    return sent > due(period)


def results(plan: Plan, each: Participant, frame: Frame) -> Results:
    """The payout at three results, each reached by every component at once, before gates, modifiers and kickers."""
    bare = plan.model_copy(update={"gates": (), "modifiers": (), "kickers": ()})
    names = (*map(_named, plan.gates), *(each.name for each in plan.modifiers), *map(_named, plan.kickers))
    amounts: list[int | None] = []
    opportunity, reason = None, ""
    for at in range(len(RESULTS)):
        try:
            work = reckon(bare, Participant(each.person, tuple(_at(plan, part, at) for part in each.segments)), frame)
        except NoResultError as none:
            amounts.append(None)
            reason = str(none)
        else:
            amounts.append(work.payout)
            opportunity = round_half_away(work.opportunity)
    low, middle, high = amounts
    return Results(opportunity, (low, middle, high), names, reason)


def _named(source: Gate | Kicker) -> str:
    """What a gate or kicker is called, and its condition: Closed stays closed (at most 8)."""
    side, limit = limit_of(source.passes)
    return f"{source.name} ({side} {shown(limit)})"


def _at(plan: Plan, segment: Segment, at: int) -> Segment:
    """The segment with every component's figure at its threshold (0), target (1) or stretch (2)."""
    readings: dict[str, Reading] = {}
    for component in plan.components:
        given = segment.readings.get(component.id, Reading())
        figure = aims(component, given.target)[at]
        readings[component.id] = replace(given, own=Ratio(figure.numerator, figure.denominator), before=None)
        if component.second and (other := segment.readings.get(component.second.id)) and other.target:
            figure = other.target[at]
            readings[component.second.id] = replace(other, own=Ratio(figure.numerator, figure.denominator))
    return replace(segment, readings=readings)


def aims(component: Component, target: Values | None) -> Values:
    """The three figures a component is aimed at: its target's, else the first, middle and last point of its curve.

    Raises NoResultError where it has neither.
    """
    if target is not None:
        return target
    starts = () if component.curve.kind == "matrix" else pieces(component.curve).starts
    if not starts:
        raise NoResultError(f"{component.name}: no target for this period")
    return starts[0], starts[len(starts) // 2], starts[-1]


def line(component: Component, target: Values | None) -> tuple[Point, ...]:
    """(figure, percent of the component's part) along what a letter shows: from below threshold to beyond stretch.

    Both sides of a jump are in it. Empty for a matrix, for rates of money, and where the curve has no figures of its own here.
    """
    if component.curve.kind == "matrix" or component.curve.pays_money:
        return ()
    try:
        low, middle, high = aims(component, target)
        first, last = low - (middle - low) / 2, high + (high - middle) / 2
        figures = {first + (last - first) * step / STEPS for step in range(STEPS + 1)} | {low, middle, high}
        bends = pieces(component.curve).starts
    except (NoResultError, ZeroDivisionError):
        return ()
    if component.curve.axis == "position" and target:
        bends = tuple(figure_at(target, at) for at in bends)
    if component.curve.axis in ("position", "figure"):
        inside = (at for at in bends if min(first, last) < at < max(first, last))
        figures |= {figure for at in inside for figure in (at - TINY, at, at + TINY)}
    return tuple(
        (figure, value) for figure in sorted(figures) if (value := _pays(component, figure, target)) is not None
    )


def _pays(component: Component, figure: Fraction, target: Values | None) -> Fraction | None:
    try:
        return pays(component.curve, attainment(component.curve, figure, target))
    except NoResultError:
        return None


def same(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two letters say the same: their terms, whatever the day they were written on."""
    return one["terms"] == other["terms"]
