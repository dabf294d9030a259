"""What chance does to payouts at the figures to date: a person's, and what is at stake for a department."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kpis.calendar import Period
from kpis.incentives.blocks import names_of
from kpis.incentives.chance import Belief, Range, chance_range
from kpis.incentives.luck import Luck
from kpis.incentives.paid import Participant
from kpis.incentives.plan import Plan
from kpis.workflows import agreements, inforce, pay
from kpis.workflows.backtest import past
from kpis.workflows.known import known_of, moving
from kpis.workflows.readiness import KEPT, luck_of
from kpis.workspace import Snapshot


@dataclass(frozen=True)
class Chance:
    """A plan's payout of one person and what chance alone does to it; luck by component id, where it is defined."""

    plan: Plan
    range: Range | None
    luck: Mapping[str, Luck]


def of_person(snapshot: Snapshot, person: str, period: str) -> list[Chance]:
    """The chance range of one person's payout by every plan that pays the period, at the figures to date.

    The luck share is that of the plan's group, never of the person. What a pool pays one person hangs on everybody, who are
    drawn too.
    """
    window = snapshot.workspace.settings.calendar.parse(period)
    found = []
    for plan in inforce.of_period(snapshot.workspace, window):
        if agreements.lacking(snapshot.workspace, plan):
            continue
        ready = pay.prepare(snapshot, plan.id, period, "" if plan.pool else person, to_date=True)
        mine = [each for each in ready.run.participants if each.person == person]
        others = [each for each in ready.run.participants if each.person != person]
        if mine:
            lucky = snapshot.once(("luck", plan.digest(), period), lambda plan=plan: of_group(snapshot, plan, window))  # type: ignore[misc]
            found.append(Chance(plan, _range(snapshot, ready, mine, window, others), lucky))
    return found


def of_run(snapshot: Snapshot, ready: pay.Prepared) -> Range | None:
    """The chance range of what a prepared run pays everyone together; None where a figure is not known of."""
    return _range(snapshot, ready, list(ready.run.participants), ready.period)


def _range(
    snapshot: Snapshot,
    ready: pay.Prepared,
    people: list[Participant],
    window: Period,
    others: Sequence[Participant] = (),
) -> Range | None:
    known = snapshot.once(("beliefs", ready.plan.digest(), window), lambda: _everyones(snapshot, ready.plan, window))
    return chance_range(ready.plan, ready.run.frame, people, known, others=others)


def _everyones(snapshot: Snapshot, plan: Plan, window: Period) -> dict[str, Belief]:
    """What is known of every figure of a plan: shrinking asks for the whole level, not for one person's alone."""
    return beliefs_of(
        snapshot, plan, pay.prepare(snapshot, plan.id, window.name, to_date=True).run.participants, window
    )


def beliefs_of(snapshot: Snapshot, plan: Plan, people: Iterable[Participant], window: Period) -> dict[str, Belief]:
    """What is known of the true value behind each figure these people read in a period."""
    names = {name for each in people for name in names_of(plan, each)}
    by_kpi: dict[str, set[str]] = {}
    for name in names:
        kpi, scope = name.split("@", 1)
        by_kpi.setdefault(kpi, set()).add(scope)
    found: dict[str, Belief] = {}
    windows = [*(each for each in past(snapshot, plan, KEPT) if each.end <= window.start), window]
    for of, scopes in sorted(by_kpi.items()):
        definition = snapshot.workspace.kpi(of)
        found |= moving(snapshot, definition, known_of(snapshot, definition, scopes, window), windows)
    return found


def of_group(snapshot: Snapshot, plan: Plan, window: Period) -> dict[str, Luck]:
    """The luck share of each component over everyone in the plan, at the figures to date; defined ones alone."""
    people = pay.prepare(snapshot, plan.id, window.name, to_date=True).run.participants
    known = snapshot.once(("beliefs", plan.digest(), window), lambda: beliefs_of(snapshot, plan, people, window))
    before = past(snapshot, plan, KEPT)
    found = {each.id: luck_of(snapshot, plan, each, before, people, known) for each in plan.components}
    return {name: each for name, each in found.items() if each.share is not None}


def at_stake(snapshot: Snapshot, department: str, period: str) -> list[Chance]:
    """The chance range of what everyone of a department and below is paid together, plan by plan, at the figures to date.

    Who moved counts with the days they were there.
    """
    window, below = snapshot.workspace.settings.calendar.parse(period), snapshot.organisation.descendants(department)
    found = []
    for plan in inforce.of_period(snapshot.workspace, window):
        ready = pay.prepare(snapshot, plan.id, period, to_date=True)
        beside = {part.department for each in ready.run.participants for part in each.segments} - set(below)
        inside, others = (
            [each for each in (_part(each, places) for each in ready.run.participants) if each.segments]
            for places in (below, beside)
        )
        if inside:
            found.append(Chance(plan, _range(snapshot, ready, inside, window, others if plan.pool else ()), {}))
    return found


def _part(each: Participant, below: Collection[str]) -> Participant:
    """A person's segments in these departments, with the same part of what was paid before."""
    held = tuple(part for part in each.segments if part.department in below)
    if len(held) == len(each.segments):
        return each
    days, whole = (sum(part.days * part.share for part in parts) for parts in (held, each.segments))
    paid, carried, drawn = (
        int(amount * days / whole) if whole else 0 for amount in (each.paid_before, each.carried, each.draw_balance)
    )
    return replace(each, segments=held, paid_before=paid, carried=carried, draw_balance=drawn)
