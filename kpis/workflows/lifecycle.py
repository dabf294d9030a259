"""The life of a plan: draft, reviewed, approved by two people, active from a day, superseded by the next version."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlmodel import Session, col, select

from data_contracts.problems import Problem, Problems, raise_if
from kpis.incentives.plan import Plan
from kpis.records.runs import PlanStep, RunStep
from kpis.records.session import session
from kpis.records.tables import Run
from kpis.workflows import actors, agreements, chain, inforce, interests, readiness
from kpis.workflows.actors import Actor
from kpis.workflows.chain import Done
from kpis.workflows.inforce import APPROVALS, Standing
from kpis.workspace import Snapshot

BEFORE = {
    "review": ("draft", "a draft", "It was reviewed before."),
    "approve": ("reviewed", "a reviewed version", "Review it first."),
    "activate": ("approved", "an approved version", f"It needs {APPROVALS} approvals of this content."),
}
Blocks = Callable[[Plan], Sequence[Problem]]


def nothing(_plan: Plan) -> Sequence[Problem]:
    """What blocks an approval where readiness is not asked, as in a company made small for a test: nothing."""
    return ()


def review(snapshot: Snapshot, name: str, by: str, now: datetime, token: str, reason: str = "") -> Done:
    """Say that the newest version was read and may go to approval; the ledger keeps the reason."""
    who = actors.actor(snapshot, by)

    def decide(records: Session) -> tuple[list[PlanStep], dict[str, str]]:
        at = _newest(snapshot, records, name)
        raise_if(_why_not(snapshot, records, at, "review", who, now))
        return _step(at, "reviewed", who, now, reason=reason)

    return chain.act(snapshot.workspace, token, "plan reviewed", name, who.key, now, decide)


def approve(
    snapshot: Snapshot, name: str, by: str, now: datetime, token: str, blocks: Blocks | None = None, reason: str = ""
) -> Done:
    """Approve the newest version: its content hash is bound, and two people have to.

    Neither may be paid by it, nor decide the pay of somebody who decides theirs. `blocks` says what else stands in the
    way: figures that are not ready for pay, unless told otherwise. Raises Problems with everything at once.
    """
    who, newest = actors.actor(snapshot, by), inforce.of(snapshot.workspace, name)[-1]
    unready = blocks(newest.plan) if blocks else readiness.blocks(snapshot, newest.plan)

    def decide(records: Session) -> tuple[list[PlanStep], dict[str, str]]:
        at = _newest(snapshot, records, name)
        wrong = _why_not(snapshot, records, at, "approve", who, now)
        if at.record.version != newest.record.version:
            wrong.append(_state(at, f"version {newest.record.version}", "A newer one came meanwhile: look at it."))
        raise_if([*wrong, *unready])
        return _step(at, "approved", who, now, reason=reason)

    return chain.act(snapshot.workspace, token, "plan approved", name, who.key, now, decide)


def activate(
    snapshot: Snapshot, name: str, since: date, by: str, now: datetime, token: str, reason: str = "",
    agreement: str = "",
) -> Done:  # fmt: skip
    """Put an approved version into force from a day; the version before is superseded from then on.

    Into a period that was calculated it reaches back only with a reason and an `agreement:<number>`, which the ledger holds;
    into a closed one never.
    """
    who = actors.actor(snapshot, by)

    def decide(records: Session) -> tuple[list[PlanStep], dict[str, str]]:
        at = _newest(snapshot, records, name)
        late = _ended(snapshot, records, name, since, reason, agreement)
        raise_if([*_why_not(snapshot, records, at, "activate", who, now), *late])
        rows, told = _step(at, "active", who, now, since, reason)
        return rows, told | ({"agreement": agreement} if agreement else {})

    return chain.act(snapshot.workspace, token, "plan active", f"{name} from {since}", who.key, now, decide)


def why_not(snapshot: Snapshot, name: str, step: str, by: str, now: datetime) -> list[Problem]:
    """What keeps somebody from the step (review, approve, activate) of the newest version now, its readiness aside."""
    who = actors.actor(snapshot, by)
    with session(snapshot.workspace.engine) as records:
        return _why_not(snapshot, records, _newest(snapshot, records, name), step, who, now)


def conflicts(snapshot: Snapshot, name: str, by: str, now: datetime) -> list[Problem]:
    """Whether somebody is paid by a plan, or by somebody who decides with them: who is, judges nothing of it."""
    who = actors.actor(snapshot, by)
    with session(snapshot.workspace.engine) as records:
        return interests.refused(snapshot, records, who, "approve", [f"plan:{name}"], now)


def _why_not(snapshot: Snapshot, records: Session, at: Standing, step: str, who: Actor, now: datetime) -> list[Problem]:
    state, expected, then = BEFORE[step]
    found = actors.refuse(who, f"{step} plan") + ([] if at.state == state else [_state(at, expected, then)])
    if step == "approve" and who.key in at.approvers:
        ask = "Ask a second person."
        found.append(Problem(f"plan {at.record.id}", "two people", f"{who.name} approved it before", ask))
    return [*found, *interests.refused(snapshot, records, who, step, [f"plan:{at.record.id}"], now)]


def _newest(snapshot: Snapshot, records: Session, name: str) -> Standing:
    found = inforce.standing(records, name, snapshot.workspace.today)
    if not found:
        inforce.of(snapshot.workspace, name)  # raises, with a suggestion
    return found[-1]


def _state(at: Standing, expected: str, step: str) -> Problem:
    where = f"plan {at.record.id}, version {at.record.version}"
    if at.state == "changed":
        return Problem(
            where, "the content that was approved", "another", "It was changed afterwards: import a new version."
        )
    return Problem(where, expected, at.state, step)


def _step(
    at: Standing, step: str, who: Actor, now: datetime, since: date | None = None, reason: str = ""
) -> tuple[list[PlanStep], dict[str, str]]:
    digest, text = at.plan.digest(), inforce.text_digest(at.record.text)
    row = PlanStep(
        entry=0, plan=at.record.id, version=at.record.version, step=step, digest=digest, text_digest=text,
        valid_from=since, by=who.key, at=now,
    )  # fmt: skip
    told = {"version": str(at.record.version), "digest": digest}
    return [row], told | ({"reason": reason} if reason else {})


def _ended(snapshot: Snapshot, records: Session, name: str, since: date, reason: str, agreement: str) -> list[Problem]:
    """A version cannot begin before the end of a period that was closed under another, nor easily of one calculated.

    A run of a version that was never active is a trial, and binds no period.
    """
    active = select(PlanStep.version).where(PlanStep.plan == name, PlanStep.step == "active")
    runs = select(Run).where(Run.plan == name, col(Run.plan_version).in_(active))
    closed = select(RunStep.run).where(RunStep.step == "closed")
    paid, calendar = set(records.exec(closed).all()), snapshot.workspace.settings.calendar
    late = [each for each in records.exec(runs).all() if since < calendar.parse(each.period).end]
    shut = sorted({each.period for each in late if each.id in paid})
    if shut:
        step = "Begin after it, or restate the period."
        return [Problem("--from", f"a day after {shut[-1]}, which is closed", str(since), step)]
    if not late or agreement:
        return _unagreed(snapshot, reason, agreement) if late else []
    step = "Begin after it; or name a reason and an agreement on terms with --reason and --agreement."
    return [
        Problem("--from", f"a day after {max(each.period for each in late)}, which was calculated", str(since), step)
    ]


def _unagreed(snapshot: Snapshot, reason: str, agreement: str) -> list[Problem]:
    step = "Say why in a sentence."
    missing = [] if reason.strip() else [Problem("--reason", "a reason", "nothing", step)]
    return [*missing, *agreements.on_terms(snapshot.workspace, agreement, "--agreement")]


def refuse_unless_active(snapshot: Snapshot, name: str, period: str) -> None:
    """Raise Problems unless a version of the plan, as it was approved, is in force on the period's first day."""
    start = snapshot.workspace.settings.calendar.parse(period, "--period").start
    plan, state = inforce.version_for(snapshot.workspace, name, start)
    if state != "active":
        step = "Review, approve and activate it: `goldenthread plan review|approve|activate`."
        raise Problems([Problem(f"plan {name}, version {plan.version}", f"active on {start}", state, step)])
