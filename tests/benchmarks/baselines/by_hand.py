"""Baseline of A4: the same facts by SQL written by hand, as Parquet.

Stand-alone: imports nothing of the product. Usage: by_hand.py FILES.json OUT. Observations are grouped by place and by
person; the roll-ups add up the places. One file for each KPI and cube, with the columns that hold anything.
"""

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

DAY = "greatest(date_trunc('week', day), date_trunc('month', day))::DATE AS slice"
KEYS = f"{DAY}, department_id AS department, employee_id AS person, segment, channel"
RESPONSES = f"SELECT {KEYS}, score AS bucket FROM (SELECT *, responded_at::DATE AS day FROM responses WHERE question = '{{kpi}}')"
CASES = f"SELECT {KEYS}, {{value}} FROM (SELECT *, opened_at::DATE AS day, {{elapsed}} AS seconds FROM cases)"
ELAPSED = "(epoch_us(resolved_at) - epoch_us(opened_at)) // 1000000"
ROWS = {name: RESPONSES.format(kpi=name) + " WHERE score IS NOT NULL" for name in ("nps", "csat", "ces")}
ROWS |= {
    "fcr": CASES.format(value="first_contact_resolved::BIGINT AS bucket", elapsed="NULL"),
    "sla48": CASES.format(value="(seconds <= 172800)::BIGINT AS bucket", elapsed=ELAPSED)
    + " WHERE seconds IS NOT NULL",
    "ttr": CASES.format(value="bucket_of(seconds) AS bucket, seconds AS x", elapsed=ELAPSED)
    + " WHERE seconds IS NOT NULL",
}
BASE = {"place": "slice, department, segment, channel, bucket", "person": "slice, department, person, bucket"}
ROLLED = {
    "department": "slice, department, bucket",
    "cuts": "slice, segment, channel, bucket",
    "company": "slice, bucket",
}


def edges() -> list[int]:
    """Upper ends of the logarithmic buckets: whole parts of the powers of 51/49."""
    found, above, below = [0], 1, 1
    while found[-1] < 2**63 - 1:
        found.append(min(above // below, 2**63 - 1))
        above, below = above * 51, below * 49
    return found


def bucket_of() -> str:
    """A macro: the logarithm guesses, the edges decide."""
    guess = "(ceil(ln(greatest(v, 1)) / ln(51.0 / 49.0)) + 1)::INT"
    at = f"(SELECT {edges()}::BIGINT[])"
    exact = f"({guess} - ({at}[{guess}] >= v)::INT + ({at}[{guess} + 1] < v)::INT)"
    return f"CREATE MACRO bucket_of(v) AS CASE WHEN v = 0 THEN 0 ELSE {exact} END"


def spent() -> float:
    """CPU seconds of this process."""
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


def main(given: Path, out: Path) -> None:
    """Write every cube of every KPI over the datasets that are given."""
    files = json.loads(given.read_text())["datasets"]
    con = duckdb.connect(config={"threads": 2, "memory_limit": "1GB", "temp_directory": str(out / "spill")})
    con.execute("SET TimeZone = 'UTC'")
    into = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
    cpu, wall = spent(), time.perf_counter()
    con.execute(bucket_of())
    for name, listed in files.items():
        con.execute(f"CREATE VIEW {name} AS FROM read_parquet({listed})")
    for kpi, rows in ROWS.items():
        if ("cases" if "FROM cases" in rows else "responses") not in files:
            continue
        amount = ", sum(x)::DECIMAL(38, 0) * 1000000 AS x" if kpi == "ttr" else ""
        for cube, keys in BASE.items():
            grouped = f"SELECT {keys}, count(*) * 1000000 AS n{amount} FROM ({rows}) GROUP BY ALL"
            con.execute(f"CREATE OR REPLACE TEMP TABLE {cube} AS {grouped}")
            con.execute(f"COPY (FROM {cube} ORDER BY slice) TO '{out}/{kpi}-{cube}.parquet' {into}")
        amount = ", sum(x)::DECIMAL(38, 0) AS x" if kpi == "ttr" else ""
        for cube, keys in ROLLED.items():
            grouped = f"SELECT {keys}, sum(n)::BIGINT AS n{amount} FROM place GROUP BY ALL ORDER BY slice"
            con.execute(f"COPY ({grouped}) TO '{out}/{kpi}-{cube}.parquet' {into}")
    cpu, wall = spent() - cpu, time.perf_counter() - wall
    lines = Path("/proc/self/status").read_text().splitlines()
    memory = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    print(json.dumps({"cpu": cpu, "wall": wall, "memory": memory}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
