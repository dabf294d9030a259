"""Build facts: only of the KPIs and slices whose data or definition changed, and one commit for all of them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import pyarrow as pa

from data_contracts.commit import complete_all
from data_contracts.lake import FACTS, Lake, Snapshot, read_files, replace_facts
from data_contracts.problems import raise_if
from kpis import facts
from kpis.definitions import KpiDefinition, check
from kpis.workspace import Workspace, built_from, duckdb_types

Progress = Callable[[str, float], None]
REFERENCES = ("assignments", "credits", "customers")
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("kpi", "cube")),
        ("slice", pa.date32()),
        *((name, pa.string()) for name in ("department", "person", "segment", "channel", "uncredited")),
        ("bucket", pa.int64()),
        ("n", pa.int64()),
        *((name, pa.decimal128(38, 0)) for name in ("w", "w2", "x", "wx", "xx")),
    ]
)


@dataclass(frozen=True)
class Built:
    """What a build did: slices per KPI (None for all of them), facts written, the version that holds them."""

    kpis: Mapping[str, tuple[date, ...] | None]
    facts: int
    version: int | None


def build(workspace: Workspace, everything: bool = False, progress: Progress | None = None) -> Built:
    """Bring the facts up to date with the lake; with nothing new no data is read and nothing is written."""
    lake = Lake(workspace.lake)
    complete_all(lake)
    with lake.writing("build"):
        now = lake.snapshot()
        before = {} if everything else dict(built_from(lake, now.versions.get(FACTS)))
        wanted = {name: _inputs(kpi, now) for name, kpi in workspace.kpis.items() if kpi.dataset in now.versions}
        stale = {
            name: _slices(workspace, before.get(name), wanted[name], now)
            for name in wanted
            if before.get(name) != wanted[name]
        }
        stale = {name: slices for name, slices in stale.items() if slices is None or slices}
        gone = [name for name in before if name not in wanted]
        if before == wanted:
            return Built({}, 0, now.versions.get(FACTS))
        rows = _computed(workspace, now, stale, progress)
        predicate = None if everything or not before else _predicate(stale, gone)
        version = now.versions.get(FACTS)
        if predicate != "":
            version = replace_facts(
                lake, rows.to_reader(), predicate, {"goldenthread.built": json.dumps(wanted, sort_keys=True)}
            )
        return Built(stale, rows.num_rows, version)


def _inputs(kpi: KpiDefinition, now: Snapshot) -> dict[str, Any]:
    """What the facts of a KPI depend on: its digest and the version of each dataset it reads."""
    texts = " ".join(kpi.expressions().values())
    needed = {kpi.dataset}
    needed |= {"assignments"} if kpi.credit.person or kpi.credit.through else set()
    needed |= {"credits"} if kpi.credit.through else set()
    needed |= {"customers"} if "customers." in texts else set()
    return {
        "definition": kpi.digest(),
        "datasets": {name: now.versions[name] for name in sorted(needed) if name in now.versions},
    }


def _slices(workspace: Workspace, before: Any, after: Mapping[str, Any], now: Snapshot) -> tuple[date, ...] | None:
    """The slices to rebuild; None for all: a new KPI, a changed definition, or changed reference data."""
    if before is None or before["definition"] != after["definition"]:
        return None
    changed = {name for name, version in after["datasets"].items() if before["datasets"].get(name) != version}
    kpi = next(each for each in workspace.kpis.values() if each.digest() == after["definition"])
    if changed != {kpi.dataset} or set(before["datasets"]) != set(after["datasets"]):
        return None
    then = Snapshot(now.lake, {kpi.dataset: before["datasets"][kpi.dataset]})
    return _changed(workspace, kpi, set(then.files(kpi.dataset)), set(now.files(kpi.dataset)))


def _changed(workspace: Workspace, kpi: KpiDefinition, old: set[str], new: set[str]) -> tuple[date, ...]:
    """The slices of rows that are in one version of a dataset and not in the other; only files that differ are read."""
    connection = _connection(workspace)
    files = {"added": sorted(new - old), "removed": sorted(old - new)}
    sides = [_table(connection, side, _relation(workspace, kpi.dataset, listed)) for side, listed in files.items()]
    dated = [side.select(*facts.IDENTITY, slice=facts.slice_of(side, kpi)) for side in sides]
    rows = dated[0].difference(dated[1]).union(dated[1].difference(dated[0]))
    return tuple(
        sorted(
            row["slice"] for row in connection.to_pyarrow(rows.select("slice").distinct()).to_pylist() if row["slice"]
        )
    )


def _computed(
    workspace: Workspace, now: Snapshot, stale: Mapping[str, tuple[date, ...] | None], progress: Progress | None
) -> pa.Table:
    tables = [SCHEMA.empty_table()]
    for at, (name, slices) in enumerate(stale.items()):
        if progress:
            progress(name, at / len(stale))
        tables.append(compute(workspace, now, workspace.kpis[name], slices or ()))
    return pa.concat_tables(tables)


def compute(workspace: Workspace, now: Snapshot, kpi: KpiDefinition, slices: tuple[date, ...] = ()) -> pa.Table:
    """The facts of one KPI over a snapshot, sorted by cube and slice; raises Problems when its columns do not exist."""
    raise_if(check(kpi, {name: list(duckdb_types(each)) for name, each in workspace.contracts.items()}))
    connection = _connection(workspace)
    tables = {
        name: _table(connection, name, _relation(workspace, name, now.files(name))) for name in _present(kpi, now)
    }
    references = {name: tables.get(name) for name in REFERENCES}
    expression = facts.facts(kpi, facts.Sources(tables[kpi.dataset], **references), slices)
    return connection.to_pyarrow(expression.order_by("cube", "slice")).cast(SCHEMA)


def _present(kpi: KpiDefinition, now: Snapshot) -> Iterator[str]:
    """What was delivered of the KPI's dataset and the references; customers also as none, where an expression names them."""
    named = any("customers." in text for text in kpi.expressions().values())
    yield from (n for n in {kpi.dataset, *REFERENCES} if n in now.versions or (n == "customers" and named))


def _relation(workspace: Workspace, dataset: str, files: list[str]) -> str:
    if files:
        return read_files(files)
    columns = ", ".join(
        f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in duckdb_types(workspace.contracts[dataset]).items()
    )
    return f"(SELECT {columns} WHERE false)"


def _table(connection: Any, name: str, relation: str) -> Any:
    connection.raw_sql(f'CREATE VIEW "{name}" AS SELECT * FROM {relation}')
    return connection.table(name)


def _connection(workspace: Workspace) -> Any:
    connection = ibis.duckdb.connect(threads=2)
    connection.raw_sql(f"SET TimeZone = '{workspace.settings.company.zone}'")
    return connection


def _predicate(stale: Mapping[str, tuple[date, ...] | None], gone: list[str]) -> str:
    """Delta SQL that selects the facts to replace; empty when there are none."""
    whole = [f"kpi = '{name}'" for name in [*gone, *(name for name, slices in stale.items() if slices is None)]]
    parts = [
        f"(kpi = '{name}' AND slice IN ({', '.join(repr(str(day)) for day in slices)}))"
        for name, slices in stale.items()
        if slices is not None
    ]
    return " OR ".join([*whole, *parts])
