"""Parquet files that an engine wrote → one commit of a Delta table that adds them and removes others.

A table so written is partitioned by one column: a file lies in the folder `column=value` and does not hold that column.
"""

import json
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from data_contracts.lake import CONFIGURATION, Lake


@dataclass(frozen=True)
class Held:
    """A file of a table: where it lies, how many rows it has, and the lowest and highest value of the columns asked for."""

    path: str
    value: str
    rows: int
    size: int
    ends: Mapping[str, tuple[Any, Any]]


def held(table: DeltaTable, columns: Collection[str]) -> list[Held]:
    """The files of a table, from its log alone."""
    [by] = table.metadata().partition_columns
    found = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    return [
        Held(
            row["path"],
            row[f"partition.{by}"],
            row["num_records"],
            row["size_bytes"],
            {name: (row[f"min.{name}"], row[f"max.{name}"]) for name in columns},
        )
        for row in found
    ]


def prepared(lake: Lake, dataset: str, schema: pa.Schema, by: str) -> DeltaTable:
    """The table of that schema and partition; one of another layout is emptied first, its older versions stay readable."""
    if lake.exists(dataset):
        table = lake.table(dataset)
        names = [field.name for field in table.schema().fields]
        if names == schema.names and table.metadata().partition_columns == [by]:
            return table
    path = lake.path(dataset)
    path.mkdir(parents=True, exist_ok=True)
    DeltaTable.create(str(path), schema, mode="overwrite", partition_by=[by], configuration=CONFIGURATION)
    return lake.table(dataset)


def new_file(table: Path, by: str, value: str) -> Path:
    """Where a new file of that partition may be written."""
    folder = table / f"{by}={value}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{uuid4()}.parquet"


def dictionaries(file: str, columns: Collection[str]) -> list[str]:
    """The columns that may be read as the dictionaries they are kept in: none of a file of DuckDB, which repeats entries in them.

    An enumeration is written with all its members, those of no row as empty text, and equal entries are taken for one.
    """
    return list(columns) if pq.read_metadata(file).created_by.startswith("parquet-cpp-arrow") else []


def commit_files(
    table: DeltaTable, root: Path, added: Iterable[Path], removed: Iterable[Held], metadata: Mapping[str, str]
) -> int:
    """Add files that lie under `root` and remove others in one commit; returns the version."""
    [by] = table.metadata().partition_columns
    now = int(time.time() * 1000)
    actions: list[Any] = [_add(root, file, by, now) for file in added]
    actions += [RemoveAction(each.path, True, now, each.size, {by: each.value}) for each in removed]
    properties = CommitProperties(custom_metadata=dict(metadata))
    table.create_write_transaction(actions, "append", table.schema(), [by], commit_properties=properties)
    table.update_incremental()
    return int(table.version())


def _add(root: Path, file: Path, by: str, now: int) -> AddAction:
    """The action that adds a file, with the rows and the ends that readers skip files by."""
    values = {by: file.parent.name.removeprefix(f"{by}=")}
    return AddAction(str(file.relative_to(root)), file.stat().st_size, values, now, True, json.dumps(_stats(file)))


def _stats(file: Path) -> dict[str, Any]:
    """Rows, and the ends of the columns of text and dates, from the footer."""
    footer = pq.read_metadata(file)
    groups = [footer.row_group(at) for at in range(footer.num_row_groups)]
    ends: dict[str, list[Any]] = {}
    for group in groups:
        for column in (group.column(at) for at in range(group.num_columns)):
            known = column.statistics
            if known is not None and known.has_min_max and isinstance(known.min, str | date):
                ends.setdefault(column.path_in_schema, []).extend((known.min, known.max))
    whole = {name: values for name, values in ends.items() if len(values) == 2 * len(groups)}
    low, high = ({name: str(end(values)) for name, values in whole.items()} for end in (min, max))
    return {"numRecords": footer.num_rows, "minValues": low, "maxValues": high}
