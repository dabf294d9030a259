"""The difference of two samples of one world, which is zero: plain, weighted and in clusters."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from kpis.differences import difference, quantile_difference
from kpis.estimates import Estimates, mean, nps, share
from tests.prove import ratios, worlds
from tests.prove.methods import (
    RATES,
    Durations,
    Interval,
    Method,
    Truth,
    World,
    counted,
    counted_by_weight,
    over_groups,
    promoted,
    quantiles,
    rated,
    shares,
)


def differences() -> list[Method]:
    """Two samples of one world."""
    free, weights, much, alike = worlds.drawn, worlds.weighted, partial(worlds.weighted, spread=0.8), worlds.clustered

    def inner(*of: Any) -> dict[str, World]:
        return {name: world for name, world in shares(*of).items() if name not in ("2%", "98%")}

    by_weight = {f"{p:g}": counted_by_weight(p, 0) for p in RATES[2:]}
    counts, weighted = ({f"{p:g}": per(p) for p in RATES[2:]} for per in (ratios.per, ratios.per_by_weight))
    return [
        Method("Difference of shares: Newcombe", twice(shares(free, share))),
        Method("Difference of shares, weighted: square and add", twice(inner(weights, share))),
        Method("Difference of shares, weights that vary much", twice(inner(much, share))),
        Method("Difference of shares, clustered: square and add", twice(inner(alike, over_groups(share)))),
        Method("Difference of NPS: adjusted Wald", twice(promoted(free, nps))),
        Method("Difference of NPS, weighted: square and add", twice(promoted(weights, nps))),
        Method("Difference of NPS, weights that vary much", twice(promoted(much, nps))),
        Method("Difference of means: Welch", twice(rated(free, mean))),
        Method("Difference of means, weighted: Welch", twice(rated(weights, mean))),
        Method("Difference of rates: square and add", twice({f"{p:g}": counted(p) for p in RATES[2:]})),
        Method("Difference of rates, weighted: square and add", twice(by_weight)),
        Method("Difference of ratios: square and add", twice(counts)),
        Method("Difference of ratios, weighted: square and add", twice(weighted)),
        Method("Difference of ratios, parts share customers, 20 groups", left(ratios.by_groups)),
        Method("Difference of ratios, parts share customers, borrowed", left(ratios.borrowing)),
        Method("Difference of quantiles: resampled", quantiles(both_last, 0.5, 0.9)),
        Method("Difference of quantiles, weighted: resampled", quantiles(both_last_by_weight, 0.5, 0.9)),
    ]


def left(told: ratios.Told) -> dict[str, World]:
    return {"left": ratios.both(told)}


def twice(of: Mapping[str, World]) -> dict[str, World]:
    return {name: both(world) for name, world in of.items()}


def both(world: World) -> World:
    """The difference of two samples of one world is zero."""

    def differing(rng: np.random.Generator, samples: int, n: int) -> tuple[Interval, Truth]:
        (a, _), (b, _) = world(rng, samples, n), world(rng, samples, n)
        assert isinstance(a, Estimates)
        assert isinstance(b, Estimates)
        return difference(a, b), 0.0

    return differing


def both_last(q: float) -> World:
    bucket, chance = Durations().buckets()

    def world(rng: np.random.Generator, samples: int, n: int) -> tuple[Interval, Truth]:
        a, b = (worlds.tallied(rng.multinomial(n, chance, size=samples), bucket) for _ in range(2))
        return quantile_difference(a, b, q, rng, draws=400), 0.0

    return world


def both_last_by_weight(q: float) -> World:
    bucket, chance = Durations().buckets()
    chances = dict(zip(bucket.tolist(), chance.tolist(), strict=True))

    def world(rng: np.random.Generator, samples: int, n: int) -> tuple[Interval, Truth]:
        a, b = (worlds.weighted(rng, samples, n, chances) for _ in range(2))
        return quantile_difference(a, b, q, rng, draws=400), 0.0

    return world
