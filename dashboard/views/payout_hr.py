"""What HR does about a payout run: calculate, decide on exceptions, adjust, check, close, restate."""

from typing import Any

import streamlit as st

from dashboard import data, payouts
from dashboard.access import Viewer
from dashboard.components import Column, state, table
from dashboard.formats import Formats
from dashboard.payouts import APPROVED, CALCULATED, CLOSED
from dashboard.words import _


def draw(viewer: Viewer, write: Formats, found: data.PayoutRun) -> None:
    """Draw what HR may do in the run's state; each button is decided again by the server."""
    run, at = found.at.run.id, found.at
    rows = payouts.exceptions(write, found)
    if rows:
        heads = [Column(each) for each in (_("No."), _("Whose"), _("What was seen"))]
        columns = [*heads, Column(write.currency, number=True), Column(_("Decided")), Column(_("Why"))]
        table(columns, rows, alt=_("Exceptions with what was decided"), key="exceptions")
    if not data.acting(viewer):
        return
    if at.exceptions and at.state in (CALCULATED, CLOSED):
        _decide(viewer, write, found)
    if at.state == CALCULATED:
        second = st.text_input(_("Who approves: employee number or address"), key="asked")
        if st.button(_("Ask for approval"), type="primary", key="check"):
            data.acted(viewer, "check", run, second)
            st.rerun()
    label = _("Close {amount}").format(amount=write.money(at.pays))
    if at.state in (APPROVED, CLOSED) and at.due and st.button(label, type="primary", key="close"):
        data.acted(viewer, "close", run)
        st.rerun()
    if at.ever_closed and st.button(_("Calculate the period anew from what was delivered since"), key="restate"):
        _go_to(data.restated(viewer, run).id, at.run.period)
    _calculate(viewer)


def _decide(viewer: Viewer, write: Formats, found: data.PayoutRun) -> None:
    at = found.at
    number = st.selectbox(_("Exception"), [each.number for each in at.exceptions], key="which")
    names = payouts.people(found, number)
    whom = _("For whom: everybody, unless you name some")
    whose = st.multiselect(whom, list(names), format_func=names.get, key="whose")
    choices = ["pay", "hold", "adjust"] if at.state == CALCULATED else ["pay", "hold"]
    choice = st.segmented_control(_("Decision"), choices, default="pay", key="choice")
    more = {"people": whose, **_difference(write)} if choice == "adjust" else {"people": whose}
    why = st.text_input(_("Why"), key="why")
    if st.button(_("Record the decision"), key="decide"):
        data.acted(viewer, "decide", at.run.id, number, choice or "", why, **more)
        st.rerun()


def _difference(write: Formats) -> dict[str, Any]:
    label = _("Difference for the one you name, {currency}").format(currency=write.currency)
    amount = write.minor(st.number_input(label, value=0.0, step=1.0, format="%.2f", key="difference"))
    meant = _("More than the person’s opportunity is meant; another person releases it")
    return {"amount": amount, "beyond": st.checkbox(meant, key="beyond")}


def none_yet(viewer: Viewer) -> None:
    """Draw that there is no run to look at, and for HR which may be calculated."""
    state("nothing", _("No run to look at."), _("You are asked when a run waits for your approval."), "")
    _calculate(viewer)


def _calculate(viewer: Viewer) -> None:
    may = "hr" in viewer.roles and data.acting(viewer)
    known = {f"{plan}, {period}": (plan, period) for plan, period in data.calculable(viewer)} if may else {}
    if known:
        plan, period = known[st.selectbox(_("Plan and period"), list(known), key="calculable")]
        if st.button(_("Calculate a run"), key="calculate"):
            _go_to(data.calculated(viewer, plan, period).id, period)


def _go_to(run: str, period: str) -> None:
    st.query_params.update({"period": period, "run": run})
    st.rerun()
