"""A small workspace whose lake is filled directly, for tests of what comes after admission."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from data_contracts.lake import Lake, append
from kpis.workspace import Workspace, open_workspace

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ARROW = {"string": pa.string(), "key": pa.string(), "int": pa.int64(), "money": pa.int64(), "share": pa.int64(), "number": pa.float64()}
ARROW |= {"bool": pa.bool_(), "date": pa.date32(), "timestamp": pa.timestamp("us", tz="UTC")}
SETTINGS = '[company]\nname = "Test"\nas_of = 2026-11-22\n[kpis]\nshipped = []\n'


def workspace(folder: Path, kpis: Sequence[str] = (), settings: str = SETTINGS, promises: str = "") -> Workspace:
    """A workspace with those KPI texts (first line `id: name`)."""
    (folder / "kpis").mkdir(parents=True, exist_ok=True)
    (folder / "goldenthread.toml").write_text(settings)
    (folder / "promises.yaml").write_text(promises)
    for text in kpis:
        (folder / "kpis" / f"{text.split()[1]}.yaml").write_text(text)
    return open_workspace(folder, NOW)


def fill(where: Workspace, dataset: str, rows: Sequence[Mapping[str, Any]], delivery: str = "d1") -> None:
    """Append rows to a dataset of the lake as if they had been admitted."""
    contract = where.contracts[dataset]
    schema = pa.schema([(c.name, ARROW[c.kind]) for c in contract.lake_columns] + [("_delivery", pa.string()), ("_row", pa.int64())])
    full = [{name: None for name in schema.names} | dict(row) | {"_delivery": delivery, "_row": at + 1} for at, row in enumerate(rows)]
    table = pa.Table.from_pylist(full, schema=schema)
    append(Lake(where.lake).open(dataset, schema), table.to_reader())
