"""Participants as columns: one array for each input, for people with the same number of segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from kpis.incentives.curves import NoResultError
from kpis.incentives.paid import Participant, Reading, Values, choose
from kpis.incentives.plan import Plan, Source
from kpis.incentives.tables import Ints

LIMIT = 2**62


@dataclass(frozen=True)
class Figures:
    """One source's figures before rounding, as numerators and denominators.

    `target` numbers the row's entry in `targets`.
    """

    numerator: Ints
    denominator: Ints
    target: Ints
    targets: tuple[Values | None, ...]


@dataclass(frozen=True)
class Columns:
    """The inputs of n people with k segments each.

    `annual`, `days`, `fte_numerator`, `fte_denominator` and `share` (millionths) are n × k, salaries in minor units;
    `fte` is 1 already where the amount is what a part-time contract actually pays. `components` hold n × k figures in
    plan order, `gates` and `modifiers` n each.
    """

    annual: Ints
    days: Ints
    fte_numerator: Ints
    fte_denominator: Ints
    share: Ints
    components: tuple[Figures, ...]
    gates: tuple[Figures, ...]
    modifiers: tuple[Figures, ...]


def integers(values: Sequence[int], shape: tuple[int, ...]) -> Ints:
    """Whole numbers as int64, or as Python integers where one could pass it."""
    kind: Any = np.int64 if all(-LIMIT < value < LIMIT for value in values) else object
    return np.array(values, dtype=kind).reshape(shape)


def columnar(plan: Plan, participant: Participant) -> bool:
    """Whether a participant fits columns.

    Segments, one figure for everything that pays, and shares in whole millionths.

    Transactions and year-to-date amounts have several terms and are reckoned row by row.
    """
    if not _columnar(plan) or not participant.segments:
        return False
    try:
        for segment in participant.segments:
            for component in plan.components:
                choose(plan, component, segment.readings.get(component.id, Reading()))
        for source in (*plan.gates, *plan.modifiers):
            choose(plan, source, participant.readings.get(source.id, Reading()))
    except NoResultError:
        return False
    return all((segment.share * 1_000_000).denominator == 1 for segment in participant.segments)


def _columnar(plan: Plan) -> bool:
    """Whether the plan itself fits columns; what is rare is reckoned row by row."""
    rare = plan.pool or plan.year_to_date or plan.draw or plan.kickers or plan.opportunity.by_level
    if rare or plan.opportunity.by_person or plan.missing != "no_payout" or plan.rounding != "half_away":
        return False
    return (
        not any(
            each.curve.basis != "period_total" or each.second or each.score or each.missing or each.segments_by == "n"
            for each in plan.components
        )
        and not any(source.nearest for source in plan.sources)
        and not any(gate.on in ("company", "person") for gate in plan.gates)
    )


def columns(plan: Plan, people: Sequence[Participant]) -> Columns:
    """The columns of people who are `columnar` and have the same number of segments."""
    shape = (len(people), len(people[0].segments))
    segments = [segment for each in people for segment in each.segments]
    salaried = plan.opportunity.percent_of_salary is not None
    ftes = [Fraction(1) if salaried and each.amount_is == "actual" else each.fte for each in segments]
    return Columns(
        annual=integers([each.annual for each in segments], shape),
        days=integers([each.days for each in segments], shape),
        fte_numerator=integers([fte.numerator for fte in ftes], shape),
        fte_denominator=integers([fte.denominator for fte in ftes], shape),
        share=integers([int(each.share * 1_000_000) for each in segments], shape),
        components=tuple(
            _figures(plan, source, [each.readings.get(source.id, Reading()) for each in segments], shape)
            for source in plan.components
        ),
        gates=tuple(_whole(plan, source, people) for source in plan.gates),
        modifiers=tuple(_whole(plan, source, people) for source in plan.modifiers),
    )


def _whole(plan: Plan, source: Source, people: Sequence[Participant]) -> Figures:
    return _figures(plan, source, [each.readings.get(source.id, Reading()) for each in people], (len(people),))


def _figures(plan: Plan, source: Source, readings: Sequence[Reading], shape: tuple[int, ...]) -> Figures:
    values = [choose(plan, source, reading)[0] for reading in readings]
    numbers: dict[Values | None, int] = {}
    aims = [numbers.setdefault(reading.target, len(numbers)) for reading in readings]
    return Figures(
        integers([value.numerator for value in values], shape),
        integers([value.denominator for value in values], shape),
        integers(aims, shape),
        tuple(numbers),
    )
