"""The life of a plan: draft, reviewed, approved by two people, active from a day, superseded by the next version."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from data_contracts.problems import Problem, Problems, raise_if
from kpis.incentives.plan import Plan
from kpis.records.runs import PlanStep, RunStep
from kpis.records.tables import Run
from kpis.workflows import actors, agreements, chain, inforce, interests, readiness
from kpis.workflows.actors import Actor
from kpis.workflows.chain import Done
from kpis.workflows.inforce import APPROVALS, Standing
from kpis.workspace import Snapshot

Blocks = Callable[[Plan], Sequence[Problem]]


def nothing(_plan: Plan) -> Sequence[Problem]:
    """What blocks an approval where readiness is not asked, as in a company made small for a test: nothing."""
    return ()


def review(snapshot: Snapshot, name: str, by: str, now: datetime, token: str) -> Done:
    """Say that the newest version was read and may go to approval."""
    who = actors.actor(snapshot, by)

    def decide(records: Session) -> tuple[list[PlanStep], dict[str, str]]:
        at = _newest(snapshot, records, name)
        wrong = [] if at.state == "draft" else [_state(at, "a draft", "It was reviewed before.")]
        raise_if([*actors.refuse(who, "review plan"), *wrong, *_conflict(snapshot, records, who, "review", at, now)])
        return _step(at, "reviewed", who, now)

    return chain.act(snapshot.workspace, token, "plan reviewed", name, who.key, now, decide)


def approve(snapshot: Snapshot, name: str, by: str, now: datetime, token: str, blocks: Blocks | None = None) -> Done:
    """Approve the newest version: its content hash is bound, and two people have to.

    Neither may be paid by it, nor decide the pay of somebody who decides theirs. `blocks` says what else stands in the
    way: figures that are not ready for pay, unless told otherwise. Raises Problems with everything at once.
    """
    who, newest = actors.actor(snapshot, by), inforce.of(snapshot.workspace, name)[-1]
    unready = blocks(newest.plan) if blocks else readiness.blocks(snapshot, newest.plan)

    def decide(records: Session) -> tuple[list[PlanStep], dict[str, str]]:
        at = _newest(snapshot, records, name)
        wrong = [] if at.state == "reviewed" else [_state(at, "a reviewed version", "Review it first.")]
        if who.key in at.approvers:
            step = "Ask a second person."
            wrong.append(Problem(f"plan {name}", "two people", f"{who.name} approved it before", step))
        conflicts = _conflict(snapshot, records, who, "approve", at, now)
        if at.record.version != newest.record.version:
            wrong.append(_state(at, f"version {newest.record.version}", "A newer one came meanwhile: look at it."))
        raise_if([*actors.refuse(who, "approve plan"), *wrong, *conflicts, *unready])
        return _step(at, "approved", who, now)

    return chain.act(snapshot.workspace, token, "plan approved", name, who.key, now, decide)


@dataclass(frozen=True)
class Back:
    """Why a version reaches back into a period that was calculated, and the agreement on it, as `agreement:<number>`."""

    reason: str = ""
    agreement: str = ""


def activate(
    snapshot: Snapshot, name: str, since: date, by: str, now: datetime, token: str, back: Back | None = None
) -> Done:
    """Put an approved version into force from a day; the version before is superseded from then on.

    Into a period that was calculated it reaches only `back`, with a reason and an agreement, which the ledger holds;
    into a closed one never.
    """
    who = actors.actor(snapshot, by)

    def decide(records: Session) -> tuple[list[PlanStep], dict[str, str]]:
        at = _newest(snapshot, records, name)
        step = f"It needs {APPROVALS} approvals of this content."
        wrong = [] if at.state == "approved" else [_state(at, "an approved version", step)]
        wrong += _ended(snapshot, records, name, since, back)
        raise_if(
            [*actors.refuse(who, "activate plan"), *wrong, *_conflict(snapshot, records, who, "activate", at, now)]
        )
        rows, told = _step(at, "active", who, now, since)
        return rows, told | ({"reason": back.reason.strip(), "agreement": back.agreement} if back else {})

    return chain.act(snapshot.workspace, token, "plan active", f"{name} from {since}", who.key, now, decide)


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


def _conflict(
    snapshot: Snapshot, records: Session, who: Actor, step: str, at: Standing, now: datetime
) -> list[Problem]:
    return interests.refused(snapshot, records, who, step, [f"plan:{at.record.id}"], now)


def _step(
    at: Standing, step: str, who: Actor, now: datetime, since: date | None = None
) -> tuple[list[PlanStep], dict[str, str]]:
    digest, text = at.plan.digest(), inforce.text_digest(at.record.text)
    row = PlanStep(
        entry=0, plan=at.record.id, version=at.record.version, step=step, digest=digest, text_digest=text,
        valid_from=since, by=who.key, at=now,
    )  # fmt: skip
    return [row], {"version": str(at.record.version), "digest": digest}


def _ended(snapshot: Snapshot, records: Session, name: str, since: date, back: Back | None) -> list[Problem]:
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
    if not late or back:
        return _unagreed(snapshot, back) if late and back else []
    step = "Begin after it; or name a reason and an agreement on terms with --reason and --agreement."
    return [
        Problem("--from", f"a day after {max(each.period for each in late)}, which was calculated", str(since), step)
    ]


def _unagreed(snapshot: Snapshot, back: Back) -> list[Problem]:
    step = "Say why in a sentence."
    missing = [] if back.reason.strip() else [Problem("--reason", "a reason", "nothing", step)]
    return [*missing, *agreements.on_terms(snapshot.workspace, back.agreement, "--agreement")]


def refuse_unless_active(snapshot: Snapshot, name: str, period: str) -> None:
    """Raise Problems unless a version of the plan, as it was approved, is in force on the period's first day."""
    start = snapshot.workspace.settings.calendar.parse(period, "--period").start
    plan, state = inforce.version_for(snapshot.workspace, name, start)
    if state != "active":
        step = "Review, approve and activate it: `goldenthread plan review|approve|activate`."
        raise Problems([Problem(f"plan {name}, version {plan.version}", f"active on {start}", state, step)])
