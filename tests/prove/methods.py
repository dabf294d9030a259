"""Every interval the program uses, as a function from drawn samples of a known world to intervals and the truth."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from kpis import clusters
from kpis.differences import Difference
from kpis.distributions import Distributions, Floats, rolled_up
from kpis.estimates import Estimates, designed, inflated, mean, nps, quantile, rate, share
from kpis.ratios import ratio
from kpis.survival import kaplan_meier
from tests.prove import ratios, worlds
from tests.prove.worlds import Durations

SIZES = (10, 30, 100, 1_000)
SHARES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98)
NPS = {
    "50/30/20": (0.5, 0.3, 0.2),
    "20/30/50": (0.2, 0.3, 0.5),
    "70/20/10": (0.7, 0.2, 0.1),
    "90/10/0": (0.9, 0.1, 0),
    "98/2/0": (0.98, 0.02, 0),
    "2/0/98": (0.02, 0, 0.98),
    "50/0/50": (0.5, 0, 0.5),
    "90/0/10": (0.9, 0, 0.1),
}
RATINGS = {
    "even": (0.2, 0.2, 0.2, 0.2, 0.2),
    "usual": (0.05, 0.1, 0.2, 0.4, 0.25),
    "high": (0.02, 0.03, 0.1, 0.25, 0.6),
    "split": (0.3, 0.05, 0.05, 0.1, 0.5),
}
RATES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
EFFECT = 1 + 4 * 0.2

Interval = Estimates | Difference
Truth = float | Floats
World = Callable[[np.random.Generator, int, int], tuple[Interval, Truth]]


@dataclass(frozen=True)
class Method:
    """A method in several worlds. rule: 'approximate', 'exact', or 'for comparison', held to none."""

    name: str
    worlds: Mapping[str, World]
    rule: str = "approximate"
    sizes: tuple[int, ...] = SIZES


def yes(p: float) -> dict[int, float]:
    return {1: p, 0: 1 - p}


def scores(world: tuple[float, ...]) -> dict[int, float]:
    return dict(zip((10, 8, 3), world, strict=True))


def ratings(world: tuple[float, ...]) -> dict[int, float]:
    return dict(zip((1, 2, 3, 4, 5), world, strict=True))


Measure = Callable[[Distributions], Estimates]
Sample = Callable[[np.random.Generator, int, int, dict[int, float]], Distributions]


def answered(sample: Sample, measure: Measure, chances: dict[int, float], truth: float) -> World:
    """Answers drawn by `sample`, measured."""
    return lambda rng, samples, n: (measure(sample(rng, samples, n, chances)), truth)


def shares(sample: Sample, measure: Measure) -> dict[str, World]:
    return {f"{p:.0%}": answered(sample, measure, yes(p), p) for p in SHARES}


def promoted(sample: Sample, measure: Measure) -> dict[str, World]:
    return {name: answered(sample, measure, scores(w), 100 * (w[0] - w[2])) for name, w in NPS.items()}


def rated(sample: Sample, measure: Measure) -> dict[str, World]:
    return {n: answered(sample, measure, ratings(w), float(np.dot(w, (1, 2, 3, 4, 5)))) for n, w in RATINGS.items()}


def amount(shape: str) -> World:
    return lambda rng, samples, n: (mean(worlds.amounts(rng, samples, n, shape)), 1_000.0)


def counted(p: float) -> World:
    def world(rng: np.random.Generator, samples: int, n: int) -> tuple[Estimates, Truth]:
        return rate(worlds.moments(np.full(samples, n), rng.poisson(n * p, samples))), p

    return world


def counted_by_weight(p: float, slope: float) -> World:
    """Exposure in units of one, each with its weight and a rate p · weight^slope."""

    def world(rng: np.random.Generator, samples: int, n: int) -> tuple[Estimates, Truth]:
        w = rng.lognormal(-0.125, 0.5, size=(samples, n))
        events = rng.poisson(p * w**slope)
        d = worlds.moments(np.full(samples, n), events.sum(axis=1))
        made = {"w": worlds.exact(w.sum(axis=1), 12), "w2": worlds.exact((w**2).sum(axis=1), 18)}
        truth = p * (w ** (1 + slope)).sum(axis=1) / w.sum(axis=1)
        return rate(replace(d, **made, wx=worlds.exact((w * events).sum(axis=1), 12))), truth

    return world


def lasted(q: float) -> World:
    law = Durations()
    bucket, chance = law.buckets()

    def world(rng: np.random.Generator, samples: int, n: int) -> tuple[Estimates, Truth]:
        return quantile(worlds.tallied(rng.multinomial(n, chance, size=samples), bucket), q), float(law.law.ppf(q))

    return world


def lasted_by_weight(q: float) -> World:
    law = Durations()
    bucket, chance = law.buckets()
    chances = dict(zip(bucket.tolist(), chance.tolist(), strict=True))
    return answered(worlds.weighted, partial(quantile, q=q), chances, float(law.law.ppf(q)))


def runs(q: float) -> World:
    law = Durations(median=2.5 * worlds.DAY)

    def world(rng: np.random.Generator, samples: int, n: int) -> tuple[Estimates, Truth]:
        return kaplan_meier(*worlds.running(rng, samples, n, law), q), float(law.law.ppf(q))

    return world


def over_groups(measure: Measure) -> Measure:
    """The program's way with clusters: the jackknife of 20 groups, or a borrowed design effect where it cannot speak."""

    def measured(d: Distributions) -> Estimates:
        whole = measure(rolled_up(d, np.arange(d.cells) // clusters.GROUPS, d.cells // clusters.GROUPS))
        jack = clusters.clustered(measure(d))
        told = (jack.filled >= 10) & (jack.variance > 0)
        found = inflated(whole, np.where(told, 1, EFFECT))
        return designed(found, np.where(told, jack.variance, np.nan), jack.df)

    return measured


def apart(measure: Measure) -> Measure:
    """As if the answers of one customer were independent."""
    return lambda d: measure(rolled_up(d, np.arange(d.cells) // clusters.GROUPS, d.cells // clusters.GROUPS))


def by_customer(p: float, measure: Measure) -> World:
    """Events of customers who differ, over their cases: a rate, or a ratio where the cases are left to chance too."""

    def world(rng: np.random.Generator, samples: int, n: int) -> tuple[Estimates, Truth]:
        events, cases = worlds.grouped_events(rng, samples, n, p)
        if measure is rate:
            return over_groups(measure)(worlds.moments(cases, events)), p
        parts = worlds.parts(*(worlds.moments(k, k, k) for k in (events, cases)))
        return over_groups(measure)(parts), p

    return world


def lasted_by_customer(q: float) -> World:
    """Durations of five cases to a customer; the design effect is borrowed."""
    law = Durations()
    bucket, chance = law.buckets()
    chances = dict(zip(bucket.tolist(), chance.tolist(), strict=True))

    def measure(d: Distributions) -> Estimates:
        return apart(lambda whole: quantile(whole, q, design=np.full(whole.cells, EFFECT)))(d)

    return answered(worlds.clustered, measure, chances, float(law.law.ppf(q)))


def answers() -> list[Method]:
    """Shares, NPS and means: as they come, weighted, and several to a customer."""
    adjusted, much = partial(share, interval="adjusted_wald"), partial(worlds.weighted, spread=0.8)
    amounts = {shape: amount(shape) for shape in ("normal", "lognormal", "exponential")}
    free, weights, alike = worlds.drawn, worlds.weighted, worlds.clustered
    return [
        Method("Share: Wilson score", shares(free, share)),
        Method("Share: adjusted Wald", shares(free, adjusted)),
        Method("Share, weighted: Wilson score", shares(weights, share)),
        Method("Share, weights that vary much: Wilson score", shares(much, share)),
        Method("Share, clustered: Wilson score, 20 groups", shares(alike, over_groups(share))),
        Method("Share, clustered, taken as independent", shares(alike, apart(share)), "for comparison"),
        Method("NPS: adjusted Wald", promoted(free, nps)),
        Method("NPS, weighted: adjusted Wald", promoted(weights, nps)),
        Method("NPS, weights that vary much: adjusted Wald", promoted(much, nps)),
        Method("NPS, clustered: adjusted Wald, 20 groups", promoted(alike, over_groups(nps))),
        Method("Mean: Student's t", rated(free, mean) | amounts),
        Method("Mean, weighted: Student's t", rated(weights, mean)),
        Method("Mean, weights that vary much: Student's t", rated(much, mean)),
        Method("Mean, clustered: Student's t, 20 groups", rated(alike, over_groups(mean))),
    ]


def totals() -> list[Method]:
    """Rates, ratios and quantiles."""
    by_weight = {f"{p:g} × weight^{b:g}": counted_by_weight(p, b) for b in (0, 1, -1) for p in (0.05, 0.5)}

    def clustered(measure: Measure) -> dict[str, World]:
        return {f"{p:g}": by_customer(p, measure) for p in RATES[2:-1]}

    return [
        Method("Rate: exact Poisson", {f"{p:g}": counted(p) for p in RATES}, "exact"),
        Method("Rate, weighted: Poisson at the effective events", by_weight),
        Method("Rate, clustered: Poisson, 20 groups", clustered(rate)),
        Method("Ratio of counts: score", {f"{p:g}": ratios.per(p) for p in RATES}),
        Method("Ratio of counts, weighted: score", {f"{p:g}": ratios.per_by_weight(p) for p in RATES}),
        Method("Ratio of totals: Fieller", {shape: ratios.spent(shape) for shape in ratios.SHAPES}),
        Method("Ratio of totals, weighted: Fieller", {shape: ratios.spent_by_weight(shape) for shape in ratios.SHAPES}),
        Method("Ratio, clustered: score stretched, 20 groups", clustered(partial(ratio, counted=True))),
        Method("Ratio, parts share customers: Student's t, 20 groups", {"left": ratios.world(ratios.by_groups)}),
        Method("Ratio, parts share customers, effect borrowed", {"left": ratios.world(ratios.borrowing)}),
        Method("Quantile: order statistics", quantiles(lasted, 0.1, 0.5, 0.75, 0.9, 0.95), "exact"),
        Method("Quantile, weighted: order statistics", quantiles(lasted_by_weight, 0.5, 0.9), "exact"),
        Method("Quantile, clustered: order statistics", quantiles(lasted_by_customer, 0.5, 0.9), "exact"),
        Method("Quantile, some still run: Kaplan–Meier, log-log", quantiles(runs, 0.25, 0.5, 0.75)),
    ]


def quantiles(world: Callable[[float], World], *q: float) -> dict[str, World]:
    return {f"P{each * 100:.0f}": world(each) for each in q}
