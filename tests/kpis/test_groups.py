from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from kpis.differences import Difference, difference
from kpis.distributions import MILLION, Distributions, counted, merge, rolled_up
from kpis.estimates import nps, share
from kpis.groups import differing, holm, rest

P = st.lists(st.floats(0, 1), min_size=1, max_size=20)
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10), st.integers(1, 50)), min_size=1, max_size=30)


def rows(of: list[tuple[int, int, int]], cells: int) -> Distributions:
    cell, bucket, n = (np.array(column, dtype=np.int64) for column in zip(*of, strict=True))
    return merge(Distributions(cells, cell, bucket, n * MILLION, w=n * MILLION**2, w2=n.astype(object) * MILLION**3))


def shares(pairs: list[tuple[int, int]]) -> tuple[Distributions, Distributions]:
    """Groups of (ones, zeros) and their whole."""
    groups = rows(
        [(at, bucket, n) for at, pair in enumerate(pairs) for bucket, n in zip((1, 0), pair, strict=True)], len(pairs)
    )
    return groups, rolled_up(groups, np.zeros(len(pairs), dtype=np.int64), 1)


@given(P)
@settings(max_examples=20)  # statsmodels collects garbage at each call
def test_adjusted_p_values_are_holms(p) -> None:
    assert holm(p).tolist() == pytest.approx(multipletests(p, method="holm")[1].tolist())
    assert holm([*p, float("nan")]).tolist() == pytest.approx([*holm(p), float("nan")], nan_ok=True)


@given(P, st.integers(0, 19), st.floats(0, 1))
def test_a_smaller_p_never_raises_an_adjusted_one_and_none_falls_below_its_own(p, at, times) -> None:
    smaller = [value * times if i == at % len(p) else value for i, value in enumerate(p)]
    assert np.all(holm(smaller) <= holm(p) + 1e-12)
    assert np.all(holm(p) >= np.array(p))
    order = np.argsort(p)
    assert np.all(np.diff(holm(p)[order]) >= 0)


@given(ROWS)
def test_the_rest_is_the_whole_less_the_group_to_the_last_millionth(of) -> None:
    groups = rows(of, 4)
    whole = rolled_up(groups, np.zeros(4, dtype=np.int64), 1)
    found = rest(groups, whole)
    for group in range(4):
        others = [row for row in of if row[0] != group]
        assert Counter(
            {
                int(b): int(n)
                for b, n in zip(found.bucket[found.cell == group], found.n[found.cell == group], strict=True)
            }
        ) == Counter(
            {
                bucket: sum(row[2] for row in others if row[1] == bucket) * MILLION
                for bucket in {row[1] for row in others}
            }
        )
    both = merge(found, groups)
    assert all(np.array_equal(getattr(both, name), np.tile(getattr(whole, name), 4)) for name in ("n", "w", "w2"))


def test_of_a_whole_in_twenty_parts_each_part_is_less_its_own() -> None:
    groups = rows([(part + 20 * group, 1, group + 1) for group in range(3) for part in range(20)], 60)
    whole = rolled_up(groups, np.tile(np.arange(20), 3), 20)
    assert (rest(groups, whole).n // MILLION).tolist() == [5] * 20 + [4] * 20 + [3] * 20


def test_a_group_is_held_against_the_rest_and_not_against_a_total_that_holds_it() -> None:
    groups, whole = shares([(90, 10), (30, 70), (31, 69)])
    found = differing(difference(share(groups), share(rest(groups, whole))))
    alone = difference(share(counted({1: 90, 0: 10})), share(counted({1: 61, 0: 139})))
    assert found[0].p == pytest.approx(alone.p[0])
    assert [each.direction for each in found] == ["above", "below", "below"]
    assert [each.differs for each in found] == [True, True, True]
    assert found[1].adjusted == pytest.approx(2 * found[1].p)


def test_groups_that_are_alike_seldom_differ_however_many_stand_on_the_page() -> None:
    rng, pages = np.random.default_rng(1), 400
    wrong = 0
    for _ in range(pages):
        groups, whole = shares([(int(k), 200 - int(k)) for k in rng.binomial(200, 0.7, size=12)])
        wrong += any(each.differs for each in differing(difference(share(groups), share(rest(groups, whole)))))
    assert wrong / pages < 0.08


def test_a_group_without_answers_is_no_test_and_costs_the_others_nothing() -> None:
    groups, whole = shares([(90, 10), (30, 70)])
    wider = replace(groups, cells=3)
    found = differing(difference(share(wider), share(rest(wider, whole))))
    assert (found[2].direction, found[2].differs) == ("unknown", False)
    assert np.isnan(found[2].adjusted)
    assert found[0].adjusted == pytest.approx(2 * found[0].p)


def test_equal_groups_are_the_same() -> None:
    score = nps(rows([(0, 9, 5), (0, 2, 5), (1, 9, 5), (1, 2, 5)], 2))
    assert [each.direction for each in differing(difference(score, score))] == ["same", "same"]
    nothing = np.array([])
    assert differing(Difference(nothing, nothing, nothing, nothing)) == []
