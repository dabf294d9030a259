"""Rows met twice: identical repeats are counted, the same key with other content is nobody's to choose."""

from collections.abc import Sequence

import duckdb

from data_contracts.casting import quote
from data_contracts.contract import Column, Contract
from data_contracts.digest import canonical, padded

TWICE = "met in this delivery with other content"
IN_LAKE = "already admitted with other content"


def find_repeats(con: duckdb.DuckDBPyConnection, contract: Contract, lake_relation: str | None) -> None:
    """Make `repeats`, `conflicts` and `replaced` (each _row) of `typed`, and the view `batch`, which marks rows `apart` and `again`.

    `lake_relation` is what the dataset holds now, for append and upsert; None where nothing has to be compared.
    A row equal to an earlier one, or to one of the lake, is a repeat. Same key and other content is a conflict, but
    where an upsert meets the lake: there it replaces.
    """
    for table in ("repeats", "conflicts", "replaced"):
        con.execute(f"CREATE TABLE {table} (_row BIGINT)")
    _within(con, contract)
    for column in contract.columns:
        if column.unique and contract.key != (column.name,):
            name = quote(column.name)
            con.execute(
                f"INSERT INTO conflicts SELECT _row FROM typed WHERE {name} IN (SELECT {name} FROM typed GROUP BY ALL HAVING count(*) > 1)"
            )
    if lake_relation:
        _against(con, contract, lake_relation)
    flags = {"apart": ("conflicts", "NOT EXISTS", "true"), "again": ("repeats", "EXISTS", "false")}
    columns = [
        f'{test} (FROM {table} WHERE {table}._row = typed._row) AS "{name}"'
        if _any(con, table)
        else f'{usual} AS "{name}"'
        for name, (table, test, usual) in flags.items()
    ]
    con.execute(f"CREATE VIEW batch AS SELECT typed.*, {', '.join(columns)} FROM typed")


def _key(contract: Contract, alias: str = "") -> str:
    return ", ".join(f"{alias}{quote(name)}" for name in contract.key)


def _present(contract: Contract) -> str:
    """Rows whose required key columns are there; the others are quarantined for that already."""
    needed = [f"{quote(name)} IS NOT NULL" for name in contract.key if contract.column(name).required]
    return " AND ".join(needed) or "true"


def _within(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Only rows whose key's hash is met twice are looked at closely, so that the usual delivery pays one grouping."""
    hashed = f"hash({_key(contract)})"
    con.execute(
        f"CREATE TABLE twice AS SELECT {hashed} AS h FROM typed WHERE {_present(contract)} GROUP BY 1 HAVING count(*) > 1"
    )
    if not _any(con, "twice"):
        return
    content = f"md5({canonical(contract.columns, 'typed.')} || {_unread(contract)})"
    con.execute(
        f"CREATE TABLE met AS SELECT typed._row, {_key(contract, 'typed.')}, {content} AS content FROM typed "
        f"WHERE hash({_key(contract, 'typed.')}) IN (SELECT h FROM twice) AND "
        + " AND ".join(f"typed.{quote(name)} IS NOT NULL" for name in contract.key if contract.column(name).required)
    )
    con.execute(
        f"INSERT INTO repeats SELECT _row FROM met QUALIFY row_number() OVER (PARTITION BY {_key(contract)}, content ORDER BY _row) > 1"
    )
    same = " AND ".join(f"met.{quote(name)} IS NOT DISTINCT FROM several.{quote(name)}" for name in contract.key)
    con.execute(
        f"INSERT INTO conflicts SELECT met._row FROM met JOIN "
        f"(SELECT {_key(contract)} FROM met GROUP BY ALL HAVING count(DISTINCT content) > 1) AS several ON {same} "
        "WHERE met._row NOT IN (SELECT _row FROM repeats)"
    )
    con.execute("DROP TABLE met")


def _unread(contract: Contract) -> str:
    """The delivered text of values that could not be read: two different ones are not the same content."""
    parts = [f"CASE WHEN typed.{quote(c.name)} IS NULL THEN typed.{quote('t:' + c.name)} END" for c in contract.columns]
    return f"concat_ws('|', {', '.join(parts)})"


def _against(con: duckdb.DuckDBPyConnection, contract: Contract, lake_relation: str) -> None:
    same = " AND ".join(_equal(contract.column(name)) for name in contract.key)
    columns: Sequence[Column] = contract.lake_columns
    con.execute(
        f"CREATE TABLE held AS SELECT typed._row, {canonical(columns, 'typed.')} = {canonical(columns, 'held.')} AS same "
        f"FROM typed JOIN {padded(con, lake_relation, columns)} AS held ON {same} WHERE typed._row NOT IN (SELECT _row FROM repeats)"
    )
    con.execute(
        "INSERT INTO repeats SELECT DISTINCT _row FROM held WHERE same AND _row NOT IN (SELECT _row FROM conflicts)"
    )
    other = "conflicts" if contract.mode == "append" else "replaced"
    con.execute(
        f"INSERT INTO {other} SELECT DISTINCT _row FROM held WHERE NOT same AND _row NOT IN (SELECT _row FROM repeats)"
    )


def _equal(column: Column) -> str:
    name = quote(column.name)
    return f"typed.{name} = held.{name}" if column.required else f"typed.{name} IS NOT DISTINCT FROM held.{name}"


def _any(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    return con.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall() != []
