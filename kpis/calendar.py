"""Slices and periods. The base period is the week cut at month ends, so that weeks, months, quarters and years are unions of slices."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from data_contracts.problems import Problem, Problems

KINDS = ("week", "month", "quarter", "half", "year")
FREQUENCIES = KINDS[1:]  # what plans pay by
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
SHAPE = re.compile(
    r"(?P<year>\d{4})(?:-(?:W(?P<week>\d{2})|(?P<month>\d{2})|Q(?P<quarter>[1-4])|H(?P<half>[12])))?", re.ASCII
)
SPAN = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", re.ASCII)
NEXT = "Write 2026, 2026-H1, 2026-Q3, 2026-11 or 2026-W47."


@dataclass(frozen=True, order=True)
class Period:
    """A span of whole days, `end` exclusive, with the name people use for it."""

    start: date
    end: date
    kind: str
    name: str

    @property
    def days(self) -> int:
        """Number of days in the period."""
        return (self.end - self.start).days

    def running(self, today: date) -> bool:
        """Whether it has begun and not ended: its figures are "to date"."""
        return self.start <= today < self.end

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Calendar:
    """A company's calendar: weeks start on Monday (ISO 8601); `year_start` is the month its business year begins.

    A business year is named after the calendar year in which it begins.
    """

    year_start: int = 1

    def slice_of(self, day: date) -> date:
        """The first day of the slice that holds `day`: its week's Monday or its month's first, whichever is later."""
        if day.weekday() == 0 or day.day == 1:
            return day
        return max(day - timedelta(days=day.weekday()), day.replace(day=1))

    def slices(self, start: date, end: date) -> list[date]:
        """The first days of every slice that touches [start, end)."""
        found, day = [], self.slice_of(start)
        while day < end:
            found.append(day)
            day = min(day - timedelta(days=day.weekday()) + timedelta(days=7), _month_after(day, 1))
        return found

    def steps(self, start: date, end: date, zone: tzinfo) -> list[tuple[datetime, date]]:
        """From which moment (UTC) on which slice holds, in order, for all days in [start, end); clocks change at any hour."""
        days = [*self.slices(start, end), end]
        midnights = {datetime.combine(day, time(fold=fold), zone).astimezone(UTC) for day in days for fold in (0, 1)}
        first = min(midnights)
        moments = sorted(midnights | set(_changes(first, max(midnights), zone)))
        slices = [self.slice_of(each.astimezone(zone).date()) for each in moments]
        return [(at, day) for at, day, last in zip(moments, slices, [None, *slices], strict=False) if day != last]

    def containing(self, day: date, kind: str) -> Period:
        """The period of that kind that holds `day`."""
        if kind == "week":
            monday = day - timedelta(days=day.weekday())
            year, week, _ = day.isocalendar()
            return Period(monday, monday + timedelta(days=7), kind, f"{year}-W{week:02d}")
        offset = (day.month - self.year_start) % 12
        length = MONTHS[kind]
        start = _month_after(day, -(offset % length))
        number = offset // length + 1
        year = _month_after(day, -offset).year
        name = {
            "month": f"{day:%Y-%m}",
            "quarter": f"{year}-Q{number}",
            "half": f"{year}-H{number}",
            "year": f"{year}",
        }[kind]
        return Period(start, _month_after(start, length), kind, name)

    def span(self, start: date, end: date) -> Period | None:
        """The whole slices whose first day lies in [start, end), as a window of its own; None where there is none."""
        first, last = (day if self.slice_of(day) == day else self._next(day) for day in (start, end))
        if first >= last:
            return None
        return Period(first, last, "span", f"{first}..{last - timedelta(days=1)}")

    def _next(self, day: date) -> date:
        """The first day of the slice after the one that holds `day`."""
        return next(each for each in self.slices(day, day + timedelta(days=8)) if each > day)

    def parse(self, text: str, where: str = "period") -> Period:
        """The period of that name, or the span `2026-07-01..2026-08-09`; raises Problems when there is none."""
        if found := SPAN.fullmatch(text):
            return self._spanned(found[1], found[2], where)
        match = SHAPE.fullmatch(text)
        if not match:
            raise Problems([Problem(where, "a period", repr(text), NEXT)])
        parts = {key: int(value) for key, value in match.groupdict().items() if value}
        year = parts.pop("year")
        kind = next(iter(parts), "year")
        try:
            return self.containing(self._first_day(year, kind, parts.get(kind, 1)), kind)
        except ValueError as error:
            raise Problems([Problem(where, "a period that exists", f"{text!r} ({error})", NEXT)]) from error

    def _spanned(self, first: str, last: str, where: str) -> Period:
        try:
            start, end = date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
            if start >= end or (self.slice_of(start), self.slice_of(end)) != (start, end):
                raise ValueError("it does not begin and end with whole slices: weeks cut at month ends")
        except ValueError as error:
            raise Problems([Problem(where, "a span of whole slices", f"'{first}..{last}' ({error})", NEXT)]) from error
        return Period(start, end, "span", f"{first}..{last}")

    def _first_day(self, year: int, kind: str, number: int) -> date:
        if kind == "week":
            return date.fromisocalendar(year, number, 1)
        if kind == "month":
            return date(year, number, 1)
        return _month_after(date(year, self.year_start, 1), (number - 1) * MONTHS[kind])

    def between(self, start: date, end: date, kind: str) -> list[Period]:
        """The periods of that kind that touch [start, end), in order."""
        found = [self.containing(start, kind)] if start < end else []
        while found and found[-1].end < end:
            found.append(self.containing(found[-1].end, kind))
        return found


def _changes(start: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
    """The moments in (start, end] at which clocks change, to the second."""
    while start < end:
        low, high = start, min(start + timedelta(days=1), end)
        start = high
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            while (seconds := (high - low) // timedelta(seconds=1)) > 1:
                middle = low + timedelta(seconds=seconds // 2)
                same = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            yield high


def _month_after(day: date, months: int) -> date:
    """The first of the month that lies `months` after the month of `day`."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def day_of(value: datetime | date, zone: tzinfo) -> date:
    """The day of a moment in that zone; of a day or a moment without a zone its own."""
    if not isinstance(value, datetime):
        return value
    return (value.astimezone(zone) if value.tzinfo else value).date()
