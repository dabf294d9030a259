"""Who was asked, beside a survey figure: in a few words, in a sentence, and once what the interval does not cover."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dashboard.formats import Formats
from dashboard.words import _
from kpis.definitions import KpiDefinition

if TYPE_CHECKING:
    from kpis.workflows.measure import Asked


def unrecorded() -> str:
    """What stands beside a survey figure where nobody kept whom it was sent to."""
    return _("It is not recorded who was asked.")


def covers() -> str:
    """What the interval of a survey figure does not cover."""
    return _("The interval covers chance, not who did not answer.")


def protected() -> str:
    """What stands beside a survey figure where the counts would tell of a group that is not shown."""
    return _("Who was asked is not shown, to protect people.")


def days() -> str:
    """Which days the two counts go by."""
    return _("Invited counts by the day of sending, n by the day of the answer.")


def rate(write: Formats, found: "Asked") -> str:
    """The share of those asked who answered, and why it does not count yet."""
    if found.state == "suppressed":
        return _("not shown")
    if found.rate is None:
        return found.reason or "–"
    told, waits = write.percent(found.rate, 1), {"ripening": _("still ripening"), "not validated": _("not validated")}
    return f"{told} ({waits[found.state]})" if found.state in waits else told


def short(write: Formats, kpi: KpiDefinition, found: "Asked | None") -> str:
    """Beside n: who is behind a survey figure; nothing beside others."""
    if not kpi.surveyed:
        return ""
    if found is None:
        return _("not recorded who was asked")
    if found.state == "suppressed":
        return _("response not shown")
    return _("{rate} of {invited} asked").format(rate=rate(write, found), invited=write.number(found.invited))


def line(write: Formats, kpi: KpiDefinition, found: "Asked | None") -> str:
    """Who is behind a survey figure, in a sentence; nothing beside others."""
    if not kpi.surveyed:
        return ""
    if found is None or found.state == "suppressed":
        return f"{unrecorded() if found is None else protected()} {covers()}"
    counts = {name: write.number(getattr(found, name)) for name in ("invited", "answered")}
    told = [_("{invited} were asked, {answered} answered: {rate}.").format(rate=rate(write, found), **counts)]
    if found.not_asked:
        told.append(_("Not asked: {n}.").format(n=write.number(found.not_asked)))
    return " ".join([*told, days(), covers()])


def once(kpi: KpiDefinition, found: Iterable["Asked | None"]) -> str:
    """What is said once below figures that have their counts beside them; nothing below others."""
    if not kpi.surveyed:
        return ""
    held = [each is not None for each in found]
    if not any(held):
        return f"{unrecorded()} {covers()}"
    some = [] if all(held) else [_("Where no count stands, it is not recorded who was asked.")]
    return " ".join([days(), *some, covers()])
