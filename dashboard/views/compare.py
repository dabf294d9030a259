"""Your own sheet: who it pays another amount than a run does, why, and what payroll paid."""

import streamlit as st

from dashboard import data, payments, their_sheets
from dashboard.access import Viewer
from dashboard.components import Picker, chart_head, lead, offer, page_head, section, small, state, table
from dashboard.words import _

LARGEST = 30  # megabytes
NEEDS = "It needs an employee number and a payout; salary, FTE, days, figures and targets help to find causes. It is not kept."


def view(viewer: Viewer) -> None:
    """Draw the page."""
    runs = data.comparable(viewer)
    if not runs:
        page_head(_("Your own sheet"))
        state("nothing", _("No run yet."), _("There is nothing to compare with."), _("Make a payout run first."))
        return
    picked = page_head(_("Your own sheet"), [Picker("run", _("Run"), runs, next(iter(runs)), width=300)])
    _compared(viewer, picked["run"])
    _paid(viewer, picked["run"])


def _compared(viewer: Viewer, run: str) -> None:
    small(_(NEEDS))
    left, right = st.columns([7, 5], gap="medium")
    file = left.file_uploader(_("Your sheet, as XLSX"), type=["xlsx"], max_upload_size=LARGEST, key="theirs")
    titles = right.file_uploader(
        _("Its titles, where they are others (YAML)"), type=["yaml", "yml"], max_upload_size=1, key="titles"
    )
    if file is None:
        why = _("Everyone who is paid another amount appears here, with the cause.")
        state("nothing", _("No sheet yet."), why, _("Choose it above."))
        return
    layout = (titles.name, titles.getvalue().decode("utf-8", "replace")) if titles else None
    found, names = data.beside(viewer, (file.name, file.getvalue()), run, layout)
    write = data.formats()
    lead(their_sheets.lead(write, found))
    about = _("A cause is what gives your amount when it is calculated so; nothing is guessed.")
    chart_head(_("What the differences come from"), about)
    alt = _("People and difference by cause")
    table(their_sheets.total_columns(), their_sheets.total_rows(write, found), alt=alt, key="causes")
    if not found.found.differences:
        return
    chart_head(_("Who is paid another amount"), _("The largest difference first."))
    columns, alt = their_sheets.columns(found), _("Every person whose amount differs, with the cause")
    table(columns, their_sheets.rows(write, found, names), alt=alt, key="differences")
    told = their_sheets.about(found, data.workspace().settings.company.name, write)
    offer(columns, their_sheets.sheet(found, names), name="differences", about=told, key="differences_xlsx")


def _paid(viewer: Viewer, run: str) -> None:
    section(_("What payroll paid"))
    history, names = data.payments(viewer, run)
    write = data.formats()
    lead(payments.lead(write, history))
    if history.files or history.payments:
        alt = _("Files handed over and read back")
        table(payments.columns(), payments.rows(write, history), alt=alt, key="payroll_files")
    if rows := payments.open_rows(write, history, names):
        alt = _("Everyone who was not paid what was handed over")
        table(payments.open_columns(), rows, alt=alt, key="payroll_open")
