"""Facts computed a stretch of time at a time, each cube of a stretch written as one file: memory does not grow with the data.

Rows of a stretch are placed once for all KPIs that place them alike and held; every KPI groups from there, ratios and
the smaller cubes from what was grouped before.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr import types as ir

from data_contracts.lake import Snapshot
from data_contracts.parquet_files import new_file
from data_contracts.problems import raise_if
from kpis import cubes, facts, tallies
from kpis.calendar import Calendar, day_of
from kpis.credit import REASONS
from kpis.cubes import BASE, CUBES, MOMENTS, TYPES, WIDE
from kpis.definitions import KpiDefinition, check
from kpis.expressions import read
from kpis.workflows import engines
from kpis.workflows.engines import Engine
from kpis.workspace import Workspace, duckdb_types

ARROW = {
    "string": pa.string(),
    "date": pa.date32(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    WIDE: pa.decimal128(38, 0),
}
SCHEMA = pa.schema([(name, ARROW[kind]) for name, kind in TYPES.items()])
EXTENT = pa.schema([("low", pa.date32()), ("high", pa.date32()), ("rows", pa.int64())])
REFERENCES = ("assignments", "credits", "customers")
MOST = 8_000_000  # rows times KPIs a stretch; what a stretch groups lies in memory at once
YEAR = 62  # slices a year: what is known of the rows of a slice before any is read
Stale = Mapping[str, tuple[date, ...] | None]
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Work:
    """What is built: the KPIs and their slices (None: all), over one state of the lake by one engine, into files below `root`."""

    workspace: Workspace
    engine: Engine
    now: Snapshot
    root: Path
    stale: Stale
    most: int = MOST

    @property
    def calendar(self) -> Calendar:
        """The company's calendar."""
        return self.workspace.settings.calendar

    def needed(self) -> dict[str, set[date] | None]:
        """What is computed: the KPIs that are written, and the parts of ratios among them."""
        found: dict[str, set[date] | None] = {}
        for name, slices in self.stale.items():
            for each in (name, *self.workspace.kpis[name].parts):
                known = found.get(each, set())
                found[each] = None if slices is None or known is None else known | set(slices)
        return found


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
    spans = [
        facts.around(own[name], _span(work, sorted(each))) for name, each in needed.items() if name in own and each
    ]
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
    whole = None in work.needed().values()
    if whole:
        _code(work, given)
    for at, stretch in enumerate(stretches):
        if progress:
            progress(f"{stretch[0]:%Y-%m}", at / len(stretches))
        if not whole:
            _code(work, given, _span(work, stretch))
        found += _stretch(work, given, stretch)
    return found


def _span(work: Work, stretch: Sequence[date]) -> facts.Span:
    """A stretch as a span, with the moments at which its slices begin."""
    start, end = stretch[0], _after(work.calendar, stretch[-1])
    return facts.Span(start, end, work.calendar.steps(start, end, work.workspace.settings.zone))


def _code(work: Work, given: Mapping[str, facts.Sources], span: facts.Span | None = None) -> None:
    """Tell the engine the names that the facts, or those of a span, will hold: people, departments, cuts and KPIs."""
    texts: dict[str, dict[Any, ir.Table]] = defaultdict(dict)
    for name, its in given.items():
        for key, tables in facts.named(work.workspace.kpis[name], its, span).items():
            texts[key] |= {each.op(): each for each in tables}
    for key, distinct in texts.items():
        work.engine.code(key, cubes.under(list(distinct.values())))
    for key, each in {"kpi": sorted(work.needed()), "uncredited": list(REASONS.values())}.items():
        work.engine.code(key, ibis.array(each).unnest().name("text").as_table())


def _stretches(work: Work, given: Mapping[str, facts.Sources]) -> list[tuple[date, ...]]:
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
    return list(_runs(work, rows))


def _runs(work: Work, rows: Mapping[date, float]) -> Iterator[tuple[date, ...]]:
    run, held = list[date](), 0.0
    for day in sorted(rows):
        if run and (held + rows[day] > work.most or _after(work.calendar, run[-1]) != day):
            yield tuple(run)
            run, held = [], 0.0
        run.append(day)
        held += rows[day]
    if run:
        yield tuple(run)


def _after(calendar: Calendar, day: date) -> date:
    """The first day of the next slice."""
    return calendar.slices(day, day + timedelta(days=8))[1]


def _extent(work: Work, kpi: KpiDefinition, given: facts.Sources) -> tuple[list[date], int]:
    """The slices of a KPI's dataset from the first to the last that has rows, and how many rows there are."""
    table = facts.with_customers([kpi], given) if "customers." in kpi.when else given.observations
    when = read(table, kpi.when)
    ends = table.aggregate(low=when.min().cast("date"), high=when.max().cast("date"), rows=table.count())
    [row] = work.engine.stream(ends, EXTENT).read_all().to_pylist()
    return work.calendar.slices(row["low"], row["high"] + timedelta(days=1)) if row["low"] else [], row["rows"]


