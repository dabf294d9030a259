"""The last step of setting targets: from when, why, with whose consent; and the one button that saves."""

from datetime import date

import streamlit as st

from dashboard import data
from dashboard.access import Viewer
from dashboard.components import problem, section, small, spent, state, token
from dashboard.words import _, ngettext, plain
from data_contracts.problems import Problems


def form(viewer: Viewer, step: data.AimStep, written: data.Written) -> None:
    """Draw it; what was saved is told once."""
    if saved := st.session_state.pop("targets_saved", 0):
        st.toast(
            ngettext("{n} target saved as a new version.", "{n} targets saved as new versions.", saved).format(n=saved)
        )
    section(_("Save"))
    if why := data.why_not_set(step):
        state("held", _("This period has ended."), why, _("What was paid is corrected by an adjustment."))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reason = st.text_input(_("Why"), key="targets_reason", width=340)
        since = st.date_input(_("Counts from"), data.first_day(step), key="targets_since", width=170)
        given = _consent(step) if step.harder else None
    small(plain(data.rule(step)))
    if st.button(_("Save targets"), type="primary", disabled=not step.closes, key="targets_save"):
        _save(viewer, step, written, reason, since, given)


def _consent(step: data.AimStep) -> tuple[str, str, date]:
    who = st.text_input(_("Consent of"), key="consent_by", width=200, placeholder=_("their number, or agreement:1"))
    document = st.text_input(_("Document"), key="consent_document", width=180)
    return who, document, st.date_input(_("Given on"), data.first_day(step), key="consent_on", width=150)


def _save(viewer: Viewer, step: data.AimStep, written: data.Written, reason: str, since: date, given: object) -> None:
    try:
        change = data.change_of(viewer, reason, since, given, token("targets"))
        st.session_state["targets_saved"] = data.save_cascade(viewer, step.found, written, change)
    except Problems as found:
        problem(found.problems)
        return
    spent("targets")
    st.rerun()
