"""A company target spread below it: every proposal closes, in both directions, or says by how much it does not."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.spread import Part, beyond, proposal, shares, spread

tenths = st.integers(0, 1000).map(lambda n: Fraction(n, 10))
counts = st.lists(st.integers(0, 5000), min_size=1, max_size=8)


@st.composite
def cascades(draw: st.DrawFn) -> tuple[tuple[Fraction, Fraction, Fraction], list[Part]]:
    """A parent's three values, in either direction, and parts with shares, levels and reach; sometimes a rest."""
    portions = shares(draw(counts))
    step, up = Fraction(draw(st.integers(1, 60)), 10), draw(st.sampled_from([1, -1]))
    middle = draw(tenths)
    levels = [draw(st.none() | tenths) for _ in portions]
    parts = [
        Part(f"d{at}", portion, level, draw(st.none() | tenths), at == 0 or draw(st.booleans()))
        for at, (portion, level) in enumerate(zip(portions, levels, strict=True))
    ]
    return (middle - up * step, middle, middle + up * step), parts


@given(counts, st.integers(3, 5))
def test_planned_shares_sum_to_one_exactly_and_nobody_has_none(found: list[int], places: int) -> None:
    portions = shares(found, places)
    assert sum(portions) == 1
    assert all(each > 0 and (each * 10**places).denominator == 1 for each in portions)


@given(cascades(), st.sampled_from(["volume", "headroom"]))
def test_an_exact_proposal_closes_exactly_at_all_three_values(made, way: str) -> None:
    parent, parts = made
    found = spread(parent, parts, way)
    assert (found.gap.threshold, found.gap.target, found.gap.stretch) == (0, 0, 0)
    assert all((each[2] > each[1] > each[0]) == (parent[2] > parent[0]) for each in found.values.values())


@given(cascades(), st.sampled_from(["volume", "headroom"]), st.integers(0, 3))
def test_a_rounded_proposal_closes_within_half_of_the_last_decimal(made, way: str, decimals: int) -> None:
    parent, parts = made
    assert spread(parent, parts, way, decimals).gap.closes(Fraction(1, 2 * 10**decimals))


@given(cascades(), st.sampled_from(["volume", "headroom"]))
def test_lower_is_better_is_the_mirror_image_and_needs_no_case_of_its_own(made, way: str) -> None:
    parent, parts = made
    mirrored = [
        Part(p.name, p.share, None if p.now is None else -p.now, None if p.best is None else -p.best, p.asked)
        for p in parts
    ]
    low, middle, high = parent
    there, back = spread(parent, parts, way), spread((-low, -middle, -high), mirrored, way)
    assert {name: tuple(-each for each in values) for name, values in back.values.items()} == there.values
    assert back.remarks == there.remarks


@given(cascades(), st.sampled_from(["volume", "headroom"]))
def test_what_the_parts_carry_is_the_gap_between_the_target_and_today(made, way: str) -> None:
    parent, parts = made
    if all(each.now is not None for each in parts):
        found = spread(parent, parts, way)
        today = sum(each.share * each.now for each in parts)
        assert sum(found.carries.values()) == parent[1] - today
        assert all(found.carries[each.name] == 0 for each in parts if not each.asked)


def test_by_headroom_each_closes_the_same_fraction_of_its_distance() -> None:
    parts = [
        Part("a", Fraction(1, 2), Fraction(60), Fraction(80)),
        Part("b", Fraction(1, 2), Fraction(80), Fraction(84)),
    ]
    found = spread((Fraction(70), Fraction(73), Fraction(76)), parts, "headroom")
    assert [found.values[name][1] for name in ("a", "b")] == [65, 81]
    assert (found.carries["a"], found.carries["b"], found.remarks) == (Fraction(5, 2), Fraction(1, 2), ())


def test_what_asks_too_much_or_nothing_is_said() -> None:
    parts = [Part("a", Fraction(1), Fraction(60), Fraction(61))]
    assert "best level" in spread((Fraction(70), Fraction(73), Fraction(76)), parts, "headroom").remarks[0]
    assert "no more than today" in spread((Fraction(50), Fraction(55), Fraction(60)), parts, "headroom").remarks[0]
    best = [Part("a", Fraction(1), Fraction(2), Fraction(0))]
    assert spread((Fraction(3), Fraction(1), Fraction(0)), best, "headroom").values["a"][1] == 1
    assert beyond({"a": (Fraction(97), Fraction(99), Fraction(101))}, (Fraction(0), Fraction(100))) == ("a",)
    assert beyond({"a": (Fraction(97), Fraction(99), Fraction(101))}, None) == ()


def test_values_by_hand_say_by_how_much_they_do_not_close() -> None:
    parts = [Part("a", Fraction(1, 4), Fraction(60)), Part("b", Fraction(3, 4), None)]
    values = {name: (Fraction(70), Fraction(72), Fraction(75)) for name in "ab"}
    found = proposal((Fraction(70), Fraction(73), Fraction(75)), parts, values)
    assert (found.gap.threshold, found.gap.target, found.gap.stretch) == (0, 1, 0)
    assert found.carries == {"a": 3, "b": None}


def test_more_parts_than_smallest_shares_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot share 1"):
        shares([1] * 11, 1)
