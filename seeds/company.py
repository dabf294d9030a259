"""Make the demo company: the files its systems would deliver, and the definitions its people would write.

Deterministic: the same arguments give the same bytes, on every machine and in every process.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from seeds import deliveries, definitions
from seeds.cases import cases
from seeds.chance import Span, span
from seeds.counted import counted
from seeds.customers import customers, journeys
from seeds.deliveries import Delivery, Made
from seeds.organisation import UNITS
from seeds.people import staff
from seeds.roster import roster
from seeds.stories import Story, stories
from seeds.surveys import answers, candidates, invitations, touches
from seeds.visits import orders

LAST_DAY = date(2026, 11, 22)
A_PERSON_A_WEEK = 4.8
SHARES = {"cases": 0.24, "orders": 0.19, "journeys": 0.205}  # the rest are invitations and answers, which follow
A_CUSTOMER = 20  # observations per customer


@dataclass(frozen=True)
class Company:
    """What was made: deliveries in the order of admission, the rows that observe customers, and the planted truths."""

    folder: Path
    deliveries: tuple[Delivery, ...]
    observations: int
    stories: tuple[Story, ...]
    ends: datetime


def make(
    folder: Path, people: int = 1200, weeks: int = 104, seed: int = 7, observations: int | None = None, last_day: date = LAST_DAY
) -> Company:
    """Write the deliveries into `folder`/deliveries and the definitions into `folder`; returns what was made.

    About `observations` rows of customers (4.8 per person and week by default); at least 40 people and 2 weeks.
    """
    if people < 40 or weeks < 2:
        raise ValueError(f"a company of {people} people and {weeks} weeks is too small: 40 people and 2 weeks at least")
    over = span(last_day, weeks)
    made = _made(over, people, seed, observations or round(people * weeks * A_PERSON_A_WEEK))
    definitions.write(folder, made.staff, last_day)
    found = tuple(deliveries.write(folder / "deliveries", made))
    rows = sum(len(table["at"] if "at" in table else next(iter(table.values()))) for table in made.observations.values())
    return Company(folder, found, rows, stories(last_day, weeks), deliveries.closing(over))


def _made(over: Span, people: int, seed: int, size: int) -> Made:
    """Every table, each from a stream of its own."""
    team = staff(people, over, seed)
    at_work = roster(team, over)
    known = customers(max(50, size // A_CUSTOMER), over, seed)
    case = cases(round(size * SHARES["cases"]), over, at_work, known, seed)
    order = orders(round(size * SHARES["orders"]), over, at_work, known, seed)
    touch = touches(case, order)
    asked = invitations(touch, over, seed)
    heads = {unit.id: int((team.unit == at).sum()) for at, unit in enumerate(UNITS)}
    return Made(
        over, team, known, touch,
        {
            "service_cases": case, "orders": order, "invitations": asked,
            "digital_journeys": journeys(round(size * SHARES["journeys"]), over, known, seed),
            "survey_responses": answers(asked, touch, known, team, seed),
        },
        candidates(over, seed), tuple(counted(over, heads, seed)),
    )  # fmt: skip
