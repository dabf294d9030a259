"""Payouts settled over columns of people: `settle.settled` for everyone at once."""

from fractions import Fraction

import numpy as np

from kpis.exact import round_half_away
from kpis.incentives.columns import Columns
from kpis.incentives.inputs import Inputs
from kpis.incentives.plan import Plan
from kpis.incentives.tables import Ints


def settled(plan: Plan, found: Inputs, given: Columns, due: Ints) -> tuple[Ints, Ints | None, Ints]:
    """What lines share, what a draw adds (None without one), and the payout, in minor units."""
    pay = due if given.owed is None else np.maximum(due - given.owed, 0)
    if plan.draw is None:
        return pay, None, pay
    draw = _draw(plan, found)
    drawn = np.maximum(draw - pay, 0)
    if not plan.draw.recoverable or given.balance is None:
        return pay, drawn, pay + drawn
    back = np.minimum(given.balance, np.maximum(pay - draw, 0))
    return pay - back, drawn, pay + drawn - back


def _draw(plan: Plan, found: Inputs) -> Ints:
    """The draw of each person, halves up: percent of the opportunity, or an amount."""
    assert plan.draw is not None
    if plan.draw.percent is None:
        amount = round_half_away((plan.draw.amount or Fraction(0)) * 10**plan.minor_units)
        return np.full(found.opportunity.shape, amount)
    absolute = found.units.money > 0  # then the opportunity is whole ÷ base
    top, bottom = (found.whole, found.base) if absolute else (found.opportunity, found.opportunity_unit)
    percent = plan.draw.percent / 100
    product, step = (
        np.asarray(top, dtype=object) * percent.numerator,
        np.asarray(bottom, dtype=object) * percent.denominator,
    )
    return np.asarray((2 * product + step) // (2 * step))
