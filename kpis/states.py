"""What may be shown of estimates, and why: the state of every cell, and the words of those that somebody looks at."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from kpis.clusters import GROUPS
from kpis.definitions import KpiDefinition
from kpis.distributions import Floats, Ints
from kpis.estimates import Estimates
from kpis.intervals import answers_to_close
from kpis.measured import Measured
from kpis.sums import Keys

ORDER = ("no data", "suppressed", "too few", "not validated", "ripening", "open", "no interval", "ok")
HIDDEN = ORDER.index("too few")  # up to here nothing is shown
WITHOUT = ORDER.index("suppressed")  # not even n
UNTOLD = float("nan")  # the one n of them all, so that equal figures are equal
NOTHING = "No answers in this window."
RUN_ON = "Too few have ended to say."
WITHHELD = "Not shown to protect people: fewer than {least} answers, or hidden so that such a group cannot be worked out from the others."
TOGETHER = "Shown in one with {names}: too small to be shown, it could be worked out from this figure alone."
INDEPENDENT = "assuming independent answers"


@dataclass(frozen=True, eq=False)
class Told:
    """Estimates with what may be shown of them.

    state: (cells,) places in ORDER. value, low, high: (cells,), NaN where nothing may be shown or is there. late: the day
    from which a window that is not ripe counts, by its name.
    """

    definition: KpiDefinition
    cells: Measured
    state: Ints
    value: Floats
    low: Floats
    high: Floats
    late: Mapping[str, date]


def told(
    definition: KpiDefinition,
    cells: Measured,
    as_of: date,
    ends: Mapping[str, date],
    refused: Collection[str] | bool,
    withheld: NDArray[np.bool_] | None = None,
) -> Told:
    """The states of estimates on a day; `ends` gives the end of each window, `refused` those that wait (True: all).

    withheld: (cells,) those that are not shown to protect people.
    """
    found, late = cells.found, _ripe_from(definition, ends if "window" in cells.keys.values else {}, as_of)
    every = np.full(len(cells.keys), refused is True)
    waiting = every if isinstance(refused, bool) else _within(cells.keys, refused)
    state = _states(definition, found, _within(cells.keys, late), waiting)
    if withheld is not None:
        state = np.where(withheld, WITHOUT, state)
    hidden = state <= HIDDEN
    value, low, high = (np.where(hidden, np.nan, each) for each in (found.value, found.low, found.high))
    return Told(definition, cells, state, value, low, high, late)


def reasons(shown: Told, rows: Ints) -> list[str]:
    """Why each of the rows shows what it shows, and what an interval with one end says; empty where all is well."""
    definition, found, n = shown.definition, shown.cells.found, shown.cells.found.n[rows]
    unsquared = np.isnan(found.variance[rows].astype(float)) & (definition.count is not None)
    alike = (definition.measure.kind == "mean") & (found.low[rows] == found.high[rows])
    windows = shown.cells.keys["window"][rows].tolist() if shown.late else [""] * len(rows)
    each = zip(*(part.tolist() for part in (shown.state[rows], n, unsquared, alike)), windows, strict=True)
    texts = [_reason(definition.min_n_show, *row, shown.late.get(window)) for *row, window in each]
    if definition.measure.q is None:
        return texts
    ends = zip(shown.low[rows].tolist(), shown.high[rows].tolist(), closes(shown, rows), strict=True)
    opened = [_open(definition, *end) for end in ends]  # says of cases that still run what the state says too
    return [
        (end if end and text == RUN_ON else f"{end}{text}").strip() for end, text in zip(opened, texts, strict=True)
    ]


def methods(cells: Measured, definition: KpiDefinition, rows: Ints) -> list[str]:
    """How each interval came about: its method, and what its variance knows of answers that repeat."""
    method, effect = cells.found.method, cells.effect[rows]
    if definition.cluster is None:
        return [method] * len(rows)
    even = "Student's t" if method == "Fieller" else method  # what a ratio takes whose parts vary together
    named = [even if size < 1 else method for size in effect.tolist()]
    return [
        f"{name}, {GROUPS} groups by {definition.cluster}"
        if own
        else f"{name}, design effect {size:.2f}"
        if size == size
        else name
        for name, own, size in zip(
            named, cells.told[rows].tolist(), np.where(np.isfinite(effect), effect, np.nan), strict=True
        )
    ]


def assumptions(cells: Measured, rows: Ints) -> list[str]:
    """What is assumed of each variance; empty where nothing is."""
    return ["" if known else INDEPENDENT for known in np.isfinite(cells.effect[rows]).tolist()]


def closes(shown: Told, rows: Ints) -> list[int | None]:
    """From how many answers both ends of a quantile close, where they do not; where cases still run, time decides."""
    measure, found = shown.definition.measure, shown.cells.found
    if measure.q is None or measure.censored:
        return [None] * len(rows)
    effect = np.maximum(np.nan_to_num(shown.cells.effect[rows], nan=1.0), 1) * answers_to_close(measure.q)
    half = (np.isnan(found.low) | np.isnan(found.high))[rows] & (shown.state[rows] > HIDDEN)
    return [ceil(n - 1e-9) if wanted else None for n, wanted in zip(effect.tolist(), half.tolist(), strict=True)]


def _open(definition: KpiDefinition, low: float, high: float, closes: int | None) -> str:
    """What an interval with one end says."""
    if np.isnan(low) == np.isnan(high):
        return ""
    words, end = ("At least", low) if np.isnan(high) else ("At most", high)
    unit = f" {definition.unit}" if definition.unit in ("hours", "days") else ""
    rest = f"both ends close from {closes} answers" if closes else "too many still run to say more"
    return f"{words} {end:.{definition.decimals}f}{unit}: {rest}. "


def _ripe_from(definition: KpiDefinition, ends: Mapping[str, date], as_of: date) -> dict[str, date]:
    """The day from which each window counts that does not count yet."""
    matures = definition.matures_after or (timedelta() if definition.period_of == "promised" else None)
    if matures is None:
        return {}
    wait = timedelta(days=ceil(matures / timedelta(days=1)))
    return {name: end + wait for name, end in ends.items() if end + wait > as_of}


def _within(keys: Keys, windows: Collection[str]) -> NDArray[np.bool_]:
    """Whether each cell is of one of those windows (cells,)."""
    if not windows or "window" not in keys.values:
        return np.zeros(len(keys), dtype=bool)
    return np.array([name in windows for name in keys.values["window"]], dtype=bool)[keys.codes("window")]


def _states(definition: KpiDefinition, found: Estimates, unripe: NDArray[np.bool_], waiting: NDArray[np.bool_]) -> Ints:
    none = np.isnan(found.value)
    tests = {
        "no data": none & ((found.n == 0) | (definition.measure.censored is None)),
        "too few": found.n < definition.min_n_show,
        "not validated": waiting,
        "ripening": unripe,
        "open": none,
        "no interval": np.isnan(found.low) & np.isnan(found.high),
    }
    state = np.full(len(found.n), ORDER.index("ok"))
    for name, holds in reversed(tests.items()):
        state[holds] = ORDER.index(name)
    return state


@lru_cache(100_000)
def _reason(least: int, state: int, n: float, unsquared: bool, alike: bool, ripe: date | None) -> str:
    return {
        "ok": "All answers are alike: the interval cannot show chance." if alike else "",
        "no data": "No answers that count." if n else NOTHING,
        "suppressed": WITHHELD.format(least=least),
        "too few": f"Too few answers: {n:.6g} of {least}.",
        "not validated": "The data behind this figure did not pass its contract.",
        "ripening": f"Still ripening: counts from {ripe}.",
        "open": RUN_ON,
        "no interval": "It arrived as a mean without its squares." if unsquared else "Too few answers for an interval.",
    }[ORDER[state]]
