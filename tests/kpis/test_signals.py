import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from kpis.signals import (
    DEPARTMENT_RULES,
    Baseline,
    Signal,
    across_charts,
    baseline,
    benjamini_hochberg,
    expected_by_chance,
    signals,
)

WEEKS = [10, 12, 9, 11, 13, 10, 8, 12, 11, 9, 10, 13, 9, 11, 12, 8, 11, 10, 12, 9]
USUAL = Baseline(points=20, mean=50.0, phi=0.0, moving_range=4.0, by_n=False)


def words(values: list[float], direction: str = "higher", **how: object) -> list[str]:
    return [signal.signal for signal in signals(values, direction, **how)]


def drawn(phi: float, charts: int, seed: int = 1) -> np.ndarray:
    """Charts of 104 weeks in which nothing happens, each week leaning on the one before it by phi."""
    noise = np.random.default_rng(seed).normal(size=(charts, 104))
    weeks = noise.copy()
    weeks[:, 0] /= np.sqrt(1 - phi**2)
    for week in range(1, 104):
        weeks[:, week] += phi * weeks[:, week - 1]
    return weeks


def test_a_baseline_is_the_mean_and_the_mean_moving_range_of_twenty_points() -> None:
    found = baseline(WEEKS)
    assert found == Baseline(20, np.mean(WEEKS), 0.0, np.abs(np.diff(WEEKS)).mean(), by_n=False)


def test_limits_are_two_point_six_six_moving_ranges_from_the_mean() -> None:
    point = signals([51], "higher", USUAL)[0]
    assert (point.low, point.mean, point.high) == (50 - 2.66 * 4, 50, 50 + 2.66 * 4)
    assert point.signal == "usual"


def test_a_point_outside_the_limits_is_a_signal_whose_word_follows_the_direction() -> None:
    assert words([61, 39], base=USUAL) == ["better", "worse"]
    assert words([61, 39], "lower", base=USUAL) == ["worse", "better"]


def test_eight_points_in_a_row_on_one_side_are_a_signal_at_the_eighth() -> None:
    found = signals([51] * 8 + [49], "higher", USUAL)
    assert [point.rule for point in found] == [0] * 7 + [2, 0]
    assert [point.rule for point in signals([51] * 8, "higher", USUAL, rules=DEPARTMENT_RULES)] == [0] * 8


def test_three_of_four_points_nearer_to_a_limit_than_to_the_mean_are_a_signal() -> None:
    found = signals([56, 50, 56, 56, 51], "higher", USUAL)
    assert [point.rule for point in found] == [0, 0, 0, 3, 0]
    assert {point.rule for point in signals([56, 44, 56, 44], "higher", USUAL)} == {0}


def test_below_twenty_points_there_is_not_enough_history() -> None:
    found = signals(WEEKS[:12], "higher")
    assert {point.signal for point in found} == {"not enough history"}
    assert found[0].reason == "12 of 20 points."


def test_a_series_that_never_varied_has_no_usual_range() -> None:
    assert signals([3.0] * 30, "higher")[0].reason == "The first 20 points did not vary."


def test_a_missing_week_has_no_signal_and_breaks_nothing() -> None:
    gap = [*WEEKS[:7], float("nan"), *WEEKS[7:], 30]
    found = signals(gap, "higher")
    assert found[7].reason == "No figure for this point."
    assert [found[-1]] == signals([*WEEKS, 30], "higher")[-1:]


def test_the_baseline_stays_frozen_when_the_level_moves() -> None:
    found = signals(WEEKS + [30] * 20, "higher")
    assert {point.signal for point in found[20:]} == {"better"}
    assert len({point.high for point in found}) == 1


def test_leaning_weeks_are_charted_as_residuals_and_signal_far_less_often() -> None:
    weeks = drawn(0.6, charts=150)
    assert baseline(weeks[0]).phi > 0.2
    plain = [Baseline(20, w[:20].mean(), 0.0, np.abs(np.diff(w[:20])).mean(), by_n=False) for w in weeks]
    false = [p.rule > 0 for w, base in zip(weeks, plain, strict=True) for p in signals(w, "higher", base)[20:]]
    held = [p.rule > 0 for w in weeks for p in signals(w, "higher")[20:]]
    assert np.mean(false) == pytest.approx(0.31, abs=0.05)
    assert np.mean(held) < np.mean(false) / 2.5


def test_a_residual_chart_follows_the_point_before_and_its_first_point_has_the_wider_limits() -> None:
    leaning = Baseline(points=20, mean=50.0, phi=0.6, moving_range=4.0, by_n=False)
    first, second = signals([60, 60], "higher", leaning)
    assert (first.mean, second.mean) == (50, 56)
    assert second.high == pytest.approx(56 + 2.66 * 4)
    assert first.high == pytest.approx(50 + 2.66 * 4 / 0.8)


def test_independent_weeks_signal_as_often_as_the_page_says_chance_does() -> None:
    weeks = drawn(0.0, charts=400)
    held = [p.rule > 0 for w in weeks for p in signals(w, "higher")[20:]]
    assert np.mean(held) == pytest.approx(expected_by_chance(1), abs=0.01)
    alone = [p.rule > 0 for w in weeks for p in signals(w, "higher", rules=DEPARTMENT_RULES)[20:]]
    assert np.mean(alone) == pytest.approx(expected_by_chance(1, DEPARTMENT_RULES), abs=0.005)
    assert expected_by_chance(40) == pytest.approx(40 * expected_by_chance(1))


def test_the_limits_of_a_share_follow_n_where_n_varies() -> None:
    rng = np.random.default_rng(3)
    n = np.tile([100, 400], 20)
    shares = rng.binomial(n, 0.7) / n
    base = baseline(shares[:20], n[:20])
    assert base.by_n
    assert base.mean == pytest.approx((shares * n)[:20].sum() / n[:20].sum())
    points = signals(shares, "higher", n=n)
    assert points[0].high - points[0].low == pytest.approx(2 * (points[1].high - points[1].low), rel=0.1)
    assert not baseline(shares[:20], np.full(20, 100)).by_n
    assert all(0 <= point.low <= point.high <= 1 for point in points)


@given(st.lists(st.floats(0, 1), min_size=0, max_size=30))
def test_the_false_discovery_rate_is_benjamini_and_hochbergs(p) -> None:
    expected = multipletests(p, 0.1, "fdr_bh")[0].tolist() if p else []
    assert benjamini_hochberg(p).tolist() == expected
    assert benjamini_hochberg([*p, float("nan")]).tolist() == [*expected, False]


def test_across_many_charts_a_faint_signal_is_usual_and_says_so() -> None:
    quiet = [signals([50 + i % 3], "higher", USUAL)[0] for i in range(38)]
    faint, strong = signals([61], "higher", USUAL)[0], signals([80], "higher", USUAL)[0]
    found = across_charts([*quiet, faint, strong])
    assert [point.signal for point in found[-2:]] == ["usual", "better"]
    assert found[-2].reason == "Would not stand out among 40 charts."
    assert found[:38] == quiet
    nothing: list[Signal] = []
    assert across_charts(nothing) == nothing


@given(st.lists(st.floats(-1e6, 1e6), min_size=20, max_size=60), st.sampled_from(["higher", "lower"]))
def test_turning_a_chart_upside_down_turns_its_words(values, direction) -> None:
    turned = {"better": "worse", "worse": "better"}
    found, mirrored = signals(values, direction), signals([-value for value in values], direction)
    assert [turned.get(a.signal, a.signal) for a in found] == [b.signal for b in mirrored]
    assert all(a.rule != 0 or a.signal in ("usual", "not enough history") for a in found)
