"""Acts: what somebody decides is one transaction with one ledger entry, under a one-time token.

The ledger is the lock. An act reads the newest entry first, then everything it decides on, and adds the entry after it;
of two that raced, the second finds its place taken, and decides again on what is true by then.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel, col, select

from data_contracts.problems import Problem, Problems
from kpis.incentives import heads, ledger
from kpis.records import vouching
from kpis.records.runs import HELD_BY_THE_LEDGER, Act, KeptHead
from kpis.records.session import session
from kpis.records.tables import LedgerRecord, utc
from kpis.records.vouching import digest as digest
from kpis.records.vouching import entry_of as entry_of
from kpis.records.vouching import newest as newest
from kpis.records.vouching import plain as plain
from kpis.workflows import concerned
from kpis.workspace import Workspace

TRIES = 20
CHANGED = "Rows were changed, taken out, added or moved after they were decided."
NOTHING_NOTED = sha256(b"{}").hexdigest()
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
    payload = {"kind": kind, "subject": subject, "by": by, "at": utc(now).isoformat(), "token": _token(token), **more}
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
    """Add the entry after `last` and the rows it holds by their hash; returns its number.

    An act on a run is followed by the hash of what it says to everybody whom it concerns.
    """
    at = vouching.append(records, last, {**payload, "rows": digest(rows)})
    for row in rows:
        row.entry = at
        records.add(row)
    records.flush()
    if "run" in payload and rows:
        concerned.enter(records, at, str(payload["run"]), rows)
    return at


def entries(workspace: Workspace) -> list[ledger.Entry]:
    """The whole chain, oldest first."""
    with session(workspace.engine) as records:
        return [entry_of(row) for row in records.exec(select(LedgerRecord).order_by(col(LedgerRecord.sequence))).all()]


def head(workspace: Workspace) -> heads.Head:
    """The head of the chain, to be printed on approvals and statements, exported, or signed."""
    with session(workspace.engine) as records:
        last = newest(records)
    return heads.head_of([last] if last else [])


def changed_rows(records: Session, chain: Sequence[ledger.Entry]) -> list[Problem]:
    """Every entry whose rows are not those it holds the hash of: a row was changed, taken out, added or moved."""
    found: dict[int | None, list[Any]] = {}
    for table in (*HELD_BY_THE_LEDGER, *vouching.tables()):
        for row in records.exec(select(table)).all():
            found.setdefault(row.entry, []).append(row)
    none = digest(())
    wrong = [
        Problem(f"ledger, entry {each.position}, its rows", f"{str(held)[:12]}…", f"{now[:12]}…", CHANGED)
        for each in chain
        if (now := digest(found.get(each.position, ()))) != (held := each.payload.get("rows", none))
    ]
    return [
        *wrong,
        *_unheld(found, chain),
        *_noted(found, chain),
        *_acts(records, chain),
        *_given(records, chain),
        *concerned.changed(found, chain),
    ]


def _unheld(found: Mapping[int | None, Rows], chain: Sequence[ledger.Entry]) -> list[Problem]:
    """Rows that no entry holds, though the ledger has held every row since there was one that did."""
    known = {each.position for each in chain}
    begun = any(each.payload.get("kind") == vouching.KEPT for each in chain)
    stray = Counter(
        str(row.__tablename__)
        for at, rows in found.items()
        for row in rows
        if (at is None and begun) or (at is not None and at not in known)
    )
    return [Problem(f"table {name}", "rows that the ledger holds", f"{n} more", CHANGED) for name, n in stray.items()]


def _noted(found: Mapping[int | None, Rows], chain: Sequence[ledger.Entry]) -> list[Problem]:
    """Rows whose later columns (a letter opened, acknowledged) are not what the newest entry on them says."""
    held = {
        each.payload.get("row"): each.payload.get("state")
        for each in chain
        if each.payload.get("kind") == vouching.NOTED
    }
    states = [
        vouching.state(row)
        for at, rows in found.items()
        if at is not None
        for row in rows
        if isinstance(row, vouching.Kept) and row.noted
    ]
    wrong = sum(held.get(each["row"], NOTHING_NOTED) != each["state"] for each in states)
    return (
        [Problem("letters", "opened and acknowledged as the ledger holds it", f"{wrong} not", CHANGED)] if wrong else []
    )


def _acts(records: Session, chain: Sequence[ledger.Entry]) -> list[Problem]:
    """Acts that are not those of their entries, and entries whose act is gone."""
    acts = {each.entry: each for each in records.exec(select(Act)).all()}
    wrong = set(acts) - {each.position for each in chain}
    for each in chain:
        act, told = acts.get(each.position), each.payload
        if "token" in told and (act is None or _token(act.token) != told["token"]):
            wrong.add(each.position)
        if act and (act.kind, act.subject) != (told.get("kind"), told.get("subject")):
            wrong.add(each.position)
    return [
        Problem(f"act of ledger entry {at}", "the act it holds", "another, or none", CHANGED) for at in sorted(wrong)
    ]


def _given(records: Session, chain: Sequence[ledger.Entry]) -> list[Problem]:
    """Heads that were given out and are not, or no more, those of the chain."""
    hashes = {each.position: each.hash for each in chain} | {0: ledger.START}
    return [
        Problem(f"head {each.sequence} given to {each.place}", f"{each.digest[:12]}…", "another hash there", CHANGED)
        for each in records.exec(select(KeptHead)).all()
        if hashes.get(each.sequence) != each.digest
    ]


def _token(token: str) -> str:
    """The hash of a token: what the ledger says of it."""
    return sha256(token.encode()).hexdigest()
