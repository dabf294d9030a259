"""A person contests one line of a payout: the line waits, the payout does not, and somebody else decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, SQLModel, col, select

from data_contracts.problems import Problem, Problems, raise_if
from kpis.incentives import evidence
from kpis.records.runs import Adjustment, Dispute, DisputeDecision
from kpis.records.session import session
from kpis.records.tables import utc
from kpis.workflows import actors, chain, identities, interests, kept
from kpis.workflows.actors import Actor
from kpis.workflows.chain import Done
from kpis.workflows.looked import CLOSED, Looked, look
from kpis.workspace import Snapshot, Workspace

TO_CONTEST = timedelta(days=60)
TO_DECIDE = timedelta(days=30)
LIMITS = f"A line may be contested within {TO_CONTEST.days} days of its calculation or closing; it is decided within {TO_DECIDE.days}."


@dataclass(frozen=True)
class Told:
    """A dispute with how it ended, if it did; `overdue` when its time to decide has passed."""

    dispute: Dispute
    decision: DisputeDecision | None
    overdue: bool


def open_(
    snapshot: Snapshot, run: str, person: str, component: str, text: str, by: str, now: datetime, token: str
) -> Done:
    """Contest one line of one's own payout; it is kept back until somebody has decided. Raises Problems."""
    who = actors.actor(snapshot, by)
    key = identities.surrogate(snapshot.workspace, person)

    def what(records: Session) -> tuple[Sequence[SQLModel], Mapping[str, str]]:
        at = look(records, run)
        raise_if(_wrong(at, who, key, component, text, now))
        until = (now + TO_DECIDE).date()
        row = Dispute(entry=0, run=run, person=key, component=component, text=text, decide_until=until, at=now)
        return [row], {"run": run, "component": component}

    return chain.act(snapshot.workspace, token, "dispute", f"{run}/{key}/{component}", who.key, now, what)


def _wrong(at: Looked, who: Actor, person: str, component: str, text: str, now: datetime) -> list[Problem]:
    where = f"run {at.run.id}, {component}"
    lines = sorted({line for whose, _segment, line in at.whole if whose == person})
    closed = at.step(CLOSED)
    since = utc(closed.at if closed else at.run.made_at)
    found = []
    if who.key != person:
        found.append(Problem(where, "a line of one's own", f"{who.name} for somebody else", "The person opens it."))
    if component not in lines:
        found.append(Problem(where, "a line of the payout", repr(component), f"Known: {', '.join(lines)}."))
    if not text.strip():
        found.append(Problem(where, "what is wrong, in a sentence", "nothing", "Say it in your own words."))
    if utc(now) > since + TO_CONTEST:
        found.append(Problem(where, f"within {TO_CONTEST.days} days", f"{(utc(now) - since).days} days", "Talk to HR."))
    if any(each.person == person and each.component == component and not end for each, end in at.disputes):
        found.append(Problem(where, "one dispute at a time", "an open one", "Wait until it is decided."))
    return found


def decide(
    snapshot: Snapshot, dispute: int, grant: bool, reason: str, by: str, now: datetime, token: str, amount: int = 0
) -> Done:
    """Grant a dispute by an amount, or refuse it, with a reason, as a person who took no step of the run and has no conflict."""
    who = actors.actor(snapshot, by)

    def what(records: Session) -> tuple[Sequence[SQLModel], Mapping[str, str]]:
        row = _one(records, dispute)
        raise_if([*_why_not(snapshot, records, row, who, now), *_decidable(records, row, grant, reason, amount)])
        outcome = "granted" if grant else "refused"
        rows: list[SQLModel] = [
            DisputeDecision(dispute=dispute, entry=0, outcome=outcome, reason=reason, by=who.key, at=now)
        ]
        if grant:
            cause = f"Dispute {dispute} of {row.component}: {reason}"
            rows.append(
                Adjustment(
                    entry=0,
                    run=row.run,
                    person=row.person,
                    kind="dispute",
                    amount=amount,
                    cause=cause,
                    by=who.key,
                    at=now,
                )
            )
        return rows, {"run": row.run, "dispute": str(dispute), "outcome": outcome, "amount": str(amount)}

    return chain.act(snapshot.workspace, token, "dispute decided", str(dispute), who.key, now, what)


def why_not(snapshot: Snapshot, dispute: int, by: str, now: datetime) -> list[Problem]:
    """What keeps somebody from deciding a dispute now, by role or by conflict of interest; none means that they may."""
    who = actors.actor(snapshot, by)
    with session(snapshot.workspace.engine) as records:
        return _why_not(snapshot, records, _one(records, dispute), who, now)


def _one(records: Session, dispute: int) -> Dispute:
    row = records.get(Dispute, dispute)
    if row is None:
        known = ", ".join(str(each.entry) for each in records.exec(select(Dispute)).all())
        raise Problems([Problem("dispute", "a dispute of this workspace", str(dispute), f"Known: {known}.")])
    return row


def _why_not(snapshot: Snapshot, records: Session, row: Dispute, who: Actor, now: datetime) -> list[Problem]:
    things = [f"run:{row.run}", f"person:{row.person}", *_target(snapshot, row)]
    refused = interests.refused(snapshot, records, who, "decide a dispute of", things, now)
    return [*actors.refuse(who, "decide a dispute"), *_another(records, row, who), *refused]


def _another(records: Session, row: Dispute, who: Actor) -> list[Problem]:
    """A contest goes to a person who took no step of the run; who decided another contest of it may."""
    took = next((step for step, by in look(records, row.run).before() if by == who.key and step != "released"), "")
    if not took:
        return []
    return [Problem(f"dispute {row.entry}", "another person", f"{who.name} {took} it", "Ask somebody else.")]


def _decidable(records: Session, row: Dispute, grant: bool, reason: str, amount: int) -> list[Problem]:
    where, found = f"dispute {row.entry}", []
    if records.get(DisputeDecision, row.entry) is not None:
        found.append(Problem(where, "an open dispute", "a decided one", "Open another one if something is new."))
    if not reason.strip():
        found.append(Problem(where, "a reason", "none", "Say why in a sentence."))
    if grant and amount <= 0:
        step = "Give the difference in minor units; what is not in the person's favour is refused, or adjusted with its reason."
        found.append(Problem(where, "an amount above 0 for what is granted", str(amount), step))
    if not grant and amount:
        found.append(Problem(where, "no amount for what is refused", str(amount), "Leave it out, or grant."))
    return found


def _target(snapshot: Snapshot, row: Dispute) -> list[str]:
    """The target that the contested line was paid on: whose pay hangs on it may not decide."""
    content = evidence.read(kept.document(snapshot.workspace, row.run)["run"])
    person = next((each for each in content.participants if each.person == row.person), None)
    readings = [part.readings.get(row.component) for part in person.segments] if person else []
    return sorted({f"target:{each.target_id}" for each in readings if each and each.target_id})


def every(workspace: Workspace, today: date) -> list[Told]:
    """Every dispute, oldest first, with how it ended."""
    with session(workspace.engine) as records:
        rows = records.exec(select(Dispute).order_by(col(Dispute.entry))).all()
        ended = {each.dispute: each for each in records.exec(select(DisputeDecision)).all()}
    return [Told(row, ended.get(row.entry), row.entry not in ended and today > row.decide_until) for row in rows]
