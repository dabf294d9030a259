"""What a person's next payout is set against: what closed runs of the same plan paid this year, shortfalls, and draws."""

from collections import defaultdict

from sqlmodel import col, select

from kpis.calendar import Period
from kpis.incentives import evidence
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import Work
from kpis.records.runs import PaidLine
from kpis.records.session import session
from kpis.records.tables import Run
from kpis.workflows import kept
from kpis.workflows.payroll import Balance
from kpis.workspace import Workspace

BESIDE = -1  # the segment of an adjustment: decided beside the calculation, so no part of what it trues up


def before(workspace: Workspace, plan: Plan, window: Period) -> dict[str, Balance]:
    """The balance of everyone a plan paid before a period; empty where the plan neither trues up nor draws.

    A shortfall of the year before is carried where the plan says `carry` or `recover`; `forgive` lets it go.
    """
    if plan.year_to_date is None and plan.draw is None:
        return {}
    calendar, closed = workspace.settings.calendar, kept.closed_runs(workspace)
    runs = [
        (calendar.parse(each.period), each)
        for each in kept.runs(workspace)
        if each.plan == plan.id and each.id in closed
    ]
    earlier = sorted(
        ((at, each) for at, each in runs if at.end <= window.start), key=lambda pair: (pair[0].start, pair[1].made_at)
    )
    year = calendar.containing(window.start, "year")
    paid = _paid(workspace, [each for at, each in earlier if at.start >= year.start])
    last = _works(workspace, earlier[-1][1]) if earlier else {}
    ended = bool(earlier) and earlier[-1][0].end <= year.start
    carries = plan.year_to_date is not None and plan.year_to_date.year_end != "forgive" and ended
    return {
        person: Balance(
            paid.get(person, 0) - (last[person].settled.balance if person in last and not ended else 0),
            last[person].settled.shortfall if carries and person in last else 0,
            last[person].settled.balance if person in last else 0,
        )
        for person in sorted(paid.keys() | last.keys())
    }


def _paid(workspace: Workspace, runs: list[Run]) -> dict[str, int]:
    """What the closings of these runs paid each person, adjustments apart."""
    with session(workspace.engine) as records:
        rows = records.exec(select(PaidLine).where(col(PaidLine.run).in_([each.id for each in runs]))).all()
    found: dict[str, int] = defaultdict(int)
    for each in rows:
        found[each.person] += each.amount if each.segment != BESIDE else 0
    return dict(found)


def _works(workspace: Workspace, run: Run) -> dict[str, Work]:
    """Everyone's payout of a run, reckoned again from its own evidence."""
    works = evidence.recompute(kept.document(workspace, run.id)["run"])
    return {each.person: each for each in works}
