"""Does a group differ? From the rest, not from a total that holds it, with Holm's correction over the page's groups."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from kpis.differences import Difference
from kpis.distributions import Distributions, Floats, merge

Direction = Literal["above", "below", "same", "unknown"]


@dataclass(frozen=True)
class Verdict:
    """A group against the rest: p alone, p adjusted for all groups on the page, whether it differs, and which way.

    NaN and "unknown" where there is nothing to compare.
    """

    p: float
    adjusted: float
    differs: bool
    direction: Direction


def rest(d: Distributions, whole: Distributions) -> Distributions:
    """For every group the whole less it, exactly; of a whole in parts, cell = group·parts + part (20 for clusters).

    The whole holds more than the groups where some answers belong to none.
    """
    groups = d.cells // whole.cells
    columns = {name: np.tile(column, groups) for name, column in _columns(whole, "bucket").items()}
    cell = np.concatenate([whole.cell + group * whole.cells for group in range(groups)])
    less = replace(d, **{name: -column for name, column in _columns(d).items()})
    found = merge(Distributions(d.cells, cell, **columns), less)
    held = found.n != 0
    return replace(found, cell=found.cell[held], **{k: c[held] for k, c in _columns(found, "bucket").items()})


def differing(found: Difference, level: float = 0.95) -> list[Verdict]:
    """Verdicts over the groups of a page, from the difference of each group and its rest (cells,)."""
    adjusted = holm(found.p)
    words = np.select([found.value > 0, found.value < 0, found.value == 0], ["above", "below", "same"], "unknown")
    rows = zip(found.p, adjusted, words, strict=True)
    return [Verdict(float(p), float(a), bool(a <= 1 - level + 1e-12), word) for p, a, word in rows]


def holm(p: ArrayLike) -> Floats:
    """Holm's adjusted p-values (tests,): those at most α reject, with one false rejection in α pages (Holm 1979).

    NaN is no test and stays NaN.
    """
    values = np.asarray(p, dtype=float)
    order = np.argsort(values)
    tests = int(np.isfinite(values).sum())
    stepped = np.maximum.accumulate(values[order][:tests] * np.arange(tests, 0, -1))
    adjusted = np.full(len(values), np.nan)
    adjusted[order[:tests]] = np.minimum(stepped, 1)
    return adjusted


def _columns(d: Distributions, *more: str) -> dict[str, Any]:
    names = (*more, "n", "w", "w2", "x", "wx", "xx")
    return {name: getattr(d, name) for name in names if getattr(d, name) is not None}
