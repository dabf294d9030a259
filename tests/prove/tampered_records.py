"""Tamperings of the record database, by someone who has the file: raw SQL, no triggers, no foreign keys, and the program's own hashes."""

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import rfc8785
from sqlalchemy import Boolean
from sqlmodel import SQLModel, select

from kpis.incentives import evidence, heads, ledger, parts
from kpis.records.session import session
from kpis.records.tables import LedgerRecord
from kpis.workflows import pay, verify
from kpis.workspace import open_workspace
from tests.kpis.small import NOW
from tests.prove.history import kept

MOMENT = re.compile(r"^(\d{4}-\d\d-\d\d).(\d\d:\d\d:\d\d\.\d{6})$")

Connection = sqlite3.Connection
NUMBERED = ("plan_step", "run_step", "run_decision", "adjustment")
UNVOUCHED: Mapping[str, str] = {
    "identity": "names, addresses and numbers can be erased; no figure and no payout is computed from them",
    **{f"{table}.id": "a number that the database gave; nothing refers to it" for table in NUMBERED},
}
TABLES = {
    table.name: tuple(each.name for each in table.columns if f"{table.name}.{each.name}" not in UNVOUCHED)
    for table in SQLModel.metadata.sorted_tables
    if table.name not in UNVOUCHED
}
KEYS = {
    table.name: [each.name for each in table.primary_key.columns if each.name in TABLES.get(table.name, ())]
    for table in SQLModel.metadata.sorted_tables
}
FLAGS = {
    (table.name, each.name)
    for table in SQLModel.metadata.sorted_tables
    for each in table.columns
    if isinstance(each.type, Boolean)
}
EMPTY = {
    (table.name, each.name) for table in SQLModel.metadata.sorted_tables for each in table.columns if each.nullable
}
VOUCHED = [name for name, columns in TABLES.items() if "entry" in columns]


class Records:
    """A company that decided everything that can be decided, its pristine database, and a head of its ledger kept elsewhere."""

    def __init__(self, folder: Path) -> None:
        kept(folder).engine.dispose()
        self.where = open_workspace(folder, NOW)
        self.file = folder / "records.db"
        self.pristine = sqlite3.connect(":memory:")
        with sqlite3.connect(self.file) as connection:
            connection.backup(self.pristine)
        self.head = heads.head_of(self.chain())

    def restore(self) -> None:
        """The database as it was."""
        with sqlite3.connect(self.file) as connection:
            self.pristine.backup(connection)

    def chain(self) -> list[ledger.Entry]:
        """The ledger as it stands."""
        with session(self.where.engine) as records:
            rows = records.exec(select(LedgerRecord)).all()
        return sorted(map(pay.entry_of, rows), key=lambda each: each.position)

    def found(self) -> bool:
        """Whether `verify`, against the head, finds anything wrong."""
        return bool(verify.payouts(self.where, rebuild=False, head=self.head).problems)

    def changed(self) -> bool:
        """Whether any table differs from what it was."""
        with sqlite3.connect(self.file) as connection:
            return any(_rows(connection, table) != _rows(self.pristine, table) for table in TABLES)


def tamper(draw: Random, records: Records) -> tuple[str, str]:
    """One random tampering; its name, and the table it was of where it was of one."""
    with sqlite3.connect(records.file) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        name = draw.choice(sorted(OPERATIONS))
        table = OPERATIONS[name](draw, connection)
    return name, table or ""


def _rows(connection: Connection, table: str) -> list[tuple[Any, ...]]:
    """The rows as they are read: whatever stands between day and time, the moment is the same."""
    names = ", ".join(map(_quoted, TABLES[table]))
    found = connection.execute(f"SELECT {names} FROM {table}").fetchall()
    return sorted((tuple(map(_read, row)) for row in found), key=repr)


def _read(value: Any) -> Any:
    return MOMENT.sub(r"\1 \2", value) if isinstance(value, str) else value


def _quoted(name: str) -> str:
    return f'"{name}"'


def _row(draw: Random, connection: Connection, table: str) -> tuple[int, dict[str, Any]]:
    names = TABLES[table]
    rows = connection.execute(f"SELECT rowid, {', '.join(map(_quoted, names))} FROM {table} ORDER BY rowid").fetchall()
    rowid, *values = draw.choice(rows)
    return rowid, dict(zip(names, values, strict=True))


def other(draw: Random, value: Any) -> Any:
    """Another value of the same kind, near by; something where there was nothing."""
    if isinstance(value, int):
        return value + draw.choice([-1, 1, 1, 100])
    if value is None:
        return draw.choice([1, 2])
    at = draw.randrange(len(value)) if value else 0
    letter = draw.choice([each for each in "0123456789abcdef" if each != value[at : at + 1]])
    return value[:at] + letter + value[at + 1 :]


