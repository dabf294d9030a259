"""Summed facts → figures: value, interval, n and a state with its reason; measures.py says how a measure is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpis.calendar import Period
from kpis.clusters import GROUPS
from kpis.definitions import KpiDefinition
from kpis.estimates import Estimates
from kpis.exact import round_half_up
from kpis.intervals import answers_to_close
from kpis.measured import Clusters, Measured, measured
from kpis.measures import EPOCH
from kpis.measures import distributions as distributions
from kpis.measures import estimate as estimate

STATES = ("ok", "no interval", "open", "ripening", "not validated", "too few", "no data")
PAID = ("numerator", "denominator")
NOTHING = "No answers in this window."
INDEPENDENT = "assuming independent answers"
SHOWN = ("value", "low", "high", "n", "effective_n", "design")


@dataclass(frozen=True)
class Figure:
    """One KPI of one scope in one window.

    Shares are 0 to 1, NPS −100 to 100, the rest in the KPI's unit; value, low and high are None where there is none.
    numerator / denominator is the value as an exact ratio of integers, what pays; None for a quantile. Both stay when
    the state is 'too few', because sums over scopes need them: a page shows the value and nothing else. method names
    the interval and where its variance comes from; design is that variance over what independent answers would give,
    None where nobody knows, and `assumption` says so. closes: the answers from which both ends of the interval close.
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
    method: str = ""
    design: float | None = None
    assumption: str = ""
    closes: int | None = None


def figures(
    definition: KpiDefinition,
    facts: pd.DataFrame,
    scopes: Sequence[str],
    windows: Sequence[Period],
    as_of: date,
    validated: bool = True,
    clusters: Clusters | None = None,
    read_on: date = EPOCH,
) -> list[Figure]:
    """One figure for every scope and window, in that order; 'no data' where `facts` holds no row.

    facts: columns scope, window (the period's name), bucket and moments; rows of one scope and window add up. What
    still runs is as old as on `read_on`; `as_of` decides what is ripe.
    """
    found = measured(definition, facts, ("scope", "window"), clusters, read_on)
    return listed(definition, found, scopes, windows, as_of, validated)


def listed(
    definition: KpiDefinition,
    cells: Measured,
    scopes: Sequence[str],
    windows: Sequence[Period],
    as_of: date,
    validated: bool = True,
) -> list[Figure]:
    """Estimates of scopes and windows as figures, scopes first; 'no data' where there is no cell."""
    ends = {window.name: window.end for window in windows}
    table = as_table(definition, cells, as_of, ends, validated)
    columns = (
        table[name].to_numpy(dtype=object).tolist() for name in table
    )  # of Arrow text, to_dict asks for each cell
    rows = (dict(zip(table.columns, row, strict=True)) for row in zip(*columns, strict=True))
    by_key = {(row["scope"], row["window"]): row for row in rows}
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
    """A row of figures for every group of `by` in `facts`, in the order of the keys, as if answers were independent."""
    return as_table(definition, measured(definition, facts, by), as_of, ends, validated)


def as_table(
    definition: KpiDefinition,
    cells: Measured,
    as_of: date,
    ends: Mapping[str, date] | None = None,
    validated: bool = True,
) -> pd.DataFrame:
    """Estimates as a table, with what may be shown of them and why.

    Columns: the keys, value, low, high, n, effective_n, design (float, NaN for none), sd (of one answer), state, reason,
    method, assumption, closes, numerator, denominator (int64 or Python integers). `ends` gives the end of each name in
    column `window`, for ripening.
    """
    keys, found = cells.keys, cells.found
    unsquared = np.isnan(found.variance.astype(float)) & (definition.count is not None)
    unripe = _ripe_from(definition, keys, ends or {}, as_of)
    states = _states(definition, found, unripe, validated)
    hidden = np.isin(states, ("too few", "no data"))
    alike = np.full(len(keys), definition.measure.kind == "mean") & (found.low == found.high)
    closes = [None if few else least for few, least in zip(hidden, _closes(definition, cells), strict=True)]
    value, low, high = (np.where(hidden, np.nan, each) for each in (found.value, found.low, found.high))
    told = zip(states, found.n.tolist(), unripe, unsquared.tolist(), alike.tolist(), strict=True)
    reasons = [_reason(definition.min_n_show, *row) for row in told]
    heads = [_open(definition, *row) for row in zip(low.tolist(), high.tolist(), closes, strict=True)]
    columns = {
        "value": value, "low": low, "high": high, "n": found.n, "effective_n": found.effective_n, "design": cells.effect,
        "sd": np.sqrt(found.variance * found.effective_n), "state": states,
        "reason": [f"{end}{reason}".strip() for end, reason in zip(heads, reasons, strict=True)],
        "method": _methods(definition, cells), "assumption": np.where(np.isfinite(cells.effect), "", INDEPENDENT),
        "closes": np.array(closes, dtype=object), "numerator": found.numerator, "denominator": found.denominator,
    }  # fmt: skip
    return pd.DataFrame({name: keys[name] for name in keys} | columns)


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


