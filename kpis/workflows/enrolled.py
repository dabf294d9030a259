"""Who takes part in a plan in a period, under which contract, and which days the plan looks at."""

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import Any

from data_contracts.problems import Problem
from kpis.calendar import Period
from kpis.incentives.paid import Frame, Segment
from kpis.incentives.plan import Plan
from kpis.incentives.segments import Absence, Assignment, Contract, Employment, Salary, segments
from kpis.workflows.eligible import rules
from kpis.workflows.so_far import SoFar
from kpis.workspace import Snapshot

MILLION = 1_000_000
DATASETS = ("assignments", "pay_basis", "employment", "absences")


def window(snapshot: Snapshot, plan: Plan, period: Period) -> Period:
    """What a plan looks at when it pays a period: the period, or the year up to its end where it trues up."""
    if plan.year_to_date is None:
        return period
    year = snapshot.workspace.settings.calendar.containing(period.start, "year")
    whole = Period(year.start, period.end, "span", f"{year.start}..{period.end - timedelta(days=1)}")
    return period if period.start == year.start else whole


def so_far(snapshot: Snapshot, plan: Plan, period: Period) -> SoFar | None:
    """Which target a year so far is held against; None where the plan looks at the period alone."""
    whole, calendar = window(snapshot, plan, period), snapshot.workspace.settings.calendar
    if plan.year_to_date is None or whole == period:
        return None
    periods = tuple(calendar.between(whole.start, whole.end, plan.frequency))
    return SoFar(plan.year_to_date.target, period, periods, whole, calendar)


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
