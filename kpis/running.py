"""Rows of a cube as running sums of counts along time, and what they come to in scopes and windows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kpis.dense import Dense, spanned
from kpis.distributions import EXACT, Ints, changes, ranked
from kpis.sums import Keys, Pairs, Rows, keys

SPARSE = 4  # how many times as many counts as rows are still kept


@dataclass(frozen=True, eq=False)
class Counts:
    """Distributions of cells, told apart by `keys`: what Facts of plain counts come to."""

    keys: Keys
    d: Dense


def kept(rows: Rows) -> Rows:
    """The rows with their running sums, where they are counts of few buckets; as they are where not."""
    n = rows.moments["n"]
    if rows.moments.keys() != {"n"} or n.dtype.kind != "i" or n.min() <= 0 or float(n.sum(dtype=float)) >= EXACT:
        return rows
    least = int(rows.bucket.min())
    bucket, rank = ranked(rows.bucket - least, int(rows.bucket.max()) - least + 1)
    if len(bucket) * len(rows.slices) * max(len(names) for names, _ in rows.keys.values()) > SPARSE * len(n):
        return rows
    found = {}
    for key, (names, place) in rows.keys.items():
        shape = len(bucket), len(names), len(rows.slices)
        sums = np.bincount(rank * (shape[1] * shape[2]) + place, n, int(np.prod(shape))).reshape(shape)
        found[key] = np.zeros((*shape[:2], shape[2] + 1), dtype=np.int64)
        np.cumsum(sums, axis=2, out=found[key][:, :, 1:], dtype=np.int64)
    return replace(rows, running=found, buckets=bucket + least)


def added(rows: Rows, key: str, scopes: Sequence[str], pairs: Pairs, windows: Sequence[str], runs: Pairs) -> Counts:
    """The rows of every scope and window, added up, of rows that have running sums.

    scopes, windows: ascending. pairs: codes of the key's names and of scopes, each pair once; runs: from which and up to
    which slice each window reaches.
    """
    sums = _grouped(rows.running[key], pairs, len(scopes))
    n = spanned(sums.sum(axis=0), *runs).ravel()
    cell = np.flatnonzero(n > 0)
    n = n if len(cell) == len(n) else n[cell]
    return Counts(keys(scopes, windows, cell), Dense(cell, n, rows.buckets, sums, runs))


def held(rows: Rows, key: str, runs: Pairs) -> Ints:
    """The codes of the key's names that have some rows in one of the windows."""
    return np.flatnonzero(spanned(rows.running[key].sum(axis=0), *runs).any(axis=1))


def _grouped(sums: Ints, pairs: Pairs, scopes: int) -> Ints:
    """Running sums by scope (buckets, scopes, slices + 1) from those by name."""
    order = np.argsort(pairs[1], kind="stable")
    member, scope = pairs[0][order], pairs[1][order]
    if np.array_equal(scope, np.arange(scopes)):  # one name each
        return sums[:, :scopes] if np.array_equal(member, scope) else sums[:, member]
    found = np.zeros((len(sums), scopes, sums.shape[2]), dtype=np.int64)
    starts = np.flatnonzero(changes(scope))
    if len(starts):
        found[:, scope[starts]] = np.add.reduceat(sums[:, member], starts, axis=1)
    return found
