"""Files that an engine wrote are added to a table and others removed, in one commit that any reader of Delta understands."""

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from data_contracts.lake import Lake
from data_contracts.parquet_files import commit_files, held, new_file, prepared

SCHEMA = pa.schema([("kpi", pa.string()), ("cube", pa.string()), ("slice", pa.date32()), ("n", pa.int64())])


def file(lake: Lake, cube: str, kpi: str, *days: int) -> Path:
    made = new_file(lake.path("facts"), "cube", cube)
    columns = {"kpi": [kpi] * len(days), "slice": [date(2026, 1, day) for day in days], "n": list(days)}
    pq.write_table(pa.table(columns, schema=SCHEMA.remove(1)), made)
    return made


def read(lake: Lake, version: int | None = None) -> list[tuple[object, ...]]:
    relation = lake.snapshot().sql("facts") if version is None else None
    if relation is None:
        return sorted(DeltaTable(str(lake.path("facts")), version=version).to_pyarrow_table().column("n").to_pylist())
    return duckdb.sql(f"SELECT kpi, cube, day(slice), n FROM {relation} ORDER BY ALL").fetchall()


def test_files_come_and_go_in_one_commit_and_older_versions_keep_theirs(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    table = prepared(lake, "facts", SCHEMA, "cube")
    root = lake.path("facts")
    first = commit_files(table, root, [file(lake, "place", "nps", 1, 2), file(lake, "person", "nps", 3)], [], {})
    [old] = [each for each in held(table, ["slice"]) if each.value == "place"]
    second = commit_files(table, root, [file(lake, "place", "fcr", 5)], [old], {"definitions": "hash"})
    assert read(lake) == [("fcr", "place", 5, 5), ("nps", "person", 3, 3)]
    assert second == first + 1
    assert read(lake, first) == [1, 2, 3]
    assert lake.table("facts").history(1)[0]["definitions"] == "hash"


def test_a_file_is_known_by_its_rows_and_the_ends_of_its_columns_from_the_log_alone(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    table = prepared(lake, "facts", SCHEMA, "cube")
    made = file(lake, "place", "nps", 4, 2, 9)
    commit_files(table, lake.path("facts"), [made], [], {})
    made.unlink()
    [found] = held(lake.table("facts"), ["kpi", "slice"])
    assert (found.value, found.rows) == ("place", 3)
    assert found.ends == {"kpi": ("nps", "nps"), "slice": (date(2026, 1, 2), date(2026, 1, 9))}


def test_a_table_of_another_layout_is_emptied_and_its_older_versions_stay_readable(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    table = lake.open("facts", SCHEMA, partition_by=("kpi", "cube"))
    from data_contracts.lake import append

    columns = {"kpi": ["nps"], "cube": ["place"], "slice": [date(2026, 1, 1)], "n": [7]}
    version = append(table, pa.table(columns, schema=SCHEMA).to_reader())
    assert prepared(lake, "facts", SCHEMA, "cube").file_uris() == []
    assert read(lake, version) == [7]