def _stretch(work: Work, given: Mapping[str, facts.Sources], stretch: tuple[date, ...]) -> Iterator[Path]:
    """One stretch: what it needs is placed, grouped, rolled up and written."""
    needed = {name: _here(slices, stretch) for name, slices in work.needed().items()}
    kpis = {name: work.workspace.kpis[name] for name, slices in needed.items() if slices}
    parts = {part for each in kpis.values() for part in each.parts}
    made: dict[str, dict[str, ir.Table]] = {}
    for name, based in _based(work, [kpi for kpi in kpis.values() if kpi.id in given], given, stretch):
        made[name] = based if needed[name] == stretch else _only(based, needed[name])
        if name in parts:
            made[name] = {cube: work.engine.keep(f"{name} {cube}", each) for cube, each in made[name].items()}
    for name in kpis.keys() - given.keys():
        made[name] = cubes.ratio(kpis[name], {part: (kpis[part], made[part]) for part in kpis[name].parts})
    wanted = {name: slices for name in kpis if name in work.stale and (slices := _here(work.stale[name], stretch))}
    for name, slices in wanted.items():
        if slices != needed[name]:
            made[name] = _only(made[name], slices)
    yield from _files(work, {name: made[name] for name in wanted})


def _only(made: Mapping[str, ir.Table], slices: Collection[date]) -> dict[str, ir.Table]:
    """The cubes of those slices."""
    return {cube: each.filter(each.slice.isin(slices)) for cube, each in made.items()}


def _here(slices: Collection[date] | None, stretch: tuple[date, ...]) -> tuple[date, ...]:
    return stretch if slices is None else tuple(day for day in stretch if day in slices)


def _based(
    work: Work, kpis: list[KpiDefinition], given: Mapping[str, facts.Sources], stretch: tuple[date, ...]
) -> Iterator[tuple[str, dict[str, ir.Table]]]:
    """The base cubes of every KPI in a stretch; rows that several place alike are placed once."""
    span = _span(work, stretch)
    families: dict[str, list[KpiDefinition]] = defaultdict(list)
    for kpi in kpis:
        families[f"{kpi.id} counted" if kpi.count else facts.family(kpi)].append(kpi)
    for at, family in enumerate(families.values()):
        if family[0].count:
            rows = facts.counted(family[0], given[family[0].id], span)
            held = work.engine.keep(f"placed {at}", rows.table)
            yield family[0].id, cubes.based(cubes.Rows(held, rows.unit))
        else:
            placed = work.engine.keep(f"placed {at}", facts.placed(family, given[family[0].id], span))
            yield from _grouped(work, family, placed, f"tallied {at}")


def _grouped(
    work: Work, family: list[KpiDefinition], placed: ir.Table, name: str
) -> Iterator[tuple[str, dict[str, ir.Table]]]:
    """The base cubes of every KPI of a family; those that say yes or no are grouped together."""
    tallied = tallies.together(family, placed)
    names = cubes.bases(placed.columns) if tallied else []
    held = {cube: work.engine.keep(f"{name} {cube}", tallies.tallied(tallied, placed, cube)) for cube in names}
    for kpi in family:
        if kpi in tallied:
            yield kpi.id, {cube: tallies.apart(kpi, each, cube) for cube, each in held.items()}
        else:
            yield kpi.id, cubes.based(facts.observations(kpi, placed))


def _files(work: Work, made: Mapping[str, Mapping[str, ir.Table]]) -> Iterator[Path]:
    """One file a cube, all KPIs under each other, without the columns that are empty there."""
    for cube in BASE:
        tables = {name: each[cube] for name, each in made.items() if cube in each}
        moments = [each for each in MOMENTS if any(each in table.columns for table in tables.values())]
        columns = ("kpi", *CUBES[cube], *moments)
        rows = [cubes.whole(work.workspace.kpis[name], cube, each).select(columns) for name, each in tables.items()]
        if not rows:
            continue
        if cube != "place":
            yield from filed(work, cube, cubes.under(rows), coded=["kpi"])
            continue
        place = work.engine.keep("place", cubes.under(rows))
        held = {name: [each for each in MOMENTS if each in table.columns] for name, table in tables.items()}
        yield from _places(work, place, held)


def _places(work: Work, place: ir.Table, held: Mapping[str, list[str]]) -> Iterator[Path]:
    """The files of the places and of what they add up to; the company's from the cuts, which are fewer."""
    yield from filed(work, "place", place)
    yield from filed(work, "department", cubes.together(place, "department", held))
    cuts = work.engine.keep("cuts", cubes.together(place, "cuts", held))
    yield from filed(work, "cuts", cuts)
    yield from filed(work, "company", cubes.together(cuts, "company", held))


def filed(work: Work, cube: str, rows: ir.Table, coded: Collection[str] = ()) -> Iterator[Path]:
    """The rows as a file of that cube; none when there are no rows. `coded`: columns of nothing that the engine does not know."""
    file = new_file(work.root, "cube", cube)
    work.engine.write(rows, file, pa.schema([SCHEMA.field(name) for name in rows.columns]), coded)
    if pq.read_metadata(file).num_rows:
        yield file
    else:
        file.unlink()


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
