"""A3: the peak memory of a whole build, at every size."""

from tests.benchmarks import a1
from tests.benchmarks.measure import Comparison, Cost

WHAT = "peak memory of the process that builds the facts, {rows:,} rows a dataset (at 100 million: responses alone)"
BASELINE = "the goal itself, 1 GiB"
JUDGED_AT = None
GOAL = 1.6
OF = "memory"
SCRIPTS = ()
RESPONSES_ALONE = 100_000_000


def measure(rows: int) -> Comparison:
    """A build, once: its memory does not vary with what else runs."""
    company = a1.facts(rows, *(["responses"] if rows >= RESPONSES_ALONE else []))
    spent = a1.built(company)
    return Comparison((Cost(spent.cpu, spent.wall, 1024.0),), (spent,))
