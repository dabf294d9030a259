"""Tamperings of the record database, by someone who has the file: raw SQL, no triggers, no foreign keys, and the program's own hashes."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import rfc8785
from sqlmodel import select

from kpis.incentives import evidence, heads, ledger, parts
from kpis.records.session import session
from kpis.records.tables import LedgerRecord
from kpis.workflows import pay, plans, verify
from kpis.workspace import Workspace, open_snapshot
from tests.kpis.small import NOW, PLAN, company

COLUMNS = {
    "run": ("id", "plan", "plan_version", "period", "evidence", "made_at", "made_by", "currency", "total"),
    "payout": ("run", "person", "amount", "steps"),
    "payout_line": ("run", "person", "segment", "component", "amount"),
    "evidence": ("digest", "document"),
    "ledger": ("sequence", "previous", "digest", "payload"),
}
Connection = sqlite3.Connection
OTHERS = ("second", "third")


class Records:
    """A company with three runs, its pristine database, and the head of its ledger, kept elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.where: Workspace = company(folder)
        snapshot = open_snapshot(self.where)
        for name in OTHERS:
            plans.import_plan(snapshot, PLAN.replace("id: service", f"id: {name}").replace("150]]", "140]]"), NOW)
        for name in ("service", *OTHERS):
            pay.run(open_snapshot(self.where), name, "2026-Q3", "HR", NOW)
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
            return any(_rows(connection, table) != _rows(self.pristine, table) for table in COLUMNS)


def tamper(draw: Random, records: Records) -> str:
    """One random tampering; its name."""
    with sqlite3.connect(records.file) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        name = draw.choice(sorted(OPERATIONS))
        OPERATIONS[name](draw, connection)
    return name


def _rows(connection: Connection, table: str) -> list[Any]:
    """The values of a table; what stands between day and time of a moment is no part of it."""
    names = ", ".join(COLUMNS[table]).replace("made_at", "substr(made_at, 1, 10), substr(made_at, 12)")
    return sorted(connection.execute(f"SELECT {names} FROM {table}").fetchall(), key=repr)


def _row(draw: Random, connection: Connection, table: str) -> tuple[int, dict[str, Any]]:
    names = COLUMNS[table]
    rows = connection.execute(f"SELECT rowid, {', '.join(names)} FROM {table}").fetchall()
    rowid, *values = draw.choice(rows)
    return rowid, dict(zip(names, values, strict=True))


def other(draw: Random, value: Any) -> Any:
    """Another value of the same kind, near by."""
    if isinstance(value, int):
        return value + draw.choice([-1, 1, 1, 100])
    at = draw.randrange(len(value)) if value else 0
    letter = draw.choice([each for each in "0123456789abcdef" if each != value[at : at + 1]])
    return value[:at] + letter + value[at + 1 :]


def a_cell(draw: Random, connection: Connection) -> None:
    """Any cell of any table."""
    table = draw.choice(sorted(COLUMNS))
    rowid, row = _row(draw, connection, table)
    name = draw.choice(COLUMNS[table])
    connection.execute(f"UPDATE OR REPLACE {table} SET {name} = ? WHERE rowid = ?", (other(draw, row[name]), rowid))


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


def two_people(draw: Random, connection: Connection) -> None:
    """Two people of one run get each other's payout."""
    run = draw.choice(connection.execute("SELECT id FROM run").fetchall())[0]
    one, two = draw.choice(["p_0", "p_1", "p_2"]), draw.choice(["p_3", "p_4", "p_5"])
    for table in ("payout_line", "payout"):
        for old, new in ((one, "x"), (two, one), ("x", two)):
            connection.execute(f"UPDATE {table} SET person = ? WHERE run = ? AND person = ?", (new, run, old))


def a_row_less(draw: Random, connection: Connection) -> None:
    """Any row taken out."""
    table = draw.choice(sorted(COLUMNS))
    rowid, _ = _row(draw, connection, table)
    connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))


def a_row_more(draw: Random, connection: Connection) -> None:
    """Any row copied, under another key."""
    table = draw.choice(sorted(COLUMNS))
    _, row = _row(draw, connection, table)
    key = {"run": "id", "payout": "person", "payout_line": "component", "evidence": "digest", "ledger": "sequence"}[
        table
    ]
    row[key] = row[key] + 10 if isinstance(row[key], int) else f"{row[key][:-2]}{draw.randrange(100, 999)}"[-64:]
    row |= {"digest": "f" * 64} if table == "ledger" else {}
    columns = ", ".join(row)
    connection.execute(
        f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})", [*row.values()]
    )


def the_tail(draw: Random, connection: Connection) -> None:
    """The last entries cut off, and with them, or not, what they stand for."""
    entries = connection.execute("SELECT sequence, payload FROM ledger ORDER BY sequence DESC").fetchall()
    thorough = draw.random() < 0.7
    for sequence, payload in entries[: draw.randrange(1, len(entries) + 1)]:
        connection.execute("DELETE FROM ledger WHERE sequence = ?", (sequence,))
        for table, key in (("payout_line", "run"), ("payout", "run"), ("run", "id")) if thorough else ():
            connection.execute(f"DELETE FROM {table} WHERE {key} = ?", (json.loads(payload)["run"],))


def the_payload(draw: Random, connection: Connection) -> None:
    """An entry's content changed, its hash made to fit, and, or not, all entries after it."""
    sequence = draw.choice(connection.execute("SELECT sequence FROM ledger").fetchall())[0]
    payload = json.loads(connection.execute("SELECT payload FROM ledger WHERE sequence = ?", (sequence,)).fetchone()[0])
    name = draw.choice(sorted(payload))
    payload[name] = other(draw, payload[name])
    _rewrite(connection, sequence, payload, onwards=draw.random() < 0.7)


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


OPERATIONS: dict[str, Callable[[Random, Connection], None]] = {
    "any cell": a_cell, "one cent, all sums kept": one_cent, "two people swapped": two_people, "a row taken out": a_row_less,
    "a row added": a_row_more, "the ledger's tail cut": the_tail, "a ledger entry rewritten": the_payload,
    "a run forged with all its hashes": everything, "what a run says of itself": stands_for,
}  # fmt: skip
