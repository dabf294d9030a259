"""A month's accrual of every running plan: what its people would be paid to date, in the part of the period that has gone."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlmodel import col, select

from data_contracts.problems import Problem, Problems, raise_if
from kpis.calendar import FREQUENCIES, Period
from kpis.exact import round_whole
from kpis.incentives.plan import Plan
from kpis.incentives.run import Amounts, amounts
from kpis.payroll import journal
from kpis.payroll.journal import Accrued
from kpis.payroll.mapping import Mapped, unmapped
from kpis.records.payroll import AccrualBooking, AccrualRecord
from kpis.records.session import session
from kpis.workflows import handoff, inforce, pay, plans, unpaid
from kpis.workflows.pay import Prepared
from kpis.workspace import Snapshot, Workspace

Chance = Callable[[Prepared, Sequence[Amounts]], tuple[int, int] | None]
"""The middle 95% of what a prepared run pays in all, in minor units: the hook for the chance range of a payout."""


@dataclass(frozen=True)
class Month:
    """A month's accrual: what is owed by its end in each cost centre, what was booked before, and who is not in it and why.

    `budgets`, by plan and period, are the part of the plan's budget that the days gone stand for, in minor units.
    `ranged` says whether the chance range was computed; where it was not, `low` and `high` are empty and nothing is implied.
    """

    period: Period
    currency: str
    exponent: int
    accrued: tuple[Accrued, ...]
    before: tuple[Accrued, ...]
    reversed_month: str
    left_out: tuple[Problem, ...]
    ranged: bool
    figures_on: date
    budgets: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def owed(self) -> int:
        """What is owed by the end of the month, minor units."""
        return sum(each.amount for each in self.accrued)

    def owed_of(self, plan: str, period: str) -> int:
        """What one plan owes for one period by the end of the month, minor units."""
        return sum(each.amount for each in self.accrued if (each.plan, each.period) == (plan, period))

    @property
    def change(self) -> int:
        """What the month adds: owed now less what was booked before, which the journal reverses."""
        return self.owed - sum(each.amount for each in self.before)


def of_month(snapshot: Snapshot, month: str, chance: Chance | None = None) -> Month:
    """The accrual of a month at the figures to date; raises Problems for a month that is none and for what is not mapped.

    Each plan's expected payout for its period × days gone by the month's end ÷ days of the period. A period that ended
    before, and of which no run is kept yet, is owed whole; of one with a run, what the run has not paid yet. Accepted claims that are
    not set off yet are taken off it.
    """
    workspace = snapshot.workspace
    window = workspace.settings.calendar.parse(month, "--month")
    if window.kind != "month":
        raise Problems([Problem("--month", "a month", repr(month), "Write 2026-11.")])
    told, found, left_out, accrued = handoff.mapped(workspace), [], [], []
    budgets: dict[tuple[str, str], int] = {}
    owing = _owing(workspace, window)
    for name in plans.current(workspace):
        around = {period.name: (plan, period) for plan, period in owing if plan.id == name}
        runs = unpaid.unpaid(snapshot, name, around)
        for each, at in sorted(runs.items()):
            centres, problems = unpaid.by_centre(snapshot, at, told)
            found += problems
            accrued += _left(name, workspace.settings.calendar.parse(each), centres, window)
        for plan, period in (pair for each, pair in around.items() if each not in runs):
            part = journal.elapsed(period.start, period.end, window.end)
            owed, problems, missing = _of_plan(snapshot, plan, period, told, chance)
            if plan.budget_minor is not None:
                budgets[plan.id, period.name] = round_whole(plan.budget_minor * part, "down")
            found += problems
            left_out += missing
            accrued += [line for each, centres in owed for line in journal.spread(each, part, centres)]
    taken, problems = unpaid.claimed(snapshot, told)
    found += problems
    accrued = _less(accrued, taken)
    raise_if([*dict.fromkeys(found), *_one_currency(plan for plan, _ in owing)])
    before, booked = _booked_before(workspace, window)
    first = next((plan for plan, _ in owing), None)
    return Month(
        window, first.currency if first else workspace.settings.company.currency, first.minor_units if first else 2,
        tuple(accrued), before, booked, tuple(left_out), chance is not None, workspace.today, budgets,
    )  # fmt: skip


def _less(accrued: Sequence[Accrued], taken: Mapping[tuple[str, str, str], int]) -> list[Accrued]:
    """The accrual less what claims take off it, one line a plan, period and cost centre."""
    found = {(each.plan, each.period, each.cost_centre): each for each in accrued}
    for place, amount in sorted(taken.items()):
        each = found.get(place, Accrued(*place, 0, 0, 0))
        ends = (None if end is None else end - amount for end in (each.low, each.high))
        found[place] = Accrued(*place, each.amount - amount, *ends)
    return list(found.values())


def _owing(workspace: Workspace, month: Period) -> list[tuple[Plan, Period]]:
    """Every plan in force with the period it pays that holds the month, and with the one before."""
    calendar = workspace.settings.calendar
    now = [calendar.containing(month.start, kind) for kind in FREQUENCIES]
    before = [calendar.containing(each.start - timedelta(days=1), each.kind) for each in now]
    return inforce.of_periods(workspace, [*before, *now])


def _left(plan: str, period: Period, centres: dict[str, int], month: Period) -> list[Accrued]:
    """What a run has not paid yet, in the part of its period that has gone; it is calculated, and has no chance range."""
    part = journal.elapsed(period.start, period.end, month.end)
    total = sum(centres.values())
    whole = Accrued(plan, period.name, "", total, total, total)
    if part < 1:
        return journal.spread(whole, part, centres)
    return [replace(whole, cost_centre=at, amount=each, low=each, high=each) for at, each in sorted(centres.items())]


def _of_plan(
    snapshot: Snapshot, plan: Plan, period: Period, told: Mapped, chance: Chance | None
) -> tuple[list[tuple[Accrued, dict[str, int]]], list[Problem], list[Problem]]:
    """A plan's expected payout for a period with its parts by cost centre, what is not mapped, and who has no figure yet."""
    try:
        ready = pay.prepare(snapshot, plan.id, period.name, to_date=True)
    except Problems as none:
        return [], [], list(none.problems)
    paid = amounts(ready.run)
    step = "It is in the accrual once there is one."
    missing = [
        *ready.blocked,
        *(Problem(each.person, "a figure that pays", each.reason, step) for each in paid if each.reason),
    ]
    sums: dict[str, int] = defaultdict(int)
    problems = []
    for person, each in zip(ready.run.participants, paid, strict=True):
        if each.reason:
            continue
        width = len(plan.components)
        problems += unmapped(told, (), (part.department for part in person.segments), snapshot.organisation)
        for at, part in enumerate(person.segments):
            centre = told.cost_centre(part.department, snapshot.organisation) or ""
            sums[centre] += sum(each.lines[at * width : (at + 1) * width])
        first = told.cost_centre(person.segments[0].department, snapshot.organisation) or ""
        sums[first] += sum(each.lines[len(person.segments) * width :])  # kickers and draw
    if not sums:
        return [], problems, missing
    low, high = (chance(ready, paid) if chance else None) or (None, None)
    return [(Accrued(plan.id, period.name, "", sum(sums.values()), low, high), dict(sums))], problems, missing


