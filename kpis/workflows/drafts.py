"""A plan while it is written: what is wrong with it, what its curves pay, and what earlier periods would have paid."""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from sqlmodel import col, select

from data_contracts.problems import Problem, Problems
from kpis.calendar import Period
from kpis.figures import Figure
from kpis.incentives.curves import Values
from kpis.incentives.outline import paid_at
from kpis.incentives.plan import Aim, Component, Plan, Source
from kpis.records.session import session
from kpis.records.tables import PlanRecord
from kpis.workflows import aim, measure, payroll, plans
from kpis.workspace import Snapshot, Workspace

BACK = 8


@dataclass(frozen=True)
class Draft:
    """A text read: the plan, None where the text is none, and everything that keeps it from being approved."""

    plan: Plan | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Read:
    """Whose figure a source reads, and the target's values; `of` says in words for whom, where it differs by person."""

    kpi: str
    scope: str
    target: Values | None
    typical: bool


@dataclass(frozen=True)
class Past:
    """An earlier period: its figure, and what the curve would have paid for it; None where it has no result."""

    figure: Figure
    at: Fraction | None
    paid: Fraction | None


def kept_text(workspace: Workspace, name: str) -> str:
    """The text of the newest version of a plan as it was written, people under their employee numbers.

    Raises Problems with a suggestion where there is none.
    """
    with session(workspace.engine) as records:
        query = select(PlanRecord).where(PlanRecord.id == name).order_by(col(PlanRecord.version).desc())
        found = records.exec(query).first()
    return plans.numbered(workspace, found.text) if found else plans.export_plan(workspace, name)


def read(snapshot: Snapshot, text: str, where: str = "plan.yaml") -> Draft:
    """The draft of a text, with every problem of its form or else of its meaning."""
    try:
        plan, found = plans.read(snapshot, text, where)
    except Problems as problems:
        return Draft(None, tuple(problems.problems))
    return Draft(plan, tuple(found))


def reads(snapshot: Snapshot, plan: Plan, source: Source) -> Read | None:
    """Where a source's figure comes from; for figures that differ by person, those of one department it pays.

    None where the figure is given by hand or its KPI or target is unknown.
    """
    targets = payroll.Targets(aim.current(snapshot.workspace))
    period = snapshot.workspace.settings.calendar.containing(snapshot.workspace.today, plan.frequency)
    found = payroll.reads(snapshot, source, "", _home(snapshot, plan, source, targets), period, targets)
    if found is None or found.own[0] not in snapshot.workspace.kpis:
        return None
    kpi, scope, _period = found.own
    personal = scope.startswith("person:")
    scope = next((each for each in found.larger if each.startswith("department:")), "company") if personal else scope
    values = source.target.values if isinstance(source.target, Aim) else found.target.values if found.target else None
    return Read(kpi, scope, values, personal or source.scope == "own_department")


def _home(snapshot: Snapshot, plan: Plan, source: Source, targets: payroll.Targets) -> str:
    """A department that stands for all: one the plan pays that holds a target of the KPI, else the first with a target."""
    tree = snapshot.organisation
    held = [each.scope.partition(":")[2] for each in targets.by_id.values() if each.kpi == source.kpi]
    paid = {below for each in plan.participants.departments for below in tree.descendants(each)}
    own = [each for each in held if each in paid] or [each for each in held if each in tree.by_id]
    return next(iter([*own, *plan.participants.departments, *tree.by_id]), "")


def past(snapshot: Snapshot, plan: Plan, component: Component, back: int = BACK) -> list[Past]:
    """What the component's curve would have paid in the last whole periods, oldest first, at today's target."""
    found = reads(snapshot, plan, component)
    if found is None:
        return []
    definition = snapshot.workspace.kpis[found.kpi]
    windows = periods(snapshot, plan, back)
    figures = measure.figures(snapshot, definition, [found.scope], windows)
    times = 100 if definition.unit == "percent" else 1
    told = []
    for each in figures:
        exact = each.state == "ok" and each.denominator
        at = Fraction((each.numerator or 0) * times, each.denominator or 1) if exact else None
        told.append(Past(each, at, None if at is None else paid_at(component.curve, found.target, at)))
    return told


def periods(snapshot: Snapshot, plan: Plan, back: int = BACK) -> list[Period]:
    """The last whole periods of the plan's frequency before today, oldest first."""
    calendar, found = snapshot.workspace.settings.calendar, []
    day = calendar.containing(snapshot.workspace.today, plan.frequency).start
    for _at in range(back):
        found.append(calendar.containing(day - timedelta(days=1), plan.frequency))
        day = found[-1].start
    return found[::-1]
