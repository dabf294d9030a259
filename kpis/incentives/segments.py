"""The period cut at each change of department, hours or salary.

One segment for each part in which they stay the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from data_contracts.problems import Problem
from kpis.calendar import Period
from kpis.incentives.paid import Segment

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Days from `start` to `end`, both included; no end is open."""

    start: date
    end: date | None

    def holds(self, day: date) -> bool:
        """Whether the day lies within."""
        return self.start <= day and (self.end is None or day <= self.end)


AnySpan = TypeVar("AnySpan", bound=Span)


@dataclass(frozen=True)
class Assignment(Span):
    """A part of a person's work in a department."""

    department: str
    share: Fraction = Fraction(1)


@dataclass(frozen=True)
class Salary(Span):
    """A year's salary in minor units, for full time or as actually paid for the contract's hours, and the level."""

    annual: int
    amount_is: str
    level: str = ""


@dataclass(frozen=True)
class Employment(Span):
    """A contract and its hours."""

    contract_hours: Fraction
    full_time_hours: Fraction


@dataclass(frozen=True)
class Absence(Span):
    """Days away, by their effect alone: counts, pro_rata or protected. Only pro_rata days are not eligible."""

    effect: str


@dataclass(frozen=True)
class Contract:
    """What decides a person's opportunity over time."""

    person: str
    assignments: tuple[Assignment, ...]
    salaries: tuple[Salary, ...]
    employments: tuple[Employment, ...]
    absences: tuple[Absence, ...] = ()


@dataclass(frozen=True)
class Eligibility:
    """What a plan and its country say about days.

    Whether a span's last day counts; what a leaver gets: pro_rata, none or full (as if they had stayed); below which part
    of full time nothing is due.
    """

    last_day: str = "inclusive"
    leaver: str = "pro_rata"
    part_time_below: Fraction = Fraction(0)


def segments(
    contract: Contract, period: Period, needs_salary: bool = True, rules: Eligibility = Eligibility()
) -> tuple[list[Segment], list[Problem]]:
    """The segments of a period without readings, and what blocks the person's payout.

    No hours, no salary, a gap in assignments.

    A person not employed in the period has neither. Days outside employment are not eligible; protected absence is.
    """
    found: list[Segment] = []
    problems: list[Problem] = []
    if rules.last_day == "exclusive":
        contract = _shortened(contract)
    if not contract.employments:
        problems.append(_missing(contract, "an employment with its hours", period.start, period.end))
    for start, end in pairwise(_cuts(contract, period)):
        employment = _at(contract.employments, start)
        if employment is None:
            continue
        salary, work = _at(contract.salaries, start), [each for each in contract.assignments if each.holds(start)]
        if salary is None and needs_salary:
            problems.append(_missing(contract, "a salary", start, end))
        if sum(each.share for each in work) != 1:
            problems.append(_missing(contract, "assignments whose shares sum to 1", start, end))
        fte = employment.contract_hours / employment.full_time_hours
        annual, amount_is, level = (salary.annual, salary.amount_is, salary.level) if salary else (0, "full_time", "")
        days = _eligible(contract.absences, start, end)
        found += [
            Segment(annual, days, fte, each.share, amount_is, each.department, start, end, level=level) for each in work
        ]
    return _ruled(contract, period, rules, _merged(found)), problems


def _shortened(contract: Contract) -> Contract:
    """The contract with the last day of every span left out; a span of one day is none."""
    return replace(
        contract,
        assignments=_without_last(contract.assignments),
        salaries=_without_last(contract.salaries),
        employments=_without_last(contract.employments),
        absences=_without_last(contract.absences),
    )


def _without_last(spans: Iterable[AnySpan]) -> tuple[AnySpan, ...]:
    cut = (replace(span, end=span.end - DAY) if span.end else span for span in spans)
    return tuple(span for span in cut if span.end is None or span.end >= span.start)


def _ruled(contract: Contract, period: Period, rules: Eligibility, found: list[Segment]) -> list[Segment]:
    """Eligible days by the rules on part-time and on leavers; the rule is named where it changed them."""
    made = [
        replace(each, days=0, because="part_time_below") if each.fte < rules.part_time_below else each for each in found
    ]
    ends = [each.end for each in contract.employments]
    left = max((end for end in ends if end), default=None)
    if rules.leaver == "pro_rata" or None in ends or left is None or not period.start <= left < period.end - DAY:
        return made
    if rules.leaver == "none":
        return [replace(each, days=0, because="leaver_none") for each in made]
    rest = (period.end - left - DAY).days
    last = left + DAY
    return [
        replace(each, days=each.days + rest, because="leaver_full") if each.end == last and each.days else each
        for each in made
    ]


def _cuts(contract: Contract, period: Period) -> list[date]:
    """The days within the period on which something begins or has ended, its own ends among them."""
    spans = (*contract.assignments, *contract.salaries, *contract.employments)
    days = {day for span in spans for day in (span.start, span.end and span.end + DAY) if day}
    return sorted({period.start, period.end, *(day for day in days if period.start < day < period.end)})


def _at(spans: Iterable[AnySpan], day: date) -> AnySpan | None:
    return next((span for span in spans if span.holds(day)), None)


def _eligible(absences: Sequence[Absence], start: date, end: date) -> int:
    """Days of [start, end) that no pro_rata absence holds; a day that a protected one holds too is never taken off."""
    excluded = [absence for absence in absences if absence.effect == "pro_rata"]
    protected = [absence for absence in absences if absence.effect == "protected"]
    days = (start + DAY * at for at in range((end - start).days if excluded else 0))
    away = (day for day in days if not any(absence.holds(day) for absence in protected))
    return (end - start).days - sum(any(absence.holds(day) for absence in excluded) for day in away)


def _merged(found: Sequence[Segment]) -> list[Segment]:
    """Neighbours in which nothing that pays differs, as one: a renewed contract is no change."""
    merged: list[Segment] = []
    for each in found:
        same = next(
            (at for at, old in enumerate(merged) if old.end == each.start and _terms(old) == _terms(each)), None
        )
        if same is None:
            merged.append(each)
            continue
        old = merged[same]
        merged[same] = replace(old, days=old.days + each.days, end=each.end)
    return merged


def _terms(each: Segment) -> tuple[object, ...]:
    return each.annual, each.fte, each.share, each.amount_is, each.department, each.level


def _missing(contract: Contract, what: str, start: date, end: date) -> Problem:
    place = f"{contract.person}, {start} to {end - DAY}"
    return Problem(place, what, "none or a gap", "Deliver what is missing; until then this payout waits.")
