"""The facts as DuckDB views: everything, and one view a cube with the columns that it has; the smallest as arrays too."""

from collections.abc import Mapping
from itertools import accumulate

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data_contracts.lake import FACTS, Lake, Snapshot, read_files
from data_contracts.parquet_files import dictionaries
from kpis import running
from kpis.distributions import Ints, ranked
from kpis.sums import MOMENTS, Names, Rows

KEYS = {
    "place": ("department", "segment", "channel", "uncredited"),
    "person": ("department", "person"),
    "replicates": ("department", "replicate"),
    "department": ("department", "uncredited"),
    "cuts": ("segment", "channel"),
    "company": (),
}
TYPES = dict.fromkeys(("kpi", "cube"), "VARCHAR") | {"slice": "DATE"}
TYPES |= dict.fromkeys(("department", "person", "segment", "channel", "uncredited"), "VARCHAR")
TYPES |= {"replicate": "INTEGER", "bucket": "BIGINT", "n": "BIGINT"} | dict.fromkeys(MOMENTS[1:], "DECIMAL(38, 0)")
LAYOUT = ("cube",)
HELD = {"company": (), "cuts": ("segment", "channel"), "department": ("department",)}
Cube = Mapping[str, Rows]  # by KPI
MOST_HELD = 1_000_000  # rows of a cube that are kept as arrays, the smallest KPIs first; the others are asked of DuckDB


def laid_out(lake: Lake, version: int | None) -> bool:
    """Whether that version of the facts has the columns and the partitions of today; older ones are built anew."""
    if version is None:
        return False
    table = lake.table(FACTS, version)
    return {field.name for field in table.schema().fields} == set(TYPES) and tuple(
        table.metadata().partition_columns
    ) == LAYOUT


def of_lake(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    """Views over the files of the facts, pruned by cube."""
    files = by_cube(snapshot)
    connection.execute("SET parquet_metadata_cache = true")  # files of a Delta table never change
    _view(connection, FACTS, [each for mine in files.values() for each in mine], tuple(TYPES))
    for cube, keys in KEYS.items():
        _view(connection, f"facts_{cube}", files[cube], ("kpi", "slice", *keys, "bucket", *MOMENTS))


def by_cube(snapshot: Snapshot) -> dict[str, list[str]]:
    """The files of the facts, cube by cube; none where they are not laid out as today."""
    files = snapshot.files(FACTS) if laid_out(snapshot.lake, snapshot.versions.get(FACTS)) else []
    return {cube: [file for file in files if f"/{LAYOUT[0]}={cube}/" in file] for cube in KEYS}


def of_table(connection: duckdb.DuckDBPyConnection, facts: pa.Table) -> None:
    """The same over facts in memory."""
    connection.register("given", facts)
    connection.execute("CREATE TABLE facts AS SELECT * FROM given")
    connection.unregister("given")
    for cube, keys in KEYS.items():
        columns = ", ".join(("kpi", "slice", *keys, "bucket", *MOMENTS))
        connection.execute(f"CREATE VIEW facts_{cube} AS SELECT {columns} FROM facts WHERE cube = '{cube}'")  # noqa: S608


def _view(connection: duckdb.DuckDBPyConnection, name: str, files: list[str], columns: tuple[str, ...]) -> None:
    """A view of those columns; what no file holds is null."""
    relation = read_files(files, partitioned=True) if files else "(SELECT 1 WHERE false)"
    held = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}  # noqa: S608
    chosen = (each if each in held else f"CAST(NULL AS {TYPES[each]}) AS {each}" for each in columns)
    connection.execute(f"CREATE VIEW {name} AS SELECT {', '.join(chosen)} FROM {relation}")  # noqa: S608


