"""Rows that the ledger vouches for: whatever is kept in one transaction gets one entry that holds the hash of its rows.

No writer has to think of it: a session does it before it commits. What was kept before there was such an entry is taken in with
the first one; from then on a row without an entry is one that somebody else put there.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any, ClassVar

import rfc8785
from sqlalchemy import event, inspect, text
from sqlmodel import Field, Session, SQLModel, col, select

from kpis.incentives import ledger
from kpis.records.moments import utc

KEPT, NOTED = "kept", "noted"


class Kept(SQLModel):
    """A row whose ledger entry is found when its transaction ends; `noted` are columns that are filled in later."""

    noted: ClassVar[tuple[str, ...]] = ()
    entry: int | None = Field(default=None, foreign_key="ledger.sequence", index=True)


def tables() -> list[type[Any]]:
    """Every table of such rows, by name."""
    found = [each for each in Kept.__subclasses__() if hasattr(each, "__table__")]
    return sorted(found, key=lambda each: str(each.__tablename__))


def plain(row: SQLModel) -> dict[str, Any]:
    """A row as it is hashed: its table and its values as text, without its entry.

    Of a `Kept` row what is empty or noted later is left out; of others, a number that the database gave.
    """
    content = {each.key: getattr(row, each.key) for each in inspect(type(row)).columns if each.key != "entry"}
    if isinstance(row, Kept):
        content = {name: each for name, each in content.items() if each is not None and name not in row.noted}
    elif not isinstance(content.get("id"), str):
        content.pop("id", None)
    return {"table": row.__tablename__, **{name: _text(value) for name, value in content.items()}}


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def digest(rows: Iterable[SQLModel]) -> str:
    """SHA-256 of the rows' content in canonical JSON, whatever their order."""
    told = sorted(rfc8785.dumps(plain(row)) for row in rows)
    return sha256(b"\n".join(told)).hexdigest()


def state(row: Kept) -> dict[str, str]:
    """What the ledger holds of columns that were filled in later: which row, by the hash of the rest of it, and the hash of them."""
    filled = {name: _text(getattr(row, name)) for name in row.noted if getattr(row, name)}
    return {"kind": NOTED, "row": digest([row]), "state": sha256(rfc8785.dumps(filled)).hexdigest()}


def watch(records: Session) -> tuple[list[Kept], list[Kept]]:
    """The rows that this session adds, and those it fills in later, as they are flushed."""
    added: list[Kept] = []
    filled: list[Kept] = []

    def seen(flushed: Session, *_rest: Any) -> None:
        """Remember what a flush writes."""
        added.extend(each for each in flushed.new if isinstance(each, Kept))
        filled.extend(each for each in flushed.dirty if isinstance(each, Kept) and flushed.is_modified(each))

    event.listen(records, "before_flush", seen)
    return added, filled


def vouch(records: Session, added: Sequence[Kept], filled: Sequence[Kept]) -> None:
    """Enter what was added and filled in; its rows are in the database already, and no other entry comes between."""
    records.flush()
    changed = [each for each in {id(each): each for each in filled}.values() if each.noted and each.entry is not None]
    if not added and not changed:
        return
    if records.get_bind().dialect.name == "postgresql":
        records.execute(text("LOCK TABLE ledger IN SHARE ROW EXCLUSIVE MODE"))
    rows = list(added) if _begun(records) else _older(records)
    if rows:
        names = sorted({str(each.__tablename__) for each in rows})
        at = append(records, newest(records), {"kind": KEPT, "tables": names, "rows": digest(rows)})
        for each in rows:
            each.entry = at
    for each in changed:
        append(records, newest(records), state(each))
    records.flush()


def _begun(records: Session) -> bool:
    """Whether the ledger holds such an entry already."""
    held = col(_ledger().payload).contains(f'"kind":"{KEPT}"')
    return (
        records.exec(select(_ledger().sequence).where(held).order_by(_ledger().sequence).limit(1)).first() is not None
    )


def _older(records: Session) -> list[Kept]:
    """Every row without an entry: those of this transaction, and those from before there were entries."""
    return [row for table in tables() for row in records.exec(select(table).where(col(table.entry).is_(None))).all()]


def _ledger() -> type[Any]:
    from kpis.records.tables import LedgerRecord  # late: the tables are made of Kept

    return LedgerRecord


def newest(records: Session) -> ledger.Entry | None:
    """The last entry of the ledger."""
    last = records.exec(select(_ledger()).order_by(col(_ledger().sequence).desc()).limit(1)).first()
    return entry_of(last) if last else None


def entry_of(row: Any) -> ledger.Entry:
    """A ledger row as the entry it holds."""
    return ledger.Entry(row.sequence, row.previous, json.loads(row.payload), row.digest)


def append(records: Session, last: ledger.Entry | None, payload: dict[str, Any]) -> int:
    """Add the entry after `last`; returns its number."""
    entry = ledger.entry(last, payload)
    told = rfc8785.dumps(dict(entry.payload)).decode()
    records.add(_ledger()(sequence=entry.position, previous=entry.previous, digest=entry.hash, payload=told))
    records.flush()
    return entry.position
