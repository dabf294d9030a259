"""Cubes grouped by the engine: of KPIs that weigh, square, divide or look at other rows, and of all where rows do not fit one process.

Rows are placed once for all KPIs that place them alike and held; every KPI groups from there, ratios and the smaller
cubes from what was grouped before.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr import types as ir

from data_contracts.parquet_files import new_file
from kpis import cubes, facts
from kpis.credit import REASONS
from kpis.cubes import BASE, CUBES, MOMENTS
from kpis.workflows.work import SCHEMA, Stretch, Work


def grouped(stretch: Stretch, without: Collection[str]) -> Iterator[Path]:
    """The files of what is wanted of a stretch, but of some KPIs: placed, grouped, rolled up and written."""
    for key, texts in {"kpi": sorted(stretch.needed), "uncredited": list(REASONS.values())}.items():
        stretch.work.engine.code(key, ibis.array(texts).unnest().name("text").as_table())
    kpis, made = stretch.work.workspace.kpis, dict[str, Mapping[str, ir.Table]]()
    for name, based in _based(stretch, without):
        made[name] = based if stretch.needed[name] == stretch.slices else _only(based, stretch.needed[name])
        if name in stretch.parts:
            made[name] = {cube: stretch.work.engine.keep(f"{name} {cube}", each) for cube, each in made[name].items()}
    for name in stretch.needed.keys() - stretch.given.keys():
        made[name] = cubes.ratio(kpis[name], {part: (kpis[part], made[part]) for part in kpis[name].parts})
    wanted = {name: slices for name, slices in stretch.wanted.items() if name in made}
    for name, slices in wanted.items():
        if slices != stretch.needed[name]:
            made[name] = _only(made[name], slices)
    yield from _files(stretch.work, {name: made[name] for name in wanted})


def _only(made: Mapping[str, ir.Table], slices: Collection[date]) -> dict[str, ir.Table]:
    """The cubes of those slices."""
    return {cube: each.filter(each.slice.isin(slices)) for cube, each in made.items()}


def _based(stretch: Stretch, without: Collection[str]) -> Iterator[tuple[str, dict[str, ir.Table]]]:
    """The base cubes of every KPI; rows that several place alike are placed once."""
    keep = stretch.work.engine.keep
    for at, family in enumerate(stretch.families(without)):
        its = stretch.given[family[0].id]
        if family[0].count:
            rows = facts.counted(family[0], its, stretch.span)
            yield family[0].id, cubes.based(cubes.Rows(keep(f"placed {at}", rows.table), rows.unit))
        else:
            placed = keep(f"placed {at}", facts.placed(family, its, stretch.span))
            yield from ((kpi.id, cubes.based(facts.observations(kpi, placed))) for kpi in family)


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
