"""Summed facts → figures: value, interval, n and a state with its reason; measures.py says how a measure is read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpis import states
from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.differences import showing
from kpis.distributions import Floats, Ints
from kpis.exact import round_half_up
from kpis.measured import Clusters, Measured, measured
from kpis.measures import EPOCH
from kpis.measures import distributions as distributions
from kpis.measures import estimate as estimate
from kpis.states import Told, told
from kpis.sums import Facts, of_frame

STATES = ("ok", "no interval", "open", "ripening", "not validated", "too few", "suppressed", "no data")
KEYS = ("scope", "window")


@dataclass(frozen=True)
class Figure:
    """One KPI of one scope in one window.

    Shares are 0 to 1, NPS −100 to 100, the rest in the KPI's unit; value, low and high are None where there is none.
    numerator / denominator is the value as an exact ratio of integers, what pays; None for a quantile. Both stay when
    the state is 'too few', because sums over scopes need them: a page shows the value and nothing else. Of what is
    'suppressed' nothing is told: n is NaN, as it would tell of others. method names the interval and where its variance
    comes from; design is that variance over what independent answers would give, None where nobody knows, and
    `assumption` says so. closes: the answers from which both ends of the interval close. to_date: the window still runs.
    beside: the small departments that it is shown in one with.
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
    to_date: bool = False
    beside: tuple[str, ...] = ()

    @property
    def detectable(self) -> float | None:
        """The smallest change between two periods of this n that would show in four of five cases; None with an open end."""
        return None if self.low is None or self.high is None else showing(self.low, self.high)

    def shown(self) -> dict[str, Any]:
        """The figure by field name as it may leave the product: without the ratio it would have where it is hidden."""
        hidden = {"numerator": None, "denominator": None, "design": None}
        less = {"too few": hidden, "suppressed": hidden | {"n": None}}
        return vars(self) | less.get(self.state, {})


