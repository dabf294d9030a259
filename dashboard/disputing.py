"""Contested lines as texts: whose, which, why, what it was paid on, and how it ended."""

from collections.abc import Sequence

from dashboard.data.disputes import ContestedLine
from dashboard.formats import Formats
from dashboard.slip_beside import outcome
from dashboard.slip_texts import value
from dashboard.words import _, ngettext
from kpis.workflows.slip_figures import Read


def title(found: Sequence[ContestedLine]) -> str:
    """How many lines wait for a decision."""
    left = sum(each.dispute.outcome == "open" for each in found)
    if not left:
        return _("Every contested line is decided")
    return ngettext("{n} contested line waits for a decision", "{n} contested lines wait for a decision", left).format(
        n=left
    )


def rows(write: Formats, found: Sequence[ContestedLine]) -> list[list[str]]:
    """Number, person, line, its amount, what was written, state and reason."""
    return [
        [
            str(each.dispute.number), each.name, each.line, each.dispute.text,
            " ".join(part for part in (outcome(write, each.dispute), each.dispute.reason) if part), write.amount(each.worth),
        ]
        for each in found
    ]  # fmt: skip


def label(write: Formats, each: ContestedLine) -> str:
    """A dispute in a select box."""
    return _("No. {n}: {name}, {line}, {amount}").format(
        n=each.dispute.number, name=each.name, line=each.line, amount=write.money(each.worth)
    )


def evidence(write: Formats, each: ContestedLine) -> str:
    """The figures the line was paid on, each with interval, n and target, in a sentence."""
    if not each.figures:
        return _("No measured figure stands behind this line.")
    told = _("{kpi} is {value} ({interval}, {n}); target {target}.")
    return " ".join(
        told.format(
            kpi=one.title,
            value=value(write, one, one.exact),
            interval=_span(write, one),
            n=_("n unknown") if one.n is None else write.n(one.n),
            target=_("none") if one.values is None else " / ".join(value(write, one, aim) for aim in one.values),
        )
        for one in each.figures
    )


def _span(write: Formats, each: Read) -> str:
    held = each.figure
    if held is None or held.low is None or held.high is None:
        return _("no interval")
    return write.interval(held.low, held.high, each.unit, each.decimals)
