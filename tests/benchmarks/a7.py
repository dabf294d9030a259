"""A7: the figures of one KPI for 104 weeks at one level, from the facts, against the same from the raw rows.

Of 100 million rows the responses alone are made, which is all that it asks about.
"""

import numpy as np
import pandas as pd

from tests.benchmarks import a1, material
from tests.benchmarks.measure import Comparison, alternate, cost

WHAT = "figures of one KPI, 104 weeks, {level} level, from the facts of {rows:,} responses"
BASELINE = "the same values, n and intervals from the raw rows (DuckDB)"
JUDGED_AT = None
BOTH_UP_TO = 10_000_000
GOAL = 0.01
SCRIPTS = (material.BASELINES / "raw.py",)
LEVELS = ("company", "channel", "department")


def measure(rows: int, level: str = "company") -> Comparison:
    """Both sides, in turns; raises AssertionError when a value or an end of an interval differs by more than 1e-9."""
    company = a1.facts(rows) if rows <= BOTH_UP_TO else a1.facts(rows, "responses")
    folder = material.folder("asked", rows)
    files, ours, theirs = a1.listed(company), folder / f"{level}-ours.parquet", folder / f"{level}-theirs.parquet"
    made = alternate(
        lambda: cost(SCRIPTS[0], files, level, theirs),
        lambda: cost("-m", "tests.benchmarks.jobs.asked", company, level, ours),
    )
    found, wanted = pd.read_parquet(ours), pd.read_parquet(theirs)
    assert (found[["member", "week"]].to_numpy() == wanted[["member", "week"]].to_numpy()).all()
    for name in ("n", "value", "low", "high"):
        assert np.allclose(found[name], wanted[name], rtol=0, atol=1e-9), name
    return made
