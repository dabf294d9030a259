"""A5: one week more, against the build of everything; the result is that of a build from nothing, row for row."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from data_contracts.lake import FACTS, Lake
from tests.benchmarks import a1, material
from tests.benchmarks.measure import ROOT, Comparison, Cost, alternate, cost

WHAT = "facts brought up to date after one week was added to 104, {rows:,} responses and as many cases"
BASELINE = "the build of everything"
JUDGED_AT = 10_000_000
GOAL = 0.015
SCRIPTS = ()


def measure(rows: int) -> Comparison:
    """Both, in turns; raises AssertionError when the week more leaves other facts than a build from nothing."""
    whole, weekly = a1.facts(rows), material.folder("weekly", rows)

    def week() -> Cost:
        shutil.rmtree(weekly)
        shutil.copytree(whole, weekly, copy_function=_linked)
        datasets = ("responses", "cases")
        command = [
            sys.executable,
            "-m",
            "tests.benchmarks.jobs.company",
            "next",
            material.data(rows),
            weekly,
            *datasets,
        ]
        subprocess.run(list(map(str, command)), cwd=ROOT, check=True)
        return cost("-m", "tests.benchmarks.jobs.build", weekly)

    made = alternate(lambda: a1.built(whole), week)
    added = sums(weekly)
    a1.built(weekly)
    assert sums(weekly) == added
    return made


def _linked(source: str, target: str) -> None:
    """Files of a lake are never changed: a second name is a copy."""
    (os.link if source.endswith(".parquet") else shutil.copy2)(source, target)


def sums(company: Path) -> list[tuple[object, ...]]:
    """What identifies the facts of a workspace, cube by cube, whatever the order of their rows."""
    files = Lake(company / "lake").snapshot().files(FACTS)
    names = "kpi, slice, department, person, segment, channel, bucket, n, x"
    sql = f"""SELECT cube, count(*), sum(n), sum(x), sum(hash({names}))
              FROM read_parquet({files}, hive_partitioning = true, union_by_name = true) GROUP BY 1 ORDER BY 1"""
    return duckdb.connect().execute(sql).fetchall()
