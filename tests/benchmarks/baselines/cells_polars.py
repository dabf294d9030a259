"""Baseline of A6: values and n of every cell by polars, lazily, with its streaming engine.

Stand-alone: imports nothing of the product. Usage: cells_polars.py FILES.json OUT. A file for each KPI, by place and by person.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "2"
import polars as pl

KEYS = {"place": ["slice", "department", "segment", "channel"], "person": ["slice", "department", "person"]}
ANSWER = pl.col("score")
ELAPSED = (pl.col("resolved_at") - pl.col("opened_at")).dt.total_seconds()
METRICS = {
    "nps": (
        "responses",
        ANSWER,
        100 * ((pl.col("m") >= 9).sum().cast(pl.Int64) - (pl.col("m") <= 6).sum().cast(pl.Int64)) / pl.len(),
    ),
    "csat": ("responses", ANSWER, (pl.col("m") >= 4).mean()),
    "ces": ("responses", ANSWER, pl.col("m").mean()),
    "fcr": ("cases", pl.col("first_contact_resolved").cast(pl.Int64), pl.col("m").mean()),
    "sla48": ("cases", (ELAPSED <= 172_800).cast(pl.Int64), pl.col("m").mean()),
    "ttr": ("cases", ELAPSED, pl.col("m").median() / 3600),
}


def source(files: list[str], dataset: str, kpi: str, measure: pl.Expr) -> pl.LazyFrame:
    """The rows of a metric: its measure and dimensions."""
    rows = pl.scan_parquet(files)
    rows = rows.filter(pl.col("question") == kpi) if dataset == "responses" else rows
    day = pl.col("responded_at" if dataset == "responses" else "opened_at").dt.date()
    first = pl.max_horizontal(day.dt.truncate("1w"), day.dt.truncate("1mo"))
    names = {"department": pl.col("department_id"), "person": pl.col("employee_id")}
    return rows.select(slice=first, **names, segment=pl.col("segment"), channel=pl.col("channel"), m=measure).filter(
        pl.col("m").is_not_null()
    )


def spent() -> float:
    """CPU seconds of this process."""
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


def main(given: Path, out: Path) -> None:
    """Write the values of every metric at both grains."""
    files = json.loads(given.read_text())["datasets"]
    cpu, wall = spent(), time.perf_counter()
    for kpi, (dataset, measure, value) in METRICS.items():
        rows = source(files[dataset], dataset, kpi, measure)
        for grain, keys in KEYS.items():
            found = rows.group_by(keys).agg(n=pl.len(), value=value)
            found.sink_parquet(out / f"{kpi}-{grain}.parquet", compression="zstd", compression_level=1)
    cpu, wall = spent() - cpu, time.perf_counter() - wall
    lines = Path("/proc/self/status").read_text().splitlines()
    memory = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    print(json.dumps({"cpu": cpu, "wall": wall, "memory": memory}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
