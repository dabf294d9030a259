"""Division over columns: floors, and whole totals shared by the largest remainder for many people at once."""

from collections.abc import Sequence

import numpy as np

from kpis.incentives.axes import largest
from kpis.incentives.tables import SAFE, Ints


def divided(top: Ints, bottom: Ints | int) -> Ints:
    """Floor division of non-negative numbers by positive ones.

    Processors divide unsigned numbers three times as fast.
    """
    if top.dtype != np.int64 or (isinstance(bottom, np.ndarray) and bottom.dtype != np.int64):
        slow: Ints = top // bottom
        return slow
    unsigned = bottom.view(np.uint64) if isinstance(bottom, np.ndarray) else np.uint64(bottom)
    quick: Ints = (top.view(np.uint64) // unsigned).view(np.int64)
    return quick


def apportion(totals: Ints, weights: Sequence[Ints]) -> list[Ints]:
    """Each row's total shared by its non-negative weights, one array a column.

    Parts sum to the total, ties go to the earlier column; a row whose weights are all 0 has a total of 0. The same rule
    as `exact.largest_remainder`, on Python integers where total × weight could pass int64.
    """
    whole = np.maximum(sum(weights[1:], start=weights[0]), 1)
    if largest(totals) * largest(whole) >= SAFE and totals.dtype != object:
        totals = totals.astype(object)
    parts, rests, left = [], [], totals
    for weight in weights:
        product = totals * weight
        part = divided(product, whole)
        rests.append(np.subtract(product, part * whole, out=product))
        parts.append(part)
        left = left - part
    return [part + (rank < left) for part, rank in zip(parts, _ranks(rests), strict=True)]


def _ranks(rests: Sequence[Ints]) -> list[Ints]:
    """For each column, how many go before it: larger remainders, and equal ones further left."""
    ranks = [np.zeros(rest.shape, dtype=np.int8 if len(rests) < 128 else np.int32) for rest in rests]
    for right in range(len(rests)):
        for left in range(right):
            before = np.asarray(rests[left] >= rests[right], dtype=bool)
            ranks[right] += before
            ranks[left] += ~before
    return ranks
