"""Kaplan and Meier's curve against published remissions and statsmodels."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from kpis.buckets import bucket_of
from kpis.distributions import MILLION, Distributions, merge
from kpis.survival import kaplan_meier, within

# Freireich et al., Blood 21 (1963): weeks in remission on 6-MP; Klein and Moeschberger (2003), table 4.1
TREATED = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35], [1] * 9 + [0] * 12
# Miller (1981), Survival Analysis: R's `aml`, chemotherapy maintained and not
MAINTAINED = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]
NOT_MAINTAINED = [5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]
CASES = st.lists(st.tuples(st.integers(1, 10**6), st.booleans()), min_size=3, max_size=60)


def cases(times: list[int], ended: list[int], cell: int = 0) -> tuple[Distributions, np.ndarray]:
    """Cases as facts hold them: a log bucket where they ended, an opening day of its own where they run on."""
    age, end = np.array(times), np.array(ended, dtype=bool)
    bucket = np.where(end, bucket_of(age), -1 - np.arange(len(age)))
    return Distributions(cell + 1, np.full(len(age), cell), bucket, np.full(len(age), MILLION)), age


@pytest.mark.parametrize(
    ("given", "q", "published"),
    [(TREATED, 0.5, (23, 13, None)), (MAINTAINED, 0.5, (31, 13, None)), (NOT_MAINTAINED, 0.5, (23, 5, 33))],
)
def test_a_median_and_its_ends_are_the_published_ones(given, q, published) -> None:
    # SAS LIFETEST and R survfit(conf.type = "log-log")
    found = kaplan_meier(*cases(*given), q)
    expected = [np.nan if end is None else end for end in published]
    assert [found.value[0], found.low[0], found.high[0]] == pytest.approx(expected, rel=0.04, nan_ok=True)


@pytest.mark.parametrize("given", [TREATED, MAINTAINED, NOT_MAINTAINED])
@pytest.mark.parametrize("q", [0.2, 0.25, 0.4, 0.5])
def test_quantiles_and_ends_are_those_of_statsmodels(given, q) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        curve = SurvfuncRight(*given)
        low, high = curve.quantile_ci(q, method="cloglog")
    found = kaplan_meier(*cases(*given), q)
    expected = [float(curve.quantile(q)), float(low), np.nan if np.isinf(high) else float(high)]
    assert [found.value[0], found.low[0], found.high[0]] == pytest.approx(expected, rel=0.04, nan_ok=True)


def test_where_too_few_have_ended_the_value_is_at_least_the_low_end() -> None:
    found = kaplan_meier(*cases(*TREATED), 0.75)
    assert np.isnan([found.value[0], found.high[0]]).all()
    assert found.low[0] == 23
    assert found.n[0] == 21


def test_where_nearly_all_still_run_the_quantile_lies_beyond_the_longest_time_seen() -> None:
    found = kaplan_meier(*cases([1, 1, 1, 1, 1, 1, *range(2, 22)], [1] * 6 + [0] * 20), 0.5)
    assert np.isnan([found.value[0], found.high[0]]).all()
    assert found.low[0] == 21
    assert np.isnan(kaplan_meier(*cases([5, 6, 7], [0, 0, 0]), 0.5).low[0])


def test_cases_that_all_ended_have_the_quantile_of_their_answers() -> None:
    times = list(range(1, 100))
    found = kaplan_meier(*cases(times, [1] * 99), 0.5)
    assert found.value[0] == pytest.approx(50, rel=0.02)
    assert found.low[0] < 50 < found.high[0]


def test_waiting_longer_moves_the_quantile_and_no_fact() -> None:
    d, ages = cases([10, 20, 30, 40, 5, 5, 5, 5], [1, 1, 1, 1, 0, 0, 0, 0])
    young, old = kaplan_meier(d, ages, 0.5), kaplan_meier(d, ages * 100, 0.5)
    assert young.value[0] < 25
    assert old.value[0] == pytest.approx(40, rel=0.02)


@given(CASES, CASES)
def test_cells_do_not_touch_each_other_and_rows_come_in_any_order(one, two) -> None:
    (a, ages), (b, others) = cases(*zip(*one, strict=True)), cases(*zip(*two, strict=True), cell=1)
    turned = {name: getattr(b, name)[::-1] for name in ("cell", "bucket", "n")}
    joined = Distributions(2, *(np.concatenate([turned[name], getattr(a, name)]) for name in ("cell", "bucket", "n")))
    both = kaplan_meier(joined, np.concatenate([others[::-1], ages]), 0.5)
    alone = [kaplan_meier(a, ages, 0.5), kaplan_meier(replace(b, cells=1, cell=0 * b.cell), others, 0.5)]
    for name in ("value", "low", "high", "n"):
        assert getattr(both, name).tolist() == pytest.approx([getattr(each, name)[0] for each in alone], nan_ok=True)


@given(CASES)
def test_weights_of_one_change_nothing_and_a_design_effect_only_widens(rows) -> None:
    d, ages = cases(*zip(*rows, strict=True))
    n = d.n.astype(object)
    weighted = kaplan_meier(replace(d, w=n * MILLION, w2=n * MILLION**2), ages, 0.5)
    plain, wider = kaplan_meier(d, ages, 0.5), kaplan_meier(d, ages, 0.5, design=np.array([2.0]))
    for name in ("value", "low", "high", "effective_n"):
        assert getattr(weighted, name)[0] == pytest.approx(getattr(plain, name)[0], nan_ok=True)
    assert wider.value[0] == pytest.approx(plain.value[0], nan_ok=True)
    assert not wider.low[0] > plain.low[0]
    assert not wider.high[0] < plain.high[0]


def test_a_case_counts_as_late_once_it_is_old_enough_to_tell_and_not_before() -> None:
    d, ages = cases([10, 20, 50, 60, 30, 80], [1, 1, 1, 1, 0, 0])
    found = within(d, ages, 40)
    assert (found.numerator[0], found.denominator[0]) == (2 * MILLION, 5 * MILLION)
    assert found.n[0] == 5
    assert found.method == "Wilson score"


def test_nothing_open_nothing_closed_is_missing() -> None:
    d, ages = cases([10], [1], cell=1)
    found = kaplan_meier(merge(d), ages, 0.5)
    assert np.isnan(found.value[0])
    assert found.value[1] == pytest.approx(10, rel=0.02)
