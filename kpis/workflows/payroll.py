"""What a payout run reads: who takes part, under which contract, and the figure that each component reads for them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

from data_contracts.problems import Problem
from kpis.calendar import Period
from kpis.figures import Figure
from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Segment
from kpis.incentives.plan import Aim, Component, Plan, Source
from kpis.incentives.segments import Absence, Assignment, Contract, Employment, Salary, segments
from kpis.targets import Target
from kpis.workflows.eligible import rules
from kpis.workspace import Snapshot

MILLION = 1_000_000
DATASETS = ("assignments", "pay_basis", "employment", "absences")
Wanted = tuple[str, str, str]  # KPI, scope, period


@dataclass(frozen=True)
class Targets:
    """Targets by id, and by KPI, scope and period."""

    by_id: Mapping[str, Target]

    @cached_property
    def by_place(self) -> dict[Wanted, Target]:
        """The target of a KPI for a scope and a period."""
        return {(each.kpi, each.scope, each.period): each for each in self.by_id.values()}


@dataclass(frozen=True)
class Balance:
    """What a person's next payout is set against, in minor units.

    `paid_before`: paid for the periods of this year before, without draws that are still to be made good; `carried`: the
    shortfall of the year before; `draws`: still to be made good.
    """

    paid_before: int = 0
    carried: int = 0
    draws: int = 0


@dataclass(frozen=True)
class Read:
    """Where one source's figure comes from for one person.

    KPI, scope (empty: nowhere) and window; the larger scopes and the window they are read in; the target.
    """

    own: Wanted
    larger: tuple[str, ...]
    target: Target | None
    larger_in: str = ""

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """Every figure that may be read: one's own, if there is one, and then the larger scopes'."""
        kpi, scope, window = self.own
        mine = (self.own,) if scope else ()
        return (*mine, *((kpi, each, self.larger_in or window) for each in self.larger))


def window(snapshot: Snapshot, plan: Plan, period: Period) -> Period:
    """What a plan looks at when it pays a period: the period, or the year up to its end where it trues up."""
    if plan.year_to_date is None:
        return period
    year = snapshot.workspace.settings.calendar.containing(period.start, "year")
    whole = Period(year.start, period.end, "span", f"{year.start}..{period.end - timedelta(days=1)}")
    return period if period.start == year.start else whole


def frame(snapshot: Snapshot, plan: Plan, period: Period) -> Frame:
    """The frame of a run: its period, the days it looks at, those of the year, and whether the year ends with it."""
    year = snapshot.workspace.settings.calendar.containing(period.start, "year")
    return Frame(period.name, window(snapshot, plan, period).days, year.days, period.end == year.end)


def people(snapshot: Snapshot, plan: Plan, period: Period) -> list[tuple[Contract, list[Segment], list[Problem]]]:
    """Everyone who takes part in the plan in the period, by key: contract, segments, and what blocks the payout.

    Who is named, or whose level is, takes part with all segments; others with those in the plan's departments.
    """
    chosen, terms = plan.participants, plan.opportunity.everything
    needs_salary = any(each.percent_of_salary is not None for each in terms) or bool(plan.opportunity.by_level)
    period, days = window(snapshot, plan, period), rules(snapshot.workspace, plan)
    rows = {name: snapshot.once((name, period), partial(_by_person, snapshot, name, period)) for name in DATASETS}
    inside = {below for each in chosen.departments for below in snapshot.organisation.descendants(each)}
    found = []
    for person in sorted(set(rows["assignments"]) | set(rows["employment"])):
        whole = person in chosen.people or {row["level"] for row in rows["pay_basis"].get(person, [])} & set(
            chosen.levels
        )
        if not whole and not inside & {row["department"] for row in rows["assignments"].get(person, [])}:
            continue
        contract = _contract(person, {name: table.get(person, []) for name, table in rows.items()})
        parts, missing = segments(contract, period, needs_salary, days)
        found.append((contract, [part for part in parts if whole or part.department in inside], missing))
    return found


def _by_person(snapshot: Snapshot, dataset: str, period: Period) -> dict[str, list[dict[str, Any]]]:
    since, until = ("hired_on", "left_on") if dataset == "employment" else ("valid_from", "valid_to")
    sql = f"SELECT * FROM {dataset} WHERE {since} < $end AND ({until} IS NULL OR {until} >= $start) ORDER BY person, {since}"
    found: dict[str, list[dict[str, Any]]] = {}
    for row in snapshot.rows(sql, start=period.start, end=period.end).to_pylist():
        found.setdefault(row["person"], []).append(row)
    return found


def _contract(person: str, rows: Mapping[str, list[dict[str, Any]]]) -> Contract:
    def held(row: Mapping[str, Any]) -> tuple[Any, Any]:
        return row["valid_from"], row["valid_to"]

    return Contract(
        person,
        tuple(
            Assignment(*held(row), row["department"], Fraction(row["share"], MILLION)) for row in rows["assignments"]
        ),
        tuple(Salary(*held(row), row["amount"], row["amount_is"], row["level"] or "") for row in rows["pay_basis"]),
        tuple(
            Employment(
                row["hired_on"],
                row["left_on"],
                Fraction(str(row["contract_hours"])),
                Fraction(str(row["full_time_hours"])),
            )
            for row in rows["employment"]
        ),
        tuple(Absence(*held(row), row["effect"]) for row in rows["absences"]),
    )


def reads(
    snapshot: Snapshot,
    source: Source,
    person: str,
    department: str,
    period: Period,
    targets: Targets,
    looked_at: str = "",
) -> Read | None:
    """Where a source reads its figure for a person in a department; None where it is given as an actual or has no target.

    `own_department` is the nearest department upwards that holds a target; `self` without a target of its own takes
    the values of that department. The figure is that of the window `looked_at`, the period unless said; the target is the
    period's.
    """
    tree = snapshot.organisation
    upwards = [f"department:{each}" for each in tree.ancestors(department)] + ["company"]
    if isinstance(source.target, str):
        target = targets.by_id.get(source.target)
        if target is None:
            return None
        name = looked_at if looked_at and target.period == period.name else target.period
        return Read((target.kpi, target.scope, name), _larger(target.scope, upwards), target)
    if source.kpi is None or source.scope is None:
        return None
    mine, kpi = targets.by_place, source.kpi
    held = next((each for each in upwards if (kpi, each, period.name) in mine), "")
    scope = {"own_department": held or upwards[0], "self": f"person:{person}"}.get(source.scope, source.scope)
    target = mine.get((kpi, scope, period.name)) or (
        mine.get((kpi, held, period.name)) if source.scope == "self" else None
    )
    return Read((source.kpi, scope, looked_at or period.name), _larger(scope, upwards), target)


def _segment_reads(
    snapshot: Snapshot, plan: Plan, source: Source, person: str, part: Segment, parts: Sequence[Segment], period: Period,
    targets: Targets,
) -> Read | None:  # fmt: skip
    """Where a source reads its figure for one segment.

    A figure of one's own is that of the segment's own days. A department's is that of the whole period, of the time spent
    there, or of the department at the end, as the plan says. A segment without a whole slice has no figure of its own.
    """
    whole, department = window(snapshot, plan, period), part.department
    if plan.department_figure == "at_period_end":
        department = max(parts, key=lambda each: (each.end or period.end, each.share)).department
    own = source.scope == "self" or (plan.department_figure == "while_there" and source.scope == "own_department")
    moved = len({(each.start, each.end) for each in parts}) > 1
    looked_at: Period | None = whole
    if own and moved and part.start and part.end:
        looked_at = snapshot.workspace.settings.calendar.span(part.start, part.end)
    found = reads(snapshot, source, person, department, period, targets, looked_at.name if looked_at else "")
    if found is None:
        return None
    kpi, scope, name = found.own
    larger_in = whole.name if source.scope == "self" and plan.department_figure != "while_there" else ""
    return replace(found, own=(kpi, scope if looked_at else "", name), larger_in=larger_in)


def _larger(scope: str, upwards: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        upwards[upwards.index(scope) + 1 :]
        if scope in upwards
        else upwards
        if scope.startswith("person:")
        else ("company",)
    )


def wanted(found: Iterable[Read]) -> set[Wanted]:
    """Every figure that may be read, the larger scopes among them."""
    return {name for each in found for name in each.wanted}


def participant(
    snapshot: Snapshot, plan: Plan, contract: Contract, parts: Sequence[Segment], period: Period, targets: Targets,
    figures: Mapping[Wanted, Figure], balance: Balance | None = None,
) -> Participant:  # fmt: skip
    """A person with the readings of everything that reads, and what their payout is set against."""

    def readings(found: Iterable[tuple[Source, Read | None]]) -> dict[str, Reading]:
        return {source.id: _reading(snapshot, source, read, figures) for source, read in found if read}

    person, mine = contract.person, balance or Balance()
    segments = tuple(
        replace(
            part,
            readings=readings(
                (source, _segment_reads(snapshot, plan, source, person, part, parts, period, targets))
                for source in plan.segment_sources
            ),
        )
        for part in parts
    )
    last = parts[-1].department if parts else ""
    name = window(snapshot, plan, period).name
    whole = readings(
        (source, reads(snapshot, source, person, last, period, targets, name)) for source in plan.person_sources
    )
    return Participant(person, segments, whole, mine.paid_before, mine.carried, mine.draws)


def _reading(snapshot: Snapshot, source: Source, found: Read, figures: Mapping[Wanted, Figure]) -> Reading:
    needed = source.min_n if isinstance(source, Component) and source.min_n else 0
    larger = (ratio(snapshot, figures.get(each)) for each in found.wanted if each != found.own)
    team = next((each for each in larger if each and (each.n or 0) >= needed), None)
    target = source.target.values if isinstance(source.target, Aim) else found.target.values if found.target else None
    mine = figures.get(found.own)
    return Reading(
        ratio(snapshot, mine, few=mine is not None and mine.n < needed),
        team,
        target=target,
        target_id=found.target.id if found.target else "",
    )


def ratio(snapshot: Snapshot, figure: Figure | None, few: bool = False) -> Ratio | None:
    """The exact ratio of a figure that may be paid on, in the KPI's display unit; None for every other state.

    `few` lets one with too few answers through, where the plan's minimum keeps it from paying and a statement tells its n.
    """
    states = ("ok", "too few") if few else ("ok",)
    if figure is None or figure.state not in states or figure.numerator is None or not figure.denominator:
        return None
    times = 100 if snapshot.workspace.kpis[figure.kpi].unit == "percent" else 1
    answers = Fraction(round(figure.n * MILLION), MILLION)
    return Ratio(figure.numerator * times, figure.denominator, answers, f"{figure.kpi}@{figure.scope}@{figure.window}")


def every_read(
    snapshot: Snapshot,
    plan: Plan,
    people: Iterable[tuple[Contract, Sequence[Segment]]],
    period: Period,
    targets: Targets,
) -> Iterator[Read]:
    """Every figure a run may read."""
    name = window(snapshot, plan, period).name
    for contract, parts in people:
        for part in parts:
            for source in plan.segment_sources:
                if found := _segment_reads(snapshot, plan, source, contract.person, part, parts, period, targets):
                    yield found
        for department in {part.department for part in parts[-1:]}:
            for source in plan.person_sources:
                if found := reads(snapshot, source, contract.person, department, period, targets, name):
                    yield found