def held(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> dict[str, Cube]:
    """The company, its cuts and the departments, as far as they are small."""
    return {cube: _held(connection, cube, mine) for cube, mine in by_cube(snapshot).items() if cube in HELD and mine}


def _held(connection: duckdb.DuckDBPyConnection, cube: str, files: list[str]) -> Cube:
    """The smallest KPIs of a cube, each where its moments are whole or not there: SQL knows to add the others."""
    sizes = connection.execute(f"SELECT kpi, count(*) FROM facts_{cube} GROUP BY kpi ORDER BY 2, 1").fetchall()  # noqa: S608
    totals = accumulate(size for _, size in sizes)
    chosen = frozenset(kpi for (kpi, _), total in zip(sizes, totals, strict=True) if total <= MOST_HELD)
    parts = [_read(file, HELD[cube], chosen) for file in files]
    table = pa.concat_tables(parts, promote_options="default").unify_dictionaries().combine_chunks()
    names, codes = coded(table, "kpi")
    ends = np.cumsum(np.bincount(codes, minlength=len(names)))
    order = np.argsort(codes.astype(np.int16), kind="stable")  # by counting, as numpy does for small integers
    table, spans = table.take(order), zip(names, [0, *ends], ends, strict=False)  # the last end begins nothing
    found = {kpi: table.slice(low, high - low) for kpi, low, high in spans if kpi in chosen}
    return {kpi: rows for kpi, part in found.items() if (rows := _rows(part, HELD[cube])) is not None}


def _rows(table: pa.Table, keys: tuple[str, ...]) -> Rows | None:
    """One KPI's rows; None where a moment is there in some rows only."""
    moments = {name: table.column(name) for name in MOMENTS if name in table.column_names}
    moments = {name: column for name, column in moments.items() if column.null_count < len(table)}
    if any(column.null_count for column in moments.values()):
        return None
    days = table.column("slice").cast(pa.int32()).to_numpy()
    first, last = int(days.min()), int(days.max())
    slices, at = ranked(days - first, last - first + 1)
    whole = {name: integers(column) for name, column in moments.items()}
    texts = {name: coded(table, name) for name in keys} | {"": (np.array([None]), np.zeros(1, dtype=np.int32))}
    placed = {name: (names, (codes * len(slices) + at).astype(np.int32)) for name, (names, codes) in texts.items()}
    return running.kept(Rows(slices + first, table.column("bucket").to_numpy(), whole, placed))


def _read(file: str, keys: tuple[str, ...], kpis: frozenset[str]) -> pa.Table:
    """The parts of a file that hold some of the KPIs."""
    names = pq.read_schema(file).names
    source = pq.ParquetFile(file, read_dictionary=dictionaries(file, ["kpi", *keys]))
    groups, at = range(source.num_row_groups), names.index("kpi")
    spans = [source.metadata.row_group(each).column(at).statistics for each in groups]
    wanted = [each for each in groups if any(spans[each].min <= kpi <= spans[each].max for kpi in kpis)]
    columns = [name for name in ("kpi", "slice", *keys, "bucket", *MOMENTS) if name in names]
    found = source.read_row_groups(wanted, columns, use_threads=False)
    held = {name: found.column(name) for name in found.column_names}
    return pa.table(
        {name: each.dictionary_encode() if pa.types.is_string(each.type) else each for name, each in held.items()}
    )


def coded(table: pa.Table, name: str) -> tuple[Names, Ints]:
    """The values of a key of text, ascending, then None, and the code of each row's."""
    if name not in table.column_names:
        return np.array([None]), np.zeros(len(table), dtype=np.int64)
    column = table.column(name)
    column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    column = column.unify_dictionaries().combine_chunks()
    values = column.dictionary.to_pylist()
    codes = (column.indices.fill_null(len(values)) if column.null_count else column.indices).to_numpy()
    order = sorted(range(len(values)), key=values.__getitem__)
    rank = np.argsort([*order, len(values)]).astype(codes.dtype)
    return np.array([*(values[at] for at in order), None], dtype=object), rank[codes]


def integers(column: pa.ChunkedArray) -> Ints:
    """A column of integers or whole decimals: int64, or Python integers where one is wider, None where there is none."""
    low, high = (abs(int(value.as_py() or 0)) for value in pc.min_max(column).values())
    if column.null_count == 0 and max(low, high) < 2**62:
        found: Ints = column.cast(pa.int64()).to_numpy()
        return found
    return np.array([None if value is None else int(value) for value in column.to_pylist()], dtype=object)
