"""One person's inputs under the titles a sheet has for them, and the same person with a sheet's values in place of ours."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from kpis.incentives.paid import Participant, Ratio, Reading
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import Work


def ours_of(plan: Plan, work: Work, participant: Participant, name: str) -> Fraction | None:
    """Our value of one of their columns; None where segments differ in it, or we have none."""
    column, _, source = name.partition(":")
    parts = participant.segments
    if column == "days":
        return Fraction(sum(each.days for each in parts))
    if column == "salary":
        return _one(Fraction(each.annual, 10**plan.minor_units) for each in parts)
    if column == "fte":
        return _one(each.fte for each in parts)
    if column == "figure":
        paid = [line.paid.figure for line in work.lines if line.component.id == source]
        paid += [each.figure for each in work.gates if each.gate.id == source]
        paid += [each.figure for each in work.factors if each.modifier.id == source]
        return _one(paid)
    if column == "weight":
        return _one(
            line.component.weight
            for line in work.lines
            if line.component.id == source and line.component.weight is not None
        )
    at = {"threshold": 0, "target": 1, "stretch": 2}.get(column)
    readings = [
        each for each in (*(part.readings.get(source) for part in parts), participant.readings.get(source)) if each
    ]
    return None if at is None else _one(each.target[at] for each in readings if each.target)


def _one(values: Iterable[Fraction]) -> Fraction | None:
    held = set(values)
    return held.pop() if len(held) == 1 else None


def with_theirs(plan: Plan, participant: Participant, given: Mapping[str, Fraction]) -> tuple[Plan, Participant]:
    """The plan and the person with their values in place of ours."""
    weights = {name.partition(":")[2]: value for name, value in given.items() if name.startswith("weight:")}
    parts = tuple(
        each.model_copy(update={"weight": weights[each.id]}) if each.id in weights else each for each in plan.components
    )
    segments = []
    for each in participant.segments:
        changed = replace(each, readings=_readings(each.readings, given))
        if "salary" in given:
            changed = replace(changed, annual=int(given["salary"] * 10**plan.minor_units))
        if "fte" in given:
            changed = replace(changed, fte=given["fte"])
        if "days" in given and len(participant.segments) == 1:
            changed = replace(changed, days=int(given["days"]))
        segments.append(changed)
    people = replace(participant, segments=tuple(segments), readings=_readings(participant.readings, given))
    return plan.model_copy(update={"components": parts}), people


def _readings(readings: Mapping[str, Reading], given: Mapping[str, Fraction]) -> dict[str, Reading]:
    return {name: _reading(name, each, given) for name, each in readings.items()}


def _reading(name: str, each: Reading, given: Mapping[str, Fraction]) -> Reading:
    figure = given.get(f"figure:{name}")
    own = each.own if figure is None else Ratio(figure.numerator, figure.denominator)
    if each.target is None:
        return replace(each, own=own)
    low, middle, high = (
        given.get(f"{at}:{name}", mine)
        for at, mine in zip(("threshold", "target", "stretch"), each.target, strict=True)
    )
    return replace(each, own=own, target=(low, middle, high))