@dataclass(frozen=True, eq=False)
class Figures(Sequence[Figure]):
    """Figures of scopes and windows, scopes first: columns for those who want them all, a Figure for who takes one.

    row: (scopes·windows,) which cell of `told` each is, −1 for no data. running: the windows that have not ended.
    instead: by scope and window those that are shown in one with small ones beside them.
    """

    scopes: tuple[str, ...]
    windows: tuple[str, ...]
    row: Ints
    told: Told
    running: frozenset[str] = frozenset()
    instead: Mapping[tuple[str, str], Figure] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.row)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    def __iter__(self) -> Iterator[Figure]:
        return iter(self._taken(range(len(self))))

    @overload
    def __getitem__(self, at: int) -> Figure: ...
    @overload
    def __getitem__(self, at: slice) -> list[Figure]: ...
    def __getitem__(self, at: int | slice) -> Figure | list[Figure]:
        if isinstance(at, slice):
            return self._taken(range(len(self))[at])
        return self._taken([range(len(self))[at]])[0]

    def column(self, name: str) -> Floats:
        """value, low or high (scopes·windows,), NaN where nothing may be shown; or n."""
        told = self.told
        cells = (
            np.where(told.state == states.WITHOUT, np.nan, told.cells.found.n) if name == "n" else getattr(told, name)
        )
        found: Floats = np.append(cells, 0.0 if name == "n" else np.nan)[self.row]
        for (scope, window), each in self.instead.items():
            value = getattr(each, name)
            found[self.scopes.index(scope) * len(self.windows) + self.windows.index(window)] = (
                np.nan if value is None else value
            )
        return found

    def _taken(self, at: Sequence[int]) -> list[Figure]:
        """Some of the figures, in that order."""
        kpi, size, rows = self.told.definition.id, len(self.windows), self.row[at]
        made = iter(_figures(self.told, rows[rows >= 0]))
        keys = [(kpi, self.scopes[each // size], self.windows[each % size]) for each in at]
        gone = (None, None, None, 0.0, None, "no data", states.NOTHING, None, None, "", None, "", None)
        found = [
            Figure(*(*key, *(gone if row < 0 else next(made)), key[2] in self.running))
            for key, row in zip(keys, rows.tolist(), strict=True)
        ]
        return [self.instead.get((each.scope, each.window), each) for each in found] if self.instead else found


def figures(
    definition: KpiDefinition,
    facts: pd.DataFrame | Facts,
    scopes: Sequence[str],
    windows: Sequence[Period],
    as_of: date,
    validated: bool = True,
    clusters: Clusters | None = None,
    read_on: date = EPOCH,
) -> Figures:
    """One figure for every scope and window, in that order; 'no data' where `facts` holds no row.

    facts: columns scope, window (the period's name), bucket and moments; rows of one scope and window add up. What
    still runs is as old as on `read_on`; `as_of` decides what is ripe.
    """
    rows = facts if isinstance(facts, Facts) else of_frame(facts, KEYS)
    return listed(definition, measured(definition, rows, clusters, read_on), scopes, windows, as_of, validated)


def listed(
    definition: KpiDefinition,
    cells: Measured,
    scopes: Sequence[str],
    windows: Sequence[Period],
    as_of: date,
    validated: bool | Sequence[bool] = True,
    withheld: NDArray[np.bool_] | None = None,
) -> Figures:
    """Estimates of scopes and windows as figures, scopes first; 'no data' where there is no cell.

    validated: whether the data passed its contract, or that window by window. withheld: (cells,) those that are not
    shown to protect people.
    """
    flags = [validated] * len(windows) if isinstance(validated, bool) else validated
    refused = {window.name for window, passed in zip(windows, flags, strict=True) if not passed}
    found = told(definition, cells, as_of, {each.name: each.end for each in windows}, refused, withheld)
    names = tuple(each.name for each in windows)
    running = frozenset(each.name for each in windows if each.running(as_of))
    return Figures(tuple(scopes), names, cells.keys.rows(scopes, names), found, running)


def table(
    definition: KpiDefinition,
    facts: pd.DataFrame | Facts,
    by: Sequence[str],
    as_of: date,
    ends: Mapping[str, date] | None = None,
    validated: bool = True,
) -> pd.DataFrame:
    """A row of figures for every group of `by` in `facts`, in the order of the keys, as if answers were independent.

    Columns: the keys, value, low, high, n, effective_n, design (float, NaN for none), sd (of one answer), state, reason,
    method, assumption, closes, numerator, denominator (int64 or Python integers). `ends` gives the end of each name in
    column `window`, for ripening.
    """
    cells = measured(definition, facts if isinstance(facts, Facts) else of_frame(facts, by))
    found, shown = cells.found, told(definition, cells, as_of, ends or {}, not validated)
    every = np.arange(len(cells.keys))
    columns = {
        "value": shown.value, "low": shown.low, "high": shown.high, "n": found.n, "effective_n": found.effective_n,
        "design": cells.effect, "sd": np.sqrt(found.variance * found.effective_n),
        "state": np.array(states.ORDER, dtype=object)[shown.state], "reason": states.reasons(shown, every),
        "method": states.methods(cells, definition, every), "assumption": states.assumptions(cells, every),
        "closes": np.array(states.closes(shown, every), dtype=object),
        "numerator": found.numerator, "denominator": found.denominator,
    }  # fmt: skip
    return pd.DataFrame({name: cells.keys[name] for name in by} | columns)


def together(figure: Figure, scope: str, beside: Sequence[str]) -> Figure:
    """The figure of a department in one with small ones beside it, as the department's own, and why."""
    why = states.TOGETHER.format(names=", ".join(beside))
    return replace(figure, scope=scope, beside=tuple(beside), reason=f"{why} {figure.reason}".strip())


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


def _figures(shown: Told, rows: Ints) -> Iterator[tuple[Any, ...]]:
    """What Figures of those cells hold after KPI, scope and window."""
    cells, found, gone = shown.cells, shown.cells.found, shown.state[rows] == states.WITHOUT
    nothing = [None] * len(rows)
    value, low, high = (_plain(each[rows]) for each in (shown.value, shown.low, shown.high))
    effective, design = (_plain(np.where(gone, np.nan, each[rows])) for each in (found.effective_n, cells.effect))
    above, below = (
        nothing
        if each is None
        else [None if hid else exact for hid, exact in zip(gone, each[rows].tolist(), strict=True)]
        for each in (found.numerator, found.denominator)
    )
    state = [states.ORDER[each] for each in shown.state[rows].tolist()]
    words = states.methods(cells, shown.definition, rows), design, states.assumptions(cells, rows)
    n = [states.UNTOLD if hid else each for hid, each in zip(gone, np.nan_to_num(found.n[rows]).tolist(), strict=True)]
    columns = (value, low, high, n, effective, state, states.reasons(shown, rows))
    return zip(*columns, above, below, *words, states.closes(shown, rows), strict=True)


def _plain(values: Floats) -> list[float | None]:
    return [None if each != each else each for each in values.tolist()]
