"""A second figure for small groups: pulled towards the level of their kin, as far as their own answers are few."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpis import shrinkage
from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.figures import Figure
from kpis.measured import picked
from kpis.targets import scope
from kpis.workflows import measure
from kpis.workspace import Snapshot


@dataclass(frozen=True)
class Second:
    """A figure between a group's own and its kin's: value and interval, how much of it is borrowed (0 to 1), and from what."""

    value: float
    low: float
    high: float
    borrowed: float
    prior: float


Seconds = dict[tuple[str, str], Second]


def shrunken(
    snapshot: Snapshot, kpi: KpiDefinition, by: str, windows: Sequence[Period], within: str = "company"
) -> Seconds:
    """The second figures of the groups of a scope (departments directly below, segments, channels), by scope and window.

    None of a quantile, none where fewer than four groups hold answers, and none of a group that is not shown.
    """
    if kpi.measure.kind == "quantile":
        return {}
    found = measure.group(snapshot, kpi, by, windows, within)
    hidden = measure.withheld(snapshot, kpi, by, found, windows, within)
    told: Seconds = {}
    for window in windows:
        rows = np.flatnonzero(found.keys["window"] == window.name)
        cells = picked(found, rows)
        second = shrinkage.shrunken(cells.found, cells.d)
        each = zip(second.value, second.low, second.high, second.borrowed, second.prior, strict=True)
        named = zip(cells.keys["scope"].tolist(), hidden[rows].tolist(), each, strict=True)
        told |= {(name, window.name): Second(*map(float, row)) for name, gone, row in named if _told(gone, row[0])}
    return told


def beside(
    snapshot: Snapshot, kpi: KpiDefinition, found: Sequence[Figure], by: str, windows: Sequence[Period]
) -> Seconds:
    """The second figures of listed groups: of a department among those with the same parent, of a cut among its values."""
    if by in measure.CUTS:
        return shrunken(snapshot, kpi, by, windows)
    tree = snapshot.organisation
    held = {name for each in found if by == "department" for name in scope(each.scope).members}
    above = sorted({parent for name in held if name in tree.by_id and (parent := tree.by_id[name].parent)})
    told: Seconds = {}
    for parent in above:
        told |= shrunken(snapshot, kpi, "department", windows, f"department:{parent}")
    return told


def _told(gone: bool, value: float) -> bool:
    return not gone and bool(np.isfinite(value))
