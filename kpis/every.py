"""Figures of every cell of a cube at once: cells by the million, most of them of a handful of answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import prod

import numpy as np

from kpis.definitions import KpiDefinition
from kpis.distributions import Floats, Ints, ranked
from kpis.estimates import Estimates
from kpis.measures import EPOCH, distributions, estimate
from kpis.sums import Columns


@dataclass(frozen=True, eq=False)
class Every:
    """Estimates of the cells that hold facts: slice in days since 1970, and which of the places; both (cells,)."""

    slice: Ints
    place: Ints
    found: Estimates


def places(packed: Ints, sizes: Sequence[int]) -> tuple[list[Ints], Ints]:
    """The distinct combinations of codes 0 ≤ code < size, ascending, column by column; and which of them each row is.

    packed: (rows,) a number for each combination, the first column's code slowest.
    """
    held, row = ranked(packed, prod(sizes))
    return list(np.unravel_index(held, sizes)), row


def every(
    definition: KpiDefinition,
    slices: Ints,
    place: Ints,
    facts: Columns,
    read_on: date = EPOCH,
    design: Floats | None = None,
) -> Every:
    """The estimates of each slice and place, ascending; rows of one cell and bucket add up, whatever their order.

    slices: (rows,) days since 1970; place: (rows,) small codes; facts: bucket and moments. design: by place, at least 1.
    """
    low, size = int(slices.min()), int(place.max()) + 1
    days, day = ranked(slices - low, int(slices.max()) - low + 1)
    held, cell = ranked(day * np.int64(size) + place, len(days) * size)
    at = held % size
    d = distributions(definition, facts, cell, len(held))
    return Every(days[held // size] + low, at, estimate(definition, d, read_on, None if design is None else design[at]))
