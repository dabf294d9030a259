from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kpis.distributions import MILLION, Distributions, merge
from kpis.estimates import designed, inflated, rate
from kpis.intervals import fieller
from kpis.ratios import ratio

ANSWERS = st.lists(st.integers(0, 500), min_size=1, max_size=30)


def parts(above: list[int], below: list[int]) -> Distributions:
    """One ratio of the sums of two lists of values."""
    bucket, values = np.array([1] * len(above) + [0] * len(below)), np.array(above + below)
    n = np.full(len(values), MILLION)
    return Distributions(1, 0 * bucket, bucket, n, x=values * MILLION, xx=values**2 * MILLION)


def weighted(d: Distributions, weight: int = MILLION) -> Distributions:
    n = d.n.astype(object)
    return replace(d, w=n * weight, w2=n * weight**2, wx=d.x.astype(object) * weight)


def test_a_ratio_of_two_kpis_is_total_over_total_and_exact() -> None:
    found = ratio(parts([120, 80, 0], [1, 1, 1, 1]))
    assert found.value[0] == 50
    assert (found.numerator[0], found.denominator[0]) == (200 * MILLION, 4 * MILLION)
    assert found.n[0] == 4


def test_a_ratio_of_totals_has_fiellers_interval_of_compound_counts() -> None:
    above, below = [30, 50, 20] * 20, [2, 3] * 40
    found = ratio(parts(above, below))
    x, y = sum(above), sum(below)
    squares = sum(v * v for v in above) / y**2, sum(v * v for v in below) / y**2
    low, high = fieller(np.array([x / y]), *(np.array([each]) for each in squares), 1.959964)
    assert (found.low[0], found.high[0]) == pytest.approx((low[0], high[0]), rel=1e-6)
    assert found.method == "Fieller"


def test_no_complaint_in_a_hundred_orders_has_an_upper_end_only_where_the_numerator_counts() -> None:
    none = parts([], [1] * 100)
    counted, amounts = ratio(none, counted=True), ratio(none)
    assert (counted.value[0], counted.low[0]) == (0, 0)
    assert 0.03 < counted.high[0] < 0.045
    assert np.isnan(amounts.high[0])


def test_a_ratio_whose_denominator_may_be_nothing_has_no_end() -> None:
    found = ratio(parts([5, 5], [1, 1]))
    assert np.isnan([found.low[0], found.high[0]]).all()
    nothing = ratio(parts([5, 5], []))
    assert np.isnan([nothing.value[0], nothing.low[0]]).all()


@given(ANSWERS, ANSWERS, ANSWERS, ANSWERS)
def test_ratios_add_up_in_any_order(a, b, c, d) -> None:
    one, two = parts(a, b), parts(c, d)
    for counted in (True, False):
        joined, turned, whole = (
            ratio(each, counted=counted) for each in (merge(one, two), merge(two, one), parts(a + c, b + d))
        )
        for name in ("value", "low", "high", "variance", "effective_n"):
            found = [getattr(each, name)[0] for each in (joined, turned)]
            assert found == pytest.approx([getattr(whole, name)[0]] * 2, nan_ok=True)


@given(ANSWERS, ANSWERS)
def test_weights_of_one_change_no_ratio_and_weights_of_two_no_value(a, b) -> None:
    d = parts(a, b)
    for counted in (True, False):
        plain = ratio(d, counted=counted)
        for weight in (MILLION, 2 * MILLION):
            found = ratio(weighted(d, weight), counted=counted)
            for name in ("value", "low", "high", "effective_n", "variance"):
                assert getattr(found, name)[0] == pytest.approx(getattr(plain, name)[0], rel=1e-9, nan_ok=True)


def test_the_numerators_scale_is_the_ratios_scale() -> None:
    once, tenfold = (ratio(parts([k, 3 * k, 2 * k], [1] * 30), counted=True) for k in (1, 10))
    assert (tenfold.low[0], tenfold.high[0]) == pytest.approx((10 * once.low[0], 10 * once.high[0]))


def test_a_borrowed_design_stretches_both_arms_and_never_below_nothing() -> None:
    plain = ratio(parts([1] * 9, [1] * 60), counted=True)
    wider = inflated(plain, np.array([4.0]))
    times = 2 * stats.t.ppf(0.975, 19) / stats.norm.ppf(0.975)
    assert wider.high[0] - wider.value[0] == pytest.approx(times * (plain.high[0] - plain.value[0]))
    assert wider.low[0] >= 0
    assert wider.effective_n == plain.effective_n / 4
    assert inflated(plain, np.array([0.25])).effective_n == plain.n


def test_a_variance_over_clusters_stretches_the_arms_of_a_ratio_as_far_as_it_is_larger() -> None:
    plain = ratio(parts([1] * 9, [1] * 60), counted=True)
    found = designed(plain, 2.25 * plain.variance, 19)
    times = 1.5 * stats.t.ppf(0.975, 19) / stats.norm.ppf(0.975)
    assert found.high[0] - found.value[0] == pytest.approx(times * (plain.high[0] - plain.value[0]))
    none = ratio(parts([], [1] * 60), counted=True)
    assert designed(none, np.array([0.0]), 19).high[0] == none.high[0]


def test_a_weighted_rate_rests_on_the_events_counted() -> None:
    # 100 events at weight 1 and 20 at weight 3, each over 1,000: 160 over 4,000, as told by 120 / (2·10,000/16,000·…)
    n = np.array([1000, 1000]) * MILLION
    w = n.astype(object) * np.array([1, 3]) * MILLION
    w2 = w * np.array([1, 3]) * MILLION
    x = np.array([100, 20]) * MILLION
    wx = x.astype(object) * np.array([1, 3]) * MILLION
    found = rate(Distributions(1, np.array([0, 0]), np.array([0, 0]), n, w=w, w2=w2, x=x, wx=wx))
    assert found.value[0] == pytest.approx(0.04)
    design = 2000 * (1000 + 9000) / 4000**2
    assert found.effective_n[0] * found.value[0] == pytest.approx(120 / design)
