"""A lake, a key record and a way to admit a few rows as text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data_contracts.admission import admit
from data_contracts.contract import Contract, parse_contract, shipped
from data_contracts.lake import Lake
from data_contracts.receipts import Receipt
from tests.data_contracts.keyring import Keyring

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Desk:
    """Where deliveries are handed in: a lake, its keys, and the contracts that ship."""

    folder: Path
    lake: Lake
    keys: Keyring
    contracts: Mapping[str, Contract]

    def write(self, content: str | bytes, name: str = "delivery.csv") -> Path:
        """A file to deliver."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def admit(
        self, dataset: str | Contract, content: str | bytes | Path, name: str = "delivery.csv", **how: Any
    ) -> Receipt:
        """Admit text, bytes or a file to a dataset."""
        contract = self.contracts[dataset] if isinstance(dataset, str) else dataset
        path = content if isinstance(content, Path) else self.write(content, name)
        return admit(self.lake, contract, path, keys=self.keys, now=how.pop("now", NOW), **how)

    def rows(self, dataset: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """The rows of a table of the lake, now."""
        files = self.lake.table(dataset).file_uris()
        if not files:
            return []
        found = duckdb.sql(f"SELECT {columns} FROM read_parquet({files}) ORDER BY ALL").to_arrow_table()
        return list(zip(*(column.to_pylist() for column in found.columns), strict=True))


@pytest.fixture(scope="session")
def contracts() -> dict[str, Contract]:
    return {name: parse_contract(text, name) for name, text in shipped().items()}


@pytest.fixture
def desk(tmp_path: Path, contracts: dict[str, Contract]) -> Desk:
    keys = Keyring(person=("e1", "e2"), customer=("c1",))
    (tmp_path / "in").mkdir()
    return Desk(tmp_path / "in", Lake(tmp_path / "lake"), keys, contracts)


@pytest.fixture
def answers() -> Callable[..., str]:
    """Survey responses as CSV text: each row a mapping of what differs from an ordinary answer."""
    usual = {
        "response_id": "r1", "survey": "relational", "customer": "c1", "person": "e1", "department": "", "order_id": "",
        "case_id": "", "answered_at": "2026-11-01T10:00:00", "channel": "web", "segment": "business", "touchpoint": "",
        "nps": "9", "csat": "5", "ces": "", "weight": "",
    }  # fmt: skip

    def text(*rows: Mapping[str, str]) -> str:
        lines = [",".join({**usual, "response_id": f"r{index}", **row}.values()) for index, row in enumerate(rows, 1)]
        return "\n".join([",".join(usual), *lines]) + "\n"

    return text
