"""Durations of which some still run: Kaplan and Meier's curve (1958) from bucket counts.

A case that still runs lies in the negative bucket of its opening day; the caller gives its age at reading. A case that
ends in the bucket in which another is last seen counts as ended before it.
"""

from dataclasses import replace
from typing import cast

import numpy as np

from kpis.buckets import bounds, bucket_of, middle
from kpis.distributions import MILLION, Distributions, Floats, Ints, answers, merge
from kpis.estimates import Estimates, share
from kpis.intervals import LEVEL, normal, over


def kaplan_meier(
    d: Distributions, ages: Ints, q: float, level: float = LEVEL, design: Floats | None = None
) -> Estimates:
    """The q-quantile of durations, some of which still run, in the unit of the value; kind 'quantile'.

    ages (rows,) in the unit of the value, read where the bucket is negative. NaN where too few have ended to tell: the
    value is then at least `low`, which is the longest time seen where the interval lies beyond it. Interval where the
    log-log transform of Greenwood's variance meets q (Brookmeyer and Crowley 1982; Kalbfleisch and Prentice 1980), each
    end at the far edge of its bucket; weighted, or with a `design` effect (cells,), those at risk are the effective ones.
    """
    d = _timeline(d, ages)
    at = d.bucket // 2
    curve, deviation = _curve(d, np.ones(d.cells) if design is None else np.maximum(design, 1))
    z, left = normal(level), 1 - q + 1e-9
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        bands = [curve ** np.exp(side * z * deviation) for side in (1, -1)]
    least, most = (edge.astype(float) for edge in bounds(at))
    value, high = _where_first(d, curve <= left, middle(at)), _where_first(d, bands[1] <= left, most)
    beyond = (np.diff(d.cell, append=-1) != 0) & (bands[0] > left) & (curve < 1)
    low = _where_first(d, (bands[0] <= left) | beyond, least)
    n, w, w2 = answers(d)
    effective = over(w**2, w2) / (1 if design is None else np.maximum(design, 1))
    return Estimates(
        "quantile", value, low, high, n, effective, np.full(d.cells, np.nan), method="Kaplan–Meier, log-log"
    )


def within(d: Distributions, ages: Ints, limit: int, level: float = LEVEL) -> Estimates:
    """The share of cases that ended within `limit`, of those old enough to tell; kind 'share', its interval Wilson's.

    A case that still runs tells nothing until its age passes the limit. The limit counts to the end of its bucket. Exact
    for periods that lie the limit back: until then the quick ones of the young are in and the slow ones are not.
    """
    runs, edge = d.bucket < 0, bucket_of(np.array([limit]))[0]
    tells = ~runs | (ages > limit)
    n, w, w2 = (None if c is None else c * tells for c in (d.n, d.w, d.w2))
    bucket = (~runs & (d.bucket <= edge)).astype(np.int64)
    return share(Distributions(d.cells, d.cell, bucket, cast(Ints, n), w, w2), level=level)


def _timeline(d: Distributions, ages: Ints) -> Distributions:
    """Rows sorted by cell and time: bucket is twice the log bucket of the duration or age, plus one where it runs on."""
    runs = d.bucket < 0
    age = bucket_of(np.maximum(np.where(runs, ages, 0), 0))
    return merge(replace(d, bucket=np.where(runs, 2 * age + 1, 2 * d.bucket), x=None, wx=None, xx=None))


def _curve(d: Distributions, design: Floats) -> tuple[Floats, Floats]:
    """After every row: the share still running, and the deviation of log(−log) of it by Greenwood (1926)."""
    w = d.weight.astype(float)
    w2 = w if d.w2 is None else d.w2.astype(float)
    risk, squares = _remaining(d, w), _remaining(d, w2)
    ends = np.where(d.bucket % 2 == 0, w / risk, 0.0)
    last = ends >= 1
    stays = np.where(last, 1.0, 1 - ends)
    curve = np.exp(_running(d, np.log(stays))) * ~last
    effective = over(risk**2, squares) / design[d.cell] / MILLION
    greenwood = _running(d, np.where(last, 0.0, ends / (stays * effective)))
    with np.errstate(divide="ignore", invalid="ignore"):
        return curve, np.where(last, np.inf, np.sqrt(greenwood) / np.abs(np.log(curve)))


def _running(d: Distributions, values: Floats) -> Floats:
    """Sums from the first row of the cell up to each row."""
    total = np.cumsum(values)
    first = np.searchsorted(d.cell, d.cell)
    return total - (total - values)[first]


def _remaining(d: Distributions, values: Floats) -> Floats:
    """Sums from each row to the last of its cell: who is still at risk."""
    total = np.cumsum(values)
    last = np.searchsorted(d.cell, d.cell, side="right") - 1
    return total[last] - total + values


def _where_first(d: Distributions, reached: Ints, of: Floats) -> Floats:
    """`of` at the first row of each cell that is `reached`, NaN where none is; (cells,)."""
    rows = np.flatnonzero(reached)
    cells, first = np.unique(d.cell[rows], return_index=True)
    found = np.full(d.cells, np.nan)
    found[cells] = of[rows[first]]
    return found
