"""The figures of every cell of the facts as Parquet, for whoever reads them with other tools: a file for each KPI and cube.

A file of facts at a time: those of one KPI and slice lie in one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.lake import read_files
from kpis import every as rules
from kpis.definitions import KpiDefinition
from kpis.distributions import Floats, Ints
from kpis.measures import summed
from kpis.protection import Flags, crossed
from kpis.sums import MOMENTS, Names
from kpis.views import by_cube, integers
from kpis.workflows import cells, measure
from kpis.workspace import Snapshot

SMALLEST = {"kpi": "company", "department": "department", "segment": "cuts", "channel": "cuts", "person": "person"}
CUBES = {"place": ("department", "segment", "channel"), "person": ("department", "person")}
LINES: Mapping[str, Sequence[Sequence[str]]] = {  # along which sums are shown: by department, and a cut within one
    "place": [["department", "segment"], ["department", "channel"], ["department"], ["segment"], ["channel"]],
    "person": [],
}
FEW = 10_000  # texts that a dictionary of an engine still holds
INTO = {"compression": "zstd", "compression_level": 1, "write_statistics": ["slice"]}


@dataclass(frozen=True, eq=False)
class Part:
    """A file of facts: of each row the slice in days since 1970, the KPI's code, its place, bucket and moments.

    places: what each place is, as codes of the keys.
    """

    slices: Ints
    kpi: Ints
    place: Ints
    facts: Mapping[str, Ints | pa.ChunkedArray]
    places: Mapping[str, Ints]


def write(snapshot: Snapshot, folder: Path, cubes: Sequence[str] = ("place",)) -> list[Path]:
    """Value, both ends and n of every cell; the files, `KPI-cube.parquet`.

    Below the KPI's smallest number nothing but the keys is told, and nothing of the cells that would tell of those.
    Keys are those of the cube with the slice's first day. Single people's cells are for measuring: no command exports them.
    """
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
    files, engine = by_cube(snapshot.lake)[cube], snapshot.workspace.settings.engine
    with duckdb.connect(config={"threads": engine.threads, "memory_limit": engine.memory}) as connection:
        names = _names(connection, snapshot, cube) if files else {"kpi": np.array([None])}
        kpis = [(at, snapshot.workspace.kpis.get(name)) for at, name in enumerate(names["kpi"][:-1])]
        designs = {kpi.id: _designs(snapshot, kpi, names["department"]) for _, kpi in kpis if kpi}
        for file in files:
            part = _part(connection, file, names, [kpi for _, kpi in kpis if kpi])
            for at, kpi in kpis:
                rows = np.flatnonzero(part.kpi == at)
                if kpi and len(rows):
                    made = _made(part, rows, kpi, cells.read_on(snapshot, kpi), designs[kpi.id])
                    yield kpi.id, _table(made, part.places, names, _hidden(kpi, made, part.places, LINES[cube]))


def _names(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, cube: str) -> dict[str, Names]:
    """The values of each key, the last for none, and for SQL a table `coded_KEY` of their codes, where they are few an enumeration.

    Every cube adds up the same observations: values are read from the smallest that has the key.
    """
    found, files = {}, by_cube(snapshot.lake)
    for key in ("kpi", *CUBES[cube]):
        sql = f"SELECT DISTINCT {key} FROM {read_files(files[SMALLEST[key]])} WHERE {key} IS NOT NULL ORDER BY 1"
        texts = connection.sql(sql).to_arrow_table().column(0).combine_chunks()
        connection.register(f"coded_{key}", pa.table({key: texts, "code": pa.array(range(len(texts)), pa.int32())}))
        if len(texts) < FEW:
            connection.execute(f"CREATE TYPE {key} AS ENUM (SELECT {key} FROM coded_{key} ORDER BY code)")
        found[key] = np.array([*texts.to_pylist(), None], dtype=object)
    return found


def _designs(snapshot: Snapshot, kpi: KpiDefinition, departments: Names) -> Floats | None:
    """The stored design effect of each department; None where the KPI does not say what repeats."""
    if not kpi.cluster:
        return None
    found = [measure.design(snapshot, kpi, f"department:{each}" if each else "company") for each in departments]
    effects: Floats = np.nan_to_num(np.array(found), nan=1.0)
    return effects


def _part(
    connection: duckdb.DuckDBPyConnection, file: str, names: Mapping[str, Names], kpis: Sequence[KpiDefinition]
) -> Part:
    """One file of facts, its texts as codes: looked up in a dictionary where they are few, joined where they are many."""
    relation, wanted = read_files([file]), {each for kpi in kpis for each in _moments(kpi)}
    held = {row[0] for row in connection.execute(f"DESCRIBE FROM {relation}").fetchall()} & wanted
    codes = {
        key: f"enum_code(TRY_CAST({key} AS {key}))::INT" if len(names[key]) <= FEW else f"{key}_code.code"
        for key in names
    }
    codes = {key: f"coalesce({code}, {len(names[key]) - 1})" for key, code in codes.items()}
    kpi, *keys = codes
    packed = reduce(lambda packed, key: f"({packed}) * {len(names[key])} + {codes[key]}", keys, "0::BIGINT")
    joins = " ".join(f"LEFT JOIN coded_{key} AS {key}_code USING ({key})" for key in names if len(names[key]) > FEW)
    columns = ", ".join([*sorted(held), f"{codes[kpi]} AS kpi", f"{packed} AS place"])
    sql = f"SELECT slice - DATE '1970-01-01' AS slice, bucket, {columns} FROM {relation} {joins}"
    found = _fetched(connection.sql(sql), whole=held == {"n"})
    places, place = rules.places(found.pop("place"), [len(names[key]) for key in keys])
    return Part(found.pop("slice"), found.pop("kpi"), place, found, dict(zip(keys, places, strict=True)))


def _fetched(answer: duckdb.DuckDBPyRelation, whole: bool) -> dict[str, Any]:
    """The columns as integers; those with nulls, which whole counts have not, as they came."""
    if whole:
        return dict(answer.fetchnumpy())
    table = answer.to_arrow_table()
    return {
        name: column if column.null_count else integers(column)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }


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


def _table(made: rules.Every, places: Mapping[str, Ints], names: Mapping[str, Names], hidden: Flags) -> pa.Table:
    """The cells as a table: keys, n, value and both ends."""
    columns = {"slice": pa.array(made.slice.astype(np.int32)).cast(pa.date32())}
    for name, codes in places.items():
        last = len(names[name]) - 1
        coded = pa.array(codes.astype(np.int32), mask=codes == last).take(pa.array(made.place))
        columns[name] = pa.DictionaryArray.from_arrays(coded, pa.array(names[name][:-1], pa.string()))
    found = made.found
    shown = {name: np.where(hidden, np.nan, getattr(found, name)) for name in ("n", "value", "low", "high")}
    return pa.table(columns | {name: pa.array(each, from_pandas=True) for name, each in shown.items()})
