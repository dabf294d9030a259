"""Verify: receipts against the lake, the ledger against itself, every payout against its own evidence, evidence against the facts."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from sqlmodel import Session, col, select

from data_contracts.lake import Lake
from data_contracts.problems import Problem
from data_contracts.receipts import ADMITTED, read_receipts
from data_contracts.verification import verify_receipts
from kpis import definitions, figures
from kpis.definitions import KpiDefinition
from kpis.incentives import evidence, heads, ledger, parts
from kpis.incentives.heads import Head
from kpis.incentives.plan import from_normal_form
from kpis.records.session import session
from kpis.records.tables import Evidence, LedgerRecord, LineRecord, PayoutRecord, Run
from kpis.workflows import chain, measure, vouched
from kpis.workflows.rebuild import facts_of
from kpis.workspace import Workspace

WITHOUT = "not held against a head kept elsewhere: entries cut off at the end, or all written anew, would not show"
CHANGED = "It was changed after the run. Restore it from a backup, and find out who may write there."


@dataclass(frozen=True)
class Verified:
    """What was looked at and what does not hold. `rebuilt` counts the runs whose facts the lake could still give again.

    `head` says whether the ledger was held against a head that was kept elsewhere: without one, a cut tail or a chain
    written all anew cannot be seen.
    """

    receipts: int
    runs: int
    payouts: int
    entries: int
    rebuilt: int
    problems: tuple[Problem, ...]
    head: str = WITHOUT


def everything(workspace: Workspace, head: Head | None = None) -> Verified:
    """Verify receipts, ledger and every payout; where the lake is gone, the payouts from the runs' own evidence alone."""
    lake = Lake(workspace.lake)
    receipts = [each for each in read_receipts(lake.root) if each.state == ADMITTED]
    wrong = verify_receipts(lake, workspace.contracts)
    found = payouts(workspace, bool(lake.datasets()), head)
    return replace(found, receipts=len(receipts), problems=(*wrong, *found.problems))


def payouts(workspace: Workspace, rebuild: bool = True, head: Head | None = None) -> Verified:
    """Recompute everything that was paid from the runs' own evidence; with `rebuild` its facts from the lake as well.

    `head` is the ledger's head as it was kept elsewhere.
    """
    try:
        entries, runs, documents, kept, lines, changed = _records(workspace)
    except (ValueError, TypeError) as error:
        return Verified(0, 0, 0, 0, 0, (Problem("records", "rows that can be read", str(error), CHANGED),))
    problems = [*ledger.broken(entries), *changed, *_chained(entries, runs)]
    problems += vouched.strays(runs, documents, kept, lines)
    problems += heads.against(entries, head) if head else []
    known: dict[str, pa.Table] = {}
    rebuilt = 0
    for run in runs:
        document = _evidence(run, documents.get(run.evidence))
        if isinstance(document, Problem):
            problems.append(document)
            continue
        problems += _run(run, document, vouched.in_order(document, stored_outcome(run, kept, lines)), entries)
        again = facts_of(workspace, document, known) if rebuild else None
        problems += _facts(run, document, again)
        rebuilt += again is not None
    told = f"held against the head {head.short()} that was kept" if head else WITHOUT
    return Verified(0, len(runs), len(kept), len(entries), rebuilt, tuple(problems), told)


def run_in(records: Session, run: Run) -> list[Problem]:
    """What does not hold of one run, recomputed to the cent from its own evidence."""
    row = records.get(Evidence, run.evidence)
    document = _evidence(run, row.document if row else None)
    if isinstance(document, Problem):
        return [document]
    kept = list(
        records.exec(select(PayoutRecord).where(PayoutRecord.run == run.id).order_by(PayoutRecord.person)).all()
    )
    lines = list(records.exec(select(LineRecord).where(LineRecord.run == run.id)).all())
    entries = [chain.entry_of(row) for row in records.exec(select(LedgerRecord)).all()]
    return list(_run(run, document, vouched.in_order(document, stored_outcome(run, kept, lines)), entries))


def plan_of(records: Session, run: Run) -> str:
    """The content hash of the plan in a run's evidence."""
    row = records.get(Evidence, run.evidence)
    return from_normal_form(json.loads(row.document)["run"]["plan"]).digest() if row else ""


def _records(
    workspace: Workspace,
) -> tuple[list[ledger.Entry], list[Run], dict[str, str], list[PayoutRecord], list[LineRecord], list[Problem]]:
    """Ledger, runs, evidence by hash, payouts, lines, and decided rows that differ from their ledger entries.

    Raises ValueError or TypeError for what cannot be read.
    """
    with session(workspace.engine) as records:
        rows = records.exec(select(LedgerRecord).order_by(col(LedgerRecord.sequence))).all()
        runs = list(records.exec(select(Run).order_by(col(Run.made_at))).all())
        documents = {row.digest: row.document for row in records.exec(select(Evidence)).all()}
        kept = list(records.exec(select(PayoutRecord).order_by(PayoutRecord.person)).all())
        lines = list(records.exec(select(LineRecord)).all())
        entries = [chain.entry_of(row) for row in rows]
        return entries, runs, documents, kept, lines, list(chain.changed_rows(records, entries))


