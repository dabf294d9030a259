"""Read figures: facts summed for scopes and windows, then estimated by the rules."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.problems import Problem, Problems
from kpis import figures as rules
from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.figures import Figure
from kpis.targets import scope
from kpis.workspace import Snapshot

MOMENTS = ("n", "w", "w2", "x", "wx", "xx")
CUTS = ("segment", "channel")
LEVELS = ("company", "department", "person", *CUTS)
SUMS = ", ".join(f"sum({name}) AS {name}" for name in MOMENTS)


def figures(snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], windows: Sequence[Period]) -> list[Figure]:
    """One figure per scope (company, department:…, joint:…, person:…) and window, scopes first."""
    return _figures(snapshot, kpi, summed(snapshot, kpi, scopes, windows), list(scopes), list(windows))


def _figures(
    snapshot: Snapshot, kpi: KpiDefinition, cells: pd.DataFrame, scopes: list[str], windows: list[Period]
) -> list[Figure]:
    """Figures of summed facts; after a refused delivery only the windows it was due for wait."""
    flags, today = [validated(snapshot, kpi, window) for window in windows], snapshot.workspace.today
    found = {flag: rules.figures(kpi, cells, scopes, windows, today, flag) for flag in set(flags)}
    return [found[flag][at] for at, flag in enumerate(flags * len(scopes))]


def summed(snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], windows: Sequence[Period]) -> pd.DataFrame:
    """The facts of scopes and windows, added up: scope, window, bucket and moments."""
    kinds = {scope(each).kind == "person" for each in scopes} or {False}
    return pd.concat([_scoped(snapshot, kpi, scopes, windows, person) for person in sorted(kinds)], ignore_index=True)


def by_cut(
    snapshot: Snapshot, kpi: KpiDefinition, cut: str, windows: Sequence[Period], within: str = "company"
) -> list[Figure]:
    """One figure per value of a cut (segment, channel) and window, inside a scope; the figure's scope is `cut:value`."""
    places, days = _places(snapshot, [within]), _days(snapshot, windows)
    where = "" if within == "company" else "JOIN places USING (department)"
    sql = f"""SELECT '{cut}:' || coalesce({cut}, '') AS scope, window_name AS "window", bucket, {SUMS}
              FROM facts JOIN days USING (slice) {where} WHERE kpi = $kpi AND cube = 'place' GROUP BY ALL"""
    found = _frame(_asked(snapshot, sql, kpi, places=places, days=days))
    return _figures(snapshot, kpi, found, sorted(set(found["scope"])), list(windows))


def members(snapshot: Snapshot, kpi: KpiDefinition, level: str, windows: Sequence[Period]) -> list[str]:
    """The scopes of a level that hold at least one fact in the windows: departments with everything above them, or people."""
    if level == "company":
        return ["company"]
    days = _days(snapshot, windows)
    cube = "person" if level == "person" else "place"
    sql = f"""SELECT DISTINCT {level} AS member FROM facts JOIN days USING (slice)
              WHERE kpi = $kpi AND cube = '{cube}' AND {level} IS NOT NULL ORDER BY 1"""
    found = _asked(snapshot, sql, kpi, days=days).column("member").to_pylist()
    if level == "person":
        return [f"person:{each}" for each in found]
    tree = snapshot.organisation
    held = {above for each in found for above in tree.ancestors(each) or (each,)}
    order = [each.id for each in tree.departments if each.id in held]
    return [f"department:{each}" for each in [*order, *sorted(held - set(order))]]


def extent(snapshot: Snapshot, kpi: KpiDefinition) -> tuple[date, date] | None:
    """The first and the last slice that hold facts of the KPI."""
    return snapshot.once("extent", lambda: _extents(snapshot)).get(kpi.id)


def _extents(snapshot: Snapshot) -> dict[str, tuple[date, date]]:
    rows = snapshot.rows("SELECT kpi, min(slice) AS low, max(slice) AS high FROM facts GROUP BY kpi").to_pylist()
    return {row["kpi"]: (row["low"], row["high"]) for row in rows}


def uncredited(snapshot: Snapshot, kpi: KpiDefinition, window: Period) -> dict[str, float]:
    """Answers that are in the company's figure and in no department's, by reason."""
    sql = """SELECT uncredited, sum(n) / 1e6 AS n FROM facts JOIN days USING (slice)
             WHERE kpi = $kpi AND cube = 'place' AND uncredited IS NOT NULL GROUP BY 1 ORDER BY 1"""
    rows = _asked(snapshot, sql, kpi, days=_days(snapshot, [window])).to_pylist()
    return {row["uncredited"]: float(row["n"]) for row in rows}


