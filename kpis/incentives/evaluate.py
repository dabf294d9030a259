"""A plan applied to given actual values, without a workspace: the calculator HR tests a plan with."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from io import StringIO
from typing import Any

from data_contracts.problems import Problem, did_you_mean, raise_if
from kpis.exact import PLAIN, Strict, number
from kpis.incentives import actuals as rules
from kpis.incentives import pool
from kpis.incentives.actuals import BALANCES, THREE
from kpis.incentives.curves import NoResultError
from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Run, Segment, Values
from kpis.incentives.plan import Aim, Plan, Source
from kpis.incentives.reckon import Work, reckon

TEXTS = ("participant", "amount_is", "level")
PERSONAL = ("participant", "salary", "days", "year_days", "last", "fte", "amount_is", "level", *BALANCES)
PARTS = ("n", "team", "before", "baseline", *THREE)
KEY = "00"  # orders equal remainders of a pool; a run keeps a secret one of its own


class Layout(Strict):
    """Which column of a file is which of a plan's, how the file writes that there is no value.

    `payout` names the column of payouts to compare with, where the file has one.
    """

    columns: Mapping[str, str]
    missing: tuple[str, ...] = ()
    payout: str = ""


@dataclass(frozen=True)
class Row:
    """One row of actuals, read: the person, and the period it is paid for."""

    participant: Participant
    frame: Frame
    place: str
    at: int = 0


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


def rows(text: str, layout: Layout | None = None, where: str = "actuals") -> list[dict[str, str]]:
    """The rows of a CSV text with a header; blank cells are absent, and with a layout all that it does not name.

    Raises Problems for a title that stands twice, and for cells beyond the titles.
    """
    found = _cells(text, where)
    if layout is None:
        return found
    return [
        {name: row[given] for name, given in layout.columns.items() if row.get(given, "") not in ("", *layout.missing)}
        for row in found
    ]


def published(text: str, layout: Layout) -> list[str]:
    """The payouts that a file holds itself, in the order of its rows; empty where it has none."""
    return [row.get(layout.payout, "") for row in _cells(text)]


def layout_problems(plan: Plan, layout: Layout, text: str, where: str) -> list[Problem]:
    """Columns that the plan or the file does not know, and published payouts that are no numbers."""
    header, known = next(csv.reader(StringIO(text.lstrip("\ufeff"))), []), columns(plan)
    names = [name.strip() for name in header]
    found = [
        Problem(f"{where}, columns.{name}", "a column that the plan reads", repr(name), did_you_mean(name, known))
        for name in layout.columns
        if name not in known
    ]
    wanted = {f"columns.{name}": given for name, given in layout.columns.items()} | {"payout": layout.payout}
    found += [
        Problem(f"{where}, {place}", "a column of the file", repr(given), did_you_mean(given, names))
        for place, given in wanted.items()
        if given not in names and (given or place != "payout")
    ]
    if layout.payout and not found:
        bad = [(at, each) for at, each in enumerate(published(text, layout)) if not PLAIN.match(each)]
        found = [
            Problem(f"{where}, payout, row {at + 1}", "a number", repr(each), "Mend the file.") for at, each in bad
        ]
    return found


def _cells(text: str, where: str = "actuals") -> list[dict[str, str]]:
    listed = [row for row in csv.reader(StringIO(text.lstrip("\ufeff"))) if row]
    titles = [name.strip() for name in listed[0]] if listed else []
    step = "Divide cells by commas, decimals by a point; each column has one title."
    found = [
        Problem(f"{where}, titles", f"{each!r} once", "twice", step)
        for each in sorted({*titles} - {""})
        if titles.count(each) > 1
    ]
    found += [
        Problem(f"{where}, row {at}", f"{len(titles)} cells, as there are titles", str(len(row)), step)
        for at, row in enumerate(listed[1:], start=1)
        if any(row[len(titles) :])
    ]
    raise_if(found)
    return [
        {name: value.strip() for name, value in zip(titles, row, strict=False) if value.strip()} for row in listed[1:]
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
    found: list[Row] = []
    problems: list[tuple[int, Problem]] = []
    seen: set[str] = set()
    for at, row in enumerate(actuals):
        person, place = str(row.get("participant", at + 1)), f"{where}, row {at + 1}"
        if person in seen:
            problems.append((at, Problem(place, "each participant once", repr(person), "Take the repeated row out.")))
            continue
        seen.add(person)
        one = read(plan, {"participant": person, **row}, targets or {}, place)
        if isinstance(one, Row):
            found.append(replace(one, at=at))
        else:
            problems += [(at, problem) for problem in one]
    works, unpaid = paid(plan, found)
    return Evaluation(works, tuple(problem for _, problem in sorted([*problems, *unpaid], key=lambda each: each[0])))


def work(plan: Plan, row: Mapping[str, Any], targets: Mapping[str, Values], place: str) -> Work | list[Problem]:
    """One row's payout, or every problem it has."""
    found = read(plan, row, targets, place)
    if not isinstance(found, Row):
        return found
    works, problems = paid(plan, [found])
    return works[0] if works else [problem for _, problem in problems]


