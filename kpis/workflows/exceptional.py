"""The exceptions of a run: gathered when it is calculated, kept with it, and decided on by people."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlmodel import Session, SQLModel, col, select

from kpis.incentives import exceptions
from kpis.incentives.exceptions import Found
from kpis.records.runs import Adjustment, RunException, RunStep
from kpis.records.tables import PayoutRecord, Run
from kpis.workflows import inforce, late, patterns, payroll
from kpis.workflows.carried import carried
from kpis.workspace import Snapshot

if TYPE_CHECKING:
    from kpis.workflows.pay import Payout

BEYOND = "beyond opportunity"


@dataclass(frozen=True)
class Seen:
    """What can be seen without the records: exceptions, and who was never told a target they are paid on."""

    found: tuple[Found, ...]


def seen(snapshot: Snapshot, payout: "Payout", untold: Collection[str] = ()) -> Seen:
    """Everything exceptional about a calculation but what needs runs before it."""
    people = [each["person"] for each in payout.outcome["payouts"]]
    names = {each.id: each.name for each in payout.plan.components}
    found = [
        *exceptions.missing([each.as_dict() for each in payout.blocked]),
        *_not_validated(payout),
        *exceptions.too_few(payout.works, names),
        *patterns.of(snapshot, payout),
        *exceptions.several_plans(payout.plan.id, _others(snapshot, payout), people),
        *exceptions.never_told(people, untold),
    ]
    return Seen(tuple(found))


def _not_validated(payout: "Payout") -> list[Found]:
    """Figures behind which a newer delivery was refused: they do not pay."""
    people = tuple(dict.fromkeys(each.where.partition(",")[0] for each in payout.blocked))
    waiting = sorted(
        {f"{kpi} of {scope}" for (kpi, scope, _), each in payout.figures.items() if each.state == "not validated"}
    )
    told = "A newer delivery was refused behind {}."
    return [Found("not validated", people, told.format(", ".join(waiting[:5])))] if waiting else []


def _others(snapshot: Snapshot, payout: "Payout") -> dict[str, frozenset[str]]:
    """The people of every other plan that is in force and pays the same period."""
    found = {}
    for plan in inforce.paying(snapshot.workspace, payout.period.start):
        if plan.id != payout.plan.id and plan.frequency == payout.plan.frequency:
            ask = partial(payroll.people, snapshot, plan, payout.period)
            cut = snapshot.once(("people of", plan.digest(), payout.period.name), ask)
            found[plan.id] = frozenset(contract.person for contract, parts, _ in cut if parts)
    return found


def rows(records: Session, snapshot: Snapshot, run: Run, payout: "Payout", seen: Seen) -> list[SQLModel]:
    """The rows a new run is kept with: exceptions in order, decisions that still hold, adjustments proposed by late data."""
    now = {each["person"]: int(each["payout"]) for each in payout.outcome["payouts"]}
    period, before = _last_period(records, snapshot, run, payout)
    changed = late.changes(records, snapshot, run, payout)
    found = [
        *seen.found,
        *exceptions.movers(now, before, period),
        *_late(changed),
    ]
    found, decided = carried(records, run, payout.document, found)
    kept: list[SQLModel] = [
        RunException(
            run=run.id, number=at, entry=0, kind=each.kind, component=each.component, people=json.dumps(each.people),
            told=each.told, held=each.held,
        )
        for at, each in enumerate(found, 1)
    ]  # fmt: skip
    kept += decided
    kept += [
        Adjustment(
            entry=0, run=run.id, person=person, kind="late data", amount=each.amount, cause=each.cause, by=run.made_by, at=run.made_at
        )
        for person, each in changed.items()
    ]  # fmt: skip
    return kept


def _late(changed: Mapping[str, late.Change]) -> list[Found]:
    """The differences of late data, one exception of each cause: in full where it is one person's, else what all have in common."""
    groups: dict[str, list[str]] = defaultdict(list)
    for person, each in changed.items():
        groups[each.common].append(person)
    return [
        Found("late data", tuple(people), changed[people[0]].cause if len(people) == 1 else common, held=True)
        for common, people in groups.items()
    ]


def _last_period(records: Session, snapshot: Snapshot, run: Run, payout: "Payout") -> tuple[str, dict[str, int]]:
    """The period before, and what each person was paid by this plan in its newest closed run (newest at all if none is)."""
    calendar = snapshot.workspace.settings.calendar
    before = calendar.containing(payout.period.start - timedelta(days=1), payout.period.kind)
    runs = records.exec(
        select(Run).where(Run.plan == run.plan, Run.period == before.name).order_by(col(Run.made_at))
    ).all()
    closed = set(records.exec(select(RunStep.run).where(RunStep.step == "closed")).all())
    chosen = [each for each in runs if each.id in closed] or list(runs)
    if not chosen:
        return before.name, {}
    paid = records.exec(select(PayoutRecord).where(PayoutRecord.run == chosen[-1].id)).all()
    return before.name, {each.person: each.amount for each in paid}


def people_of(row: RunException) -> tuple[str, ...]:
    """Whose payouts an exception is about."""
    return tuple(json.loads(row.people))


def line_of(row: RunException) -> str:
    """Which line an exception is about; '' for the whole payout. What goes beyond an opportunity is the adjustment it came with."""
    return f"adjustment {row.entry}" if row.kind == BEYOND else row.component


def by_kind(found: Sequence[RunException]) -> Mapping[str, frozenset[str]]:
    """Everybody named by each kind of exception."""
    people: dict[str, set[str]] = defaultdict(set)
    for row in found:
        people[row.kind].update(people_of(row))
    return {kind: frozenset(names) for kind, names in people.items()}
