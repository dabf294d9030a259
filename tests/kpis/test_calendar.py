from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.problems import Problems
from kpis.calendar import KINDS, Calendar

days = st.dates(date(1990, 1, 1), date(2060, 12, 31))
calendars = st.builds(Calendar, st.integers(1, 12))
kinds = st.sampled_from(KINDS)


@given(day=days, calendar=calendars, kind=kinds)
def test_a_period_of_any_kind_is_a_union_of_whole_slices(day: date, calendar: Calendar, kind: str) -> None:
    period = calendar.containing(day, kind)
    slices = calendar.slices(period.start, period.end)
    assert slices[0] == period.start
    assert calendar.slice_of(period.end) == period.end
    assert slices == sorted({calendar.slice_of(period.start + timedelta(days=at)) for at in range(period.days)})


@given(day=days, calendar=calendars, kind=kinds)
def test_a_day_lies_in_its_period_and_the_name_leads_back_to_it(day: date, calendar: Calendar, kind: str) -> None:
    period = calendar.containing(day, kind)
    assert period.start <= day < period.end
    assert calendar.parse(period.name) == period
    assert str(period) == period.name


@given(start=days, length=st.integers(1, 900), calendar=calendars, kind=kinds)
def test_the_periods_between_two_days_follow_each_other_without_gap_or_overlap(
    start: date, length: int, calendar: Calendar, kind: str
) -> None:
    end = start + timedelta(days=length)
    found = calendar.between(start, end, kind)
    assert found[0].start <= start < found[0].end
    assert found[-1].start < end <= found[-1].end
    assert all(one.end == two.start for one, two in pairwise(found))


@given(day=days, calendar=calendars)
def test_months_quarters_halves_and_years_nest(day: date, calendar: Calendar) -> None:
    month, quarter, half, year = (calendar.containing(day, kind) for kind in ("month", "quarter", "half", "year"))
    for inner, outer in ((month, quarter), (quarter, half), (half, year)):
        assert outer.start <= inner.start
        assert inner.end <= outer.end
    assert year.days in (365, 366)


def test_a_week_is_cut_where_a_month_ends() -> None:
    calendar = Calendar()
    assert calendar.slice_of(date(2026, 10, 1)) == date(2026, 10, 1)
    assert calendar.slice_of(date(2026, 9, 30)) == date(2026, 9, 28)
    week = calendar.parse("2026-W40")
    assert calendar.slices(week.start, week.end) == [date(2026, 9, 28), date(2026, 10, 1)]
    assert calendar.slices(date(2026, 10, 1), date(2026, 10, 1)) == []


def test_some_years_have_53_weeks_and_a_week_belongs_to_the_year_of_its_thursday() -> None:
    calendar = Calendar()
    last = calendar.parse("2026-W53")
    assert (last.start, last.end) == (date(2026, 12, 28), date(2027, 1, 4))
    assert calendar.containing(date(2027, 1, 3), "week") == last
    assert calendar.containing(date(2024, 12, 30), "week").name == "2025-W01"
    with pytest.raises(Problems, match="2025-W53"):
        calendar.parse("2025-W53")


def test_a_business_year_is_named_after_the_year_in_which_it_begins() -> None:
    calendar = Calendar(year_start=7)
    assert (calendar.parse("2026").start, calendar.parse("2026").end) == (date(2026, 7, 1), date(2027, 7, 1))
    assert calendar.containing(date(2027, 2, 14), "quarter").name == "2026-Q3"
    assert calendar.parse("2026-H2").start == date(2027, 1, 1)
    assert calendar.containing(date(2026, 6, 30), "year").name == "2025"
    assert calendar.containing(date(2027, 2, 14), "month").name == "2027-02"


def test_a_leap_day_is_a_day_like_any_other() -> None:
    assert Calendar().parse("2028-02").days == 29
    assert Calendar().parse("2028").days == 366


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-Q5", "2026-Q0", "2026-H3", "2026-13", "2026-00", "2026-W54", "2026-W00", "2026-1", "Q3 2026",
     "2026-Q3\n", "0000", "9999", "9999-12", "２０２６"],
)  # fmt: skip
def test_what_is_no_period_is_a_problem_that_says_how_one_is_written(text: str) -> None:
    with pytest.raises(Problems) as refused:
        Calendar().parse(text, "--period")
    [problem] = refused.value.problems
    assert problem.where == "--period"
    assert "2026-Q3" in problem.next_step


def test_a_span_is_made_of_the_slices_whose_first_day_lies_in_it_and_its_name_leads_back() -> None:
    calendar = Calendar()
    span = calendar.span(date(2026, 7, 1), date(2026, 8, 19))
    assert span is not None
    assert (span.start, span.end, span.name) == (date(2026, 7, 1), date(2026, 8, 24), "2026-07-01..2026-08-23")
    assert calendar.parse(span.name) == span
    rest = calendar.span(date(2026, 8, 19), date(2026, 10, 1))
    assert rest is not None
    assert rest.start == span.end
    assert calendar.span(date(2026, 8, 18), date(2026, 8, 20)) is None
    for text in ("2026-07-02..2026-08-23", "2026-08-24..2026-08-23", "2026-07-01..2026-07-33"):
        with pytest.raises(Problems):
            calendar.parse(text)


CLOCKS = ("UTC", "Europe/Amsterdam", "America/St_Johns", "America/Havana", "Asia/Beirut", "Pacific/Apia")


@given(
    st.sampled_from(CLOCKS),
    st.sampled_from([2009, 2011, 2024]),
    st.integers(0, 365 * 86_400),
    st.integers(-7_300, 7_300),
)
def test_the_moments_at_which_slices_begin_say_the_slice_of_every_moment(
    clock: str, year: int, seconds: int, near: int
) -> None:
    zone, calendar, start = ZoneInfo(clock), Calendar(), date(year, 1, 1)
    steps = calendar.steps(start, date(year + 1, 1, 1), zone)
    moments = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)]
    moments.append(steps[seconds % len(steps)][0] + timedelta(seconds=near))  # clocks change near such moments
    for moment in moments:
        day = moment.astimezone(zone).date()
        if day.year == year:
            assert [held for at, held in steps if at <= moment][-1] == calendar.slice_of(day)
