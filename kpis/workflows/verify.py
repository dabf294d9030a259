"""Verify: receipts against the lake, the ledger against itself, every payout against its own evidence, evidence against the facts."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from sqlmodel import col, select

from data_contracts.lake import Lake
from data_contracts.problems import Problem
from data_contracts.receipts import ADMITTED, read_receipts
from data_contracts.verification import verify_receipts
from kpis import definitions, figures
from kpis.definitions import KpiDefinition
from kpis.incentives import evidence, ledger
from kpis.records.session import session
from kpis.records.tables import Evidence, LedgerRecord, LineRecord, PayoutRecord, Run
from kpis.workflows import measure, pay
from kpis.workflows.rebuild import facts_of
from kpis.workspace import Workspace

CHANGED = "It was changed after the run. Restore it from a backup, and find out who may write there."


@dataclass(frozen=True)
class Verified:
    """What was looked at and what does not hold. `rebuilt` counts the runs whose facts the lake could still give again."""

    receipts: int
    runs: int
    payouts: int
    entries: int
    rebuilt: int
    problems: tuple[Problem, ...]


def everything(workspace: Workspace) -> Verified:
    """Verify receipts, ledger and every payout; where the lake is gone, the payouts from the runs' own evidence alone."""
    lake = Lake(workspace.lake)
    receipts = [each for each in read_receipts(lake.root) if each.state == ADMITTED]
    wrong = verify_receipts(lake, workspace.contracts)
    found = payouts(workspace, rebuild=bool(lake.datasets()))
    return replace(found, receipts=len(receipts), problems=(*wrong, *found.problems))


def payouts(workspace: Workspace, rebuild: bool = True) -> Verified:
    """Recompute everything that was paid from the runs' own evidence; with `rebuild` its facts from the lake as well."""
    with session(workspace.engine) as records:
        entries = [
            pay.entry_of(row) for row in records.exec(select(LedgerRecord).order_by(col(LedgerRecord.sequence))).all()
        ]
        runs = list(records.exec(select(Run).order_by(col(Run.made_at))).all())
        documents = {row.digest: row.document for row in records.exec(select(Evidence)).all()}
        kept = list(records.exec(select(PayoutRecord).order_by(PayoutRecord.person)).all())
        lines = list(records.exec(select(LineRecord)).all())
    problems = [*ledger.broken(entries), *_chained(entries, runs)]
    known: dict[str, pa.Table] = {}
    rebuilt = 0
    for run in runs:
        document = _evidence(run, documents.get(run.evidence))
        if isinstance(document, Problem):
            problems.append(document)
            continue
        problems += _run(run, document, _ordered(document, _stored(run, kept, lines)), entries)
        again = facts_of(workspace, document, known) if rebuild else None
        problems += _facts(run, document, again)
        rebuilt += again is not None
    return Verified(0, len(runs), len(kept), len(entries), rebuilt, tuple(problems))


def _chained(entries: list[ledger.Entry], runs: list[Run]) -> list[Problem]:
    named = {str(each.payload.get("run")) for each in entries}
    kept = {run.id for run in runs}
    lost = [Problem(f"run {name}", "the run its ledger entry names", "none", CHANGED) for name in sorted(named - kept)]
    return lost + [Problem(f"run {name}", "an entry in the ledger", "none", CHANGED) for name in sorted(kept - named)]


def _stored(run: Run, payouts: list[PayoutRecord], lines: list[LineRecord]) -> dict[str, Any]:
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
    entry = next((each for each in entries if each.payload.get("run") == run.id), None)
    held = (run.evidence, evidence.digest(stored), str(run.total))
    if entry and (entry.payload["evidence"], entry.payload["outcome"], entry.payload["total"]) != held:
        yield Problem(f"run {run.id}", "what its ledger entry holds", "another evidence, outcome or total", CHANGED)
    yield from _figures(run, document)


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


def _ordered(document: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored lines in plan order, as the evidence gives them."""
    order = [each["id"] for each in document["run"]["plan"]["components"]]
    rank = {name: at for at, name in enumerate(order)}
    told = [
        {**each, "lines": sorted(each["lines"], key=lambda line: (line["segment"], rank.get(line["component"], -1)))}
        for each in stored["payouts"]
    ]
    return {**stored, "payouts": told}


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
