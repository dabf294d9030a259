"""Estimates of many cells at once, whose variance knows of answers that repeat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpis import estimates
from kpis.clusters import GROUPS, Jackknife
from kpis.definitions import KpiDefinition
from kpis.distributions import Distributions, Floats, Ints, merge
from kpis.estimates import Estimates
from kpis.groups import rest
from kpis.intervals import over
from kpis.measures import EPOCH, by_groups, distributions, estimate

FEWEST = 10
FIXED = ("kind", "method")
COLUMNS = ("bucket", "n", "w", "w2", "x", "wx", "xx")


@dataclass(frozen=True, eq=False)
class Clusters:
    """What is known of answers that repeat: their facts by group, and design effects where those cannot tell.

    groups: the columns of the facts and `replicate` (0 to 19); None at person grain and for cuts. designs: by scope, at
    least 1; NaN where nothing is known.
    """

    groups: pd.DataFrame | None
    designs: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Measured:
    """Estimates of cells, a row of `keys` each.

    effect (cells,): variance over what independent answers would give, NaN where unknown. groups: the same facts by the
    20 groups (cell·20 + group), jack their jackknife, told (cells,) where it speaks; elsewhere the effect is borrowed.
    """

    keys: pd.DataFrame
    d: Distributions
    found: Estimates
    effect: Floats
    told: NDArray[np.bool_]
    groups: Distributions | None = None
    jack: Jackknife | None = None


def measured(
    definition: KpiDefinition,
    facts: pd.DataFrame,
    by: Sequence[str],
    clusters: Clusters | None = None,
    read_on: date = EPOCH,
) -> Measured:
    """Every group of `by` in `facts` as estimates, in the order of the keys; what still runs is as old as on `read_on`."""
    groups = facts.groupby(list(by), sort=True, dropna=False)
    keys = groups.size().index.to_frame(index=False)
    d = merge(distributions(definition, facts, groups.ngroup().to_numpy(), len(keys)))
    if clusters is None:
        found = _squared(definition, facts, groups.ngroup().to_numpy(), estimate(definition, d, read_on))
        return Measured(keys, d, found, np.full(len(keys), np.nan), np.zeros(len(keys), dtype=bool))
    grouped = None if clusters.groups is None else _grouped(definition, clusters.groups, keys)
    borrowed = np.array([clusters.designs.get(each, np.nan) for each in keys["scope"]], dtype=np.float64)
    return clustered(definition, keys, d, grouped, borrowed, read_on)


def picked(cells: Measured, rows: Sequence[int]) -> Measured:
    """Some of the cells, in the order of `rows`."""
    at = np.asarray(rows, dtype=np.int64)
    place = np.full(cells.d.cells, -1)
    place[at] = np.arange(len(at))
    held = np.isin(cells.d.cell, at)
    columns: dict[str, Any] = {name: _at(getattr(cells.d, name), held) for name in COLUMNS}
    d = merge(Distributions(len(at), place[cells.d.cell[held]], **columns))
    arrays: dict[str, Any] = {
        each.name: _at(getattr(cells.found, each.name), at) for each in fields(cells.found) if each.name not in FIXED
    }
    jack = cells.jack and Jackknife(*(getattr(cells.jack, each.name)[at] for each in fields(cells.jack)))
    keys, found = cells.keys.iloc[at].reset_index(drop=True), replace(cells.found, **arrays)
    return Measured(keys, d, found, cells.effect[at], cells.told[at], None, jack)


def _at(column: Ints | None, rows: Ints) -> Ints | None:
    return None if column is None else column[rows]


def others(definition: KpiDefinition, cells: Measured, whole: Measured, read_on: date = EPOCH) -> Measured:
    """For each cell the rest of the whole (a Measured of one cell): its facts less the cell's own, exactly."""
    both = None if cells.groups is None or whole.groups is None else (cells.groups, whole.groups)
    parts = None if both is None else rest(*both)
    borrowed = whole.effect.repeat(len(cells.keys))
    return clustered(definition, cells.keys, rest(cells.d, whole.d), parts, borrowed, read_on)


def _squared(definition: KpiDefinition, facts: pd.DataFrame, cell: Ints, found: Estimates) -> Estimates:
    """A mean whose moments arrived without all their squares has no variance, so no interval."""
    if definition.count is None or definition.count.form != "moments" or definition.measure.kind != "mean":
        return found
    unknown = facts["xx"].isna().to_numpy() if "xx" in facts else np.ones(len(facts), dtype=bool)
    lacking = np.bincount(cell, weights=unknown, minlength=len(found.n)) > 0
    spread: dict[str, Any] = {
        name: np.where(lacking, np.nan, getattr(found, name)) for name in ("low", "high", "variance")
    }
    return replace(found, **spread)


def clustered(
    definition: KpiDefinition,
    keys: pd.DataFrame,
    d: Distributions,
    groups: Distributions | None,
    borrowed: Floats,
    read_on: date = EPOCH,
) -> Measured:
    """Estimates whose variance knows of clusters: from their own 20 groups, at least 10 of them filled, else borrowed."""
    effect, told, jack = borrowed, np.zeros(d.cells, dtype=bool), None
    if groups is not None:
        simple, jack = by_groups(definition, d, groups)
        told = (jack.filled >= FEWEST) & (jack.variance > 0) & (simple.variance > 0)
        effect = np.where(told, over(jack.variance, simple.variance), borrowed)
    known = np.where(np.isfinite(effect), effect, 1.0)
    if jack is None or definition.measure.kind == "quantile":
        return Measured(keys, d, estimate(definition, d, read_on, known), effect, told, groups, jack)
    found = estimate(definition, d, read_on, np.where(told, 1.0, known))
    spread = np.where(told, jack.variance, 0.0)
    found = estimates.designed(found, spread, jack.df, definition.measure.interval)
    return Measured(keys, d, found, effect, told, groups, jack)


def _grouped(definition: KpiDefinition, facts: pd.DataFrame, keys: pd.DataFrame) -> Distributions:
    """Facts by group as distributions of cell·20 + group; a cell without such facts stays empty."""
    at = pd.MultiIndex.from_frame(keys).get_indexer(pd.MultiIndex.from_frame(facts[list(keys)]))
    return distributions(
        definition, facts, at * GROUPS + facts["replicate"].to_numpy(dtype=np.int64), len(keys) * GROUPS
    )
