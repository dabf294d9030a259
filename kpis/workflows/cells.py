"""Facts of scopes and windows, added up: which cube answers which question.

The company reads its own cube, departments theirs, people theirs, and a cut within a department the places: nothing is
added twice, and no question about the company touches the places.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.targets import scope
from kpis.workspace import Snapshot

MOMENTS = ("n", "w", "w2", "x", "wx", "xx")
CUTS = ("segment", "channel")
CUBES = {"company": "company", "department": "department", "joint": "department", "person": "person"}
EPOCH = date(1970, 1, 1)


def summed(snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], windows: Sequence[Period]) -> pd.DataFrame:
    """The facts of scopes and windows, added up: scope, window, bucket and moments."""
    cubes: dict[str, list[str]] = {}
    for each in scopes:
        cubes.setdefault(CUBES[scope(each).kind], []).append(each)
    parts = [_added(snapshot, kpi, f"facts_{cube}", chosen, windows) for cube, chosen in sorted(cubes.items())]
    return pd.concat(parts, ignore_index=True) if parts else _added(snapshot, kpi, "facts_department", [], windows)


def replicated(
    snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], windows: Sequence[Period]
) -> pd.DataFrame:
    """The same by the 20 groups of what repeats: scope, window, replicate, bucket and moments; not of people."""
    whole, places = (["company"] if "company" in scopes else []), [each for each in scopes if each != "company"]
    found = [
        _added(snapshot, kpi, "facts_replicates", part, windows, "replicate, ") for part in (whole, places) if part
    ]
    return pd.concat(found, ignore_index=True)


def cut(snapshot: Snapshot, kpi: KpiDefinition, by: str, windows: Sequence[Period], within: str) -> pd.DataFrame:
    """The facts of every value of a cut inside a scope: scope is `cut:value`, then window, bucket and moments."""
    cube, where = ("cuts", "") if within == "company" else ("place", "JOIN places USING (department)")
    sql = f"""SELECT '{by}:' || coalesce({by}, '') AS scope, window_name AS "window", bucket, {sums(kpi)}
              FROM facts_{cube} JOIN days USING (slice) {where} WHERE kpi = $kpi GROUP BY ALL"""
    return frame(asked(snapshot, sql, kpi, places=_departments(snapshot, [within]), days=days(snapshot, kpi, windows)))


def sums(kpi: KpiDefinition) -> str:
    """The moments that a KPI's facts hold, added up; the others are null and cost nothing."""
    weighted, scaled = kpi.weight is not None, kpi.measure.scaled
    held = {"n"} | ({"w", "w2"} if weighted else set()) | (set() if scaled else {"x", "xx"})
    held |= {"wx"} if weighted and not scaled else set()
    held = set(MOMENTS) if kpi.count or kpi.measure.kind == "ratio" else held
    return ", ".join(f"sum({name}) AS {name}" if name in held else f"NULL AS {name}" for name in MOMENTS)


@contextmanager
def together(
    snapshot: Snapshot, kpis: Sequence[KpiDefinition], whose: str, windows: Sequence[Period]
) -> Iterator[None]:
    """Inside, what these KPIs ask about one scope in these windows is asked once for all of them."""
    cube = f"facts_{CUBES[scope(whose).kind]}"
    asks = [(cube, "", kpis), ("facts_replicates", "replicate, ", [each for each in kpis if each.cluster])]
    keys = []
    for promised in (True, False):
        for name, more, every in asks:
            chosen = [each for each in every if (each.period_of == "promised") is promised]
            keys += [_key(name, each, [whose], windows) for each in chosen]
            table = _question(snapshot, name, chosen, [whose], windows, more) if chosen else pa.table({"kpi": []})
            found = _split(table)
            for each in chosen:
                snapshot.memory[_key(name, each, [whose], windows)] = found.get(each.id, table.slice(0, 0))
    try:
        yield
    finally:
        for key in keys:
            snapshot.memory.pop(key, None)


def _key(cube: str, kpi: KpiDefinition, scopes: Sequence[str], windows: Sequence[Period]) -> tuple[object, ...]:
    return ("asked together", cube, kpi.id, tuple(scopes), tuple(windows))


def _split(table: pa.Table) -> dict[str, pa.Table]:
    """A table that is ordered by KPI, KPI by KPI."""
    runs = pc.run_end_encode(table.column("kpi").combine_chunks())
    names, ends = runs.values.to_pylist(), runs.run_ends.to_pylist()
    spans = zip(names, [0, *ends], ends, strict=False)  # the last end begins nothing
    return {name: table.slice(low, high - low) for name, low, high in spans}


def _added(
    snapshot: Snapshot, kpi: KpiDefinition, cube: str, scopes: Sequence[str], windows: Sequence[Period], more: str = ""
) -> pd.DataFrame:
    """One cube added up for scopes of one kind; the company takes every row, also what no department is credited with."""
    held = snapshot.memory.get(_key(cube, kpi, scopes, windows))
    found = _question(snapshot, cube, [kpi], scopes, windows, more) if held is None else held
    return frame(found.drop_columns("kpi"))


def _question(
    snapshot: Snapshot,
    cube: str,
    kpis: Sequence[KpiDefinition],
    scopes: Sequence[str],
    windows: Sequence[Period],
    more: str,
) -> pa.Table:
    """The sums of KPIs whose windows hold the same slices, ordered by KPI."""
    places, joined = _departments(snapshot, scopes), "JOIN places USING (department)"
    if "company" in scopes:
        joined = "CROSS JOIN (SELECT 'company' AS scope)"
    elif cube == "facts_person":
        places, joined = _people(scopes), "JOIN places USING (person)"
    names = ", ".join(f"'{each.id}'" for each in kpis)  # slugs
    held = sums(kpis[0]) if len(kpis) == 1 else ", ".join(f"sum({name}) AS {name}" for name in MOMENTS)
    sql = f"""SELECT kpi, scope, window_name AS "window", {more}bucket, {held}
              FROM {cube} JOIN days USING (slice) {joined} WHERE kpi IN ({names}) GROUP BY ALL ORDER BY kpi"""
    return asked(snapshot, sql, kpis[0], places=places, days=days(snapshot, kpis[0], windows))


