"""Random draws that several tables share: moments with a season and a week, yes or no on a logit scale, weighted picks."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.generic]
HOUR = np.timedelta64(3600, "s")
WEEKDAYS = (1.25, 1.1, 1.0, 1.0, 0.95, 0.45, 0.25)
EPOCH_WEEKDAY = 3  # 1 January 1970 was a Thursday


@dataclass(frozen=True)
class Span:
    """The days of the demo company's history, both ends included."""

    first: np.datetime64
    last: np.datetime64

    @property
    def days(self) -> int:
        """Number of days."""
        return int((self.last - self.first).astype(int)) + 1

    @property
    def end(self) -> np.datetime64:
        """The moment the last files were written: 20:00 UTC of the last day."""
        return self.last.astype("datetime64[s]") + 20 * HOUR

    def week(self, moments: Array) -> NDArray[np.int64]:
        """The week of each moment, counted from the first day, kept within the span."""
        days = (moments.astype("datetime64[D]") - self.first).astype(np.int64)
        return np.clip(days // 7, 0, (self.days - 1) // 7)


def span(last_day: date, weeks: int) -> Span:
    """That many weeks, the last of which ends on `last_day`."""
    last = np.datetime64(last_day, "D")
    return Span(last - (7 * weeks - 1), last)


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of one table: tables keep their draws when another one changes."""
    return np.random.default_rng([seed, *name.encode()])


def moments(rng: np.random.Generator, size: int, over: Span, winter: float = 0.25) -> NDArray[np.datetime64]:
    """Sorted UTC seconds between 07:00 and 19:00, more of them in winter and early in the week, growing 6% a year."""
    days = over.first + np.arange(over.days)
    number = days.astype(np.int64)
    weight = np.array(WEEKDAYS)[(number + EPOCH_WEEKDAY) % 7]
    weight = weight * (1 + winter * np.cos(2 * np.pi * (number % 365.25 - 15) / 365.25)) * 1.06 ** (np.arange(over.days) / 365)
    counts = rng.multinomial(size, weight / weight.sum())
    seconds = (7 + 12 * rng.beta(1.6, 2.0, size)) * 3600
    return np.sort(np.repeat(days.astype("datetime64[s]"), counts) + seconds.astype("timedelta64[s]"))


def yes(rng: np.random.Generator, logits: ArrayLike) -> NDArray[np.bool_]:
    """True with the probability whose logit is given."""
    values = np.asarray(logits)
    return rng.random(values.shape) < 1 / (1 + np.exp(-values))


def logit(share: ArrayLike, spread: float = 0.5) -> NDArray[np.float64]:
    """The logit whose share is `share` after normal effects of that spread (Zeger, Liang, Albert 1988)."""
    value = np.asarray(share, dtype=float)
    return np.log(value / (1 - value)) * np.sqrt(1 + 0.346 * spread**2)


def pick(rng: np.random.Generator, options: dict[str, float], size: int) -> Array:
    """Names with their weights, as an array of text."""
    weights = np.array(list(options.values()))
    return rng.choice(np.array(list(options)), size=size, p=weights / weights.sum())


def seconds(hours: ArrayLike) -> NDArray[np.timedelta64]:
    """Hours as whole seconds."""
    return np.rint(np.asarray(hours) * 3600).astype("timedelta64[s]")
