"""Which version of a target counts on which days, and which changes need what."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.calendar import Calendar
from kpis.in_force import Prorated, Version, check, harder, in_force, spans, terms
from kpis.targets import Target

Q4 = Calendar().parse("2026-Q4")
TODAY = date(2026, 11, 22)


def target(low: str, middle: str, high: str, name: str = "t", scope: str = "company") -> Target:
    given = {"id": name, "kpi": "fcr", "scope": scope, "period": "2026-Q4"}
    return Target.model_validate(given | {"threshold": low, "target": middle, "stretch": high})


FIRST, EASIER, HARDER = target("60", "70", "80"), target("60", "68", "78"), target("60", "72", "80")


def versions(*given: tuple[str, Target]) -> list[Version]:
    return [Version(at, date.fromisoformat(day), each) for at, (day, each) in enumerate(given, 1)]


def test_the_first_version_counts_for_the_whole_period_whenever_it_was_recorded() -> None:
    held = spans(versions(("2026-11-01", FIRST)), Q4)
    assert [(span.start, span.end) for span in held] == [(Q4.start, Q4.end)]


def test_values_that_pay_are_weighted_by_the_days_of_each_version() -> None:
    found = in_force(versions(("2026-09-01", FIRST), ("2026-12-01", EASIER)), Q4)
    assert isinstance(found, Prorated)
    assert found.values == (60, Fraction(61 * 70 + 31 * 68, 92), Fraction(61 * 80 + 31 * 78, 92))
    assert (found.target, found.id) == (EASIER.target, "t")


def test_a_change_before_the_period_leaves_nothing_to_weigh() -> None:
    assert in_force(versions(("2026-06-01", FIRST), ("2026-09-01", HARDER)), Q4) == HARDER


def test_a_later_version_counts_from_its_date_whatever_earlier_ones_said() -> None:
    held = spans(versions(("2026-10-01", FIRST), ("2026-12-01", EASIER), ("2026-11-25", HARDER)), Q4)
    assert [(span.start.isoformat(), span.version.number) for span in held] == [("2026-10-01", 1), ("2026-11-25", 3)]


@given(st.lists(st.integers(-40, 130), max_size=6))
def test_every_day_of_the_period_has_exactly_one_version(days: list[int]) -> None:
    given = [Version(at, Q4.start + timedelta(days=day), FIRST) for at, day in enumerate([0, *days], 1)]
    held = spans(given, Q4)
    assert [held[0].start, held[-1].end] == [Q4.start, Q4.end]
    assert all(one.end == other.start for one, other in pairwise(held))
    assert sum(span.days for span in held) == Q4.days


def test_harder_is_told_by_the_order_of_the_values_in_both_directions() -> None:
    assert harder(HARDER, FIRST) == ("target",)
    assert harder(EASIER, FIRST) == ()
    assert harder(target("30", "20", "9"), target("30", "20", "10")) == ("stretch",)
    assert harder(target("30", "22", "10"), target("30", "20", "10")) == ()


def test_a_worsening_needs_consent_to_exactly_these_values_from_this_day() -> None:
    held = versions(("2026-09-01", FIRST))
    assert "recorded consent" in check(held, HARDER, TODAY, TODAY, Q4, set())[0].expected
    assert check(held, HARDER, TODAY, TODAY, Q4, {terms(HARDER, TODAY)}) == []
    assert check(held, HARDER, TODAY + timedelta(1), TODAY, Q4, {terms(HARDER, TODAY)}) != []
    assert check(held, target("60", "73", "80"), TODAY, TODAY, Q4, {terms(HARDER, TODAY)}) != []
    assert check(held, EASIER, TODAY, TODAY, Q4, set()) == []


def test_taking_back_a_relief_that_is_to_come_is_a_worsening() -> None:
    held = versions(("2026-09-01", FIRST), ("2026-12-10", EASIER))
    assert check(held, FIRST, TODAY, TODAY, Q4, set()) != []


def test_before_a_period_begins_values_may_change_without_consent() -> None:
    assert check(versions(("2026-06-01", FIRST)), HARDER, Q4.start, date(2026, 9, 20), Q4, set()) == []


@pytest.mark.parametrize(
    ("since", "today", "told"),
    [
        (TODAY - timedelta(1), TODAY, "a change from 2026-11-22 on"),
        (Q4.end, TODAY, "a day before 2027-01-01"),
        (TODAY, date(2027, 1, 1), "a period that has not ended"),
    ],
)
def test_no_change_reaches_back_beyond_or_into_an_ended_period(since: date, today: date, told: str) -> None:
    assert told in [each.expected for each in check(versions(("2026-09-01", FIRST)), EASIER, since, today, Q4, set())]


def test_a_target_keeps_its_kpi_scope_and_period() -> None:
    moved = target("60", "70", "80", scope="department:a")
    assert check(versions(("2026-09-01", FIRST)), moved, TODAY, TODAY, Q4, set())[0].where == "target t, scope"
