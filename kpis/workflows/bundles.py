"""A run, handed out: its records as a bundle on disk, a folder or a zip."""

import json
import zipfile
from importlib.resources import files as resources
from pathlib import Path

from sqlmodel import col, select

from data_contracts.problems import Problem, Problems
from kpis.incentives import bundle
from kpis.records.session import session
from kpis.records.tables import Evidence, LedgerRecord, LineRecord, PayoutRecord
from kpis.workflows import pay, verify, vouched
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
        found = records.get(Evidence, record.evidence)
        rows = records.exec(select(LedgerRecord).order_by(col(LedgerRecord.sequence))).all()
        payouts = records.exec(select(PayoutRecord).where(PayoutRecord.run == run_id)).all()
        lines = records.exec(select(LineRecord).where(LineRecord.run == run_id)).all()
    document = json.loads(found.document) if found else {}
    if person and person not in {each.person for each in payouts}:
        step = "Look at the run's blocked payouts."
        raise Problems([Problem(f"run {run_id}", "a person it paid", repr(person), step)])
    told = vouched.in_order(document, verify.stored_outcome(record, list(payouts), list(lines)))
    return bundle.files(run_id, document, told, [pay.entry_of(row) for row in rows], checker(), person)


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
