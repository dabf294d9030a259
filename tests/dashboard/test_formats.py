"""How numbers, dates and money are written."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from dashboard import lettering, shell
from dashboard.data.letters import Standing
from dashboard.formats import Formats, rounded, spelled

EN = Formats("en_GB", "EUR")


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "n", "text"),
    [
        (0.6714, "percent", 1, 3870, "67.1%"),
        (0.6714, "percent", 1, 999, "67%"),
        (1, "percent", 1, 5000, "100.0%"),
        (Fraction(2, 3), "percent", 1, 3000, "66.7%"),
        (38.4, "points", 0, 1204, "+38"),
        (-4.6, "points", 0, 1204, "−5"),
        (0, "points", 0, 1204, "0"),
        (5.62, "score", 1, 1042, "5.6"),
        (33.4, "hours", 0, 1512, "33 h"),
        (1, "days", 0, 40, "1 day"),
        (1.5, "days", 1, 40, "1.5 days"),
        (3870, "count", 0, None, "3,870"),
        (14.104, "money", 2, 6120, "€14.10"),
    ],
)
def test_a_figure_is_written_in_its_unit(value, unit, decimals, n, text):
    assert EN.value(value, unit, decimals, n) == text


def test_an_interval_is_in_words_and_leaves_the_unit_out():
    assert EN.interval(0.656, 0.686, "percent", 1, 3870) == "65.6 to 68.6"
    assert EN.interval(34, 42, "points", 0) == "+34 to +42"
    assert EN.interval(13.8, 14.4, "money", 2) == "13.80 to 14.40"


def test_halves_round_up_as_payouts_do():
    assert EN.percent(0.145, 0) == "15%"
    assert EN.number(2.5) == "3"
    assert EN.number(0.285, 2) == "0.29"
    assert rounded(Fraction(1, 8), 2) == Decimal("0.13")


def test_every_minus_is_a_true_minus():
    assert EN.number(-12.5, 1) == "−12.5"
    assert EN.money(-4210) == "−€42.10"
    assert EN.percent(-0.02, 0) == "−2%"


def test_money_keeps_every_cent_in_statements_and_none_in_headlines():
    assert EN.money(83332) == "€833.32"
    assert EN.money(100000000000001) == "€1,000,000,000,000.01"
    assert EN.amount(83332) == "833.32"
    assert EN.money_headline(18400000) == "€184,000"
    assert EN.money_short(12600000) == "€126k"
    assert EN.money_short(123456789) == "€1.2m"
    assert EN.money_short(-5000) == "−€50"
    assert Formats("en_GB", "JPY").money(1234) == "JP¥1,234"


def test_days_weeks_and_quarters_are_named_for_readers():
    day = date(2026, 11, 22)
    assert (EN.day(day), EN.short_day(day), EN.full_day(day)) == ("22 November", "22 Nov", "22 November 2026")
    assert EN.span(date(2026, 11, 16), day) == "16 to 22 November"
    assert EN.span(date(2026, 10, 26), date(2026, 11, 1)) == "26 October to 1 November"
    names = ["2026-W47", "2026-11", "2026-Q3", "2026-H1", "2026"]
    assert [EN.period(name) for name in names] == [
        "Week 47, 2026",
        "November 2026",
        "Quarter 3, 2026",
        "Half 1, 2026",
        "2026",
    ]


def test_another_locale_writes_its_own_way():
    german = Formats("de_DE", "EUR")
    assert german.percent(0.6714, 1) == "67,1\u00a0%"
    assert german.money(-123456) == "−1.234,56\u00a0€"
    assert german.day(date(2026, 11, 22)) == "22. November"


def test_small_counts_are_words():
    assert [spelled(0), spelled(2), spelled(10), spelled(11)] == ["no", "two", "ten", "11"]


def test_one_of_a_thing_has_no_s() -> None:
    told = [shell.counted(1, "row"), shell.counted(0, "row"), shell.counted(1_000, "entry", "entries")]
    assert told == ["1 row", "0 rows", "1,000 entries"]


def test_letters_that_were_never_sent_or_late_are_told_and_none_is_not_counted() -> None:
    def told(*states: tuple[date | None, bool]) -> str:
        found = (("sent" if sent else "never told", sent, None, None, late, False) for sent, late in states)
        return lettering.summary([Standing("p", "P", *each) for each in found])

    day = date(2026, 11, 2)
    assert told((day, True), (day, False)).endswith("** One late\\.")
    assert told((None, False), (day, True)).endswith("** One never\\, one late\\.")
    assert told((day, False)).endswith("read them\\.**")
