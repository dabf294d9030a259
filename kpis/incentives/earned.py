"""What one component makes of one segment's figures: figure, points or attainment, what the curve pays, or what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from kpis.incentives import matrices
from kpis.incentives.curves import NoResultError, attainment, pays
from kpis.incentives.paid import Paid, Reading, Segment, baseline, paid
from kpis.incentives.plan import Component, Plan, Source
from kpis.incentives.scoring import Consistency, Score, Scored, consistent, scored, way
from kpis.incentives.terms import Fallback

ZERO = Fraction(0)
NOTHING = Reading()


@dataclass(frozen=True)
class Earned:
    """A component's figure, where it lies on the axis, and what the curve pays.

    `paid.basis` is `fallback` or `missing` where there is no figure, and `reason` says why; `out` when it has no part in
    the segment. `second` and `across` are a matrix's other figure and its attainment.
    """

    paid: Paid
    attained: Fraction | None
    curve_pays: Fraction
    scored: Scored | None = None
    second: Paid | None = None
    across: Fraction | None = None
    reason: str = ""
    out: bool = False


def reading(readings: Mapping[str, Reading], name: str) -> Reading:
    """The reading of that name, or an empty one."""
    return readings.get(name, NOTHING)


def earned(plan: Plan, component: Component, segment: Segment) -> Earned:
    """What a component earns in a segment; raises NoResultError where the plan's rule for missing figures gives no payout."""
    try:
        return _earned(plan, component, segment, None)
    except NoResultError as none:
        return missing(plan, component, segment, none)


def missing(plan: Plan, component: Component, segment: Segment, why: NoResultError) -> Earned:
    """What the plan puts in the place of a component without a result; raises `why` where that is no payout."""
    rule, reason = component.missing or plan.missing, str(why)
    if rule == "renormalise":
        return Earned(Paid((), "missing"), None, ZERO, reason=reason, out=True)
    instead = component.fallback or plan.fallback
    if rule == "no_payout" or instead is None:
        raise why
    if instead.pays is not None:
        return Earned(Paid((), "fallback"), None, instead.pays, reason=reason)
    return _earned(plan, component, segment, Paid(((1, _stand_in(plan, component, instead)),), "fallback"), reason)


def _stand_in(plan: Plan, component: Component, instead: Fallback) -> Fraction:
    return plan.rounded(component, instead.figure or ZERO)


def _earned(plan: Plan, component: Component, segment: Segment, given: Paid | None, reason: str = "") -> Earned:
    """What the curve pays on a given figure, or on the one that is read."""
    mine = reading(segment.readings, component.id)
    if given is None and component.score and component.score.consistency:
        points = _consistent(plan, component.score, component.score.consistency, segment)
        return Earned(Paid((), "own"), points.points, _pays(component, points.points), points)
    figure = given or paid(plan, component, mine)
    try:
        if component.score:
            points = scored(component.score, figure.figure, baseline(plan, component, mine))
            return Earned(figure, points.points, _pays(component, points.points), points, reason=reason)
        if component.second:
            return _of_two(plan, component, component.second, segment, figure, reason)
        at = [attainment(component.curve, value, mine.target) for _, value in figure.terms]
        total = sum((sign * pays(component.curve, x) for (sign, _), x in zip(figure.terms, at, strict=True)), ZERO)
    except NoResultError as none:
        raise NoResultError(f"{component.name}: {none}") from none
    return Earned(figure, at[0] if len(at) == 1 else None, total, reason=reason)


def _pays(component: Component, points: Fraction) -> Fraction:
    try:
        return pays(component.curve, points)
    except NoResultError as none:
        raise NoResultError(f"{component.name}: {none}") from none


def _of_two(plan: Plan, component: Component, second: Source, segment: Segment, figure: Paid, reason: str) -> Earned:
    """What a matrix pays on a component's figure and its second."""
    curve, other = component.curve, reading(segment.readings, second.id)
    beside = paid(plan, second, other)
    row = attainment(curve, figure.figure, reading(segment.readings, component.id).target)
    column = attainment(curve.across or curve, beside.figure, other.target)
    return Earned(figure, row, matrices.pays(curve, row, column), None, beside, column, reason)


def _consistent(plan: Plan, score: Score, rule: Consistency, segment: Segment) -> Scored:
    """The points for the lowest of the named components' ways to their thresholds; all of them are needed."""
    parts = [each for each in plan.components if each.id in rule.of]
    figures = [paid(plan, each, reading(segment.readings, each.id)).figure for each in parts]
    rules = [each.score.achievement for each in parts if each.score and each.score.achievement]
    return consistent(score, rule, [way(each, figure) for each, figure in zip(rules, figures, strict=True)])
