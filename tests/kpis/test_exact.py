"""Exact numbers, the YAML they are read from, and the roundings of pay."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.problems import Problems
from kpis.exact import dumped, largest_remainder, load_yaml, number, round_half_away, round_half_up, shown


@given(st.fractions())
def test_what_is_shown_reads_back_as_the_same_number(value: Fraction) -> None:
    if len(str(value.numerator)) < 30 and len(shown(value)) < 30:
        assert number(shown(value)) == value


@pytest.mark.parametrize("value", [0.1, True, "1e3", "", "0x1", "1/0", "nan", None, "1,5", "٧٠", "７4.5", "१/२"])
def test_what_is_no_exact_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="exact number"):
        number(value)


@given(st.from_regex(r"-?[0-9]{1,12}(\.[0-9]{1,12})?", fullmatch=True) | st.text(max_size=9))
def test_text_that_is_written_is_read_back_as_text(value: str) -> None:
    if value.isprintable():
        assert load_yaml(dumped({"id": value, "more": [value]}), "x") == {"id": value, "more": [value]}


def test_digits_of_another_script_are_text_in_yaml_and_no_number() -> None:
    assert load_yaml("{weight: ٧٠}", "x") == {"weight": "٧٠"}


def test_plain_words_and_numbers_of_yaml_mean_what_they_look_like() -> None:
    read = load_yaml("{on: yes, a: 010, b: 1:30, c: 0.1, d: 2026-11, e: 1_000, f: null, g: true}", "x")
    assert read == {
        "on": "yes", "a": 10, "b": "1:30", "c": Decimal("0.1"), "d": "2026-11", "e": "1_000", "f": None, "g": True,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["a: 1\na: 2", "- a", "a: !!python/object/apply:os.getcwd []", "a: ["])
def test_yaml_that_hides_something_is_a_problem(text: str) -> None:
    with pytest.raises(Problems):
        load_yaml(text, "x")


def test_halves_go_up_in_a_figure_and_away_from_zero_in_money() -> None:
    assert [round_half_up(Fraction(each), 1) for each in ("0.25", "-0.25")] == [Fraction("0.3"), Fraction("-0.2")]
    assert [round_half_away(Fraction(each)) for each in ("2.5", "-2.5", "2.4")] == [3, -3, 2]


@given(st.integers(0, 10**9), st.lists(st.fractions(min_value=0, max_value=10**6), min_size=1, max_size=8))
def test_parts_sum_to_the_whole_and_are_within_one_of_their_quota(total: int, weights: list[Fraction]) -> None:
    parts = largest_remainder(total, weights)
    whole = sum(weights)
    assert sum(parts) == (total if whole else 0)
    assert all(abs(part - total * weight / whole) < 1 for part, weight in zip(parts, weights, strict=True) if whole)


def test_equal_remainders_go_to_the_earlier_part() -> None:
    assert largest_remainder(100, [1, 1, 1]) == [34, 33, 33]
