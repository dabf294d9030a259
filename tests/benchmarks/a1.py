"""A1: facts of six KPIs against a bare scan of the same columns and a result of the same size written."""

from pathlib import Path

import duckdb

from tests.benchmarks import material
from tests.benchmarks.measure import Comparison, Cost, alternate, cost

WHAT = "facts of 6 KPIs, both cubes, {rows:,} responses and as many cases, 104 weeks, to Parquet"
BASELINE = "bare scan of the same columns, and the same rows written (DuckDB)"
JUDGED_AT = 10_000_000
GOAL = 1.5
SCRIPTS = (material.BASELINES / "scan.py",)


def facts(rows: int) -> Path:
    """The folder with the product's facts, a file a KPI, made once."""
    made = material.folder("facts", rows)
    if len(list(made.glob("*.parquet"))) < 6:
        _product(rows)
    return made


def measure(rows: int) -> Comparison:
    """Both sides, in turns; raises AssertionError when their rows differ."""
    theirs = material.folder("scan", rows)
    made = alternate(lambda: cost(SCRIPTS[0], material.data(rows), facts(rows), theirs), lambda: _product(rows))
    _same(facts(rows), theirs)
    return made


def _product(rows: int) -> Cost:
    return cost("-m", "tests.benchmarks.jobs.facts", material.data(rows), material.folder("facts", rows))


def _same(ours: Path, theirs: Path) -> None:
    """Every cube the baseline wrote holds the rows of the product's, in all columns that hold anything."""
    con = duckdb.connect()
    for file in sorted(theirs.glob("*.parquet")):
        kpi, cube = file.stem.split("-")
        names = ", ".join(row[0] for row in con.execute(f"DESCRIBE FROM '{file}'").fetchall())
        parts = (f"'{file}'", f"(FROM '{ours}/{kpi}.parquet' WHERE cube = '{cube}')")
        sums = [con.execute(f"SELECT count(*), sum(n), sum(hash({names})) FROM {part}").fetchall() for part in parts]
        assert sums[0] == sums[1], (kpi, cube, sums)
