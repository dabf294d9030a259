"""Receipts: what came in, when, how much of it was admitted, and why the rest was not. Counts and row numbers, never values."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from data_contracts.problems import Problem

ADMITTED, REFUSED, ALREADY, UNRELEASED = "admitted", "refused", "already admitted", "not released"
FOLDER = "receipts"


@dataclass(frozen=True)
class Receipt:
    """One delivery's receipt. `rows` are the first hundred row numbers of each reason, `digest` is of the admitted rows.

    received = admitted + quarantined + repeats holds for every admitted delivery. `at` is UTC, ISO 8601; `version` is
    the Delta version whose commit admitted it; `replaced` counts admitted rows that took the place of one in the lake.
    `by` is who released it: the key of a person, an address from outside, or empty for nobody named.
    """

    dataset: str
    delivery: str
    state: str
    at: str
    file: str = ""
    layout: str = ""
    contract: str = ""
    batch: str = ""
    by: str = ""
    received: int = 0
    admitted: int = 0
    quarantined: int = 0
    repeats: int = 0
    replaced: int = 0
    normalised: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    digest: str = ""
    version: int | None = None
    sequence: int = 0

    def __post_init__(self) -> None:
        if self.state == ADMITTED:
            assert self.received == self.admitted + self.quarantined + self.repeats, "a row was lost"

    def to_json(self) -> str:
        """The receipt as JSON, keys sorted."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)


def from_json(text: str) -> Receipt:
    """The receipt that `to_json` wrote."""
    data: dict[str, Any] = json.loads(text)
    data["rows"] = {reason: tuple(rows) for reason, rows in data["rows"].items()}
    data["problems"] = tuple(Problem(**problem) for problem in data["problems"])
    return Receipt(**{**data, "notes": tuple(data["notes"])})


def read_receipts(root: Path) -> list[Receipt]:
    """Every receipt of the lake at `root`, in the order they were given."""
    return [from_json(path.read_text("utf-8")) for path in _files(root)]


def _files(root: Path) -> list[Path]:
    folder = root / FOLDER
    return sorted(folder.glob("*.json")) if folder.is_dir() else []


def store(root: Path, receipt: Receipt) -> Receipt:
    """Write a receipt under the next free number, whole or not at all; an admitted one is written once. Returns it numbered."""
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    if receipt.state == ADMITTED:
        for path in folder.glob(f"*-{receipt.dataset}-{receipt.delivery[:16]}.json"):
            if (held := from_json(path.read_text("utf-8"))).state == ADMITTED:
                return held
    number = max((int(path.name.split("-")[0]) for path in _files(root)), default=0)
    while True:
        number += 1
        numbered = replace(receipt, sequence=number)
        if _write_new(folder, f"{number:08d}", numbered):
            return numbered


def _write_new(folder: Path, number: str, receipt: Receipt) -> bool:
    """Take the number by a link, which fails where another process took it first, once the text is on disk."""
    draft = folder / f".{os.getpid()}-{number}"
    with draft.open("w", encoding="utf-8") as file:
        file.write(receipt.to_json())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, folder / f".{number}")
        draft.replace(folder / f"{number}-{receipt.dataset}-{receipt.delivery[:16]}.json")
        return True
    except FileExistsError:
        draft.unlink()
        return False


def summary(receipt: Receipt) -> Iterator[str]:
    """The receipt in lines a person reads."""
    yield f"{receipt.dataset}: {receipt.state} {receipt.file} ({receipt.delivery[:12]})"
    if receipt.state == ADMITTED:
        parts = f"{receipt.admitted:,} admitted + {receipt.quarantined:,} quarantined + {receipt.repeats:,} repeats"
        yield f"{receipt.received:,} received = {parts}"
    yield from (f"{count:,} × {reason}" for reason, count in receipt.reasons.items())
    yield from map(str, receipt.problems)
    yield from receipt.notes
