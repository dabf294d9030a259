"""What windows and scopes are made of: slices, departments and people, paired with codes for SQL or memory to join."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.distributions import Ints
from kpis.sums import Pairs
from kpis.targets import scope
from kpis.workspace import Snapshot

Windows = Sequence[Period]
EPOCH = date(1970, 1, 1).toordinal()


def named(windows: Iterable[Period]) -> list[str]:
    """The names of windows as facts are coded by them, ascending."""
    return sorted({each.name for each in windows})


def days(snapshot: Snapshot, kpi: KpiDefinition, windows: Windows) -> pa.Table:
    """Which slices make up each window: slice, window (its code). What was promised for a day to come is not broken yet."""
    promised = kpi.period_of == "promised"
    return snapshot.once(("days", promised, *windows), lambda: _days(snapshot, promised, windows))


def _days(snapshot: Snapshot, promised: bool, windows: Windows) -> pa.Table:
    calendar, today = snapshot.workspace.settings.calendar, snapshot.workspace.today
    codes = {name: code for code, name in enumerate(named(windows))}
    ends = [(each.start, each.end) for each in windows]
    every = calendar.slices(min(ends)[0], max(end for _, end in ends)) if ends else []
    rows = []
    for window in windows:
        starts = every[bisect_right(every, window.start) - 1 : bisect_left(every, window.end)]
        spans = zip(starts, [*starts[1:], window.end], strict=True)
        rows += [(day, codes[window.name]) for day, end in spans if not promised or end <= today]
    found = pa.array([day for day, _ in rows], pa.date32())
    return pa.table({"slice": found, "window": pa.array([code for _, code in rows], pa.int32())})


def runs(snapshot: Snapshot, kpi: KpiDefinition, windows: Windows, slices: Ints) -> Pairs:
    """The same of windows as `named`: from which and up to which of the slices (ascending, days since 1970) each reaches."""
    promised = kpi.period_of == "promised"
    low, high = snapshot.once(("runs", promised, *windows), lambda: _ends(snapshot, promised, windows))
    first = np.searchsorted(slices, low)
    return first, np.maximum(first, np.searchsorted(slices, high))


def _ends(snapshot: Snapshot, promised: bool, windows: Windows) -> Pairs:
    """The first slice of each window, and the day before which its slices begin, in days since 1970."""
    calendar, today = snapshot.workspace.settings.calendar, snapshot.workspace.today
    known = {each.name: each for each in windows}
    spans = [known[name] for name in sorted(known)]
    ended = calendar.slice_of(today) if promised else date.max
    low = [calendar.slice_of(each.start).toordinal() - EPOCH for each in spans]
    high = [(each.end if each.end <= today else min(each.end, ended)).toordinal() - EPOCH for each in spans]
    return np.array(low, dtype=np.int64), np.array(high, dtype=np.int64)


def dated(days: pa.Table) -> Pairs:
    """The same for rows in memory: slices in days since 1970, and codes of windows."""
    return days.column("slice").cast(pa.int32()).to_numpy(), days.column("window").to_numpy()


def departments(snapshot: Snapshot, scopes: Iterable[str], names: Sequence[str]) -> list[tuple[str, int]]:
    """Which departments make up each scope, with everything below them: department and the scope's code in `names`."""
    tree, code = snapshot.organisation, {name: at for at, name in enumerate(names)}
    wanted: dict[str, list[int]] = {}
    for text in scopes:
        for member in scope(text).members:
            wanted.setdefault(member, []).append(code[text])
    rows = {(each.id, at) for each in tree.departments for up in tree.ancestors(each.id) for at in wanted.get(up, ())}
    return sorted(rows | {(name, at) for name in wanted.keys() - tree.by_id.keys() for at in wanted[name]})


def people(scopes: Iterable[str], names: Sequence[str]) -> list[tuple[str, int]]:
    """Which person each scope is of, and the scope's code in `names`."""
    code = {name: at for at, name in enumerate(names)}
    return [(scope(each).members[0], code[each]) for each in scopes]


def table(pairs: Sequence[tuple[str, int]], key: str = "department") -> pa.Table:
    """Pairs of a department or person and the code of a scope, for SQL to join."""
    found = {key: pa.array([name for name, _ in pairs], pa.string())}
    return pa.table(found | {"scope": pa.array([code for _, code in pairs], pa.int32())})


def coded(pairs: Iterable[tuple[str, int]], names: Sequence[str | None]) -> Pairs:
    """The pairs whose name is one of `names`, by its code there."""
    known = {name: code for code, name in enumerate(names)}
    found = np.array([(known[name], code) for name, code in pairs if name in known], dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]
