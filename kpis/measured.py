"""Estimates of many cells at once, whose variance knows of answers that repeat."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpis import estimates
from kpis.clusters import GROUPS, Jackknife
from kpis.definitions import KpiDefinition
from kpis.dense import Dense
from kpis.distributions import Distributions, Floats, Ints, changes, merge
from kpis.estimates import Estimates
from kpis.groups import rest
from kpis.intervals import over
from kpis.measures import EPOCH, by_groups, distributions, estimate
from kpis.running import Counts
from kpis.sums import Facts, Keys

FEWEST = 10
FIXED = ("kind", "method")
COLUMNS = ("bucket", "n", "w", "w2", "x", "wx", "xx")


@dataclass(frozen=True, eq=False)
class Clusters:
    """What is known of answers that repeat: their facts by group, and design effects where those cannot tell.

    groups: facts of the same scopes and windows with `replicate` (0 to 19); None at person grain and for cuts. designs:
    by scope, at least 1 but for ratios; NaN where nothing is known.
    """

    groups: Facts | None
    designs: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Measured:
    """Estimates of cells, told apart by `keys`.

    of: what they are made of. effect (cells,): variance over what independent answers would give, NaN where unknown.
    groups: the same facts by the 20 groups (cell·20 + group), jack their jackknife, told (cells,) where it speaks;
    elsewhere the effect is borrowed.
    """

    keys: Keys
    of: Distributions | Dense
    found: Estimates
    effect: Floats
    told: NDArray[np.bool_]
    groups: Distributions | None = None
    jack: Jackknife | None = None

    @cached_property
    def d(self) -> Distributions:
        """What they are made of, row by row, merged."""
        return self.of.rows() if isinstance(self.of, Dense) else self.of


def measured(
    definition: KpiDefinition, facts: Facts | Counts, clusters: Clusters | None = None, read_on: date = EPOCH
) -> Measured:
    """Every cell that holds facts as estimates, in the order of the keys; what still runs is as old as on `read_on`.

    Counts come without clusters.
    """
    if isinstance(facts, Counts):
        found, unknown = estimate(definition, facts.d, read_on), np.full(facts.d.cells, np.nan)
        return Measured(facts.keys, facts.d, found, unknown, np.zeros(facts.d.cells, dtype=bool))
    rows = facts.keys.cell
    d = merge(distributions(definition, facts.columns, rows, prod(facts.keys.shape)))
    first = changes(d.cell)
    held = d.cell[first]
    keys, d = Keys(facts.keys.values, held), replace(d, cells=len(held), cell=np.cumsum(first) - 1)
    if clusters is None:
        found = _squared(definition, facts, keys, estimate(definition, d, read_on))
        return Measured(keys, d, found, np.full(len(keys), np.nan), np.zeros(len(keys), dtype=bool))
    grouped = None if clusters.groups is None else _grouped(definition, clusters.groups, keys)
    borrowed = np.array([clusters.designs.get(each, np.nan) for each in keys["scope"]], dtype=np.float64)
    return clustered(definition, keys, d, grouped, borrowed, read_on)


def picked(cells: Measured, rows: Ints) -> Measured:
    """Some of the cells, in the order of `rows`."""
    place = np.full(cells.d.cells, -1)
    place[rows] = np.arange(len(rows))
    held = np.isin(cells.d.cell, rows)
    columns: dict[str, Any] = {name: _at(getattr(cells.d, name), held) for name in COLUMNS}
    d = merge(Distributions(len(rows), place[cells.d.cell[held]], **columns))
    arrays: dict[str, Any] = {
        each.name: _at(getattr(cells.found, each.name), rows) for each in fields(cells.found) if each.name not in FIXED
    }
    jack = cells.jack and Jackknife(*(getattr(cells.jack, each.name)[rows] for each in fields(cells.jack)))
    keys, found = Keys(cells.keys.values, cells.keys.cell[rows]), replace(cells.found, **arrays)
    return Measured(keys, d, found, cells.effect[rows], cells.told[rows], None, jack)


def _at(column: Ints | None, rows: Ints) -> Ints | None:
    return None if column is None else column[rows]


def others(definition: KpiDefinition, cells: Measured, whole: Measured, read_on: date = EPOCH) -> Measured:
    """For each cell the rest of the whole (a Measured of one cell): its facts less the cell's own, exactly."""
    both = None if cells.groups is None or whole.groups is None else (cells.groups, whole.groups)
    parts = None if both is None else rest(*both)
    borrowed = whole.effect.repeat(len(cells.keys))
    return clustered(definition, cells.keys, rest(cells.d, whole.d), parts, borrowed, read_on)


def _squared(definition: KpiDefinition, facts: Facts, keys: Keys, found: Estimates) -> Estimates:
    """A mean whose moments arrived without all their squares has no variance, so no interval."""
    if definition.count is None or definition.count.form != "moments" or definition.measure.kind != "mean":
        return found
    squares = facts.columns.get("xx", np.full(len(facts.keys), None))
    unknown = np.array([each is None for each in squares], dtype=bool)
    lacking = np.isin(keys.cell, facts.keys.cell[unknown])
    spread: dict[str, Any] = {
        name: np.where(lacking, np.nan, getattr(found, name)) for name in ("low", "high", "variance")
    }
    return replace(found, **spread)


def clustered(
    definition: KpiDefinition,
    keys: Keys,
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


def _grouped(definition: KpiDefinition, facts: Facts, keys: Keys) -> Distributions:
    """Facts by group as distributions of cell·20 + group; a cell without such facts stays empty."""
    at = np.searchsorted(keys.cell, facts.keys.cell)
    return distributions(definition, facts.columns, at * GROUPS + facts.columns["replicate"], len(keys) * GROUPS)
