"""Delta tables: created so that no version is ever lost, written by one writer each, read as of a version."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, Transaction, WriterProperties, write_deltalake
from filelock import FileLock

from data_contracts.problems import Problem, Problems, raise_if

# Measured: Delta's defaults drop the logs of versions older than 30 days, and pay would lose its evidence.
CONFIGURATION = {"delta.enableExpiredLogCleanup": "false", "delta.enableDeletionVectors": "false"}
WRITER = WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=122_880)
FILE_SIZE = 32 << 20
UNREADABLE = {"deletionVectors", "columnMapping"}
FACTS = "facts"
KEEP = "Columns may be added, not removed or changed: keep it, or choose another name for the dataset."


@dataclass(frozen=True)
class Lake:
    """A folder of Delta tables, one per dataset, with quarantine and receipts beside them."""

    root: Path

    def path(self, dataset: str) -> Path:
        """The folder of a dataset's table; `quarantine/<dataset>` is the table of its quarantined rows."""
        return self.root / dataset

    def exists(self, dataset: str) -> bool:
        """Whether the dataset has a table yet."""
        return bool(DeltaTable.is_deltatable(str(self.path(dataset))))

    def table(self, dataset: str, version: int | None = None) -> DeltaTable:
        """The table, now or as of a version; raises Problems when it cannot be read by its list of files."""
        table = DeltaTable(str(self.path(dataset)), version=version)
        features = set(table.protocol().reader_features or []) & UNREADABLE
        if features or table.metadata().configuration.get("delta.columnMapping.mode", "none") != "none":
            found = ", ".join(sorted(features)) or "columnMapping"
            raise Problems(
                [Problem(dataset, "a table without deletion vectors or column mapping", found, "Rewrite it plainly.")]
            )
        return table

    def open(self, dataset: str, schema: pa.Schema, partition_by: Sequence[str] = ()) -> DeltaTable:
        """The table, created at version 0 when it is new, with columns added that are new."""
        if not self.exists(dataset):
            self.path(dataset).mkdir(parents=True, exist_ok=True)
            DeltaTable.create(
                str(self.path(dataset)),
                schema,
                mode="ignore",
                partition_by=list(partition_by),
                configuration=CONFIGURATION,
            )
        table = self.table(dataset)
        self._evolve(dataset, table, schema)
        return table

    def _evolve(self, dataset: str, table: DeltaTable, schema: pa.Schema) -> None:
        """Add columns the table lacks; raises Problems where it has others, or of another type."""
        held = {field.name: field.type for field in table.schema().fields}
        wanted = {field.name: field for field in Schema.from_arrow(schema).fields}
        problems = [
            Problem(
                f"{dataset}: {name}",
                f"the lake's {kind}",
                str(wanted[name].type) if name in wanted else "no column",
                KEEP,
            )
            for name, kind in held.items()
            if name not in wanted or wanted[name].type != kind
        ]
        raise_if(problems)
        if new := [field for name, field in wanted.items() if name not in held]:
            table.alter.add_columns(new)

    @contextmanager
    def writing(self, dataset: str) -> Iterator[None]:
        """Hold the one pen of a dataset; a second writer waits."""
        locks = self.root / "_locks"
        locks.mkdir(parents=True, exist_ok=True)
        with FileLock(locks / f"{dataset.replace('/', '.')}.lock"):
            yield

    def datasets(self) -> tuple[str, ...]:
        """The datasets that have a table."""
        if not self.root.is_dir():
            return ()
        return tuple(sorted(item.name for item in self.root.iterdir() if item.is_dir() and self.exists(item.name)))

    def versions(self, dataset: str) -> tuple[int, ...]:
        """Every version of a dataset that can be read, oldest first."""
        return tuple(sorted(entry["version"] for entry in self.table(dataset).history()))

    def snapshot(self) -> "Snapshot":
        """What every dataset holds now, opened once; the facts first, so that they are never newer than what they were built from."""
        datasets = sorted(self.datasets(), key=lambda name: name != FACTS)
        opened = {dataset: self.table(dataset) for dataset in datasets}
        return Snapshot(self, {dataset: table.version() for dataset, table in opened.items()}, opened)


def files_of(table: DeltaTable) -> list[str]:
    """The Parquet files of a version, as paths; Delta tells its own folder as the path of an address, blanks as %20."""
    folder = urlsplit(table.table_uri).path
    return [
        unquote(folder) + each.removeprefix(folder) if each.startswith(folder) else each for each in table.file_uris()
    ]


