"""Rows of a cube → facts of scopes and windows: which rows every cell adds up, told by integer codes and added exactly."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpis.distributions import SAFE, Distributions, Ints, merge

MOMENTS = ("n", "w", "w2", "x", "wx", "xx")
Names = NDArray[Any]
Pairs = tuple[Ints, Ints]
Columns = Mapping[str, Ints]


@dataclass(frozen=True, eq=False)
class Keys:
    """What every cell is of: the distinct values of each key, ascending, and its place among all their combinations.

    cell: (cells,), the first key's code slowest.
    """

    values: Mapping[str, Names]
    cell: Ints

    def __len__(self) -> int:
        return len(self.cell)

    def __getitem__(self, name: str) -> Names:
        return self.values[name][self.codes(name)]

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each key has."""
        return tuple(len(each) for each in self.values.values())

    def codes(self, name: str) -> Ints:
        """Which of its key's values each cell has (cells,)."""
        return np.unravel_index(self.cell, self.shape)[list(self.values).index(name)]

    def rows(self, *chosen: Sequence[Any]) -> Ints:
        """Which cell is of every combination of the chosen values, key by key, −1 where there is none; flat."""
        flat = np.full(prod(self.shape), -1)
        flat[self.cell] = np.arange(len(self.cell))
        place = np.full([size + 1 for size in self.shape], -1)  # the last of each finds nothing
        place[tuple(map(slice, self.shape))] = flat.reshape(self.shape)
        codes = []
        for known, wanted in zip(self.values.values(), chosen, strict=True):
            at = {name: code for code, name in enumerate(known.tolist())}
            codes.append(np.array([at.get(each, -1) for each in wanted], dtype=np.int64))
        return place[np.ix_(*codes)].ravel()


@dataclass(frozen=True, eq=False)
class Facts:
    """Bucket, moments and perhaps `replicate` of cells: rows of one cell and bucket add up.

    columns: (rows,), int64 or Python integers with None where there is none; a column that holds nothing is left out.
    """

    keys: Keys
    columns: Columns

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Every row by name, a moment that is not there as None."""
        names = [*self.keys.values, *self.columns]
        columns = [self.keys[each] for each in self.keys.values] + list(self.columns.values())
        for row in zip(*(each.tolist() for each in columns), strict=True):
            yield dict.fromkeys(MOMENTS) | dict(zip(names, row, strict=True))


@dataclass(frozen=True, eq=False)
class Rows:
    """One KPI's rows of a cube, each moment whole or not there.

    slices: those that hold rows, ascending, in days since 1970. keys: the names of a key and the place (rows,) of each row
    among names × slices, the name's code slowest; of no key ('') there is one name. running: of counts of a few `buckets`,
    by key what they come to before every slice and after the last (buckets, names, slices + 1).
    """

    slices: Ints
    bucket: Ints
    moments: Columns
    keys: Mapping[str, tuple[Names, Ints]]
    running: Mapping[str, Ints] = field(default_factory=dict)
    buckets: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def of_frame(frame: pd.DataFrame, by: Sequence[str]) -> Facts:
    """The facts of a frame with columns `by`, bucket and moments; raises ValueError for moments that are floats."""
    coded = {name: pd.factorize(frame[name], sort=True, use_na_sentinel=False) for name in by}
    values = {name: np.asarray(found, dtype=object) for name, (_, found) in coded.items()}
    codes = [code for code, _ in coded.values()]
    cell = np.ravel_multi_index(codes, [max(len(each), 1) for each in values.values()])
    return Facts(Keys(values, cell), exact(frame))


def exact(frame: pd.DataFrame) -> Columns:
    """Bucket, moments and replicate of a frame as exact integers; raises ValueError for floats."""
    found = {name: _integers(frame[name]) for name in ("bucket", "replicate", *MOMENTS) if name in frame}
    return {name: column for name, column in found.items() if column is not None}


def added(rows: Rows, key: str, scopes: Sequence[str], pairs: Pairs, windows: Sequence[str], days: Pairs) -> Facts:
    """The rows of every scope and window, added up: a row counts in each scope and window that its codes are paired with.

    scopes, windows: ascending. pairs: codes of the key's names and of scopes; days: slices in days since 1970 and codes of
    windows.
    """
    at = np.searchsorted(rows.slices, days[0])
    known = np.flatnonzero(rows.slices.take(at, mode="clip") == days[0]) if len(rows.slices) else at[:0]
    places = np.add.outer(pairs[0] * len(rows.slices), at[known]).ravel()
    cells = np.add.outer(pairs[1] * len(windows), days[1][known]).ravel()
    held, cell = _paired(rows.keys[key][1], (places, cells))
    moments: dict[str, Any] = {name: column[held] for name, column in rows.moments.items()}
    d = merge(Distributions(len(scopes) * len(windows), cell, rows.bucket[held], **moments))
    columns = {name: getattr(d, name) for name in ("bucket", *rows.moments)}
    return Facts(keys(scopes, windows, d.cell), columns)


def keys(scopes: Sequence[str], windows: Sequence[str], cell: Ints) -> Keys:
    """Cells of scopes and windows, both ascending."""
    return Keys({"scope": np.array(scopes, dtype=object), "window": np.array(windows, dtype=object)}, cell)


def under(parts: Sequence[Facts]) -> Facts:
    """Facts of the same keys under each other."""
    if len(parts) == 1:
        return parts[0]
    names = {name for part in parts for name in part.columns}
    columns = {name: np.concatenate([_column(part, name) for part in parts]) for name in names}
    return Facts(Keys(parts[0].keys.values, np.concatenate([part.keys.cell for part in parts])), columns)


def _column(part: Facts, name: str) -> Ints:
    return part.columns.get(name, np.full(len(part.keys), None, dtype=object))


def _paired(codes: Ints, pairs: Pairs) -> tuple[Ints | slice, Ints]:
    """Each of the codes once for every partner it has: its row, and the partner."""
    size = max(int(each.max(initial=-1)) for each in (codes, pairs[0])) + 1
    count = np.bincount(pairs[0], minlength=size)
    if count.max(initial=0) <= 1:
        partner = np.full(size, -1)
        partner[pairs[0]] = pairs[1]
        found = partner[codes]
        if found.min(initial=0) >= 0:
            return slice(None), found
        rows = np.flatnonzero(found >= 0)
        return rows, found[rows]
    starts, times, partners = np.cumsum(count) - count, count[codes], pairs[1][np.argsort(pairs[0], kind="stable")]
    rows = np.repeat(np.arange(len(codes)), times)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)
    return rows, partners[starts[codes[rows]] + nth]


def _integers(column: pd.Series) -> Ints | None:
    """A column of integers or whole decimals, exactly, None where there is none; None for a column of nothing."""
    if pd.api.types.is_integer_dtype(column.dtype) and not column.hasnans:
        return column.to_numpy(dtype=np.int64)
    empty = column.isna().to_numpy()
    if empty.all() and len(column):
        return None
    if len(column) and pd.api.types.is_float_dtype(column.dtype):
        raise ValueError(f"column {column.name} arrived as floats: moments are exact integers")
    found = np.array([None if gone else int(value) for value, gone in zip(column, empty, strict=True)], dtype=object)
    return found if empty.any() or not len(found) else narrowed(found)


def narrowed(values: Ints) -> Ints:
    """Python integers as int64 where all of them fit well."""
    return values.astype(np.int64) if max(abs(values.max()), abs(values.min())) < SAFE else values
