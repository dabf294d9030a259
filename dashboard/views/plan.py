"""Plan designer: the plan as text and form, what its curves pay, and what differs from the version that is kept."""

import streamlit as st

from dashboard import access, charts, data, designs
from dashboard.access import Viewer
from dashboard.components import Picker, chart_head, choice, draw, lead, page_head, problem, small
from dashboard.views import plan_ahead, plan_form, plan_review
from dashboard.words import _, plain
from kpis.incentives.plan import Component, Plan
from kpis.workflows.drafts import Draft


def view(viewer: Viewer) -> None:
    """Draw the page."""
    if not access.may_design(viewer):
        plan_review.view(viewer)
        return
    options = data.plan_choices(viewer)
    chosen = page_head(_("Plan designer"), [Picker("plan", _("Plan"), options, next(iter(options), None), 280)])["plan"]
    key = f"draft_{chosen}"
    if key not in st.session_state:
        st.session_state[key] = data.plan_text(viewer, chosen)
    top = st.container()
    draft = data.draft(viewer, st.session_state[key])
    kept, changed = data.changed(viewer, draft.plan) if draft.plan else (None, ())
    found = data.judged(viewer, kept.id) if kept and not changed and not draft.problems else None
    with top:
        lead(designs.lead(draft, options[chosen], changed, kept))
    left, right = st.columns([5, 7], gap="large")
    component = None
    with left:
        component = _component(draft.plan) if draft.plan else None
        plan_form.view(key, component)
    with right:
        if draft.plan and component:
            _curve(viewer, draft.plan, component)
        problem(draft.problems)
    if draft.plan and not draft.problems:
        before = (found.before, found.changed) if isinstance(found, data.Judged) else (kept, changed)
        plan_ahead.view(viewer, st.session_state[key], *before)
    _keep(viewer, key, draft, bool(changed) or kept is None)
    if isinstance(found, data.Judged):
        small(plain(designs.state_words(found.state)))
        plan_review.decide(viewer, found)


def _component(plan: Plan) -> Component:
    wanted = choice(_("Component"), {each.id: each.name for each in plan.components}, key=f"component_{plan.id}")
    return next(each for each in plan.components if each.id == wanted)


def _curve(viewer: Viewer, plan: Plan, component: Component) -> None:
    write, read, past = data.formats(), data.read_by(viewer, plan, component.id), data.past(viewer, plan, component.id)
    kpi = data.workspace().kpis.get(read.kpi) if read else None
    (line, points, dots), say_x, say_y = designs.curve_frames(write, component, kpi, read, past)
    title = designs.curve_title(write, past)
    chart_head(title, designs.curve_about(read, past, data.scope_name(read.scope) if read else ""))
    draw(charts.curve(line, points, dots, title=title, say_x=say_x, say_y=say_y))
    small(plain(designs.weights(write, plan)))


def _keep(viewer: Viewer, key: str, draft: Draft, differs: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        ready = draft.plan is not None and not draft.problems and differs
        pressed = st.button(_("Keep as a version"), type="primary", disabled=not ready)
        st.download_button(_("Plan as YAML"), st.session_state[key], "plan.yaml", on_click="ignore")
        if not ready:
            small(_("Nothing to keep.") if not draft.problems else _("What is wrong comes first."))
    if pressed:
        st.session_state["plan_kept"] = data.keep(viewer, st.session_state[key])
        st.rerun()
    if kept := st.session_state.pop("plan_kept", ""):
        st.success(plain(_("Kept: {what}. It pays nobody until two people have approved it.").format(what=kept)))
