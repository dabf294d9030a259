"""A payout run in steps: calculated, checked, approved by somebody else, closed by two; then corrected by difference only.

Each step computes who may take it. Nobody who is paid by the run takes any.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel, select

from data_contracts.problems import Problem, Problems, raise_if
from kpis.records.runs import PaidLine, RunOpened, RunStep
from kpis.records.session import session
from kpis.records.tables import Run
from kpis.workflows import actors, chain, clawbacks, identities, inforce, interests, kept, lifecycle, pay, verify
from kpis.workflows.actors import Actor
from kpis.workflows.allowed import may, unasked
from kpis.workflows.chain import Done
from kpis.workflows.deciding import ALL as ALL
from kpis.workflows.deciding import decide as decide
from kpis.workflows.looked import APPROVED, CALCULATED, CHECKED, CLOSED, Looked, look
from kpis.workspace import Snapshot, Workspace


def calculate(snapshot: Snapshot, name: str, period: str, by: str, now: datetime) -> tuple[Run, pay.Payout]:
    """A run of a plan that is active, kept with its exceptions; the same evidence again is the same run."""
    who = actors.actor(snapshot, by)
    with session(snapshot.workspace.engine) as records:
        conflicts = interests.refused(snapshot, records, who, "calculate", [f"plan:{name}"], now)
    raise_if([*actors.refuse(who, "calculate"), *conflicts])
    lifecycle.refuse_unless_active(snapshot, name, period)
    return pay.run(snapshot, name, period, who.key, now)


def looked(workspace: Workspace, run: str) -> Looked:
    """A run as it stands now."""
    with session(workspace.engine) as records:
        return look(records, run)


def opened(snapshot: Snapshot, run: str, people: Sequence[str], by: str, now: datetime) -> list[kept.Statement]:
    """Open payouts to look at them, each with its steps; that somebody did is kept, and needed to approve."""
    workspace, who = snapshot.workspace, actors.actor(snapshot, by)
    raise_if([*actors.refuse(who, "decide"), *unasked(looked(workspace, run), who)])
    keys = identities.surrogates(workspace, people)
    found = kept.statements(workspace, run, keys)

    def once(records: Session) -> None:
        held = records.exec(select(RunOpened.person).where(RunOpened.run == run, RunOpened.by == who.key)).all()
        records.add_all(
            RunOpened(run=run, person=each, by=who.key, at=now) for each in dict.fromkeys(keys) if each not in held
        )

    chain.retried(workspace, once)  # opened twice at once is opened
    return found


def check(snapshot: Snapshot, run: str, asked: str, by: str, now: datetime, token: str) -> Done:
    """Say that every exception was looked at, and ask somebody to approve: they may, as far as can be computed now."""
    who, second = actors.actor(snapshot, by), actors.actor(snapshot, asked)

    def what(records: Session) -> tuple[Sequence[SQLModel], Mapping[str, str]]:
        at = look(records, run)
        wrong = [*_state(at, CALCULATED), *_undecided(at), *may(snapshot, records, at, who, "check", now)]
        raise_if(
            [
                *wrong,
                *may(snapshot, records, at, second, "approve", now, (("checked", who.key),)),
                *_holds(snapshot, records, at),
            ]
        )
        return _step(at, "checked", who, now, asked=second.key)

    return chain.act(snapshot.workspace, token, "checked", run, who.key, now, what)


def approve(snapshot: Snapshot, run: str, by: str, now: datetime, token: str) -> Done:
    """Approve a checked run as it is, byte for byte; everything that must be opened was, by the one who approves."""
    who = actors.actor(snapshot, by)

    def what(records: Session) -> tuple[Sequence[SQLModel], Mapping[str, str]]:
        at = look(records, run)
        raise_if([*why_not_approve(snapshot, records, at, who, now), *_holds(snapshot, records, at)])
        mine = chain.digest([RunOpened(run=run, person=each, by=who.key, at=now) for each in sorted(at.to_open)])
        rows, more = _step(at, "approved", who, now)
        return rows, {**more, "total": str(sum(at.due.values())), "opened": mine}

    return chain.act(snapshot.workspace, token, "approved", run, who.key, now, what)


def why_not_approve(snapshot: Snapshot, records: Session, at: Looked, who: Actor, now: datetime) -> list[Problem]:
    """Everything that keeps somebody from approving a run now; none means that they may."""
    left = at.unopened(who.key)
    wrong = [*_state(at, CHECKED), *_same(at, CHECKED), *may(snapshot, records, at, who, "approve", now)]
    checked = at.step(CHECKED)
    if checked and checked.asked != who.key:
        wrong.append(
            Problem(f"run {at.run.id}", "the one who was asked to approve it", who.name, "Ask HR to send it back.")
        )
    if left:
        told = f"{len(left)} of {len(at.to_open)} not opened yet"
        wrong.append(Problem(f"run {at.run.id}", "every payout opened that must be", told, "Open them."))
    return wrong


def send_back(snapshot: Snapshot, run: str, reason: str, by: str, now: datetime, token: str) -> Done:
    """Send a run back to be checked again, with a reason; what was checked and approved holds no more."""
    who = actors.actor(snapshot, by)

    def what(records: Session) -> tuple[Sequence[SQLModel], Mapping[str, str]]:
        at = look(records, run)
        wrong = [] if at.state in (CHECKED, APPROVED) else _state(at, CHECKED)
        wrong += [] if reason.strip() else [Problem(f"run {run}", "a reason", "none", "Say why in a sentence.")]
        raise_if([*wrong, *unasked(at, who), *may(snapshot, records, at, who, "send back", now)])
        return _step(at, "sent back", who, now, reason=reason)

    return chain.act(snapshot.workspace, token, "sent back", run, who.key, now, what)


def close(snapshot: Snapshot, run: str, by: str, now: datetime, token: str) -> Done:
    """Pay what was approved, as a second person: the difference of every line that is not held.

    Closed once, it pays only what was released or granted since. Raises Problems where there is nothing.
    """
    who = actors.actor(snapshot, by)

    def what(records: Session) -> tuple[Sequence[SQLModel], Mapping[str, str]]:
        at = look(records, run)
        again = at.state == CLOSED
        wrong = _nothing(at) if again else [*_state(at, APPROVED), *_same(at, APPROVED)]
        raise_if([*wrong, *may(snapshot, records, at, who, "close", now), *_holds(snapshot, records, at)])
        rows, more = _step(at, "closed", who, now)
        paid = [
            PaidLine(entry=0, run=run, person=person, segment=segment, component=component, amount=amount)
            for (person, segment, component), amount in at.due.items()
        ]
        return [*rows, *paid, *clawbacks.kept(at)], {**more, "total": str(at.pays)}

    return chain.act(snapshot.workspace, token, "closed", run, who.key, now, what)


def _nothing(at: Looked) -> list[Problem]:
    step = "Release a held line, or decide a dispute."
    return [] if at.due else [Problem(f"run {at.run.id}", "something to pay", "closed, and paid", step)]


def restate(snapshot: Snapshot, run: str, by: str, now: datetime) -> tuple[Run, pay.Payout]:
    """Calculate a closed period anew from what was delivered since: a run whose every difference waits for a decision."""
    before = looked(snapshot.workspace, run)
    if not before.ever_closed:
        step = "Calculate it again with `goldenthread pay`, or close it."
        raise Problems([Problem(f"run {run}", "a closed period", before.state, step)])
    return calculate(snapshot, before.run.plan, before.run.period, by, now)


def _state(at: Looked, wanted: str) -> list[Problem]:
    if at.state == wanted:
        return []
    told = "closed, and paid" if at.state == CLOSED else at.state
    return [Problem(f"run {at.run.id}", f"a run that is {wanted}", told, "Take the steps in their order.")]


def _same(at: Looked, step: str) -> list[Problem]:
    """Nothing may have changed since the step, not by a byte."""
    held = at.step(step)
    if held is None or held.content == at.content:
        return []
    return [Problem(f"run {at.run.id}", f"what was {step}", "something else", "It was changed since: send it back.")]


def _undecided(at: Looked) -> list[Problem]:
    left = [each.number for each in at.exceptions if at.choice(each) == "open"]
    step = "Decide on each with a reason: `goldenthread pay decide`."
    return [Problem(f"run {at.run.id}", "a decision on each exception", f"none on {left}", step)] if left else []


def _holds(snapshot: Snapshot, records: Session, at: Looked) -> list[Problem]:
    """The run is rebuilt from its evidence to the cent, and of a plan that is active as it was approved."""
    every = inforce.standing(records, at.run.plan, snapshot.workspace.today)
    version = next((each for each in every if each.record.version == at.run.plan_version), None)
    found = verify.run_in(records, at.run)
    if version is None or version.state not in ("active", "superseded"):
        state = version.state if version else "gone"
        found.append(
            Problem(f"plan {at.run.plan}, version {at.run.plan_version}", "active", state, "Approve and activate it.")
        )
    elif verify.plan_of(records, at.run) != version.plan.digest():
        found.append(Problem(f"run {at.run.id}", "the plan that was approved", "another", "Calculate it again."))
    elif inforce.in_force(every, snapshot.workspace.settings.calendar.parse(at.run.period).start) != version:
        wanted = f"the version in force in {at.run.period}"
        found.append(Problem(f"run {at.run.id}", wanted, f"version {at.run.plan_version}", "Calculate it again."))
    return found


def _step(
    at: Looked, step: str, who: Actor, now: datetime, asked: str = "", reason: str = ""
) -> tuple[list[SQLModel], dict[str, Any]]:
    row = RunStep(entry=0, run=at.run.id, step=step, content=at.content, asked=asked, reason=reason, by=who.key, at=now)
    return [row], {"run": at.run.id, "content": at.content}


def approved_with(workspace: Workspace, run: str) -> str:
    """What an approval prints so that it can be held against the chain later: run, content, and head of the ledger."""
    at = looked(workspace, run)
    return f"{run}, content {at.content[:12]}, ledger {chain.head(workspace).short()}"
