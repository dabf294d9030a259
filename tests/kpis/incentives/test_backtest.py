"""A plan over past periods: who fares how, told only where enough people stand behind it."""

import numpy as np
import pytest

from kpis.incentives.backtest import Would, against_rest, answer, backtest, stability
from kpis.incentives.plan import parse
from tests.kpis.incentives.test_simulate import PLAN

PERIODS = tuple(f"2026-Q{at}" for at in (1, 2, 3, 4))


def drawn(
    rng: np.random.Generator, people: int, shift: float = 0.0, part: int = 20, own: float = 6.0, noise: float = 8.0
) -> list[Would]:
    """Payouts of people with a level of their own; the first `part` work part-time and are paid `shift` points more."""
    level = rng.normal(100, own, people)
    level[:part] += shift
    return [
        Would(
            period,
            f"p{at}",
            round(1_000 * (level[at] + rng.normal(0, noise))),
            100_000.0,
            frozenset({"part-time"} if at < part else ()),
        )
        for period in PERIODS
        for at in range(people)
    ]


def test_the_three_answers_are_alike_differ_and_cannot_tell() -> None:
    assert answer(1.0, 1.0, 60) == "alike"
    assert answer(9.0, 2.0, 60) == "differ"
    assert answer(3.0, 4.0, 60) == "cannot tell"
    assert answer(2.5, 1.0, 60) == "alike"  # other than nothing, and yet within five points


def test_groups_that_are_alike_are_called_so_and_ones_that_differ_seldom() -> None:
    rng = np.random.default_rng(1)
    same = [against_rest("part-time", drawn(rng, 200, part=100)).answer for _ in range(100)]
    far = [against_rest("part-time", drawn(rng, 200, 5.0, part=100)).answer for _ in range(200)]
    assert same.count("alike") >= 90
    assert far.count("alike") <= 200 * (0.05 + 3 * np.sqrt(0.05 * 0.95 / 200))
    clear = against_rest("part-time", drawn(rng, 300, -12.0, part=150))
    assert clear.answer == "differ"
    assert clear.difference == pytest.approx(-12, abs=3)


def test_the_interval_of_a_group_knows_that_people_come_back() -> None:
    rng, held = np.random.default_rng(2), 0
    for _ in range(200):
        found = against_rest("part-time", drawn(rng, 60, part=30, own=12.0, noise=2.0))
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 100 <= found.high
    assert held / 200 >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 200)


def test_a_group_below_ten_is_not_shown_and_neither_is_the_rest_that_would_tell_it() -> None:
    rng = np.random.default_rng(3)
    few, rest = (against_rest("part-time", drawn(rng, 40, part=part)) for part in (9, 31))
    assert few.note == "not shown, n below 10"
    assert rest.note.startswith("not shown, n below 10 in the rest")
    for each in (few, rest):
        assert {each.people, each.rest, each.pays, each.rest_pays, each.difference, each.low} == {None}


def test_the_variance_split_and_the_ranks_are_those_that_were_planted() -> None:
    found = stability(drawn(np.random.default_rng(4), 2_000, part=0, own=6.0, noise=8.0), PERIODS)
    assert found.between == pytest.approx(0.36, abs=0.03)
    assert found.rank == pytest.approx(0.345, abs=0.04)  # 6/π · asin(0.36/2)
    assert stability(drawn(np.random.default_rng(4), 9, part=0), PERIODS).rank is None


def test_who_has_no_result_is_kept_with_the_reason_and_counts_in_no_comparison() -> None:
    would = [
        *drawn(np.random.default_rng(5), 30),
        Would("2026-Q1", "q", 0, 100_000.0, frozenset({"part-time"}), "no figure"),
    ]
    found = backtest(parse(PLAN), would, ["part-time", "leave"])
    assert found.periods == PERIODS
    assert found.groups[0].people == 20
    assert found.groups[1].answer == "not shown"
    assert found.costs()["2026-Q1"] == sum(each.payout for each in would if each.period == "2026-Q1")
