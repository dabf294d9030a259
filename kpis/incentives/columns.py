"""Participants as columns: one array for each input, for people with the same number of segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from kpis.incentives.curves import NoResultError
from kpis.incentives.earned import Earned, earned
from kpis.incentives.paid import Participant, Reading, Segment, Values, choose
from kpis.incentives.plan import Component, Plan, Source
from kpis.incentives.tables import Ints
from kpis.incentives.terms import Terms

LIMIT = 2**62
Pattern = tuple[
    str, ...
]  # segment by segment and component: "" its figure, "figure" or "pays" its fallback, "out" nothing
Memo = dict[tuple[int, str], Earned]  # by a segment's identity and a component's id: what it earned


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
    plan order, or what the curve pays of a component that is `rare`; `gates`, `modifiers` and `kickers` n each. `terms` are
    the opportunities by `term` (n × k) where they differ; `pattern` says segment by segment what stands for each component
    (see `Pattern`); `owed`, `balance` and `pooled` are what was paid or carried, draws to be made good, and shares of a pool. `earned`: all
    components hold what their curves pay, as rare ones do.
    """

    annual: Ints
    days: Ints
    fte_numerator: Ints
    fte_denominator: Ints
    share: Ints
    components: tuple[Figures, ...]
    gates: tuple[Figures, ...]
    modifiers: tuple[Figures, ...]
    kickers: tuple[Figures, ...] = ()
    terms: tuple[Terms, ...] = ()
    term: Ints | None = None
    pattern: Pattern = ()
    owed: Ints | None = None
    balance: Ints | None = None
    pooled: Ints | None = None
    earned: bool = False


def integers(values: Sequence[int], shape: tuple[int, ...]) -> Ints:
    """Whole numbers as int64, or as Python integers where one could pass it."""
    kind: Any = np.int64 if all(-LIMIT < value < LIMIT for value in values) else object
    return np.array(values, dtype=kind).reshape(shape)


def rare(component: Component) -> bool:
    """Whether what a component pays is asked of the rules of a row, for no table holds it.

    Scores, matrices, figures to the nearest step, transactions and year-to-date tiers; all that follows is done in columns.
    """
    odd = component.second or component.score or component.nearest
    return bool(odd) or component.curve.basis != "period_total"


def pattern(plan: Plan, participant: Participant, memo: Memo) -> Pattern | None:
    """What stands for each component in each segment; None where a participant does not fit columns.

    Several segments shared by answers are reckoned row by row, as are people without a result and shares that are no whole
    millionths. What rare components earn goes into `memo`.
    """
    if not participant.segments or any(each.nearest for each in plan.person_sources):
        return None
    if len(participant.segments) > 1 and any(each.segments_by == "n" for each in plan.components):
        return None
    found = [_stands(plan, each, segment, memo) for segment in participant.segments for each in plan.components]
    known = [plan.opportunity.of(participant.person, each.level) for each in participant.segments]
    if None in found or (plan.opportunity.everything and None in known):
        return None
    try:
        for source in (*plan.gates, *plan.modifiers, *plan.kickers):
            choose(plan, source, participant.readings.get(source.id, Reading()))
    except NoResultError:
        return None
    whole = all((segment.share * 1_000_000).denominator == 1 for segment in participant.segments)
    return tuple(each or "" for each in found) if whole and _in(plan, found) else None


def _stands(plan: Plan, component: Component, segment: Segment, memo: Memo) -> str | None:
    """What stands for a component in a segment; None for no payout, and where no answers share the one segment."""
    own = segment.readings.get(component.id, Reading()).own
    if component.segments_by == "n" and not (own and own.n):
        return None
    try:
        if rare(component):
            memo[id(segment), component.id] = found = earned(plan, component, segment)
            return "out" if found.out else ""
        choose(plan, component, segment.readings.get(component.id, Reading()))
    except NoResultError:
        if rare(component):
            return None
        rule, instead = component.missing or plan.missing, component.fallback or plan.fallback
        if rule == "renormalise":
            return "out"
        if rule == "no_payout" or instead is None:
            return None
        return "figure" if instead.pays is None else "pays"
    return ""


def _in(plan: Plan, found: Sequence[str | None]) -> bool:
    """Whether in each segment something is left that the weights of the others can go to."""
    size = len(plan.components)
    rows = [found[at : at + size] for at in range(0, len(found), size)]
    return all(
        "out" not in row or sum(each.weight or 0 for each, it in zip(plan.components, row, strict=True) if it != "out")
        for row in rows
    )


