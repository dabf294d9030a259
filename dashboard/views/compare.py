"""Your own sheet: who it pays another amount than a run does, why, and what payroll paid."""

import streamlit as st

from dashboard import data, payments, their_sheets
from dashboard.access import Viewer
from dashboard.components import Column, Picker, chart_head, lead, offer, page_head, section, small, state, table
from dashboard.words import _

LARGEST = 30


def view(viewer: Viewer) -> None:
    """Draw the page."""
    runs = data.comparable(viewer)
    if not runs:
        page_head(_("Your own sheet"))
        state("nothing", _("No run yet."), _("There is nothing to compare with."), _("Make a payout run first."))
        return
    run = page_head(_("Your own sheet"), [Picker("run", _("Run"), runs, next(iter(runs)), width=300)])["run"]
    _compared(viewer, run)
    _paid(viewer, run)


def _compared(viewer: Viewer, run: str) -> None:
    small(
        _(
            "It needs an employee number and a payout. Salary, FTE, days, figures and targets help to find a cause. Nothing of it is kept."
        )
    )
    left, right = st.columns([7, 5], gap="medium")
    file = left.file_uploader(_("Your sheet, as XLSX"), type=["xlsx"], max_upload_size=LARGEST, key="theirs")
    layout = right.file_uploader(
        _("Its titles, as YAML, where ours do not fit"), type=["yaml", "yml"], max_upload_size=1, key="titles"
    )
    if file is None:
        state(
            "nothing",
            _("No sheet yet."),
            _("Every person with another amount appears here, with the cause."),
            _("Choose your sheet above."),
        )
        return
    titles = (layout.name, layout.getvalue().decode("utf-8", "replace")) if layout else None
    found, names = data.beside(viewer, (file.name, file.getvalue()), run, titles)
    write = data.formats()
    lead(their_sheets.lead(write, found))
    chart_head(
        _("What the differences come from"),
        _("A cause is what gives your amount when it is calculated; nothing is guessed."),
    )
    heads = [Column(_("Cause")), Column(_("People"), number=True), Column(_("Yours less ours"), number=True)]
    table(heads, their_sheets.total_rows(write, found), alt=_("People and difference by cause"), key="causes")
    if not found.found.differences:
        return
    chart_head(_("Who is paid another amount"), _("The largest difference first."))
    columns = their_sheets.columns(found)
    table(
        columns,
        their_sheets.rows(write, found, names),
        alt=_("Every person whose amount differs, with the cause"),
        key="differences",
    )
    about = their_sheets.about(found, data.workspace().settings.company.name, write)
    offer(columns, their_sheets.sheet(found, names), name="differences", about=about, key="differences_xlsx")


def _paid(viewer: Viewer, run: str) -> None:
    section(_("What payroll paid"))
    history, names = data.payments(viewer, run)
    write = data.formats()
    lead(payments.lead(write, history))
    if history.files or history.payments:
        heads = [
            Column(_("When")),
            Column(_("What")),
            Column(_("Lines"), number=True),
            Column(_("Sum"), number=True),
            Column(_("By")),
        ]
        table(heads, payments.rows(write, history), alt=_("Files handed over and read back"), key="payroll_files")
    open_rows = payments.open_rows(write, history, names)
    if open_rows:
        heads = [
            Column(_("Name")),
            Column(_("State")),
            *(Column(head, number=True) for head in (_("Handed over"), _("Paid"), _("Difference"))),
        ]
        table(heads, open_rows, alt=_("Everyone who was not paid what was handed over"), key="payroll_open")
