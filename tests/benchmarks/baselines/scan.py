"""Baseline of A1 and A2: a bare scan of the columns that the KPIs read, and a result of the same size written.

Stand-alone: imports nothing of the product. Usage: scan.py FILES.json OUT. FILES names the Parquet files of each dataset,
and those that hold the facts of an earlier run, by cube. These are loaded before the clock runs and written again in the
narrowest form that holds the same rows: a file for each KPI and cube, without the columns that are empty or constant.
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
COLUMNS = ("slice", "department", "person", "segment", "channel", "uncredited", "replicate", "bucket")
COLUMNS += ("n", "w", "w2", "x", "wx", "xx")


def peak() -> float:
    """Peak memory of this process in MiB; what a parent held before does not count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def spent() -> float:
    """CPU seconds of this process."""
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


def load(con: duckdb.DuckDBPyConnection, files: list[str], kpi: str) -> None:
    """One cube of one KPI's facts as the table `result`, with the columns that hold anything."""
    rows = f"(FROM read_parquet({files}, union_by_name = true) WHERE kpi = '{kpi}')"
    held = {row[0] for row in con.execute(f"DESCRIBE FROM {rows}").fetchall()}
    names = [name for name in COLUMNS if name in held]
    counts = con.execute(f"SELECT {', '.join(f'count({name})' for name in names)} FROM {rows}").fetchall()[0]
    kept = ", ".join(name for name, count in zip(names, counts, strict=True) if count)
    con.execute(f"CREATE OR REPLACE TABLE result AS SELECT {kept} FROM {rows}")


def main(given: Path, out: Path) -> None:
    """Scan, then write every cube of every KPI."""
    files = json.loads(given.read_text())
    settings = {"threads": 2, "memory_limit": "4GB", "temp_directory": str(out / "spill")}
    con = duckdb.connect(config=settings)
    con.execute("SET TimeZone = 'UTC'")
    cpu, wall = spent(), time.perf_counter()
    for name, listed in files["datasets"].items():
        columns = ", ".join(
            f"last({each})" for each in SCANS[name]
        )  # a maximum would be read from the file's statistics
        con.execute(f"SELECT {columns} FROM read_parquet({listed})").fetchall()
    cpu, wall = spent() - cpu, time.perf_counter() - wall
    for cube, listed in files["cubes"].items():
        for (kpi,) in con.execute(f"SELECT DISTINCT kpi FROM read_parquet({listed}) ORDER BY 1").fetchall():
            load(con, listed, kpi)
            before = spent(), time.perf_counter()
            into = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
            con.execute(f"COPY result TO '{out}/{kpi}-{cube}.parquet' {into}")
            cpu, wall = cpu + spent() - before[0], wall + time.perf_counter() - before[1]
    print(json.dumps({"cpu": cpu, "wall": wall, "memory": peak()}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
