"""Worlds whose truth is known: many samples at once, as the distributions the program would hold."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from kpis.buckets import EDGES
from kpis.distributions import MILLION, Distributions, Floats, Ints

DAY = 86_400
AGES = np.arange(1, 21) * DAY // 2  # cases opened on twenty half days


@dataclass(frozen=True)
class Durations:
    """Lognormal durations with median `median` seconds and shape `sigma`; truths are of the exact durations."""

    median: float = 20_000.0
    sigma: float = 1.0

    @property
    def law(self) -> stats.rv_continuous:
        return stats.lognorm(self.sigma, scale=self.median)

    def buckets(self) -> tuple[Ints, Floats]:
        """Log buckets from 1 on and the chance of each."""
        last = int(np.searchsorted(EDGES, self.median * np.exp(5 * self.sigma)))
        chance = np.diff(self.law.cdf(EDGES[: last + 1]))
        return np.arange(1, last + 1), chance / chance.sum()


def tallied(counts: Ints, buckets: Ints) -> Distributions:
    """Counts (samples, buckets) as one cell a sample."""
    cell, column = np.nonzero(counts)
    return Distributions(len(counts), cell, np.asarray(buckets)[column], counts[cell, column] * MILLION)


def drawn(rng: np.random.Generator, samples: int, n: int, chances: dict[int, float]) -> Distributions:
    """n independent answers a sample."""
    return tallied(rng.multinomial(n, list(chances.values()), size=samples), np.array(list(chances)))


def weighted(
    rng: np.random.Generator, samples: int, n: int, chances: dict[int, float], spread: float = 0.5
) -> Distributions:
    """The same with lognormal weights that know nothing of the answer (design effect exp(spread²))."""
    buckets, size = np.array(list(chances)), len(chances)
    row = rng.choice(size, p=list(chances.values()), size=(samples, n)) + np.arange(samples)[:, None] * size
    weight = rng.lognormal(-(spread**2) / 2, spread, size=(samples, n))
    n_, w, w2 = (np.bincount(row.ravel(), power.ravel(), samples * size) for power in (weight**0, weight, weight**2))
    at = np.flatnonzero(n_)
    scaled = {"w": exact(w[at], 12), "w2": exact(w2[at], 18)}
    return Distributions(samples, at // size, buckets[at % size], exact(n_[at], 6), **scaled)


def amounts(rng: np.random.Generator, samples: int, n: int, shape: str) -> Distributions:
    """n amounts a sample with mean 1,000, as their exact sum and squares."""
    size = (samples, n)
    laws = {
        "normal": lambda: rng.normal(1, 0.3, size),
        "lognormal": lambda: rng.lognormal(-0.125, 0.5, size),
        "exponential": lambda: rng.exponential(1, size),
    }
    x = 1_000 * laws[shape]()
    return moments(np.full(samples, n), x.sum(axis=1), (x**2).sum(axis=1))


def moments(n: Ints, x: Floats, xx: Floats | None = None) -> Distributions:
    """One row a sample: n observations, their sum and squares."""
    none = np.zeros(len(n), dtype=np.int64)
    return Distributions(
        len(n), np.arange(len(n)), none, exact(n, 6), x=exact(x, 6), xx=None if xx is None else exact(xx, 6)
    )


def parts(above: Distributions, below: Distributions) -> Distributions:
    """A ratio: the moments of its numerator (bucket 1) and denominator (bucket 0), one row each a sample."""
    bucket = np.repeat([1, 0], [len(above.cell), len(below.cell)])
    names = ("cell", "n", "x", "xx", *(("w", "w2", "wx") if above.w is not None else ()))
    columns = {name: np.concatenate([getattr(above, name), getattr(below, name)]) for name in names}
    return Distributions(above.cells, bucket=bucket, **columns)


def clustered(
    rng: np.random.Generator, samples: int, n: int, chances: dict[int, float], each: int = 5, alike: float = 0.2
) -> Distributions:
    """n answers of n / each customers, as cells sample·20 + group; design effect 1 + (each − 1)·alike.

    A customer repeats the answer of the one before with chance √alike to a common answer, which gives two of theirs the
    correlation `alike`.
    """
    customers, size = n // each, len(chances)
    p = list(chances.values())
    common = rng.choice(size, p=p, size=(samples, customers, 1))
    own = rng.choice(size, p=p, size=(samples, customers, each))
    answer = np.where(rng.random(own.shape) < np.sqrt(alike), common, own)
    group = rng.integers(20, size=(samples, customers, 1)) + 20 * np.arange(samples)[:, None, None]
    counts = np.bincount((group * size + answer).ravel(), minlength=samples * 20 * size)
    return tallied(counts.reshape(samples * 20, size), np.array(list(chances)))


def grouped_events(rng: np.random.Generator, samples: int, n: int, p: float) -> tuple[Floats, Floats]:
    """Events and cases of n / 5 customers with about five cases each, in (samples · 20) groups.

    Customers differ in how often events come (gamma), by so much that the design effect is 1.8.
    """
    size = (samples, n // 5)
    cases = rng.poisson(5, size)
    events = rng.poisson(cases * p * rng.gamma(6.25 * p, 1 / (6.25 * p), size))
    group = (rng.integers(20, size=size) + 20 * np.arange(samples)[:, None]).ravel()
    return tuple(np.bincount(group, part.ravel(), samples * 20) for part in (events, cases))


def running(rng: np.random.Generator, samples: int, n: int, law: Durations) -> tuple[Distributions, Ints]:
    """n cases a sample, opened evenly over twenty half days before the reading; some still run. With the rows' ages."""
    bucket, _ = law.buckets()
    ended = np.diff(law.law.cdf(np.minimum(EDGES[: len(bucket) + 1], AGES[:, None])), axis=1).mean(axis=0)
    still = law.law.sf(AGES) / len(AGES)
    chance = np.concatenate([ended, still])
    counts = rng.multinomial(n, chance / chance.sum(), size=samples)
    d = tallied(counts, np.concatenate([bucket, -1 - np.arange(len(AGES))]))
    return d, np.where(d.bucket < 0, AGES[np.maximum(-1 - d.bucket, 0) % len(AGES)], 0)


def exact(values: Floats, decimals: int) -> Ints:
    """Values as integers of 10^−decimals: Python integers where int64 could not hold them."""
    scaled = np.rint(np.asarray(values, dtype=float) * 10.0**decimals)
    if np.abs(scaled).sum() < 2**62:
        return scaled.astype(np.int64)
    return np.fromiter((int(value) for value in scaled), dtype=object, count=len(scaled))
