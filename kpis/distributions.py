"""The algebra "a KPI is a distribution": how many answers fell in each bucket, added exactly.

Distributions are columnar: many cells at once, one row per cell and bucket, so that one formula serves one figure and a
million of them. A single distribution has `cells=1`. Estimates and their intervals are in estimates.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

MILLION = 1_000_000
SAFE = 2.0**62
EXACT = 2.0**52  # integers whose sum stays below are exact in floats, with room for the check itself to round
DENSE = 8  # how many times as many possible keys as rows are still counted rather than sorted
Ints = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Distributions:
    """Distributions side by side: row i holds what fell in `bucket[i]` of distribution `cell[i]`, 0 ≤ cell < cells.

    All arrays are (rows,), int64 or, past 2⁶³, Python integers. n: credited answers in millionths. w: Σ credit·weight
    in 1e-12, w2: Σ credit·weight² in 1e-18; None when every weight is one. x, xx: Σ credit·value and Σ credit·value²
    in millionths, wx: Σ credit·weight·value in 1e-12; x is None where the bucket is the value.
    """

    cells: int
    cell: Ints
    bucket: Ints
    n: Ints
    w: Ints | None = None
    w2: Ints | None = None
    x: Ints | None = None
    wx: Ints | None = None
    xx: Ints | None = None

    @cached_property
    def starts(self) -> Ints:
        """The first row of every cell that holds any, of merged distributions."""
        return np.flatnonzero(changes(self.cell))

    @property
    def weight(self) -> Ints:
        """What a row counts in a value: w, or n where every weight is one."""
        return self.n if self.w is None else self.w

    @property
    def amount(self) -> Ints:
        """What a row adds to a sum, in the units of `weight`: wx, or x where every weight is one."""
        if self.x is None:
            raise ValueError("these distributions carry no sums x")
        return self.x if self.w is None else self._filled("wx")

    def count(self) -> Ints:
        """Σ n of every cell (cells,), of rows in any order."""
        return totals(self, self.n)

    def scored(self, score: Ints, steep: int) -> Ints:
        """Σ n·score of every cell (cells,), of a score (rows,) that `steep` bounds; rows may be in any order."""
        return totals(self, wide(self.n, steep) * score)

    def _filled(self, name: str) -> Ints:
        """A moment column, derived where every weight is one; raises ValueError where it cannot be derived."""
        held = getattr(self, name)
        source, factor = {"w": (self.n, MILLION), "w2": (self.n, MILLION**2), "wx": (self.x, MILLION)}.get(
            name, (None, 0)
        )
        if held is None and source is None:
            raise ValueError(f"distributions with and without {name} do not add up")
        return cast(Ints, source.astype(object) * factor if held is None and source is not None else held)


def changes(codes: Ints) -> NDArray[np.bool_]:
    """Whether each of the codes differs from the one before it; the first does."""
    found = np.ones(len(codes), dtype=bool)
    np.not_equal(codes[1:], codes[:-1], out=found[1:])
    return found


def counted(counts: Mapping[int, int]) -> Distributions:
    """One distribution from whole answers per bucket."""
    buckets = np.array(sorted(counts), dtype=np.int64)
    n = np.array([counts[int(bucket)] for bucket in buckets], dtype=np.int64) * MILLION
    return Distributions(1, np.zeros(len(buckets), dtype=np.int64), buckets, n)


def merge(*parts: Distributions) -> Distributions:
    """The exact sum of distributions, cell by cell, rows sorted by cell and bucket; order and grouping do not matter.

    `cells` is the largest of the parts'. Raises ValueError when sums x or xx are on some parts only.
    """
    if len(parts) == 1 and _ascending(parts[0].cell, parts[0].bucket):
        return parts[0]
    cell, bucket = (cast(Ints, _joined(parts, name)) for name in ("cell", "bucket"))
    columns = {name: _joined(parts, name) for name in ("n", "w", "w2", "x", "wx", "xx")}
    cells = max(part.cells for part in parts)
    if len(parts) == 1 or not _ascending(cell, bucket):
        least, width = int(bucket.min()), int(bucket.max()) - int(bucket.min()) + 1
        held = {name: column for name, column in columns.items() if column is not None}
        key = cell * width
        key += bucket  # in place: at this size memory costs more than adding
        key -= least
        key, sums = _summed(key, cells * width, held)
        cell = key // width
        bucket, columns = key - cell * width + least, {**columns, **sums}
    return Distributions(cells, cell, bucket, **cast(dict[str, Ints], columns))


def rolled_up(d: Distributions, to: Ints, cells: int) -> Distributions:
    """Cells added into larger ones: `to` (d.cells,) gives the new cell, below `cells`, of each."""
    return merge(replace(d, cell=to[d.cell], cells=cells))


def run_sums(values: Ints, starts: Ints) -> Ints:
    """Exact sums of the runs that begin at `starts` (ascending from 0): int64 where they fit, else Python integers."""
    if not len(starts):
        return values
    if values.dtype.kind == "i" and not _below(values, SAFE):
        values = values.astype(object)
        sums = np.add.reduceat(values, starts)
        return sums.astype(np.int64) if np.abs(sums.astype(float)).max() < SAFE else sums
    return np.add.reduceat(values, starts)


def wide(values: Ints, times: int = 1) -> Ints:
    """The integers, as Python integers where their sum × `times` could pass int64."""
    return values if _below(values, SAFE / times) else values.astype(object)


def per_cell(d: Distributions, values: Ints) -> Ints:
    """Sums (cells,) of a row column of merged distributions: exact for integers, zero for an empty cell."""
    sums = run_sums(values, d.starts)
    out = np.zeros(d.cells, dtype=sums.dtype)
    out[d.cell[d.starts]] = sums
    return out


def answers(d: Distributions) -> tuple[Floats, Floats, Floats]:
    """n, Σw and Σw² of every cell, in answers."""
    n = per_cell(d, d.n).astype(float) / MILLION
    if d.w is None or d.w2 is None:
        return n, n, n
    return n, per_cell(d, d.w).astype(float) / 1e12, per_cell(d, d.w2).astype(float) / 1e18


def totals(d: Distributions, values: Ints) -> Ints:
    """The same of rows in any order: counted, in floats as long as every sum of integers is exact in one."""
    if values.dtype.kind == "i" and _below(values, EXACT):
        return np.bincount(d.cell, values, d.cells).astype(np.int64)
    order = np.argsort(d.cell)
    return per_cell(Distributions(d.cells, d.cell[order], d.bucket, d.n), values[order])


def packed(codes: Sequence[Ints], sizes: Sequence[int]) -> Ints:
    """One number for each combination of codes 0 ≤ code < size, the first slowest: np.ravel_multi_index, unchecked, at half the cost."""
    found: Ints = codes[0].astype(np.int64)
    for each, size in zip(codes[1:], sizes[1:], strict=True):
        found *= size
        found += each
    return found


def ranked(codes: Ints, size: int) -> tuple[Ints, Ints]:
    """The distinct values, ascending, of codes 0 ≤ code < size, and which of them each is."""
    if size <= DENSE * len(codes):
        held = _marked(codes, size)
        ranks = np.cumsum(
            held, dtype=np.min_scalar_type(-len(codes) - 1)
        )  # narrow: there may be many times as many as codes
        return np.flatnonzero(held), ranks[codes] - np.int64(1)
    return np.unique(codes, return_inverse=True)


def _marked(codes: Ints, size: int) -> NDArray[np.bool_]:
    """Whether each of `size` codes is among the codes."""
    found = np.zeros(size, dtype=bool)
    found[codes] = True
    return found


def reached(d: Distributions, rank: Ints, per: int = 1) -> Ints:
    """The row (cells,) of merged distributions whose running weight × `per` first reaches `rank`, else −1."""
    running = np.cumsum(wide(d.weight, per))
    before = np.zeros(d.cells, dtype=running.dtype)
    before[d.cell[d.starts]] = running[d.starts] - d.weight[d.starts]
    rows = np.flatnonzero((running - before[d.cell]) * per >= rank[d.cell])
    cells = d.cell[rows]
    first = changes(cells)
    out = np.full(d.cells, -1, dtype=np.int64)
    out[cells[first]] = rows[first]
    return out


def ratio(numerator: Ints, denominator: Ints) -> Floats:
    """Integers divided into floats, correctly rounded below 2⁵³; NaN where the denominator is not positive."""
    held = denominator > 0
    if held.all():
        return (numerator / denominator).astype(float, copy=False)
    return np.where(held, (numerator / np.where(held, denominator, 1)).astype(float), np.nan)


def _summed(key: Ints, size: int, columns: Mapping[str, Ints]) -> tuple[Ints, dict[str, Ints]]:
    """The distinct keys, ascending, of 0 ≤ key < size, and the exact sums of columns by them.

    Dense keys are counted, in floats as long as every sum of integers is exact in one; the others are sorted.
    """
    if size <= DENSE * len(key) and all(c.dtype.kind == "i" and _below(c, EXACT) for c in columns.values()):
        held = np.flatnonzero(_marked(key, size))
        return held, {name: np.bincount(key, c, size)[held].astype(np.int64) for name, c in columns.items()}
    order = np.argsort(key)
    key = key[order]
    starts = np.flatnonzero(changes(key))
    return key[starts], {name: run_sums(c[order], starts) for name, c in columns.items()}


def _below(values: Ints, limit: float) -> bool:
    """Whether the sum of absolute values is below a limit, near enough to tell how wide sums can get."""
    most = max(abs(int(values.max(initial=0))), abs(int(values.min(initial=0))))
    return most * len(values) < limit or float(np.abs(values.astype(float)).sum()) < limit


def _joined(parts: tuple[Distributions, ...], name: str) -> Ints | None:
    if all(getattr(part, name) is None for part in parts):
        return None
    return parts[0]._filled(name) if len(parts) == 1 else np.concatenate([part._filled(name) for part in parts])


def _ascending(cell: Ints, bucket: Ints) -> bool:
    if (cell[1:] < cell[:-1]).any():
        return False
    return bool(((cell[1:] > cell[:-1]) | (bucket[1:] > bucket[:-1])).all())