def _one_currency(held: Iterable[Plan]) -> list[Problem]:
    found = sorted({f"{each.currency}, {each.minor_units} decimals" for each in held})
    if len(found) <= 1:
        return []
    return [Problem("accrual", "plans in one currency", " and ".join(found), "Accrue them in workspaces of their own.")]


def _booked_before(workspace: Workspace, month: Period) -> tuple[tuple[Accrued, ...], str]:
    """The newest booking of the newest month before this one, and that month; nothing where none was booked."""
    with session(workspace.engine) as records:
        query = select(AccrualBooking).where(AccrualBooking.month < month.name)
        newest = records.exec(query.order_by(col(AccrualBooking.month).desc(), col(AccrualBooking.id).desc())).first()
        if newest is None:
            return (), ""
        rows = records.exec(select(AccrualRecord).where(AccrualRecord.booking == newest.id)).all()
        return tuple(
            Accrued(row.plan, row.period, row.cost_centre, row.amount, row.low, row.high) for row in rows
        ), newest.month


def entries(workspace: Workspace, found: Month) -> list[journal.Entry]:
    """The month's journal: last month's reversed on its last day, this month's booked; raises Problems without accounts."""
    accounts = handoff.mapped(workspace).accounts
    if accounts is None:
        step = 'Write debit = "…" and credit = "…" under [accounts].'
        raise Problems([Problem("payroll.toml", "the accounts of an accrual", "none", step)])
    last = found.period.end - timedelta(days=1)
    return journal.entries(found.before, found.accrued, accounts, last, found.period.name)


def booked(workspace: Workspace, found: Month, by: str, now: datetime) -> AccrualBooking:
    """Keep a month's accrual as booked, which next month's journal reverses; the same accrual again is the same booking."""
    document = json.dumps([asdict(each) for each in found.accrued], sort_keys=True)
    digest = sha256(document.encode()).hexdigest()
    with session(workspace.engine) as records:
        query = (
            select(AccrualBooking)
            .where(AccrualBooking.month == found.period.name)
            .order_by(col(AccrualBooking.id).desc())
        )
        newest = records.exec(query).first()
        if newest and newest.digest == digest:
            return newest
        record = AccrualBooking(
            month=found.period.name, digest=digest, currency=found.currency, booked_at=now, booked_by=by
        )
        records.add(record)
        records.flush()
        records.add_all(AccrualRecord(booking=record.id or 0, **asdict(each)) for each in found.accrued)
    return record
