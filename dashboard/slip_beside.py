"""What stands beside a payout's calculation as texts: held lines, adjustments with their cause, disputes with their state."""

from collections.abc import Mapping

from dashboard.formats import Formats
from dashboard.letters import Part
from dashboard.reading import Reader
from dashboard.words import _
from kpis.workflows.slip_beside import Beside, Contested
from kpis.workflows.slips import FullStatement


def amounts(write: Formats, beside: Beside) -> list[tuple[str, str]]:
    """What is held and what stands beside the payout, as labelled amounts; nothing where there is nothing."""
    told = ((_("Held back for now"), beside.waiting), (_("Adjustments"), beside.extra))
    return [(label, write.money(amount)) for label, amount in told if amount]


def parts(read: Reader, full: FullStatement) -> list[Part]:
    """The tables there is something to say in: held lines, adjustments, disputes."""
    found, names, write = full.beside, line_names(full), read.write
    held = [[names[each.component], " ".join(each.reasons), write.amount(each.amount)] for each in found.held]
    adjusted = [
        [kinds()[each.kind], each.cause, f"{read.name(each.by)}, {read.day(each.at)}", states()[each.state], write.amount(each.amount)]
        for each in found.adjustments
    ]  # fmt: skip
    contested = [_contested(read, names, each) for each in found.disputes]
    line, money = (_("Line"), False), (full.plan.currency, True)
    heads = [(_("What"), False), (_("Cause"), False), (_("By"), False), (_("State"), False), money]
    disputed = [(_("No."), False), line, (_("What you wrote"), False), (_("State"), False), (_("Decision"), False)]
    waits = _("What is not paid of the line yet waits; what was paid stays. Somebody who is not paid by it decides.")
    told = (
        Part(_("Held back"), _("These lines wait; the others do not. Paid when released."), [line, (_("Why"), False), money], held),
        Part(_("Adjustments"), _("Amounts beside the calculation, each with its cause."), heads, adjusted),
        Part(_("What you contest"), waits, disputed, contested),
    )  # fmt: skip
    return [each for each in told if each.rows]


def line_names(full: FullStatement) -> Mapping[str, str]:
    """What every line of a statement is called, by component; '' is the whole payout."""
    named = {each.id: each.name for each in (*full.plan.components, *full.plan.kickers)}
    beside = {each: _("Adjustment {n}").format(n=each.rpartition(" ")[2]) for each in full.beside.lines}
    return {**beside, "": _("The whole payout"), **named}


def _contested(read: Reader, names: Mapping[str, str], each: Contested) -> list[str]:
    decided = ""
    if each.decided:
        decided = _("{reason} ({who}, {day})").format(
            reason=each.reason, who=read.name(each.by), day=read.day(each.decided)
        )
    return [str(each.number), names.get(each.component, each.component), each.text, outcome(read.write, each), decided]


def outcome(write: Formats, each: Contested) -> str:
    """Where a dispute stands, in words."""
    if each.outcome == "granted":
        return _("Granted: {amount}").format(amount=write.money(each.amount))
    if each.outcome == "refused":
        return _("Refused")
    told = _("Open, overdue since {day}") if each.overdue else _("Open, to be decided by {day}")
    return told.format(day=write.full_day(each.until))


def kinds() -> dict[str, str]:
    """The name of every kind of adjustment."""
    return {
        "decided": _("Decided otherwise"), "dispute": _("Granted dispute"), "late data": _("Late data"),
        "clawback": _("Claimed back"), "set off": _("Set off against this payout"),
    }  # fmt: skip


def states() -> dict[str, str]:
    """The name of every state of an adjustment."""
    return {
        "paid": _("Paid"), "due": _("Paid at the next closing"), "held": _("Held"),
        "proposed": _("A difference in the lines, looked at by a person"), "claimed": _("Proposed; another person decides"),
        "accepted": _("Accepted: set off against later variable pay, never against base pay"),
        "settled": _("Set off in full"), "dropped": _("Dropped"),
    }  # fmt: skip
