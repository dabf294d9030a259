"""Build facts: only of the KPIs and slices whose data or definition changed, and one commit for all of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr import types as ir

from data_contracts.commit import complete_all
from data_contracts.lake import FACTS, Lake, Snapshot
from data_contracts.parquet_files import Held, commit_files, held, prepared
from kpis.cubes import CUBES
from kpis.definitions import KpiDefinition
from kpis.facts import family
from kpis.organisation import Department, Organisation
from kpis.views import laid_out
from kpis.workflows import changes, designs, engines
from kpis.workflows.chunks import Progress, compute, written
from kpis.workflows.engines import Engine
from kpis.workflows.grouping import filed
from kpis.workflows.memory import keep_freed
from kpis.workflows.work import SCHEMA, Stale, Work
from kpis.workspace import Workspace, duckdb_types, told

__all__ = ["SCHEMA", "Built", "Progress", "build", "compute"]
LAYOUT = "cube"
TREE = pa.schema([(name, pa.string()) for name in ("id", "name", "parent")])


@dataclass(frozen=True)
class Built:
    """What a build did: slices per KPI (None for all of them), facts written, the version that holds them."""

    kpis: Mapping[str, tuple[date, ...] | None]
    facts: int
    version: int | None


def build(workspace: Workspace, everything: bool = False, progress: Progress | None = None) -> Built:
    """Bring the facts up to date with the lake; with nothing new no data is read and nothing is written."""
    keep_freed()
    lake = Lake(workspace.lake)
    complete_all(lake)
    with lake.writing("build"):
        now = lake.snapshot()
        known, effects = told(lake, now.versions.get(FACTS))
        wanted = {name: each for name, kpi in workspace.kpis.items() if (each := _inputs(workspace, kpi, now))}
        before = {} if everything else known
        if before == wanted:
            return Built({}, 0, now.versions.get(FACTS))
        with engines.opened(workspace) as engine:
            stale = dict(_stale(workspace, engine, now, before, wanted))
            gone = [name for name in before if name not in wanted]
            return _rebuilt(Work(workspace, engine, now, lake.path(FACTS), stale), wanted, gone, effects, progress)


def _inputs(workspace: Workspace, kpi: KpiDefinition, now: Snapshot) -> dict[str, Any]:
    """What the facts of a KPI depend on: what it says, and the version of each dataset it reads; nothing without data."""
    parts = {name: workspace.kpis[name] for name in kpi.parts}
    if parts:
        found = [_inputs(workspace, part, now) for part in parts.values()]
        if not all(found):
            return {}
        datasets = {name: version for each in found for name, version in each["datasets"].items()}
        texts = {name: part.model_dump(mode="json", exclude_none=True) for name, part in parts.items()}
        return {"definition": kpi.digest(), "version": kpi.version, "datasets": datasets, "parts": texts}
    if kpi.dataset not in now.versions:
        return {}
    versions = {name: now.versions[name] for name in sorted(set(kpi.reads)) if name in now.versions}
    return {"definition": kpi.digest(), "version": kpi.version, "datasets": versions}


def _stale(
    workspace: Workspace, engine: Engine, now: Snapshot, before: Mapping[str, Any], wanted: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[date, ...] | None]]:
    """The KPIs to build and their slices; None for all: a new KPI, a changed definition, or what cannot be told."""
    known: dict[Any, tuple[date, ...] | None] = {}  # of KPIs that place rows alike, once
    for name, after in wanted.items():
        if before.get(name) == after:
            continue
        if name not in before or not changes.same(before[name], after):
            yield name, None
            continue
        kpi, found = workspace.kpis[name], list[tuple[date, ...] | None]()
        for side in [workspace.kpis[part] for part in kpi.parts] or [kpi]:
            key = family(side), side.names_customers and side.id, str(before[name]["datasets"])
            if key not in known:
                known[key] = _touched(workspace, engine, now, side, before[name])
            found.append(known[key])
        slices = None if None in found else tuple(sorted({day for each in found if each for day in each}))
        if slices is None or slices:
            yield name, slices


def _touched(
    workspace: Workspace, engine: Engine, now: Snapshot, kpi: KpiDefinition, before: Any
) -> tuple[date, ...] | None:
    """The slices of a KPI, or of one side of a ratio, that newer versions of its datasets touch."""
    own = _inputs(workspace, kpi, now)["datasets"]
    versions = {name: version for name, version in before["datasets"].items() if name in own}
    return changes.touched(changes.Change(workspace, engine, kpi, now, versions), own)


def _rebuilt(
    work: Work, wanted: Mapping[str, Any], gone: Sequence[str], effects: Mapping[str, Any], progress: Progress | None
) -> Built:
    """Write what is stale beside what stays, and commit both; files of a build that breaks are removed again."""
    lake = work.now.lake
    files: list[Path] = []
    with lake.writing(FACTS):
        older = held(lake.table(FACTS), ("kpi", "slice")) if laid_out(lake, work.now.versions.get(FACTS)) else []
        removed = [each for each in older if _touches(each, work.stale, gone)]
        try:
            files += written(work, progress)
            facts = sum(pq.read_metadata(file).num_rows for file in files)
            files += [file for cube in CUBES for file in _staying(work, cube, removed, gone)]
            stay = [each for each in older if each not in removed]
            fresh = _designs(work, files, stay)
            table = prepared(lake, FACTS, SCHEMA, LAYOUT)
            kept = designs.carried(effects, fresh, wanted)
            texts = {"goldenthread.built": wanted, "goldenthread.designs": kept}
            metadata = {name: json.dumps(each, sort_keys=True) for name, each in texts.items()}
            version = commit_files(table, work.root, files, removed, metadata)
        except BaseException:
            for file in files:
                file.unlink(missing_ok=True)
            raise
    return Built(work.stale, facts, version)


def _touches(file: Held, stale: Stale, gone: Sequence[str]) -> bool:
    """Whether a file may hold facts that are replaced, by the ends of its columns."""
    (first, last), (low, high) = file.ends["kpi"], file.ends["slice"]
    for name, slices in [*stale.items(), *((name, None) for name in gone)]:
        if first <= name <= last and (slices is None or any(low <= day <= high for day in slices)):
            return True
    return False


def _staying(work: Work, cube: str, removed: Sequence[Held], gone: Sequence[str]) -> Iterator[Path]:
    """What stays of the files that are removed."""
    files = [str(work.root / each.path) for each in removed if each.value == cube]
    if not files:
        return
    rows = work.engine.table(f"old {cube}", files, {})
    whole = [*gone, *(name for name, slices in work.stale.items() if slices is None)]
    replaced = [rows.kpi.isin(whole)] if whole else []
    replaced += [(rows.kpi == name) & rows.slice.isin(slices) for name, slices in work.stale.items() if slices]
    yield from filed(work, cube, rows.filter(~_any(replaced)))


def _any(conditions: Sequence[ir.BooleanValue]) -> ir.BooleanValue:
    return reduce(lambda a, b: a | b, conditions)


def _designs(work: Work, files: Sequence[Path], stay: Sequence[Held]) -> dict[str, dict[str, float]]:
    """The design effects of what was built, from the replicates as they will stand."""
    kpis = [work.workspace.kpis[name] for name in work.stale if work.workspace.kpis[name].cluster]
    replicates = [str(file) for file in files if file.parent.name == f"{LAYOUT}=replicates"]
    replicates += [str(work.root / each.path) for each in stay if each.value == "replicates"]
    if not kpis or not replicates:
        return {}
    return designs.designs(work.engine, replicates, kpis, _tree(work))


def _tree(work: Work) -> Organisation:
    """The departments of the state that is built."""
    if "departments" not in work.now.versions:
        return Organisation(())
    columns = duckdb_types(work.workspace.contracts["departments"])
    table = work.engine.table("departments", work.now.files("departments"), columns)
    rows = work.engine.stream(table.select(id="department", name="name", parent="parent"), TREE).read_all()
    return Organisation(tuple(Department(**each) for each in rows.to_pylist()))
