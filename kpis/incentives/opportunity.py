"""Opportunities over columns of people: annual base × % × FTE × share × eligible days ÷ days of the year, exact."""

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np

from kpis.exact import round_half_up
from kpis.incentives.axes import largest
from kpis.incentives.columns import Columns
from kpis.incentives.paid import Frame
from kpis.incentives.plan import Plan
from kpis.incentives.tables import SAFE, Ints

MANY = 1 << 16
MILLION = 1_000_000


@dataclass(frozen=True)
class Due:
    """Opportunities as numerators (n × k) over one denominator, in minor units."""

    numerator: Ints
    denominator: int


def due(plan: Plan, frame: Frame, given: Columns) -> Due:
    """The opportunity of every segment, its proration factor rounded where the plan says so."""
    rates, salaried = _rates(plan, given)
    hours = lcm(*_distinct(given.fte_denominator))
    days, year = _factors(given.days, frame, plan.proration.decimals)
    shared = gcd(MILLION, *_distinct(given.share))
    ftes = given.fte_numerator * (hours // given.fte_denominator)
    factors = [days, ftes, *([] if shared == MILLION else [given.share // shared])]
    unit = lcm(*(rate.denominator for rate in rates))
    tops = [int(rate * unit) for rate in rates]
    widest = max(map(abs, tops)) * max(largest(given.annual) if any(salaried) else 1, 1)
    widest *= given.annual.shape[1]  # segments are added up
    for each in factors:
        widest *= max(largest(each), 1)
    kind: Any = object if widest >= SAFE else np.int64
    value = _bases(given, salaried).astype(kind)
    value = value * (tops[0] if given.term is None else np.array(tops, dtype=kind).take(given.term))
    for each in factors:
        value = value * each
    return Due(value, unit * hours * year * (MILLION // shared))


def _rates(plan: Plan, given: Columns) -> tuple[list[Fraction], list[bool]]:
    """For each of the plan's terms what a base is multiplied by, and whether that base is the salary; else it is 1."""
    terms = given.terms or (plan.opportunity,)
    salaried = [each.percent_of_salary is not None for each in terms]
    rates = [
        each.percent_of_salary / 100
        if each.percent_of_salary is not None
        else (each.amount or Fraction(0)) * 10**plan.minor_units
        for each in terms
    ]
    return rates, salaried


def _bases(given: Columns, salaried: list[bool]) -> Ints:
    if all(salaried):
        return given.annual
    if given.term is None or not any(salaried):
        return np.ones_like(given.days)
    return np.where(np.array(salaried).take(given.term), given.annual, 1)


def _distinct(values: Ints) -> list[int]:
    """The distinct positive numbers that occur; counting is faster than sorting where they are small."""
    if values.size and values.min() == values.max():
        return [int(values.ravel()[0])]
    if largest(values) < MANY:
        return [int(each) for each in np.flatnonzero(np.bincount(values.ravel().astype(np.int64)))]
    return [int(each) for each in np.unique(values)]


def _factors(days: Ints, frame: Frame, places: int | None) -> tuple[Ints, int]:
    """The proration factor as numerators over one denominator."""
    if places is None:
        return days, frame.year_days
    rounded = [round_half_up(Fraction(day, frame.year_days), places) * 10**places for day in range(largest(days) + 1)]
    return np.array([int(each) for each in rounded], dtype=np.int64).take(days), 10**places
