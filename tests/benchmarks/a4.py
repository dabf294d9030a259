"""A4: the product's build, from Ibis expressions, against the same facts by SQL written by hand."""

from tests.benchmarks import a1, material
from tests.benchmarks.measure import Comparison, alternate, cost

WHAT = "facts of 6 KPIs from Ibis expressions, with their Delta commit, {rows:,} responses and as many cases"
BASELINE = "the same facts by SQL written by hand, to Parquet (DuckDB)"
JUDGED_AT = 10_000_000
GOAL = 1.05
SCRIPTS = (material.BASELINES / "by_hand.py",)


def measure(rows: int) -> Comparison:
    """Both sides, in turns; raises AssertionError when their rows differ."""
    company, theirs = a1.facts(rows), a1.emptied("by_hand", rows)
    made = alternate(lambda: cost(SCRIPTS[0], a1.listed(company), theirs), lambda: a1.built(company))
    a1.same(company, theirs)
    return made
