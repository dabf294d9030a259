"""Baseline of D1: ten checks on a delivery in one pass of DuckDB, and uniqueness.

Stand-alone: imports nothing of the product. Usage: checks.py DELIVERY.csv SCRATCH. The delivery is loaded as text before
the clock runs; the last line but one is how many rows fail, the last one the cost.
"""

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

COLUMNS = (
    "response_id",
    "customer_id",
    "responded_at",
    "channel",
    "segment",
    "department_id",
    "employee_id",
    "question",
    "score",
)
CHECKS = (
    "response_id IS NOT NULL",
    "responded_at IS NOT NULL",
    "responded_at IS NULL OR try_cast(responded_at AS TIMESTAMP) IS NOT NULL",
    "score IS NULL OR try_cast(score AS BIGINT) IS NOT NULL",
    "score IS NULL OR try_cast(score AS BIGINT) BETWEEN 0 AND 10",
    "channel IS NULL OR channel IN ('phone', 'email', 'chat', 'web', 'store', 'app')",
    "segment IS NULL OR segment IN ('retail', 'smb', 'mid', 'enterprise', 'public')",
    "question IS NULL OR question IN ('nps', 'csat', 'ces')",
    "employee_id IS NULL OR regexp_full_match(employee_id, '[0-9]{1,5}')",
    "department_id IS NULL OR regexp_full_match(department_id, '[0-9]{1,3}')",
)


def peak() -> float:
    """Peak memory of this process in MiB; what a parent held before does not count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def spent() -> float:
    """CPU seconds of this process."""
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


def main(delivery: str, scratch: str) -> None:
    """Load, then check."""
    con = duckdb.connect(config={"threads": 2, "memory_limit": "256MB", "temp_directory": f"{scratch}/spill"})
    names = ", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS)
    con.execute(
        f"CREATE TABLE rows AS FROM read_csv('{delivery}', auto_detect = false, header = true, delim = ',', columns = {{{names}}})"
    )
    cpu, wall = spent(), time.perf_counter()
    counts = ", ".join(f"count(*) FILTER (NOT ({check}))" for check in CHECKS)
    failing = f"count(*) FILTER (NOT ({' AND '.join(f'({check})' for check in CHECKS)}))"
    found = con.execute(f"SELECT {counts}, {failing} FROM rows").fetchall()[0]
    twice = con.execute(
        "SELECT count(*) FROM (FROM rows SELECT response_id GROUP BY 1 HAVING count(*) > 1)"
    ).fetchall()[0][0]
    cpu, wall = spent() - cpu, time.perf_counter() - wall
    print(json.dumps({"failing": found[-1] + twice}))
    print(json.dumps({"cpu": cpu, "wall": wall, "memory": peak()}))


if __name__ == "__main__":
    main(*sys.argv[1:3])
