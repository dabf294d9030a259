"""Division over columns: floors, and whole totals shared by the largest remainder for many people at once."""

from collections.abc import Sequence

import numpy as np

from kpis.incentives.tables import SAFE, Ints, largest


def divided(top: Ints, bottom: Ints | int) -> Ints:
    """Floor division by positive numbers; unsigned where nothing is negative, which is three times as fast."""
    small = isinstance(bottom, np.ndarray) or bottom < SAFE
    if top.dtype == np.int64 and small and top.size and top.min() >= 0:
        unsigned = bottom.view(np.uint64) if isinstance(bottom, np.ndarray) else np.uint64(bottom)
        quick: Ints = (top.view(np.uint64) // unsigned).view(np.int64)
        return quick
    found: Ints = top // bottom
    return found


def apportion(totals: Ints, weights: Sequence[Ints]) -> list[Ints]:
    """Each row's total shared by its non-negative weights, one array a column: parts sum to it, ties go to the earlier column.

    A row whose weights are all 0 has a total of 0. The same rule as `exact.largest_remainder`, on Python integers where
    total × weight could pass int64.
    """
    if largest(totals) * max(map(largest, weights)) >= SAFE and totals.dtype != object:
        totals = totals.astype(object)
    whole = np.maximum(sum(weights[1:], start=weights[0]), 1)
    parts, rests = [], []
    for weight in weights:
        product = totals * weight
        part = divided(product, whole)
        parts.append(part)
        rests.append(product - part * whole)
    left = totals - sum(parts[1:], start=parts[0])
    return [part + (rank < left) for part, rank in zip(parts, _ranks(rests), strict=True)]


def _ranks(rests: Sequence[Ints]) -> list[Ints]:
    """For each column, how many go before it: larger remainders, and equal ones further left."""
    ranks = [np.zeros(rest.shape, dtype=np.int16) for rest in rests]
    for right in range(len(rests)):
        for left in range(right):
            before = (rests[left] >= rests[right]).astype(np.int16)
            ranks[right] += before
            ranks[left] += 1 - before
    return ranks
