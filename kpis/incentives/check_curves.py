"""What a curve must satisfy: points in order, tiers without gaps or overlaps, floor under cap, axes."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from data_contracts.problems import Problem
from kpis.exact import shown
from kpis.incentives.check_matrix import matrix_problems
from kpis.incentives.plan import Aim, Component, Plan, Source
from kpis.incentives.shapes import Curve, OnAxis, Point, Tier

ZERO = Fraction(0)


def curve_problems(plan: Plan, where: str) -> list[Problem]:
    """Every problem of every curve of the plan."""
    found: list[Problem] = []
    for at, component in enumerate(plan.components):
        found += curve(component.curve, component, f"{where}, components[{at}].curve")
    for at, modifier in enumerate(plan.modifiers):
        found += curve(modifier.curve, modifier, f"{where}, modifiers[{at}].curve")
    if plan.pool and plan.pool.figure:
        found += curve(plan.pool.figure.curve, plan.pool.figure, f"{where}, pool.figure.curve")
    return found


def curve(given: Curve, source: Source, place: str) -> list[Problem]:
    """The problems of one curve and the axis it stands on."""
    if given.kind == "matrix":
        found = matrix_problems(given, source, place) + _limits(given, place) + _axis(given, source, place)
        return found + _across(given, source, place)
    if given.rows or given.columns or given.cells or given.across or getattr(source, "second", None):
        step = "Write kind: matrix, or take rows, columns, cells, across and second out."
        return [Problem(place, "a matrix for two figures", given.kind, step)]
    tiered = given.kind in ("marginal", "whole_band")
    wanted, other = ("tiers", "points") if tiered else ("points", "tiers")
    if getattr(given, other) or not getattr(given, wanted):
        return [Problem(place, f"{wanted} for a {given.kind} curve", other, f"Write {wanted} and nothing else.")]
    found = _tiers(given.tiers, f"{place}.tiers") if tiered else _points(given, place)
    found += _limits(given, place) + _axis(given, source, place) + _basis(given, source, place)
    if given.scale:
        found += _order(given.scale.points, f"{place}.scale.points")
    return found


def _points(given: Curve, place: str) -> list[Problem]:
    found = _order(given.points, f"{place}.points")
    if given.kind == "linear" and len(given.points) < 2:
        found.append(
            Problem(f"{place}.points", "two points or more for a line", "one", "Add a point, or make it stepped.")
        )
    return found + _alone(given, place)


def _alone(given: Curve, place: str) -> list[Problem]:
    """The last step or jump of a curve that ends right there pays at one place only, which nobody means."""
    last = given.points[-1]
    jumps = given.kind == "stepped" or (len(given.points) > 1 and given.points[-2].at == last.at)
    if not jumps or given.above_last in ("flat", "continue", last.pays):
        return []
    told = given.above_last if isinstance(given.above_last, str) else shown(given.above_last)
    actual = f"{told}: {shown(last.pays)} is paid at {shown(last.at)} alone"
    step = "Write above_last: flat, or add the point at which that pay ends."
    return [Problem(f"{place}.above_last", "a last step that goes on above its point", actual, step)]


def _order(points: Sequence[Point], place: str) -> list[Problem]:
    """Points rise; two at the same place make a jump, three make none."""
    places = [point.at for point in points]
    found = [
        Problem(
            f"{place}[{at + 1}]",
            f"a point at or above {shown(places[at])}",
            shown(places[at + 1]),
            "Put the points in order.",
        )
        for at in range(len(places) - 1)
        if places[at + 1] < places[at]
    ]
    found += [
        Problem(f"{place}[{at}]", "two points at most at one place", shown(points[at].at), "Take the middle one out.")
        for at in range(2, len(places))
        if places[at] == places[at - 2]
    ]
    return found


def _tiers(tiers: Sequence[Tier], place: str) -> list[Problem]:
    """Bands follow each other without gap or overlap, only the last may be open, and all pay in one unit."""
    found = []
    for at, (tier, after) in enumerate(pairwise(tiers)):
        if tier.to is None or tier.to == after.at:
            continue
        fault, (low, high) = "a gap" if tier.to < after.at else "an overlap", sorted((tier.to, after.at))
        told = f"{fault} from {shown(low)} to {shown(high)}"
        found.append(
            Problem(f"{place}[{at + 1}]", f"a band from {shown(tier.to)}", told, "Begin where the one before ends.")
        )
    for at, tier in enumerate(tiers):
        if tier.to is None and at < len(tiers) - 1:
            found.append(
                Problem(f"{place}[{at}]", "an upper end, as another band follows", "none", "Write its upper end.")
            )
        if tier.to is not None and tier.to <= tier.at:
            found.append(
                Problem(f"{place}[{at}]", f"an upper end above {shown(tier.at)}", shown(tier.to), "Mend the band.")
            )
        if tier.rate.value < 0:
            found.append(Problem(f"{place}[{at}]", "a rate of 0 or more", shown(tier.rate.value), "Mend the rate."))
    if len({tier.rate.of_figure for tier in tiers}) > 1:
        found.append(
            Problem(
                place,
                "rates of one kind",
                "some with % and some without",
                'Write "2%" for money, 2 for percent of pay.',
            )
        )
    return found


def _limits(given: Curve, place: str) -> list[Problem]:
    found = []
    if given.cap is not None and given.floor > given.cap:
        found.append(
            Problem(place, f"a floor at or below the cap {shown(given.cap)}", shown(given.floor), "Lower the floor.")
        )
    values = {"floor": given.floor, "below_first": given.below_first, "above_last": given.above_last}
    values |= {f"points[{at}]": point.pays for at, point in enumerate(given.points)}
    for name, value in values.items():
        if isinstance(value, Fraction) and value < 0:
            found.append(
                Problem(f"{place}.{name}", "pay of 0 or more", shown(value), "Pay is never taken back by a curve.")
            )
    return found


def _axis(given: Curve, source: Source, place: str) -> list[Problem]:
    """Each axis has what it needs and nothing that another one owns."""
    needs = {"change": "base", "scored": "scale", "percent_of_target": "form"}
    found = [
        Problem(
            f"{place}.{name}",
            f"{name} with the axis {axis}",
            "nothing" if given.axis == axis else f"the axis {given.axis}",
            "Mend it.",
        )
        for axis, name in needs.items()
        if (given.axis == axis) == (getattr(given, name) is None)
        and not (axis == "scored" and given.axis == axis and getattr(source, "score", None))
    ]
    if given.scale and getattr(source, "score", None):
        found.append(Problem(f"{place}.scale", "a score or a scale", "both", "Keep one."))
    if given.form == "target_over_figure" and given.decimals is None:
        step = "100·T/F does not end: name the decimals it is rounded to."
        found.append(Problem(f"{place}.decimals", "decimals with the form target_over_figure", "nothing", step))
    if given.axis in ("figure", "change", "scored") and isinstance(source.target, Aim):
        step = f"With the axis {given.axis} the curve owns the points."
        found.append(Problem(f"{place}.axis", "no target values beside the curve's own points", "both", step))
    if isinstance(source.target, Aim):
        low, middle, high = source.target.values
        if not (low < middle < high or low > middle > high):
            told = ", ".join(map(shown, source.target.values))
            found.append(
                Problem(place, "threshold, target and stretch in one strict order", told, "Put them in order.")
            )
        elif given.axis == "percent_of_target" and middle <= 0:
            found.append(
                Problem(place, "a target above 0 for a percentage of it", shown(middle), "Use the axis position.")
            )
    return found


def _across(given: Curve, source: Source, place: str) -> list[Problem]:
    """The axis of a matrix's second figure has what it needs, as the first has."""
    if not isinstance(source, Component) or source.second is None:
        return []
    axis = Curve.model_validate((given.across or given).model_dump(include=set(OnAxis.model_fields)))
    return _axis(axis, source.second, f"{place}.across")


def _basis(given: Curve, source: Source, place: str) -> list[Problem]:
    money = given.pays_money
    if given.basis != "period_total" and not (money and isinstance(source, Component)):
        step = "Only tiers that pay money, written with %, add up over transactions or through the year."
        return [Problem(f"{place}.basis", "period_total", given.basis, step)]
    if money and not isinstance(source, Component):
        return [Problem(f"{place}.tiers", "percent: a modifier is a factor", "money", "Write rates without %.")]
    if money and given.axis not in ("figure", "change"):
        return [
            Problem(f"{place}.axis", "figure, as money is paid on the figure itself", given.axis, "Write axis: figure.")
        ]
    return []
