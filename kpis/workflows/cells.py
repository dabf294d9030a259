"""Facts of scopes and windows, added up: which cube answers which question.

The company reads its own cube, departments theirs, people theirs, and a cut within a department the places: nothing is
added twice, and no question about the company touches the places. What a snapshot keeps in memory is added up there.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpis import running, sums
from kpis.definitions import KpiDefinition
from kpis.distributions import Ints
from kpis.measures import summed as by_sums
from kpis.running import Counts
from kpis.sums import MOMENTS, Facts, Pairs, Rows
from kpis.targets import scope
from kpis.views import integers
from kpis.workflows import spans
from kpis.workflows.spans import Windows, days, named
from kpis.workspace import Snapshot

CUTS = ("segment", "channel")
CUBES = {"company": "company", "department": "department", "joint": "department", "person": "person"}
EPOCH = date(1970, 1, 1)


def summed(snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], windows: Windows) -> Facts:
    """The facts of scopes and windows, added up."""
    cubes: dict[str, list[str]] = {} if scopes else {"department": []}
    for each in scopes:
        cubes.setdefault(CUBES[scope(each).kind], []).append(each)
    names = sorted(set(scopes))
    return sums.under([_added(snapshot, kpi, cube, cubes[cube], names, windows) for cube in sorted(cubes)])


def ready(snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], windows: Windows) -> Facts | Counts:
    """The same, from running sums where the snapshot has them."""
    cubes = {CUBES[scope(each).kind] for each in scopes}
    cube = cubes.pop() if len(cubes) == 1 else ""
    rows = _running(snapshot, kpi, cube)
    if rows is None:
        return summed(snapshot, kpi, scopes, windows)
    names = sorted(set(scopes))
    key, pairs = "", (np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))
    if cube != "company":
        key, pairs = cube, spans.coded(spans.departments(snapshot, names, names), rows.keys[cube][0].tolist())
    return running.added(rows, key, names, pairs, named(windows), spans.runs(snapshot, kpi, windows, rows.slices))


def _running(snapshot: Snapshot, kpi: KpiDefinition, cube: str) -> Rows | None:
    """A KPI's rows of a cube, where its estimates may come from their running sums."""
    rows = snapshot.kept(cube, kpi.id)
    simple = kpi.measure.scaled and not by_sums(kpi) and kpi.cluster is None
    return rows if rows is not None and rows.running and simple else None


def replicated(snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], windows: Windows) -> Facts:
    """The same by the 20 groups of what repeats, with `replicate`; not of people."""
    whole, places = (["company"] if "company" in scopes else []), [each for each in scopes if _placed(each)]
    parts = [part for part in (whole, places) if part]
    return sums.under([_added(snapshot, kpi, "replicates", part, sorted(set(scopes)), windows) for part in parts])


def cut(snapshot: Snapshot, kpi: KpiDefinition, by: str, windows: Windows, within: str) -> Facts | Counts:
    """The facts of every value of a cut inside a scope: scope is `cut:value`."""
    rows = snapshot.kept("cuts", kpi.id) if within == "company" else None
    if rows is not None:
        names, codes = _scoped(by, rows.keys[by][0].tolist())
        pairs = np.arange(len(codes)), codes
        if _running(snapshot, kpi, "cuts"):
            return running.added(
                rows, by, names, pairs, named(windows), spans.runs(snapshot, kpi, windows, rows.slices)
            )
        return _in_memory(rows, by, names, pairs, windows, days(snapshot, kpi, windows))
    cube, where = ("cuts", "") if within == "company" else ("place", "JOIN places USING (department)")
    sql = f"""SELECT {by} AS value, "window", bucket, {moments(kpi)}
              FROM facts_{cube} JOIN days USING (slice) {where} WHERE kpi = $kpi GROUP BY ALL"""
    places = spans.table(spans.departments(snapshot, [within], [within]))
    found = asked(snapshot, sql, kpi, places=places, days=days(snapshot, kpi, windows))
    values = found.column("value").combine_chunks().dictionary_encode("encode")
    names, codes = _scoped(by, values.dictionary.to_pylist())
    return _facts(found.append_column("scope", pa.array(codes[values.indices.to_numpy()])), names, windows)


def moments(kpi: KpiDefinition) -> str:
    """The moments that a KPI's facts hold, added up; the others are null and cost nothing."""
    weighted, scaled = kpi.weight is not None, kpi.measure.scaled
    held = {"n"} | ({"w", "w2"} if weighted else set()) | (set() if scaled else {"x", "xx"})
    held |= {"wx"} if weighted and not scaled else set()
    held = set(MOMENTS) if kpi.count or kpi.measure.kind == "ratio" else held
    return ", ".join(f"sum({name}) AS {name}" if name in held else f"NULL AS {name}" for name in MOMENTS)