def _else(draw: Random, table: str, name: str, value: Any) -> Any:
    """What a column might say instead; nothing, now and then, where it may."""
    if (table, name) in FLAGS:
        return not value
    if value is not None and (table, name) in EMPTY and draw.random() < 0.3:
        return None
    if value is None and name.endswith(("_at", "_from")):
        return "2026-11-22 10:00:00.000000" if name.endswith("_at") else "2026-11-22"
    return other(draw, value)


def a_cell(draw: Random, connection: Connection) -> str:
    """Any cell of any table."""
    table = draw.choice(sorted(TABLES))
    rowid, row = _row(draw, connection, table)
    name = draw.choice(TABLES[table])
    value = _else(draw, table, name, row[name])
    connection.execute(f"UPDATE OR REPLACE {table} SET {_quoted(name)} = ? WHERE rowid = ?", (value, rowid))
    return table


def one_cent(draw: Random, connection: Connection) -> None:
    """A cent more for one line, its payout and the run's total, so that all sums still hold."""
    _, row = _row(draw, connection, "payout_line")
    connection.execute(
        "UPDATE payout_line SET amount = amount + 1 WHERE run = ? AND person = ? AND component = ?",
        (row["run"], row["person"], row["component"]),
    )
    connection.execute(
        "UPDATE payout SET amount = amount + 1 WHERE run = ? AND person = ?", (row["run"], row["person"])
    )
    connection.execute("UPDATE run SET total = total + 1 WHERE id = ?", (row["run"],))


def two_people(draw: Random, connection: Connection) -> str:
    """Two people get each other's rows: in one run, or in all that was kept of them."""
    one, two = draw.choice(["p_0", "p_1", "p_2"]), draw.choice(["p_3", "p_4", "p_5"])
    tables = draw.choice([["payout_line", "payout"], ["paid_line"], ["letter"], ["payment"], ["run_opened"]])
    for table in tables:
        for old, new in ((one, "x"), (two, one), ("x", two)):
            connection.execute(f"UPDATE {table} SET person = ? WHERE person = ?", (new, old))
    return tables[0]


def a_row_less(draw: Random, connection: Connection) -> str:
    """Any row taken out."""
    table = draw.choice(sorted(TABLES))
    rowid, _ = _row(draw, connection, table)
    connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))
    return table


def a_row_more(draw: Random, connection: Connection) -> str:
    """Any row copied, under another key, held by its entry or by none."""
    table = draw.choice(sorted(TABLES))
    _, row = _row(draw, connection, table)
    for name in KEYS[table][-1:]:
        row[name] = (
            row[name] + 10 if isinstance(row[name], int) else f"{row[name][:-2]}{draw.randrange(100, 999)}"[-64:]
        )
    row |= {"digest": "f" * 64} if table == "ledger" else {"token": "another"} if table == "letter" else {}
    row |= {"entry": None} if (table, "entry") in EMPTY and draw.random() < 0.5 else {}
    columns = ", ".join(map(_quoted, row))
    connection.execute(
        f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})", [*row.values()]
    )
    return table


def the_tail(draw: Random, connection: Connection) -> None:
    """The last entries cut off, and with them, or not, what they stand for."""
    entries = connection.execute("SELECT sequence, payload FROM ledger ORDER BY sequence DESC").fetchall()
    thorough = draw.random() < 0.7
    for sequence, payload in entries[: draw.randrange(1, len(entries) + 1)]:
        connection.execute("DELETE FROM ledger WHERE sequence = ?", (sequence,))
        for table in VOUCHED if thorough else ():
            connection.execute(f"DELETE FROM {table} WHERE entry = ?", (sequence,))
        content = json.loads(payload)
        for table, key in (("payout_line", "run"), ("payout", "run"), ("run", "id")) if thorough else ():
            if content["kind"] == "run":
                connection.execute(f"DELETE FROM {table} WHERE {key} = ?", (content["run"],))


def the_payload(draw: Random, connection: Connection) -> None:
    """An entry's content changed, its hash made to fit, and, or not, all entries after it."""
    sequence = draw.choice(connection.execute("SELECT sequence FROM ledger").fetchall())[0]
    payload = json.loads(connection.execute("SELECT payload FROM ledger WHERE sequence = ?", (sequence,)).fetchone()[0])
    name = draw.choice(sorted(name for name, value in payload.items() if isinstance(value, str)))
    payload[name] = other(draw, payload[name])
    _rewrite(connection, sequence, payload, onwards=draw.random() < 0.7)


