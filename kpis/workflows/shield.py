"""Which figures of a level are not shown beside their parent, so that no small group is worked out from the others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.distributions import Floats
from kpis.measured import Measured, measured
from kpis.protection import Flags, joined, withheld
from kpis.targets import scope
from kpis.workflows import cells
from kpis.workspace import Snapshot

MEMBERS = ("department", "joint")
TRIFLE = 1e-6  # of an answer: what shares that were added up may stray


def of_departments(snapshot: Snapshot, kpi: KpiDefinition, found: Measured, windows: Sequence[Period]) -> Flags:
    """Which cells of departments are not shown (cells,): small ones, those beside them, and joint ones that hold such a one.

    It asks for the departments beside them and above them too: what is shown of one is the same whoever is looked at.
    """
    named = [scope(each) for each in found.keys.values["scope"].tolist()]
    members = {name for each in named if each.kind in MEMBERS for name in each.members}
    if not members:
        return np.zeros(len(found.keys), dtype=bool)
    hidden, nothing = _hidden(snapshot, kpi, members, windows, found).flags, np.zeros(len(windows), dtype=bool)
    parts = [[hidden.get(name, nothing) for name in each.members if each.kind in MEMBERS] for each in named]
    flags = [np.logical_or.reduce(each) if len(each) > 1 else each[0] if each else nothing for each in parts]
    place = {each.name: at for at, each in enumerate(windows)}
    column = np.array([place[name] for name in found.keys.values["window"].tolist()], dtype=np.int64)
    told: Flags = _table(flags)[:, column].ravel()[found.keys.cell]
    return told


def together(
    snapshot: Snapshot, kpi: KpiDefinition, found: Measured, windows: Sequence[Period]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Which departments are shown in one with small ones beside them, by scope and window: the departments beside it."""
    named = [scope(each) for each in found.keys.values["scope"].tolist()]
    members = {each.members[0] for each in named if each.kind == "department"}
    if not members:
        return {}
    beside = _hidden(
        snapshot, kpi, {name for each in named if each.kind in MEMBERS for name in each.members}, windows, found
    ).beside
    return {
        (f"department:{name}", windows[at].name): others for (name, at), others in beside.items() if name in members
    }


def of_cut(snapshot: Snapshot, kpi: KpiDefinition, found: Measured, windows: Sequence[Period], within: str) -> Flags:
    """Which groups of a cut inside a scope are not shown (cells,)."""
    whole = scope(within)
    beneath = np.zeros(len(windows), dtype=bool)
    if whole.kind in MEMBERS:
        held = _hidden(snapshot, kpi, whole.members, windows).flags
        beneath = np.any([held.get(name, beneath) for name in whole.members], axis=0)
    place = {each.name: at for at, each in enumerate(windows)}
    line = np.array([place[name] for name in found.keys.values["window"].tolist()], dtype=np.int64)
    lines = line[found.keys.codes("window")] if len(found.keys) else np.zeros(0, dtype=np.int64)
    return withheld(lines, np.nan_to_num(found.found.n), kpi.min_n_show, None, beneath)


@dataclass(frozen=True)
class _Hidden:
    """Of departments, in which windows each is not shown (windows,), and beside whom: department and window's place."""

    flags: Mapping[str, Flags]
    beside: Mapping[tuple[str, int], tuple[str, ...]]


def _hidden(
    snapshot: Snapshot,
    kpi: KpiDefinition,
    members: Collection[str],
    windows: Sequence[Period],
    known: Measured | None = None,
) -> _Hidden:
    """What is not shown of departments, and of those beside and above them.

    known: estimates that are there already; where they are of all that is asked, nothing is read.
    """
    tree, key = snapshot.organisation, ("shield", kpi.id, tuple(sorted(members)), *windows)

    def ask() -> _Hidden:
        parents = {up for name in members for up in tree.ancestors(name)[1:]}
        order = sorted(parents, key=lambda name: len(tree.ancestors(name)))
        below = {name: [each.id for each in tree.children(name)] for name in order}
        tops = [each.id for each in tree.departments if each.parent is None]
        held = cells.held(snapshot, kpi, "department", windows)
        tops += [name for name in held if name not in tree.by_id]
        filled = {above for each in held for above in tree.ancestors(each) or (each,)}
        family = dict.fromkeys([*members, *order, *tops, *(name for each in below.values() for name in each)])
        n = dict.fromkeys(family, np.zeros(len(windows)))
        n |= _counts(snapshot, kpi, [each for each in family if each in filled], windows, known)
        flags, beside, nothing = dict[str, Flags](), dict[tuple[str, int], tuple[str, ...]](), np.zeros(len(windows))
        _tell(kpi, tops, n, nothing, nothing > 0, flags, beside)
        for name in order:
            left = n[name] - sum((n[each] for each in below[name]), nothing)
            _tell(kpi, below[name], n, np.where(left > TRIFLE, left, 0.0), flags[name], flags, beside)
        return _Hidden(flags, beside)

    return snapshot.once(key, ask)


def _tell(
    kpi: KpiDefinition,
    below: Sequence[str],
    n: Mapping[str, Floats],
    rest: Floats,
    hidden: Flags,
    flags: dict[str, Flags],
    beside: dict[tuple[str, int], tuple[str, ...]],
) -> None:
    """Add the departments below one, window by window; `hidden`: in which windows that one is not shown itself."""
    if not below:
        return
    of = _table([n[each] for each in below])
    line = np.tile(np.arange(of.shape[1]), len(of))
    found = withheld(line, of.ravel(), kpi.min_n_show, rest, hidden)
    whole = joined(line, of.ravel(), kpi.min_n_show, found, rest, hidden).reshape(of.shape)
    gone = found.reshape(of.shape)
    flags |= dict(zip(below, gone, strict=True))
    for at, window in zip(*np.nonzero(whole), strict=True):
        others = [name for other, name in enumerate(below) if gone[other, window] and other != at]
        beside[below[at], int(window)] = tuple(others)


def _table(lines: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Lines of one length under each other (lines, length)."""
    return np.concatenate(lines).reshape(len(lines), -1)


def _counts(
    snapshot: Snapshot, kpi: KpiDefinition, names: Sequence[str], windows: Sequence[Period], known: Measured | None
) -> dict[str, Floats]:
    """The answers of departments with everything below them, window by window; 0 where there are none."""
    scopes = [f"department:{each}" for each in names]
    held = known
    if held is None or not set(scopes) <= set(held.keys.values["scope"].tolist()):
        held = measured(kpi, cells.ready(snapshot, kpi, scopes, windows), None, cells.read_on(snapshot, kpi))
    rows = held.keys.rows(scopes, [each.name for each in windows])
    n = np.append(np.nan_to_num(held.found.n), 0.0)[rows].reshape(len(names), len(windows))
    return dict(zip(names, n, strict=True))
