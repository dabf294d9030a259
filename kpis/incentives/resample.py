"""Whole slices drawn again from history: runs of neighbouring weeks, one draw for every KPI and department at once.

A moving-block bootstrap (Künsch 1989): neighbouring slices stay together, so that weeks that lean on the one before keep
doing so, and all figures take the same slices, so that what moves together keeps moving together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]
Floats = NDArray[Any]
RUN, DRAWS, SEED = 4, 10_000, 20_261_122
SINGLE, DOUBLE = 2**21, 2**50


@dataclass(frozen=True, eq=False)
class Series:
    """Figures slice by slice, arrays (slices, figures): top × times ÷ bottom in the display unit, n credited answers.

    Whole numbers, each of which adds up over slices. n is None where no rule asks for it; `least` are the answers from
    which the KPI's figure is one.
    """

    top: Ints
    bottom: Ints
    n: Floats | None = None
    times: int = 1
    least: int = 0


@dataclass(frozen=True)
class Terms:
    """How to simulate.

    `take` slices make a period, of which `periods` are added up; `run` neighbours stay together.
    """

    take: int
    draws: int = DRAWS
    seed: int = SEED
    run: int = RUN
    periods: int = 1
    threads: int = 2


def stacked(parts: Sequence[Series]) -> Series:
    """Figures of the same unit side by side."""
    top, bottom = (np.concatenate([getattr(each, name) for each in parts], axis=1) for name in ("top", "bottom"))
    n = None if any(each.n is None for each in parts) else np.concatenate([each.n for each in parts], axis=1)
    return Series(top, bottom, n, parts[0].times, parts[0].least)


def reduced(top: Sequence[int], bottom: Sequence[int], n: Sequence[float], times: int = 1, least: int = 0) -> Series:
    """One figure from exact integers of any size, over their common divisor; int64 where they fit, else floats."""
    shared = gcd(*(int(each) for each in (*top, *bottom))) or 1
    whole = [[int(each) // shared for each in side] for side in (top, bottom)]
    kind: Any = np.int64 if max(map(abs, (*whole[0], *whole[1], 0))) < DOUBLE else np.float64
    made = [np.array(side, dtype=kind)[:, None] for side in whole]
    return Series(made[0], made[1], np.asarray(n, dtype=np.float64)[:, None], times, least)


def starts(rng: np.random.Generator, slices: int, take: int, draws: int, run: int = RUN) -> Ints:
    """Which runs (draws, runs) make up each draw of `take` slices; they index the rows of `run_sums`."""
    found = rng.integers(0, slices, size=(draws, ceil(take / run)), dtype=np.int32)
    found[:, -1] += slices
    return found


def run_sums(values: Ints, take: int, run: int = RUN) -> Ints:
    """Sums (2·slices, figures) of `run` neighbours from each slice on, then those of the last, shorter run.

    The end of history is joined to its beginning, so every slice is equally likely. The narrowest integers that hold
    `take` slices.
    """
    slices, last = len(values), take - run * (ceil(take / run) - 1)
    kind = _narrowest(values, take)
    found = np.zeros((2 * slices, *values.shape[1:]), dtype=kind)
    for at, length in ((0, run), (slices, last)):
        for step in range(length):
            found[at : at + slices] += np.roll(values, -step, axis=0).astype(kind)
    return found


def _narrowest(values: Ints, take: int) -> Any:
    if values.dtype.kind == "f":
        return np.float64
    reach = max(int(values.max(initial=0)), -int(values.min(initial=0))) * take
    return next((kind for kind in (np.int16, np.int32) if reach <= np.iinfo(kind).max), np.int64)


def drawn(sums: Ints, picks: Ints) -> Ints:
    """The sums (draws, figures) of the runs picked."""
    found = sums.take(picks[:, 0], axis=0)
    for at in range(1, picks.shape[1]):
        found += sums.take(picks[:, at], axis=0)
    return found


def rounded(top: Ints, bottom: Ints, times: int, reach: float) -> Floats:
    """⌊top·times ÷ bottom + ½⌋, NaN for a bottom of 0: the paid figure as a whole number of its last decimal.

    Exact: a quotient that is no half is at least 1/(2·bottom) away from one, more than the two roundings of the float
    while top·times stays within `reach` < 2²¹ in single and 2⁵⁰ in double precision.
    """
    kind: Any = np.float32 if reach < SINGLE else np.float64
    found: Floats = top.astype(kind)
    found *= kind(times)
    with np.errstate(divide="ignore", invalid="ignore"):
        found /= bottom.astype(kind)
    found += kind(0.5)
    np.floor(found, out=found)
    if not bottom.all():
        found[bottom == 0] = np.nan
    return found


@dataclass(frozen=True, eq=False)
class Sums:
    """A series as the sums of its runs, ready to be drawn from; `take` slices make a period."""

    top: Ints
    bottom: Ints
    n: Floats | None
    times: int
    reach: float
    least: int

    def figures(self, picks: Ints, unit: int, needed: int = 0) -> tuple[Floats, NDArray[np.bool_] | None]:
        """The figures (draws, columns) as whole numbers over `unit`, halves up, and which have fewer answers than needed.

        NaN where nothing was counted, or fewer answers than the KPI shows and the plan does not need more anyway.
        """
        top, bottom = drawn(self.top, picks), drawn(self.bottom, picks)
        found = rounded(top, bottom, self.times * unit, self.reach * unit)
        if self.n is None or not (needed or self.least):
            return found, None
        n = drawn(self.n, picks)
        few = n < needed
        found[(n < self.least) & ~few] = np.nan
        return found, few if needed else None

    def values(self, picks: Ints) -> Floats:
        """The figures before rounding, as floats."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Floats = drawn(self.top, picks).astype(np.float64) * self.times / drawn(self.bottom, picks)
        return np.where(np.isfinite(found), found, np.nan)

    def answers(self, picks: Ints) -> Floats:
        """The credited answers behind them."""
        assert self.n is not None  # asked only where a rule needs them
        return drawn(self.n, picks)


def sums(series: Series, take: int, run: int = RUN) -> Sums:
    """The runs of a series of which a draw takes `take` slices."""
    top, bottom = run_sums(series.top, take, run), run_sums(series.bottom, take, run)
    n = None if series.n is None else run_sums(np.asarray(series.n, dtype=np.float64), take, run)
    most = max(float(np.abs(series.top).max(initial=0)), 1.0) * take
    return Sums(top, bottom, n, series.times, most * series.times, series.least)


def extremes(series: Series, unit: int) -> tuple[int, int]:
    """The lowest and highest figure, over `unit`, that any draw can have: that of slices lies between those of each."""
    held = np.asarray(series.bottom != 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = series.top.astype(np.float64) * (series.times * unit) / series.bottom
    known = found[held]
    return (int(np.floor(known.min())), int(np.ceil(known.max())) + 1) if known.size else (0, 0)


History = Mapping[str, Series]  # one figure each, by KPI@scope
