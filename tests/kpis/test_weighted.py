"""Weighted figures: what they may be told apart by, and how often their intervals hold the truth."""

import numpy as np
import pytest

from kpis.differences import Difference, difference
from kpis.distributions import Distributions
from kpis.estimates import Estimates, inflated, nps, share
from tests.prove import worlds

SAMPLES = 2_000


def drawn(seed: int, n: int, chances: dict[int, float], spread: float) -> Distributions:
    return worlds.weighted(np.random.default_rng([seed, n]), SAMPLES, n, chances, spread)


def alarms(found: Difference) -> float:
    return float(np.mean(found.p < 0.05))


def held(found: Estimates, truth: float) -> float:
    return float(np.mean(~(found.low > truth + 1e-9) & ~(found.high < truth - 1e-9)))


@pytest.mark.parametrize("spread", [0.5, 0.8])
@pytest.mark.parametrize("n", [30, 100])
def test_weighted_shares_of_one_world_are_told_apart_about_as_seldom_as_chance_allows(n: int, spread: float) -> None:
    for p in (0.05, 0.1, 0.2):
        found = difference(*(share(drawn(seed, n, {1: p, 0: 1 - p}, spread)) for seed in (1, 2)))
        assert alarms(found) < 0.065, (n, spread, p)


def test_the_p_value_of_a_weighted_difference_says_what_its_interval_says() -> None:
    found = difference(*(share(drawn(seed, 50, {1: 0.2, 0: 0.8}, 0.8)) for seed in (1, 2)))
    apart = (found.low > 0) | (found.high < 0)
    assert ((found.p < 0.05) == apart).all()


def test_weighted_scores_of_one_world_are_told_apart_about_as_seldom_as_chance_allows() -> None:
    for n in (10, 30, 100):
        found = difference(*(nps(drawn(seed, n, {10: 0.5, 8: 0.3, 3: 0.2}, 0.8)) for seed in (1, 2)))
        assert alarms(found) < 0.065, n


@pytest.mark.parametrize("spread", [0.5, 0.8])
def test_a_weighted_score_of_few_answers_holds_the_truth_as_often_as_it_says(spread: float) -> None:
    worlds_ = {30: (0.5, 0.3, 0.2), 60: (0.7, 0.2, 0.1), -30: (0.2, 0.3, 0.5), 80: (0.9, 0, 0.1)}
    for n in (10, 30, 100):
        told = [
            held(nps(drawn(3, n, dict(zip((10, 8, 3), world, strict=True)), spread)), truth)
            for truth, world in worlds_.items()
        ]
        assert 0.94 < np.mean(told) < 0.975, (n, told)


def test_an_interval_rests_on_the_smaller_of_the_effective_n_and_kishs_and_a_design_shrinks_both() -> None:
    lucky = Distributions(
        1,
        *(np.array(each) for each in ([0, 0], [0, 1], [9_000_000, 1_000_000])),
        w=np.array([9 * 10**12, 10**11]),
        w2=np.array([9 * 10**18, 10**16]),
    )  # one yes of weight 0.1
    found = share(lucky)
    kish = 9.1**2 / 9.01
    assert found.effective_n[0] > 50
    assert found.kish[0] == pytest.approx(kish)
    p, z = found.value[0], 1.959964
    assert found.high[0] == pytest.approx(
        (p + z**2 / 2 / kish + z * np.sqrt(p * (1 - p) / kish + z**2 / 4 / kish**2)) / (1 + z**2 / kish), rel=1e-5
    )
    assert inflated(found, np.array([2.0])).kish[0] == pytest.approx(kish / 2)
