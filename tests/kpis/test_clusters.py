import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kpis.clusters import GROUPS, Jackknife, clustered, covariance, design_effect, jackknife
from kpis.distributions import MILLION, Distributions, counted
from kpis.estimates import mean, nps, quantile, share
from tests.conftest import shared

GROUPED = st.lists(st.tuples(st.integers(-500, 500), st.integers(1, 400)), min_size=GROUPS, max_size=GROUPS)


def answers(group: np.ndarray, score: np.ndarray) -> Distributions:
    """One answer a row, in the cell of its group."""
    return Distributions(GROUPS, group, score, np.full(len(group), MILLION))


def one(numerator: list[int], denominator: list[int], scale: float = 1.0) -> Jackknife:
    return jackknife(np.array([numerator]), np.array([denominator]), scale)


def test_the_variance_is_that_of_the_figure_without_each_group_in_turn() -> None:
    rng = np.random.default_rng(1)
    top, bottom = rng.integers(10, 60, GROUPS), rng.integers(60, 90, GROUPS)
    without = np.array([np.delete(top, g).sum() / np.delete(bottom, g).sum() for g in range(GROUPS)])
    found = one(top.tolist(), bottom.tolist())
    assert found.value[0] == pytest.approx(top.sum() / bottom.sum())
    assert found.replicates[0] == pytest.approx(without)
    assert found.variance[0] == pytest.approx(19 / 20 * ((without - found.value[0]) ** 2).sum())
    assert found.df.tolist() == [19]


def test_of_groups_of_one_size_it_is_the_textbooks_variance_of_a_mean() -> None:
    means = np.random.default_rng(2).integers(0, 100, GROUPS)
    found = one(means.tolist(), [1] * GROUPS)
    assert found.variance[0] == pytest.approx(stats.sem(means) ** 2)


@given(GROUPED, st.integers(1, 10**14), st.floats(0.1, 1000))
def test_units_and_the_order_of_groups_change_nothing(rows, times, scale) -> None:
    top, bottom = (list(column) for column in zip(*rows, strict=True))
    found = one(top, bottom)
    wide = one([x * times for x in reversed(top)], [x * times for x in reversed(bottom)])
    assert wide.variance == pytest.approx(found.variance, rel=1e-6, abs=1e-12)
    assert one(top, bottom, scale).variance == pytest.approx(scale**2 * found.variance, rel=1e-6, abs=1e-9)


def test_it_is_right_on_average_for_few_clusters_as_well_as_for_many() -> None:
    rng, draws = np.random.default_rng(3), 4000
    for clusters in (12, 60, 600):
        each = rng.normal(0, 1000, size=(draws, clusters)).astype(np.int64)
        group = rng.integers(0, GROUPS, size=(draws, clusters))
        at = np.arange(draws)[:, None].repeat(clusters, axis=1)
        top, bottom = np.zeros((draws, GROUPS), dtype=np.int64), np.zeros((draws, GROUPS), dtype=np.int64)
        np.add.at(top, (at, group), each)
        np.add.at(bottom, (at, group), 1)
        found = jackknife(top, bottom)
        told = found.variance.mean() / found.value.var()
        assert told == pytest.approx(1, abs=0.06) or (clusters == 12 and 1 < told < 1.5)


def test_intervals_by_student_of_clustered_answers_cover_the_truth() -> None:
    rng, draws, clusters = np.random.default_rng(4), 3000, 200
    size = rng.integers(1, 12, size=(draws, clusters))
    top = rng.binomial(size, rng.beta(2, 1, size=(draws, clusters)))
    group = rng.integers(0, GROUPS, size=(draws, clusters))
    both = np.zeros((2, draws, GROUPS), dtype=np.int64)
    for moment, values in zip(both, (top, size), strict=True):
        np.add.at(moment, (np.arange(draws)[:, None], group), values)
    found = jackknife(*both)
    half = stats.t.ppf(0.975, found.df) * np.sqrt(found.variance)
    assert np.mean(np.abs(found.value - 2 / 3) < half) == pytest.approx(0.95, abs=0.012)
    simple = 2 / 9 / size.sum(axis=1)
    assert np.mean(np.abs(found.value - 2 / 3) < 1.96 * np.sqrt(simple)) < 0.85


@pytest.mark.parametrize(("measure", "chances"), [(share, (0.3, 0.7)), (nps, (0.2,) * 5), (mean, (0.1, 0.2, 0.7))])
def test_answers_that_are_their_own_clusters_have_a_design_effect_of_about_one(measure, chances) -> None:
    rng, ratios = np.random.default_rng(5), []
    for _ in range(300):
        score = rng.choice(len(chances), size=400, p=chances) + (6 if measure is nps else 0)
        group = rng.integers(0, GROUPS, size=400)
        simple = measure(counted(dict(zip(*np.unique(score, return_counts=True), strict=True))))
        found = clustered(measure(answers(group, score)))
        assert found.value == pytest.approx(simple.value)
        ratios.append(found.variance[0] / simple.variance[0])
    assert np.mean(ratios) == pytest.approx(1, abs=0.08)


