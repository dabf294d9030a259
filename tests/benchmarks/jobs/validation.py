"""D1, the product's side: a delivery, loaded as text, is cast, checked by Great Expectations and divided.

Usage: python -m tests.benchmarks.jobs.validation DELIVERY.csv SCRATCH. It is `admit` from the end of its reading to the
point at which rows are divided; the last line but one is how many rows fail.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import great_expectations.expectations.core  # noqa: F401 - its import is not what is measured
import pyarrow as pa

from data_contracts import admission
from data_contracts.contract import parse_contract
from data_contracts.expectations import expectations
from data_contracts.lake import Lake
from tests.benchmarks.measure import Clock

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CONTRACT = Path(__file__).with_name("responses.yaml")


class NoKeys:
    """The contract has no surrogate keys."""

    def resolve(self, kind: str, _raw: pa.Table, _mint: bool) -> pa.Table:
        raise AssertionError(kind)

    def remember(self, kind: str, _known: pa.Table) -> None:
        raise AssertionError(kind)


def main(file: Path, scratch: Path) -> None:
    """Admit the delivery to an empty lake with the clock on casting and validating."""
    contract, clock = parse_contract(CONTRACT.read_text("utf-8"), CONTRACT.name), Clock()

    def progress(step: str, share: float) -> None:
        if step == "casting":
            clock.start()

    def hook(point: str) -> None:
        if point == "validated":
            clock.stop()

    receipt = admission.admit(Lake(scratch), contract, file, keys=NoKeys(), now=NOW, progress=progress, hook=hook)
    print(json.dumps({"failing": receipt.quarantined, "expectations": len(expectations(contract, NOW))}))
    clock.report()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
