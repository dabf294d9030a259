"""The period cut at each change of department, hours or salary.

One segment for each part in which they stay the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
    """A year's salary in minor units, for full time or as actually paid for the contract's hours."""

    annual: int
    amount_is: str


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


def segments(contract: Contract, period: Period, needs_salary: bool = True) -> tuple[list[Segment], list[Problem]]:
    """The segments of a period without readings, and what blocks the person's payout.

    No hours, no salary, a gap in assignments.

    A person not employed in the period has neither. Days outside employment are not eligible; protected absence is.
    """
    found: list[Segment] = []
    problems: list[Problem] = []
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
        annual, amount_is = (salary.annual, salary.amount_is) if salary else (0, "full_time")
        days = _eligible(contract.absences, start, end)
        found += [Segment(annual, days, fte, each.share, amount_is, each.department, start, end) for each in work]
    return _merged(found), problems


def _cuts(contract: Contract, period: Period) -> list[date]:
    """The days within the period on which something begins or has ended, its own ends among them."""
    spans = (*contract.assignments, *contract.salaries, *contract.employments)
    days = {day for span in spans for day in (span.start, span.end and span.end + DAY) if day}
    return sorted({period.start, period.end, *(day for day in days if period.start < day < period.end)})


def _at(spans: Iterable[AnySpan], day: date) -> AnySpan | None:
    return next((span for span in spans if span.holds(day)), None)


def _eligible(absences: Sequence[Absence], start: date, end: date) -> int:
    """Days of [start, end) that no pro_rata absence holds."""
    excluded = [absence for absence in absences if absence.effect == "pro_rata"]
    days = (start + DAY * at for at in range((end - start).days if excluded else 0))
    return (end - start).days - sum(any(absence.holds(day) for absence in excluded) for day in days)


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
        merged[same] = Segment(
            old.annual, old.days + each.days, old.fte, old.share, old.amount_is, old.department, old.start, each.end
        )
    return merged


def _terms(each: Segment) -> tuple[object, ...]:
    return each.annual, each.fte, each.share, each.amount_is, each.department


def _missing(contract: Contract, what: str, start: date, end: date) -> Problem:
    place = f"{contract.person}, {start} to {end - DAY}"
    return Problem(place, what, "none or a gap", "Deliver what is missing; until then this payout waits.")
