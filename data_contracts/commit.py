"""The commit of a delivery: quarantine is laid ready, the Delta commit makes it count, the rest is completed from what lies ready."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.casting import quote
from data_contracts.contract import Column, Contract
from data_contracts.lake import Lake, append, commit, holds, upsert
from data_contracts.lake import replace as replace_rows
from data_contracts.receipts import Receipt, from_json, store
from data_contracts.staging import BATCH, stream

PENDING, QUARANTINE = "_pending", "quarantine"
UTC_TIME = pa.timestamp("us", "UTC")
ARROW = {
    "int": pa.int64(),
    "number": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": UTC_TIME,
    "money": pa.int64(),
    "share": pa.int64(),
}
MARKS = [pa.field("_delivery", pa.string()), pa.field("_row", pa.int64())]


def lake_schema(contract: Contract) -> pa.Schema:
    """The Arrow schema of the dataset's table: the contract's columns, `_delivery` (SHA-256) and `_row` (from 1)."""
    fields = [pa.field(column.name, ARROW.get(column.kind, pa.string())) for column in contract.lake_columns]
    return pa.schema([*fields, *MARKS])


def quarantine_schema(contract: Contract) -> pa.Schema:
    """The schema of quarantined rows: `_delivery`, `_row`, `reasons`, and the delivered texts but for what identifies people."""
    texts = [pa.field(column.name, pa.string()) for column in _shown(contract)]
    return pa.schema([*MARKS, pa.field("reasons", pa.list_(pa.string())), *texts])


def _shown(contract: Contract) -> list[Column]:
    return [column for column in contract.lake_columns if not column.surrogate]


def prepare(lake: Lake, con: duckdb.DuckDBPyConnection, contract: Contract, receipt: Receipt) -> None:
    """Lay the quarantined rows and the receipt ready, on disk before anything is committed."""
    folder = _folder(lake, contract.name, receipt.delivery)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if receipt.quarantined:
        schema = quarantine_schema(contract)
        texts = "".join(f", {quote('t:' + column.name)} AS {quote(column.name)}" for column in _shown(contract))
        query = f"SELECT '{receipt.delivery}' AS _delivery, _row, reasons{texts} FROM failed"
        with pq.ParquetWriter(folder / "quarantine.parquet", schema, compression="zstd") as writer:
            for batch in stream(con, query, schema):
                writer.write_batch(batch)
    (folder / "receipt.json").write_text(receipt.to_json(), "utf-8")


def write(lake: Lake, con: duckdb.DuckDBPyConnection, contract: Contract, receipt: Receipt) -> None:
    """Commit the admitted rows, with the delivery as application transaction and the receipt as metadata."""
    schema = lake_schema(contract)
    columns = ", ".join(quote(column.name) for column in contract.lake_columns)
    rows = stream(con, f"SELECT {columns}, '{receipt.delivery}' AS _delivery, _row FROM admitted", schema)
    table = lake.open(contract.name, schema)
    properties = commit(receipt.delivery, {"receipt": receipt.to_json()})
    if contract.mode == "snapshot":
        replace_rows(table, rows, properties=properties)
    elif contract.mode == "upsert" and receipt.replaced:
        upsert(table, rows, contract.key, properties)
    else:
        append(table, rows, properties)


def finish(lake: Lake, dataset: str, delivery: str, hook: Callable[[str], None] = lambda _point: None) -> Receipt:
    """Complete a committed delivery from what lies ready: quarantine, then receipt, each once."""
    folder = _folder(lake, dataset, delivery)
    receipt = replace(
        from_json((folder / "receipt.json").read_text("utf-8")), version=_version(lake, dataset, delivery)
    )
    waiting = folder / "quarantine.parquet"
    if waiting.exists():
        rows = pq.ParquetFile(waiting)
        table = lake.open(f"{QUARANTINE}/{dataset}", rows.schema_arrow)
        if not holds(table, delivery):
            append(
                table,
                pa.RecordBatchReader.from_batches(rows.schema_arrow, rows.iter_batches(BATCH)),
                commit(delivery, {}),
            )
    hook("quarantined")
    stored = store(lake.root, receipt)
    hook("stored")
    shutil.rmtree(folder)
    return stored


def complete(lake: Lake, dataset: str) -> list[Receipt]:
    """Finish what a crash left of the dataset: committed deliveries are completed, others forgotten. The caller holds the pen."""
    found = []
    for folder in sorted((lake.root / PENDING / dataset).glob("*")):
        if lake.exists(dataset) and holds(lake.table(dataset), folder.name):
            found.append(finish(lake, dataset, folder.name))
        else:
            shutil.rmtree(folder)
    return found


def complete_all(lake: Lake) -> list[Receipt]:
    """Finish what a crash left anywhere in the lake; returns the receipts that were still due."""
    return [receipt for dataset in _waiting(lake) for receipt in _complete_one(lake, dataset)]


def _complete_one(lake: Lake, dataset: str) -> list[Receipt]:
    with lake.writing(dataset):
        return complete(lake, dataset)


def _waiting(lake: Lake) -> Iterator[str]:
    folder = lake.root / PENDING
    yield from sorted(item.name for item in folder.iterdir()) if folder.is_dir() else ()


def _folder(lake: Lake, dataset: str, delivery: str) -> Path:
    return lake.root / PENDING / dataset / delivery


def _version(lake: Lake, dataset: str, delivery: str) -> int:
    """The version whose commit admitted the delivery: the newest, but after a crash."""
    for entry in lake.table(dataset).history():
        if "receipt" in entry and from_json(entry["receipt"]).delivery == delivery:
            return int(entry["version"])
    raise LookupError(f"{dataset} has no commit of {delivery}")
