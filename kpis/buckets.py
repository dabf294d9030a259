"""Logarithmic buckets with integer edges: every engine finds the same bucket, because none has to trust a logarithm.

The DDSketch mapping (Masson, Rim and Lee 2019) with α = 0.02, so γ = (1+α)/(1−α) = 51/49. Bucket b ≥ 1 holds the
integers above ⌊γ^(b−2)⌋ up to ⌊γ^(b−1)⌋, bucket 0 holds zero, negative values mirror: bucket(−x) = −bucket(x).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

GAMMA = (51, 49)
LIMIT = 2**63 - 1


def edges(limit: int = LIMIT) -> tuple[int, ...]:
    """The largest integer of bucket 0, 1, 2 … up to the first that reaches `limit` (at most int64's): (buckets,).

    The bucket of an integer x ≥ 0 is the number of edges below x. Some small buckets hold no integer.
    """
    found, (above, below) = [0], (1, 1)
    while found[-1] < limit:
        found.append(min(above // below, LIMIT))
        above, below = above * GAMMA[0], below * GAMMA[1]
    return tuple(found)


EDGES: NDArray[np.int64] = np.array(edges(), dtype=np.int64)


def bucket_of(values: NDArray[Any]) -> NDArray[np.int64]:
    """The buckets of int64 values, same shape."""
    size: NDArray[np.int64] = np.searchsorted(EDGES, np.abs(values), side="left")
    return np.where(values < 0, -size, size)


def bounds(buckets: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The smallest and the largest integer of each bucket, same shape as `buckets`."""
    index = np.abs(buckets)
    far = EDGES[index]
    near = np.where(index > 0, EDGES[np.maximum(index - 1, 0)] + 1, 0)
    return np.where(buckets < 0, -far, near), np.where(buckets < 0, -near, far)


def middle(buckets: NDArray[Any]) -> NDArray[np.float64]:
    """The value that stands for each bucket: the harmonic mean of its ends, within 2% of all it holds."""
    least, most = (edge.astype(float) for edge in bounds(buckets))
    return np.where(least == most, least, np.divide(2 * least * most, least + most, where=least != 0, out=0 * least))
