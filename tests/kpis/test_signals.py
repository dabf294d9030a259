import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from kpis.chance import benjamini_hochberg
from kpis.signals import (
    DEPARTMENT_RULES,
    Baseline,
    Signal,
    across_charts,
    baseline,
    chart,
    from_document,
    frozen,
    outgrown,
    signals,
    to_document,
)
from tests.prove import signals as proof

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
    assert np.mean(held) < np.mean(false) / 10


def test_a_residual_chart_follows_the_point_before_and_its_first_point_has_the_wider_limits() -> None:
    leaning = Baseline(points=20, mean=50.0, phi=0.6, moving_range=4.0, by_n=False)
    first, second = signals([60, 60], "higher", leaning)
    assert (first.mean, second.mean) == (50, 56)
    lean_unknown = 0.64 / 20 * (10 * 1.128 / 4) ** 2
    assert second.high == pytest.approx(56 + 2.66 * 4 * np.sqrt(1 + lean_unknown))
    assert first.high == pytest.approx(50 + 2.66 * 4 / 0.8)


def test_a_lean_fades_over_weeks_without_a_figure() -> None:
    leaning = Baseline(points=1000, mean=50.0, phi=0.6, moving_range=4.0, by_n=False)
    gap = signals([60, float("nan"), 60], "higher", leaning)[2]
    assert gap.mean == pytest.approx(50 + 0.36 * 10)
    assert gap.high - gap.mean == pytest.approx(2.66 * 4 * np.sqrt(1 + 0.36), rel=0.01)


def test_independent_weeks_signal_as_often_as_the_page_says_chance_does() -> None:
    weeks = drawn(0.0, charts=400)
    plain = [Baseline(20, w[:20].mean(), 0.0, np.abs(np.diff(w[:20])).mean(), by_n=False) for w in weeks]
    charts = [signals(w, "higher", base)[20:] for w, base in zip(weeks, plain, strict=True)]
    assert np.mean([p.rule > 0 for c in charts for p in c]) == pytest.approx(charts[0][0].chance, abs=0.005)
    alone = [p for w in weeks for p in signals(w, "higher", rules=DEPARTMENT_RULES)[20:]]
    assert np.mean([p.rule > 0 for p in alone]) == pytest.approx(alone[0].chance, abs=0.007)


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


def test_a_week_of_few_answers_gets_its_own_limits_even_where_n_was_steady_before() -> None:
    steady = baseline(0.7 + 0.01 * (np.arange(20) % 3), np.full(20, 400))
    assert not steady.by_n
    usual, few = signals([0.7, 0.7], "higher", steady, n=[380, 100])
    assert few.high - few.low == pytest.approx(2 * (usual.high - usual.low))


def test_a_baseline_comes_back_from_its_document() -> None:
    base = baseline(WEEKS)
    assert from_document(json.loads(json.dumps(to_document(base)))) == base
    with pytest.raises(TypeError):
        from_document({"mean": 4})


def test_a_restart_charts_each_point_against_its_own_baseline_and_ends_all_runs() -> None:
    higher = replace(USUAL, mean=70.0)
    found = chart([61] + [51] * 7 + [71] * 7, "higher", [(0, USUAL), (8, higher)])
    assert [point.mean for point in found] == [50] * 8 + [70] * 7
    assert [point.rule for point in found] == [1] + [0] * 6 + [2] + [0] * 7


def test_a_restart_without_twenty_points_waits_for_them_and_says_so() -> None:
    found = chart([50, 51, 70, float("nan"), 71], "higher", [(1, USUAL), (2, None)])
    reasons = ["Before the first baseline.", "Inside the usual range.", "2 of 20 points.", "No figure for this point."]
    assert [point.reason for point in found] == [*reasons, "2 of 20 points."]
    assert [point.chance > 0 for point in found] == [False, True, False, False, False]
    assert [point.reason for point in chart([50], "higher", [])] == ["Before the first baseline."]


def seasonal(years: int, noise: float = 0.5, seed: int = 4) -> np.ndarray:
    weeks = np.arange(52 * years)
    return 50 + 3 * np.sin(2 * np.pi * weeks / 52) + np.random.default_rng(seed).normal(0, noise, len(weeks))


def test_a_season_shows_after_a_year_and_weeks_are_then_held_against_the_same_week_a_year_before() -> None:
    weeks = seasonal(3)
    assert baseline(weeks[:60]).season == 0
    base = frozen(weeks)
    assert (base.season, base.points) == (52, 52)
    found = chart(weeks, "higher", [(0, base)])
    assert found[10].reason == "No figure a year before to compare with."
    assert found[120].mean == pytest.approx(weeks[120 - 52] + base.mean)
    assert np.mean([point.rule > 0 for point in found[104:]]) < 0.06
    moved = weeks + np.where(np.arange(len(weeks)) == 130, 6, 0)
    told = chart(moved, "higher", [(0, base)])[130]
    assert told.signal == "better"
    assert told.reason == "Outside the usual range. The range is that around the same week a year before."


def test_a_baseline_that_does_not_know_a_season_is_outgrown_when_history_shows_one() -> None:
    weeks = seasonal(2)
    early = baseline(weeks[:20])
    assert not outgrown(early, weeks[:60])
    assert outgrown(early, weeks)
    assert not outgrown(frozen(weeks), weeks)
    assert not outgrown(early, np.random.default_rng(1).normal(size=104))


def test_without_a_season_the_first_year_is_frozen_or_what_there_is_of_it() -> None:
    weeks = np.random.default_rng(2).normal(size=104)
    assert frozen(weeks) == baseline(weeks[:52])
    assert frozen(weeks[:30]) == baseline(weeks[:30])
    assert frozen(weeks[:19]) is None
    sparse = np.where(np.arange(104) % 4 == 0, weeks, np.nan)
    assert frozen(sparse) == baseline(sparse)


def test_a_lean_is_found_without_the_bias_of_short_series() -> None:
    weeks = drawn(0.6, charts=300)
    assert np.mean([baseline(w[:20]).phi for w in weeks]) == pytest.approx(0.6, abs=0.03)


def test_leaning_weeks_answer_to_runs_only_when_a_year_is_known() -> None:
    leaning = Baseline(points=20, mean=50.0, phi=0.4, moving_range=4.0, by_n=False)
    rising = 50 + np.arange(12) * 0.8
    assert {point.rule for point in signals(rising, "higher", leaning)} == {0}
    assert 2 in {point.rule for point in signals(rising, "higher", replace(leaning, points=52))}
    for_department = signals([50], "higher", leaning, rules=DEPARTMENT_RULES)[0]
    assert signals([50], "higher", leaning)[0].chance == for_department.chance > 0


def test_where_nothing_happens_the_number_told_is_right_or_high_and_far_fewer_than_a_plain_charts() -> None:
    told: list[str] = []
    found = proof.prove(0.1, told.append)
    assert found.passed, told
    assert len(told) == len(found.rows) == 14
    leaning = [row for row in found.rows if row["weeks"] == "lag-1 correlation 0.6"]
    assert all(row["ours"] < row["plain"] / 8 for row in leaning)
    assert all(row["ours sees"] > 0.35 for row in leaning)
    assert "| independent weeks | 20 weeks |" in found.page


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
