"""Patterns in the data that a person should look at before money is paid. They say what was seen, and accuse nobody.

All compare counts with counts: z is the pooled two-sample statistic for shares, and 3.29 is passed by chance once in a
thousand. A pattern must also be large enough to matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atanh, sqrt

Z = 3.29
BOTH = 2.58  # of two statistics that must both pass it
POINTS = 0.10
TIMES = 2.0
LEAST = 20


@dataclass(frozen=True)
class Counted:
    """How many of how many, over a part of a period of that many days."""

    ones: float
    n: float
    days: int = 1

    @property
    def share(self) -> float:
        """The share, 0 of nothing."""
        return self.ones / self.n if self.n else 0.0


@dataclass(frozen=True)
class Signal:
    """A pattern: its kind, and the observed numbers in words."""

    kind: str
    told: str


def total(parts: Sequence[Counted]) -> Counted:
    """The parts as one."""
    return Counted(sum(each.ones for each in parts), sum(each.n for each in parts), sum(each.days for each in parts))


def z_of(a: Counted, b: Counted) -> float:
    """Pooled z of the difference of two shares, a − b; 0 where there is nothing to compare."""
    if not a.n or not b.n:
        return 0.0
    pooled = (a.ones + b.ones) / (a.n + b.n)
    spread = sqrt(pooled * (1 - pooled) * (1 / a.n + 1 / b.n))
    return (a.share - b.share) / spread if spread else 0.0


def burst_at_the_end(parts: Sequence[Counted], better: str, last_days: str) -> Signal | None:
    """The last days of the period are far better than the days before; parts are the period's slices in order."""
    if len(parts) < 2:
        return None
    last, before = parts[-1], total(parts[:-1])
    sign = 1 if better == "higher" else -1
    if min(last.n, before.n) < LEAST or sign * z_of(last, before) < Z or sign * (last.share - before.share) < POINTS:
        return None
    return Signal("period-end burst", f"{_of(last)} on {last_days}; {_percent(before)} of {before.n:,.0f} before")


def more_at_the_end(parts: Sequence[Counted], last_days: str) -> Signal | None:
    """Far more happens a day in the last days than before (counts as Poisson)."""
    if len(parts) < 2:
        return None
    last, before = parts[-1], total(parts[:-1])
    usual = before.n / before.days * last.days if before.days else 0.0
    if usual < LEAST or last.n < TIMES * usual or (last.n - usual) / sqrt(usual) < Z:
        return None
    return Signal("period-end burst", f"{last.n:,.0f} on {last_days}; {usual:,.0f} would be usual")


def reopened(parts: Sequence[Counted], last_days: str) -> Signal | None:
    """Of what was closed in the last days, far more was opened again than of what was closed before."""
    if len(parts) < 2:
        return None
    last, before = parts[-1], total(parts[:-1])
    if min(last.n, before.n) < LEAST or z_of(last, before) < Z or last.share < TIMES * before.share:
        return None
    told = f"{last.n:,.0f} cases closed on {last_days}, {last.ones:,.0f} opened again; {_percent(before)} before"
    return Signal("closed and reopened", told)


def left_out(now: Counted, usual: Counted) -> Signal | None:
    """Fewer of the customers who should be asked are asked than elsewhere or before."""
    if min(now.n, usual.n) < LEAST or z_of(now, usual) > -Z or usual.share - now.share < POINTS:
        return None
    return Signal("who is surveyed", f"{_of(now)} who should be asked were asked; {_percent(usual)} of the others")


def silence_for_score(weeks: Sequence[tuple[float, float]]) -> Signal | None:
    """The score is high when few answer: correlation of the changes of (response rate, score) from part to part.

    Changes, so that two slow drifts are no pattern. Fisher's z; neighbouring changes share a part, which widens it by √1.5.
    """
    k = len(weeks)
    if k < 8:
        return None
    rate, score = ([after - before for before, after in pairwise(each)] for each in zip(*weeks, strict=True))
    r = _correlation(rate, score)
    if abs(r) >= 1 or atanh(r) * sqrt((k - 4) / 1.5) > -Z:
        return None
    return Signal("response against score", f"the score rises as fewer answer: correlation {r:.2f} over {k} parts")


def heaping(
    counts: Mapping[int, float], at: int, what: str, elsewhere: Mapping[int, float] | None = None
) -> Signal | None:
    """Far more answers on one value than on either value beside it (counts as Poisson): a peak is not a heap.

    Held against `elsewhere`, where given: more on it than on the value below and than on the one above, both beyond chance and
    by `POINTS`. A group that is simply better has more above it too, and a worse one more below.
    """
    found, usual = counts.get(at, 0.0), max(counts.get(at - 1, 0.0), counts.get(at + 1, 0.0))
    if usual >= LEAST and found >= TIMES * usual and (found - usual) / sqrt(usual) >= Z:
        return Signal("heaping", f"{found:,.0f} answers are {what}; {usual:,.0f} at most on the values beside it")
    pairs = [(_against(counts, at, beside), _against(elsewhere or {}, at, beside)) for beside in (at - 1, at + 1)]
    if any(min(a.n, b.n) < LEAST or z_of(a, b) < BOTH or a.share - b.share < POINTS for a, b in pairs):
        return None
    told = " and ".join(f"{_of(a)} against {_percent(b)} elsewhere" for a, b in pairs)
    return Signal("heaping", f"of the answers {what} or one below, and {what} or one above, {told}")


def _against(counts: Mapping[int, float], at: int, beside: int) -> Counted:
    """How many of the answers on one value or another are on the first."""
    return Counted(counts.get(at, 0.0), counts.get(at, 0.0) + counts.get(beside, 0.0))


def _correlation(a: Sequence[float], b: Sequence[float]) -> float:
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    top = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    bottom = sqrt(sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b))
    return top / bottom if bottom else 0.0


def _percent(each: Counted) -> str:
    return f"{100 * each.share:.0f}%"


def _of(each: Counted) -> str:
    return f"{_percent(each)} of {each.n:,.0f}"
