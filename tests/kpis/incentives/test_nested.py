"""Figures that hold each other are drawn together."""

from dataclasses import replace

import numpy as np
import pytest

from kpis.incentives.chance import Belief, figures
from kpis.incentives.nested import Inside, grouped, in_order, scores
from tests.prove.nesting import together

WHOLE = (("a", 300.0), ("b", 100.0), ("", 100.0))
HELD = {
    "k@company": Inside(WHOLE),
    "k@department:a": Inside(WHOLE[:1]),
    "k@joint:a+b": Inside(WHOLE[:2]),
    "k@department:b": Inside(WHOLE[1:2]),
    "k@person:p": Inside((("a", 150.0),), True),
    "k@person:q": Inside((("a", 150.0),), True),
}


def test_two_figures_are_correlated_by_the_answers_that_both_count() -> None:
    found = scores(HELD, np.random.default_rng(1), 40_000)
    matrix = np.corrcoef(np.stack([found[name] for name in HELD]))
    expected = {
        (0, 1): (300 / 500) ** 0.5,
        (0, 2): 0.8**0.5,
        (1, 2): 0.75**0.5,
        (1, 3): 0.0,
        (1, 4): 0.5**0.5,
        (0, 5): 0.3**0.5,
        (4, 5): 0.0,
    }
    for (one, other), value in expected.items():
        assert matrix[one, other] == pytest.approx(value, abs=0.02), (one, other)


def test_a_department_whose_people_are_all_of_it_is_what_they_are() -> None:
    found = scores(HELD, np.random.default_rng(2), 1_000)
    assert found["k@department:a"] == pytest.approx((found["k@person:p"] + found["k@person:q"]) / 2**0.5)


def test_different_kpis_are_correlated_as_their_groups_are_and_people_as_their_departments() -> None:
    rng = np.random.default_rng(3)
    one = rng.normal(size=160)
    moved = {"k": one, "m": 0.6 * one + 0.8 * rng.normal(size=160), "o": rng.normal(size=160)}
    groups = {name: grouped("day" if name == "o" else "customer", [each]) for name, each in moved.items()}
    held = {f"{name}@department:a": Inside((("a", 300.0),), groups=groups[name]) for name in "kmo"}
    held |= {f"{name}@person:p": Inside((("a", 75.0),), True, groups[name]) for name in "kmo"}
    found = scores(held, rng, 40_000, {f"{name}@person:p": 0.1 for name in "kmo"})
    matrix = np.corrcoef(np.stack([found[name] for name in held]))
    shared = float(groups["k"].moved @ groups["m"].moved)
    assert shared == pytest.approx(0.6, abs=0.15)
    assert matrix[0, 1] == pytest.approx(shared, abs=0.02)
    assert matrix[3, 4] == pytest.approx(shared, abs=0.04)
    assert [matrix[0, 2], matrix[3, 5]] == pytest.approx([0, 0], abs=0.02)
    assert matrix[0, 3] == pytest.approx((0.9 * 0.25) ** 0.5 + 0.02, abs=0.06)
    assert [each.var() for each in found.values()] == pytest.approx([1] * 6, abs=0.04)


def test_what_people_borrow_from_their_level_is_an_error_they_share() -> None:
    held = {f"k@person:{each}": Inside((("a", 10.0),), True) for each in "pqrs"} | {
        "k@company": Inside((("a", 1_000.0),))
    }
    found = scores(held, np.random.default_rng(4), 40_000, {f"k@person:{each}": 0.3 for each in "pqrs"})
    assert np.corrcoef(found["k@person:p"], found["k@person:q"])[0, 1] == pytest.approx(0.3, abs=0.02)


def test_putting_draws_in_order_changes_none_of_them() -> None:
    values, score = np.array([3.0, 1.0, 2.0]), np.array([0.2, -1.0, 9.0])
    assert in_order(values, score).tolist() == [2.0, 1.0, 3.0]


def test_figures_keep_their_own_draws_and_other_kpis_are_drawn_apart() -> None:
    alone = Belief("share", 74, 1, 400, 74 * 26, 0, 100, 400)
    apart = {"k@company": alone, "k@department:a": alone, "m@company": alone}
    joined = {name: replace(each, inside=HELD.get(name, Inside(WHOLE))) for name, each in apart.items()}
    one, other = (figures(each, np.random.default_rng(5), 500) for each in (apart, joined))
    for name in apart:
        assert sorted(one[name].top.ravel()) == sorted(other[name].top.ravel())
    assert one["m@company"].top.tolist() == other["m@company"].top.tolist()
    assert np.corrcoef(other["k@company"].top.ravel(), other["k@department:a"].top.ravel())[0, 1] > 0.6


def test_a_range_over_people_their_department_and_the_company_holds_what_they_are_paid_next() -> None:
    apart, whole = together(0.06)
    assert whole.share >= 0.95 - 3.3 * whole.error
    assert whole.share > apart.share
