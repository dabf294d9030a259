"""A plan that waits for a decision: what changed, what it costs, whether it can be paid on, and the next step with a reason."""

import streamlit as st

from dashboard import access, data, judging
from dashboard.access import Viewer
from dashboard.components import Column, Picker, lead, page_head, section, small, state, table
from dashboard.views import plan_ahead
from dashboard.words import _, plain


def view(viewer: Viewer) -> None:
    """Draw the page of those who approve plans and do not write them."""
    options = data.plans_to_judge(viewer)
    head = [Picker("plan", _("Plan"), options, next(iter(options), None), 280)]
    name = page_head(_("Plans to approve"), head)["plan"]
    found = data.judged(viewer, name)
    if isinstance(found, access.Refused):
        state("not allowed", _("You may not judge this plan."), found.reason, found.ask)
        return
    lead(judging.lead(found))
    plan_ahead.view(viewer, found.text, found.before, found.changed)
    with st.expander(_("The whole plan, as it is approved")):
        st.code(found.text, language="yaml", wrap_lines=True)
    decide(viewer, found)


def decide(viewer: Viewer, found: data.Judged) -> None:
    """Who decided so far, and the next step for who may take it; each is decided again by the workflow."""
    rows = judging.taken_rows(data.formats(), found)
    section(_("Who decided"))
    if rows:
        columns = [Column(head) for head in (_("Step"), _("Who"), _("When"), _("Why"))]
        table(columns, rows, alt=_("Steps of this version"), key="plan_steps")
    else:
        small(_("Nobody yet."))
    if found.step:
        _act(viewer, found)


def _act(viewer: Viewer, found: data.Judged) -> None:
    name = found.plan.id
    small(plain(judging.act_about(found)))
    reasons = data.why_not_step(viewer, name, found.step)
    why = st.text_input(_("Why, in a sentence"), key="plan_why")
    since = found.begins
    if found.step == "activate":
        since = st.date_input(_("In force from"), value=found.begins, key="plan_since", width=220) or found.begins
    blocked = bool(reasons) or not why.strip()
    if st.button(judging.act_title(found), type="primary", disabled=blocked, key=f"plan_{found.step}"):
        data.take_step(viewer, name, found.step, why, since)
        st.session_state.pop("plan_why", None)
        st.rerun()
    for each in reasons or ([] if why.strip() else [_("Say why first.")]):
        small(plain(each))
