from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from kpis.buckets import EDGES, bounds, bucket_of, edges
from kpis.differences import difference
from kpis.distributions import MILLION, Distributions, counted, merge, rolled_up
from kpis.estimates import Estimates, mean, nps, quantile, rate, share

COLUMNS = ("cell", "bucket", "n", "w", "w2", "x", "wx", "xx")
MEASURES = (nps, share, lambda d: share(d, (4, 5)), mean)
ANSWERS = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 5_000_000)), min_size=1, max_size=40)


def answers(rows: list[tuple[int, int]], shares: list[list[int]] | None = None) -> Distributions:
    """Each answer with its weight in millionths, credited in shares to the cells 0, 1 and 2 (default: all to 0)."""
    shares = shares or [[MILLION, 0, 0]] * len(rows)
    parts = [(cell, b, s, w) for (b, w), row in zip(rows, shares, strict=True) for cell, s in enumerate(row) if s]
    cell, bucket, n, weight = (np.array(column, dtype=object) for column in zip(*parts, strict=True))
    moments = {"w": n * weight, "w2": n * weight**2, "x": n * bucket, "wx": n * weight * bucket, "xx": n * bucket**2}
    return Distributions(3, cell.astype(np.int64), bucket.astype(np.int64), n.astype(np.int64), **moments)


def same(a: Distributions, b: Distributions) -> bool:
    return a.cells == b.cells and all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in COLUMNS if getattr(a, name) is not None
    )


def identical(a: Estimates, b: Estimates) -> bool:
    names = ("value", "low", "high", "n", "effective_n", "variance", "numerator", "denominator")
    return all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=name[0] not in "nd") for name in names)


def credit_shares(count: int) -> st.SearchStrategy[list[list[int]]]:
    cuts = st.tuples(st.integers(0, MILLION), st.integers(0, MILLION)).map(sorted)
    return st.lists(cuts.map(lambda c: [c[0], c[1] - c[0], MILLION - c[1]]), min_size=count, max_size=count)


@given(ANSWERS, st.randoms())
def test_facts_add_up_however_the_rows_are_split_and_ordered(rows, random) -> None:
    whole = merge(answers(rows))
    shuffled = random.sample(rows, len(rows))
    cut = random.randint(0, len(rows))
    parts = [answers(part) for part in (shuffled[:cut], shuffled[cut:]) if part]
    assert same(merge(*parts), whole)


@given(ANSWERS, ANSWERS, ANSWERS)
def test_merging_is_associative_and_commutative(a, b, c) -> None:
    one, two, three = map(answers, (a, b, c))
    assert same(merge(merge(one, two), three), merge(one, merge(two, three)))
    assert same(merge(one, two), merge(two, one))


@given(st.data())
def test_credit_split_any_way_leaves_the_company_value_n_effective_n_and_interval_identical(data) -> None:
    rows = data.draw(ANSWERS)
    shares = data.draw(credit_shares(len(rows)))
    whole, split = answers(rows), rolled_up(answers(rows, shares), np.zeros(3, dtype=int), 3)
    for measure in MEASURES:
        for weighted in (True, False):
            bare = {} if weighted else {"w": None, "w2": None, "wx": None}
            assert identical(measure(replace(whole, **bare)), measure(replace(split, **bare)))


@given(ANSWERS)
def test_an_interval_holds_its_value_and_weights_of_one_change_nothing(rows) -> None:
    ones = answers([(bucket, MILLION) for bucket, _ in rows])
    bare = replace(ones, w=None, w2=None, wx=None)
    for measure in MEASURES:
        for found in (measure(answers(rows)), measure(bare)):
            ends = np.isfinite(found.low) & np.isfinite(found.high)
            assert np.all((found.low <= found.value)[ends] & (found.value <= found.high)[ends])
        plain, weighted = measure(bare), measure(ones)
        for name in ("value", "low", "high", "effective_n"):
            assert getattr(weighted, name)[0] == pytest.approx(getattr(plain, name)[0], rel=1e-9, abs=1e-9, nan_ok=True)


