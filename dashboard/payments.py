"""What left for payroll and what came back, in words."""

from collections.abc import Mapping

from dashboard.components.tables import Column
from dashboard.formats import Formats
from dashboard.words import _, ngettext
from kpis.workflows.handovers import History


def states() -> dict[str, str]:
    """The name of every state of a payment."""
    return {"paid": _("Paid"), "differs": _("Differs"), "missing": _("Not paid"), "unknown": _("Not of this run")}


def lead(write: Formats, history: History) -> str:
    """Whether what was paid is what was handed over."""
    if not history.files and not history.payments:
        return _("Nothing was handed over for this run yet: `goldenthread payroll export` does.")
    if not history.payments:
        return _("Handed over, and nothing read back yet: `goldenthread payroll read-back` does.")
    wrong = [each for each in history.newest if each.state != "paid"]
    paid, over = (sum(of) for of in zip(*((e.paid, e.paid - e.expected) for e in history.newest), strict=True))
    if not wrong:
        return _("Paid to the cent: {amount} to {n} people.").format(
            amount=write.money(paid), n=write.number(len({each.person for each in history.newest}))
        )
    counted = ngettext(
        "{n} payment is not what was handed over", "{n} payments are not what was handed over", len(wrong)
    )
    told = (
        _("**{counted}**: {amount} too much in all.") if over >= 0 else _("**{counted}**: {amount} too little in all.")
    )
    return told.format(counted=counted.format(n=write.number(len(wrong))), amount=write.money(abs(over)))


def columns() -> list[Column]:
    """The columns of the table of files."""
    numbers = [Column(head, number=True) for head in (_("Lines"), _("Sum"))]
    return [Column(_("When")), Column(_("What")), *numbers, Column(_("By"))]


def rows(write: Formats, history: History) -> list[list[str]]:
    """Every file, newest first: when, what, lines, sum, by whom."""
    sent = [
        (f.made_at, _("Handed over, {layout}").format(layout=f.layout), write.number(f.lines), f.total, f.made_by)
        for f in history.files
    ]
    back = [(f.read_at, _("Read back"), "", f.paid, f.read_by) for f in history.payments]
    return [
        [write.full_day(at.date()), what, lines, write.money(amount), by]
        for at, what, lines, amount, by in sorted([*sent, *back], key=lambda each: each[0], reverse=True)
    ]


def open_columns() -> list[Column]:
    """The columns of the table of payments that are not what was handed over."""
    heads = (_("Handed over"), _("Paid"), _("Difference"))
    return [Column(_("Name")), Column(_("State")), *(Column(head, number=True) for head in heads)]


def open_rows(write: Formats, history: History, names: Mapping[str, str]) -> list[list[str]]:
    """Everyone of the newest file whose payment is not what was handed over."""
    return [
        [
            names.get(each.person or "", _("row {n} of the file").format(n=each.row)), states()[each.state],
            write.amount(each.expected), write.amount(each.paid), write.amount(each.paid - each.expected),
        ]
        for each in history.newest
        if each.state != "paid"
    ]  # fmt: skip
