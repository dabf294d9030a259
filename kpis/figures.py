"""Summed facts → figures: value, interval, n and a state with its reason.

How facts.py encodes a measure, all moments in millionths of an observation (weights in millionths as well):

| measure | bucket | moments beside n |
| --- | --- | --- |
| nps, top_box, mean with `low` | the answer | w, w2 when weighted |
| share | 1 or 0 | the same |
| mean without `low`, quantile | log bucket (buckets.py) of the integer value | x; wx when weighted; xx if kept |
| rate | 0 | n carries the exposure, x the events |
| counted: ones, buckets | 1 and 0; the bucket as delivered | – |
| counted: moments | 0 | x the total, xx the squares, null when unknown |

w, w2 and wx are null or absent when every weight is one. Durations are stored in seconds and money in minor units, and
become the KPI's unit here, once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpis import estimates
from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.distributions import MILLION, Distributions, Ints
from kpis.estimates import Estimates
from kpis.exact import round_half_up

STORED = {"hours": 3_600, "days": 86_400, "money": 100}
STATES = ("ok", "no interval", "ripening", "not validated", "too few", "no data")
PAID = ("numerator", "denominator")
NOTHING = "No answers in this window."
SHOWN = ("value", "low", "high", "n", "effective_n")


@dataclass(frozen=True)
class Figure:
    """One KPI of one scope in one window.

    Shares are 0 to 1, NPS −100 to 100, the rest in the KPI's unit; value, low and high are None where there is none.
    numerator / denominator is the value as an exact ratio of integers, what pays; None for a quantile. Both stay when
    the state is 'too few', because sums over scopes need them: a page shows the value and nothing else.
    """

    kpi: str
    scope: str
    window: str
    value: float | None
    low: float | None
    high: float | None
    n: float
    effective_n: float | None
    state: str
    reason: str
    numerator: int | None = None
    denominator: int | None = None


def figures(
    definition: KpiDefinition,
    facts: pd.DataFrame,
    scopes: Sequence[str],
    windows: Sequence[Period],
    as_of: date,
    validated: bool = True,
) -> list[Figure]:
    """One figure for every scope and window, in that order; 'no data' where `facts` holds no row.

    facts: columns scope, window (the period's name), bucket and moments; rows of one scope and window add up.
    """
    ends = {window.name: window.end for window in windows}
    found = table(definition, facts, ("scope", "window"), as_of, ends, validated)
    by_key = {(row["scope"], row["window"]): row for row in found.to_dict("records")}
    keys = [(scope, window.name) for scope in scopes for window in windows]
    return [_figure(definition.id, *key, by_key.get(key)) for key in keys]


def table(
    definition: KpiDefinition,
    facts: pd.DataFrame,
    by: Sequence[str],
    as_of: date,
    ends: Mapping[str, date] | None = None,
    validated: bool = True,
) -> pd.DataFrame:
    """A row of figures for every group of `by` in `facts`, in the order of the keys.

    Columns: `by`, value, low, high, n, effective_n (float, NaN for none), sd (of one answer), state, reason, numerator,
    denominator (int64 or Python integers). `ends` gives the end of each name in column `window`, for ripening.
    """
    groups = facts.groupby(list(by), sort=True, dropna=False)
    cell = groups.ngroup().to_numpy()
    keys = groups.size().index.to_frame(index=False)
    found = estimate(definition, distributions(definition, facts, cell, len(keys)))
    unsquared = _without_squares(definition, facts, cell, len(keys))
    spread: dict[str, Any] = {
        name: np.where(unsquared, np.nan, getattr(found, name)) for name in ("low", "high", "variance")
    }
    found = replace(found, **spread)
    unripe = _ripe_from(definition, keys, ends or {}, as_of)
    states = _states(definition, found, unripe, validated)
    hidden = np.isin(states, ("too few", "no data"))
    alike = np.full(len(keys), definition.measure.kind == "mean") & (found.low == found.high)
    told = zip(states, found.n.tolist(), unripe, unsquared.tolist(), alike.tolist(), strict=True)
    columns: dict[str, Any] = {
        name: np.where(hidden, np.nan, getattr(found, name)) for name in ("value", "low", "high")
    }
    columns |= {name: getattr(found, name) for name in ("n", "effective_n", *PAID)}
    columns |= {"sd": np.sqrt(found.variance * found.effective_n), "state": states}
    columns["reason"] = [_reason(definition.min_n_show, *row) for row in told]
    return keys.assign(**columns)


def distributions(definition: KpiDefinition, facts: pd.DataFrame, cell: Ints, cells: int) -> Distributions:
    """The facts as distributions, row i in cell `cell[i]`; nulls become what they stand for."""
    n = _integers(facts["n"])
    weights = {name: _moment(facts, name, n, factor) for name, factor in (("w", MILLION), ("w2", MILLION**2))}
    sums: dict[str, Ints | None] = {}
    if summed(definition):
        x = _moment(facts, "x", n, 0)
        x = np.zeros_like(n) if x is None else x
        weighted = weights["w"] is not None
        sums = {"x": x, "wx": _moment(facts, "wx", x, MILLION) if weighted else None, "xx": _moment(facts, "xx", n, 0)}
    return Distributions(cells, cell, _integers(facts["bucket"]), n, **weights, **sums)


def summed(definition: KpiDefinition) -> bool:
    """Whether the value comes from the exact sums x rather than from the buckets."""
    counted_moments = definition.count is not None and definition.count.form == "moments"
    return counted_moments or not definition.measure.scaled


def estimate(definition: KpiDefinition, d: Distributions) -> Estimates:
    """The measure of every cell, in the unit of a Figure: the only way from counts to a KPI."""
    measure, interval = definition.measure, definition.measure.interval
    if measure.kind == "nps":
        return estimates.nps(d, interval=interval or "adjusted_wald")
    if measure.kind in ("share", "top_box"):
        return estimates.share(d, measure.boxes or (1,), interval=interval or "wilson")
    if measure.kind == "rate":
        return estimates.rate(d)
    found = estimates.mean(d) if measure.kind == "mean" else estimates.quantile(d, cast(float, measure.q))
    return _in_unit(found, STORED.get(definition.unit, 1) if summed(definition) else 1)


def paid(figure: Figure, definition: KpiDefinition, decimals: int | None = None) -> Decimal:
    """The number that pays: the exact ratio in the display unit (percent for shares), rounded half up once.

    `decimals` is the plan's where it declares them, else the KPI's. Raises ValueError for a figure without a ratio.
    """
    if figure.numerator is None or not figure.denominator:
        raise ValueError(f"{figure.kpi} of {figure.scope} in {figure.window} has no exact ratio: {figure.reason}")
    places = definition.decimals if decimals is None else decimals
    times = 100 if definition.unit == "percent" else 1
    rounded = round_half_up(Fraction(figure.numerator * times, figure.denominator), places)
    return Decimal(int(rounded * 10**places)).scaleb(-places)


def _in_unit(found: Estimates, size: int) -> Estimates:
    shown = {name: getattr(found, name) / size for name in SHOWN[:3]}
    den = None if found.denominator is None else found.denominator.astype(object) * size
    return found if size == 1 else replace(found, **shown, variance=found.variance / size**2, denominator=den)


def _integers(column: pd.Series) -> Ints:
    """A column of integers or whole decimals, exactly: int64, else Python integers; raises ValueError for floats."""
    if pd.api.types.is_integer_dtype(column.dtype) and not column.hasnans:
        return column.to_numpy(dtype=np.int64)
    if len(column) and pd.api.types.is_float_dtype(column.dtype):
        raise ValueError(f"column {column.name} arrived as floats: moments are exact integers")
    return np.fromiter((int(value) for value in column), dtype=object, count=len(column))


def _moment(facts: pd.DataFrame, name: str, base: Ints, factor: int) -> Ints | None:
    """A moment column with its nulls derived from `base`; None when it holds nothing at all."""
    if name not in facts or facts[name].isna().all():
        return None
    empty = facts[name].isna().to_numpy()
    if not empty.any():
        return _integers(facts[name])
    out = base.astype(object) * factor
    out[~empty] = _integers(facts[name][~empty])
    return out


def _without_squares(definition: KpiDefinition, facts: pd.DataFrame, cell: Ints, cells: int) -> Ints:
    """Which cells hold counted moments without their squares: such a mean has no interval."""
    if definition.count is None or definition.count.form != "moments" or definition.measure.kind != "mean":
        return np.zeros(cells, dtype=bool)
    unknown = facts["xx"].isna().to_numpy() if "xx" in facts else np.ones(len(facts), dtype=bool)
    return np.bincount(cell, weights=unknown, minlength=cells) > 0


def _ripe_from(
    definition: KpiDefinition, keys: pd.DataFrame, ends: Mapping[str, date], as_of: date
) -> list[date | None]:
    """The day from which each row counts, None where it counts already."""
    if not definition.matures_after or "window" not in keys:
        return [None] * len(keys)
    wait = timedelta(days=ceil(definition.matures_after / timedelta(days=1)))
    late = {name: end + wait for name, end in ends.items() if end + wait > as_of}
    return [late.get(name) for name in keys["window"]]


def _states(
    definition: KpiDefinition, found: Estimates, unripe: Sequence[date | None], validated: bool
) -> NDArray[np.object_]:
    tests = {
        "no data": np.isnan(found.value),
        "too few": found.n < definition.min_n_show,
        "not validated": np.full(len(found.n), not validated),
        "ripening": np.array([bool(day) for day in unripe], dtype=bool),
        "no interval": np.isnan(found.low) & np.isnan(found.high),
    }
    return np.select(list(tests.values()), list(tests), default="ok").astype(object)


@lru_cache(100_000)
def _reason(least: int, state: str, n: float, ripe: date | None, unsquared: bool, alike: bool) -> str:
    return {
        "ok": "All answers are alike: the interval cannot show chance." if alike else "",
        "no data": "No answers that count." if n else NOTHING,
        "too few": f"Too few answers: {n:.6g} of {least}.",
        "not validated": "The data behind this figure did not pass its contract.",
        "ripening": f"Still ripening: counts from {ripe}.",
        "no interval": "It arrived as a mean without its squares." if unsquared else "Too few answers for an interval.",
    }[state]


def _figure(kpi: str, scope: str, window: str, row: Mapping[Any, Any] | None) -> Figure:
    if row is None:
        return Figure(kpi, scope, window, None, None, None, 0.0, None, "no data", NOTHING)
    value, low, high, n, effective = (_plain(cast(float, row[name])) for name in SHOWN)
    numerator, denominator = (None if row[name] is None else int(cast(int, row[name])) for name in PAID)
    state, reason = str(row["state"]), str(row["reason"])
    return Figure(kpi, scope, window, value, low, high, n or 0.0, effective, state, reason, numerator, denominator)


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
