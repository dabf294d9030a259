"""Whose pay hangs on what in this workspace, and who decided what: gathered for the rule that computes conflicts."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from data_contracts.problems import Problem, raise_if
from data_contracts.receipts import ADMITTED, read_receipts
from kpis.incentives.conflict import Decided, Interests, Moves, conflict
from kpis.incentives.plan import Plan
from kpis.incentives.plan_graph import Payee, Paying, graph
from kpis.records.aims import TargetChange, TargetConsent
from kpis.records.runs import ClawbackClaim, ClawbackDecision, DisputeDecision, PlanStep, RunDecision, RunStep
from kpis.records.runs import Dispute as DisputeRow
from kpis.records.session import session
from kpis.records.tables import ChartBaseline, DefinitionVersion, Identity, PayoutRecord, Run, TargetRecord, utc
from kpis.workflows import actors, aim, identities, inforce, payroll
from kpis.workflows.actors import Actor
from kpis.workspace import Snapshot, Workspace

PAST = {"active": "activated"}
REMEMBERED = timedelta(days=366)  # decisions of the last year make a chain


def refused(
    snapshot: Snapshot, records: Session, who: Actor, step: str, things: Sequence[str], now: datetime
) -> list[Problem]:
    """Why the actor has a conflict of interest in taking the step on those things; none when they have none."""
    found = conflict(gathered(snapshot, records, things, now), who.key, step, things)
    if found is None:
        return []
    return [
        Problem(
            f"{step} {things[0]}, by {who.name}",
            "somebody without a conflict of interest",
            str(found),
            "Ask somebody else.",
        )
    ]


def require(snapshot: Snapshot, by: str, right: str, verb: str, things: Sequence[str], now: datetime) -> Actor:
    """Who `by` is, if their roles allow it and no pay of theirs hangs on it; raises Problems that tell the path.

    For steps that are no run's: `require(snapshot, by, "change a target", "change", ["target:fcr_north"], now)`.
    """
    who = actors.actor(snapshot, by)
    with session(snapshot.workspace.engine) as records:
        raise_if([*actors.refuse(who, right), *refused(snapshot, records, who, verb, things, now)])
    return who


def gathered(snapshot: Snapshot, records: Session, things: Sequence[str], now: datetime) -> Interests:
    """Everything the rule needs: what moves what, and the decisions of people inside within a year."""
    moves = dict(_moves(snapshot, records))
    decided = _decided(snapshot.workspace, records, now - REMEMBERED)
    runs = {each.thing for each in decided} | set(things)
    for name in sorted(each.removeprefix("run:") for each in runs if each.startswith("run:")):
        moves[f"run:{name}"] = _of_run(records, name)
    return Interests(moves, decided, identities.names(snapshot.workspace))


def _moves(snapshot: Snapshot, records: Session) -> dict[str, tuple[Moves, ...]]:
    """The graph of every plan that pays or may come to.

    Versions of plans and targets are only added, so that their digests and number say whether it is the same graph.
    """
    workspace = snapshot.workspace
    known = inforce.live(records, workspace.today)
    aims = records.exec(select(func.count()).select_from(TargetRecord)).one()

    def made() -> dict[str, tuple[Moves, ...]]:
        paying = [Paying(each, payees(snapshot, each, name)) for name, each in known.items()]
        return graph(paying, aim.current(workspace), workspace.kpis, snapshot.organisation)

    return snapshot.once(("what moves pay", aims, *sorted(known)), made)


def payees(snapshot: Snapshot, plan: Plan, content: str) -> list[Payee]:
    """Whom a plan pays in its period that holds today."""
    workspace = snapshot.workspace
    period = workspace.settings.calendar.containing(workspace.today, plan.frequency)
    ask = ("payees", content, period.name)
    return snapshot.once(ask, lambda: [
        Payee(contract.person, tuple(sorted({part.department for part in parts})))
        for contract, parts, missing in payroll.people(snapshot, plan, period)
        if parts or missing
    ])  # fmt: skip


def _of_run(records: Session, name: str) -> tuple[Moves, ...]:
    run = records.get(Run, name)
    paid = records.exec(select(PayoutRecord.person).where(PayoutRecord.run == name)).all()
    words = f"you are paid by run {name}" + (f" of plan {run.plan}" if run else "")
    return tuple(Moves(f"person:{person}", words) for person in paid)


Told = tuple[datetime, str, str, str]


def _decided(workspace: Workspace, records: Session, since: datetime) -> tuple[Decided, ...]:
    """What people inside the company decided since then, by surrogate: only they can be paid by somebody."""
    told = [*_on_plans_and_runs(records), *_on_aims(records), *_on_data(workspace)]
    recent = sorted((utc(at), by, step, thing) for at, by, step, thing in told if by and "@" not in by)
    recent = [each for each in recent if each[0] >= utc(since)]
    numbers = select(Identity.external, Identity.surrogate).where(
        Identity.kind == "person", col(Identity.external).in_({each[1] for each in recent})
    )
    keys = dict(records.exec(numbers).all())
    return tuple(Decided(keys.get(by, by), step, thing) for _, by, step, thing in recent)


def _on_plans_and_runs(records: Session) -> Iterator[Told]:
    for at in records.exec(select(PlanStep)).all():
        yield at.at, at.by, PAST.get(at.step, at.step), f"plan:{at.plan}"
    for step in records.exec(select(RunStep)).all():
        yield step.at, step.by, step.step, f"run:{step.run}"
    for choice in records.exec(select(RunDecision)).all():
        yield choice.at, choice.by, "decided on", f"run:{choice.run}"
    for run in records.exec(select(Run)).all():
        yield run.made_at, run.made_by, "calculated", f"run:{run.id}"
    ended = select(DisputeDecision, DisputeRow).where(col(DisputeDecision.dispute) == col(DisputeRow.entry))
    for end, of in records.exec(ended).all():
        yield end.at, end.by, "decided a dispute of", f"run:{of.run}"
    for proposed in records.exec(select(ClawbackClaim)).all():
        yield proposed.at, proposed.by, "proposed a clawback of", f"run:{proposed.run}"
    claims = select(ClawbackDecision, ClawbackClaim).where(col(ClawbackDecision.clawback) == col(ClawbackClaim.entry))
    for decision, claim in records.exec(claims).all():
        yield decision.at, decision.by, "decided a clawback of", f"run:{claim.run}"


def _on_aims(records: Session) -> Iterator[Told]:
    """Targets and who made them harder, what a KPI means, and what its change is counted from."""
    aims = select(TargetChange, TargetRecord).where(
        col(TargetChange.id) == col(TargetRecord.id), col(TargetChange.version) == col(TargetRecord.version)
    )
    for change, of in records.exec(aims).all():
        yield of.imported_at, change.made_by, "changed", f"target:{change.id}"
    for consent in records.exec(select(TargetConsent)).all():
        yield consent.recorded_at, consent.recorded_by, "recorded a consent on", f"target:{consent.target}"
    for version in records.exec(select(DefinitionVersion)).all():
        yield version.accepted_at, version.accepted_by, "accepted a definition of", f"kpi:{version.kpi}"
    for base in records.exec(select(ChartBaseline)).all():
        yield base.frozen_at, base.frozen_by, "froze the baseline of", f"kpi:{base.kpi}"


def _on_data(workspace: Workspace) -> Iterator[Told]:
    for each in read_receipts(workspace.lake):
        if each.by and each.state == ADMITTED:
            yield datetime.fromisoformat(each.at), each.by, "released", f"dataset:{each.dataset}"