def below(snapshot: Snapshot, whose: str) -> list[str]:
    """The scopes of the departments directly below one; below the root for the company."""
    tree = snapshot.organisation
    above = scope(whose).members or tuple(each.id for each in tree.departments if each.parent is None)
    return [f"department:{each.id}" for name in above for each in tree.children(name)]


def lasting(
    snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], windows: Sequence[Period], least: int
) -> list[str]:
    """The departments with enough answers to show in at least so many windows; nothing is estimated."""
    sql = f"""SELECT scope FROM (SELECT scope, window_name, sum(n) AS n FROM facts_department
                JOIN days USING (slice) JOIN places USING (department) WHERE kpi = $kpi GROUP BY ALL)
              WHERE n >= {kpi.min_n_show * 1_000_000} GROUP BY scope HAVING count(*) >= {least} ORDER BY scope"""
    places = _departments(snapshot, [each for each in scopes if each != "company"])
    return list(asked(snapshot, sql, kpi, places=places, days=days(snapshot, kpi, windows)).column("scope").to_pylist())


def homes(snapshot: Snapshot, kpi: KpiDefinition, scopes: Iterable[str], windows: Sequence[Period]) -> dict[str, str]:
    """The department in which each `person:` scope has most answers in the windows."""
    sql = """SELECT scope, arg_max(department, (n, department)) AS department FROM (
               SELECT scope, department, sum(n) AS n FROM facts_person JOIN days USING (slice) JOIN people USING (person)
               WHERE kpi = $kpi AND department IS NOT NULL GROUP BY ALL) GROUP BY 1"""
    chosen = [each for each in scopes if scope(each).kind == "person"]
    found = asked(snapshot, sql, kpi, people=_people(chosen), days=days(snapshot, kpi, windows)) if chosen else None
    return {row["scope"]: row["department"] for row in found.to_pylist()} if found is not None else {}


def extent(snapshot: Snapshot, kpi: KpiDefinition) -> tuple[date, date] | None:
    """The first and the last slice that hold facts of the KPI."""
    return snapshot.once("extent", lambda: _extents(snapshot)).get(kpi.id)


def _extents(snapshot: Snapshot) -> dict[str, tuple[date, date]]:
    sql = "SELECT kpi, min(slice) AS low, max(slice) AS high FROM facts_company GROUP BY kpi"
    return {row["kpi"]: (row["low"], row["high"]) for row in snapshot.rows(sql).to_pylist()}


def read_on(snapshot: Snapshot, kpi: KpiDefinition) -> date:
    """The day to which what still runs is followed: the last that the deliveries are known to reach, and never past today.

    A case that was open on its opening day was seen then: no age grows beyond the newest of them.
    """
    held = extent(snapshot, kpi)
    if held is None or not kpi.measure.censored:
        return snapshot.workspace.today
    sql = "SELECT max(-bucket) AS day FROM facts_company WHERE kpi = $kpi AND bucket < 0"
    opened = snapshot.once(("opened", kpi.id), lambda: asked(snapshot, sql, kpi).column("day")[0].as_py())
    reached = max(held[1], EPOCH + timedelta(days=opened or 0))
    return min(reached, snapshot.workspace.today)


def days(snapshot: Snapshot, kpi: KpiDefinition, windows: Iterable[Period]) -> pa.Table:
    """Which slices make up each window: slice, window_name. What was promised for a day to come is not broken yet."""
    calendar, today = snapshot.workspace.settings.calendar, snapshot.workspace.today
    rows = []
    for window in windows:
        starts = calendar.slices(window.start, window.end)
        spans = zip(starts, [*starts[1:], window.end], strict=True)
        rows += [(day, window.name) for day, end in spans if kpi.period_of != "promised" or end <= today]
    found = pa.array([day for day, _ in rows], pa.date32())
    return pa.table({"slice": found, "window_name": pa.array([name for _, name in rows], pa.string())})


def _departments(snapshot: Snapshot, scopes: Iterable[str]) -> pa.Table:
    """Which departments make up each scope, with everything below them."""
    tree, rows = snapshot.organisation, set()
    for text in scopes:
        members = scope(text).members
        rows |= {(below, text) for name in members for below in tree.descendants(name) or {name}}
    ordered = sorted(rows)
    names = {"department": [name for name, _ in ordered], "scope": [text for _, text in ordered]}
    return pa.table({name: pa.array(column, pa.string()) for name, column in names.items()})


def _people(scopes: Iterable[str]) -> pa.Table:
    chosen = list(scopes)
    people = pa.array([scope(each).members[0] for each in chosen], pa.string())
    return pa.table({"person": people, "scope": pa.array(chosen, pa.string())})


def asked(snapshot: Snapshot, sql: str, kpi: KpiDefinition, **tables: pa.Table) -> pa.Table:
    """The answer of one SELECT over the cubes of a KPI and small tables."""
    cursor = snapshot.connection.cursor()
    for name, table in tables.items():
        cursor.register(name, table)
    return cursor.sql(sql, params={"kpi": kpi.id} if "$kpi" in sql else None).to_arrow_table()


def frame(table: pa.Table) -> pd.DataFrame:
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
