"""Staging: a DuckDB file in which a delivery lies as text, is cast and checked. Locked before any text of a contract runs."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from data_contracts.casting import (
    blank_sql,
    checks,
    cleaned_sql,
    duck_type,
    employed_person,
    literal,
    quote,
    value_sql,
)
from data_contracts.contract import Contract
from data_contracts.delivery import MAX_CELL, Delivery
from data_contracts.problems import Problem, Problems, raise_if

SHOWN = 100
WORD = 60  # checks in a number
BATCH = 8_192  # larger ones pile up in the writer: 530 MB where these take 350
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "memory_limit": "192MB",
    "preserve_insertion_order": True,
}


@contextmanager
def staging() -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A fresh staging database in a scratch folder of its own, and that folder; both gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="goldenthread-") as folder:
        scratch = Path(folder)
        settings = {**SETTINGS, "temp_directory": str(scratch / "spill")}
        con = duckdb.connect(str(scratch / "staging.duckdb"), config=settings)
        try:
            con.execute("SET TimeZone = 'UTC'")
            yield con, scratch
        finally:
            con.close()


def lock(con: duckdb.DuckDBPyConnection, readable: Sequence[str]) -> None:
    """Close staging to the outside but for the listed files (the dataset's own in the lake), and lock that."""
    listed = ", ".join(map(literal, readable))
    con.execute(f"SET allowed_paths = [{listed}]")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


def load(
    con: duckdb.DuckDBPyConnection, delivery: Delivery, table: str, delimiter: str, columns: Mapping[str, str]
) -> int:
    """Read the delivery as text into `table`; returns its number of rows.

    `columns` maps a column of the table to one of the file. Raises Problems for every ragged row and open quote (the
    first hundred), for cells beyond the limit and for a delivery without rows.
    """
    places = {name: index for index, name in enumerate(delivery.columns)}
    if delivery.format == "parquet":
        selected = ", ".join(
            f"CAST({quote(source)} AS VARCHAR) AS {quote(target)}" for target, source in columns.items()
        )
        relation = f"read_parquet({literal(str(delivery.path))})"
    else:
        selected = ", ".join(f"c{places[source]} AS {quote(target)}" for target, source in columns.items())
        relation = _csv(delivery, delimiter)
    try:
        con.execute(f"CREATE TABLE {quote(table)} AS SELECT {selected} FROM {relation}")
    except duckdb.Error as error:
        raise Problems(
            [Problem(delivery.name, "rows that can be read", str(error).splitlines()[0], "Export it again.")]
        ) from error
    raise_if(_rejected(con, delivery))
    rows = _one(con, f"SELECT count(*) FROM {quote(table)}")
    if not rows:
        raise Problems([Problem(delivery.name, "rows", "a header only", "Export it again.")])
    if delivery.format == "parquet":
        longest = " , ".join(f"max(length({quote(name)}))" for name in columns)
        if (found := _one(con, f"SELECT greatest({longest}, 0) FROM {quote(table)}")) > MAX_CELL:
            raise Problems(
                [Problem(delivery.name, f"cells of at most {MAX_CELL:,} letters", f"{found:,}", "Shorten it.")]
            )
    return rows


def _csv(delivery: Delivery, delimiter: str) -> str:
    names = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(delivery.columns)))
    return (
        f"read_csv({literal(str(delivery.path))}, auto_detect = false, header = true, columns = {{{names}}}, "
        f"delim = {literal(delimiter)}, quote = '\"', escape = '\"', strict_mode = true, null_padding = false, "
        f"store_rejects = true, rejects_limit = 1000, max_line_size = {MAX_CELL})"
    )


def _rejected(con: duckdb.DuckDBPyConnection, delivery: Delivery) -> Iterator[Problem]:
    if delivery.format != "csv":
        return
    found = con.execute("SELECT line, column_idx, error_type FROM reject_errors ORDER BY line, column_idx").fetchall()
    for line, column, kind in found[:SHOWN]:
        place = f"{delivery.name}: line {line}" + ("" if column is None else f", column {column}")
        yield Problem(
            place, f"{len(delivery.columns)} columns, quotes closed", kind.lower(), "Mend the row or export it again."
        )
    if len(found) > SHOWN:
        yield Problem(
            delivery.name,
            "no broken rows",
            f"{len(found) - SHOWN} more, or more than that",
            "Check the delimiter and the quotes.",
        )


