"""Ratios: of counts, of totals, weighted, and such whose two parts share their customers, as what is left of what they pay."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from kpis.clusters import GROUPS, clustered
from kpis.differences import Difference, difference
from kpis.distributions import Distributions, Floats, Ints, rolled_up
from kpis.estimates import Estimates, designed, inflated
from kpis.intervals import over
from kpis.ratios import ratio
from tests.prove import worlds

LEFT, OTHERS = 0.55, 400
SHAPES = ("alike", "exponential")
Told = Callable[[Distributions, Distributions], Estimates]
World = Callable[[np.random.Generator, int, int], tuple[Estimates, float]]


def per(p: float) -> World:
    """Events per case, both left to chance."""

    def world(rng: np.random.Generator, samples: int, n: int) -> tuple[Estimates, float]:
        above, below = rng.poisson(n * p, samples), np.maximum(rng.poisson(n, samples), 1)
        return ratio(worlds.parts(*(worlds.moments(k, k, k) for k in (above, below))), counted=True), p

    return world


def spent(shape: str) -> World:
    """A total of amounts of mean 1,000 per case, twice as many amounts as cases."""

    def world(rng: np.random.Generator, samples: int, n: int) -> tuple[Estimates, float]:
        k, below = rng.poisson(2 * n, samples), np.maximum(rng.poisson(n, samples), 1)
        most = int(k.max(initial=1))
        x = rng.exponential(1_000, (samples, most)) if shape == "exponential" else np.full((samples, most), 1_000.0)
        x *= np.arange(most) < k[:, None]
        above = worlds.moments(k, x.sum(axis=1), (x**2).sum(axis=1))
        return ratio(worlds.parts(above, worlds.moments(below, below, below))), 2_000.0

    return world


def per_by_weight(p: float) -> World:
    """Events per case, each event and each case with a weight of its own."""

    def world(rng: np.random.Generator, samples: int, n: int) -> tuple[Estimates, float]:
        counts = rng.poisson(n * p, samples), np.maximum(rng.poisson(n, samples), 1)
        return ratio(worlds.parts(*(weighed(rng, k, np.ones) for k in counts)), counted=True), p

    return world


def spent_by_weight(shape: str) -> World:
    """The same amounts, each with its weight."""

    def world(rng: np.random.Generator, samples: int, n: int) -> tuple[Estimates, float]:
        k, below = rng.poisson(2 * n, samples), np.maximum(rng.poisson(n, samples), 1)
        exponential = shape == "exponential"
        above = weighed(
            rng,
            k,
            (lambda size: rng.exponential(1_000, size)) if exponential else (lambda size: np.full(size, 1_000.0)),
        )
        return ratio(worlds.parts(above, weighed(rng, below, np.ones))), 2_000.0

    return world


def weighed(rng: np.random.Generator, k: Ints, values: Callable[[tuple[int, int]], Floats]) -> Distributions:
    """k values a sample, each with a lognormal weight."""
    size = (len(k), int(k.max(initial=1)))
    held = np.arange(size[1]) < k[:, None]
    x, w = values(size) * held, rng.lognormal(-0.125, 0.5, size) * held
    sums = {"w": worlds.exact(w.sum(axis=1), 12), "w2": worlds.exact((w**2).sum(axis=1), 18)}
    d = worlds.moments(k, x.sum(axis=1), (x**2).sum(axis=1))
    return replace(d, **sums, wx=worlds.exact((w * x).sum(axis=1), 12))


def drawn(rng: np.random.Generator, samples: int, customers: int) -> Distributions:
    """What is left over what so many customers pay, as cells sample·20 + group: sums that differ, shares 0.3 to 0.8."""
    size = (samples, customers)
    paid = np.rint(rng.lognormal(7, 0.8, size))
    left = np.rint(paid * rng.uniform(LEFT - 0.25, LEFT + 0.25, size))
    cell = (rng.integers(GROUPS, size=size) + GROUPS * np.arange(samples)[:, None]).ravel()

    def total(values: Floats) -> Distributions:
        sums = (np.bincount(cell, (values**power).ravel(), samples * GROUPS) for power in range(3))
        return worlds.moments(*sums)

    return worlds.parts(total(left), total(paid))


def whole(d: Distributions) -> Distributions:
    return rolled_up(d, np.arange(d.cells) // GROUPS, d.cells // GROUPS)


def effect(d: Distributions) -> Floats:
    """The design effect that 20 groups tell."""
    found: Floats = over(clustered(ratio(d)).variance, ratio(whole(d)).variance)
    return found


def by_groups(d: Distributions, others: Distributions) -> Estimates:
    """The program's way where replicates are held; what a group borrows from the company where they cannot speak."""
    jack = clustered(ratio(d))
    told = (jack.filled >= 10) & (jack.variance > 0)
    found = inflated(ratio(whole(d)), np.where(told, 1, effect(others)))
    return designed(found, np.where(told, jack.variance, np.nan), jack.df)


def borrowing(d: Distributions, others: Distributions) -> Estimates:
    """The program's way for a segment or a person: the company's effect."""
    return inflated(ratio(whole(d)), effect(others))


def world(told: Told) -> World:
    """n customers of a company of many more."""

    def left(rng: np.random.Generator, samples: int, n: int) -> tuple[Estimates, float]:
        return told(drawn(rng, samples, n), drawn(rng, samples, OTHERS)), LEFT

    return left


def both(told: Told) -> Callable[[np.random.Generator, int, int], tuple[Difference, float]]:
    """Two groups of customers of one company, alike."""

    def apart(rng: np.random.Generator, samples: int, n: int) -> tuple[Difference, float]:
        others = drawn(rng, samples, OTHERS)
        return difference(*(told(drawn(rng, samples, n), others) for _ in range(2))), 0.0

    return apart
