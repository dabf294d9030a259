"""A2: the facts of the responses alone, against a bare scan of the same columns and nothing written."""

import json

from tests.benchmarks import a1, material
from tests.benchmarks.measure import Comparison, alternate, cost

WHAT = "facts of 3 KPIs built whole into the lake, {rows:,} responses, 104 weeks"
BASELINE = "bare scan of the same columns (DuckDB), nothing written"
JUDGED_AT = 100_000_000
GOAL = 4.0
SCRIPTS = a1.SCRIPTS


def measure(rows: int) -> Comparison:
    """Both sides, in turns."""
    company = a1.facts(rows, "responses")
    bare = company / "bare.json"
    bare.write_text(json.dumps(json.loads(a1.listed(company).read_text()) | {"cubes": {}}))
    theirs = material.folder("scan", rows)
    return alternate(lambda: cost(SCRIPTS[0], bare, theirs), lambda: a1.built(company))
