"""What a person's next payout is set against: what closed runs of the same plan paid this year, shortfalls, and draws."""

from collections import defaultdict

from sqlmodel import col, select

from kpis.calendar import Period
from kpis.incentives import evidence
from kpis.incentives.plan import Plan
from kpis.incentives.standing import Standing, keeps, owed
from kpis.records.runs import PaidLine
from kpis.records.session import session
from kpis.records.tables import Run
from kpis.workflows import kept
from kpis.workflows.payroll import Balance
from kpis.workspace import Workspace

BESIDE = -1  # the segment of an adjustment: decided beside the calculation, so no part of what it trues up


def before(workspace: Workspace, plan: Plan, window: Period) -> dict[str, Balance]:
    """The balance of everyone a plan paid before a period; empty where the plan neither trues up nor draws.

    A shortfall of the year before is carried all year where the plan says `carry` or `recover`; `forgive` lets it go. A draw is
    still to be made good by whoever had no payout since.
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
    mine = [each for at, each in earlier if at.start >= year.start]
    opening = _newest(workspace, [each for at, each in earlier if at.end <= year.start]) if keeps(plan) else {}
    now = opening | (_newest(workspace, mine) if plan.draw else {})
    paid = _paid(workspace, mine)
    nothing = Standing()
    return {
        person: Balance(*owed(plan, paid.get(person, 0), opening.get(person, nothing), now.get(person, nothing)))
        for person in sorted(paid.keys() | now.keys())
    }


def _paid(workspace: Workspace, runs: list[Run]) -> dict[str, int]:
    """What the closings of these runs paid each person, adjustments apart."""
    with session(workspace.engine) as records:
        rows = records.exec(select(PaidLine).where(col(PaidLine.run).in_([each.id for each in runs]))).all()
    found: dict[str, int] = defaultdict(int)
    for each in rows:
        found[each.person] += each.amount if each.segment != BESIDE else 0
    return dict(found)


def _newest(workspace: Workspace, runs: list[Run]) -> dict[str, Standing]:
    """How each person stood after the newest of these runs (oldest first) that paid them, reckoned again from its own evidence."""
    found: dict[str, Standing] = {}
    for run in runs:
        works = evidence.recompute(kept.document(workspace, run.id)["run"])
        found |= {each.person: Standing(each.settled.shortfall, each.settled.balance) for each in works}
    return found