def tidy(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Make the view `clean` of `delivered`: `_row` (from 1), the clean text `t:<name>` of each column, and `_normalised`.

    Columns are looked at once: those that are ASCII without blanks at an end need no cleaning, nor have they empty texts.
    """
    names = [quote(column.name) for column in contract.columns]
    untidy = "bool_or({0} < '!' OR strlen({0}) <> length({0}) OR reverse({0}) < '!')"  # half the cost of four ends_with
    found = con.execute(f"SELECT {', '.join(untidy.format(name) for name in names)} FROM delivered").fetchall()[0]
    cleaned = [cleaned_sql(name) if dirty else name for name, dirty in zip(names, found, strict=True)]
    texts = [
        f"{blank_sql(text, c, contract, dirty)} AS {quote('t:' + c.name)}"
        for text, c, dirty in zip(cleaned, contract.columns, found, strict=True)
    ]
    changed = [f"{text} <> {name}" for text, name, dirty in zip(cleaned, names, found, strict=True) if dirty]
    con.execute(
        f"CREATE VIEW clean AS SELECT rowid + 1 AS _row, coalesce({' OR '.join(changed) or 'false'}, false) AS _normalised, "
        f"{', '.join(texts)} FROM delivered"
    )
    own, key = quote(f"known:{contract.name}"), quote(f"t:{contract.key[0]}")
    con.execute(f"CREATE VIEW {own} AS SELECT {key} AS key FROM clean WHERE {key} IS NOT NULL")


def cast(con: duckdb.DuckDBPyConnection, contract: Contract, now: datetime) -> None:
    """Make the view `typed` of `clean`: its columns, the values, and a boolean column per check.

    A view: casting anew in each pass was measured to cost less than a second table of the same size.
    """
    values = ", ".join(f"{_value(column.name, contract)} AS {quote(column.name)}" for column in contract.columns)
    held = ", ".join(f"{check.sql} AS {quote(check.id)}" for check in checks(contract, now))
    keys = "".join(
        f" LEFT JOIN {quote('key:' + c.name)} ON {quote('t:' + c.name)} = {quote('key:' + c.name)}.key"
        for c in contract.columns
        if c.surrogate
    )
    spans = f" LEFT JOIN spans ON spans.who = {quote(who)}" if (who := employed_person(contract)) else ""
    con.execute(
        f"CREATE VIEW typed AS SELECT valued.*, {held} "
        f"FROM (SELECT clean.*, {values} FROM clean{keys}) AS valued{spans}"
    )


def weigh(con: duckdb.DuckDBPyConnection, asked: Iterable[str]) -> None:
    """Make the view `checked` of `batch`: `_row`, `_normalised`, `again` and the columns that are asked about, nothing wide.

    Checks are kept as the bits of a few numbers in the table `weighed`, set where one fails: a column of a constant
    true each was measured to cost as much as what it tells.
    """
    names = list(dict.fromkeys(("_normalised", "again", *asked)))
    bits = [name for name in names if name in ("_normalised", "again", "apart") or ":" in name]
    places = {name: divmod(place, WORD) for place, name in enumerate(bits)}
    words: dict[int, list[str]] = {}
    for name, (word, bit) in places.items():
        words.setdefault(word, []).append(f"CASE WHEN NOT {quote(name)} THEN {1 << bit} ELSE 0 END")
    kept = ["_row", *(quote(name) for name in names if name not in places)]
    marks = [f"CAST({' | '.join(set_)} AS BIGINT) AS word{word}" for word, set_ in words.items()]
    con.execute(f"CREATE TABLE weighed AS SELECT {', '.join([*kept, *marks])} FROM batch")
    told = [f"(word{word} & {1 << bit}) = 0 AS {quote(name)}" for name, (word, bit) in places.items()]
    con.execute(f"CREATE VIEW checked AS SELECT {', '.join([*kept, *told])} FROM weighed")


def _value(name: str, contract: Contract) -> str:
    """A value; a surrogate where the key is known, a marked key where it is to be minted, nothing where it is unknown."""
    column = contract.column(name)
    if not column.surrogate:
        return f"CAST({value_sql(column, contract)} AS {duck_type(column)})"
    new = f"'new:' || {quote('t:' + name)}" if column.mints else "NULL"
    return f"coalesce({quote('key:' + name)}.surrogate, {new})"


def put(con: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Store an Arrow table in staging under that name."""
    con.register("incoming", rows)
    con.execute(f"CREATE OR REPLACE TABLE {quote(table)} AS SELECT * FROM incoming")
    con.unregister("incoming")


def stream(
    con: duckdb.DuckDBPyConnection, query: str, schema: pa.Schema, seen: Callable[[int], None] | None = None
) -> pa.RecordBatchReader:
    """The query's rows as a reader of record batches of that schema, read as they are asked for."""
    reader = con.cursor().sql(query).to_arrow_reader(BATCH)

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            if seen:
                seen(batch.num_rows)
            yield batch.cast(schema) if batch.schema != schema else batch

    return pa.RecordBatchReader.from_batches(schema, batches())


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0] or 0)
