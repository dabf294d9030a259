"""D1, the product's side: a delivery, loaded as text, is cast, checked by Great Expectations and divided.

Usage: python -m tests.benchmarks.jobs.validation DELIVERY.csv SCRATCH. The last line but one is how many rows fail.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import great_expectations.expectations.core  # noqa: F401 - its import is not what is measured

from data_contracts import dialect  # noqa: F401 - as above
from data_contracts.contract import Contract, parse_contract
from data_contracts.delivery import Delivery, open_delivery
from data_contracts.expectations import expectations, validate
from data_contracts.lake import Lake
from data_contracts.layouts import MAIN
from data_contracts.receipts import ADMITTED, Receipt
from data_contracts.repeats import find_repeats
from data_contracts.sorting import divide
from data_contracts.sources import load_known, load_sources
from data_contracts.staging import cast, lock, staging, tidy
from tests.benchmarks.measure import Clock

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def main(file: Path, scratch: Path) -> None:
    """The steps of `admit` between reading and writing."""
    contract = parse_contract(Path(__file__).with_name("responses.yaml").read_text("utf-8"), "responses.yaml")
    clock = Clock()
    with staging() as (con, folder):
        delivery = open_delivery(file, contract.delimiter, contract.encoding, folder)
        load_sources(con, contract, None, {MAIN: delivery})
        load_known(con, contract, Lake(scratch / "lake"), {})
        lock(con, [])
        with clock.running():
            tidy(con, contract)
            cast(con, contract, NOW)
            find_repeats(con, contract, None)
            failures = validate(con, contract, NOW)
            receipt = divide(con, contract, failures, _receipt(delivery, contract))
    print(json.dumps({"failing": receipt.quarantined, "expectations": len(expectations(contract, NOW))}))
    clock.report()


def _receipt(delivery: Delivery, contract: Contract) -> Receipt:
    return Receipt(
        dataset=contract.name, delivery=delivery.sha256, state=ADMITTED, at=NOW.isoformat(), file=delivery.name,
        layout="", contract=contract.digest, batch="",
    )  # fmt: skip


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
