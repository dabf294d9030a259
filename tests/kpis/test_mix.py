from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.mix import Part, Ratio, margins, mix_and_rate

COUNTS = st.tuples(st.integers(-200, 300), st.integers(0, 300))
PERIOD = st.dictionaries(st.sampled_from("abcdefg"), COUNTS, max_size=7)


def ratio(period: dict[str, Ratio]) -> Fraction:
    return Fraction(sum(top for top, _ in period.values()), sum(bottom for _, bottom in period.values()))


@given(PERIOD, PERIOD)
def test_the_parts_sum_to_the_change_exactly_for_the_whole_and_by_group(before, after) -> None:
    found = mix_and_rate(before, after)
    empty = any(sum(bottom for _, bottom in period.values()) == 0 for period in (before, after))
    assert (found is None) == empty
    if found is not None:
        assert found.change == ratio(after) - ratio(before) == found.moved + found.served
        assert found.moved == sum(each.moved for each in found.groups)
        assert found.served == sum(each.served for each in found.groups)
        assert {each.group for each in found.groups} == {*before, *after}
        assert found.opposite == (found.moved * found.served < 0)


@given(PERIOD, PERIOD)
def test_back_in_time_every_part_turns_its_sign(before, after) -> None:
    there, back = mix_and_rate(before, after), mix_and_rate(after, before)
    if there is not None and back is not None:
        assert (back.change, back.moved, back.served) == (-there.change, -there.moved, -there.served)
        assert (back.opposite, back.paradox) == (there.opposite, there.paradox)


def test_groups_that_only_change_their_share_moved_and_those_that_only_change_their_figure_were_served() -> None:
    before = {"shop": (90, 100), "web": (60, 100)}
    moved = mix_and_rate(before, {"shop": (45, 50), "web": (90, 150)})
    assert moved is not None
    assert (moved.change, moved.served) == (moved.moved, 0)
    served = mix_and_rate(before, {"shop": (80, 100), "web": (70, 100)})
    assert served is not None
    assert (served.moved, served.served) == (0, 0)
    assert [each.served for each in served.groups] == [Fraction(-1, 20), Fraction(1, 20)]


def test_the_split_is_the_symmetric_one_of_kitagawa() -> None:
    before, after = {"a": (30, 100), "b": (80, 100)}, {"a": (80, 200), "b": (90, 100)}
    found = mix_and_rate(before, after)
    assert found is not None
    shares, figures = ((Fraction(1, 2), Fraction(2, 3)), (Fraction(1, 2), Fraction(1, 3))), ((0.3, 0.4), (0.8, 0.9))
    moved = sum((s[1] - s[0]) * sum(map(Fraction, map(str, r))) / 2 for s, r in zip(shares, figures, strict=True))
    served = sum(sum(s) / 2 * (Fraction(str(r[1])) - Fraction(str(r[0]))) for s, r in zip(shares, figures, strict=True))
    assert (found.moved, found.served) == (moved, served)


def test_every_group_improves_and_the_total_falls() -> None:
    before = {"simple cases": (180, 200), "hard cases": (20, 100)}
    after = {"simple cases": (95, 100), "hard cases": (60, 200)}
    found = mix_and_rate(before, after)
    assert found is not None
    assert found.change < 0 < found.served
    assert all(each.served > 0 for each in found.groups)
    assert found.opposite
    assert found.paradox


def test_parts_of_two_signs_are_no_paradox_while_the_groups_disagree() -> None:
    found = mix_and_rate({"a": (50, 100), "b": (20, 100)}, {"a": (60, 100), "b": (28, 150)})
    assert found is not None
    assert found.opposite
    assert not found.paradox


def test_a_group_that_appears_or_vanishes_moved_and_was_not_served_differently() -> None:
    found = mix_and_rate({"shop": (90, 100), "fax": (5, 50)}, {"shop": (90, 100), "app": (48, 50)})
    assert found is not None
    by_name = {each.group: each for each in found.groups}
    level = (Fraction(95, 150) + Fraction(138, 150)) / 2
    assert by_name["fax"] == Part(
        "fax", -(Fraction(1, 10) - level) / 3, Fraction(), (Fraction(1, 3), Fraction()), (Fraction(1, 10), None)
    )
    assert by_name["app"].moved == (Fraction(48, 50) - level) / 3
    assert (by_name["app"].served, by_name["app"].figure) == (0, (None, Fraction(24, 25)))
    assert found.served == 0


def test_a_group_listed_without_answers_is_told_and_does_nothing() -> None:
    found = mix_and_rate({"a": (1, 2), "none": (0, 0)}, {"a": (2, 2), "none": (0, 0)})
    assert found is not None
    assert found.groups[1] == Part("none", Fraction(), Fraction(), (Fraction(), Fraction()), (None, None))


def test_the_margins_of_both_parts_hold_what_chance_does() -> None:
    rng, n, draws = np.random.default_rng(1), 600, 1500
    shares, figures = ((0.5, 0.3, 0.2), (0.4, 0.3, 0.3)), ((0.8, 0.6, 0.4), (0.75, 0.65, 0.4))
    true = mix_and_rate(
        *(
            {g: (round(1000 * s * r), round(1000 * s)) for g, s, r in zip("abc", *each, strict=True)}
            for each in zip(shares, figures, strict=True)
        )
    )
    assert true is not None
    held = []
    for _ in range(draws):
        sizes = [rng.multinomial(n, share) for share in shares]
        hits = [rng.binomial(size, figure) for size, figure in zip(sizes, figures, strict=True)]
        found = mix_and_rate(
            *(
                {g: (int(k), int(m)) for g, k, m in zip("abc", *each, strict=True)}
                for each in zip(hits, sizes, strict=True)
            )
        )
        assert found is not None
        errors = [np.sqrt(k / m * (1 - k / m) / m) for k, m in zip(hits, sizes, strict=True)]
        moved, served = margins(found, dict(zip("abc", zip(*errors, strict=True), strict=True)), (n, n))
        held.append((abs(found.moved - true.moved) < moved, abs(found.served - true.served) < served))
    assert np.mean(held, axis=0) == pytest.approx([0.95, 0.95], abs=0.02)
