"""Who may change a target: their role, what they head, and whose own pay hangs on it, directly or through a chain."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time

from data_contracts.problems import Problem
from kpis.records.session import session
from kpis.targets import Target, scope
from kpis.workflows import actors, aim, identities, inforce, interests, payroll, people
from kpis.workflows.actors import Actor
from kpis.workspace import Snapshot


def not_theirs(snapshot: Snapshot, who: Actor, changed: Sequence[Target], valued: Sequence[Target]) -> list[Problem]:
    """Why somebody's role does not let them change these targets; none when it does.

    Leaders and HR set every target, heads those below what they head. Of a target of just what they head they write
    shares and rest, not the values: `valued` are those whose values change.
    """
    refused = actors.refuse(who, "change a target")
    if refused or who.roles & {"leader", "hr"}:
        return refused if changed else []
    tree = snapshot.organisation
    heads = [each.id for each in tree.departments if each.head == who.key]
    within = frozenset().union(*(tree.descendants(each) for each in heads))
    below = frozenset().union(*(tree.descendants(each) - {each} for each in heads))
    step = "Ask the head of that department, or HR."
    return [
        Problem(f"target {each.id}, by {who.name}", "a target below a department they head", each.scope, step)
        for each in changed
        if not _reaches(snapshot, each, below if each in valued else within, within)
    ]


def _reaches(snapshot: Snapshot, each: Target, departments: frozenset[str], within: frozenset[str]) -> bool:
    whose = scope(each.scope)
    if whose.kind == "person":
        held = people.departments(snapshot, whose.members[0])
        return bool(held) and set(held) <= within
    return whose.kind != "company" and set(whose.members) <= departments


def every(snapshot: Snapshot, by: str, changed: Sequence[Target]) -> list[Problem]:
    """Why this person may not change these targets: what `direct` finds, else a chain through cascades and deciders."""
    found = direct(snapshot, by, changed)
    if found or by not in identities.names(snapshot.workspace):
        return found  # somebody outside the company's data is paid nothing here
    who, now = actors.actor(snapshot, by), datetime.combine(snapshot.workspace.today, time(), UTC)
    with session(snapshot.workspace.engine) as records:
        return interests.refused(snapshot, records, who, "change", [f"target:{each.id}" for each in changed], now)


def direct(snapshot: Snapshot, by: str, changed: Sequence[Target]) -> list[Problem]:
    """Why this person may not change these targets: a component, gate or modifier of their own pay reads one of them.

    Looked at with the targets as they are and as they would be. Somebody who is no person of the company is paid nothing.
    """
    now = aim.current(snapshot.workspace)
    found = []
    for name in sorted({each.period for each in changed}):
        mine = [each.id for each in changed if each.period == name]
        after = now | {each.id: each for each in changed}
        read = set().union(*(paid_on(snapshot, by, name, held) for held in (now, after)))
        step = "Ask somebody to change it whose pay does not hang on it."
        found += [
            Problem(f"target {each}", "somebody who is not paid on it", by, step) for each in mine if each in read
        ]
    return found


def paid_on(snapshot: Snapshot, person: str, period: str, targets: Mapping[str, Target]) -> set[str]:
    """The ids of the targets that a person's pay of a period reads."""
    window = snapshot.workspace.settings.calendar.parse(period)
    known = payroll.Targets(targets)
    held: set[str] = set()
    for plan in (each for each in inforce.known(snapshot.workspace) if each.frequency == window.kind):
        people = (each[:2] for each in payroll.people(snapshot, plan, window) if each[0].person == person)
        held |= _ids(payroll.every_read(snapshot, plan, people, window, known))
    return held


def _ids(found: Iterable[payroll.Read]) -> set[str]:
    return {each.target.id for each in found if each.target}
