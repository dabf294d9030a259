"""HR's own sheet of a period held against a run, or against what a plan would pay now."""

from dataclasses import dataclass
from pathlib import Path

from data_contracts.problems import Problem, Problems
from kpis.incentives import evidence
from kpis.payroll import compare, their_sheet
from kpis.payroll.compare import Compared, Ours
from kpis.workflows import pay, workbooks
from kpis.workflows.handoff import keys_of
from kpis.workspace import Snapshot

MAX_PEOPLE = 10_000


@dataclass(frozen=True)
class Against:
    """What is compared with: a kept run, or a plan and a period."""

    run: str = ""
    plan: str = ""
    period: str = ""


@dataclass(frozen=True)
class Beside:
    """A comparison with what it needs to be read: what ours is, its currency, and who is who."""

    found: Compared
    ours: str
    plan: str
    period: str
    currency: str
    minor_units: int


def compared(
    snapshot: Snapshot, file: Path | tuple[str, bytes], against: Against, layout: tuple[str, str] | None = None
) -> Beside:
    """Their sheet beside our amounts; `layout` is the name and the text of a YAML file with their titles.

    Formulas in their sheet are read as what they showed last: that is what was paid from. Raises Problems that name the cells.
    """
    ours, told = _ours(snapshot, against)
    given = their_sheet.layout(layout[1], layout[0], ours.plan) if layout else None
    rows = their_sheet.read(workbooks.read(file, "cached"), ours.plan, ours.plan.minor_units, given)
    plan = ours.plan
    found = compare.compare(ours, rows)
    return Beside(found, told, plan.title or plan.id, ours.period.name, plan.currency, plan.minor_units)


def _ours(snapshot: Snapshot, against: Against) -> tuple[Ours, str]:
    workspace = snapshot.workspace
    if bool(against.run) == bool(against.plan and against.period):
        step = "Name a run with --run, or a plan and a period with --plan and --period."
        raise Problems([Problem("what to compare with", "one of the two", "both" if against.run else "neither", step)])
    if against.run:
        record = pay.one(workspace, against.run)
        document = pay.document(workspace, record.id)
        held, told = evidence.read(document["run"]), f"run {record.id}"
        blocked = tuple(Problem(**each) for each in document.get("blocked", ()))
    else:
        payout = pay.calculate(snapshot, against.plan, against.period)
        held, blocked, told = (
            evidence.read(payout.document["run"]),
            payout.blocked,
            f"{against.plan} as of {workspace.today}",
        )
    if len(held.participants) > MAX_PEOPLE:
        step = "Compare a part of it at a time: make a plan version for the part, or split the sheet by department."
        raise Problems([Problem(told, f"at most {MAX_PEOPLE:,} people", f"{len(held.participants):,}", step)])
    numbers = {key: number for number, key in keys_of(workspace).items()}
    people = {numbers.get(each.person, each.person): each for each in held.participants}
    why = {numbers.get(key, key): problem.actual for problem in blocked for key in [problem.where.split(",")[0]]}
    window = workspace.settings.calendar.parse(held.frame.period)
    return Ours(held.plan, held.frame, window, people, why), told
