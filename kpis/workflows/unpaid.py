"""What runs owe and have not paid: all of one that is not closed, of a closed one what is held, released or granted since; less claims."""

from collections import defaultdict
from collections.abc import Collection

from sqlmodel import col, select

from data_contracts.problems import Problem
from kpis.payroll.mapping import Mapped, unmapped
from kpis.records.session import session
from kpis.records.tables import Run
from kpis.workflows import clawbacks, handoff, kept
from kpis.workflows.looked import Looked, look
from kpis.workspace import Snapshot


def unpaid(snapshot: Snapshot, plan: str, open_: Collection[str]) -> dict[str, Looked]:
    """By period, the newest run of a plan that has something left to pay: of the open periods, and of any that was closed."""
    with session(snapshot.workspace.engine) as records:
        runs = records.exec(select(Run).where(Run.plan == plan).order_by(col(Run.made_at), col(Run.id))).all()
        newest = {each.period: look(records, each.id) for each in {run.period: run for run in runs}.values()}
    return {period: at for period, at in newest.items() if at.ever_closed or period in open_}


def by_centre(snapshot: Snapshot, at: Looked, told: Mapped) -> tuple[dict[str, int], list[Problem]]:
    """What is left to pay of a run by cost centre, in minor units; or the departments that are not mapped."""
    places, tree = handoff.departments(snapshot.workspace, at.run), snapshot.organisation
    left = [(places[person][segment], amount) for (person, segment, _), amount in {**at.due, **at.waiting}.items()]
    sums: dict[str, int] = defaultdict(int)
    for department, amount in left:
        sums[told.cost_centre(department, tree) or ""] += amount
    return dict(sums), unmapped(told, (), (department for department, _ in left), tree)


def claimed(snapshot: Snapshot, told: Mapped) -> tuple[dict[tuple[str, str, str], int], list[Problem]]:
    """What accepted claims will still set off, by plan, period and cost centre, in minor units; or departments that are not mapped.

    It lowers what is owed: later pay is kept until it is made good. A claim that is only proposed does not count yet.
    """
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    found: list[Problem] = []
    for each in clawbacks.every(snapshot.workspace):
        if each.state == "accepted":
            run = kept.one(snapshot.workspace, each.claim.run)
            places = handoff.departments(snapshot.workspace, run)[each.claim.person]
            department = places[min(places)]
            centre = told.cost_centre(department, snapshot.organisation) or ""
            sums[run.plan, run.period, centre] += each.claim.amount - each.taken
            found += unmapped(told, (), (department,), snapshot.organisation)
    return dict(sums), found
