"""D1: a delivery validated by Great Expectations against the same checks in bare DuckDB."""

from tempfile import TemporaryDirectory

import duckdb

from tests.benchmarks import material
from tests.benchmarks.measure import Comparison, Cost, alternate, said

WHAT = "validation of {rows:,} rows of text: ten expectations (two of them regex), casts, uniqueness, every failing row with its reasons"
BASELINE = "bare DuckDB: one pass of the same ten checks, and uniqueness"
JUDGED_AT = 10_000_000
GOAL = 2.5
SCRIPTS = (material.BASELINES / "checks.py",)
DELIVERY = """COPY (
    SELECT * REPLACE (
        strftime(responded_at, '%Y-%m-%dT%H:%M:%SZ') AS responded_at,
        CASE WHEN hash(response_id) % 1000 = 1 THEN 11 ELSE score END AS score,
        CASE WHEN hash(response_id) % 1000 = 2 THEN 'x' ELSE '' END || employee_id AS employee_id)
    FROM '{data}/responses.parquet') TO '{file}' (HEADER)"""


def measure(rows: int) -> Comparison:
    """Both sides, in turns; raises AssertionError when they do not find the same number of failing rows."""
    folder, failing = material.folder("validation", rows), set[int]()
    file = folder / "responses.csv"
    if not file.is_file():
        duckdb.connect().execute(DELIVERY.format(data=material.data(rows), file=file))

    def side(*command: object) -> Cost:
        with TemporaryDirectory(dir=folder) as scratch:
            found, spent = said(*command, file, scratch)
        failing.add(found["failing"])
        return Cost(**spent)

    made = alternate(lambda: side(SCRIPTS[0]), lambda: side("-m", "tests.benchmarks.jobs.validation"))
    assert len(failing) == 1, failing
    assert min(failing) > rows / 1000
    return made
