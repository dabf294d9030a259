"""Staging: what a row's checks say survives being packed, and moments are read in every way ISO 8601 is usually written."""

from datetime import UTC, datetime

import duckdb
import pytest

from data_contracts.casting import value_sql
from data_contracts.contract import Column, Contract
from data_contracts.staging import WORD, staging, tidy, weigh

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).replace(tzinfo=None)


def contract(*columns: Column, zone: str = "UTC") -> Contract:
    """A contract of these columns alone."""
    return Contract("rows", "Rows", "1", "append", columns, (columns[0].name,), timezone=zone)


def test_more_checks_than_a_number_has_bits_are_told_apart() -> None:
    """Row n fails check n alone; the last row has no answer to any."""
    names = [f"blank:c{place}" for place in range(2 * WORD + 5)]
    columns = ", ".join(
        f'CASE WHEN n < {len(names)} THEN n <> {place} END AS "{name}"' for place, name in enumerate(names)
    )
    with staging() as (con, _):
        con.execute(
            f"CREATE VIEW batch AS SELECT n AS _row, false AS _normalised, n = 3 AS again, 'x' AS score, {columns} "
            f"FROM range({len(names) + 1}) AS rows(n)"
        )
        weigh(con, [*names, "score"])
        for place, name in enumerate(names):
            assert con.execute(f'SELECT _row FROM checked WHERE NOT "{name}"').fetchall() == [(place,)]
        marked = con.execute("SELECT _row, score FROM checked WHERE again OR _normalised").fetchall()
    assert marked == [(3, "x")]


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2026-03-01T12:00:00Z", "UTC"), ("2026-03-01 12:00:00Z", "UTC"), ("2026-03-01T12:00:0 Z", "UTC"),
        ("2026-03-01T12:00:00", "UTC"), ("2026-03-01 13:00:00", "Europe/Amsterdam"), ("2026-03-01T12:00:00.000Z", "UTC"),
        ("2026-03-01T14:00:00+02:00", "UTC"), ("2026-03-01T12:00:00Z", "Europe/Amsterdam"), ("2026-03-01 12:00", "UTC"),
    ],
)  # fmt: skip
def test_a_moment_is_the_same_however_it_is_written(text: str, zone: str) -> None:
    column = Column("at", "timestamp")
    query = f'SELECT {value_sql(column, contract(column, zone=zone))} FROM (SELECT ? AS "t:at")'
    assert duckdb.connect().execute(query, [text]).fetchall() == [(NOON,)]


@pytest.mark.parametrize(
    "text", ["2026-02-30T12:00:00Z", "2026-03-01X12:00:00Z", "01/03/2026 12:00:00", "2026-03-01TT12:00:0"]
)
def test_a_moment_that_does_not_fit_is_no_value(text: str) -> None:
    column = Column("at", "timestamp")
    query = f'SELECT {value_sql(column, contract(column))} FROM (SELECT ? AS "t:at")'
    assert duckdb.connect().execute(query, [text]).fetchall() == [(None,)]


@pytest.mark.parametrize("blank", [" ", "\t", "\r", "\n", "\r\n", "\u00a0", "\ufeff"])
def test_a_blank_at_either_end_is_taken_away_and_counted(blank: str) -> None:
    with staging() as (con, _):
        con.execute(
            "CREATE TABLE delivered AS SELECT unnest(?) AS name", [["kept", f"end{blank}", f"{blank}start", blank, ""]]
        )
        tidy(con, contract(Column("name", "string")))
        found = con.execute('SELECT "t:name", _normalised FROM clean ORDER BY _row').fetchall()
    assert found == [("kept", False), ("end", True), ("start", True), (None, True), (None, False)]
