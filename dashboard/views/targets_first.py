"""The first target of a KPI in a period: for whom, three values beside what was reached and what chance would do, and why."""

import streamlit as st

from dashboard import aiming, data
from dashboard.access import Viewer
from dashboard.components import Column, chart_head, lead, problem, small, spent, state, table, token
from dashboard.words import _, plain
from data_contracts.problems import Problems


def form(viewer: Viewer, kpi: str, period: str) -> None:
    """Draw it for whoever may set a target here."""
    scopes = data.first_scopes(viewer)
    if not scopes or data.period_over(period):
        why = _("This period has ended.") if scopes else _("None is set that you may spread over others.")
        state("nothing", _("No target of this KPI in this period."), why, _("Ask HR, or choose another period."))
        return
    tell = data.first_telling(kpi)
    lead(_("**No target of this KPI in this period yet.** Set the first one; it can be spread over others afterwards."))
    key = f"{kpi}_{period}"
    scope = st.selectbox(_("For"), list(scopes), format_func=scopes.__getitem__, key=f"first_scope_{key}", width=320)
    small(plain(aiming.reached(tell, data.level_of(viewer, kpi, scope, period))))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = {"threshold": _("Threshold"), "target": _("Target"), "stretch": _("Stretch")}
        values = [st.text_input(word, key=f"first_{name}_{key}", width=140) for name, word in words.items()]
        reason = st.text_input(_("Why"), key=f"first_why_{key}", width=340)
    if not all(each.strip() for each in values):
        small(plain(aiming.order(tell)))
        return
    try:
        _made(viewer, tell, data.first(viewer, kpi, scope, period, values), reason)
    except Problems as found:
        problem(found.problems)


def _made(viewer: Viewer, tell: aiming.Telling, made: data.First, reason: str) -> None:
    chart_head(_("What chance would do"), aiming.how_odds(tell, made.odds))
    columns = [Column(name, number) for name, number in aiming.chance_heads()]
    table(
        columns,
        [aiming.chance_row(tell, made)],
        alt=_("The chance of each value if nothing changes"),
        key="first_chances",
    )
    if st.button(_("Set the target"), type="primary", disabled=not reason.strip(), key="first_save"):
        data.save_first(viewer, made, reason, token("first target"))
        spent("first target")
        st.rerun()