def validated(snapshot: Snapshot, kpi: KpiDefinition, window: Period) -> bool:
    """Whether the newest delivery of the KPI's dataset was admitted, or the window lies within what was held before it."""
    if snapshot.deliveries.get(kpi.dataset, True):
        return True
    held = extent(snapshot, kpi)
    return held is not None and window.end <= held[1]


def _scoped(
    snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], windows: Sequence[Period], person: bool
) -> pd.DataFrame:
    """The summed facts of those scopes that read the person cube, or of those that read the place cube."""
    chosen = [each for each in scopes if (scope(each).kind == "person") == person]
    kinds = {"places": _people(chosen) if person else _places(snapshot, chosen), "days": _days(snapshot, windows)}
    cube, key = ("person", "person") if person else ("place", "department")
    rows = f"SELECT scope, slice, bucket, {', '.join(MOMENTS)} FROM facts"
    where = f"WHERE kpi = $kpi AND cube = '{cube}'"
    # Joins by equality alone: with `OR places.whole` in one join, DuckDB 2.0 fails from some 2,000 scoped facts on.
    sql = f"""WITH scoped AS ({rows} JOIN places USING ({key}) {where}
                UNION ALL {rows} CROSS JOIN (SELECT scope FROM places WHERE whole) {where})
              SELECT scope, window_name AS "window", bucket, {SUMS} FROM scoped JOIN days USING (slice) GROUP BY ALL"""
    return _frame(_asked(snapshot, sql, kpi, **kinds))


def _places(snapshot: Snapshot, scopes: Iterable[str]) -> pa.Table:
    """Which departments make up each scope; `whole` for the company, which also holds what is credited to none."""
    rows: list[tuple[str | None, str, bool]] = []
    for text in scopes:
        whose = scope(text)
        if whose.kind == "company":
            rows.append((None, text, True))
        tree = snapshot.organisation
        rows += [
            (each, text, False)
            for each in sorted({below for name in whose.members for below in tree.descendants(name) or {name}})
        ]
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    kinds = (pa.string(), pa.string(), pa.bool_())
    return pa.table(
        {
            name: pa.array(column, kind)
            for name, column, kind in zip(("department", "scope", "whole"), columns, kinds, strict=True)
        }
    )


def _people(scopes: Iterable[str]) -> pa.Table:
    chosen = list(scopes)
    people = pa.array([scope(each).members[0] for each in chosen], pa.string())
    return pa.table(
        {"person": people, "scope": pa.array(chosen, pa.string()), "whole": pa.array([False] * len(chosen), pa.bool_())}
    )


def _days(snapshot: Snapshot, windows: Iterable[Period]) -> pa.Table:
    """Which slices make up each window."""
    calendar = snapshot.workspace.settings.calendar
    rows = [(day, window.name) for window in windows for day in calendar.slices(window.start, window.end)]
    days = pa.array([day for day, _ in rows], pa.date32())
    return pa.table({"slice": days, "window_name": pa.array([name for _, name in rows], pa.string())})


def _asked(snapshot: Snapshot, sql: str, kpi: KpiDefinition, **tables: pa.Table) -> pa.Table:
    cursor = snapshot.connection.cursor()
    for name, table in tables.items():
        cursor.register(name, table)
    return cursor.sql(sql, params={"kpi": kpi.id} if "$kpi" in sql else None).to_arrow_table()


def _frame(table: pa.Table) -> pd.DataFrame:
    """Summed facts with exact moments: int64, or Python integers where a sum is wider, None where there is none."""
    columns: dict[str, object] = {
        name: table.column(name).to_pandas() for name in table.column_names if name not in MOMENTS
    }
    columns |= {name: _integers(table.column(name)) for name in MOMENTS}
    return pd.DataFrame(columns)


def _integers(column: pa.ChunkedArray) -> object:
    if len(column) and column.null_count == len(column):
        return np.full(len(column), None, dtype=object)
    low, high = (abs(int(value.as_py() or 0)) for value in pc.min_max(column).values())
    if column.null_count == 0 and max(low, high) < 2**62:
        return column.cast(pa.int64()).to_numpy()
    return np.array([None if value is None else int(value) for value in column.to_pylist()], dtype=object)


def level(text: str) -> str:
    """A `--by` value; raises Problems when it is none."""
    if text not in LEVELS:
        raise Problems([Problem("--by", " | ".join(LEVELS), repr(text), "Write one of these.")])
    return text


def latest(found: Sequence[Figure]) -> Mapping[str, Figure]:
    """The last figure of each scope."""
    return {each.scope: each for each in found}
