"""What a payout run reads: who takes part, under which contract, and the figure that each component reads for them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

from data_contracts.problems import Problem
from kpis.calendar import Period
from kpis.figures import Figure
from kpis.incentives.paid import Participant, Ratio, Reading, Segment
from kpis.incentives.plan import Aim, Component, Plan, Source
from kpis.incentives.segments import Absence, Assignment, Contract, Employment, Salary, segments
from kpis.targets import Target
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
class Read:
    """Where one source's figure comes from for one person: KPI, scope and period, the larger scopes, and the target."""

    own: Wanted
    larger: tuple[str, ...]
    target: Target | None


def people(snapshot: Snapshot, plan: Plan, period: Period) -> list[tuple[Contract, list[Segment], list[Problem]]]:
    """Everyone who takes part in the plan in the period, by key: contract, segments, and what blocks the payout.

    Who is named, or whose level is, takes part with all segments; others with those in the plan's departments.
    """
    chosen, needs_salary = plan.participants, plan.opportunity.percent_of_salary is not None
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
        parts, missing = segments(contract, period, needs_salary)
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
        tuple(Salary(*held(row), row["amount"], row["amount_is"]) for row in rows["pay_basis"]),
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
    snapshot: Snapshot, source: Source, person: str, department: str, period: Period, targets: Targets
) -> Read | None:
    """Where a source reads its figure for a person in a department; None where it is given as an actual or has no target.

    `own_department` is the nearest department upwards that holds a target; `self` without a target of its own takes
    the values of that department.
    """
    tree = snapshot.organisation
    upwards = [f"department:{each}" for each in tree.ancestors(department)] + ["company"]
    if isinstance(source.target, str):
        target = targets.by_id.get(source.target)
        return (
            Read((target.kpi, target.scope, target.period), _larger(target.scope, upwards), target) if target else None
        )
    if source.kpi is None or source.scope is None:
        return None
    mine, kpi = targets.by_place, source.kpi
    held = next((each for each in upwards if (kpi, each, period.name) in mine), "")
    scope = {"own_department": held or upwards[0], "self": f"person:{person}"}.get(source.scope, source.scope)
    target = mine.get((kpi, scope, period.name)) or (
        mine.get((kpi, held, period.name)) if source.scope == "self" else None
    )
    return Read((source.kpi, scope, period.name), _larger(scope, upwards), target)


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
    return {(kpi, scope, period) for each in found for kpi, own, period in [each.own] for scope in (own, *each.larger)}


def participant(
    snapshot: Snapshot, plan: Plan, contract: Contract, parts: Sequence[Segment], period: Period, targets: Targets,
    figures: Mapping[Wanted, Figure],
) -> Participant:  # fmt: skip
    """A person with the readings of every component, gate and modifier."""

    def readings(sources: Iterable[Source], department: str) -> dict[str, Reading]:
        return {
            source.id: _reading(snapshot, source, found, figures)
            for source in sources
            if (found := reads(snapshot, source, contract.person, department, period, targets))
        }

    last = parts[-1].department if parts else ""
    segments = tuple(replace(part, readings=readings(plan.components, part.department)) for part in parts)
    return Participant(contract.person, segments, readings((*plan.gates, *plan.modifiers), last))


def _reading(snapshot: Snapshot, source: Source, found: Read, figures: Mapping[Wanted, Figure]) -> Reading:
    kpi, own, period = found.own
    needed = source.min_n if isinstance(source, Component) and source.min_n else 0
    larger = (ratio(snapshot, figures.get((kpi, scope, period))) for scope in found.larger)
    team = next((each for each in larger if each and (each.n or 0) >= needed), None)
    target = source.target.values if isinstance(source.target, Aim) else found.target.values if found.target else None
    mine = figures.get((kpi, own, period))
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
    for contract, parts in people:
        for department in {part.department for part in parts}:
            for source in plan.sources:
                if found := reads(snapshot, source, contract.person, department, period, targets):
                    yield found
