"""Baseline of A7: the same figures from the raw rows: share of 4 and 5 by week, with n and Wilson's interval (1927).

Stand-alone: imports nothing of the product. Usage: raw.py FILES.json LEVEL OUT.
"""

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

MEMBER = {"company": "'company'", "channel": "channel", "department": "department_id"}
Z = 1.959963984540054
SQL = f"""
COPY (
  SELECT member, strftime(day, '%G-W%V') AS week, count(*)::DOUBLE AS n, count(*) FILTER (score >= 4) / n AS value,
         (value + {Z * Z} / (2 * n) - {Z} * sqrt(value * (1 - value) / n + {Z * Z} / (4 * n * n))) / (1 + {Z * Z} / n) AS low,
         (value + {Z * Z} / (2 * n) + {Z} * sqrt(value * (1 - value) / n + {Z * Z} / (4 * n * n))) / (1 + {Z * Z} / n) AS high
  FROM (SELECT {{member}} AS member, date_trunc('week', responded_at::DATE) AS day, score
        FROM read_parquet({{files}}) WHERE question = 'csat' AND score IS NOT NULL)
  GROUP BY member, day ORDER BY 1, 2
) TO '{{out}}'
"""


def spent() -> float:
    """CPU seconds of this process."""
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


def main(given: Path, level: str, out: Path) -> None:
    """Ask once."""
    files = json.loads(given.read_text())["datasets"]["responses"]
    con = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
    con.execute("SET TimeZone = 'UTC'")
    cpu, wall = spent(), time.perf_counter()
    con.execute(SQL.format(member=MEMBER[level], files=files, out=out))
    cpu, wall = spent() - cpu, time.perf_counter() - wall
    lines = Path("/proc/self/status").read_text().splitlines()
    memory = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    print(json.dumps({"cpu": cpu, "wall": wall, "memory": memory}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
