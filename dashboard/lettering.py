"""The way of letters as texts: who was told and when, for the list that HR sees and the line a holder reads."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from dashboard.formats import Formats, spelled
from dashboard.words import _, plain

if TYPE_CHECKING:
    from dashboard.data.letters import Standing


def heads() -> list[tuple[str, bool]]:
    """The heads of the list."""
    return [(_("Name"), False), (_("State"), False), (_("Sent"), True), (_("Opened"), True), (_("Acknowledged"), True)]


def row(write: Formats, each: "Standing") -> list[str]:
    """One holder in the list."""
    words = {
        "never told": _("Never told"), "sent": _("Sent"), "opened": _("Opened"), "acknowledged": _("Acknowledged"),
    }  # fmt: skip
    told = [
        words[each.state],
        *([_("sent late")] if each.late else []),
        *([_("terms have changed")] if each.outdated else []),
        *([_("acknowledged for them: {proof}").format(proof=each.proof)] if each.proof else []),
    ]
    return [each.name, ", ".join(told), *(_day(write, at) for at in (each.sent, each.opened, each.acknowledged))]


def _day(write: Formats, day: date | None) -> str:
    return write.short_day(day) if day else "–"


def summary(found: Sequence["Standing"]) -> str:
    """How many were told and how many were not, as Markdown."""
    told = [each for each in found if each.sent]
    never, late = len(found) - len(told), sum(each.late for each in told)
    head = _("{told} of {all} people were told their targets, {read} say they have read them.").format(
        told=len(told), all=len(found), read=sum(each.state == "acknowledged" for each in told)
    )
    counts = ((_("{n} never"), never), (_("{n} late"), late))
    more = ", ".join(text.format(n=spelled(n)) for text, n in counts if n)
    return f"**{plain(head)}** {plain(f'{more.capitalize()}.')}" if more else f"**{plain(head)}**"


def way(write: Formats, sent: date, opened: date | None, acknowledged: date | None, late: bool, proof: str = "") -> str:
    """The way of one letter, in a line; `proof` is what HR named when it acknowledged for the holder."""
    told = [_("Sent {day}, late.") if late else _("Sent {day}.")]
    told = [told[0].format(day=write.day(sent))]
    told.append(_("Opened {day}.").format(day=write.day(opened)) if opened else _("Not opened yet."))
    told.append(
        _("Acknowledged {day}.").format(day=write.day(acknowledged)) if acknowledged else _("Not acknowledged yet.")
    )
    told += [_("HR noted it for you: {proof}.").format(proof=proof)] if proof else []
    return " ".join(told)
