"""Baseline of A6: values and n of every cell by the SQL that a metrics layer such as MetricFlow generates, on DuckDB.

Stand-alone: imports nothing of the product. Usage: cells_sql.py FILES.json OUT. One query a metric and grain: the source
with its dimensions and measures, filtered, then aggregated. A file for each KPI, by place and by person.
"""

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

GRAINS = {"place": "slice, department, segment, channel", "person": "slice, department, person"}
SOURCE = """SELECT greatest(date_trunc('week', day), date_trunc('month', day))::DATE AS slice, department_id AS department,
                   employee_id AS person, segment, channel, {measure} AS measure
            FROM (SELECT *, {when}::DATE AS day FROM {dataset}) WHERE {where}"""
RESPONSES = {"when": "responded_at", "dataset": "responses", "measure": "score"}
CASES = {"when": "opened_at", "dataset": "cases"}
ELAPSED = "(epoch_us(resolved_at) - epoch_us(opened_at)) // 1000000"
METRICS = {
    "nps": ("100.0 * (count(*) FILTER (measure >= 9) - count(*) FILTER (measure <= 6)) / count(*)", RESPONSES),
    "csat": ("count(*) FILTER (measure >= 4) / count(*)", RESPONSES),
    "ces": ("sum(measure) / count(*)", RESPONSES),
    "fcr": (
        "sum(measure) / count(*)",
        CASES | {"measure": "first_contact_resolved::INT", "where": "measure IS NOT NULL"},
    ),
    "sla48": (
        "sum(measure) / count(*)",
        CASES | {"measure": f"({ELAPSED} <= 172800)::INT", "where": "resolved_at IS NOT NULL"},
    ),
    "ttr": ("median(measure) / 3600", CASES | {"measure": ELAPSED, "where": "resolved_at IS NOT NULL"}),
}


def spent() -> float:
    """CPU seconds of this process."""
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


def main(given: Path, out: Path) -> None:
    """Write the values of every metric at both grains."""
    files = json.loads(given.read_text())["datasets"]
    con = duckdb.connect(config={"threads": 2, "memory_limit": "1GB", "temp_directory": str(out / "spill")})
    con.execute("SET TimeZone = 'UTC'")
    cpu, wall = spent(), time.perf_counter()
    for name, listed in files.items():
        con.execute(f"CREATE VIEW {name} AS FROM read_parquet({listed})")
    for kpi, (value, fields) in METRICS.items():
        where = {"where": f"question = '{kpi}' AND measure IS NOT NULL"} | fields
        for grain, keys in GRAINS.items():
            sql = f"SELECT {keys}, count(*) AS n, {value} AS value FROM ({SOURCE.format(**where)}) GROUP BY {keys}"
            con.execute(f"COPY ({sql}) TO '{out}/{kpi}-{grain}.parquet' (FORMAT parquet, COMPRESSION zstd)")
    cpu, wall = spent() - cpu, time.perf_counter() - wall
    lines = Path("/proc/self/status").read_text().splitlines()
    memory = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    print(json.dumps({"cpu": cpu, "wall": wall, "memory": memory}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
