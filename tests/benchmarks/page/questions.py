"""What the standard page asks of the facts: sums by week, figures by the rules."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from kpis import figures, sums
from kpis.definitions import KpiDefinition
from kpis.signals import Signal, baseline, signals
from kpis.sums import Rows
from kpis.workspace import Snapshot, open_snapshot
from tests.benchmarks.jobs.company import opened
from tests.benchmarks.jobs.kpis import definitions

FIRST, WEEKS = date(2024, 1, 1), 104
START = (FIRST - date(1970, 1, 1)).days
TODAY = FIRST + timedelta(weeks=WEEKS)
KPIS: Mapping[str, KpiDefinition] = definitions()
SHOWN = ("value", "low", "high", "n")
LATEST = 13  # weeks of the departments


def facts(folder: Path) -> Snapshot:
    """The facts of the workspace in that folder: cuts of the whole company in memory, and places."""
    return open_snapshot(opened(folder))


def weekly(now: Snapshot, channel: str) -> dict[str, pd.DataFrame]:
    """For each KPI its figures of all weeks, one row a week, for a channel or `all`."""
    if channel == "all":
        return {name: _by_week(kpi, now.kept("company", name), "", ["all"], 0) for name, kpi in KPIS.items()}
    return {name: _by_week(kpi, now.kept("cuts", name), "channel", [channel], 0) for name, kpi in KPIS.items()}


def segments(now: Snapshot) -> pd.DataFrame:
    """The time to resolve by segment, of the last 52 weeks."""
    rows = now.kept("cuts", "ttr")
    return _by_week(KPIS["ttr"], rows, "segment", sorted(filter(None, rows.keys["segment"][0])), WEEKS - 52)


def _by_week(kpi: KpiDefinition, rows: Rows, by: str, chosen: Sequence[str], first: int) -> pd.DataFrame:
    """Figures of the chosen values of a cut, or of all rows, week by week from the first."""
    values = rows.keys[by][0].tolist() if by else chosen
    pairs = np.array([values.index(each) for each in chosen]), np.arange(len(chosen))
    day = np.arange(first * 7, WEEKS * 7)
    found = sums.added(rows, by, chosen, pairs, range(first, WEEKS), (day + START, day // 7 - first))
    frame = figures.table(kpi, found, ("scope", "window"), TODAY)[["scope", "window", *SHOWN]]
    return frame.rename(columns={"scope": by or "channel", "window": "week"})


def departments(now: Snapshot, channel: str) -> dict[str, pd.DataFrame]:
    """NPS, CSAT and CES of every department over the last 13 weeks."""
    names, since = ("nps", "csat", "ces"), TODAY - timedelta(weeks=LATEST)
    sql = """SELECT kpi, department, bucket, sum(n)::BIGINT AS n FROM facts_place
             WHERE list_contains($names, kpi) AND slice >= $since AND slice < $until AND $channel IN ('all', channel)
             GROUP BY ALL"""
    rows = now.rows(sql, names=list(names), since=since, until=TODAY, channel=channel).to_pandas()
    parts = {name: figures.table(KPIS[name], rows[rows.kpi == name], ["department"], TODAY) for name in names}
    return {name: part[["department", *SHOWN]] for name, part in parts.items()}


def usual(kpi: KpiDefinition, found: pd.DataFrame) -> list[Signal]:
    """The signals of a series against the baseline of its first year."""
    values, n = found["value"].to_numpy(), found["n"].to_numpy() if kpi.unit == "percent" else None
    base = baseline(values[:52], None if n is None else n[:52])
    return signals(values, kpi.direction, base, n)