@given(ANSWERS, st.integers(0, 9))
def test_a_better_answer_never_lowers_a_score(rows, at) -> None:
    better = [(min(bucket + 1, 10) if i == at % len(rows) else bucket, w) for i, (bucket, w) in enumerate(rows)]
    for measure in (nps, mean, lambda d: share(d, (9, 10))):
        before, after = measure(answers(rows)).value[0], measure(answers(better)).value[0]
        assert not after < before - 1e-12


def test_sums_past_two_to_the_63_stay_exact() -> None:
    big = np.full(4, 2**62 + 1, dtype=np.int64)
    d = Distributions(1, np.zeros(4, dtype=int), np.zeros(4, dtype=int), big, x=big)
    assert merge(d).n.tolist() == [4 * (2**62 + 1)]
    assert rate(d).numerator.tolist() == [4 * (2**62 + 1)]


@given(ANSWERS)
def test_counts_past_int64_are_estimated_as_the_same_counts_within(rows) -> None:
    whole = replace(answers(rows), w=None, w2=None, wx=None)
    wide = replace(whole, n=whole.n.astype(object))
    for measure in (*MEASURES, rate):
        a, b = measure(whole), measure(wide)
        assert b.variance.dtype == float
        assert (a.value[0], a.low[0], a.high[0]) == pytest.approx((b.value[0], b.low[0], b.high[0]), nan_ok=True)


def test_sums_on_some_parts_only_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="with and without x"):
        merge(counted({1: 1}), replace(counted({1: 1}), x=np.array([5])))


def test_an_empty_cell_is_missing_and_not_zero() -> None:
    d = replace(counted({1: 5, 0: 5}), cells=3, cell=np.array([2, 2]))
    found = share(d)
    assert found.n.tolist() == [0, 0, 10]
    assert np.isnan(found.value[:2]).all()
    assert found.value[2] == 0.5


def test_a_share_has_wilsons_interval_or_the_adjusted_one_of_statsmodels() -> None:
    for ones, of in ((0, 10), (4, 5), (120, 200), (10, 10)):
        for kind, name in (("wilson", "wilson"), ("adjusted_wald", "agresti_coull"), ("wald", "normal")):
            found = share(counted({1: ones, 0: of - ones}), interval=kind)
            low, high = proportion_confint(ones, of, method=name)
            ends = (max(low, 0), min(high, 1))
            assert (found.low[0], found.high[0]) == pytest.approx(ends, abs=1e-12)


def test_a_mean_has_students_interval_from_buckets_from_squares_and_from_log_buckets() -> None:
    values = np.random.default_rng(1).lognormal(8, 1, 500).astype(np.int64)
    low, high = DescrStatsW(values).tconfint_mean()
    n = np.full(len(values), MILLION)
    at = np.zeros(len(values), dtype=int)
    rows = Distributions(1, at, bucket_of(values), n, x=values * MILLION)
    exact = mean(replace(rows, xx=values * values * MILLION))
    assert (exact.low[0], exact.high[0]) == pytest.approx((low, high), rel=1e-12)
    logarithmic = mean(rows)
    assert logarithmic.value[0] == pytest.approx(values.mean(), rel=1e-15)
    assert logarithmic.low[0] <= low
    assert (logarithmic.low[0], logarithmic.high[0]) == pytest.approx((low, high), rel=1e-3)
    small = counted({1: 14, 2: 9, 3: 10, 4: 32, 5: 42})
    ends = DescrStatsW(np.repeat([1, 2, 3, 4, 5], [14, 9, 10, 32, 42])).tconfint_mean()
    assert (mean(small).low[0], mean(small).high[0]) == pytest.approx(ends, rel=1e-12)


def test_one_answer_has_a_mean_without_an_interval() -> None:
    found = mean(counted({4: 1}))
    assert found.value[0] == 4
    assert np.isnan(found.low[0])


