"""A1, the product's side: the facts of six KPIs by the Ibis expression of kpis.facts, both cubes, as Parquet.

Usage: python -m tests.benchmarks.jobs.facts DATA OUT
"""

import sys
from pathlib import Path

import ibis

from kpis.facts import Sources, facts
from tests.benchmarks.jobs.kpis import definitions
from tests.benchmarks.measure import Clock

KEYS = {"responses": "response_id", "cases": "case_id"}


def main(data: Path, out: Path) -> None:
    """Write a file a KPI."""
    con = ibis.duckdb.connect(threads=2, memory_limit="4GB", temp_directory=str(out / "spill"))
    con.raw_sql("SET TimeZone = 'UTC'")
    for name, key in KEYS.items():
        con.raw_sql(f"CREATE VIEW {name} AS SELECT *, 'd' AS _delivery, {key} AS _row FROM '{data}/{name}.parquet'")
    clock, kpis = Clock(), definitions()
    for name, kpi in kpis.items():
        with clock.running():
            sql = con.compile(facts(kpi, Sources(con.table(kpi.dataset))))
            con.raw_sql(f"COPY ({sql}) TO '{out}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd)")
    clock.report()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
