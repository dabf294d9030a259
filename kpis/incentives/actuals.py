"""What a row of actual values must satisfy: one number a cell, amounts, days and hours in their bounds, targets in order."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from data_contracts.problems import Problem, did_you_mean
from kpis.exact import LARGEST, shown
from kpis.incentives.plan import Plan

BALANCES = ("paid_before", "carried", "draw_balance")
AMOUNTS = ("salary", *BALANCES)
BASES = ("full_time", "actual")
THREE = ("threshold", "target", "stretch")
YEAR = Fraction(365)
STEP = "Mend the value."
Numbers = Mapping[str, list[Fraction]]


def faults(plan: Plan, row: Mapping[str, Any], numbers: Numbers, place: str) -> list[Problem]:
    """Every problem of a row whose numbers were read, each at its column."""
    found = [*_several(plan, numbers, place), *_amounts(plan, numbers, place), *_bounds(plan, numbers, place)]
    based = str(row.get("amount_is", BASES[0]))
    if based not in BASES:
        step = did_you_mean(based, BASES)
        found.append(Problem(f"{place}, amount_is", " or ".join(BASES), repr(based), step))
    for source in plan.sources:
        found += _aim(source.id, numbers, place)
    return found


def _several(plan: Plan, numbers: Numbers, place: str) -> Iterator[Problem]:
    """Several numbers stand in one cell only where each is a transaction that pays by itself."""
    listed = {each.id for each in plan.components if each.curve.basis == "each_transaction"}
    for name, values in numbers.items():
        if len(values) != 1 and name not in listed:
            told = "; ".join(map(shown, values))
            yield Problem(f"{place}, {name}", "one number", told, "Write one, or pay each_transaction in the plan.")


def _amounts(plan: Plan, numbers: Numbers, place: str) -> Iterator[Problem]:
    for name in AMOUNTS:
        value = _one(numbers, name, Fraction(0))
        if not 0 <= value < LARGEST:
            yield Problem(f"{place}, {name}", f"an amount from 0, below {LARGEST:,}", shown(value), STEP)
        elif (value * 10**plan.minor_units).denominator != 1:
            yield Problem(f"{place}, {name}", f"{plan.minor_units} decimals at most", shown(value), "Round it.")


def _bounds(plan: Plan, numbers: Numbers, place: str) -> Iterator[Problem]:
    year = _one(numbers, "year_days", YEAR)
    days, fte = _one(numbers, "days", year), _one(numbers, "fte", Fraction(1))
    if year < 1 or year.denominator != 1:
        yield Problem(f"{place}, year_days", "a whole number of at least 1", shown(year), STEP)
    elif not 0 <= days <= year or days.denominator != 1:
        yield Problem(f"{place}, days", f"a whole number from 0 to {year}, the year_days", shown(days), STEP)
    if not 0 < fte <= 1:
        yield Problem(f"{place}, fte", "a share of full time, above 0 and up to 1", shown(fte), STEP)
    if _one(numbers, "last", Fraction(0)) not in (0, 1):
        yield Problem(f"{place}, last", "1 in the year's last period, else 0", shown(numbers["last"][0]), STEP)
    for name in [f"{source.id}.n" for source in plan.sources]:
        if (answers := _one(numbers, name, Fraction(0))) < 0:
            yield Problem(f"{place}, {name}", "a number of answers, 0 or more", shown(answers), STEP)


def _aim(source: str, numbers: Numbers, place: str) -> Iterator[Problem]:
    """A target of one's own: all three values, strictly rising or falling."""
    given = {part: numbers[f"{source}.{part}"][0] for part in THREE if numbers.get(f"{source}.{part}")}
    told = ", ".join(map(shown, given.values()))
    if given and len(given) < len(THREE):
        lacks = next(part for part in THREE if part not in given)
        yield Problem(f"{place}, {source}.{lacks}", "all of threshold, target and stretch", told, "Add the value.")
    elif given:
        low, middle, high = given.values()
        if not (low < middle < high or low > middle > high):
            expected = "threshold, target and stretch in one strict order"
            yield Problem(f"{place}, {source}.target", expected, told, "Put them in order.")


def _one(numbers: Numbers, name: str, otherwise: Fraction) -> Fraction:
    """The first number of a column, or what stands for it."""
    return next(iter(numbers.get(name, ())), otherwise)