@contextmanager
def together(snapshot: Snapshot, kpis: Sequence[KpiDefinition], whose: str, windows: Windows) -> Iterator[None]:
    """Inside, what these KPIs ask about one scope in these windows is asked once for all of them."""
    cube, keys = CUBES[scope(whose).kind], []
    asks = [(cube, [each for each in kpis if snapshot.kept(cube, each.id) is None])]
    asks += [("replicates", [each for each in kpis if each.cluster])]
    for promised in (True, False):
        for name, every in asks:
            chosen = [each for each in every if (each.period_of == "promised") is promised]
            keys += [_key(name, each, [whose], windows) for each in chosen]
            table = _question(snapshot, name, chosen, [whose], [whose], windows) if chosen else pa.table({"kpi": []})
            found = _split(table)
            for each in chosen:
                snapshot.memory[_key(name, each, [whose], windows)] = found.get(each.id, table.slice(0, 0))
    try:
        yield
    finally:
        for key in keys:
            snapshot.memory.pop(key, None)


def _key(cube: str, kpi: KpiDefinition, scopes: Sequence[str], windows: Windows) -> tuple[object, ...]:
    return ("asked together", cube, kpi.id, tuple(scopes), tuple(windows))


def _split(table: pa.Table) -> dict[str, pa.Table]:
    """A table that is ordered by KPI, KPI by KPI."""
    runs = pc.run_end_encode(table.column("kpi").combine_chunks())
    names, ends = runs.values.to_pylist(), runs.run_ends.to_pylist()
    found = zip(names, [0, *ends], ends, strict=False)  # the last end begins nothing
    return {name: table.slice(low, high - low) for name, low, high in found}


def _added(
    snapshot: Snapshot, kpi: KpiDefinition, cube: str, scopes: Sequence[str], names: Sequence[str], windows: Windows
) -> Facts:
    """One cube added up for scopes of one kind, coded by `names`; the company takes also what no department is credited with."""
    rows, asked_for = snapshot.kept(cube, kpi.id), days(snapshot, kpi, windows)
    if rows is None:
        held = snapshot.memory.get(_key(cube, kpi, scopes, windows)) if scopes == names else None
        found = _question(snapshot, cube, [kpi], scopes, names, windows) if held is None else held
        return _facts(found, names, windows)
    if cube == "company":
        return _in_memory(rows, "", names, (np.zeros(1, int), np.array([names.index(cube)])), windows, asked_for)
    pairs = spans.coded(spans.departments(snapshot, scopes, names), rows.keys[cube][0].tolist())
    return _in_memory(rows, cube, names, pairs, windows, asked_for)


def _in_memory(
    rows: Rows, key: str, names: Sequence[str], pairs: Pairs, windows: Windows, asked_for: pa.Table
) -> Facts:
    """Rows in memory, added up by scopes of those names."""
    return sums.added(rows, key, names, pairs, named(windows), spans.dated(asked_for))


def _facts(found: pa.Table, names: Sequence[str], windows: Windows) -> Facts:
    """The answer of a question, its scopes coded by `names`, as facts."""
    periods = named(windows)
    cell = found.column("scope").to_numpy().astype(np.int64) * len(periods) + found.column("window").to_numpy()
    columns = {name: found.column(name) for name in ("replicate", "bucket", *MOMENTS) if name in found.column_names}
    held = {name: integers(each) for name, each in columns.items() if each.null_count < max(len(found), 1)}
    return Facts(sums.keys(names, periods, cell), held)


def _question(
    snapshot: Snapshot,
    cube: str,
    kpis: Sequence[KpiDefinition],
    scopes: Sequence[str],
    names: Sequence[str],
    windows: Windows,
) -> pa.Table:
    """The sums of KPIs whose windows hold the same slices, ordered by KPI; scopes and windows are codes."""
    places, joined = spans.departments(snapshot, scopes, names), "JOIN places USING (department)"
    if "company" in scopes:
        joined = f"CROSS JOIN (SELECT {names.index('company')} AS scope)"
    elif cube == "person":
        places, joined = spans.people(scopes, names), "JOIN places USING (person)"
    chosen = ", ".join(f"'{each.id}'" for each in kpis)  # slugs
    held = moments(kpis[0]) if len(kpis) == 1 else ", ".join(f"sum({name}) AS {name}" for name in MOMENTS)
    more = "replicate, " if cube == "replicates" else ""
    sql = f"""SELECT kpi, scope, "window", {more}bucket, {held}
              FROM facts_{cube} JOIN days USING (slice) {joined} WHERE kpi IN ({chosen}) GROUP BY ALL ORDER BY kpi"""
    key = "person" if cube == "person" else "department"
    return asked(snapshot, sql, kpis[0], places=spans.table(places, key), days=days(snapshot, kpis[0], windows))


