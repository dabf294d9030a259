"""Tables keep every version, are read by their files, and refuse what cannot be read so."""

import os
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from data_contracts.lake import Lake, append, commit, holds, upsert
from data_contracts.problems import Problems

SCHEMA = pa.schema([("key", pa.string()), ("value", pa.int64())])


def rows(*pairs: tuple[str, int]) -> pa.RecordBatchReader:
    return pa.table(
        {"key": [key for key, _ in pairs], "value": [value for _, value in pairs]}, schema=SCHEMA
    ).to_reader()


def read(lake: Lake, dataset: str, version: int) -> list[tuple[object, ...]]:
    files = lake.table(dataset, version).file_uris()
    return duckdb.sql(f"SELECT * FROM read_parquet({files}) ORDER BY ALL").fetchall()


def test_version_5_of_a_table_of_old_commits_stays_readable(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    table = lake.open("orders", SCHEMA)
    for number in range(100):
        append(table, rows((f"k{number}", number)))
    old = time.time() - 40 * 86_400
    for entry in (tmp_path / "orders" / "_delta_log").iterdir():
        os.utime(entry, (old, old))
    for number in range(100, 250):
        append(table, rows((f"k{number}", number)))
    assert len(read(lake, "orders", 5)) == 5
    assert lake.versions("orders") == tuple(range(251))


def test_a_snapshot_reads_what_was_there_when_it_was_opened(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    table = lake.open("orders", SCHEMA)
    append(table, rows(("a", 1)))
    snapshot = lake.snapshot()
    append(table, rows(("b", 2)))
    assert duckdb.sql(f"SELECT key FROM {snapshot.sql('orders')}").fetchall() == [("a",)]
    assert len(duckdb.sql(f"SELECT key FROM {lake.snapshot().sql('orders')}").fetchall()) == 2


def test_a_dataset_without_a_table_reads_as_no_rows_of_the_given_columns(tmp_path: Path) -> None:
    relation = Lake(tmp_path).snapshot().sql("orders", {"order_id": "VARCHAR", "amount": "BIGINT"})
    assert duckdb.sql(f"SELECT order_id, amount FROM {relation}").fetchall() == []


def test_an_upsert_replaces_the_same_key_also_where_a_part_is_null(tmp_path: Path) -> None:
    table = Lake(tmp_path).open("orders", SCHEMA)
    append(table, pa.table({"key": ["a", None], "value": [1, 2]}, schema=SCHEMA).to_reader())
    upsert(
        table, pa.table({"key": [None, "c"], "value": [5, 6]}, schema=SCHEMA).to_reader(), ["key"], commit("sha", {})
    )
    assert holds(table, "sha")
    assert sorted(read(Lake(tmp_path), "orders", 2), key=str) == [("a", 1), ("c", 6), (None, 5)]


def test_a_table_with_deletion_vectors_is_refused(tmp_path: Path) -> None:
    table = Lake(tmp_path).open("orders", SCHEMA)
    from deltalake import TableFeatures

    table.alter.add_feature(TableFeatures.DeletionVectors, allow_protocol_versions_increase=True)
    with pytest.raises(Problems, match="deletionVectors"):
        Lake(tmp_path).table("orders")


def test_log_clean_up_and_deletion_vectors_are_off(tmp_path: Path) -> None:
    Lake(tmp_path).open("orders", SCHEMA)
    configuration = DeltaTable(str(tmp_path / "orders")).metadata().configuration
    assert configuration["delta.enableExpiredLogCleanup"] == "false"
    assert configuration["delta.enableDeletionVectors"] == "false"
