"""A definition and its facts → estimates, in the KPI's unit: the only way from counts to a KPI.

How facts.py encodes a measure, all moments in millionths of an observation (weights in millionths as well):

| measure | bucket | moments beside n |
| --- | --- | --- |
| nps, top_box, mean with `low` | the answer | w, w2 when weighted |
| share | 1 or 0 | the same |
| mean without `low`, quantile | log bucket (buckets.py) of the integer value | x; wx when weighted; xx if kept |
| quantile, still running | minus the opening day, in days since 1970 | none: its age is known when it is read |
| rate | 0 | n carries the exposure, x the events |
| ratio of two KPIs | 1 numerator, 0 denominator | x its total or its n, xx the squares; wx when weighted |
| counted: ones, buckets | 1 and 0; the bucket as delivered | – |
| counted: moments | 0 | x the total, xx the squares, null when unknown |

w, w2 and wx are null or absent when every weight is one. Durations are stored in seconds and money in minor units, and
become the KPI's unit here, once.
"""

from dataclasses import replace
from datetime import date
from typing import cast

import numpy as np

from kpis import estimates, ratios, survival
from kpis.buckets import EDGES, bucket_of
from kpis.clusters import GROUPS, Jackknife
from kpis.clusters import clustered as jackknifed
from kpis.definitions import KpiDefinition
from kpis.dense import Dense
from kpis.distributions import MILLION, Distributions, Floats, Ints
from kpis.estimates import Estimates
from kpis.sums import Columns, narrowed

STORED = {"hours": 3_600, "days": 86_400, "money": 100}
DAY = 86_400
EPOCH = date(1970, 1, 1)


def distributions(definition: KpiDefinition, facts: Columns, cell: Ints, cells: int) -> Distributions:
    """Bucket and moments as distributions, row i in cell `cell[i]`; nulls become what they stand for."""
    n = facts["n"]
    weights = {name: _moment(facts, name, n, factor) for name, factor in (("w", MILLION), ("w2", MILLION**2))}
    sums: dict[str, Ints | None] = {}
    if summed(definition):
        x = _moment(facts, "x", n, 0)
        x = np.zeros_like(n) if x is None else x
        weighted = weights["w"] is not None
        sums = {"x": x, "wx": _moment(facts, "wx", x, MILLION) if weighted else None, "xx": _moment(facts, "xx", n, 0)}
    return Distributions(cells, cell, facts["bucket"], n, **weights, **sums)


def summed(definition: KpiDefinition) -> bool:
    """Whether the value comes from the exact sums x rather than from the buckets."""
    counted_moments = definition.count is not None and definition.count.form == "moments"
    return counted_moments or not definition.measure.scaled


def estimate(
    definition: KpiDefinition, d: Distributions | Dense, read_on: date = EPOCH, design: Floats | None = None
) -> Estimates:
    """The measure of every cell, in the unit of a Figure: the only way from counts to a KPI.

    As if answers were independent, or with a borrowed `design` effect (cells,). Durations that still run are as old as
    on `read_on`.
    """
    measure, interval = definition.measure, definition.measure.interval
    design = None if design is None or (design == 1).all() else design
    if measure.kind == "nps":
        found = estimates.nps(d, interval=interval or "adjusted_wald")
    elif measure.kind in ("share", "top_box"):
        found = estimates.share(d, measure.boxes or (1,), interval=interval or "wilson")
    elif measure.kind == "mean":
        found = estimates.mean(d)
    else:
        d = d.rows() if isinstance(d, Dense) else d
        if measure.kind == "quantile":
            return _in_unit(definition, _quantile(definition, d, read_on, design))
        found = estimates.rate(d) if measure.kind == "rate" else ratios.ratio(d, counted=_counts(definition, d))
    found = found if design is None else estimates.inflated(found, design, interval)
    return found if measure.kind == "rate" else _in_unit(definition, found)


def _quantile(definition: KpiDefinition, d: Distributions, read_on: date, design: Floats | None) -> Estimates:
    q = cast(float, definition.measure.q)
    if not definition.measure.censored:
        return estimates.quantile(d, q, design=design)
    ages = ((read_on - EPOCH).days + np.minimum(d.bucket, 0)) * DAY
    return survival.kaplan_meier(d, np.maximum(ages, 0), q, design=design)


def _counts(definition: KpiDefinition, d: Distributions) -> bool:
    """Whether a ratio's numerator counts: observations, or ones whose squares are themselves."""
    above = d.bucket == 1
    part = definition.measure.numerator
    return (part is not None and part.of == "n") or (
        d.x is not None and d.xx is not None and bool((d.x == d.xx)[above].all())
    )


def _in_unit(definition: KpiDefinition, found: Estimates) -> Estimates:
    """Estimates of stored integers (seconds, minor units) in the KPI's unit (hours, days, money)."""
    size = STORED.get(definition.unit, 1) if summed(definition) else 1
    if size == 1:
        return found
    shown = {name: getattr(found, name) / size for name in ("value", "low", "high")}
    den = None if found.denominator is None else found.denominator.astype(object) * size
    return replace(found, **shown, variance=found.variance / size**2, denominator=den)


def by_groups(definition: KpiDefinition, d: Distributions, groups: Distributions) -> tuple[Estimates, Jackknife]:
    """Estimates of cells as if answers were independent, and their jackknife over `groups` (cell·20 + group).

    Of a quantile both are those of the share up to it, which is what its interval is made of (Woodruff 1952).
    """
    if definition.measure.kind != "quantile":
        return estimate(definition, d), jackknifed(estimate(definition, groups))
    whole = _waited(definition, d)
    least = estimates.quantile(whole, cast(float, definition.measure.q)).value
    edge = bucket_of(np.rint(np.nan_to_num(least)).astype(np.int64))
    parts = (_upto(whole, edge), _upto(_waited(definition, groups), edge.repeat(GROUPS)))
    return estimates.share(parts[0]), jackknifed(estimates.share(parts[1]))


def _waited(definition: KpiDefinition, d: Distributions) -> Distributions:
    """What still runs as longer than anything that ended."""
    running = definition.measure.censored is not None
    return replace(d, bucket=np.where(d.bucket < 0, len(EDGES) - 1, d.bucket)) if running else d


def _upto(d: Distributions, edge: Ints) -> Distributions:
    """Whether a value lies up to the edge (cells,) of its cell."""
    return replace(d, bucket=(d.bucket <= edge[d.cell]).astype(np.int64), x=None, wx=None, xx=None)


def _moment(facts: Columns, name: str, base: Ints, factor: int) -> Ints | None:
    """A moment column with its nulls derived from `base`; None when it holds nothing at all."""
    held = facts.get(name)
    if held is None or held.dtype != object:
        return held
    empty = np.fromiter((each is None for each in held), bool, len(held))
    if empty.all():
        return None
    if not empty.any():
        return narrowed(held)
    out = base.astype(object) * factor
    out[~empty] = held[~empty]
    return out
