"""The definition of a KPI in words, how it can be gamed and what guards it, and its version history."""

import streamlit as st

from dashboard import data, details
from dashboard.access import Viewer
from dashboard.components import Column, chart_head, link, state, table
from dashboard.words import _
from kpis.workflows.review import Course


def draw_definition(viewer: Viewer, course: Course) -> None:
    """Definition at the left, versions at the right."""
    left, right = st.columns([7, 5], gap="medium")
    with left:
        _definition(viewer, course)
    with right:
        _versions(viewer, course)


def _definition(viewer: Viewer, course: Course) -> None:
    kpi, known = course.kpi, data.workspace().kpis
    guard = known.get(kpi.guardrail or "")
    chart_head(_("What is counted, and how it can be gamed"))
    rows = details.definition(kpi, data.goal(viewer, kpi.id), guard.title if guard else kpi.guardrail or "")
    told = _("Definition of {kpi}").format(kpi=kpi.title)
    table([Column(""), Column("")], rows, alt=told, key="definition")
    if guard and guard.id in data.kpis(viewer):
        link(
            "kpi",
            _("Open the guardrail: {kpi}").format(kpi=guard.title),
            ":material/shield:",
            kpi=guard.id,
            unit=course.scope,
        )


def _versions(viewer: Viewer, course: Course) -> None:
    rows = data.versions(viewer, course.kpi.id)
    chart_head(_("Versions of the definition"))
    if not rows:
        step = _("The command “definition accept” keeps the next one.")
        state("nothing", _("No version was accepted yet."), _("The definition is used as it was written."), step)
        return
    columns = [Column(_("No.")), Column(_("Hash")), Column(_("Since")), Column(_("By")), Column(_("Why"))]
    table(columns, rows, alt=_("Accepted versions of the definition, newest first"), key="versions")
