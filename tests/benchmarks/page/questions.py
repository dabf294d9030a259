"""What the standard page asks of the facts: sums by week, figures by the rules."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from kpis import figures
from kpis.definitions import KpiDefinition
from kpis.signals import Signal, baseline, signals
from kpis.workspace import open_snapshot
from tests.benchmarks.jobs.company import opened
from tests.benchmarks.jobs.kpis import definitions

FIRST, WEEKS = date(2024, 1, 1), 104
TODAY = FIRST + timedelta(weeks=WEEKS)
KPIS: Mapping[str, KpiDefinition] = definitions()
SUMS = "bucket, sum(n)::BIGINT AS n, sum(x) AS x"
WEEK = "date_diff('day', DATE '2024-01-01', slice) // 7"


def facts(folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection to the facts of the workspace in that folder: cuts of the whole company, and places."""
    con = open_snapshot(opened(folder)).connection
    for name in ("cuts", "place"):
        con.execute(f"CREATE VIEW {name} AS SELECT *, {WEEK} AS week FROM facts_{name}")
    return con


def weekly(con: duckdb.DuckDBPyConnection, channel: str) -> dict[str, pd.DataFrame]:
    """For each KPI its figures of all weeks, one row a week, for a channel or `all`."""
    rows = _asked(
        con, f"SELECT kpi, week, {SUMS} FROM cuts WHERE $c IN ('all', channel) AND week < 104 GROUP BY ALL", channel
    )
    return {name: _figures(kpi, rows[rows.kpi == name], "week") for name, kpi in KPIS.items()}


def segments(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The time to resolve by segment, of the last 52 weeks."""
    rows = _asked(
        con, f"SELECT segment, week, {SUMS} FROM cuts WHERE kpi = 'ttr' AND week BETWEEN 52 AND 103 GROUP BY ALL"
    )
    return _figures(KPIS["ttr"], rows, "segment", "week")


def departments(con: duckdb.DuckDBPyConnection, channel: str) -> dict[str, pd.DataFrame]:
    """NPS, CSAT and CES of every department over the last 13 weeks."""
    where = "kpi IN ('nps', 'csat', 'ces') AND week BETWEEN 91 AND 103 AND $c IN ('all', channel)"
    rows = _asked(con, f"SELECT kpi, department, {SUMS} FROM place WHERE {where} GROUP BY ALL", channel)
    return {name: _figures(KPIS[name], rows[rows.kpi == name], "department") for name in ("nps", "csat", "ces")}


def _asked(con: duckdb.DuckDBPyConnection, sql: str, channel: str | None = None) -> pd.DataFrame:
    table = con.cursor().sql(sql, params={"c": channel} if channel else None).to_arrow_table()
    frame = table.drop_columns(["x"]).to_pandas()
    frame["x"] = np.array(table["x"].to_pylist(), dtype=object)
    return frame


def _figures(kpi: KpiDefinition, rows: pd.DataFrame, *by: str) -> pd.DataFrame:
    return figures.table(kpi, rows, by, TODAY)


def usual(kpi: KpiDefinition, found: pd.DataFrame) -> list[Signal]:
    """The signals of a series against the baseline of its first year."""
    values, n = found["value"].to_numpy(), found["n"].to_numpy() if kpi.unit == "percent" else None
    base = baseline(values[:52], None if n is None else n[:52])
    return signals(values, kpi.direction, base, n)
