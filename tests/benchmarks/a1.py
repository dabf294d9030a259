"""A1: the facts of six KPIs, built whole, against a bare scan of the same columns and a result of the same size written."""

import json
import re
import shutil
from pathlib import Path

import duckdb

from data_contracts.lake import FACTS, Lake
from tests.benchmarks import material
from tests.benchmarks.measure import Comparison, Cost, alternate, cost

WHAT = "facts of 6 KPIs built whole into the lake, {rows:,} responses and as many cases, 104 weeks"
BASELINE = "bare scan of the same columns, and the same rows written (DuckDB)"
JUDGED_AT = 10_000_000
GOAL = 1.5
FIGURES = "; then value, n and interval of every cell by place and by person, written too"
SCRIPTS = (material.BASELINES / "scan.py",)


def measure(rows: int, figures: bool = False) -> Comparison:
    """Both sides, in turns; raises AssertionError when their rows differ."""
    company, theirs, cells = facts(rows), emptied("scan", rows), emptied("cells", rows)
    ours = (lambda: every_cell(company, cells)) if figures else (lambda: built(company))
    made = alternate(lambda: cost(SCRIPTS[0], listed(company), theirs), ours)
    same(company, theirs)
    return made


def every_cell(company: Path, cells: Path) -> Cost:
    """A build of everything, and then the figures of every cell."""
    spent = built(company), cost("-m", "tests.benchmarks.jobs.cells", company, cells)
    return Cost(spent[0].cpu + spent[1].cpu, spent[0].wall + spent[1].wall, max(each.memory for each in spent))


def facts(rows: int, *datasets: str) -> Path:
    """The workspace with its facts, built once."""
    company = material.company(rows, *datasets)
    if not Lake(company / "lake").exists(FACTS):
        built(company)
    return company


def emptied(name: str, rows: int) -> Path:
    """A folder for what a baseline writes, without what an earlier one wrote."""
    shutil.rmtree(material.folder(name, rows))
    return material.folder(name, rows)


def built(company: Path) -> Cost:
    """A build of everything, into a lake that has no facts."""
    shutil.rmtree(company / "lake" / FACTS, ignore_errors=True)
    return cost("-m", "tests.benchmarks.jobs.build", company)


def listed(company: Path) -> Path:
    """The Parquet files of the datasets and of the facts by cube, as JSON for a baseline."""
    now, file = Lake(company / "lake").snapshot(), company / "files.json"
    cubes: dict[str, list[str]] = {}
    for each in now.files(FACTS):
        cubes.setdefault(re.findall(r"/cube=(\w+)/", each)[0], []).append(each)
    datasets = {name: now.files(name) for name in sorted(now.versions) if name != FACTS}
    file.write_text(json.dumps({"datasets": datasets, "cubes": cubes}))
    return file


def same(company: Path, theirs: Path) -> None:
    """Every cube the baseline wrote holds the rows of the product's, in all columns that hold anything, and none is missing."""
    con, cubes = duckdb.connect(), json.loads(listed(company).read_text())["cubes"]
    written, held = 0, 0
    for file in sorted(theirs.glob("*.parquet")):
        kpi, cube = file.stem.split("-")
        ours = f"(FROM read_parquet({cubes[cube]}, union_by_name = true) WHERE kpi = '{kpi}')"
        types = dict(row[:2] for row in con.execute(f"DESCRIBE FROM {ours}").fetchall())
        names = [row[0] for row in con.execute(f"DESCRIBE FROM '{file}'").fetchall()]
        keys = ", ".join(f"{name}::{types[name]}" for name in names)
        sums = [
            con.execute(f"SELECT count(*), sum(n), sum(hash({keys})) FROM {part}").fetchall()
            for part in (f"'{file}'", ours)
        ]
        assert sums[0] == sums[1], (kpi, cube, sums)
        written += sums[0][0][0]
    for files in cubes.values():
        held += con.execute(f"SELECT count(*) FROM read_parquet({files})").fetchall()[0][0]
    assert written == held
