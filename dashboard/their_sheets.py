"""What a comparison with HR's own sheet says: its lead, its totals, its rows, and the workbook of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.components.tables import Column, to_xlsx
from dashboard.formats import Formats
from dashboard.words import _, ngettext, plain
from kpis.payroll.compare import KINDS, RULES, Difference, Told
from kpis.workflows.their_sheets import Beside


def kinds() -> dict[str, str]:
    """The name of every cause."""
    names = (
        _("Rounding"),
        _("Proration"),
        _("No row in your sheet"),
        _("Not paid by ours"),
        _("Other input"),
        _("Unexplained"),
    )
    return dict(zip(KINDS, names, strict=True))


def modes() -> dict[str, str]:
    """The name of every way to round."""
    return {"half_up": _("halves up"), "half_even": _("halves to even"), "down": _("always down")}


def told(each: Told) -> str:
    """One sentence of what was found."""
    inputs = {name: modes().get(value, value) if name == "mode" else value for name, value in each.inputs.items()}
    return _(RULES[each.rule]).format(**inputs)


def lead(write: Formats, found: Beside) -> str:
    """How many are equal, how many differ and by how much in all."""
    differences = found.found.differences
    if not differences:
        return _("Your sheet and {ours} pay all {n} people the same, to the cent.").format(
            ours=plain(found.ours), n=found.found.equal
        )
    total = sum(each.difference for each in differences)
    unexplained = sum(1 for each in differences if each.kind == "unexplained")
    counted = ngettext(
        "{n} person is paid another amount", "{n} people are paid another amount", len(differences)
    ).format(n=len(differences))
    end = (
        _("the cause was found for all of them")
        if not unexplained
        else ngettext("for {n} no cause was found", "for {n} no cause was found", unexplained).format(n=unexplained)
    )
    return _(
        "**{counted}** in your sheet than by {ours}: {total} in all; {end}. {equal} are equal to the cent."
    ).format(counted=counted, ours=plain(found.ours), total=write.money(total), end=end, equal=found.found.equal)


def totals(write: Formats, found: Beside) -> list[str]:
    """One line for equal rows and one for each cause."""
    names = kinds()
    lines = [_("{n} equal to the cent.").format(n=found.found.equal)]
    return lines + [
        _("{kind}: {n}, {amount}.").format(kind=names[kind], n=n, amount=write.money(amount))
        for kind, (n, amount) in found.found.counts().items()
    ]


def total_columns() -> list[Column]:
    """The columns of the table of causes."""
    return [Column(_("Cause")), Column(_("People"), number=True), Column(_("Yours less ours"), number=True)]


def total_rows(write: Formats, found: Beside) -> list[list[str]]:
    """Cause, people and difference, for the table."""
    names = kinds()
    return [
        [_("Equal to the cent"), write.number(found.found.equal), write.money(0)],
        *([names[kind], write.number(n), write.money(amount)] for kind, (n, amount) in found.found.counts().items()),
    ]


def row(write: Formats, each: Difference, names: Mapping[str, str] | None = None) -> dict[str, str]:
    """One person as texts."""
    why = "; ".join(map(told, each.told))
    if each.support > 1:
        why += _(" (gives {n} rows of your sheet)").format(n=each.support)
    beside = "; ".join(map(told, each.beside))
    return {
        "number": each.number,
        "name": (names or {}).get(each.person, ""),
        "theirs": "" if each.theirs is None else write.amount(each.theirs),
        "ours": "" if each.ours is None else write.amount(each.ours),
        "difference": write.amount(each.difference),
        "cause": kinds()[each.kind],
        "why": why + (_(". Also differs: {beside}").format(beside=beside) if beside else ""),
        "where": each.where,
    }


def columns(found: Beside) -> list[Column]:
    """The columns of the table of differences."""
    money = [Column(f"{head}, {found.currency}", number=True) for head in (_("Yours"), _("Ours"), _("Difference"))]
    return [Column(_("Employee")), Column(_("Name")), *money, Column(_("Cause")), Column(_("Found")), Column(_("Cell"))]


def rows(write: Formats, found: Beside, names: Mapping[str, str]) -> list[list[str]]:
    """Every difference as a row under `columns`."""
    return [list(row(write, each, names).values()) for each in found.found.differences]


def sheet(found: Beside, names: Mapping[str, str]) -> list[list[Any]]:
    """Every difference with real numbers, for a workbook."""
    write = Formats(currency=found.currency)
    return [_cells(each, row(write, each, names), 10**found.minor_units) for each in found.found.differences]


def _cells(each: Difference, said: Mapping[str, str], unit: int) -> list[Any]:
    amounts = (None if minor is None else minor / unit for minor in (each.theirs, each.ours, each.difference))
    return [said["number"], said["name"], *amounts, said["cause"], said["why"], said["where"]]


def about(found: Beside, company: str, write: Formats) -> Sequence[tuple[str, str]]:
    """What the workbook says of itself."""
    return [
        (_("What"), _("Your own sheet beside {ours}").format(ours=found.ours)), (_("Company"), company),
        (_("Plan and period"), f"{found.plan}, {found.period}"), *((_("Total"), line) for line in totals(write, found)),
    ]  # fmt: skip


def to_workbook(write: Formats, found: Beside, names: Mapping[str, str], company: str) -> bytes:
    """The differences as XLSX."""
    return to_xlsx(columns(found), sheet(found, names), about(found, company, write))
