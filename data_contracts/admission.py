"""A delivery becomes admitted rows, quarantined rows and a receipt; the Delta commit is the one point at which it counts."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from data_contracts.commit import complete, finish, prepare, write
from data_contracts.contract import Contract
from data_contracts.delivery import Delivery, open_delivery
from data_contracts.expectations import columns_asked, validate
from data_contracts.keys import Keys, mint, resolve
from data_contracts.lake import Lake, files_of, holds, read_files
from data_contracts.layouts import MAIN, Layout
from data_contracts.problems import Problem, Problems, raise_if
from data_contracts.receipts import ADMITTED, ALREADY, REFUSED, Receipt, read_receipts, store
from data_contracts.repeats import find_repeats
from data_contracts.sorting import digest, divide
from data_contracts.sources import load_known, load_sources, map_columns
from data_contracts.staging import cast, lock, staging, tidy, weigh

Progress = Callable[[str, float], None]


def quiet(_step: str, _share: float) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class Request:
    """Everything `admit` was asked, together."""

    lake: Lake
    contract: Contract
    file: Path
    keys: Keys
    now: datetime
    layout: Layout | None = None
    known: Mapping[str, pa.Array] = field(default_factory=dict)
    batch: str = ""
    by: str = ""
    trial: bool = False
    progress: Progress = quiet
    hook: Callable[[str], None] = lambda _point: None

    def receipt(self, state: str, delivery: str) -> Receipt:
        """The receipt's outer facts."""
        return Receipt(
            dataset=self.contract.name, delivery=delivery, state=state, at=self.now.astimezone(UTC).isoformat(), file=self.file.name,
            layout=self.layout.name if self.layout else "", contract=self.contract.digest, batch=self.batch, by=self.by,
        )  # fmt: skip


def admit(
    lake: Lake,
    contract: Contract,
    file: Path,
    *,
    keys: Keys,
    now: datetime,
    layout: Layout | None = None,
    known: Mapping[str, pa.Array] | None = None,
    batch: str = "",
    by: str = "",
    trial: bool = False,
    progress: Progress = quiet,
    hook: Callable[[str], None] = lambda _point: None,
) -> Receipt:
    """Admit one file to its dataset and return the receipt, which is stored too.

    `now` is an aware datetime, `by` who releases it. `known` holds the keys other datasets have, for references that are not in the lake.
    `progress` is told a step and the share done; `hook` the point reached (for fault injection). A refused delivery's
    receipt has the problems. With `trial` nothing is written: the receipt says what would be. Raises only when the program
    itself is at fault.
    """
    if layout:
        contract = with_layout(contract, layout)
    request = Request(lake, contract, file, keys, now, layout, dict(known or {}), batch, by, trial, progress, hook)
    with lake.writing(contract.name):
        complete(lake, contract.name)
        delivery = ""
        try:
            with staging() as (con, scratch):
                sources = _open(request, scratch)
                delivery = _identity(sources, layout)
                return _already(request, delivery) or _admit(request, con, sources, delivery)
        except Problems as refused:
            told = replace(request.receipt(REFUSED, delivery), problems=refused.problems)
            return told if trial else store(lake.root, told)


def with_layout(contract: Contract, layout: Layout) -> Contract:
    """The contract, read the way the layout says: its marks, zone, null tokens and formats."""
    formats = {name: (target.format,) for name, target in layout.columns.items() if target.format}
    columns = tuple(replace(column, formats=formats.get(column.name, column.formats)) for column in contract.columns)
    return replace(contract, columns=columns, **layout.reading)


def _open(request: Request, scratch: Path) -> dict[str, Delivery]:
    """The delivery and the files its layout joins to it."""
    contract, found = request.contract, {}
    files = {name: source.file for name, source in request.layout.sources.items()} if request.layout else {MAIN: None}
    for name, file in files.items():
        folder = scratch / name
        folder.mkdir()
        path = request.file.parent / file if file else request.file
        found[name] = open_delivery(path, contract.delimiter, contract.encoding, folder)
    return found


def _identity(sources: Mapping[str, Delivery], layout: Layout | None) -> str:
    """The SHA-256 of the file; with a layout, of its files and of what it makes of them."""
    if layout is None:
        return sources[MAIN].sha256
    parts = [layout.text, *(f"{name}={delivery.sha256}" for name, delivery in sorted(sources.items()))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _already(request: Request, delivery: str) -> Receipt | None:
    lake, name = request.lake, request.contract.name
    if lake.exists(name) and holds(lake.table(name), delivery):
        earlier = [
            r for r in read_receipts(lake.root) if r.dataset == name and r.delivery == delivery and r.state == ADMITTED
        ]
        return replace(earlier[0], state=ALREADY) if earlier else request.receipt(ALREADY, delivery)
    if request.batch and any(
        r.batch == request.batch and r.dataset == name and r.state == ADMITTED for r in read_receipts(lake.root)
    ):
        raise Problems(
            [
                Problem(
                    f"batch {request.batch}",
                    "the content it had before",
                    "other content",
                    "Give a new batch its own name.",
                )
            ]
        )
    return None


def _admit(request: Request, con: duckdb.DuckDBPyConnection, sources: Mapping[str, Delivery], delivery: str) -> Receipt:
    contract, lake = request.contract, request.lake
    compared = lake.exists(contract.name) and contract.mode != "snapshot"
    files = files_of(lake.table(contract.name)) if compared else []
    request.progress("reading", 0.0)
    notes = load_sources(con, contract, request.layout, sources)
    raise_if(
        Problem(source.name, "a file at rest", "one that changed while it was read", "Deliver it when it is complete.")
        for source in sources.values()
        if not source.unchanged
    )
    load_known(con, contract, lake, request.known)
    lock(con, files)
    if request.layout:
        map_columns(con, contract, request.layout, sources)
    request.progress("casting", 0.25)
    tidy(con, contract)
    resolve(con, contract, request.keys)
    cast(con, contract, request.now)
    find_repeats(con, contract, read_files(files) if files else None)
    weigh(con, columns_asked(contract, request.now))
    request.progress("validating", 0.5)
    failures = validate(con, contract, request.now)
    receipt = divide(con, contract, failures, replace(request.receipt(ADMITTED, delivery), notes=notes))
    if request.trial:
        return receipt
    request.hook("validated")
    request.progress("writing", 0.75)
    mint(con, contract, request.keys, all_passed=not receipt.quarantined)
    receipt = replace(receipt, digest=digest(con, contract))
    prepare(lake, con, contract, receipt)
    request.hook("prepared")
    write(lake, con, contract, receipt)
    request.hook("committed")
    finished = finish(lake, contract.name, delivery, request.hook)
    request.progress("done", 1.0)
    return finished
