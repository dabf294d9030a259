"""What receipts say is recomputed from the lake: versions, counts and digests."""

from collections.abc import Iterator, Mapping

import duckdb

from data_contracts.commit import QUARANTINE
from data_contracts.contract import Contract
from data_contracts.digest import digest_sql
from data_contracts.lake import Lake, holds, read_files
from data_contracts.problems import Problem
from data_contracts.receipts import ADMITTED, Receipt, from_json, read_receipts

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
        found = _digest(lake, contracts[receipt.dataset], receipt)
    except (duckdb.Error, OSError) as error:
        found = f"unreadable ({type(error).__name__})"
    if found != receipt.digest:
        yield Problem(where, f"rows of digest {receipt.digest}", found, NEXT)
    if (kept := _quarantined(lake, receipt)) != receipt.quarantined:
        yield Problem(where, f"{receipt.quarantined:,} rows in quarantine", f"{kept:,}", NEXT)


def _digest(lake: Lake, contract: Contract, receipt: Receipt) -> str:
    files = lake.table(receipt.dataset, receipt.version).file_uris()
    if not files:
        return "0/0"
    rows = f"(SELECT * FROM {read_files(files)} WHERE _delivery = '{receipt.delivery}')"
    with duckdb.connect(":memory:") as con:
        con.execute("SET TimeZone = 'UTC'")
        return str(con.execute(digest_sql(contract.lake_columns, rows)).fetchall()[0][0])


def _quarantined(lake: Lake, receipt: Receipt) -> int:
    table = f"{QUARANTINE}/{receipt.dataset}"
    files = lake.table(table).file_uris() if lake.exists(table) else []
    if not files:
        return 0
    query = f"SELECT count(*) FROM {read_files(files)} WHERE _delivery = '{receipt.delivery}'"
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
                yield Problem(f"{dataset} version {entry['version']}", "a receipt", "none", "Run complete_all, then verify again.")
