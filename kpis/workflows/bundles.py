"""A run, handed out: its records as a bundle on disk, a folder or a zip."""

import json
import zipfile
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import rfc8785
from sqlmodel import Session, col, select

from data_contracts.problems import Problem, Problems, raise_if
from kpis.incentives import bundle, ledger, parts
from kpis.incentives.ledger import Entry
from kpis.records.runs import HELD_BY_THE_LEDGER, ClawbackDecision, ClawbackSetOff
from kpis.records.session import session
from kpis.records.tables import Evidence, LedgerRecord, LineRecord, PayoutRecord, Run
from kpis.workflows import chain, concerned, pay, verify, vouched
from kpis.workspace import Workspace

CHECKER = "checker.py"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # a zip holds moments, and the same run gives the same bytes


def checker() -> str:
    """The text of the stand-alone checker."""
    return resources("kpis.incentives").joinpath(CHECKER).read_text("utf-8")


def files(workspace: Workspace, run_id: str, person: str = "") -> dict[str, bytes]:
    """The files of a run's bundle as the records hold it now, or of one person's part.

    Raises Problems for an unknown run or a person it did not pay.
    """
    record = pay.one(workspace, run_id)
    with session(workspace.engine) as records:
        rows = records.exec(select(LedgerRecord).order_by(col(LedgerRecord.sequence))).all()
        entries = [chain.entry_of(row) for row in rows]
        document, told = _content(records, record)
        decided = _decided(records, entries, record)
    if person and person not in {each["person"] for each in told["payouts"]}:
        step = "Look at the run's blocked payouts."
        raise Problems([Problem(f"run {run_id}", "a person it paid", repr(person), step)])
    return bundle.files(run_id, document, told, entries, checker(), decided, person)


def _decided(records: Session, chained: Sequence[Entry], run: Run) -> list[dict[str, Any]]:
    """The rows that the ledger holds of this plan and period: steps, exceptions, decisions, disputes, adjustments, payments.

    Claims of clawback on another run are among them where this one sets them off.
    """
    runs = set(records.exec(select(Run.id).where(Run.plan == run.plan, Run.period == run.period)).all())
    entries = {each.position for each in chained if each.payload.get("run") in runs}
    claims = set(records.exec(select(ClawbackSetOff.clawback).where(col(ClawbackSetOff.run).in_(runs))).all())
    ends = select(ClawbackDecision.entry).where(col(ClawbackDecision.clawback).in_(claims))
    entries |= claims | set(records.exec(ends).all())
    told = [
        {"entry": row.entry, "row": chain.plain(row)}
        for table in HELD_BY_THE_LEDGER
        for row in records.exec(select(table).where(col(table.entry).in_(entries))).all()
    ]
    return sorted(told, key=lambda each: (each["entry"], rfc8785.dumps(each["row"])))


def vouch(workspace: Workspace, run_id: str, now: datetime) -> None:
    """Enter the hashes of everybody's part of a run, and of what followed it, that were kept before the ledger held any,
    or as an earlier version held them, which somebody who sees but a part cannot follow.

    Raises Problems for a run that does not hold. Heads kept before do not vouch for the entries.
    """

    def once(records: Session) -> None:
        last, run = chain.newest(records), pay.one(workspace, run_id)
        chained = [chain.entry_of(row) for row in records.exec(select(LedgerRecord)).all()]
        since = ledger.begun(chained)
        if not any(parts.vouches(each, run_id) for each in chained if each.position > since):
            raise_if(verify.run_in(records, run))
            document, told = _content(records, run)
            chain.append(records, last, {**parts.vouched(run_id, document, told), "at": now.isoformat()}, ())
        concerned.catch_up(records, chained, _decided(records, chained, run), since)

    chain.retried(workspace, once)


def _content(records: Session, run: Run) -> tuple[dict[str, Any], dict[str, Any]]:
    """The evidence and the outcome of a run as the records hold them."""
    found = records.get(Evidence, run.evidence)
    payouts = records.exec(select(PayoutRecord).where(PayoutRecord.run == run.id)).all()
    lines = records.exec(select(LineRecord).where(LineRecord.run == run.id)).all()
    document = json.loads(found.document) if found else {}
    return document, vouched.in_order(document, verify.stored_outcome(run, list(payouts), list(lines)))


def export(workspace: Workspace, run_id: str, to: Path, person: str = "") -> list[str]:
    """Write a run's bundle into a new or empty folder, or a new .zip; the names of its files.

    Raises Problems where something lies there already, for an unknown run and for a person it did not pay.
    """
    if to.exists() and not (to.is_dir() and not any(to.iterdir()) and to.suffix != ".zip"):
        step = "Name another; nothing is overwritten."
        raise Problems([Problem("--to", "a new or empty folder, or a new .zip", str(to), step)])
    made = files(workspace, run_id, person)
    if to.suffix == ".zip":
        _zip(to, made)
    else:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in made.items():
            (to / name).write_bytes(text)
    return sorted(made)


def _zip(to: Path, made: dict[str, bytes]) -> None:
    with zipfile.ZipFile(to, "x", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(made):
            packed.writestr(zipfile.ZipInfo(name, LONG_AGO), made[name], zipfile.ZIP_DEFLATED)
    to.chmod(0o600)
