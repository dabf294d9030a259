"""Where the figures of a run come from: definition, facts, versions of the data, and the deliveries behind them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
from deltalake.exceptions import DeltaError

from data_contracts.lake import Lake
from data_contracts.lake import Snapshot as LakeSnapshot
from data_contracts.receipts import ADMITTED, Receipt, read_receipts
from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.workspace import Snapshot, duckdb_types

GONE = (DeltaError, OSError, duckdb.Error)


@dataclass(frozen=True)
class Delivery:
    """A delivery behind a figure: its receipt's file, the moment it was admitted (UTC, ISO), and its rows.

    `rows` are those that fall into the window of the run, None where that cannot be told. `file` and `at` are empty
    where it came without a receipt.
    """

    dataset: str
    delivery: str
    file: str
    at: str
    admitted: int | None
    rows: int | None
    receipt: int | None


@dataclass(frozen=True)
class Source:
    """What a KPI of a run was counted by and from: its definition under its hash, and each dataset at its version."""

    kpi: str
    title: str
    version: int
    digest: str
    datasets: Mapping[str, int]
    deliveries: tuple[Delivery, ...]


class Sources:
    """The sources of one run; every KPI is looked up once."""

    def __init__(self, snapshot: Snapshot, document: Mapping[str, Any], window: Period) -> None:
        """The run's evidence document and its window."""
        self.snapshot, self.document, self.window = snapshot, document, window
        self._known: dict[str, Source] = {}

    def of(self, kpis: set[str]) -> Iterator[Source]:
        """The sources of some KPIs, in the order of their names."""
        for name in sorted(kpis):
            if name not in self._known:
                self._known[name] = self._source(name)
            yield self._known[name]

    def _source(self, name: str) -> Source:
        built = self.document["built"][name]
        kpi = KpiDefinition.model_validate(self.document["kpis"][name])
        parts = [KpiDefinition.model_validate(each) for each in built.get("parts", {}).values()] or [kpi]
        own = {each.dataset for each in parts}
        order = sorted(built["datasets"], key=lambda dataset: (dataset not in own, dataset))
        held = [each for dataset in order for each in self._deliveries(dataset, built["datasets"], parts)]
        return Source(name, kpi.title, built["version"], built["definition"], built["datasets"], tuple(held))

    @cached_property
    def _receipts(self) -> list[Receipt]:
        return [each for each in read_receipts(self.snapshot.workspace.lake) if each.state == ADMITTED]

    def _deliveries(self, dataset: str, versions: Mapping[str, int], parts: list[KpiDefinition]) -> Iterator[Delivery]:
        """The deliveries with rows in the window; of a dataset that is not dated by the KPI, all up to its version."""
        when = {each.when for each in parts if each.dataset == dataset}
        rows = self._rows(dataset, versions, sorted(when))
        known = {each.delivery: each for each in self._receipts if each.dataset == dataset}
        if rows is None:
            early = [each for each in known.values() if each.version is None or each.version <= versions[dataset]]
            yield from (_delivery(dataset, each.delivery, each, None) for each in early)
            return
        order = sorted(rows, key=lambda each: (known[each].sequence if each in known else 0, each))
        yield from (_delivery(dataset, each, known.get(each), rows[each]) for each in order)

    def _rows(self, dataset: str, versions: Mapping[str, int], when: list[str]) -> dict[str, int] | None:
        """How many rows of each delivery lie in the window, at the version that was counted; None where it cannot be told."""
        columns = duckdb_types(self.snapshot.workspace.contracts[dataset])
        if not when or not set(when) <= set(columns):
            return None
        inside = " OR ".join(f'CAST("{name}" AS DATE) >= $since AND CAST("{name}" AS DATE) < $until' for name in when)
        try:
            table = LakeSnapshot(Lake(self.snapshot.workspace.lake), versions).sql(dataset, columns)
            sql = f"SELECT _delivery AS name, count(*) AS n FROM {table} WHERE {inside} GROUP BY 1"
            found = self.snapshot.rows(sql, since=self.window.start, until=self.window.end).to_pylist()
        except GONE:
            return None
        return {row["name"]: row["n"] for row in found if row["name"]}


def _delivery(dataset: str, name: str, receipt: Receipt | None, rows: int | None) -> Delivery:
    if receipt is None:
        return Delivery(dataset, name, "", "", None, rows, None)
    return Delivery(dataset, name, receipt.file, receipt.at, receipt.admitted, rows, receipt.sequence)