def paid(plan: Plan, given: Sequence[Row]) -> tuple[tuple[Work, ...], list[tuple[int, Problem]]]:
    """The payouts of rows, a pool shared among those that have one, and why the others have none."""
    works: list[tuple[Row, Work]] = []
    problems: list[tuple[int, Problem]] = []
    for row in given:
        try:
            works.append((row, reckon(plan, row.participant, row.frame)))
        except NoResultError as none:
            step = "Add the value, or mend it."
            wanted = "a figure and a target for everything that pays"
            problems.append((row.at, Problem(row.place, wanted, str(none), step)))
    if plan.pool is None or not works:
        return tuple(done for _, done in works), problems
    try:
        return tuple(_pooled(plan, works)), problems
    except NoResultError as none:
        first = works[0][0]
        return (), [*problems, (first.at, Problem(first.place, "the figure that funds the pool", str(none), "Add it."))]


def _pooled(plan: Plan, works: Sequence[tuple[Row, Work]]) -> list[Work]:
    claims = [pool.Claim(done.person, done.before_pool, done.opportunity) for _, done in works]
    run = Run(plan, works[0][0].frame, tuple(row.participant for row, _ in works))
    shared = pool.settled(run, claims, KEY)
    return [
        reckon(plan, each, replace(row.frame, pool=shared.frame.pool))
        for (row, _), each in zip(works, shared.participants, strict=True)
    ]


def read(plan: Plan, row: Mapping[str, Any], targets: Mapping[str, Values], place: str) -> Row | list[Problem]:
    """One row as the person and period it speaks of, or every problem it has."""
    problems = [
        Problem(place, "a known column", repr(name), did_you_mean(name, columns(plan)))
        for name in row
        if name not in columns(plan)
    ]
    numbers, unread = _numbers(row, place)
    problems += [*unread, *rules.faults(plan, row, numbers, place)]
    level = str(row.get("level", ""))
    terms = plan.opportunity.of(str(row.get("participant", "")), level)
    if terms and terms.percent_of_salary is not None and "salary" not in numbers:
        problems.append(Problem(f"{place}, salary", "the salary of a year", "nothing", "Add the column salary."))
    if problems:
        return problems
    return Row(*_participant(plan, row, numbers, targets), place)


def _numbers(row: Mapping[str, Any], place: str) -> tuple[dict[str, list[Fraction]], list[Problem]]:
    """Every cell as exact numbers: one, or several (a list, or text separated by semicolons)."""
    found: dict[str, list[Fraction]] = {}
    problems: list[Problem] = []
    for name, cell in row.items():
        if name in TEXTS:
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


def _participant(
    plan: Plan, row: Mapping[str, Any], numbers: Mapping[str, list[Fraction]], targets: Mapping[str, Values]
) -> tuple[Participant, Frame]:
    readings = {source.id: _reading(source, numbers, targets) for source in plan.sources}
    unit = 10**plan.minor_units

    def one(name: str, otherwise: int) -> Fraction:
        """The first number of a column, or what stands for it."""
        return numbers.get(name, [Fraction(otherwise)])[0]

    year = int(one("year_days", 365))
    segment = Segment(
        annual=int(one("salary", 0) * unit),
        days=int(one("days", year)),
        fte=one("fte", 1),
        amount_is=str(row.get("amount_is", "full_time")),
        readings=readings,
        level=str(row.get("level", "")),
    )
    balances = (int(one(name, 0) * unit) for name in BALANCES)
    person = Participant(str(row.get("participant", "")), (segment,), readings, *balances)
    return person, Frame("", year, year, bool(one("last", 0)))


def _reading(source: Source, numbers: Mapping[str, list[Fraction]], targets: Mapping[str, Values]) -> Reading:
    def ratio(name: str, n: Fraction | None = None) -> Ratio | None:
        """The first number of a column, where there is one."""
        values = numbers.get(name)
        return Ratio(values[0].numerator, values[0].denominator, n) if values else None

    answers = numbers.get(f"{source.id}.n")
    several = numbers.get(source.id, [])
    three = tuple(numbers[f"{source.id}.{part}"][0] for part in THREE if f"{source.id}.{part}" in numbers)
    target = source.target
    aim = target.values if isinstance(target, Aim) else targets.get(str(target))
    return Reading(
        own=ratio(source.id, answers[0] if answers else None),
        team=ratio(f"{source.id}.team"),
        before=ratio(f"{source.id}.before"),
        transactions=tuple(Ratio(each.numerator, each.denominator) for each in several),
        target=(three[0], three[1], three[2]) if len(three) == 3 else aim,
        baseline=ratio(f"{source.id}.baseline"),
    )
