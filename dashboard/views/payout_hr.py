"""What HR does about a payout run: decide on exceptions, check, close."""

import streamlit as st

from dashboard import data, payouts
from dashboard.access import Viewer
from dashboard.components import Column, table
from dashboard.formats import Formats
from dashboard.payouts import APPROVED, CALCULATED, CLOSED
from dashboard.words import _


def draw(viewer: Viewer, write: Formats, found: data.PayoutRun) -> None:
    """Draw what HR may do in the run's state; each button is decided again by the server."""
    _exceptions(found)
    if data.acting(viewer) and found.at.state in (CALCULATED, APPROVED, CLOSED):
        _acts(viewer, write, found)


def _exceptions(found: data.PayoutRun) -> None:
    columns = [Column(each) for each in (_("No."), _("Whose"), _("What was seen"), _("Decided"), _("Why"))]
    rows = payouts.exceptions(found)
    if rows:
        table(columns, rows, alt=_("Exceptions with what was decided"), key="exceptions")


def _acts(viewer: Viewer, write: Formats, found: data.PayoutRun) -> None:
    run, at = found.at.run.id, found.at
    if at.exceptions and at.state != APPROVED:
        number = st.selectbox(_("Exception"), [each.number for each in at.exceptions], key="which")
        choice = st.segmented_control(_("Decision"), ["pay", "hold"], default="pay", key="choice")
        why = st.text_input(_("Why"), key="why")
        if st.button(_("Record the decision"), key="decide"):
            data.acted(viewer, "decide", run, number, choice or "", why)
            st.rerun()
    if at.state == CALCULATED:
        second = st.text_input(_("Who approves: employee number or address"), key="asked")
        if st.button(_("Ask for approval"), type="primary", key="check"):
            data.acted(viewer, "check", run, second)
            st.rerun()
    elif at.due and st.button(_("Close {amount}").format(amount=write.money(at.pays)), type="primary", key="close"):
        data.acted(viewer, "close", run)
        st.rerun()
