"""Clawback: a claim on what was paid is computed by the plan's terms, proposed with its cause, decided by another person, and
set off against later variable pay when a run closes. Base pay is never touched; what cannot be set off waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session, SQLModel, col, select

from data_contracts.problems import Problem, Problems, raise_if
from kpis.exact import shown
from kpis.incentives import clawback, evidence
from kpis.incentives.clawback import Claim, Payment
from kpis.incentives.owed import BESIDE
from kpis.records.runs import ClawbackClaim, ClawbackDecision, ClawbackSetOff, PaidLine, RunStep
from kpis.records.session import session
from kpis.records.tables import Run, utc
from kpis.workflows import actors, chain, identities, interests, looked
from kpis.workflows import kept as held
from kpis.workflows.chain import Done
from kpis.workflows.looked import Looked
from kpis.workspace import Snapshot, Workspace


@dataclass(frozen=True)
class Claimed:
    """A claim with its decision, if there is one, and what was set off so far, in minor units."""

    claim: ClawbackClaim
    decision: ClawbackDecision | None
    taken: int

    @property
    def state(self) -> str:
        """Proposed, dropped, accepted, or settled when all of it is set off."""
        if self.decision is None:
            return "proposed"
        return "settled" if self.taken == self.claim.amount else self.decision.outcome


def look(workspace: Workspace, person: str, cause: str, event: date) -> dict[str, Claim]:
    """What may be claimed back of every payout of a person in a closed run, or why nothing, by run."""
    key = identities.surrogate(workspace, person)
    with session(workspace.engine) as records:
        paid = _paid(records, key)
        return {run: _claim(workspace, records, run, key, cause, event, parts)[0] for run, parts in paid.items()}


def propose(
    snapshot: Snapshot, run: str, person: str, cause: str, event: date, reason: str, by: str, now: datetime, token: str,
    amount: int | None = None,
) -> Done:  # fmt: skip
    """Propose to claim back what the plan's terms allow, or less (`amount`, minor units); of a restated payout, the difference.

    Raises Problems with what hinders it, such as a difference that the restatement itself takes off when it closes.
    """
    who, key = actors.actor(snapshot, by), identities.surrogate(snapshot.workspace, person)

    def what(records: Session) -> tuple[Sequence[SQLModel], Mapping[str, str]]:
        held.one(snapshot.workspace, run)  # raises, with a suggestion
        found, any_plan = _claim(snapshot.workspace, records, run, key, cause, event, _paid(records, key).get(run, []))
        asked = found.proposed if amount is None else amount
        wrong = [*actors.refuse(who, "propose a clawback"), *_asked(run, found, asked, reason, event, now)]
        wrong += _taken_off(_newest(records, run), key)
        raise_if(
            [*wrong, *interests.refused(snapshot, records, who, "claim back", [f"run:{run}", f"person:{key}"], now)]
        )
        row = ClawbackClaim(
            entry=0, run=run, person=key, cause=cause, event=event, share=shown(found.share), months_left=found.months_left,
            any_plan=any_plan, paid=found.paid, amount=asked, reason=reason, by=who.key, at=now,
        )  # fmt: skip
        return [row], {"run": run, "amount": str(asked)}

    return chain.act(snapshot.workspace, token, "clawback proposed", f"{run}/{key}/{cause}", who.key, now, what)


def _asked(run: str, found: Claim, asked: int, reason: str, event: date, now: datetime) -> list[Problem]:
    where, wrong = f"clawback of {run}", []
    if not found.amount:
        wrong.append(Problem(where, "an amount that the plan lets be claimed back", "0", found.reason))
    elif not 0 < asked <= found.amount:
        wrong.append(
            Problem(where, f"1 to {found.amount} minor units", str(asked), "Claim no more than the terms allow.")
        )
    if not reason.strip():
        wrong.append(Problem(where, "a reason", "none", "Say what happened in a sentence; the person reads it."))
    if event > utc(now).date():
        wrong.append(Problem(where, "an event that has happened", str(event), "Wait for it."))
    return wrong


def decide(snapshot: Snapshot, number: int, accept: bool, reason: str, by: str, now: datetime, token: str) -> Done:
    """Accept a claim or drop it, with a reason: as another person than who proposed it, without a conflict of interest."""
    who = actors.actor(snapshot, by)

    def what(records: Session) -> tuple[Sequence[SQLModel], Mapping[str, str]]:
        row = _one(records, number)
        where, wrong = (
            f"clawback {number}",
            [] if reason.strip() else [Problem(f"clawback {number}", "a reason", "none", "Say why.")],
        )
        if row.by == who.key:
            wrong.append(Problem(where, "another person", f"{who.name} proposed it", "Ask somebody else."))
        if records.get(ClawbackDecision, number):
            wrong.append(
                Problem(where, "a proposed claim", "a decided one", "Propose another one if something is new.")
            )
        things = [f"run:{row.run}", f"person:{row.person}"]
        wrong += actors.refuse(who, "decide a clawback")
        raise_if([*wrong, *interests.refused(snapshot, records, who, "decide a clawback of", things, now)])
        outcome = "accepted" if accept else "dropped"
        made = ClawbackDecision(clawback=number, entry=0, outcome=outcome, reason=reason, by=who.key, at=now)
        return [made], {"run": row.run, "clawback": str(number), "outcome": outcome}

    return chain.act(snapshot.workspace, token, "clawback decided", str(number), who.key, now, what)


def _one(records: Session, number: int) -> ClawbackClaim:
    row = records.get(ClawbackClaim, number)
    if row is None:
        known = ", ".join(str(each) for each in records.exec(select(ClawbackClaim.entry)).all())
        raise Problems([Problem("clawback", "a claim of this workspace", str(number), f"Known: {known}.")])
    return row


def _paid(records: Session, person: str) -> dict[str, list[Payment]]:
    """What each closing paid a person, by run; set-offs among it: what was kept was not paid."""
    closed = select(PaidLine, RunStep.at).join(RunStep, col(RunStep.entry) == col(PaidLine.entry))
    rows = records.exec(closed.where(PaidLine.person == person).order_by(col(PaidLine.entry))).all()
    sums: dict[tuple[str, date], int] = {}
    for line, at in rows:
        place = (line.run, utc(at).date())
        sums[place] = sums.get(place, 0) + line.amount
    found: dict[str, list[Payment]] = {}
    for (run, on), amount in sums.items():
        found.setdefault(run, []).append(Payment(on, amount))
    return found


def _claim(
    workspace: Workspace, records: Session, run: str, person: str, cause: str, event: date, paid: Sequence[Payment]
) -> tuple[Claim, bool]:
    """The claim by the terms of the plan that the run paid, earlier claims taken off; and whether any plan may set it off."""
    terms = evidence.read(held.document(workspace, run)["run"]).plan.clawback
    dropped = select(ClawbackDecision.clawback).where(ClawbackDecision.outcome == "dropped")
    same = select(ClawbackClaim).where(ClawbackClaim.run == run, ClawbackClaim.person == person)
    standing = records.exec(same.where(col(ClawbackClaim.entry).not_in(dropped))).all()
    earlier = sum(each.amount for each in standing)
    found = clawback.claim(terms, cause, event, paid, earlier)
    found = replace(found, restated=max(0, _restated(_newest(records, run), run, person) - earlier))
    return found, terms is not None and terms.set_off == "any_plan"


def _newest(records: Session, run: str) -> Looked:
    """The newest calculation of a run's plan and period, as it stands."""
    of = records.get(Run, run)
    assert of is not None  # looked at by the caller
    same = select(Run).where(Run.plan == of.plan, Run.period == of.period)
    return looked.look(records, records.exec(same.order_by(col(Run.made_at).desc(), col(Run.id).desc())).all()[0].id)


