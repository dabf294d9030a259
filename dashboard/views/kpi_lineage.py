"""What rests on a KPI and what it rests on: decisions that cite it, kinds of evidence, the receipts of its deliveries."""

import streamlit as st

from dashboard import access, data, lineage
from dashboard.access import Viewer
from dashboard.components import Column, chart_head, link, small, state, table
from dashboard.words import _
from kpis.workflows.review import Course


def draw_lineage(viewer: Viewer, course: Course) -> None:
    """Decisions at the left, evidence at the right, receipts below."""
    left, right = st.columns([7, 5], gap="medium")
    with left:
        _decisions(viewer, course)
    with right:
        _evidence(viewer, course)
    _receipts(viewer, course)


def _decisions(viewer: Viewer, course: Course) -> None:
    rows = data.citing(viewer, course.kpi.id, course.scope)
    chart_head(
        _("Decisions that cite it"), _("Targets, plans, usual ranges and definitions of this unit; the newest first.")
    )
    if not rows:
        state(
            "nothing", _("No decision cites it."), _("Nobody has aimed at it, paid on it or restarted its chart here.")
        )
        return
    columns = [Column(head) for head in (_("Day"), _("What"), _("By"), _("Why"))]
    table(columns, rows, alt=_("Decisions that cite the KPI, newest first"), key="decisions")


def _evidence(viewer: Viewer, course: Course) -> None:
    promise, found = data.source_mix(viewer, course.kpi.id)
    chart_head(lineage.mixed(promise, found), _("A promise that is kept shows in what customers say, ask for and do."))
    columns = [Column(_("Evidence")), Column(_("KPIs with data"))]
    table(columns, lineage.evidence(found), alt=_("Kinds of evidence behind the promise"), key="mix")


def _receipts(viewer: Viewer, course: Course) -> None:
    chart_head(_("Receipts"), _("Every delivery this KPI reads, row by row accounted for; the newest first."))
    if isinstance(refused := access.may_see_receipts(viewer), access.Refused):
        small(f"{refused.reason} {refused.ask}")
        return
    columns = [Column(head) for head in (_("No."), _("Received"), _("Contract"), _("File"), _("State"))]
    columns += [Column(head, number=True) for head in (_("Rows"), _("Admitted"), _("Quarantined"), _("Repeats"))]
    table(
        [*columns, Column(_("Hash"))],
        data.receipts(viewer, course.kpi.id),
        alt=_("Receipts, newest first"),
        key="kpi_receipts",
    )
    if access.may_see_page(viewer, "quality"):
        link("quality", _("Open data quality"), ":material/receipt_long:")
