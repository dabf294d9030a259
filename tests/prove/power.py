"""Whether a change of the size told as detectable is seen as often as told: four times in five."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kpis.differences import detectable, difference
from kpis.distributions import Distributions
from kpis.estimates import Estimates, mean, nps, rate, share
from tests.prove import worlds

LOW, HIGH = 0.75, 0.86
Sample = Callable[[np.random.Generator, int, int, float], Estimates]


@dataclass(frozen=True)
class Seen:
    """A figure at one value and n: the change told as detectable, and how often a change of that size was seen."""

    figure: str
    n: int
    change: float
    seen: float


def yes(rng: np.random.Generator, samples: int, n: int, p: float) -> Estimates:
    return share(worlds.drawn(rng, samples, n, {1: p, 0: 1 - p}))


def promoted(rng: np.random.Generator, samples: int, n: int, score: float) -> Estimates:
    """30% are passive."""
    up = (0.7 + score / 100) / 2
    return nps(worlds.drawn(rng, samples, n, {10: up, 8: 0.3, 3: 0.7 - up}))


def measured(rng: np.random.Generator, samples: int, n: int, middle: float) -> Estimates:
    x = rng.normal(middle, 20, size=(samples, n))
    return mean(worlds.moments(np.full(samples, n), x.sum(axis=1), (x**2).sum(axis=1)))


def events(rng: np.random.Generator, samples: int, n: int, p: float) -> Estimates:
    d: Distributions = worlds.moments(np.full(samples, n), rng.poisson(n * p, samples))
    return rate(d)


FIGURES: dict[str, tuple[Sample, float]] = {
    "Share of 74%": (yes, 0.74),
    "Share of 30%": (yes, 0.3),
    "NPS of 30": (promoted, 30.0),
    "Mean of 100, spread 20": (measured, 100.0),
    "Rate of 0.5": (events, 0.5),
}


def seen(draws: int) -> list[Seen]:
    """Two periods that lie the told change apart, evenly around the figure."""
    return [one(name, n, draws) for name in FIGURES for n in (100, 1_000)]


def one(name: str, n: int, draws: int) -> Seen:
    sample, value = FIGURES[name]
    rng = np.random.default_rng([n, len(name)])
    change = float(np.median(detectable(sample(rng, 500, n, value))))
    after, before = (sample(rng, draws, n, value + side * change / 2) for side in (1, -1))
    return Seen(name, n, change, float(np.mean(difference(after, before).p < 0.05)))


def kept(found: Sequence[Seen], draws: int) -> bool:
    slack = 3.3 * np.sqrt(0.8 * 0.2 / draws)
    return all(LOW - slack <= each.seen <= HIGH + slack for each in found)


def table(found: Sequence[Seen]) -> str:
    head = (
        "## The smallest change that would be seen\n\nBeside every figure stands the change between two periods of its n "
        "that would be called one four times in five.\nDrawn that far apart, two periods were told apart this often:\n\n"
        "| Figure | n | Change told | Seen |\n| --- | ---: | ---: | ---: |\n"
    )
    return head + "\n".join(f"| {s.figure} | {s.n:,} | {s.change:.3g} | {s.seen:.1%} |" for s in found) + "\n"