def _chained(entries: list[ledger.Entry], runs: list[Run]) -> list[Problem]:
    named = {str(each.payload.get("run")) for each in entries if each.payload.get("kind") == "run"}
    kept = {run.id for run in runs}
    lost = [Problem(f"run {name}", "the run its ledger entry names", "none", CHANGED) for name in sorted(named - kept)]
    return lost + [Problem(f"run {name}", "an entry in the ledger", "none", CHANGED) for name in sorted(kept - named)]


def stored_outcome(run: Run, payouts: list[PayoutRecord], lines: list[LineRecord]) -> dict[str, Any]:
    """The outcome as the records hold it now."""
    by_person: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        if line.run == run.id:
            by_person.setdefault(line.person, []).append(
                {"segment": line.segment, "component": line.component, "amount": line.amount}
            )
    told = [
        {"person": each.person, "payout": each.amount, "lines": by_person.get(each.person, []), "steps": each.steps}
        for each in payouts
        if each.run == run.id
    ]
    return {"currency": run.currency, "payouts": told, "total": run.total}


def _run(
    run: Run, document: Mapping[str, Any], stored: Mapping[str, Any], entries: list[ledger.Entry]
) -> Iterator[Problem]:
    yield from (_at(run, problem) for problem in evidence.differences(document["run"], stored))
    mine = (each for each in entries if (each.payload.get("kind"), each.payload.get("run")) == ("run", run.id))
    entry = next(mine, None)
    held = (run.evidence, evidence.digest(stored), str(run.total))
    yield from vouched.told(run, document, entry)
    if entry and tuple(entry.payload.get(name) for name in ("evidence", "outcome", "total")) != held:
        yield Problem(f"run {run.id}", "what its ledger entry holds", "another evidence, outcome or total", CHANGED)
    yield from _parts(run, document, stored, entries)
    yield from _figures(run, document)


def _parts(
    run: Run, document: Mapping[str, Any], stored: Mapping[str, Any], entries: list[ledger.Entry]
) -> Iterator[Problem]:
    """Everybody's part of a run against the hash that the ledger holds of it."""
    held = [each.payload for each in entries if parts.vouches(each, run.id)]
    try:
        again = parts.vouched(run.id, document, stored) if held else {}
    except (LookupError, TypeError, ValueError, AttributeError):
        again = {"people": "nothing that can be read"}
    if any(each.get(name) != value for each in held for name, value in again.items()):
        yield Problem(f"run {run.id}, everybody's part", "what its ledger entry holds", "other parts", CHANGED)


def _evidence(run: Run, text: str | None) -> Any:
    where = f"run {run.id}, evidence"
    if text is None:
        return Problem(where, f"a document under {run.evidence[:12]}…", "none", CHANGED)
    try:
        document = json.loads(text)
        digest = evidence.digest(document)
    except ValueError:
        return Problem(where, "JSON", "something else", CHANGED)
    return (
        document
        if digest == run.evidence
        else Problem(where, f"the hash {run.evidence[:12]}…", f"{digest[:12]}…", CHANGED)
    )


def _figures(run: Run, document: Mapping[str, Any]) -> Iterator[Problem]:
    """Each paid figure against the facts that the run carries."""
    for each in document["run"]["figures"].values():
        kpi, told = definition(document, each["of"]), (int(each["numerator"]), int(each["denominator"]))
        again = _ratio(kpi, document["facts"].get(each["of"], []))
        if again != told:
            yield Problem(f"run {run.id}, figure {each['of']}", f"{again} from its facts", str(told), CHANGED)


def definition(document: Mapping[str, Any], name: str) -> KpiDefinition:
    """The KPI definition a run carries for one of its figures."""
    return definitions.KpiDefinition.model_validate(document["kpis"][name.split("@")[0]])


def _ratio(kpi: KpiDefinition, rows: list[list[Any]]) -> tuple[int, int] | None:
    if not rows:
        return None
    columns: dict[str, Any] = {"bucket": np.array([row[0] for row in rows], dtype=np.int64)}
    for at, name in enumerate(measure.MOMENTS, 1):
        columns[name] = np.array([None if row[at] is None else int(row[at]) for row in rows], dtype=object)
    columns["n"] = columns["n"].astype(np.int64)
    found = figures.estimate(kpi, figures.distributions(kpi, columns, np.zeros(len(rows), dtype=np.int64), 1))
    times = 100 if kpi.unit == "percent" else 1
    if found.numerator is None or found.denominator is None:
        return None
    return int(found.numerator[0]) * times, int(found.denominator[0])


def _facts(run: Run, document: Mapping[str, Any], again: Mapping[str, Any] | None) -> Iterator[Problem]:
    """The run's facts against those rebuilt from the lake."""
    for name, rows in document["facts"].items() if again is not None else ():
        if again.get(name) != rows:  # type: ignore[union-attr]
            yield Problem(f"run {run.id}, facts {name}", "the facts that its deliveries give", "others", CHANGED)


def _at(run: Run, problem: Problem) -> Problem:
    return Problem(f"run {run.id}, {problem.where}", problem.expected, problem.actual, problem.next_step)
