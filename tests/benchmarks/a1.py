"""A1: facts of six KPIs against a bare scan of the same columns and a result of the same size written."""

from pathlib import Path

import duckdb

from tests.benchmarks import material
from tests.benchmarks.measure import Comparison, alternate, cost

WHAT = "facts of 6 KPIs, both cubes, {rows:,} responses and as many cases, 104 weeks, to Parquet"
BASELINE = "bare scan of the same columns, and the same rows written (DuckDB)"
JUDGED_AT = 10_000_000
GOAL = 1.5
SCRIPTS = (material.BASELINES / "scan.py",)


def measure(rows: int) -> Comparison:
    """Both sides, in turns; raises AssertionError when their rows differ."""
    data, ours, theirs = material.data(rows), material.folder("facts", rows), material.folder("scan", rows)
    made = alternate(lambda: _baseline(data, ours, theirs), lambda: _product(data, ours))
    _same(ours, theirs)
    return made


def _product(data: Path, ours: Path):
    return cost("-m", "tests.benchmarks.jobs.facts", data, ours)


def _baseline(data: Path, ours: Path, theirs: Path):
    if not list(ours.glob("*.parquet")):
        _product(data, ours)
    return cost(SCRIPTS[0], data, ours, theirs)


def _same(ours: Path, theirs: Path) -> None:
    """Every cube the baseline wrote holds the rows of the product's, in all columns that hold anything."""
    con = duckdb.connect()
    for file in sorted(theirs.glob("*.parquet")):
        kpi, cube = file.stem.split("-")
        names = ", ".join(row[0] for row in con.execute(f"DESCRIBE FROM '{file}'").fetchall())
        parts = (f"'{file}'", f"(FROM '{ours}/{kpi}.parquet' WHERE cube = '{cube}')")
        sums = [con.execute(f"SELECT count(*), sum(n), sum(hash({names})) FROM {part}").fetchall() for part in parts]
        assert sums[0] == sums[1], (kpi, cube, sums)
