"""Which figures of a level are not shown beside their parent, so that no small group is worked out from the others."""

from collections.abc import Mapping, Sequence

import numpy as np

from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.distributions import Floats
from kpis.measured import Measured, measured
from kpis.protection import Flags, withheld
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
    hidden, nothing = _hidden(snapshot, kpi, sorted(members), windows, found), np.zeros(len(windows), dtype=bool)
    flags = [
        np.any([hidden.get(name, nothing) for name in each.members], axis=0) if each.kind in MEMBERS else nothing
        for each in named
    ]
    place = {each.name: at for at, each in enumerate(windows)}
    column = np.array([place[name] for name in found.keys.values["window"].tolist()], dtype=np.int64)
    told: Flags = np.stack(flags)[found.keys.codes("scope"), column[found.keys.codes("window")]]
    return told


def of_cut(snapshot: Snapshot, kpi: KpiDefinition, found: Measured, windows: Sequence[Period], within: str) -> Flags:
    """Which groups of a cut inside a scope are not shown (cells,)."""
    whole = scope(within)
    beneath = np.zeros(len(windows), dtype=bool)
    if whole.kind in MEMBERS:
        held = _hidden(snapshot, kpi, sorted(whole.members), windows)
        beneath = np.any([held.get(name, beneath) for name in whole.members], axis=0)
    place = {each.name: at for at, each in enumerate(windows)}
    line = np.array([place[name] for name in found.keys.values["window"].tolist()], dtype=np.int64)
    lines = line[found.keys.codes("window")] if len(found.keys) else np.zeros(0, dtype=np.int64)
    return withheld(lines, np.nan_to_num(found.found.n), kpi.min_n_show, None, beneath)


def _hidden(
    snapshot: Snapshot,
    kpi: KpiDefinition,
    members: Sequence[str],
    windows: Sequence[Period],
    known: Measured | None = None,
) -> dict[str, Flags]:
    """Of each department, and of those beside and above it, in which windows it is not shown (windows,).

    known: estimates that are there already; where they are of all that is asked, nothing is read.
    """
    tree, key = snapshot.organisation, ("shield", kpi.id, tuple(members), *windows)

    def ask() -> dict[str, Flags]:
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
        found: dict[str, Flags] = {}
        nothing = np.zeros(len(windows))
        found |= _told(kpi, tops, n, nothing, nothing > 0)
        for name in order:
            left = n[name] - sum((n[each] for each in below[name]), nothing)
            found |= _told(kpi, below[name], n, np.where(left > TRIFLE, left, 0.0), found[name])
        return found

    return snapshot.once(key, ask)


def _told(
    kpi: KpiDefinition, below: Sequence[str], n: Mapping[str, Floats], rest: Floats, hidden: Flags
) -> dict[str, Flags]:
    """The departments below one, window by window; `hidden`: in which windows that one is not shown itself."""
    if not below:
        return {}
    of = np.stack([n[each] for each in below])
    line = np.tile(np.arange(of.shape[1]), len(of))
    flags = withheld(line, of.ravel(), kpi.min_n_show, rest, hidden).reshape(of.shape)
    return dict(zip(below, flags, strict=True))


def _counts(
    snapshot: Snapshot, kpi: KpiDefinition, names: Sequence[str], windows: Sequence[Period], known: Measured | None
) -> dict[str, Floats]:
    """The answers of departments with everything below them, window by window; 0 where there are none."""
    scopes = [f"department:{each}" for each in names]
    held = known
    if held is None or not set(scopes) <= set(held.keys.values["scope"].tolist()):
        held = measured(kpi, cells.summed(snapshot, kpi, scopes, windows), None, cells.read_on(snapshot, kpi))
    rows = held.keys.rows(scopes, [each.name for each in windows])
    n = np.append(np.nan_to_num(held.found.n), 0.0)[rows].reshape(len(names), len(windows))
    return dict(zip(names, n, strict=True))