def _restated(at: Looked, run: str, person: str) -> int:
    """How much more a run's payout was than the newest calculation, as far as closings have not taken it off already.

    What is still paid is held against the newest calculation: granted disputes are left out, and what was set off was paid.
    """
    if at.run.id == run:
        return 0
    disputed = {f"adjustment {each.entry}" for each in at.adjustments if each.kind == "dispute"}
    paid = sum(amount for (who, _, line), amount in at.paid.items() if who == person and line not in disputed)
    paid += sum(each.amount for each in at.set_off if each.person == person)
    return paid - at.payouts.get(person, 0)


def _taken_off(at: Looked, person: str) -> list[Problem]:
    """Why a claim would take the same amount twice: the newest calculation is still to take it off."""
    left = sum(amount for place, amount in {**at.due, **at.waiting}.items() if place[0] == person)
    if left >= 0:
        return []
    step = "Close it, or adjust the payout there by the plan's terms, and claim afterwards."
    told = f"{at.run.id} takes it off when it closes: {-left} minor units"
    return [Problem(f"clawback of {at.run.id}", "no difference that is still open", told, step)]


def kept(at: Looked) -> list[SQLModel]:
    """The rows of what a closing sets off now: each claim's part, and the line that keeps it from being paid."""
    whose = {each.number: each.person for each in at.claims}
    rows: list[SQLModel] = []
    for number, amount in at.setting_off.items():
        person = whose[number]
        rows.append(ClawbackSetOff(entry=0, clawback=number, run=at.run.id, person=person, amount=amount))
        line = f"adjustment {number}"
        rows.append(PaidLine(entry=0, run=at.run.id, person=person, segment=BESIDE, component=line, amount=-amount))
    return rows


def every(workspace: Workspace, run: str = "") -> list[Claimed]:
    """Every claim, oldest first; of one run where it is named."""
    with session(workspace.engine) as records:
        query = select(ClawbackClaim).order_by(col(ClawbackClaim.entry))
        rows = records.exec(query.where(ClawbackClaim.run == run) if run else query).all()
        ended = {each.clawback: each for each in records.exec(select(ClawbackDecision)).all()}
        taken: dict[int, int] = {}
        for each in records.exec(select(ClawbackSetOff)).all():
            taken[each.clawback] = taken.get(each.clawback, 0) + each.amount
    return [Claimed(row, ended.get(row.entry), taken.get(row.entry, 0)) for row in rows]


def currency(workspace: Workspace, claim: ClawbackClaim) -> str:
    """The currency of a claim: that of its run."""
    with session(workspace.engine) as records:
        found = records.get(Run, claim.run)
    assert found is not None  # a foreign key holds it
    return found.currency
