"""Who may take a step of a payout run: role, four eyes and conflict of interest, computed each time."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from data_contracts.problems import Problem
from kpis.incentives.conflict import four_eyes
from kpis.workflows import actors, interests
from kpis.workflows.actors import Actor
from kpis.workflows.looked import CHECKED, CLOSED, Looked
from kpis.workspace import Snapshot

VERBS = {"checked": "check", "approved": "approve", "closed": "close", "sent back": "send back"}


def unasked(at: Looked, who: Actor) -> list[Problem]:
    """Amounts of others are for HR and for the person who was asked to approve the run."""
    checked = at.step(CHECKED)
    if "hr" in who.roles or (checked and checked.asked == who.key):
        return []
    return [Problem(f"run {at.run.id}", "HR, or the one who was asked to approve it", who.name, "Ask HR.")]


def may(
    snapshot: Snapshot, records: Session, at: Looked, who: Actor, verb: str, now: datetime,
    more: Sequence[tuple[str, str]] = (),
) -> list[Problem]:  # fmt: skip
    """Role, four eyes and conflict of interest of one step."""
    past = next((name for name, each in VERBS.items() if each == verb), "decided")
    wrong = actors.refuse(who, verb)
    other = four_eyes(past, who.key, [*at.before(), *more])
    if at.state == CLOSED and verb == "decide":
        other = ""  # releasing is not the approval; whoever releases does not close
    if other:
        step = "Ask somebody else."
        wrong.append(Problem(f"{verb} run {at.run.id}", "another person", f"{who.name} {other} it", step))
    if not at.newest:
        wrong.append(Problem(f"run {at.run.id}", "the newest run of its period", "an older one", "Use the newest."))
    return wrong + interests.refused(snapshot, records, who, verb, [f"run:{at.run.id}", f"plan:{at.run.plan}"], now)