def columns(plan: Plan, people: Sequence[Participant], stands: Pattern, memo: Memo) -> Columns:
    """The columns of people who have the same number of segments and the same `pattern`, which filled the memo."""
    shape = (len(people), len(people[0].segments))
    segments = [segment for each in people for segment in each.segments]
    return Columns(
        **held(plan, people),
        components=tuple(
            _earned(each, segments, shape, memo) if rare(each) else _component(plan, at, segments, shape, stands)
            for at, each in enumerate(plan.components)
        ),
        gates=tuple(_whole(plan, source, people) for source in plan.gates),
        modifiers=tuple(_whole(plan, source, people) for source in plan.modifiers),
        kickers=tuple(_whole(plan, source, people) for source in plan.kickers),
        pattern=stands if any(stands) else (),
    )


def held(plan: Plan, people: Sequence[Participant]) -> dict[str, Any]:
    """What `Columns` hold of people with the same number of segments whatever their figures, by the names of its fields."""
    shape = (len(people), len(people[0].segments))
    segments = [segment for each in people for segment in each.segments]
    owners = [each.person for each in people for _ in each.segments]
    found = [plan.opportunity.of(owner, each.level) for owner, each in zip(owners, segments, strict=True)]
    salaried = [terms is not None and terms.percent_of_salary is not None for terms in found]
    ftes = [
        Fraction(1) if paid and each.amount_is == "actual" else each.fte
        for each, paid in zip(segments, salaried, strict=True)
    ]
    terms, term = _terms(plan, found, shape)
    return _money(plan, people) | {
        "annual": integers([each.annual for each in segments], shape),
        "days": integers([each.days for each in segments], shape),
        "fte_numerator": integers([fte.numerator for fte in ftes], shape),
        "fte_denominator": integers([fte.denominator for fte in ftes], shape),
        "share": integers([int(each.share * 1_000_000) for each in segments], shape),
        "terms": terms,
        "term": term,
    }


def _terms(plan: Plan, found: Sequence[Terms | None], shape: tuple[int, ...]) -> tuple[tuple[Terms, ...], Ints | None]:
    """The distinct opportunities and which one each segment has, where a plan has several."""
    if not (plan.opportunity.by_level or plan.opportunity.by_person):
        return (), None
    numbers: dict[tuple[Fraction | None, Fraction | None], int] = {}
    given = [each or Terms() for each in found]
    which = [numbers.setdefault((each.percent_of_salary, each.amount), len(numbers)) for each in given]
    terms = tuple(Terms(percent_of_salary=percent, amount=amount) for percent, amount in numbers)
    return terms, integers(which, shape)


def _money(plan: Plan, people: Sequence[Participant]) -> dict[str, Ints]:
    """What is set against payouts, where the plan knows of it."""
    shape, found = (len(people),), {}
    if plan.year_to_date:
        found["owed"] = integers([each.paid_before + each.carried for each in people], shape)
    if plan.draw:
        found["balance"] = integers([each.draw_balance for each in people], shape)
    if people[0].share is not None:
        found["pooled"] = integers([each.share or 0 for each in people], shape)
    return found


def _earned(component: Component, segments: Sequence[Segment], shape: tuple[int, ...], memo: Memo) -> Figures:
    """What a rare component pays, in the place of its figures."""
    pays = [memo[id(segment), component.id].curve_pays for segment in segments]
    return _figures(pays, [None] * len(pays), shape)


def _component(plan: Plan, at: int, segments: Sequence[Segment], shape: tuple[int, ...], stands: Pattern) -> Figures:
    """A component's figures, its fallback where that stands for one, 0 where nothing is read."""
    component, size, k = plan.components[at], len(plan.components), shape[1]
    read, chosen = [], []
    instead = component.fallback or plan.fallback
    for row, segment in enumerate(segments):
        reading = segment.readings.get(component.id, Reading())
        how = stands[(row % k) * size + at] if stands else ""
        read.append(reading if how in ("", "figure") else None)
        value = choose(plan, component, reading)[0] if not how else Fraction(0)
        chosen.append(instead.figure or value if how == "figure" and instead else value)
    return _figures(chosen, read, shape)


def _whole(plan: Plan, source: Source, people: Sequence[Participant]) -> Figures:
    readings = [each.readings.get(source.id, Reading()) for each in people]
    return _figures([choose(plan, source, reading)[0] for reading in readings], readings, (len(people),))


def _figures(values: Sequence[Fraction], readings: Sequence[Reading | None], shape: tuple[int, ...]) -> Figures:
    numbers: dict[Values | None, int] = {}
    aims = [numbers.setdefault(each.target, len(numbers)) if each else 0 for each in readings]
    return Figures(
        integers([value.numerator for value in values], shape),
        integers([value.denominator for value in values], shape),
        integers(aims, shape),
        tuple(numbers) or (None,),
    )
