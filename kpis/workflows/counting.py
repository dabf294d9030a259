"""Cubes counted in this process: placed rows come from the engine as numbers, and leave as files of facts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.parquet_files import new_file
from kpis import counting, cubes, facts
from kpis.amounts import EPOCH
from kpis.clusters import GROUPS
from kpis.counting import Cells, Placed, countable
from kpis.credit import REASONS
from kpis.cubes import CUBES, MOMENTS
from kpis.definitions import KpiDefinition
from kpis.distributions import Ints
from kpis.facts import named_for
from kpis.workflows.engines import BATCH, Numbers
from kpis.workflows.work import ARROW, Stretch

TEXTS = ("department", "person", "segment", "channel")
CODED = pa.dictionary(pa.int32(), pa.string())
TYPES = {name: CODED if kind == "string" else ARROW[kind] for name, kind in cubes.TYPES.items()}
INTO = {"compression": "zstd", "compression_level": 1, "write_statistics": ["kpi", "slice"], "store_schema": False}
INTO |= {"use_dictionary": ["kpi", *TEXTS, "uncredited", "slice", "replicate", "bucket", "n"]}


@dataclass(frozen=True, eq=False)
class Counted:
    """The cubes of one KPI, and the names that the codes of its keys stand for."""

    cubes: Mapping[str, Cells]
    names: Mapping[str, pa.Array]


def counted(stretch: Stretch) -> tuple[set[str], list[Path]]:
    """The KPIs of a stretch whose rows can be counted here, and their files; none where an engine keeps its rows, or a sum may not fit."""
    engine, made = stretch.work.engine, dict[str, Counted]()
    for family in stretch.families(stretch.parts):
        kpis = [kpi for kpi in family if countable(kpi)]
        numbers = engine.numbers(facts.placed(kpis, stretch.given[kpis[0].id], stretch.span)) if kpis else None
        if numbers:
            numbers = _numbered(numbers)
            names = {**numbers.names, "uncredited": pa.array(REASONS.values())}
            made |= {kpi: Counted(each, names) for kpi, each in _cubes(numbers, kpis, stretch.slices).items()}
    return set(made), list(_files(stretch, made))


def _numbered(numbers: Numbers) -> Numbers:
    """The same, texts without names as places among those that they hold."""
    rows, names = numbers.rows, dict(numbers.names)
    for at, column in enumerate(rows.column_names):
        if pa.types.is_string(rows.schema.field(at).type):
            texts = rows.column(at).dictionary_encode().unify_dictionaries().combine_chunks()
            rows, names[column.lstrip("_")] = rows.set_column(at, column, texts.indices), texts.dictionary
    return Numbers(rows, names)


def _cubes(numbers: Numbers, kpis: Collection[KpiDefinition], slices: Sequence[date]) -> dict[str, dict[str, Cells]]:
    """By KPI its cubes; without those whose sums or keys may not fit."""
    where, found = _placed(numbers, slices), {}
    for kpi in kpis:
        rows, amount, bucket = _observed(numbers.rows, kpi)
        with suppress(OverflowError):
            found[kpi.id] = counting.cubes(kpi, where, rows, amount, bucket) if len(rows) else {}
    return found


def _placed(numbers: Numbers, slices: Sequence[date]) -> Placed:
    """The keys of placed rows as codes; those of names begin at 0."""
    rows = numbers.rows
    held = [name for name in (*TEXTS, "uncredited", "replicate") if f"_{name}" in rows.column_names]
    codes = {name: _filled(rows.column(f"_{name}"), -1) + 1 for name in held}
    days = np.array([(each - EPOCH).days for each in slices])
    place = np.zeros(days[-1] - days[0] + 1, dtype=np.int32)
    place[days - days[0]] = np.arange(len(days))
    codes["slice"] = place[_filled(rows.column("_slice"), 0) - days[0]]
    sizes = {name: len(each) + 1 for name, each in numbers.names.items()}
    sizes |= {"slice": len(days), "uncredited": len(REASONS) + 1, "replicate": GROUPS + 1}
    return Placed(codes, sizes, _filled(rows.column("_share"), 0) if "_share" in rows.column_names else None)


def _observed(rows: pa.Table, kpi: KpiDefinition) -> tuple[Ints, Ints, Ints]:
    """The rows that are observations of a KPI, with the amount and the bucket of each."""
    amounts = rows.column(named_for(kpi, "amount")).combine_chunks()
    chosen = np.flatnonzero(amounts.is_valid()) if amounts.null_count else np.arange(len(amounts))
    amount = amounts.drop_null().to_numpy().astype(np.int64)
    buckets = named_for(kpi, "bucket")
    return chosen, amount, _filled(rows.column(buckets), 0)[chosen] if buckets in rows.column_names else amount


def _files(stretch: Stretch, made: Mapping[str, Counted]) -> Iterator[Path]:
    """One file a cube, a KPI after the other, without the columns that are empty there."""
    chosen = {kpi: _wanted(stretch, kpi, each.cubes) for kpi, each in made.items()}
    for cube, keys in CUBES.items():
        cells = {kpi: each[cube] for kpi, each in chosen.items() if cube in each and len(each[cube])}
        if not cells:
            continue
        moments = [name for name in MOMENTS if any(name in each.moments for each in cells.values())]
        schema = pa.schema([(name, TYPES[name]) for name in ("kpi", *keys, *moments)])
        file = new_file(stretch.work.root, "cube", cube)
        with pq.ParquetWriter(file, schema, **INTO) as into:
            for kpi, each in cells.items():
                columns = [_column(kpi, name, each, stretch.slices, made[kpi].names) for name in schema.names]
                into.write_table(pa.table(columns, schema=schema), BATCH)
        yield file


def _wanted(stretch: Stretch, kpi: str, made: Mapping[str, Cells]) -> Mapping[str, Cells]:
    """The cubes of the slices that are written."""
    if stretch.wanted[kpi] == stretch.slices:
        return made
    places = [stretch.slices.index(day) for day in stretch.wanted[kpi]]
    return {cube: each.only("slice", places) for cube, each in made.items()}


def _column(kpi: str, name: str, cells: Cells, slices: Sequence[date], names: Mapping[str, pa.Array]) -> pa.Array:
    """A column of the facts of one KPI."""
    if name == "kpi":
        return pa.DictionaryArray.from_arrays(np.zeros(len(cells), dtype=np.int32), pa.array([kpi]))
    if name == "slice":
        days = np.array([(each - EPOCH).days for each in slices], dtype=np.int32)
        return pa.array(days[cells.keys[name]]).view(pa.date32())
    if name in names:
        codes = cells.keys[name].astype(np.int32)
        return pa.DictionaryArray.from_arrays(pa.array(codes - 1, mask=codes == 0), names[name])
    if name == "replicate":
        return pa.array((cells.keys[name] - 1).astype(np.int32))
    if name == "bucket":
        return pa.array(cells.keys[name])
    known = cells.moments.get(name)
    return pa.nulls(len(cells), TYPES[name]) if known is None else pa.array(known).cast(TYPES[name])


def _filled(column: pa.ChunkedArray, missing: int) -> Ints:
    """A column of integers or dates as an array, what is null as that number."""
    whole = column.combine_chunks()
    whole = whole.view(pa.int32()) if pa.types.is_date32(whole.type) else whole
    found: Ints = (whole.fill_null(missing) if whole.null_count else whole).to_numpy(zero_copy_only=False)
    return found
