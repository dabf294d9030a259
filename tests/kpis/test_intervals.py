"""Intervals and differences against the values their sources published."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kpis import intervals
from kpis.differences import by_ends, detectable, difference, quantile_difference
from kpis.distributions import MILLION, Distributions, counted
from kpis.estimates import Estimates, designed, inflated, mean, nps, quantile, rate, share
from kpis.intervals import answers_to_close, ranks

MEASURES = (nps, share, mean)
COUNTS = st.dictionaries(st.integers(0, 10), st.integers(1, 200), min_size=2, max_size=11)


def yes(ones: int, of: int) -> Estimates:
    return share(counted({1: ones, 0: of - ones}))


def events(k: int, exposure: int) -> Estimates:
    n, x = np.array([exposure]) * MILLION, np.array([k]) * MILLION
    return rate(Distributions(1, np.array([0]), np.array([0]), n, x=x))


def ends(found: object) -> tuple[float, float]:
    return float(found.low[0]), float(found.high[0])


@pytest.mark.parametrize(
    ("ones", "of", "published"),
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_a_share_has_the_score_intervals_newcombe_published(ones, of, published) -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 857–872, table I, method 3
    assert ends(yes(ones, of)) == pytest.approx(published, abs=5e-5)


@pytest.mark.parametrize(
    ("a", "b", "published"),
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((6, 7), (2, 7), (0.0582, 0.8062)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((0, 10), (0, 20), (-0.1611, 0.2775)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
    ],
)
def test_the_difference_of_two_shares_has_the_intervals_newcombe_published(a, b, published) -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 873–890, table II, method 10
    assert ends(difference(yes(*a), yes(*b))) == pytest.approx(published, abs=5e-5)


@pytest.mark.parametrize(
    ("k", "low", "high"),
    [(0, 0, 3.689), (1, 0.02532, 5.572), (2, 0.2422, 7.225), (5, 1.623, 11.668), (10, 4.795, 18.39)],
)
def test_expected_events_have_garwoods_published_limits(k, low, high) -> None:
    # Garwood, Biometrika 28 (1936) 437–442
    assert ends(events(k, 1)) == pytest.approx((low, high), rel=5e-4)


def test_a_rate_has_the_interval_of_rs_poisson_test() -> None:
    # R: poisson.test(137, 24.19893), an example of its manual
    found = intervals.poisson(np.array([137.0]), 0.95)
    assert [float(end[0]) / 24.19893 for end in found] == pytest.approx([4.753125, 6.692709], abs=1e-6)


def test_the_difference_of_two_means_is_that_of_rs_sleep_data() -> None:
    # R: t.test(extra ~ group, data = sleep), an example of its manual (Student 1908); here in tenths of an hour
    one = Counter([7, -16, -2, -12, -1, 34, 37, 8, 0, 20])
    two = Counter([19, 8, 11, 1, -1, 44, 55, 16, 46, 34])
    found = difference(mean(counted(one)), mean(counted(two)))
    assert ends(found) == pytest.approx((-33.654832, 2.054832), abs=1e-5)
    assert found.p[0] == pytest.approx(0.07939, abs=5e-6)


@pytest.mark.parametrize(("n", "low", "high"), [(6, 1, 6), (10, 2, 9), (20, 6, 15), (30, 10, 21), (100, 40, 61)])
def test_a_median_lies_between_the_order_statistics_of_the_published_tables(n, low, high) -> None:
    # The sign test's table (Dixon and Mood 1946; Conover 1999, section 3.2)
    assert [rank.tolist() for rank in ranks(np.array([float(n)]), 0.5, 0.95)] == [[low], [high]]


@pytest.mark.parametrize("q", [0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])
def test_both_ends_of_a_quantile_close_from_the_told_number_of_answers_and_not_before(q) -> None:
    n = answers_to_close(q)
    closed = [np.isfinite(ends(quantile(counted({100 + i: 1 for i in range(of)}), q))).all() for of in (n - 1, n)]
    assert closed == [False, True]


def test_fiellers_ends_are_where_the_difference_from_the_ratio_is_just_told_from_zero() -> None:
    # Fieller, JRSS B 16 (1954) 175–185: the R that solve (x − R·y)² = z² (Var x + R² Var y)
    x, y, v, u, z = 40.0, 20.0, 16.0, 9.0, 1.96
    low, high = intervals.fieller(np.array([x / y]), np.array([v / y**2]), np.array([u / y**2]), z)
    for end in (low[0], high[0]):
        assert (x - end * y) ** 2 == pytest.approx(z**2 * (v + end**2 * u))
    open_end = intervals.fieller(np.array([2.0]), np.array([0.1]), np.array([0.3]), z)
    assert np.isnan(open_end).all()


def test_the_ratio_of_two_counts_has_the_odds_of_a_binomial_score_interval() -> None:
    low, high = intervals.ratio_of_counts(np.array([15.0]), np.array([60.0]), 1.959964)
    p = yes(15, 75)
    assert (low[0], high[0]) == pytest.approx((p.low[0] / (1 - p.low[0]), p.high[0] / (1 - p.high[0])), rel=1e-6)


def test_exact_intervals_hold_the_truth_at_least_95_times_in_a_hundred_by_their_own_arithmetic() -> None:
    k = np.arange(400)
    low, high = intervals.poisson(k.astype(float), 0.95)
    for expected in np.geomspace(0.05, 200, 300):
        assert stats.poisson.pmf(k[(low <= expected) & (expected <= high)], expected).sum() >= 0.95
    for n in (1, 10, 30, 36, 100, 1000):
        for q in (0.02, 0.1, 0.5, 0.75, 0.9, 0.98):
            first, last = (int(rank[0]) for rank in ranks(np.array([float(n)]), q, 0.95))
            assert stats.binom.cdf(last - 1, n, q) - stats.binom.cdf(first - 1, n, q) >= 0.95


@given(COUNTS, COUNTS)
def test_a_difference_turned_round_is_the_same_with_the_other_sign(one, two) -> None:
    for measure in MEASURES:
        a, b = measure(counted(one)), measure(counted(two))
        for found, turned in ((difference(a, b), difference(b, a)), (by_ends(a, b), by_ends(b, a))):
            assert (found.value[0], found.p[0]) == pytest.approx((-turned.value[0], turned.p[0]), nan_ok=True)
            assert ends(found) == pytest.approx((-turned.high[0], -turned.low[0]), abs=1e-9, nan_ok=True)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 1000), st.integers(1, 1000))
def test_the_difference_of_rates_is_symmetric_and_holds_its_value(k, other, exposure, over) -> None:
    a, b = events(k, exposure), events(other, over)
    found, turned = difference(a, b), difference(b, a)
    assert found.low[0] <= found.value[0] <= found.high[0]
    assert found.p[0] == pytest.approx(turned.p[0])
    assert 0 <= found.p[0] <= 1


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60))
def test_a_mirrored_scale_mirrors_the_interval(up, middle, down) -> None:
    one, other = nps(counted({10: up, 8: middle, 0: down})), nps(counted({10: down, 8: middle, 0: up}))
    assert ends(one) == pytest.approx((-other.high[0], -other.low[0]))
    assert ends(yes(up, up + down)) == pytest.approx(
        (1 - yes(down, up + down).high[0], 1 - yes(down, up + down).low[0])
    )


@given(st.integers(2, 40).flatmap(lambda k: st.tuples(st.just(k), st.integers(2, 5))))
def test_a_mean_grows_with_its_scale_and_so_do_its_ends(values) -> None:
    size, times = values
    counts = {1: 3, 2: size, 5: 7}
    once, grown = mean(counted(counts)), mean(counted({bucket * times: n for bucket, n in counts.items()}))
    assert (grown.value[0], *ends(grown)) == pytest.approx(tuple(times * v for v in (once.value[0], *ends(once))))


def test_a_variance_over_clusters_scales_n_by_what_it_says_and_widens_by_its_degrees_of_freedom() -> None:
    # Korn and Graubard, Survey Methodology 24 (1998) 193–201: n / design · (z/t)²
    plain = yes(60, 100)
    found = designed(plain, 1.8 * plain.variance, 19)
    n = 100 / 1.8
    trusted = n * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 19)) ** 2
    low, high = intervals.wilson(plain.value, np.array([trusted]), stats.norm.ppf(0.975))
    assert found.effective_n[0] == pytest.approx(n)
    assert ends(found) == pytest.approx((low[0], high[0]))
    average = mean(counted({1: 10, 3: 20, 5: 40}))
    half = stats.t.ppf(0.975, 19) * 0.2
    assert ends(designed(average, np.array([0.04]), 19)) == pytest.approx(
        (average.value[0] - half, average.value[0] + half)
    )


def test_a_variance_that_says_nothing_leaves_the_figure_as_it_was() -> None:
    for plain in (yes(10, 10), nps(counted({10: 5, 2: 5})), mean(counted({1: 5, 3: 5})), events(7, 100)):
        for unknown in (0.0, np.nan):
            assert ends(designed(plain, np.array([unknown]), 19)) == ends(plain)


def test_a_borrowed_design_effect_widens_even_where_every_answer_is_alike() -> None:
    for plain in (yes(10, 10), yes(3, 10), nps(counted({10: 10})), mean(counted({1: 5, 3: 5})), events(0, 100)):
        wider = inflated(plain, np.array([2.0]))
        assert wider.effective_n[0] == plain.effective_n[0] / 2
        assert wider.high[0] - wider.low[0] > plain.high[0] - plain.low[0]
    for measure in (yes(3, 10), mean(counted({1: 5, 3: 5})), events(4, 100)):
        assert ends(inflated(measure, np.array([1.0]))) == pytest.approx(ends(measure))


def test_a_quantile_takes_its_design_effect_when_it_is_estimated() -> None:
    d = counted({200 + i: 4 for i in range(50)})
    plain, wider = quantile(d, 0.5), quantile(d, 0.5, design=np.array([2.0]))
    assert wider.value[0] == plain.value[0]
    assert wider.effective_n[0] == 100
    assert wider.low[0] < plain.low[0] < plain.high[0] < wider.high[0]
    with pytest.raises(ValueError, match="design"):
        designed(plain, np.array([1.0]))


def test_figures_of_the_same_clusters_differ_by_what_their_covariance_leaves() -> None:
    a, b = (designed(yes(k, 100), np.array([0.004]), 19) for k in (70, 60))
    apart, together = difference(a, b), difference(a, b, covariance=np.array([0.003]))
    assert together.p[0] < apart.p[0]
    assert together.low[0] > apart.low[0]
    one, two = (designed(mean(counted({1: k, 2: 50})), np.array([0.004]), 19) for k in (20, 60))
    found = difference(one, two, covariance=np.array([0.003]))
    half = stats.t.ppf(0.975, 19) * np.sqrt(0.004 + 0.004 - 2 * 0.003)
    assert ends(found) == pytest.approx((found.value[0] - half, found.value[0] + half))


def test_a_group_of_twelve_where_all_said_yes_is_not_told_from_91_percent() -> None:
    # Once p = 4e-14 beside an interval from −0.15 to 0.10: the variance of a group of 100% was taken as zero.
    rest = yes(2718, 2984)
    found = difference(yes(12, 12), designed(rest, 1.3 * rest.variance, 19))
    assert found.low[0] < 0 < found.high[0]
    assert 0.3 < found.p[0] < 1


@pytest.mark.parametrize(("ones", "of"), [((40, 100), (60, 100)), ((4, 100), (12, 90)), ((500, 900), (480, 900))])
def test_the_p_value_from_the_ends_says_what_the_interval_says(ones, of) -> None:
    a, b = (designed(yes(*each), yes(*each).variance * 1.5, 19) for each in (ones, of))
    found = difference(a, b)
    assert (found.p[0] < 0.05) == (not found.low[0] <= 0 <= found.high[0])


def test_the_change_told_as_detectable_is_the_textbooks() -> None:
    # Cohen (1988): (1.96 + 0.84) · √(2 p (1−p) / n); Wilson's half-width is a little under 1.96 sd
    told = detectable(yes(740, 1000))[0]
    assert told == pytest.approx((1.96 + 0.8416) * np.sqrt(2 * 0.74 * 0.26 / 1000), rel=0.005)
    assert detectable(yes(740, 1000), power=0.9)[0] > told
    assert np.isnan(detectable(quantile(counted({100 + i: 1 for i in range(10)}), 0.9))[0])


def test_a_difference_of_quantiles_is_drawn_again_from_the_same_seed_and_open_where_one_of_them_is() -> None:
    slow = counted({150 + i: 3 for i in range(40)})
    quick = counted({100 + i: 3 for i in range(40)})
    found, again = (quantile_difference(slow, quick, 0.5, np.random.default_rng(4)) for _ in range(2))
    assert ends(found) == ends(again)
    assert found.value[0] == quantile(slow, 0.5).value[0] - quantile(quick, 0.5).value[0]
    assert found.p[0] < 0.01
    assert found.low[0] > 0
    same = quantile_difference(slow, slow, 0.5, np.random.default_rng(4))
    assert same.low[0] < 0 < same.high[0]
    assert same.p[0] > 0.5
    few = quantile_difference(counted({150: 5, 160: 5}), quick, 0.9, np.random.default_rng(4))
    assert np.isfinite(few.low[0])
    assert np.isnan(few.high[0])


def test_a_resampled_quantile_spreads_as_the_bootstrap_of_the_answers_does() -> None:
    rng = np.random.default_rng(6)
    buckets = np.sort(rng.integers(200, 260, size=200))
    d = counted(Counter(buckets.tolist()))
    medians = np.median(rng.choice(buckets, size=(4000, 200)), axis=1)
    spread = np.quantile(medians, 0.975) - np.quantile(medians, 0.025)
    found = quantile_difference(d, counted({0: 1_000_000}), 0.5, rng)
    in_buckets = (np.log(found.high[0]) - np.log(found.low[0])) / np.log(51 / 49)
    assert in_buckets == pytest.approx(spread, rel=0.25)


def test_an_empty_cell_differs_by_nothing_known() -> None:
    empty = Distributions(1, *(np.array([], dtype=np.int64) for _ in range(3)))
    found = quantile_difference(counted({100: 9}), empty, 0.5, np.random.default_rng(1))
    assert np.isnan([found.value[0], found.low[0], found.high[0], found.p[0]]).all()
    assert np.isnan(difference(yes(3, 9), share(empty)).value[0])
