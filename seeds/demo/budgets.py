"""The demo company's budgets: what a plan pays at target to whoever works there when plans are made, and a twentieth more."""

import csv
from datetime import date
from fractions import Fraction
from pathlib import Path

from kpis.incentives.plan import parse

MADE_ON = date(2026, 3, 16)
MORE = Fraction(21, 20)
PERIODS = {"month": 12, "quarter": 4, "half": 2, "year": 1}
WORD, THOUSAND = "BUDGET", 1000


def budgeted(text: str, deliveries: Path) -> str:
    """A plan's text with its budget of one period written out, to the next thousand; a plan without one stays as it is."""
    if WORD not in text:
        return text
    plan, hours = parse(text.replace(WORD, "0")), _hours(deliveries)
    whole = Fraction(0)
    for row in _in_force(deliveries / "pay_basis.csv", "valid_from", "valid_to"):
        terms = plan.opportunity.of(row["person"], row["level"])
        if row["level"] in plan.participants.levels and terms and row["person"] in hours:
            whole += Fraction(row["amount"]) * hours[row["person"]] * (terms.percent_of_salary or 0) / 100
    amount = -(-whole * MORE // (PERIODS[plan.frequency] * THOUSAND)) * THOUSAND
    return text.replace(WORD, str(amount))


def _hours(deliveries: Path) -> dict[str, Fraction]:
    """The part of full time each person works."""
    rows = _in_force(deliveries / "employment.csv", "hired_on", "left_on")
    return {row["person"]: Fraction(row["contract_hours"]) / Fraction(row["full_time_hours"]) for row in rows}


def _in_force(file: Path, since: str, until: str) -> list[dict[str, str]]:
    day = str(MADE_ON)
    with file.open(encoding="utf-8", newline="") as opened:
        return [row for row in csv.DictReader(opened) if row[since] <= day and (not row[until] or row[until] >= day)]