def below(snapshot: Snapshot, whose: str) -> list[str]:
    """The scopes of the departments directly below one; below the root for the company."""
    tree = snapshot.organisation
    above = scope(whose).members or tuple(each.id for each in tree.departments if each.parent is None)
    return [f"department:{each.id}" for name in above for each in tree.children(name)]


def held(snapshot: Snapshot, kpi: KpiDefinition, level: str, windows: Windows) -> list[str]:
    """The departments or people that hold at least one fact in the windows, by name."""
    rows = snapshot.kept(level, kpi.id)
    if rows is not None and rows.running:
        codes = running.held(rows, level, spans.runs(snapshot, kpi, windows, rows.slices))
        return [each for each in rows.keys[level][0][codes].tolist() if each is not None]
    asked_for = days(snapshot, kpi, windows)
    if rows is None:
        sql = f"""SELECT DISTINCT {level} AS member FROM facts_{level} JOIN days USING (slice)
                  WHERE kpi = $kpi AND {level} IS NOT NULL ORDER BY 1"""
        return list(asked(snapshot, sql, kpi, days=asked_for).column("member").to_pylist())
    names, places = rows.keys[level]
    filled = np.zeros(len(names) * len(rows.slices), dtype=bool)
    filled[places] = True
    within = filled.reshape(len(names), -1)[:, np.isin(rows.slices, spans.dated(asked_for)[0])]
    found = names[within.any(axis=1)].tolist()
    return sorted(each for each in found if each is not None)


def lasting(snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], windows: Windows, least: int) -> list[str]:
    """The departments with enough answers to show in at least so many windows; nothing is estimated."""
    sql = f"""SELECT scope FROM (SELECT scope, "window", sum(n) AS n FROM facts_department
                JOIN days USING (slice) JOIN places USING (department) WHERE kpi = $kpi GROUP BY ALL)
              WHERE n >= {kpi.min_n_show * 1_000_000} GROUP BY scope HAVING count(*) >= {least} ORDER BY scope"""
    names = sorted({each for each in scopes if each != "company"})
    places = spans.table(spans.departments(snapshot, names, names))
    found = asked(snapshot, sql, kpi, places=places, days=days(snapshot, kpi, windows))
    return [names[code] for code in found.column("scope").to_pylist()]


def homes(snapshot: Snapshot, kpi: KpiDefinition, scopes: Iterable[str], windows: Windows) -> dict[str, str]:
    """The department in which each `person:` scope has most answers in the windows."""
    sql = """SELECT scope, arg_max(department, (n, department)) AS department FROM (
               SELECT scope, department, sum(n) AS n FROM facts_person JOIN days USING (slice) JOIN people USING (person)
               WHERE kpi = $kpi AND department IS NOT NULL GROUP BY ALL) GROUP BY 1"""
    chosen = [each for each in scopes if scope(each).kind == "person"]
    if not chosen:
        return {}
    people = spans.table(spans.people(chosen, chosen), "person")
    found = asked(snapshot, sql, kpi, people=people, days=days(snapshot, kpi, windows))
    return {chosen[row["scope"]]: row["department"] for row in found.to_pylist()}


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
    held = extent(snapshot, kpi) if kpi.measure.censored else None
    if held is None:
        return snapshot.workspace.today
    sql = "SELECT max(-bucket) AS day FROM facts_company WHERE kpi = $kpi AND bucket < 0"
    opened = snapshot.once(("opened", kpi.id), lambda: asked(snapshot, sql, kpi).column("day")[0].as_py())
    reached = max(held[1], EPOCH + timedelta(days=opened or 0))
    return min(reached, snapshot.workspace.today)


def _placed(text: str) -> bool:
    return scope(text).kind in ("department", "joint")


def _scoped(by: str, values: Sequence[str | None]) -> tuple[list[str], Ints]:
    """The scopes of a cut's values, ascending, and the code of each value's."""
    texts = [f"{by}:{value or ''}" for value in values]
    names = sorted(set(texts))
    return names, np.array([names.index(each) for each in texts], dtype=np.int64)


def asked(snapshot: Snapshot, sql: str, kpi: KpiDefinition, **tables: pa.Table) -> pa.Table:
    """The answer of one SELECT over the cubes of a KPI and small tables."""
    cursor = snapshot.connection.cursor()
    for name, table in tables.items():
        cursor.register(name, table)
    return cursor.sql(sql, params={"kpi": kpi.id} if "$kpi" in sql else None).to_arrow_table()
