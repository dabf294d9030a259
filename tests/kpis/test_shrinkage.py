import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from kpis.distributions import MILLION, Distributions
from kpis.estimates import mean, nps, quantile, rate, share
from kpis.shrinkage import Shrunken, of_classes, of_values, shrunken

# Efron and Morris (1975), table 1: hits in the first 45 at bats of 1970, and the average of the rest of the season.
HITS = np.array([18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7])
SEASON = np.array([346, 298, 276, 222, 273, 270, 263, 210, 269, 230, 264, 256, 303, 264, 226, 285, 316, 200]) / 1000
JAMES_STEIN = 0.265 + 0.212 * (HITS / 45 - 0.265)
ROWS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), min_size=4, max_size=12)


def grouped(counts: np.ndarray, buckets: list[int]) -> Distributions:
    """Whole answers (cells, buckets)."""
    cell, at = np.nonzero(counts)
    return Distributions(len(counts), cell, np.array(buckets)[at], counts[cell, at] * MILLION)


def two(ones: np.ndarray, n: np.ndarray) -> Shrunken:
    return of_classes(np.stack([1 - ones / n, ones / n], axis=1), np.array([0.0, 1.0]), n.astype(float))


def test_batting_averages_shrink_as_efron_and_morris_found_and_come_nearer_to_the_season() -> None:
    n = np.full(18, 45.0)
    averages = HITS / n
    for found in (two(HITS, n), of_values(averages, n, float(averages.mean() * (1 - averages.mean())))):
        assert found.value == pytest.approx(JAMES_STEIN, abs=0.004)
        assert found.borrowed == pytest.approx(0.788, abs=0.04)
        assert ((found.value - SEASON) ** 2).sum() < ((averages - SEASON) ** 2).sum() / 3
        assert np.mean((found.low <= SEASON) & (found.high >= SEASON)) > 0.9


def test_many_groups_give_the_beta_binomial_of_greatest_likelihood() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(5, 200, size=400)
    ones = rng.binomial(n, rng.beta(14, 6, size=400))

    def against(at: np.ndarray) -> float:
        a, b = np.exp(at)
        return -float(stats.betabinom.logpmf(ones, n, a, b).sum())

    a, b = np.exp(optimize.minimize(against, np.log([5.0, 5.0]), method="Nelder-Mead").x)
    found = two(ones, n)
    assert found.strength == pytest.approx(a + b, rel=0.1)
    assert found.value == pytest.approx((ones + a) / (n + a + b), abs=0.004)
    exact = stats.beta(ones + a, n - ones + b)
    assert found.low == pytest.approx(exact.ppf(0.025), abs=0.01)
    assert found.high == pytest.approx(exact.ppf(0.975), abs=0.01)


def test_an_nps_shrinks_on_its_three_classes_and_a_scale_on_all_of_its_own() -> None:
    rng = np.random.default_rng(2)
    n, true = rng.integers(5, 60, size=150), rng.dirichlet([4, 3, 1, 6, 8], size=150)
    counts = np.array([rng.multinomial(k, p) for k, p in zip(n, true, strict=True)])
    on_ten, on_five = grouped(counts, [2, 6, 8, 9, 10]), grouped(counts, [1, 2, 3, 4, 5])
    for found, first, truth in (
        (shrunken(nps(on_ten), on_ten), nps(on_ten), true @ [-100, -100, 0, 100, 100]),
        (shrunken(mean(on_five), on_five), mean(on_five), true @ [1, 2, 3, 4, 5]),
    ):
        assert ((found.value - truth) ** 2).mean() < ((first.value - truth) ** 2).mean() / 1.5
        assert np.mean((found.low <= truth) & (truth <= found.high)) == pytest.approx(0.95, abs=0.04)
    assert shrunken(mean(on_five), on_five).strength == pytest.approx(22, rel=0.4)


def test_rates_and_sums_shrink_by_the_normal_model() -> None:
    rng = np.random.default_rng(3)
    exposure, true = rng.integers(20, 400, size=100), rng.gamma(9, 0.02, size=100)
    events = rng.poisson(exposure * true)
    d = Distributions(100, np.arange(100), np.zeros(100, dtype=int), exposure * MILLION, x=events * MILLION)
    found, first = shrunken(rate(d), d), rate(d)
    assert ((found.value - true) ** 2).mean() < ((first.value - true) ** 2).mean() / 1.5
    assert np.mean((found.low <= true) & (true <= found.high)) == pytest.approx(0.95, abs=0.05)


def test_posterior_intervals_hold_the_truth_even_where_all_groups_are_alike() -> None:
    rng = np.random.default_rng(4)
    for strength in (10, 50, 1e6):
        held = []
        for _ in range(60):
            true, n = rng.beta(0.7 * strength, 0.3 * strength, size=20), rng.integers(3, 120, size=20)
            found = two(rng.binomial(n, true), n)
            held.append((found.low <= true) & (true <= found.high))
        assert np.mean(held) > 0.91


@given(ROWS)
@settings(max_examples=50)
def test_a_second_figure_lies_between_the_first_and_the_prior_and_more_answers_borrow_less(pairs) -> None:
    ones, zeros = (np.array(column) for column in zip(*pairs, strict=True))
    n = ones + zeros
    found, own = two(ones, n), ones / n
    assert np.all((found.borrowed >= 0) & (found.borrowed <= 1))
    assert np.all(np.diff(found.borrowed[np.argsort(n)]) <= 1e-12)
    assert found.value == pytest.approx((1 - found.borrowed) * own + found.borrowed * found.prior)
    assert np.all(
        (np.minimum(own, found.prior) - 1e-9 <= found.value) & (found.value <= np.maximum(own, found.prior) + 1e-9)
    )
    assert np.all((found.low <= found.value) & (found.value <= found.high))
    assert np.all((found.low >= 0) & (found.high <= 1))


@given(st.floats(1, 50), st.floats(-1000, 1000))
@settings(max_examples=25)
def test_units_change_nothing(times, shift) -> None:
    values, n = np.array([3.0, 5.0, 4.0, 9.0, 6.0]), np.array([5.0, 50.0, 20.0, 7.0, 90.0])
    found, other = of_values(values, n, 4.0), of_values(values * times + shift, n, 4.0 * times**2)
    assert other.value == pytest.approx(found.value * times + shift, rel=1e-6, abs=1e-6)
    assert other.borrowed == pytest.approx(found.borrowed)


def test_a_design_effect_makes_a_group_borrow_more() -> None:
    ones, n = np.array([30, 45, 20, 40, 33]), np.full(5, 50)
    plain = two(ones, n)
    clustered = of_classes(np.stack([1 - ones / n, ones / n], axis=1), np.array([0.0, 1.0]), n / 3)
    assert np.all(clustered.borrowed > plain.borrowed)


def test_a_group_without_answers_and_too_few_groups_have_no_second_figure() -> None:
    d = grouped(np.array([[5, 5], [0, 0], [9, 1], [4, 4], [7, 9]]), [0, 1])
    found = shrunken(share(d), d)
    assert np.isnan(found.value).tolist() == np.isnan(found.borrowed).tolist() == [False, True, False, False, False]
    few = grouped(np.array([[5, 5], [0, 0], [9, 1], [4, 4]]), [0, 1])
    assert np.isnan(shrunken(share(few), few).value).all()
    flat = grouped(np.full((5, 1), 8), [4])
    assert shrunken(mean(flat), flat).value == pytest.approx([4] * 5)
    with pytest.raises(ValueError, match="quantile"):
        shrunken(quantile(d, 0.5), d)
