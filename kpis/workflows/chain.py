"""Acts: what somebody decides is one transaction with one ledger entry, under a one-time token.

The ledger is the lock. An act reads the newest entry first, then everything it decides on, and adds the entry after it;
of two that raced, the second finds its place taken, and decides again on what is true by then.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, TypeVar

import rfc8785
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel, col, select

from data_contracts.problems import Problem, Problems
from kpis.incentives import heads, ledger
from kpis.records.runs import HELD_BY_THE_LEDGER, Act
from kpis.records.session import session
from kpis.records.tables import LedgerRecord, utc
from kpis.workspace import Workspace

TRIES = 20
Rows = Sequence[SQLModel]
Kept = TypeVar("Kept")
Decide = Callable[[Session], tuple[Rows, Mapping[str, Any]]]


@dataclass(frozen=True)
class Done:
    """An act that is kept: the number of its ledger entry, what it was about, and whether it had been done before."""

    entry: int
    subject: str
    again: bool = False


def act(workspace: Workspace, token: str, kind: str, subject: str, by: str, now: datetime, decide: Decide) -> Done:
    """Decide and keep it, whole or not at all; the same token again changes nothing.

    `decide` reads and checks in the transaction and returns the rows to add (their `entry` is set here) and what the
    entry says beside who, when and the rows' hash. Raises Problems as it does, and for a token of another act.
    """
    return retried(workspace, lambda records: _once(records, token, kind, subject, by, now, decide))


def retried(workspace: Workspace, once: Callable[[Session], Kept]) -> Kept:
    """One transaction, again from its beginning where another one was first; raises what the last try raised."""
    for left in reversed(range(TRIES)):
        try:
            with session(workspace.engine) as records:
                return once(records)
        except DBAPIError:
            if not left:
                raise
    raise AssertionError("the last try returns or raises")


def _once(records: Session, token: str, kind: str, subject: str, by: str, now: datetime, decide: Decide) -> Done:
    last = newest(records)
    known = records.get(Act, token)
    if known:
        return _again(known, kind, subject)
    try:
        rows, more = decide(records)
    except Problems:
        known = records.get(Act, token)  # the same click, a moment earlier, from another process
        if known is None:
            raise
        return _again(known, kind, subject)
    payload = {"kind": kind, "subject": subject, "by": by, "at": utc(now).isoformat(), **more}
    sequence = append(records, last, payload, rows)
    records.add(Act(token=token, entry=sequence, kind=kind, subject=subject))
    records.flush()
    return Done(sequence, subject)


def _again(known: Act, kind: str, subject: str) -> Done:
    """What was done under the token before; raises Problems where it was something else."""
    if (known.kind, known.subject) != (kind, subject):
        step = "Open the page again and decide there."
        raise Problems([Problem("token", f"one of {kind} {subject}", f"one of {known.kind} {known.subject}", step)])
    return Done(known.entry, subject, again=True)


def append(records: Session, last: ledger.Entry | None, payload: Mapping[str, Any], rows: Rows) -> int:
    """Add the entry after `last` and the rows it holds by their hash; returns its number."""
    entry = ledger.entry(last, {**payload, "rows": digest(rows)})
    text = rfc8785.dumps(dict(entry.payload)).decode()
    records.add(LedgerRecord(sequence=entry.position, previous=entry.previous, digest=entry.hash, payload=text))
    records.flush()
    for row in rows:
        row.entry = entry.position
        records.add(row)
    records.flush()
    return entry.position


def newest(records: Session) -> ledger.Entry | None:
    """The last entry of the ledger."""
    last = records.exec(select(LedgerRecord).order_by(col(LedgerRecord.sequence).desc())).first()
    return entry_of(last) if last else None


def entry_of(row: LedgerRecord) -> ledger.Entry:
    """A ledger row as the entry it holds."""
    return ledger.Entry(row.sequence, row.previous, json.loads(row.payload), row.digest)


def entries(workspace: Workspace) -> list[ledger.Entry]:
    """The whole chain, oldest first."""
    with session(workspace.engine) as records:
        return [entry_of(row) for row in records.exec(select(LedgerRecord).order_by(col(LedgerRecord.sequence))).all()]


def head(workspace: Workspace) -> heads.Head:
    """The head of the chain, to be printed on approvals and statements, exported, or signed."""
    with session(workspace.engine) as records:
        last = newest(records)
    return heads.head_of([last] if last else [])


def digest(rows: Iterable[SQLModel]) -> str:
    """SHA-256 of the rows' content in canonical JSON, whatever their order; numbers the database gave are left out."""
    told = sorted(rfc8785.dumps(plain(row)) for row in rows)
    return sha256(b"\n".join(told)).hexdigest()


def plain(row: SQLModel) -> dict[str, Any]:
    """A row as it is hashed: its table and its values as text, without its entry and the numbers the database gave."""
    content = {each.key: getattr(row, each.key) for each in inspect(type(row)).columns if each.key != "entry"}
    if not isinstance(content.get("id"), str):  # a number that the database gives
        content.pop("id", None)
    return {"table": row.__tablename__, **{name: _text(value) for name, value in content.items()}}


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def changed_rows(records: Session, chain: Sequence[ledger.Entry]) -> list[Problem]:
    """Every entry whose rows are not those it holds the hash of: a row was changed, taken out, added or moved."""
    found: dict[int, list[SQLModel]] = {}
    for table in HELD_BY_THE_LEDGER:
        for row in records.exec(select(table)).all():
            found.setdefault(row.entry, []).append(row)
    none = digest(())
    step = "Rows were changed, taken out, added or moved after they were decided."
    return [
        Problem(f"ledger, entry {each.position}, its rows", f"{str(held)[:12]}…", f"{now[:12]}…", step)
        for each in chain
        if (now := digest(found.get(each.position, ()))) != (held := each.payload.get("rows", none))
    ]
