"""Counts of a few buckets side by side: the sum of a window is the difference of two running sums."""

from dataclasses import dataclass

import numpy as np

from kpis.distributions import EXACT, SAFE, Distributions, Ints


@dataclass(frozen=True, eq=False)
class Dense:
    """Distributions of cells in which every answer counts one.

    cell: (cells,), the place of each among scopes × windows, ascending. n: (cells,), in millionths, above zero. bucket:
    (buckets,), ascending. running: (buckets, scopes, slices + 1), int64, what comes before each slice. runs: from which and
    up to which slice each window reaches. `cells`, `count` and `scored` are those of Distributions.
    """

    cell: Ints
    n: Ints
    bucket: Ints
    running: Ints
    runs: tuple[Ints, Ints]

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return len(self.cell)

    def count(self) -> Ints:
        """Σ n of every cell (cells,)."""
        return self.n

    def scored(self, score: Ints, steep: int) -> Ints:
        """Σ n·score of every cell (cells,), of a score (buckets,) that `steep` bounds: exact."""
        kind = np.dtype(np.int64 if EXACT * steep < SAFE else object)
        found = np.zeros(self.running.shape[1:], dtype=kind)
        for each in np.flatnonzero(score):  # rather than a product of matrices: most scores are zero
            found += self.running[each].astype(kind, copy=False) * int(score[each])
        return self._cells(found)

    def rows(self) -> Distributions:
        """The same, row by row: merged, without the buckets that a cell does not have."""
        n = np.stack([self._cells(each) for each in self.running], axis=1).ravel()
        at = np.flatnonzero(n)
        cell, bucket = np.divmod(at, len(self.bucket))
        return Distributions(self.cells, cell, self.bucket[bucket], n[at])

    def _cells(self, running: Ints) -> Ints:
        """What comes to every cell of running sums (scopes, slices + 1)."""
        found = spanned(running, *self.runs).ravel()
        return found if len(found) == self.cells else found[self.cell]


def spanned(sums: Ints, low: Ints, high: Ints) -> Ints:
    """The sums of windows (names, windows) from running ones (names, slices + 1)."""
    found: Ints = sums.take(high, axis=1)
    found -= sums.take(low, axis=1)
    return found