@dataclass(frozen=True)
class Snapshot:
    """One version of every dataset: whoever reads through it never sees a mixture."""

    lake: Lake
    versions: Mapping[str, int]
    _opened: dict[str, DeltaTable] = field(default_factory=dict, compare=False, repr=False)

    def table(self, dataset: str) -> DeltaTable:
        """The table of a dataset at this snapshot, opened once and only read."""
        if dataset not in self._opened:
            self._opened[dataset] = self.lake.table(dataset, self.versions[dataset])
        return self._opened[dataset]

    def files(self, dataset: str) -> list[str]:
        """The Parquet files of the dataset at this snapshot; none when it has no table or no rows."""
        if dataset not in self.versions:
            return []
        return files_of(self.table(dataset))

    def ends(self, dataset: str, column: str) -> dict[str, tuple[Any, Any]]:
        """The lowest and the highest value of a column in every file of which the log tells them; no file is opened."""
        table = self.table(dataset)
        found = pa.table(table.get_add_actions(flatten=True)).to_pylist()
        ends = [(row["path"], row.get(f"min.{column}"), row.get(f"max.{column}")) for row in found]
        folder = unquote(urlsplit(table.table_uri).path).rstrip("/")
        return {f"{folder}/{path}": (low, high) for path, low, high in ends if low is not None and high is not None}

    def rows(self, dataset: str) -> int:
        """How many rows the dataset holds, from its log alone."""
        actions = self.table(dataset).get_add_actions(flatten=True)
        return int(sum(pa.table(actions).column("num_records").to_pylist()))

    def sql(self, dataset: str, columns: Mapping[str, str] | None = None) -> str:
        """A DuckDB relation over the dataset's files, to stand in a FROM.

        `columns` (name → DuckDB type) that the dataset was never delivered with are null. Partition columns are read from
        the files' folders. Raises KeyError when there is nothing to know the columns by.
        """
        if dataset not in self.versions and columns is None:
            raise KeyError(dataset)
        table = self.table(dataset) if dataset in self.versions else None
        files = files_of(table) if table else []
        known = {field.name for field in table.schema().fields} if table and files else set()
        lacking = [f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in (columns or {}).items() if name not in known]
        if table is None or not files:
            return f"(SELECT {', '.join(lacking)} WHERE false)"
        relation = read_files(files, bool(table.metadata().partition_columns))
        return f"(SELECT {', '.join(['*', *lacking])} FROM {relation})" if lacking else relation


def read_files(files: Iterable[str], partitioned: bool = False) -> str:
    """The DuckDB relation over a list of Parquet files, partition columns read as text, older files without later columns too."""
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    return f"read_parquet([{listed}], hive_partitioning = {partitioned}, hive_types_autocast = false, union_by_name = true)"


def commit(delivery: str, metadata: Mapping[str, str]) -> CommitProperties:
    """Commit properties that carry the delivery's hash as application transaction."""
    return CommitProperties(custom_metadata=dict(metadata), app_transactions=[Transaction(app_id=delivery, version=1)])


def holds(table: DeltaTable, delivery: str) -> bool:
    """Whether the delivery was committed to the table."""
    return table.transaction_version(delivery) is not None


def append(table: DeltaTable, rows: pa.RecordBatchReader, properties: CommitProperties | None = None) -> int:
    """Add rows; returns the version written."""
    write_deltalake(
        table, rows, mode="append", writer_properties=WRITER, target_file_size=FILE_SIZE, commit_properties=properties
    )
    return _version(table)


def replace(
    table: DeltaTable,
    rows: pa.RecordBatchReader,
    predicate: str | None = None,
    properties: CommitProperties | None = None,
) -> int:
    """Replace every row, or those the predicate (Delta SQL) selects, by `rows` in one commit; returns the version."""
    write_deltalake(
        table,
        rows,
        mode="overwrite",
        predicate=predicate,
        writer_properties=WRITER,
        target_file_size=FILE_SIZE,
        commit_properties=properties,
    )
    return _version(table)


def upsert(
    table: DeltaTable, rows: pa.RecordBatchReader, key: Iterable[str], properties: CommitProperties | None = None
) -> int:
    """Replace the rows of the same key and add the others in one commit; returns the version."""
    same = " AND ".join(f"(old.{name} IS NOT DISTINCT FROM new.{name})" for name in key)
    merger = table.merge(
        rows, same, source_alias="new", target_alias="old", writer_properties=WRITER, commit_properties=properties
    )
    merger.when_matched_update_all().when_not_matched_insert_all().execute()
    return _version(table)


def _version(table: DeltaTable) -> int:
    table.update_incremental()
    return int(table.version())
