"""Placed rows in memory → the cubes of a KPI: packed keys are sorted, and what is alike is added up as integers.

The same cubes as those of `cubes.py`, cell by cell, for KPIs that need no more than counts and one sum. A key is a code
from 1 on, 0 where there is none; the keys of a cube are packed into one number, the first slowest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from kpis.credit import ONE
from kpis.cubes import BASE, ROLLED
from kpis.definitions import KpiDefinition
from kpis.distributions import Ints, packed

LIMIT = 2**62


@dataclass(frozen=True, eq=False)
class Placed:
    """Where rows belong: by key a code each (rows,), and how many codes there are; share in millionths where credit is split."""

    codes: Mapping[str, Ints]
    sizes: Mapping[str, int]
    share: Ints | None = None

    @cached_property
    def packed(self) -> dict[str, Ints]:
        """By base cube the packed keys of every row, without the bucket; raises OverflowError where they need more than 62 bits."""
        held = [name for name in BASE if name != "replicates" or "replicate" in self.codes]
        return {name: _packed(self.codes, self.sizes, _keys(BASE[name])) for name in held}


@dataclass(frozen=True, eq=False)
class Cells:
    """Facts of one KPI and cube, ascending: by key and bucket (cells,), and the moments."""

    keys: Mapping[str, Ints]
    moments: Mapping[str, Ints]

    def __len__(self) -> int:
        return len(self.moments["n"])

    def only(self, key: str, wanted: Sequence[int]) -> "Cells":
        """Those whose key is one of the wanted."""
        rows = np.isin(self.keys[key], wanted)
        return Cells(*({name: each[rows] for name, each in held.items()} for held in (self.keys, self.moments)))


def countable(definition: KpiDefinition) -> bool:
    """Whether the KPI's facts are counts and one sum: no weights, exposures or squares, nothing that depends on other rows."""
    measure = definition.measure
    wide = definition.weight or measure.exposure or measure.kind in ("ratio", "rate")
    squared = measure.kind == "mean" and not measure.scaled
    return not (wide or squared or definition.count or definition.one_answer_per)


def cubes(definition: KpiDefinition, placed: Placed, rows: Ints, amount: Ints, bucket: Ints) -> dict[str, Cells]:
    """Every cube of a KPI from its observations: which placed rows they are, the amount and the bucket of each.

    Raises OverflowError where a sum may not fit 64 bits.
    """
    low, size = int(bucket.min()), int(bucket.max() - bucket.min()) + 1
    share = None if placed.share is None else placed.share[rows]
    moments = {} if share is None else {"n": share}
    if not definition.measure.scaled:
        _fits(float(np.abs(amount, dtype=np.float64).sum()) * ONE)  # no sum of a cell is larger
        moments["x"] = amount if share is None else amount * share
    found, sizes = {}, {**placed.sizes, "bucket": size}
    for name, keys in placed.packed.items():
        _fits(prod(sizes[key] for key in BASE[name]))
        held, sums = _added(keys[rows] * size + (bucket - low), moments)
        for each in sums.values() if share is None else ():
            each *= ONE
        found[name] = Cells(_unpacked(held, sizes, BASE[name], low), sums)
    for name, of in {"department": "place", "cuts": "place", "company": "cuts"}.items():
        found[name] = _rolled(found[of], sizes, ROLLED[name], low)
    return found


def _keys(names: Sequence[str]) -> list[str]:
    return [name for name in names if name != "bucket"]


def _fits(largest: float) -> None:
    if largest > LIMIT:
        raise OverflowError("more than 62 bits")


def _packed(codes: Mapping[str, Ints], sizes: Mapping[str, int], names: Sequence[str]) -> Ints:
    _fits(prod(sizes[key] for key in names))
    return packed([codes[name] for name in names], [sizes[name] for name in names])


def _unpacked(keys: Ints, sizes: Mapping[str, int], names: Sequence[str], low: int) -> dict[str, Ints]:
    """The codes of packed keys, each an array of its own (np.unravel_index interleaves them); buckets as they are."""
    found = {}
    for name in reversed(names[1:]):
        rest = keys // sizes[name]  # by one number, which numpy divides by faster than in divmod
        found[name] = keys - rest * sizes[name]
        keys = rest
    found[names[0]] = keys
    found["bucket"] += low
    return {name: found[name] for name in names}


def _added(keys: Ints, moments: Mapping[str, Ints]) -> tuple[Ints, dict[str, Ints]]:
    """The distinct keys, ascending, and what their rows add up to; without `n` every row counts once."""
    if moments:
        order = np.argsort(keys)
        keys = keys[order]
    else:
        keys = np.sort(keys)
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    sums = {} if "n" in moments else {"n": np.diff(first, append=len(keys))}
    return keys[first], sums | {name: np.add.reduceat(each[order], first) for name, each in moments.items()}


def _rolled(cells: Cells, sizes: Mapping[str, int], names: Sequence[str], low: int) -> Cells:
    """Cells added up by fewer keys."""
    keys = {**cells.keys, "bucket": cells.keys["bucket"] - low}
    held, sums = _added(_packed(keys, sizes, names), cells.moments)
    return Cells(_unpacked(held, sizes, names, low), sums)
