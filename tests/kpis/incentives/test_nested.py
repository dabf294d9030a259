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


def test_two_kpis_have_one_correlation_the_one_that_all_their_groups_tell() -> None:
    rng = np.random.default_rng(3)
    held = {}
    for at in "abcd":
        one = rng.normal(size=160)
        moved = {"k": one, "m": 0.6 * one + 0.8 * rng.normal(size=160), "o": one}
        groups = {name: grouped("day" if name == "o" else "customer", [each]) for name, each in moved.items()}
        held |= {f"{name}@department:{at}": Inside(((at, 300.0),), groups=groups[name]) for name in "kmo"}
        held |= {f"{name}@person:{at}": Inside(((at, 75.0),), True, groups[name]) for name in "kmo"}
    held["m@company"] = Inside(tuple((at, 300.0) for at in "abcd"))
    found = scores(held, rng, 40_000, {name: 0.1 for name in held if "person" in name})

    def correlation(one: str, other: str) -> float:
        return float(np.corrcoef(found[one], found[other])[0, 1])

    shared = correlation("k@department:a", "m@department:a")
    assert shared == pytest.approx(0.6, abs=0.06)
    for at in "abcd":
        assert correlation(f"k@department:{at}", f"m@department:{at}") == pytest.approx(shared, abs=0.02)
        assert correlation(f"k@person:{at}", f"m@person:{at}") == pytest.approx(shared, abs=0.02)
        assert correlation(f"k@department:{at}", "m@company") == pytest.approx(shared / 2, abs=0.08)
        assert correlation(f"k@person:{at}", f"o@person:{at}") == pytest.approx(0, abs=0.02)
    assert correlation("k@person:a", "m@person:b") == pytest.approx(0.1 * shared, abs=0.02)
    assert [each.std() for each in found.values()] == pytest.approx([1] * len(found), abs=0.1)


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
