"""Figures, courses and where they come from, as far as the viewer may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboard import access, arrivals
from dashboard.access import Viewer
from dashboard.arrivals import Quality
from dashboard.data.core import agreement, allow, cached, formats, snapshot, windows, workspace
from dashboard.words import _
from kpis.definitions import KpiDefinition
from kpis.figures import Figure
from kpis.workflows import admit, aim, measure, review
from kpis.workflows.review import Course
from kpis.workspace import Snapshot


def kpis(viewer: Viewer) -> Mapping[str, KpiDefinition]:
    """The KPIs that hold data, by id, in the order of their titles."""
    allow(access.may_see_page(viewer, "kpi"))
    held = snapshot().built
    return {each.id: each for each in sorted(workspace().kpis.values(), key=lambda each: each.title) if each.id in held}


def default_kpi(viewer: Viewer) -> str:
    """The KPI a page opens with: the first that the company aims at, else the first."""
    aimed = {each.kpi for each in aim.current(workspace()).values() if each.scope == "company"}
    held = list(kpis(viewer))
    return next((each for each in held if each in aimed), held[0])


def units(viewer: Viewer) -> dict[str, str]:
    """The scopes a viewer may choose, with their names: the company first, then the tree."""
    tree = snapshot().organisation
    seen = access.visible_scopes(viewer, tree)
    found = {"company": _("Whole company")} if "company" in seen else {}
    return found | {f"department:{each.id}": each.name for each in tree.departments if f"department:{each.id}" in seen}


def figures(viewer: Viewer, kpi: str, scopes: Sequence[str], periods: Sequence[str]) -> list[Figure]:
    """Figures of scopes the viewer may see, scopes first; raises Problems for any other."""
    tree = snapshot().organisation
    for scope in scopes:
        allow(access.may_see_figures(viewer, scope, tree, agreement=agreement()))
    return cached(_figures, viewer, kpi, tuple(scopes), tuple(periods))


def _figures(now: Snapshot, kpi: str, scopes: tuple[str, ...], periods: tuple[str, ...]) -> list[Figure]:
    return list(measure.figures(now, now.workspace.kpi(kpi), scopes, windows(periods)))  # what is remembered is copied


def quality(viewer: Viewer) -> Quality | None:
    """What arrived and what became of it; None before the first delivery."""
    allow(access.may_see_page(viewer, "quality"))
    found = admit.receipts(workspace())
    return arrivals.quality(formats(), found) if found else None


def week_that_counts(viewer: Viewer, kpi: str, unit: str) -> str:
    """The week a page opens with: the newest whole one whose figure is ripe, else the newest."""
    newest = weeks(viewer)[0]
    if kpi not in kpis(viewer) or unit not in units(viewer):
        return newest
    found = course(viewer, kpi, unit, newest)
    held = zip(reversed(found.windows), reversed(found.figures), strict=True)
    return next((window.name for window, figure in held if figure.state in review.SHOWN), newest)


def weeks(viewer: Viewer) -> list[str]:
    """The whole weeks of the last year, newest first."""
    allow(access.may_see_page(viewer, "kpi"))
    return [each.name for each in reversed(review.weeks(snapshot()))]


def course(viewer: Viewer, kpi: str, scope: str, week: str) -> Course:
    """One KPI of a scope the viewer may see, week by week up to the named one; its newest signal is the weekly review's."""
    allow(access.may_see_figures(viewer, scope, snapshot().organisation, agreement=agreement()))
    found, together = cached(review.course, viewer, kpi, scope, week), cached(review.newest, viewer, scope, week)
    return replace(found, signals=(*found.signals[:-1], together.get(kpi, found.signal)))


def courses(viewer: Viewer, scope: str, week: str) -> list[Course]:
    """Every KPI of a scope the viewer may see, the newest signals read together."""
    allow(access.may_see_page(viewer, "review"))
    allow(access.may_see_figures(viewer, scope, snapshot().organisation, agreement=agreement()))
    return cached(review.courses, viewer, scope, week)
