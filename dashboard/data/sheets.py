"""HR's own sheet beside a run, and what payroll paid of it; nothing of it is remembered between reruns or viewers."""

from dashboard import access
from dashboard.access import Viewer
from dashboard.data.core import allow, snapshot, workspace
from kpis.workflows import handovers, identities, pay, their_sheets
from kpis.workflows.handovers import History
from kpis.workflows.their_sheets import Against, Beside


def comparable(viewer: Viewer) -> dict[str, str]:
    """The runs a sheet may be compared with, newest first, by id."""
    allow(access.may_see_page(viewer, "compare"))
    return {each.id: each.id for each in reversed(pay.runs(workspace()))}


def beside(
    viewer: Viewer, file: tuple[str, bytes], run: str, layout: tuple[str, str] | None
) -> tuple[Beside, dict[str, str]]:
    """The comparison with a run, and the names of people; raises Problems that name the cells."""
    allow(access.may_see_page(viewer, "compare"))
    allow(access.may_see_pay(viewer, "company", snapshot().organisation))
    return their_sheets.compared(snapshot(), file, Against(run), layout), identities.names(workspace())


def payments(viewer: Viewer, run: str) -> tuple[History, dict[str, str]]:
    """What left for payroll of a run and what came back, and the names of people."""
    allow(access.may_see_page(viewer, "compare"))
    return handovers.history(workspace(), run), identities.names(workspace())
