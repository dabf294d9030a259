"""What payroll is told of a run: one line a person, wage code and cost centre, that sum to the run's total to the cent."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from data_contracts.problems import Problem
from kpis.calendar import Period
from kpis.organisation import Organisation
from kpis.payroll.layouts import Layout, amount
from kpis.payroll.mapping import Mapped, unmapped


@dataclass(frozen=True)
class Part:
    """One component of one payout in one segment: what payroll's lines are added up from. Money in minor units."""

    person: str
    department: str
    component: str
    amount: int


@dataclass(frozen=True)
class Line:
    """One line of the hand-off."""

    person: str
    wage_code: str
    cost_centre: str
    amount: int


def lines(plan: str, parts: Iterable[Part], mapped: Mapped, tree: Organisation) -> tuple[list[Line], list[Problem]]:
    """The lines of a run, in order of person, wage code and cost centre; or everything that is not mapped. Zero is no line."""
    held = list(parts)
    found = unmapped(mapped, ((plan, each.component) for each in held), (each.department for each in held), tree)
    if found:
        return [], found
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for each in held:
        code, centre = mapped.wage_code(plan, each.component), mapped.cost_centre(each.department, tree)
        sums[each.person, code or "", centre or ""] += each.amount
    return [Line(*key, total) for key, total in sorted(sums.items()) if total], []


@dataclass(frozen=True)
class About:
    """What all lines of a file share; `exponent` are the decimals of the currency."""

    run: str
    period: Period
    currency: str
    exponent: int


def rows(found: Sequence[Line], numbers: Mapping[str, str], about: About, layout: Layout) -> list[dict[str, str]]:
    """The fields of every line in the layout's marks, in order of employee number."""
    shared = _shared(about, layout)
    told = [
        {
            **shared,
            "employee_number": numbers[line.person],
            "wage_code": line.wage_code,
            "cost_centre": line.cost_centre,
            "gross": amount(line.amount, about.exponent, layout.decimal_mark),
        }
        for line in found
    ]
    return sorted(told, key=lambda row: (row["employee_number"], row["wage_code"], row["cost_centre"]))


def sums(found: Sequence[Line], about: About, layout: Layout) -> dict[str, str]:
    """The fields of first and last lines: how many lines, and their sum."""
    total = sum(line.amount for line in found)
    return {
        **_shared(about, layout),
        "rows": str(len(found)),
        "control_sum": amount(total, about.exponent, layout.decimal_mark),
    }


def _shared(about: About, layout: Layout) -> dict[str, str]:
    period = about.period
    year, _, number = period.name.partition("-")
    last = period.end.fromordinal(period.end.toordinal() - 1)
    return {
        "run": about.run, "currency": about.currency, "period": period.name, "year": year, "number": number.lstrip("QH") or "1",
        "first_day": period.start.strftime(layout.days), "last_day": last.strftime(layout.days),
    }  # fmt: skip


def anonymous(found: Sequence[Line], numbers: Mapping[str, str]) -> list[Problem]:
    """A problem for each person whose employee number was erased."""
    gone = sorted({line.person for line in found} - set(numbers))
    step = "The person was erased from the record: pay by hand, and read it back."
    return [Problem(f"person {key}", "an employee number", "none", step) for key in gone]
