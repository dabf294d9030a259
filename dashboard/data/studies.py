"""Studies of one KPI: what goes with it and what follows it, for those who may see the KPI at company or at their own unit."""

from dashboard import access
from dashboard.access import Viewer
from dashboard.data.core import allow, cached, snapshot
from dashboard.data.details import may_see_cuts
from kpis.drivers import Study
from kpis.outcomes import OutcomeLink
from kpis.workflows import studies
from kpis.workspace import Snapshot


def drivers(viewer: Viewer, kpi: str) -> list[Study]:
    """What goes with the KPI among all customers, then by segment for those who may see segments of the whole company."""
    allow(access.may_see_figures(viewer, "company", snapshot().organisation))
    by = "segment" if may_see_cuts(viewer, "company") else ""
    found: list[Study] = cached(_drivers, viewer, kpi, by)
    return found


def _drivers(now: Snapshot, kpi: str, by: str) -> list[Study]:
    definition = now.workspace.kpi(kpi)

    return studies.drivers(now, definition, by="segment" if by in definition.cuts else None)


def outcome(viewer: Viewer, kpi: str, on: str) -> OutcomeLink:
    """What follows the KPI: retention, repeat purchase, revenue or cost of the same customers later."""
    allow(access.may_see_figures(viewer, "company", snapshot().organisation))
    found: OutcomeLink = cached(_outcome, viewer, kpi, on)
    return found


def _outcome(now: Snapshot, kpi: str, on: str) -> OutcomeLink:

    return studies.outcomes(now, now.workspace.kpi(kpi), on)
