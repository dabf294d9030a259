"""What of a payout may be claimed back after an event, by the terms of its plan, and how claims are set off against later pay.

Pure: payments, the day of the event and earlier claims are given. A claim is never more than was paid, never of a payment
outside the window, and never taken from base pay: it is set off against variable pay that is due, and what is left waits.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kpis.exact import round_whole
from kpis.incentives.terms import Clawback


@dataclass(frozen=True)
class Payment:
    """What one closing paid a person of a run, in minor units, and when."""

    on: date
    amount: int


@dataclass(frozen=True)
class Claim:
    """What may be claimed back: of what was paid in the window, with the share and the fewest months left; or why nothing.

    `paid` is what was paid in all, `inside` the part of it within the window; `amount` has earlier claims taken off. `restated` is
    what the newest calculation pays less than was paid and not claimed yet, 0 without one. Minor units.
    """

    paid: int
    inside: int
    share: Fraction
    months_left: int
    amount: int
    reason: str = ""
    restated: int = 0

    @property
    def proposed(self) -> int:
        """What to claim unless a person says less: the restatement's difference where there is one, never more than may be."""
        return min(self.amount, self.restated) if self.restated else self.amount


def claim(terms: Clawback | None, cause: str, event: date, payments: Sequence[Payment], earlier: int = 0) -> Claim:
    """What the terms allow to claim back for a cause on the day of an event; `earlier` was claimed of the same payout.

    The window of a payment is [its day, its day + months). With `falls: monthly` each completed month since the payment
    takes its part off. Rounded down, in favour of the person.
    """
    paid = sum(each.amount for each in payments)
    wrong = _refused(terms, cause)
    if terms is None or wrong:
        return Claim(paid, 0, Fraction(0), 0, 0, wrong)
    inside = [(each, _left(terms, each.on, event)) for each in payments]
    inside = [(each, left) for each, left in inside if left]
    if not inside:
        return Claim(paid, 0, Fraction(0), 0, 0, f"The event is not within {terms.months} months of a payment.")
    share = (Fraction(100) if terms.share is None else terms.share) / 100
    parts = (each.amount * share * _weight(terms, left) for each, left in inside)
    amount = min(round_whole(max(sum(parts, Fraction(0)), Fraction(0)), "down"), max(paid, 0)) - earlier
    told = "" if amount > 0 else "It was claimed before." if earlier else "Nothing was paid in the window."
    return Claim(
        paid, sum(each.amount for each, _left in inside), share, min(left for _, left in inside), max(amount, 0), told
    )


def _refused(terms: Clawback | None, cause: str) -> str:
    if terms is None:
        return "The plan has no terms of clawback."
    return "" if cause in terms.causes else f"The plan claims back for {', '.join(terms.causes)} only."


def _left(terms: Clawback, paid: date, event: date) -> int:
    """Months of the window that are not completed by the event; 0 outside it."""
    if event < paid:
        return 0
    done = (event.year - paid.year) * 12 + event.month - paid.month
    done -= after(paid, done) > event
    return max(terms.months - done, 0)


def _weight(terms: Clawback, left: int) -> Fraction:
    return Fraction(left, terms.months) if terms.falls == "monthly" else Fraction(1)


def after(day: date, months: int) -> date:
    """The same day that many months later, or the month's last day where it has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@dataclass(frozen=True)
class Open:
    """An accepted claim with what is left of it, in minor units."""

    number: int
    person: str
    left: int


def set_off(due: Mapping[str, int], claims: Sequence[Open]) -> dict[int, int]:
    """By claim, what is set off against what is due to each person now, the oldest claim first; nobody falls below 0."""
    left, found = dict(due), {}
    for each in sorted(claims, key=lambda one: one.number):
        amount = min(each.left, max(left.get(each.person, 0), 0))
        if amount:
            found[each.number] = amount
            left[each.person] -= amount
    return found
