"""What other systems of the demo company count themselves: correct bills, the staff pulse, the cost of a visit."""

from datetime import date, timedelta

import numpy as np

from seeds.chance import Span, stream
from seeds.organisation import UNITS

BILLS_A_WEEK, CORRECT = 3_900, 0.984
PULSE = (0.01, 0.01, 0.01, 0.02, 0.03, 0.06, 0.09, 0.17, 0.26, 0.20, 0.14)
COST, SPREAD = 8_600, 3_100
Row = dict[str, str]


def counted(over: Span, headcount: dict[str, int], seed: int) -> list[Row]:
    """Rows of kpi_aggregates as text: weekly bills and costs, a monthly pulse; costs in cents, squares in cents squared."""
    rng = stream(seed, "counted")
    first, last = over.first.astype(object), over.last.astype(object)
    fridays = [each for at in range(over.days) if (each := first + timedelta(days=at)).weekday() == 4]
    size = sum(headcount.values())
    rows = [_bills(rng, day, max(60, BILLS_A_WEEK * size // 1200)) for day in fridays]
    rows += [_cost(rng, day, unit, max(20, 330 * size // 1200)) for day in fridays for unit in ("field_north", "field_south")]
    months = [date(year, month, 15) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    for day in (each for each in months if first <= each <= last):
        for unit in UNITS[4:]:
            rows += _pulse(rng, day, unit.id, headcount[unit.id])
    return sorted(rows, key=lambda row: (row["day"], row["kpi"], row["department"], int(row.get("bucket") or 0)))


def _bills(rng: np.random.Generator, day: date, size: int) -> Row:
    n = int(rng.poisson(size))
    return {"kpi": "billing_correct", "day": f"{day}", "department": "finance", "n": f"{n}", "ones": f"{rng.binomial(n, CORRECT)}"}


def _cost(rng: np.random.Generator, day: date, unit: str, size: int) -> Row:
    n = int(rng.poisson(size))
    costs = np.rint(COST * np.exp(rng.normal(-0.06, 0.35, n))).astype(np.int64)
    sums = {"total": f"{costs.sum()}", "squares": f"{(costs**2).sum()}"}
    return {"kpi": "cost_to_serve", "day": f"{day}", "department": unit, "n": f"{n}", **sums}


def _pulse(rng: np.random.Generator, day: date, unit: str, people: int) -> list[Row]:
    found = rng.multinomial(rng.binomial(people, 0.6), PULSE)
    fixed = {"kpi": "employee_nps", "day": f"{day}", "department": unit}
    return [{**fixed, "n": f"{n}", "bucket": f"{score}"} for score, n in enumerate(found.tolist()) if n]
