"""What receipts say is recomputed from the lake: versions, counts and digests."""

from collections.abc import Iterator, Mapping

import duckdb

from data_contracts.casting import literal
from data_contracts.commit import QUARANTINE
from data_contracts.contract import Column, Contract
from data_contracts.digest import digest_sql, padded
from data_contracts.lake import Lake, files_of, holds, read_files
from data_contracts.problems import Problem
from data_contracts.receipts import ADMITTED, Receipt, from_json, read_receipts

KINDS = {"double": "number", "timestamp": "timestamp", "date": "date"}
NEXT = "Restore the lake from a backup; do not pay on it."


def verify_receipts(lake: Lake, contracts: Mapping[str, Contract]) -> list[Problem]:
    """Every way in which receipts, commits, quarantine and rows disagree; none when all is as it was admitted.

    A delivery's rows are read at the version that admitted it, so later upserts and snapshots do not disturb it.
    """
    receipts = [receipt for receipt in read_receipts(lake.root) if receipt.state == ADMITTED]
    problems = [problem for receipt in receipts for problem in _receipt_problems(lake, contracts, receipt)]
    return [*problems, *_unreceipted(lake, receipts)]


def _receipt_problems(lake: Lake, contracts: Mapping[str, Contract], receipt: Receipt) -> Iterator[Problem]:
    where = f"receipt {receipt.sequence} of {receipt.dataset}"
    if receipt.dataset not in contracts:
        yield Problem(where, "a contract", "none", f"Known: {', '.join(sorted(contracts))}.")
        return
    if not lake.exists(receipt.dataset) or not holds(lake.table(receipt.dataset), receipt.delivery):
        yield Problem(where, "its commit in the lake", "none", NEXT)
        return
    try:
        found = _digest(lake, receipt)
    except (duckdb.Error, OSError) as error:
        found = f"unreadable ({type(error).__name__})"
    if found != receipt.digest:
        yield Problem(where, f"rows of digest {receipt.digest}", found, NEXT)
    if (kept := _quarantined(lake, receipt)) != receipt.quarantined:
        yield Problem(where, f"{receipt.quarantined:,} rows in quarantine", f"{kept:,}", NEXT)


def _digest(lake: Lake, receipt: Receipt) -> str:
    """The digest of the delivery's rows, by the columns the table had when it was admitted."""
    table = lake.table(receipt.dataset, receipt.version)
    if not (files := files_of(table)):
        return "0/0"
    fields = {field.name: str(field.type.type) for field in table.schema().fields if not field.name.startswith("_")}
    columns = [Column(name, KINDS.get(kind, "string")) for name, kind in fields.items()]
    with duckdb.connect(":memory:") as con:
        con.execute("SET TimeZone = 'UTC'")
        rows = f"(FROM {padded(con, read_files(files), columns)} WHERE _delivery = {literal(receipt.delivery)})"
        return str(con.execute(digest_sql(columns, rows)).fetchall()[0][0])


def _quarantined(lake: Lake, receipt: Receipt) -> int:
    table = f"{QUARANTINE}/{receipt.dataset}"
    files = files_of(lake.table(table)) if lake.exists(table) else []
    if not files:
        return 0
    query = f"SELECT count(*) FROM {read_files(files)} WHERE _delivery = {literal(receipt.delivery)}"
    with duckdb.connect(":memory:") as con:
        return int(con.execute(query).fetchall()[0][0])


def _unreceipted(lake: Lake, receipts: list[Receipt]) -> Iterator[Problem]:
    """Commits of deliveries without a receipt: someone wrote past admission, or a crash waits to be completed."""
    known = {(receipt.dataset, receipt.delivery) for receipt in receipts}
    for dataset in lake.datasets():
        for entry in lake.table(dataset).history():
            if "receipt" not in entry:
                continue
            receipt = from_json(entry["receipt"])
            if (dataset, receipt.delivery) not in known:
                yield Problem(
                    f"{dataset} version {entry['version']}", "a receipt", "none", "Run complete_all, then verify again."
                )
