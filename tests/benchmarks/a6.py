"""A6: values, n and intervals of every cell, by way of the facts, against what a user would pick for values and n alone."""

from pathlib import Path

import duckdb

from tests.benchmarks import a1, material
from tests.benchmarks.measure import Comparison, alternate, cost

WHAT = "6 KPIs of every cell by place and by person with n and interval, by way of the facts, {rows:,} responses and as many cases"
BASELINE = "values and n of the same cells, without intervals: {tool}"
JUDGED_AT = 10_000_000
GOAL = 1.0
TOOLS = ("pandas", "polars", "sql")
SCRIPTS = tuple(material.BASELINES / f"cells_{tool}.py" for tool in TOOLS)
BUCKET = 0.021  # a median read from logarithmic buckets lies within the width of one


def measure(rows: int, tool: str = "polars") -> Comparison:
    """Both sides, in turns; raises AssertionError when cells, n or values differ."""
    company, ours, theirs = a1.facts(rows), a1.emptied("cells", rows), a1.emptied(f"cells_{tool}", rows)
    script = material.BASELINES / f"cells_{tool}.py"
    made = alternate(lambda: cost(script, a1.listed(company), theirs), lambda: a1.every_cell(company, ours))
    same(ours, theirs)
    return made


def same(ours: Path, theirs: Path) -> None:
    """The same cells with the same n, and values within 1e-9; a median within a bucket, where n is odd and so all agree what it is."""
    con, files = duckdb.connect(), sorted(theirs.glob("*.parquet"))
    assert [each.name for each in files] == sorted(each.name for each in ours.glob("*.parquet"))
    for file in files:
        kpi, cube = file.stem.split("-")
        keys = "slice, department, " + ("person" if cube == "person" else "segment, channel")
        near = (
            f"a.n % 2 = 0 OR abs(a.value / b.value - 1) <= {BUCKET}"
            if kpi == "ttr"
            else "abs(a.value - b.value) <= 1e-9"
        )
        sql = f"""SELECT count(*) FILTER (a.n IS NULL OR b.n IS NULL OR a.n <> b.n), count(*) FILTER (NOT ({near})), count(*)
                  FROM '{ours / file.name}' a FULL JOIN (FROM '{file}') b USING ({keys})"""
        unmatched, apart, cells = con.execute(sql).fetchall()[0]
        assert (unmatched, apart) == (0, 0), (file.name, unmatched, apart)
        assert cells > 0