def test_answers_given_m_times_over_have_a_design_effect_of_m() -> None:
    rng, ratios = np.random.default_rng(6), []
    for _ in range(300):
        score, group = rng.integers(0, 2, size=300), rng.integers(0, GROUPS, size=300)
        found = clustered(share(answers(group.repeat(5), score.repeat(5))))
        ratios.append(design_effect(found.variance, np.array([score.var() / 1500]))[0])
    assert np.mean(ratios) == pytest.approx(5, rel=0.08)
    assert design_effect(np.array([1.0, 2.0, np.nan]), np.array([4.0, 0.0, 1.0])) == pytest.approx(
        [1, np.nan, np.nan], nan_ok=True
    )


def test_figures_of_the_same_clusters_share_their_covariance() -> None:
    rng = np.random.default_rng(7)
    top, bottom = rng.integers(0, 50, size=(3, GROUPS)), rng.integers(50, 90, size=(3, GROUPS))
    found = jackknife(top, bottom)
    total = jackknife(top[:1] + top[1:2], bottom[:1])
    a, b = jackknife(top[:1], bottom[:1]), jackknife(top[1:2], bottom[:1])
    assert total.variance == pytest.approx(a.variance + b.variance + 2 * covariance(a, b))
    assert covariance(found, found) == pytest.approx(found.variance)


def test_empty_groups_change_nothing_and_a_single_group_cannot_speak() -> None:
    found = jackknife(
        np.array([[3] + [0] * 19, [3, 5] + [0] * 18, [0] * 20]), np.array([[9] + [0] * 19, [9, 8] + [0] * 18, [0] * 20])
    )
    assert found.filled.tolist() == [1, 2, 0]
    assert np.isnan(found.variance).tolist() == [True, False, True]
    assert np.isnan(found.df).tolist() == [True, False, True]
    assert found.replicates[1, 5] == found.value[1]


def test_a_quantile_is_no_ratio_of_sums() -> None:
    with pytest.raises(ValueError, match="quantile is no ratio"):
        clustered(quantile(counted({1: 3, 2: 4}), 0.5))


def olist_reviews() -> pd.DataFrame:
    """Reviews of the real orders: the seller (the first of an order) and whether 4 or 5 stars were given."""
    folder = shared("data", "olist_sample")
    sellers = pd.read_csv(folder / "olist_order_items_dataset.csv").drop_duplicates("order_id")[
        ["order_id", "seller_id"]
    ]
    reviews = pd.read_csv(folder / "olist_order_reviews_dataset.csv").merge(sellers, on="order_id")
    return reviews.assign(kept=(reviews.review_score >= 4).astype(int))[["seller_id", "kept"]]


def effect_of_sellers(reviews: pd.DataFrame, salt: str = "") -> float:
    """The design effect of the share of 4 and 5 stars, from 20 groups hashed from the seller."""
    names, at = np.unique(reviews.seller_id, return_inverse=True)
    groups = np.array([int(hashlib.md5((salt + name).encode()).hexdigest()[:3], 16) % GROUPS for name in names])
    simple = share(counted(dict(reviews.kept.value_counts())))
    found = clustered(share(answers(groups[at], reviews.kept.to_numpy())))
    assert found.value == pytest.approx(simple.value)
    return float(design_effect(found.variance, simple.variance)[0])


def test_reviews_of_one_seller_resemble_each_other_on_the_real_orders() -> None:
    """1.8 from all 1,601 sellers; 20 groups tell it within a third, and are right on average over their hashes."""
    reviews = olist_reviews()
    off = reviews.kept - reviews.kept.mean()
    of_seller = off.groupby(reviews.seller_id).agg(["sum", "size"])
    direct = (of_seller["sum"] ** 2).sum() / (off**2).sum()
    assert direct == pytest.approx(1.82, abs=0.01)
    assert np.mean([effect_of_sellers(reviews, str(salt)) for salt in range(40)]) == pytest.approx(direct, rel=0.1)
    low, high = (stats.chi2.ppf(tail, GROUPS - 1) / (GROUPS - 1) for tail in (0.025, 0.975))
    assert low < effect_of_sellers(reviews) / direct < high
    sizes, sums = of_seller["size"], of_seller["sum"]
    between = (sums**2 / sizes).sum() / (len(sizes) - 1)
    within = ((off**2).sum() - (sums**2 / sizes).sum()) / (len(off) - len(sizes))
    typical = (len(off) - (sizes**2).sum() / len(off)) / (len(sizes) - 1)
    assert (between - within) / (between + (typical - 1) * within) == pytest.approx(0.097, abs=0.002)
