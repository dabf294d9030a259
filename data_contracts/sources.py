"""The delivery and what it refers to are read into staging; somebody else's columns become the contract's."""

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from data_contracts.casting import quote
from data_contracts.contract import Contract
from data_contracts.delivery import Delivery
from data_contracts.lake import Lake, files_of, read_files
from data_contracts.layouts import MAIN, Layout
from data_contracts.mapping import mapping_sql, repeated_sql
from data_contracts.problems import Problem, Problems, raise_if, resembles
from data_contracts.staging import load, put

EMPLOYMENT = "employment"


def load_sources(
    con: duckdb.DuckDBPyConnection, contract: Contract, layout: Layout | None, sources: Mapping[str, Delivery]
) -> tuple[str, ...]:
    """Read every file as text: into `delivered` by the contract's columns, or into `raw_<source>` for a layout to map.

    Returns notes on what was normalised or dropped. Raises Problems.
    """
    notes = tuple(
        f"{delivery.name}: {what} normalised" for delivery in sources.values() for what in delivery.normalised
    )
    if layout:
        for name, delivery in sources.items():
            load(con, delivery, f"raw {name}", contract.delimiter, {column: column for column in delivery.columns})
            con.execute(f"CREATE VIEW raw_{name} AS SELECT *, rowid + 1 AS _row FROM {quote('raw ' + name)}")
        return notes
    delivery = sources[MAIN]
    columns = matched(contract, delivery)
    load(con, delivery, "delivered", contract.delimiter, columns)
    for column in contract.columns:
        if column.name not in columns:
            con.execute(f"ALTER TABLE delivered ADD COLUMN {quote(column.name)} VARCHAR")
    extra = [name for name in delivery.columns if name not in columns.values()]
    return (*notes, *([f"{delivery.name}: columns left out: {', '.join(extra)}"] if extra else []))


def matched(contract: Contract, delivery: Delivery) -> dict[str, str]:
    """The file's column for each column of the contract, by name or declared alias; raises Problems for the missing ones."""
    found, problems = {}, []
    for column in contract.columns:
        name = next((name for name in (column.name, *column.aliases) if name in delivery.columns), None)
        if name is not None:
            found[column.name] = name
        elif column.default is None:
            close = [name for name in delivery.columns if _plain(name) == _plain(column.name)]
            step = (
                f"Rename {close[0]!r} or declare it as an alias." if close else resembles(column.name, delivery.columns)
            )
            problems.append(Problem(f"{delivery.name}: header", f"the column {column.name}", "none of that name", step))
    raise_if(problems)
    return found


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def map_columns(
    con: duckdb.DuckDBPyConnection, contract: Contract, layout: Layout, sources: Mapping[str, Delivery]
) -> None:
    """Make `delivered` of the raw tables as the layout says; raises Problems where a join would double a row."""
    columns = {name: delivery.columns for name, delivery in sources.items()}
    query = mapping_sql(layout, contract, columns)
    try:
        for join in layout.joins:
            if repeated := con.execute(repeated_sql(layout, join)).fetchall()[0][0]:
                place = f"{layout.name}: join {join.source}"
                raise Problems(
                    [
                        Problem(
                            place,
                            "at most one row for each key",
                            f"{repeated:,} keys with more",
                            "Group the source by its key.",
                        )
                    ]
                )
        con.execute(f"CREATE TABLE delivered AS {query}")
    except duckdb.Error as error:
        raise Problems(
            [
                Problem(
                    layout.name, "columns that fit together", _kind(error), "Check `numbers`, totals and expressions."
                )
            ]
        ) from error


def _kind(error: duckdb.Error) -> str:
    """What went wrong, without the value that a conversion's message would tell."""
    return str(error).splitlines()[0] if isinstance(error, duckdb.BinderException) else type(error).__name__


def load_known(con: duckdb.DuckDBPyConnection, contract: Contract, lake: Lake, given: Mapping[str, pa.Array]) -> None:
    """Make `known:<dataset>` (key) of every other dataset referred to, and `spans` (person, start, stop) of employment."""
    for dataset in {column.references for column in contract.columns if column.references} - {contract.name}:
        table = quote(f"known:{dataset}")
        if dataset in given:
            put(con, f"known:{dataset}", pa.table({"key": given[dataset]}))
        elif files := _files(lake, dataset):
            key = quote(lake.table(dataset).schema().fields[0].name)
            con.execute(f"CREATE TABLE {table} AS SELECT DISTINCT {key} AS key FROM {read_files(files)}")
        else:
            con.execute(f"CREATE TABLE {table} (key VARCHAR)")
    con.execute("CREATE TABLE spans (who VARCHAR, held STRUCT(start DATE, stop DATE)[])")
    if files := _files(lake, EMPLOYMENT):
        span = "struct_pack(start := hired_on, stop := coalesce(left_on, DATE '9999-12-31'))"
        con.execute(f"INSERT INTO spans SELECT person, list({span}) FROM {read_files(files)} GROUP BY person")


def _files(lake: Lake, dataset: str) -> list[str]:
    return files_of(lake.table(dataset)) if lake.exists(dataset) else []
