"""A7, the product's side: the figures of one KPI for 104 weeks at one level, from the facts.

Usage: python -m tests.benchmarks.jobs.asked WORKSPACE LEVEL OUT. The snapshot is opened before the clock runs, anew for
every repeat: nothing is remembered from one to the next. The answer is complete when value, n and both ends of every cell
are numbers in memory.
"""

import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from kpis.calendar import Period
from kpis.figures import Figures
from kpis.workflows import measure
from kpis.workspace import Snapshot, open_snapshot
from tests.benchmarks.jobs.company import opened
from tests.benchmarks.measure import Clock

REPEATS = 20
NUMBERS = ("n", "value", "low", "high")


def ask(snapshot: Snapshot, level: str, weeks: list[Period]) -> Figures:
    """The level's figures of every week."""
    kpi = snapshot.workspace.kpis["csat"]
    if level == "channel":
        return measure.by_cut(snapshot, kpi, level, weeks)
    return measure.figures(snapshot, kpi, measure.members(snapshot, kpi, level, weeks), weeks)


def main(folder: Path, level: str, out: Path) -> None:
    """Ask, and keep the last answer."""
    workspace, clock = opened(folder), Clock()
    weeks = workspace.settings.calendar.between(date(2024, 1, 1), date(2025, 12, 29), "week")
    ask(open_snapshot(workspace), level, weeks[:1])  # imports that come late
    for _ in range(REPEATS):
        snapshot = open_snapshot(workspace)
        with clock.running():
            found = ask(snapshot, level, weeks)
            columns = {name: found.column(name) for name in NUMBERS}
    members = [scope.rpartition(":")[2] for scope in found.scopes]
    keys = {"member": np.repeat(members, len(weeks)), "week": np.tile(found.windows, len(members))}
    frame = pd.DataFrame(keys | columns)
    frame[frame.n > 0].sort_values(["member", "week"]).to_parquet(out)
    clock.report(REPEATS)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
