"""A7, the product's side: the figures of one KPI for 104 weeks at one level, from the facts.

Usage: python -m tests.benchmarks.jobs.asked WORKSPACE LEVEL OUT. The snapshot is opened before the clock runs, anew for
every repeat: nothing is remembered from one to the next.
"""

import sys
from datetime import date
from pathlib import Path

import pandas as pd

from kpis.calendar import Period
from kpis.figures import Figure
from kpis.workflows import measure
from kpis.workspace import Snapshot, open_snapshot
from tests.benchmarks.jobs.company import opened
from tests.benchmarks.measure import Clock

REPEATS = 20


def ask(snapshot: Snapshot, level: str, weeks: list[Period]) -> list[Figure]:
    """The level's figures of every week."""
    kpi = snapshot.workspace.kpis["csat"]
    if level == "channel":
        return measure.by_cut(snapshot, kpi, level, weeks)
    return measure.figures(snapshot, kpi, measure.members(snapshot, kpi, level, weeks), weeks)


def main(folder: Path, level: str, out: Path) -> None:
    """Ask, and keep the last answer."""
    workspace, clock, found = opened(folder), Clock(), list[Figure]()
    weeks = workspace.settings.calendar.between(date(2024, 1, 1), date(2025, 12, 29), "week")
    ask(open_snapshot(workspace), level, weeks[:1])  # imports that come late
    for _ in range(REPEATS):
        snapshot = open_snapshot(workspace)
        with clock.running():
            found = ask(snapshot, level, weeks)
    rows = [(each.scope.rpartition(":")[2], each.window, each.n, each.value, each.low, each.high) for each in found]
    frame = pd.DataFrame(rows, columns=["member", "week", "n", "value", "low", "high"])
    frame[frame.n > 0].sort_values(["member", "week"]).to_parquet(out)
    clock.report(REPEATS)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