def decided_otherwise(draw: Random, connection: Connection) -> str:
    """A row changed, and its entry's hash and all entries after it made to fit: only the head can tell."""
    table = draw.choice(VOUCHED)
    rowid, row = _row(draw, connection, table)
    filled = [each for each in TABLES[table] if each != "entry" and row[each] is not None]
    name = draw.choice([each for each in filled if each not in KEYS[table]] or filled)
    value = _else(draw, table, name, row[name])
    connection.execute(f"UPDATE OR REPLACE {table} SET {_quoted(name)} = ? WHERE rowid = ?", (value, rowid))
    told = connection.execute("SELECT payload FROM ledger WHERE sequence = ?", (row["entry"],)).fetchone()[0]
    _rewrite(connection, row["entry"], json.loads(told) | {"rows": f"{draw.randrange(16**64):064x}"}, onwards=True)
    return table


def everything(draw: Random, connection: Connection) -> None:
    """A salary raised and the whole run computed anew, hashes, steps and chain and all: only the head can tell."""
    run, old = draw.choice(connection.execute("SELECT id, evidence FROM run").fetchall())
    text = connection.execute("SELECT document FROM evidence WHERE digest = ?", (old,)).fetchone()[0]
    document = json.loads(text)
    segment = draw.choice(document["run"]["participants"])["segments"][0]
    segment["annual"] = str(int(segment["annual"]) + draw.randrange(100_000, 1_000_000))
    again = evidence.read(document["run"])
    outcome, digest = evidence.outcome(again, evidence.recompute(document["run"])), evidence.digest(document)
    connection.execute("INSERT INTO evidence VALUES (?, ?)", (digest, rfc8785.dumps(document).decode()))
    connection.execute("UPDATE run SET evidence = ?, total = ? WHERE id = ?", (digest, outcome["total"], run))
    connection.execute("DELETE FROM evidence WHERE digest = ? AND digest NOT IN (SELECT evidence FROM run)", (old,))
    for each in outcome["payouts"]:
        held = (each["payout"], each["steps"], run, each["person"])
        connection.execute("UPDATE payout SET amount = ?, steps = ? WHERE run = ? AND person = ?", held)
        for line in each["lines"]:
            key = (line["amount"], run, each["person"], line["segment"], line["component"])
            sql = "UPDATE payout_line SET amount = ? WHERE run = ? AND person = ? AND segment = ? AND component = ?"
            connection.execute(sql, key)
    forged = {"evidence": digest, "outcome": evidence.digest(outcome), "total": str(outcome["total"])}
    for kind, more in (("run", forged), ("people", parts.vouched(run, document, outcome))):
        entries = [(at, json.loads(told)) for at, told in connection.execute("SELECT sequence, payload FROM ledger")]
        sequence, payload = next((at, told) for at, told in entries if (told["kind"], told.get("run")) == (kind, run))
        _rewrite(connection, sequence, payload | more, onwards=True)


def _rewrite(connection: Connection, first: int, payload: dict[str, Any], onwards: bool) -> None:
    """Entries hashed anew from one on."""
    rows = connection.execute(
        "SELECT sequence, previous, payload FROM ledger WHERE sequence >= ? ORDER BY 1", (first,)
    ).fetchall()
    previous = rows[0][1]
    for sequence, _, told in rows if onwards else rows[:1]:
        content = payload if sequence == first else json.loads(told)
        digest = ledger.digest(sequence, previous, content)
        held = (previous, digest, rfc8785.dumps(content).decode(), sequence)
        connection.execute("UPDATE ledger SET previous = ?, digest = ?, payload = ? WHERE sequence = ?", held)
        previous = digest


def stands_for(draw: Random, connection: Connection) -> None:
    """One run says of itself that it is another's: plan, version, period, moment, maker or currency."""
    rowid, row = _row(draw, connection, "run")
    name = draw.choice(["plan", "plan_version", "period", "made_at", "made_by", "currency"])
    value = {"made_at": "2026-01-02 03:04:05.000000"}.get(name) or other(draw, row[name])
    connection.execute(f"UPDATE run SET {name} = ? WHERE rowid = ?", (value, rowid))


OPERATIONS: dict[str, Callable[[Random, Connection], str | None]] = {
    "any cell": a_cell, "one cent, all sums kept": one_cent, "two people swapped": two_people, "a row taken out": a_row_less,
    "a row added": a_row_more, "the ledger's tail cut": the_tail, "a ledger entry rewritten": the_payload,
    "a run forged with all its hashes": everything, "what a run says of itself": stands_for,
    "a decision changed, its hashes made to fit": decided_otherwise,
}  # fmt: skip