def test_weighted_variance_and_effective_n_are_those_of_the_definitions() -> None:
    rows = [(9, 2_000_000), (10, 500_000), (7, 1_000_000), (3, 1_500_000), (6, 250_000)]
    w = np.array([weight for _, weight in rows]) / MILLION
    score = np.array([1, 1, 0, -1, -1])
    theta = (w * score).sum() / w.sum()
    variance = (w**2 * (score - theta) ** 2).sum() / w.sum() ** 2
    effective = (w * (score - theta) ** 2).sum() / w.sum() / variance
    p, q = ((w * (score == side)).sum() / w.sum() * effective for side in (1, -1))
    p, q = (p + 0.75) / (effective + 3), (q + 0.75) / (effective + 3)
    half = stats.norm.ppf(0.975) * np.sqrt((p + q - (p - q) ** 2) / (effective + 3))
    found = nps(answers(rows))
    assert found.value[0] == pytest.approx(100 * theta)
    assert found.variance[0] == pytest.approx(10_000 * variance)
    assert found.effective_n[0] == pytest.approx(effective)
    assert (found.low[0], found.high[0]) == pytest.approx((100 * (p - q - half), 100 * (p - q + half)))


def test_a_rate_has_the_exact_poisson_interval() -> None:
    d = Distributions(
        2, np.array([0, 1]), np.array([0, 0]), np.array([200, 50]) * MILLION, x=np.array([7, 0]) * MILLION
    )
    found = rate(d)
    assert found.low.tolist() == pytest.approx([stats.chi2.ppf(0.025, 14) / 2 / 200, 0])
    assert found.high.tolist() == pytest.approx([stats.chi2.ppf(0.975, 16) / 2 / 200, stats.chi2.ppf(0.975, 2) / 100])
    assert (found.numerator[0], found.denominator[0]) == (7 * MILLION, 200 * MILLION)


def test_every_integer_lies_within_its_bucket_and_buckets_are_two_percent_wide() -> None:
    around = np.concatenate([EDGES[:-1], EDGES[:-1] + 1, [2**63 - 1]])
    values = np.concatenate([around, -around])
    least, most = bounds(bucket_of(values))
    assert np.all((least <= values) & (values <= most))
    real = np.unique(np.abs(bucket_of(values)))
    low, high = (edge[1:].astype(float) for edge in bounds(real))
    assert np.all((high - low) / (high + low) <= 0.02 + 1e-9)
    assert edges(100)[-2] < 100 <= edges(100)[-1]
    assert bucket_of(np.array([0, 1, -1, 2])).tolist() == [0, 1, -1, 19]


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=200), st.sampled_from([0.1, 0.5, 0.9]))
def test_a_quantile_is_within_two_percent_and_its_order_statistics_within_the_interval(values, q) -> None:
    found = quantile(counted(Counter(bucket_of(np.array(values)).tolist())), q)
    ordered = np.sort(values)
    n = len(values)
    true = ordered[int(np.ceil(round(q * n, 9))) - 1]
    assert found.value[0] == pytest.approx(true, rel=0.02 + 1e-9)
    first, last = int(stats.binom.ppf(0.025, n, q)), int(stats.binom.ppf(0.975, n, q)) + 1
    assert np.isnan(found.low[0]) if first < 1 else found.low[0] <= ordered[first - 1]
    assert np.isnan(found.high[0]) if last > n else found.high[0] >= ordered[last - 1]


def test_a_p90_of_ten_answers_has_no_upper_end() -> None:
    found = quantile(counted({100 + i: 1 for i in range(10)}), 0.9)
    assert np.isfinite(found.low[0])
    assert np.isnan(found.high[0])


def test_the_difference_of_two_shares_is_newcombes_with_the_pooled_test() -> None:
    found = difference(share(counted({1: 56, 0: 14})), share(counted({1: 48, 0: 32})))
    low, high = confint_proportions_2indep(56, 70, 48, 80, method="newcomb", compare="diff")
    assert (found.low[0], found.high[0]) == pytest.approx((low, high))
    assert found.p[0] == pytest.approx(proportions_ztest([56, 48], [70, 80])[1])


