"""A digest of rows that depends on their content alone: not on their order, nor on the version of an engine."""

from collections.abc import Sequence

import duckdb

from data_contracts.casting import duck_type, quote
from data_contracts.contract import Column

TEXTS = {
    "number": "coalesce(CAST(CAST({0} AS DECIMAL(38, 9)) AS VARCHAR), '∅')",
    "timestamp": "coalesce(CAST(epoch_us({0}) AS VARCHAR), '∅')",
    "date": "coalesce(strftime({0}, '%Y-%m-%d'), '∅')",
}


def canonical(columns: Sequence[Column], alias: str = "") -> str:
    """SQL for the canonical text of a row: the columns by name, each as text, a null as ∅, divided by U+001F.

    Numbers have 9 decimals, timestamps are microseconds since 1970 in UTC, dates ISO 8601, booleans true or false.
    """
    ordered = sorted(columns, key=lambda column: column.name)
    parts = [
        TEXTS.get(column.kind, "coalesce(CAST({0} AS VARCHAR), '∅')").format(alias + quote(column.name))
        for column in ordered
    ]
    return f"concat_ws(chr(31), {', '.join(parts)})"


def padded(con: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[Column]) -> str:
    """The relation with empty columns for those that came after its files were written."""
    held = {str(name) for name, *_ in con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}
    later = "".join(f", CAST(NULL AS {duck_type(c)}) AS {quote(c.name)}" for c in columns if c.name not in held)
    return f"(SELECT *{later} FROM {relation})"


def digest_sql(columns: Sequence[Column], relation: str) -> str:
    """SQL for the digest of a relation, as text: the sum of the lower 64 bits of each row's MD5, and the number of rows."""
    return f"SELECT concat(coalesce(sum(CAST(md5_number_lower({canonical(columns)}) AS HUGEINT)), 0), '/', count(*)) FROM {relation}"
