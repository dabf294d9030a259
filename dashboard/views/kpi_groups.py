"""A KPI by group, each against the rest, beside where its number comes from."""

import streamlit as st

from dashboard import access, charts, comparing, data, lineage
from dashboard.access import Viewer
from dashboard.components import Column, chart_head, draw, link, small, state, table
from dashboard.words import _, plain
from kpis.workflows.review import Course


def draw_groups(viewer: Viewer, course: Course) -> None:
    """Groups at the left, source at the right."""
    left, right = st.columns([7, 5], gap="medium")
    with left:
        _groups(viewer, course)
    with right:
        _source(viewer, course)


def _groups(viewer: Viewer, course: Course) -> None:
    refused, write, kpi = data.may_see_cuts(viewer, course.scope), data.formats(), course.kpi
    if isinstance(refused, access.Refused):
        chart_head(_("By group"))
        state("not allowed", _("You may not see groups of the whole company."), refused.reason, refused.ask)
        return
    period = course.windows[-1].name
    found = data.groups(viewer, kpi.id, course.scope, period)
    if not found:
        chart_head(_("By group"))
        state("nothing", _("No groups."), _("This KPI is not cut by segment or channel, or holds nothing this week."))
        return
    rows = comparing.groups(write, kpi, found, data.borrowed(viewer, kpi.id, course.scope, period))
    title, second = comparing.differing(kpi, found), bool(rows["second"].notna().any())
    chart_head(title, comparing.why_differs(found, second))
    say, whole = write.axis(kpi.unit, kpi.decimals), course.now.value
    draw(charts.dots(rows, title=title, reference=whole, reference_is=_("The whole unit"), say=say))
    who = data.asked_in_groups(viewer, kpi.id, course.scope, period, found) if kpi.surveyed else []
    if told := kpi.surveyed and comparing.asked(write, kpi, found, who):
        small(plain(told))


def _source(viewer: Viewer, course: Course) -> None:
    chart_head(_("Where the number comes from"))
    told = _("Definition, version and source of {kpi}").format(kpi=course.kpi.title)
    table([Column(""), Column("")], data.source(viewer, course), alt=told, key="source")
    if access.may_see_receipts(viewer):
        here = {"kpi": course.kpi.id, "unit": course.scope, "period": course.windows[-1].name, "part": lineage.title()}
        link("kpi", _("Open the receipts"), ":material/receipt_long:", **here)
