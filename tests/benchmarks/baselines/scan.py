"""Baseline of A1: a bare scan of the columns that the KPIs read, and a result of the same size written.

Stand-alone: imports nothing of the product. Usage: scan.py DATA RESULT OUT, where RESULT holds the facts of an earlier
run, a file a KPI. They are loaded before the clock runs and written again in the narrowest form that holds the same
rows: a file for each cube, without the columns that are empty or constant.
"""

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

SCANS = {
    "responses": ("responded_at", "channel", "segment", "department_id", "employee_id", "question", "score"),
    "cases": (
        "opened_at",
        "resolved_at",
        "channel",
        "segment",
        "department_id",
        "employee_id",
        "first_contact_resolved",
    ),
}


def peak() -> float:
    """Peak memory of this process in MiB; what a parent held before does not count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def spent() -> float:
    """CPU seconds of this process."""
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


def load(con: duckdb.DuckDBPyConnection, file: Path, cube: str) -> None:
    """One cube of one KPI's facts as the table `result`, with the columns that hold anything."""
    rows = f"(FROM '{file}' WHERE cube = '{cube}')"
    names = [row[0] for row in con.execute(f"DESCRIBE SELECT * EXCLUDE (kpi, cube) FROM {rows}").fetchall()]
    counts = con.execute(f"SELECT {', '.join(f'count({name})' for name in names)} FROM {rows}").fetchall()[0]
    kept = ", ".join(name for name, count in zip(names, counts, strict=True) if count)
    con.execute(f"CREATE OR REPLACE TABLE result AS SELECT {kept} FROM {rows}")


def main(data: Path, result: Path, out: Path) -> None:
    """Scan, then write every cube of every KPI."""
    settings = {"threads": 2, "memory_limit": "4GB", "temp_directory": str(out / "spill")}
    con = duckdb.connect(config=settings)
    con.execute("SET TimeZone = 'UTC'")
    cpu, wall = spent(), time.perf_counter()
    for name, columns in SCANS.items():
        con.execute(f"SELECT {', '.join(f'max({each})' for each in columns)} FROM '{data}/{name}.parquet'").fetchall()
    cpu, wall = spent() - cpu, time.perf_counter() - wall
    for file in sorted(result.glob("*.parquet")):
        for cube in ("place", "person"):
            load(con, file, cube)
            before = spent(), time.perf_counter()
            con.execute(f"COPY result TO '{out}/{file.stem}-{cube}.parquet' (FORMAT parquet, COMPRESSION zstd)")
            cpu, wall = cpu + spent() - before[0], wall + time.perf_counter() - before[1]
    memory = peak()
    print(json.dumps({"cpu": cpu, "wall": wall, "memory": memory}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
