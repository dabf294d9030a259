"""What an approver does about a payout run: open payouts, approve, send back."""

import streamlit as st

from dashboard import data, payouts
from dashboard.access import Viewer
from dashboard.components import chart_head, small, step_table
from dashboard.formats import Formats
from dashboard.money import steps_of
from dashboard.payouts import CHECKED
from dashboard.views import payout_hr
from dashboard.words import _, ngettext, plain


def draw(viewer: Viewer, write: Formats, found: data.PayoutRun) -> None:
    """Draw what the viewer may do in the run's state; each button is decided again by the server."""
    me, at = data.acting(viewer), found.at
    checked = at.step(CHECKED)
    if checked and at.state == CHECKED and ("hr" not in viewer.roles or checked.asked == me):
        _open(viewer, write, found)
        _approve(viewer, write, found)
    elif "hr" in viewer.roles:
        payout_hr.draw(viewer, write, found)


def _open(viewer: Viewer, write: Formats, found: data.PayoutRun) -> None:
    run, left = found.at.run.id, payouts.to_open(found, data.acting(viewer))
    if left:
        told = ngettext("{n} payout is still to be opened.", "{n} payouts are still to be opened.", len(left))
        small(told.format(n=len(left)) + " " + _("Held, changed by 25%, on a larger figure, or drawn at random."))
        person = st.selectbox(_("Payout"), left, format_func=lambda each: found.names.get(each, each), key="open_whom")
        one, several = st.columns(2)
        chosen = [person] if one.button(_("Open the payout"), key="open_payout") else []
        batch, label = left[: payouts.BATCH], _("Open the next {n}, with every step")
        chosen = batch if several.button(label.format(n=len(batch)), key="open_batch") else chosen
        if chosen:
            st.session_state["opened"] = (run, data.open_payout(viewer, run, chosen))
            st.rerun()
    of, shown = st.session_state.get("opened", ("", []))
    for each in shown if of == run else ():  # what was noted as opened is drawn whole, one below the other
        chart_head(payouts.opened_head(write, found, each))
        alt, key = _("Every step of the opened payout"), f"opened {each.work.person}"
        step_table(steps_of(write, each, data.scope_name), found.at.run.currency, alt=alt, key=key)


def _approve(viewer: Viewer, write: Formats, found: data.PayoutRun) -> None:
    run, reasons = found.at.run.id, data.why_not(viewer, found.at)
    declared = st.checkbox(_("I am not paid by this run, and I have seen the held payouts"), key=f"declared {run}")
    reasons += [] if declared or reasons else [_("Tick the box above.")]
    title = _("Approve {amount}").format(amount=write.money(found.at.pays))
    if st.button(title, type="primary", disabled=bool(reasons), icon=":material/done_all:", key="approve"):
        data.acted(viewer, "approve", run)
        st.rerun()
    for reason in reasons:
        small(plain(reason))
    why = st.text_input(_("Why it goes back"), key="back_why")
    if st.button(_("Send back"), key="send_back", disabled=not data.acting(viewer)):
        data.acted(viewer, "send back", run, why)
        st.rerun()