def _methods(definition: KpiDefinition, cells: Measured) -> list[str]:
    """How each interval came about: its method, and what its variance knows of answers that repeat."""
    method, known = cells.found.method, np.isfinite(cells.effect)
    if definition.cluster is None:
        return [method] * len(known)
    groups = f"{method}, {GROUPS} groups by {definition.cluster}"
    return [
        groups if own else f"{method}, design effect {effect:.2f}" if there else method
        for own, there, effect in zip(cells.told, known, cells.effect, strict=True)
    ]


def _closes(definition: KpiDefinition, cells: Measured) -> list[int | None]:
    """From how many answers both ends of a quantile close, where they do not; where cases still run, time decides."""
    q, found = definition.measure.q, cells.found
    if q is None or definition.measure.censored:
        return [None] * len(cells.keys)
    effect = np.maximum(np.nan_to_num(cells.effect, nan=1.0), 1) * answers_to_close(q)
    half = np.isnan(found.low) | np.isnan(found.high)
    return [ceil(n - 1e-9) if wanted else None for n, wanted in zip(effect, half, strict=True)]


def _open(definition: KpiDefinition, low: float, high: float, closes: int | None) -> str:
    """What an interval with one end says."""
    if definition.measure.q is None or np.isnan(low) == np.isnan(high):
        return ""
    words, end = ("At least", low) if np.isnan(high) else ("At most", high)
    unit = f" {definition.unit}" if definition.unit in ("hours", "days") else ""
    rest = f"both ends close from {closes} answers" if closes else "too many still run to say more"
    return f"{words} {end:.{definition.decimals}f}{unit}: {rest}. "


def _ripe_from(
    definition: KpiDefinition, keys: pd.DataFrame, ends: Mapping[str, date], as_of: date
) -> list[date | None]:
    """The day from which each row counts, None where it counts already."""
    matures = definition.matures_after or (timedelta() if definition.period_of == "promised" else None)
    if matures is None or "window" not in keys:
        return [None] * len(keys)
    wait = timedelta(days=ceil(matures / timedelta(days=1)))
    late = {name: end + wait for name, end in ends.items() if end + wait > as_of}
    return [late.get(name) for name in keys["window"]]


def _states(
    definition: KpiDefinition, found: Estimates, unripe: Sequence[date | None], validated: bool
) -> NDArray[np.object_]:
    tests = {
        "no data": np.isnan(found.value) & ((found.n == 0) | (definition.measure.censored is None)),
        "too few": found.n < definition.min_n_show,
        "not validated": np.full(len(found.n), not validated),
        "ripening": np.array([bool(day) for day in unripe], dtype=bool),
        "open": np.isnan(found.value),
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
        "open": "Too few have ended to say.",
        "no interval": "It arrived as a mean without its squares." if unsquared else "Too few answers for an interval.",
    }[state]


def _figure(kpi: str, scope: str, window: str, row: Mapping[Any, Any] | None) -> Figure:
    if row is None:
        return Figure(kpi, scope, window, None, None, None, 0.0, None, "no data", NOTHING)
    value, low, high, n, effective, design = (_plain(cast(float, row[name])) for name in SHOWN)
    numerator, denominator = (None if row[name] is None else int(cast(int, row[name])) for name in PAID)
    state, reason = str(row["state"]), str(row["reason"])
    words = str(row["method"]), design, str(row["assumption"]), cast("int | None", row["closes"])
    return Figure(
        kpi, scope, window, value, low, high, n or 0.0, effective, state, reason, numerator, denominator, *words
    )


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
