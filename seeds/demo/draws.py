"""Random draws that several tables share, and how a table becomes a file: always the same bytes for the same seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray
from pyarrow import csv

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]
Texts = NDArray[np.str_]
WEEKDAYS = np.array((1.25, 1.1, 1.0, 1.0, 0.95, 0.4, 0.2))
THURSDAY = 3  # 1 January 1970
NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Span:
    """The days of the company's history, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    @property
    def end(self) -> np.datetime64:
        """20:00 UTC of the last day: what comes later has not happened."""
        return np.datetime64(self.last, "s") + np.timedelta64(20, "h")


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of one table: a table keeps its draws when another one changes."""
    return np.random.default_rng([seed, *name.encode()])


def moments(rng: np.random.Generator, size: int, over: Span, winter: float = 0.25) -> Times:
    """Sorted UTC seconds between 06:00 and 19:00: more in winter and early in the week, growing 6% a year."""
    days = np.datetime64(over.first) + np.arange(over.days)
    number = days.astype(np.int64)
    season = 1 + winter * np.cos(2 * np.pi * (number % 365.25 - 15) / 365.25)
    weight = WEEKDAYS[(number + THURSDAY) % 7] * season * 1.06 ** (np.arange(over.days) / 365)
    counts = rng.multinomial(size, weight / weight.sum())
    seconds = (6 + 13 * rng.beta(1.6, 2.0, size)) * 3600
    return np.sort(np.repeat(days.astype("datetime64[s]"), counts) + seconds.astype("timedelta64[s]"))


def day_of(moment: Times) -> Times:
    """The UTC day of each moment."""
    return moment.astype("datetime64[D]")


def since(moment: Times, day: date) -> Bools:
    """Which moments lie on or after a day."""
    return moment >= np.datetime64(day, "s")


def within(moment: Times, first: date, last: date) -> Bools:
    """Which moments lie between two days, both included."""
    return (day_of(moment) >= np.datetime64(first)) & (day_of(moment) <= np.datetime64(last))


def yes(rng: np.random.Generator, chance: ArrayLike) -> Bools:
    """One draw for each chance, which may lie a little outside 0 to 1."""
    chances = np.asarray(chance, dtype=np.float64)
    return rng.random(chances.shape) < chances


def pick(rng: np.random.Generator, size: int, weights: ArrayLike) -> Ints:
    """Numbers of items, by weight."""
    bounds = np.cumsum(np.asarray(weights, dtype=np.float64))
    found: Ints = np.searchsorted(bounds, rng.random(size) * bounds[-1], side="right").astype(np.int64)
    return found


def later(moment: Times, seconds: ArrayLike) -> Times:
    """Each moment, that many seconds later."""
    found: Times = moment + np.asarray(seconds).astype("timedelta64[s]")
    return found


def number(prefix: str, size: int, first: int = 1) -> Texts:
    """Running numbers as keys: R0000001 and on."""
    return np.char.mod(f"{prefix}%07d", np.arange(first, first + size))


def shown(where: Bools, values: NDArray[np.generic]) -> pa.Array:
    """The values as a column that is blank elsewhere."""
    return pa.array(values, mask=~where)


def write(file: Path, columns: Mapping[str, object]) -> Path:
    """Write a table as CSV and return the file; days that never come are blank."""
    arrays = {name: each if isinstance(each, pa.Array) else pa.array(each) for name, each in columns.items()}
    csv.write_csv(pa.table(arrays), file, csv.WriteOptions(quoting_style="none"))
    return file
