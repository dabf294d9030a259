"""A workspace over the benchmark data: its lake as admission would have left it, time in UTC, people and customers by text keys.

Usage: python -m tests.benchmarks.jobs.company DATA FOLDER DATASET …; or with `next` first, the week after to one that exists.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from data_contracts.lake import Lake, append
from kpis.workspace import Workspace, duckdb_types, open_workspace
from tests.benchmarks.jobs.kpis import texts

NOW = datetime(2026, 2, 1, tzinfo=UTC)
SETTINGS = '[company]\nname = "Benchmark"\nzone = "UTC"\nas_of = 2026-02-01\n[kpis]\nshipped = []\n'
KEYS = {"responses": "response_id", "cases": "case_id"}
TYPES = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
}


def make(data: Path, folder: Path, datasets: list[str]) -> None:
    """The workspace with those datasets, 104 weeks of them, and the KPIs over them."""
    for name in ("contracts", "kpis"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "goldenthread.toml").write_text(SETTINGS)
    for name in datasets:
        (folder / "contracts" / f"{name}.yaml").write_text(Path(__file__).with_name(f"{name}.yaml").read_text())
    for kpi, text in texts(datasets).items():
        (folder / "kpis" / f"{kpi}.yaml").write_text(text)
    for name in datasets:
        deliver(opened(folder), name, data / f"{name}.parquet", "first")


def opened(folder: Path) -> Workspace:
    """The workspace in that folder."""
    return open_workspace(folder, NOW)


def deliver(workspace: Workspace, dataset: str, file: Path, delivery: str) -> None:
    """Append a file of the benchmark data to the lake."""
    types = duckdb_types(workspace.contracts[dataset])
    own = {"_delivery": f"'{delivery}'", "_row": KEYS[dataset]}
    columns = ", ".join(f"CAST({own.get(name, name)} AS {kind}) AS {name}" for name, kind in types.items())
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
    connection.execute("SET TimeZone = 'UTC'")
    reader = connection.sql(f"SELECT {columns} FROM '{file}'").to_arrow_reader(122_880)
    schema = pa.schema([(name, TYPES[kind]) for name, kind in types.items()])
    append(
        Lake(workspace.lake).open(dataset, schema),
        pa.RecordBatchReader.from_batches(schema, (each.cast(schema) for each in reader)),
    )


def main(*arguments: str) -> None:
    """Make a workspace, or bring the next week to one."""
    after = arguments[0] == "next"
    data, folder, *datasets = arguments[after:]
    if not after:
        make(Path(data), Path(folder), datasets)
    for name in datasets if after else ():
        deliver(opened(Path(folder)), name, Path(data) / f"{name}_next.parquet", "second")


if __name__ == "__main__":
    main(*sys.argv[1:])
