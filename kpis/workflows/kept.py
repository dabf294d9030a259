"""Runs as they were kept: their evidence, a person's statement, and what somebody was paid."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlmodel import col, select

from data_contracts.problems import Problem, Problems, did_you_mean, raise_if
from kpis.exact import round_half_away
from kpis.incentives import evidence
from kpis.incentives.paid import Participant
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import Work, due, reckon
from kpis.incentives.statement import Step
from kpis.incentives.statement import statement as told
from kpis.records.runs import RunStep
from kpis.records.session import session
from kpis.records.tables import Evidence, PayoutRecord, Run
from kpis.workflows import identities
from kpis.workspace import Workspace


def runs(workspace: Workspace) -> list[Run]:
    """Every run, oldest first."""
    with session(workspace.engine) as records:
        return list(records.exec(select(Run).order_by(col(Run.made_at))).all())


def one(workspace: Workspace, name: str) -> Run:
    """The run of that id; raises Problems with a suggestion when there is none."""
    known = {each.id: each for each in runs(workspace)}
    if name not in known:
        raise Problems([Problem("run", "a run of this workspace", repr(name), did_you_mean(name, known))])
    return known[name]


def document(workspace: Workspace, run_id: str) -> dict[str, Any]:
    """The evidence document of a run."""
    with session(workspace.engine) as records:
        found = records.get(Evidence, one(workspace, run_id).evidence)
    assert found is not None  # a foreign key holds it
    return dict(json.loads(found.document))


@dataclass(frozen=True)
class Statement:
    """One person's payout of one run, with every step that led to it, rebuilt from the run's own evidence.

    `closed` says whether it was approved and paid; until then it is what was calculated.
    `by` is the name of who calculated it.
    """

    run: Run
    plan: Plan
    participant: Participant
    work: Work
    steps: tuple[Step, ...]
    closed: bool = False
    by: str = ""


def statement(workspace: Workspace, run_id: str, person: str) -> Statement:
    """One person's statement; raises Problems where the run paid no such person."""
    return statements(workspace, run_id, [person])[0]


def closed_runs(workspace: Workspace) -> frozenset[str]:
    """The runs that were closed: what they pay is paid."""
    with session(workspace.engine) as records:
        return frozenset(records.exec(select(RunStep.run).where(RunStep.step == "closed")).all())


def statements(workspace: Workspace, run_id: str, people: Sequence[str]) -> list[Statement]:
    """The statements of several people, the evidence read once; raises Problems for everybody the run did not pay."""
    record, closed = one(workspace, run_id), run_id in closed_runs(workspace)
    content = evidence.read(document(workspace, run_id)["run"])
    known = {each.person: each for each in content.participants}
    who = identities.one(workspace, record.made_by)
    by, step = who.name or who.external, "Look at the run's blocked payouts."
    raise_if(Problem(f"run {run_id}", "a person it paid", repr(each), step) for each in people if each not in known)
    found = []
    for each in people:
        work = reckon(content.plan, known[each], content.frame)
        steps = told(content.plan, known[each], content.frame, work)
        found.append(Statement(record, content.plan, known[each], work, steps, closed, by))
    return found


def opportunity(workspace: Workspace, run_id: str) -> dict[str, int]:
    """Everybody's opportunity in a run, in minor units."""
    content = evidence.read(document(workspace, run_id)["run"])
    return {
        each.person: round_half_away(
            sum((due(content.plan, part, content.frame).amount for part in each.segments), Fraction())
        )
        for each in content.participants
    }


def paid(workspace: Workspace, person: str, since: date | None = None) -> list[tuple[Run, PayoutRecord]]:
    """One person's payouts, newest first."""
    with session(workspace.engine) as records:
        query = (
            select(Run, PayoutRecord)
            .join(PayoutRecord, col(PayoutRecord.run) == col(Run.id))
            .where(PayoutRecord.person == person)
        )
        rows = records.exec(query.order_by(col(Run.made_at).desc())).all()
    return [(run_record, payout) for run_record, payout in rows if since is None or run_record.made_at.date() >= since]
