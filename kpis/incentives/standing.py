"""How a person stands after a payout, and what the next one is set against: the year so far, a shortfall, draws to be made good."""

from dataclasses import dataclass

from kpis.incentives.plan import Plan


@dataclass(frozen=True)
class Standing:
    """After a payout: paid more than is due, and draws that are still to be made good. Minor units."""

    shortfall: int = 0
    draws: int = 0


def keeps(plan: Plan) -> bool:
    """Whether anything of a year outlives it: a shortfall, or a draw."""
    carries = plan.year_to_date is not None and plan.year_to_date.year_end != "forgive"
    return carries or (plan.draw is not None and plan.draw.recoverable)


def owed(plan: Plan, paid: int, opening: Standing, now: Standing) -> tuple[int, int, int]:
    """What counts as paid this year, what is carried into it, and draws to be made good, as a participant has them.

    `paid` is everything paid this year. A draw taken this year is no pay until it is made good, and one of an earlier year that was
    made good was kept from pay: what is due pays it. A carried shortfall counts all year, as what is due counts from its start.
    """
    carries = plan.year_to_date is not None and plan.year_to_date.year_end != "forgive"
    return paid - (now.draws - opening.draws), opening.shortfall if carries else 0, now.draws
