"""What was decided on a run before stands for the next one of its period, where the facts it was decided on are the same."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlmodel import Session, col, select

from kpis.incentives import evidence
from kpis.incentives.exceptions import Found, facts
from kpis.incentives.paid import Run as Content
from kpis.records.runs import RunDecision, RunDecisionPerson, RunException
from kpis.records.tables import Evidence, Run

ANEW = " Asked anew: "
FROM = "Decided on "
SAME = FROM + "{run}, exception {number}, whose facts are the same: {reason}"
CHANGED = "what was decided on {run}, exception {number} ({choice}), rested on other facts."


def carried(
    records: Session, run: Run, document: Mapping[str, Any], found: Sequence[Found]
) -> tuple[list[Found], list[RunDecision]]:
    """The exceptions of a new run, whose evidence is `document`, and the decisions on the newest run before that still hold.

    A decision holds when kind, people, numbers and everything that the payouts in question are computed from are the same. Where
    it was about the same people and rests on something else, the exception says that it is asked anew.
    """
    before = _before(records, run)
    if before is None:
        return list(found), []
    content = evidence.read(document["run"])
    known, loose = _decided(records, before, _content(records, before))
    told, rows = [], []
    for number, each in enumerate(found, 1):
        same = known.get(facts(content, each), [])
        other = loose.get((each.kind, each.component, each.people), [])
        if same:
            old = same.pop(0)
            rows.append(_again(old, run, before, number))
            told.append(each)
        elif other:
            words = CHANGED.format(run=before.id, number=other[0].number, choice=other[0].choice)
            told.append(replace(each, told=each.told + ANEW + words))
        else:
            told.append(each)
    return told, rows


def _again(old: RunDecision, run: Run, before: Run, number: int) -> RunDecision:
    """The same decision on the new run, by whom and when it was taken; one that was carried before names where it is from."""
    told = SAME.format(run=before.id, number=old.number, reason=old.reason)
    reason = old.reason if old.reason.startswith(FROM) else told
    return RunDecision(entry=0, run=run.id, number=number, choice=old.choice, reason=reason, by=old.by, at=old.at)


def _before(records: Session, run: Run) -> Run | None:
    """The newest run of the same plan and period before this one."""
    same = select(Run).where(Run.plan == run.plan, Run.period == run.period, Run.id != run.id)
    return records.exec(same.order_by(col(Run.made_at).desc(), col(Run.id).desc())).first()


def _content(records: Session, run: Run) -> Content:
    kept = records.get(Evidence, run.evidence)
    assert kept is not None  # a foreign key of the run
    return evidence.read(json.loads(kept.document)["run"])


Decisions = dict[str, list[RunDecision]]


def _decided(
    records: Session, before: Run, content: Content
) -> tuple[Decisions, Mapping[tuple[str, str, tuple[str, ...]], list[RunDecision]]]:
    """The newest decision on each exception of a run: by its facts, where it was about everybody, and by what it is about."""
    rows = records.exec(
        select(RunException).where(RunException.run == before.id).order_by(col(RunException.number))
    ).all()
    every = records.exec(select(RunDecision).where(RunDecision.run == before.id).order_by(col(RunDecision.entry))).all()
    newest = {each.number: each for each in every}
    of_some = select(RunDecisionPerson).where(col(RunDecisionPerson.entry).in_({each.entry for each in every}))
    partly = {each.number for each in records.exec(of_some).all()}
    known: Decisions = defaultdict(list)
    loose: dict[tuple[str, str, tuple[str, ...]], list[RunDecision]] = defaultdict(list)
    for row in rows:
        if row.number in newest:
            people = tuple(json.loads(row.people))
            was = Found(row.kind, people, row.told.partition(ANEW)[0], row.component, row.held)
            if row.number not in partly:
                known[facts(content, was)].append(newest[row.number])
            loose[row.kind, row.component, people].append(newest[row.number])
    return known, loose
