"""The facts as DuckDB views: everything, and one view a cube with the columns that it has."""

import duckdb
import pyarrow as pa

from data_contracts.lake import FACTS, Lake, Snapshot, read_files

KEYS = {
    "place": ("department", "segment", "channel", "uncredited"),
    "person": ("department", "person"),
    "replicates": ("department", "replicate"),
    "department": ("department", "uncredited"),
    "cuts": ("segment", "channel"),
    "company": (),
}
MOMENTS = ("n", "w", "w2", "x", "wx", "xx")
TYPES = dict.fromkeys(("kpi", "cube"), "VARCHAR") | {"slice": "DATE"}
TYPES |= dict.fromkeys(("department", "person", "segment", "channel", "uncredited"), "VARCHAR")
TYPES |= {"replicate": "INTEGER", "bucket": "BIGINT", "n": "BIGINT"} | dict.fromkeys(MOMENTS[1:], "DECIMAL(38, 0)")
LAYOUT = ("cube",)
HELD = ("cuts", "company")
MOST_HELD = 1_000_000  # rows of a cube that are kept in memory; beyond, they are read from their files like the others


def laid_out(lake: Lake, version: int | None) -> bool:
    """Whether that version of the facts has the columns and the partitions of today; older ones are built anew."""
    if version is None:
        return False
    table = lake.table(FACTS, version)
    return {field.name for field in table.schema().fields} == set(TYPES) and tuple(
        table.metadata().partition_columns
    ) == LAYOUT


def of_lake(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    """Views over the files of the facts, pruned by cube; the smallest cubes are read into memory."""
    files = snapshot.files(FACTS) if laid_out(snapshot.lake, snapshot.versions.get(FACTS)) else []
    connection.execute("SET parquet_metadata_cache = true")  # files of a Delta table never change
    _view(connection, FACTS, files, tuple(TYPES))
    for cube, keys in KEYS.items():
        mine = [file for file in files if f"/{LAYOUT[0]}={cube}/" in file]
        _view(connection, f"facts_{cube}", mine, ("kpi", "slice", *keys, "bucket", *MOMENTS))
        if cube in HELD:
            _hold(connection, f"facts_{cube}")


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


def _hold(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Read a small cube into memory, in the place of its view."""
    [(rows,)] = connection.execute(f"SELECT count(*) FROM {name}").fetchall()  # noqa: S608
    if rows <= MOST_HELD:
        connection.execute(f"CREATE TABLE held_{name} AS SELECT * FROM {name}")  # noqa: S608
        connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM held_{name}")  # noqa: S608
