"""The figures of every cell: value, n and interval by slice, department, segment and channel, and by slice and person.

Usage: python -m tests.benchmarks.jobs.cells FILES.json WORKSPACE OUT. A file for each KPI and cube, read and written a file of
facts at a time: the facts of a KPI and a slice lie in one.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kpis.definitions import KpiDefinition
from kpis.distributions import Distributions, Ints
from kpis.measures import estimate, summed
from tests.benchmarks.jobs.company import opened
from tests.benchmarks.measure import Clock

KEYS = {"place": ["slice", "department", "segment", "channel"], "person": ["slice", "department", "person"]}


def cells(rows: pa.Table, keys: list[str]) -> tuple[Ints, Ints]:
    """The order of rows by cell, and where each cell begins in it: texts are compared by number."""
    packed = np.zeros(len(rows), dtype=np.int64)
    for name in keys:
        held = rows[name].combine_chunks()
        codes = held.dictionary_encode().indices if pa.types.is_string(held.type) else held.cast(pa.int32())
        found = pc.fill_null(codes, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        packed = packed * (found.max() - found.min() + 1) + found - found.min()
    order = np.argsort(packed)
    return order, np.flatnonzero(np.diff(packed[order], prepend=-1))


def figures(kpi: KpiDefinition, rows: pa.Table, keys: list[str]) -> pa.Table:
    """The figures of the cells that the rows lie in."""
    order, begin = cells(rows, keys)
    cell = np.repeat(np.arange(len(begin)), np.diff(begin, append=len(order)))
    names = ("bucket", "n", "x") if summed(kpi) else ("bucket", "n")
    moments = {name: rows[name].cast(pa.int64()).to_numpy()[order] for name in names}
    found = estimate(kpi, Distributions(len(begin), cell, **moments))
    told = {name: pa.array(getattr(found, name)) for name in ("n", "value", "low", "high")}
    return pa.table(dict(zip(keys, rows.select(keys).take(order[begin]).columns, strict=True)) | told)


def main(given: Path, folder: Path, out: Path) -> None:
    """Write every figure with the clock on."""
    files, kpis, clock = json.loads(given.read_text())["cubes"], opened(folder).kpis, Clock()
    with clock.running():
        for cube, keys in KEYS.items():
            writers: dict[str, pq.ParquetWriter] = {}
            for file in sorted(files[cube]):
                columns = ["kpi", *keys, "bucket", "n", "x"]
                facts = pq.read_table(file, columns=columns, partitioning=None)
                for name, kpi in kpis.items():
                    if len(rows := facts.filter(pc.equal(facts["kpi"], name))):
                        table = figures(kpi, rows, keys)
                        if name not in writers:
                            writers[name] = pq.ParquetWriter(
                                out / f"{name}-{cube}.parquet", table.schema, compression="zstd"
                            )
                        writers[name].write_table(table)
            for each in writers.values():
                each.close()
    clock.report()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
