"""Claims on what was paid, as texts: terms, what may be claimed and why, and how each claim ended."""

from collections.abc import Sequence

from dashboard.data.clawbacks import Claims
from dashboard.formats import Formats
from dashboard.words import _
from kpis.incentives.clawback import Claim
from kpis.incentives.terms import Clawback
from kpis.workflows.clawbacks import Claimed


def terms(write: Formats, found: Clawback) -> str:
    """What the plan lets be claimed back, in a sentence."""
    share = _("all of it") if found.share is None else f"{write.number(found.share, 1)}%"
    falls = _(", a part less for each month completed") if found.falls else ""
    against = _("of any plan") if found.set_off else _("of this plan")
    told = _("For {months} months after payment, {share}{falls}, for: {causes}.") + " "
    told += _("Set off against later variable pay {against}, never base pay.")
    return told.format(months=found.months, share=share, falls=falls, causes=", ".join(found.causes), against=against)


def may(write: Formats, found: Claim) -> str:
    """What may be claimed, with what it was computed from, or why nothing."""
    if not found.amount:
        return _("Nothing may be claimed back: {reason}").format(reason=found.reason)
    told = _("{amount} may be claimed back: {share} of {inside} paid in the window, {left} months of it left.")
    share = write.percent(found.share, 1)
    if found.restated:
        told += " " + _("The newest calculation pays {less} less than was paid: {proposed} is proposed.")
    return told.format(
        amount=write.money(found.amount), share=share, inside=write.money(found.inside), left=found.months_left,
        less=write.money(found.restated), proposed=write.money(found.proposed),
    )  # fmt: skip


def rows(write: Formats, found: Claims) -> list[list[str]]:
    """Number, person, cause and day, why, state, paid, amount, set off."""
    return [
        [
            str(each.claim.entry), name, f"{each.claim.cause}, {write.full_day(each.claim.event)}", each.claim.reason,
            state(each), write.amount(each.claim.paid), write.amount(each.claim.amount), write.amount(each.taken),
        ]
        for name, each in found.rows
    ]  # fmt: skip


def state(each: Claimed) -> str:
    """Where a claim stands, with the reason of its decision."""
    words = {
        "proposed": _("Proposed"), "accepted": _("Accepted, waits to be set off"), "settled": _("Set off in full"), "dropped": _("Dropped"),
    }[each.state]  # fmt: skip
    return f"{words}: {each.decision.reason}" if each.decision else words


def waiting(found: Claims) -> Sequence[tuple[str, Claimed]]:
    """The claims that wait for another person."""
    return [(name, each) for name, each in found.rows if each.decision is None]
