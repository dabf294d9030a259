"""A plan applied to given actual values, without a workspace: the calculator HR tests a plan with."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import StringIO
from typing import Any

from data_contracts.problems import Problem, did_you_mean
from kpis.exact import number
from kpis.incentives.curves import NoResultError
from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Segment, Values
from kpis.incentives.plan import Aim, Plan, Source
from kpis.incentives.reckon import Work, reckon

PERSONAL = ("participant", "salary", "days", "year_days", "fte", "amount_is")
PARTS = ("n", "team", "before", "threshold", "target", "stretch")


@dataclass(frozen=True)
class Evaluation:
    """Payouts of the rows that have one, and a problem for every row that has none."""

    works: tuple[Work, ...]
    problems: tuple[Problem, ...]


def columns(plan: Plan) -> tuple[str, ...]:
    """Every column that actuals may have.

    `fcr` is the actual value, `fcr.n` its answers, `fcr.team` the team's, and so on.
    """
    ids = [source.id for source in plan.sources]
    return (*PERSONAL, *ids, *(f"{name}.{part}" for name in ids for part in PARTS))


def rows(text: str) -> list[dict[str, str]]:
    """The rows of a CSV text with a header; blank cells are absent."""
    found = csv.DictReader(StringIO(text.lstrip("\ufeff")), restkey="")
    return [
        {name.strip(): value.strip() for name, value in row.items() if isinstance(value, str) and value.strip()}
        for row in found
    ]


def evaluate(
    plan: Plan,
    actuals: Sequence[Mapping[str, Any]],
    targets: Mapping[str, Values] | None = None,
    where: str = "actuals",
) -> Evaluation:
    """Each row's payout; `targets` are threshold, target and stretch by target id.

    Plan and rows are taken as they are.
    """
    works: list[Work] = []
    problems: list[Problem] = []
    people = [str(row.get("participant", at + 1)) for at, row in enumerate(actuals)]
    for at, row in enumerate(actuals):
        place = f"{where}, row {at + 1}"
        if people.index(people[at]) != at:
            problems.append(Problem(place, "each participant once", repr(people[at]), "Take the repeated row out."))
            continue
        found = work(plan, {"participant": people[at], **row}, targets or {}, place)
        if isinstance(found, Work):
            works.append(found)
        else:
            problems.extend(found)
    return Evaluation(tuple(works), tuple(problems))


def work(plan: Plan, row: Mapping[str, Any], targets: Mapping[str, Values], place: str) -> Work | list[Problem]:
    """One row's payout, or every problem it has."""
    problems = [
        Problem(place, "a known column", repr(name), did_you_mean(name, columns(plan)))
        for name in row
        if name not in columns(plan)
    ]
    numbers, unread = _numbers(row, place)
    problems += unread + _signs(numbers, place)
    if plan.opportunity.percent_of_salary is not None and "salary" not in numbers:
        problems.append(Problem(f"{place}, salary", "the salary of a year", "nothing", "Add the column salary."))
    if (numbers.get("salary", [Fraction(0)])[0] * 10**plan.minor_units).denominator != 1:
        problems.append(
            Problem(f"{place}, salary", f"{plan.minor_units} decimals at most", str(row["salary"]), "Round it.")
        )
    if problems:
        return problems
    participant, frame = _participant(plan, row, numbers, targets)
    try:
        return reckon(plan, participant, frame)
    except NoResultError as none:
        return [Problem(place, "a figure and a target for everything that pays", str(none), "Add the missing value.")]


def _numbers(row: Mapping[str, Any], place: str) -> tuple[dict[str, list[Fraction]], list[Problem]]:
    """Every cell as exact numbers: one, or several (a list, or text separated by semicolons)."""
    found: dict[str, list[Fraction]] = {}
    problems: list[Problem] = []
    for name, cell in row.items():
        if name in ("participant", "amount_is"):
            continue
        parts = cell if isinstance(cell, list | tuple) else str(cell).split(";") if isinstance(cell, str) else [cell]
        try:
            found[name] = [number(part) for part in parts]
        except ValueError:
            problems.append(
                Problem(
                    f"{place}, {name}", "a number such as 74.5", repr(cell), "Write it with a point, without units."
                )
            )
    return found, problems


def _signs(numbers: Mapping[str, list[Fraction]], place: str) -> list[Problem]:
    lows = {"salary": Fraction(0), "days": Fraction(0), "fte": Fraction(0), "year_days": Fraction(1)}
    return [
        Problem(f"{place}, {name}", f"a number of at least {low}", str(numbers[name][0]), "Mend the value.")
        for name, low in lows.items()
        if name in numbers and (numbers[name][0] < low or (name.endswith("days") and numbers[name][0].denominator != 1))
    ]


def _participant(
    plan: Plan, row: Mapping[str, Any], numbers: Mapping[str, list[Fraction]], targets: Mapping[str, Values]
) -> tuple[Participant, Frame]:
    readings = {source.id: _reading(source, numbers, targets) for source in plan.sources}
    year = int(numbers.get("year_days", [Fraction(365)])[0])
    days = int(numbers.get("days", [Fraction(year)])[0])
    segment = Segment(
        annual=int(numbers.get("salary", [Fraction(0)])[0] * 10**plan.minor_units),
        days=days,
        fte=numbers.get("fte", [Fraction(1)])[0],
        amount_is=str(row.get("amount_is", "full_time")),
        readings=readings,
    )
    return Participant(str(row.get("participant", "")), (segment,), readings), Frame("", year, year)


def _reading(source: Source, numbers: Mapping[str, list[Fraction]], targets: Mapping[str, Values]) -> Reading:
    def ratio(name: str, n: Fraction | None = None) -> Ratio | None:
        """The first number of a column, where there is one."""
        values = numbers.get(name)
        return Ratio(values[0].numerator, values[0].denominator, n) if values else None

    answers = numbers.get(f"{source.id}.n")
    several = numbers.get(source.id, [])
    three = tuple(numbers[f"{source.id}.{part}"][0] for part in PARTS[3:] if f"{source.id}.{part}" in numbers)
    target = source.target
    aim = target.values if isinstance(target, Aim) else targets.get(str(target))
    return Reading(
        own=ratio(source.id, answers[0] if answers else None),
        team=ratio(f"{source.id}.team"),
        before=ratio(f"{source.id}.before"),
        transactions=tuple(Ratio(each.numerator, each.denominator) for each in several),
        target=(three[0], three[1], three[2]) if len(three) == 3 else aim,
    )
