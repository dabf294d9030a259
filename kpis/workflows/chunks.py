"""Facts computed a stretch of time at a time, each cube of a stretch in files of its own: memory does not grow with the data."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
from ibis.expr import types as ir

from data_contracts.lake import Snapshot
from data_contracts.problems import raise_if
from kpis import cubes, facts
from kpis.calendar import day_of
from kpis.definitions import KpiDefinition, check
from kpis.expressions import read
from kpis.workflows import engines
from kpis.workflows.counting import counted
from kpis.workflows.grouping import grouped
from kpis.workflows.work import SCHEMA, Stretch, Work
from kpis.workspace import Workspace, duckdb_types

EXTENT = pa.schema([("low", pa.date32()), ("high", pa.date32()), ("rows", pa.int64())])
REFERENCES = ("assignments", "credits", "customers")
YEAR = 62  # slices a year: what is known of the rows of a slice before any is read
Progress = Callable[[str, float], None]


def sources(work: Work, kpis: Collection[KpiDefinition]) -> dict[str, facts.Sources]:
    """By KPI the tables of its dataset and of the references that were delivered; raises Problems when columns do not exist."""
    contracts = work.workspace.contracts
    names = {name: list(duckdb_types(each)) for name, each in contracts.items()}
    raise_if([problem for kpi in kpis for problem in check(kpi, names)])
    wanted = {name for name in REFERENCES if name in work.now.versions} | {kpi.dataset for kpi in kpis}
    wanted |= {"customers"} if any(kpi.names_customers for kpi in kpis) else set()
    tables = {
        name: work.engine.table(name, _files_near(work, name, kpis), duckdb_types(contracts[name]))
        for name in sorted(wanted)
    }
    references = {name: tables.get(name) for name in REFERENCES}
    return {kpi.id: facts.Sources(tables[kpi.dataset], **references) for kpi in kpis}


def _files_near(work: Work, dataset: str, kpis: Collection[KpiDefinition]) -> list[str]:
    """The files of a dataset, without those that the log tells to hold no rows around the slices that are needed."""
    files, needed = work.now.files(dataset), work.needed()
    own = {kpi.id: kpi for kpi in kpis if kpi.dataset == dataset}
    spans = [facts.around(own[name], work.span(sorted(each))) for name, each in needed.items() if name in own and each]
    columns = {kpi.when for kpi in own.values()}
    if dataset in REFERENCES or len(spans) != len(own) or len(columns) != 1:
        return files
    low, high = min(each for each, _ in spans), max(each for _, each in spans)
    ends = work.now.ends(dataset, columns.pop())
    days = {file: [day_of(end, UTC) for end in each] for file, each in ends.items()}
    return [each for each in files if each not in days or (days[each][0] <= high and low <= days[each][1])]


def written(work: Work, progress: Progress | None = None) -> list[Path]:
    """The files of every cube with the facts of what is stale, stretch by stretch, oldest first."""
    kpis = [work.workspace.kpis[name] for name in work.needed() if work.workspace.kpis[name].measure.kind != "ratio"]
    given = sources(work, kpis)
    stretches, found = _stretches(work, given), list[Path]()
    if None in work.needed().values():
        _code(work, given)
    for at, stretch in enumerate(stretches):
        if progress:
            progress(f"{stretch.slices[0]:%Y-%m}", at / len(stretches))
        found += _files(stretch)
    return found


def _code(work: Work, given: Mapping[str, facts.Sources]) -> None:
    """Tell the engine the names that the facts will hold: people, departments and cuts."""
    texts: dict[str, dict[Any, ir.Table]] = defaultdict(dict)
    for name, its in given.items():
        for key, tables in facts.named(work.workspace.kpis[name], its).items():
            texts[key] |= {each.op(): each for each in tables}
    for key, distinct in texts.items():
        work.engine.code(key, cubes.under(list(distinct.values())))


def _stretches(work: Work, given: Mapping[str, facts.Sources]) -> list[Stretch]:
    """The slices to build in runs without a gap, each of few enough rows."""
    rows: dict[date, float] = defaultdict(float)
    extents: dict[tuple[str, str], tuple[list[date], int]] = {}
    for name, slices in work.needed().items():
        if name not in given:
            continue
        kpi = work.workspace.kpis[name]
        if slices is not None:
            held, count = sorted(slices), work.now.rows(kpi.dataset) * len(slices) // YEAR
        else:
            key = kpi.dataset, kpi.when
            extents[key] = held, count = extents.get(key) or _extent(work, kpi, given[name])
        for each in held:
            rows[each] += count / len(held)
    return [Stretch(work, given, run, held) for run, held in _runs(work, rows)]


def _runs(work: Work, rows: Mapping[date, float]) -> Iterator[tuple[tuple[date, ...], float]]:
    run, held = list[date](), 0.0
    for day in sorted(rows):
        if run and (held + rows[day] > work.most or work.after(run[-1]) != day):
            yield tuple(run), held
            run, held = [], 0.0
        run.append(day)
        held += rows[day]
    if run:
        yield tuple(run), held


def _extent(work: Work, kpi: KpiDefinition, given: facts.Sources) -> tuple[list[date], int]:
    """The slices of a KPI's dataset from the first to the last that has rows, and how many rows there are; by the log where that tells."""
    ends, zone = work.now.ends(kpi.dataset, kpi.when), work.workspace.settings.zone
    if ends and ends.keys() >= set(work.now.files(kpi.dataset)):
        days = [day_of(end, zone) for each in ends.values() for end in each]
        low, high, rows = min(days), max(days), work.now.rows(kpi.dataset)
    else:
        table = facts.with_customers([kpi], given) if "customers." in kpi.when else given.observations
        when = read(table, kpi.when)
        asked = table.aggregate(low=when.min().cast("date"), high=when.max().cast("date"), rows=table.count())
        [(low, high, rows)] = (row.values() for row in work.engine.stream(asked, EXTENT).read_all().to_pylist())
    return work.calendar.slices(low, high + timedelta(days=1)) if low else [], rows


def _files(stretch: Stretch) -> list[Path]:
    """The files of a stretch: of what is counted in this process, and of what the engine groups."""
    done, files = counted(stretch) if stretch.small else (set[str](), list[Path]())
    return files + (list(grouped(stretch, done)) if done < stretch.needed.keys() else [])


def compute(
    workspace: Workspace, now: Snapshot, kpi: KpiDefinition, parts: Mapping[str, KpiDefinition] = MappingProxyType({})
) -> pa.Table:
    """The facts of one KPI over a snapshot, every cube; a ratio's from its parts. Raises Problems for columns that do not exist."""
    with engines.opened(workspace) as engine:
        work = Work(workspace, engine, now, Path(), {})
        sides = [parts[name] for name in kpi.parts]
        given = sources(work, sides or [kpi])
        rows = facts.facts(kpi, given.get(kpi.id), {each.id: (each, given[each.id]) for each in sides})
        return engine.stream(rows, SCHEMA).read_all()