def test_the_difference_of_two_means_is_welchs() -> None:
    one, two = {1: 3, 4: 8, 5: 9}, {1: 12, 2: 7, 5: 4}
    left, right = (DescrStatsW(np.repeat(list(c), list(c.values()))) for c in (one, two))
    found = difference(mean(counted(one)), mean(counted(two)))
    ends = CompareMeans(left, right).tconfint_diff(usevar="unequal")
    assert (found.low[0], found.high[0]) == pytest.approx(ends)
    assert found.p[0] == pytest.approx(CompareMeans(left, right).ttest_ind(usevar="unequal")[1])


def test_the_difference_of_two_rates_has_the_exact_conditional_p_value() -> None:
    def events(k: int, exposure: int) -> Estimates:
        n, x = np.array([exposure]) * MILLION, np.array([k]) * MILLION
        return rate(Distributions(1, np.array([0]), np.array([0]), n, x=x))

    found = difference(events(30, 1000), events(12, 900))
    tails = stats.binom.sf(29, 42, 1000 / 1900), stats.binom.cdf(30, 42, 1000 / 1900)
    assert found.p[0] == pytest.approx(2 * min(tails))
    assert found.low[0] < found.value[0] < found.high[0]


def test_the_same_figure_differs_by_nothing_and_kinds_do_not_mix() -> None:
    score = nps(counted({10: 50, 8: 30, 2: 20}))
    found = difference(score, score)
    assert found.value[0] == 0
    assert found.p[0] == pytest.approx(1)
    assert found.low[0] == pytest.approx(-found.high[0])
    with pytest.raises(ValueError, match="two-sample form"):
        difference(score, mean(counted({1: 5, 2: 5})))


@pytest.mark.parametrize(
    ("measure", "chances", "true"),
    [
        (nps, {10: 0.5, 8: 0.3, 3: 0.2}, 30.0),
        (share, {1: 0.9, 0: 0.1}, 0.9),
        (mean, {1: 0.1, 3: 0.3, 5: 0.6}, 4.0),
    ],
)
def test_ninety_five_percent_intervals_cover_the_truth_about_that_often(measure, chances, true) -> None:
    rng = np.random.default_rng(20)
    for n in (20, 100):
        counts = rng.multinomial(n, list(chances.values()), size=5000)
        cell, row = np.nonzero(counts)
        found = measure(Distributions(5000, cell, np.array(list(chances))[row], counts[cell, row] * MILLION))
        assert 0.925 < np.mean((found.low <= true) & (true <= found.high)) < 0.985


def test_weighted_intervals_cover_the_truth_about_that_often() -> None:
    rng, samples, n = np.random.default_rng(5), 4000, 200
    bucket = rng.choice([10, 8, 3], p=[0.5, 0.3, 0.2], size=samples * n)
    weight = rng.lognormal(0, 0.6, size=samples * n)
    cell = np.repeat(np.arange(samples), n)
    ones = np.full(samples * n, MILLION)
    w, w2 = (weight * 1e12).astype(np.int64), (weight**2 * 1e12).astype(np.int64).astype(object) * MILLION
    found = nps(Distributions(samples, cell, bucket, ones, w=w, w2=w2))
    assert 0.94 < np.mean((found.low <= 30) & (found.high >= 30)) < 0.96
    assert found.effective_n.mean() == pytest.approx(n / np.exp(0.6**2), rel=0.05)


@settings(max_examples=20)
@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 400))
def test_more_answers_of_the_same_mix_narrow_the_interval(promoters, passives, detractors) -> None:
    once = nps(counted({10: promoters, 8: passives, 0: detractors}))
    twice = nps(counted({10: 2 * promoters, 8: 2 * passives, 0: 2 * detractors}))
    assert twice.value[0] == once.value[0]
    assert (twice.high - twice.low)[0] < (once.high - once.low)[0]
