"""From an exact payout to what is paid now: one rounding, less what was paid this year, and never less than a draw."""

from dataclasses import dataclass
from fractions import Fraction

from kpis.exact import round_half_away, round_whole
from kpis.incentives.paid import Frame, Participant
from kpis.incentives.plan import Plan


@dataclass(frozen=True)
class Settled:
    """Minor units from what is due to what is paid.

    `due` is the rounded payout, or the share of a pool. `owed` was paid before or carried, `pay` is what is left of `due`,
    `shortfall` what was paid too much. With a `draw` the payout is at least that: `drawn` is paid ahead, `back` made good,
    and `balance` what is still to be.
    """

    due: int
    owed: int
    pay: int
    shortfall: int
    draw: int | None
    drawn: int
    back: int
    balance: int
    payout: int

    @property
    def shared(self) -> int:
        """What components and kickers are paid of it."""
        return min(self.pay, self.payout)


def settled(plan: Plan, participant: Participant, frame: Frame, exact: Fraction, opportunity: Fraction) -> Settled:
    """What an exact payout comes to now."""
    pooled = frame.pool is not None and participant.share is not None
    due = participant.share if pooled else round_whole(exact, plan.rounding)
    assert due is not None
    owed = participant.paid_before + participant.carried if plan.year_to_date else 0
    pay, shortfall = max(0, due - owed), max(0, owed - due)
    if plan.draw is None:
        return Settled(due, owed, pay, shortfall, None, 0, 0, participant.draw_balance, pay)
    percent, amount = plan.draw.percent, plan.draw.amount or Fraction(0)
    draw = round_half_away(percent * opportunity / 100 if percent is not None else amount * 10**plan.minor_units)
    drawn, balance = max(0, draw - pay), participant.draw_balance
    back = min(balance, max(0, pay - draw)) if plan.draw.recoverable else 0
    balance += (drawn if plan.draw.recoverable else 0) - back
    return Settled(due, owed, pay, shortfall, draw, drawn, back, balance, pay + drawn - back)
