"""Data quality: what arrived, what was admitted, and why the rest was not."""

import streamlit as st

from dashboard import charts, data
from dashboard.access import Viewer
from dashboard.components import Column, chart_head, draw, lead, offer, page_head, problem, section, state, table
from dashboard.words import _, ngettext, plain


def view(viewer: Viewer) -> None:
    """Draw the page."""
    page_head(_("Data quality"))
    found = data.quality(viewer)
    if found is None:
        state(
            "nothing",
            _("Nothing was delivered yet."),
            _("No contract has received a file."),
            _("Deliver a first file."),
        )
        return
    lead(f"**{plain(found.verdict)}** {plain(found.more)}")
    chart_head(
        found.arrival,
        _("Each delivery by day. Circle: admitted; diamond: part quarantined; cross: refused; dash: none."),
    )
    draw(charts.deliveries(found.days, found.contracts, found.heads, title=found.arrival))
    left, right = st.columns([7, 5], gap="medium")
    with left:
        _accounted(found)
    with right:
        _reasons(found)
    _receipts(found)


def _accounted(found: data.Quality) -> None:
    chart_head(_("Every row is accounted for"), _("Received = admitted + quarantined + identical repeats."))
    heads = (_("Received"), _("admitted"), _("quarantined"), _("repeats"))
    columns = [Column(_("Contract")), *(Column(head, number=True) for head in heads)]
    table(
        columns,
        found.accounted,
        alt=_("Rows received, admitted, quarantined and repeated, by contract"),
        key="accounted",
        bold=found.totals,
    )
    if found.refused:
        problem(found.refused)


def _reasons(found: data.Quality) -> None:
    title = ngettext("Why {n} row waits in quarantine", "Why {n} rows wait in quarantine", found.waiting).format(
        n=found.waiting_text
    )
    chart_head(title if found.waiting else _("Nothing waits in quarantine"))
    if found.reasons:
        columns = [Column(_("Contract")), Column(_("Reason")), Column(_("Rows"), number=True), Column(_("First seen"))]
        table(columns, found.reasons, alt=_("Reasons for quarantine with their number of rows"), key="reasons")


def _receipts(found: data.Quality) -> None:
    section(_("Receipts"))
    heads = (_("No."), _("Received"), _("Contract"), _("File"), _("State"))
    columns = [
        *(Column(head) for head in heads),
        Column(_("Rows"), number=True),
        Column(_("Admitted"), number=True),
        Column(_("Hash")),
    ]
    table(columns, found.listed, alt=_("Every receipt, newest first"), key="receipts")
    about = [(_("What"), _("Receipts of every delivery")), (_("Company"), data.workspace().settings.company.name)]
    offer(columns, found.listed, name="receipts", about=about, key="receipts_xlsx")
