"""The figures of every cell of the facts as Parquet, for whoever reads them with other tools: a file for each KPI and cube.

A file of facts at a time: those of one KPI and slice lie in one.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.parquet_files import dictionaries
from kpis import every as rules
from kpis.definitions import KpiDefinition
from kpis.distributions import Floats, Ints, packed
from kpis.measures import summed
from kpis.protection import Flags, crossed
from kpis.sums import MOMENTS, Names
from kpis.views import by_cube, coded, integers
from kpis.workflows import cells, measure
from kpis.workflows.memory import keep_freed
from kpis.workspace import Snapshot

CUBES = {"place": ("department", "segment", "channel"), "person": ("department", "person")}
LINES: Mapping[str, Sequence[Sequence[str]]] = {  # along which sums are shown: by department, and a cut within one
    "place": [["department", "segment"], ["department", "channel"], ["department"], ["segment"], ["channel"]],
    "person": [],
}
INTO = {"compression": "zstd", "compression_level": 1, "write_statistics": ["slice"]}


@dataclass(frozen=True, eq=False)
class Part:
    """A file of facts: of each row the slice in days since 1970, the KPI's code, its place, bucket and moments.

    names: of the KPIs and each key the values, the last for none. places: what each place is, as codes of the keys.
    """

    slices: Ints
    kpi: Ints
    place: Ints
    facts: Mapping[str, Ints | pa.ChunkedArray]
    places: Mapping[str, Ints]
    names: Mapping[str, Names]


def write(snapshot: Snapshot, folder: Path, cubes: Sequence[str] = ("place",)) -> list[Path]:
    """Value, both ends and n of every cell; the files, `KPI-cube.parquet`.

    Below the KPI's smallest number nothing but the keys is told, and nothing of the cells that would tell of those.
    Keys are those of the cube with the slice's first day. Single people's cells are for measuring: no command exports them.
    """
    keep_freed()
    writers: dict[Path, pq.ParquetWriter] = {}
    try:
        for cube in cubes:
            for name, table in _tables(snapshot, cube):
                file = folder / f"{name}-{cube}.parquet"
                if file not in writers:
                    writers[file] = pq.ParquetWriter(file, table.schema, **INTO)
                writers[file].write_table(table)
    finally:
        for each in writers.values():
            each.close()
    return list(writers)


def _tables(snapshot: Snapshot, cube: str) -> Iterator[tuple[str, pa.Table]]:
    """The figures of each KPI, a file of facts at a time."""
    wanted = {name for kpi in snapshot.workspace.kpis.values() for name in _moments(kpi)}
    for file in by_cube(snapshot.lake)[cube]:
        part = _part(file, CUBES[cube], wanted)
        for at, name in enumerate(part.names["kpi"][:-1]):
            if kpi := snapshot.workspace.kpis.get(name):
                design = _designs(snapshot, kpi, part.names["department"])
                made = _made(part, np.flatnonzero(part.kpi == at), kpi, cells.read_on(snapshot, kpi), design)
                yield name, _table(made, part, _hidden(kpi, made, part.places, LINES[cube]))


def _designs(snapshot: Snapshot, kpi: KpiDefinition, departments: Names) -> Floats | None:
    """The stored design effect of each department; None where the KPI does not say what repeats."""
    if not kpi.cluster:
        return None
    found = [measure.design(snapshot, kpi, f"department:{each}" if each else "company") for each in departments]
    effects: Floats = np.nan_to_num(np.array(found), nan=1.0)
    return effects


def _part(file: str, keys: Sequence[str], moments: Collection[str]) -> Part:
    """One file of facts, its texts as codes, of its moments those that an estimate may need."""
    source = pq.ParquetFile(file, read_dictionary=dictionaries(file, ["kpi", *keys]))
    held = [name for name in ("kpi", "slice", *keys, "bucket", *moments) if name in source.schema_arrow.names]
    table = source.read(held, use_threads=False)
    texts = {name: coded(table, name) for name in ("kpi", *keys)}
    names, codes = ({name: each[at] for name, each in texts.items()} for at in (0, 1))
    sizes = [len(names[key]) for key in keys]
    places, place = rules.places(packed([codes[key] for key in keys], sizes), sizes)
    days = table.column("slice").cast(pa.int32()).to_numpy()
    columns = {name: table.column(name) for name in ("bucket", *moments) if name in held}
    facts: dict[str, Ints | pa.ChunkedArray]
    facts = {name: each if each.null_count else integers(each) for name, each in columns.items()}
    return Part(days, codes["kpi"], place, facts, dict(zip(keys, places, strict=True)), names)


def _moments(kpi: KpiDefinition) -> tuple[str, ...]:
    """What an estimate may need beside the buckets: no sums where it comes from the buckets alone."""
    scored = not summed(kpi) or (kpi.measure.kind == "quantile" and not kpi.count)
    return MOMENTS[:3] if scored and kpi.measure.kind != "ratio" else MOMENTS


def _made(part: Part, rows: Ints, kpi: KpiDefinition, read_on: date, design: Floats | None) -> rules.Every:
    """The figures of one KPI's rows; a moment that none of them has is left out."""
    facts: dict[str, Ints] = {}
    for name in ("bucket", *_moments(kpi)):
        column = part.facts.get(name)
        if isinstance(column, pa.ChunkedArray):
            chosen = column.take(pa.array(rows))
            facts |= {name: integers(chosen)} if chosen.null_count < len(rows) else {}
        elif column is not None:
            facts[name] = column[rows]
    effect = None if design is None else design[part.places["department"]]
    return rules.every(kpi, part.slices[rows], part.place[rows], facts, read_on, effect)


def _hidden(kpi: KpiDefinition, made: rules.Every, places: Mapping[str, Ints], sets: Sequence[Sequence[str]]) -> Flags:
    """The cells that are not shown: the small ones, and those along the lines of each set of keys that would tell of them."""
    lines = []
    for keys in sets:
        codes = [made.slice - made.slice.min(), *(places[key][made.place] for key in keys)]
        sizes = [int(each.max()) + 1 for each in codes]
        lines.append(rules.places(np.ravel_multi_index(codes, sizes), sizes)[1])
    return crossed(lines, np.nan_to_num(made.found.n), kpi.min_n_show)


def _table(made: rules.Every, part: Part, hidden: Flags) -> pa.Table:
    """The cells as a table: keys, n, value and both ends."""
    columns = {"slice": pa.array(made.slice.astype(np.int32)).cast(pa.date32())}
    for name, codes in part.places.items():
        values = part.names[name][:-1]
        each = pa.array(codes.astype(np.int32), mask=codes == len(values)).take(pa.array(made.place))
        columns[name] = pa.DictionaryArray.from_arrays(each, pa.array(values, pa.string()))
    found = made.found
    shown = {name: np.where(hidden, np.nan, getattr(found, name)) for name in ("n", "value", "low", "high")}
    return pa.table(columns | {name: pa.array(each, from_pandas=True) for name, each in shown.items()})
