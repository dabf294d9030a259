"""The figures of every cell: value, n and interval by slice, department, segment and channel, and by slice and person.

Usage: python -m tests.benchmarks.jobs.cells FILES.json WORKSPACE OUT. A file for each KPI and cube, read and written by month.
"""

import json
import sys
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kpis.definitions import KpiDefinition
from kpis.distributions import Distributions
from kpis.measures import estimate, summed
from tests.benchmarks.jobs.company import opened
from tests.benchmarks.measure import Clock

KEYS = {"place": ["slice", "department", "segment", "channel"], "person": ["slice", "department", "person"]}


def figures(kpi: KpiDefinition, rows: pa.Table, keys: list[str]) -> pa.Table:
    """The cells' figures; bucket and moments come as a list for each cell."""
    of = {name: rows[name].combine_chunks() for name in rows.column_names if name not in keys}
    cell = np.repeat(np.arange(len(rows)), np.diff(of["bucket"].offsets.to_numpy()))
    moments = {name: values.flatten().to_numpy() for name, values in of.items()}
    found = estimate(kpi, Distributions(len(rows), cell, **moments))
    told = {name: pa.array(getattr(found, name)) for name in ("n", "value", "low", "high")}
    return pa.table({name: rows[name] for name in keys} | told)


def main(given: Path, folder: Path, out: Path) -> None:
    """Write every figure with the clock on."""
    files, kpis, clock = json.loads(given.read_text())["cubes"], opened(folder).kpis, Clock()
    con = duckdb.connect(config={"threads": 2, "memory_limit": "1GB", "temp_directory": str(out / "spill")})
    with clock.running():
        for cube, keys in KEYS.items():
            con.execute(f"CREATE VIEW {cube} AS FROM read_parquet({files[cube]}, union_by_name = true)")
            months = con.execute(f"SELECT DISTINCT date_trunc('month', slice)::DATE FROM {cube} ORDER BY 1").fetchall()
            for name, kpi in kpis.items():
                lists = "list(bucket) AS bucket, list(n) AS n" + (", list(x::BIGINT) AS x" if summed(kpi) else "")
                writer: pq.ParquetWriter | None = None
                for (month,) in months:
                    sql = f"""SELECT {", ".join(keys)}, {lists} FROM {cube} WHERE kpi = ? AND slice >= ?
                              AND slice < ?::DATE + INTERVAL 1 MONTH GROUP BY ALL ORDER BY slice"""
                    table = figures(kpi, con.sql(sql, params=[name, month, month]).to_arrow_table(), keys)
                    writer = writer or pq.ParquetWriter(
                        out / f"{name}-{cube}.parquet", table.schema, compression="zstd"
                    )
                    writer.write_table(table)
                if writer:
                    writer.close()
    clock.report()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
