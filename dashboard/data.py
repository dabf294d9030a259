"""The cached doorway to the workflows: every question carries the viewer, and every answer is cached under the viewer's scope."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from dashboard import access, arrivals, shapes, viewing
from dashboard.access import Refused, Viewer
from dashboard.arrivals import Quality
from dashboard.formats import Formats
from dashboard.words import _
from data_contracts.problems import Problem, Problems
from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.figures import Figure
from kpis.workflows import admit, measure, review
from kpis.workflows.review import Course
from kpis.workspace import SETTINGS, Snapshot, Workspace, open_snapshot, open_workspace

ROOT = "GOLDENTHREAD_WORKSPACE"
VIEWER = "GOLDENTHREAD_VIEWER"
DEFINITIONS = (SETTINGS, "promises.yaml", "kpis", "contracts", "layouts")
Answer = TypeVar("Answer")


def root() -> Path:
    """The folder of the workspace that is served."""
    return Path(os.environ.get(ROOT, "."))


def _stamps(paths: Sequence[Path]) -> tuple[int, ...]:
    return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)


def workspace() -> Workspace:
    """The served workspace, read again when one of its files changes or a new day begins."""
    paths = [root() / name for name in DEFINITIONS] + sorted((root() / "kpis").glob("*.yaml"))
    return _workspace(str(root()), _stamps(paths), datetime.now(UTC).date().isoformat())


@st.cache_resource(max_entries=2, show_spinner=False)
def _workspace(folder: str, stamps: tuple[int, ...], day: str) -> Workspace:
    del stamps, day  # what the cache is keyed by
    return open_workspace(Path(folder), datetime.now(UTC))


def _state() -> tuple[int, ...]:
    """What changes when something is admitted, built, decided or paid."""
    logs = sorted((root() / "lake").glob("*/_delta_log"))
    return _stamps([*logs, root() / "lake" / "receipts", root() / "records.db", root() / "records.db-wal"])


def snapshot() -> Snapshot:
    """One state of the workspace for this rerun; the same object until something changed."""
    return _snapshot(_state(), workspace())


@st.cache_resource(max_entries=2, show_spinner=False)
def _snapshot(state: tuple[int, ...], _workspace: Workspace) -> Snapshot:
    del state
    return open_snapshot(_workspace)


def cached(ask: Callable[..., Answer], viewer: Viewer, *arguments: str | tuple[str, ...]) -> Answer:
    """The answer of `ask(snapshot, *arguments)`, remembered for this viewer's scope and this state of the workspace only."""
    name = f"{ask.__module__}.{ask.__qualname__}"
    return _cached(name, viewer.scope, _state(), arguments, ask, snapshot())  # type: ignore[no-any-return]


@st.cache_data(max_entries=1000, ttl=timedelta(hours=1), show_spinner=False)
def _cached(
    name: str, scope: str, state: tuple[int, ...], arguments: tuple[Any, ...], _ask: Callable[..., Any], _now: Snapshot
) -> Any:
    del name, scope, state
    return _ask(_now, *arguments)


def formats() -> Formats:
    """How this workspace writes numbers, dates and money."""
    company = workspace().settings.company
    return Formats(company.locale, company.currency)


def fixed() -> str:
    """Who `serve --as` named, or nothing."""
    return os.environ.get(VIEWER, "")


def viewer() -> Viewer:
    """Whose eyes this rerun looks through; read again every time, so that a leaver is out at once."""
    if fixed():
        return viewing.viewer_in(snapshot(), fixed())
    if workspace().settings.company.demo:
        if "eyes" not in st.session_state:
            asked = st.query_params.get("as", "leader")
            st.session_state["eyes"] = asked if asked in eyes() else "leader"
        return viewing.viewer_in(snapshot(), str(st.session_state["eyes"]))
    if not st.user.is_logged_in:
        return Viewer(None, "", frozenset())
    return viewing.signed_in(snapshot(), st.user.to_dict())


def eyes() -> dict[str, str]:
    """Whose eyes a demo offers: the roles, the heads of departments, and some employees, with their names."""
    return _eyes(_state(), snapshot())


@st.cache_data(max_entries=2, show_spinner=False)
def _eyes(state: tuple[int, ...], _now: Snapshot) -> dict[str, str]:
    del state
    return viewing.choices(_now)


def allow(decision: access.Decision) -> None:
    """Go on, or raise Problems that say why not and whom to ask."""
    if isinstance(decision, Refused):
        raise Problems([Problem(_("You may not see this."), _("a role that may"), decision.reason, decision.ask)])


def agreement() -> access.Agreement | None:
    """The recorded agreement on individual figures, as access needs it."""
    from kpis.workflows import agreements

    found = agreements.current(workspace())
    return access.Agreement(managers="manager" in found.viewers) if found else None


def kpis(viewer: Viewer) -> Mapping[str, KpiDefinition]:
    """The KPIs that hold data, by id, in the order of their titles."""
    allow(access.may_see_page(viewer, "kpi"))
    held = snapshot().built
    return {each.id: each for each in sorted(workspace().kpis.values(), key=lambda each: each.title) if each.id in held}


def units(viewer: Viewer) -> dict[str, str]:
    """The scopes a viewer may choose, with their names: the company first, then the tree."""
    tree = snapshot().organisation
    seen = access.visible_scopes(viewer, tree)
    found = {"company": _("Whole company")} if "company" in seen else {}
    return found | {f"department:{each.id}": each.name for each in tree.departments if f"department:{each.id}" in seen}


def windows(names: Sequence[str]) -> list[Period]:
    """The periods of those names."""
    return [workspace().settings.calendar.parse(name) for name in names]


def figures(viewer: Viewer, kpi: str, scopes: Sequence[str], periods: Sequence[str]) -> list[Figure]:
    """Figures of scopes the viewer may see, scopes first; raises Problems for any other."""
    tree = snapshot().organisation
    for scope in scopes:
        allow(access.may_see_figures(viewer, scope, tree, agreement=agreement()))
    return cached(_figures, viewer, kpi, tuple(scopes), tuple(periods))


def _figures(now: Snapshot, kpi: str, scopes: tuple[str, ...], periods: tuple[str, ...]) -> list[Figure]:
    return measure.figures(now, now.workspace.kpi(kpi), scopes, windows(periods))


def cut(viewer: Viewer, kpi: str, by: str, period: str, within: str) -> list[Figure]:
    """Figures by segment or channel within a scope the viewer may see."""
    allow(access.may_see_figures(viewer, within, snapshot().organisation))
    return cached(_cut, viewer, kpi, by, period, within)


def _cut(now: Snapshot, kpi: str, by: str, period: str, within: str) -> list[Figure]:
    return measure.by_cut(now, now.workspace.kpi(kpi), by, windows([period]), within)


def quality(viewer: Viewer) -> Quality:
    """What arrived and what became of it."""
    allow(access.may_see_page(viewer, "quality"))
    return arrivals.quality(formats(), admit.receipts(workspace()))


def weeks(viewer: Viewer) -> list[str]:
    """The whole weeks of the last year, newest first."""
    allow(access.may_see_page(viewer, "kpi"))
    return [each.name for each in reversed(review.weeks(snapshot()))]


def course(viewer: Viewer, kpi: str, scope: str, week: str) -> Course:
    """One KPI of a scope the viewer may see, week by week up to the named one."""
    allow(access.may_see_figures(viewer, scope, snapshot().organisation, agreement=agreement()))
    return cached(review.course, viewer, kpi, scope, week)


def courses(viewer: Viewer, scope: str, week: str) -> list[Course]:
    """Every KPI of a scope the viewer may see, the newest signals read together."""
    allow(access.may_see_page(viewer, "review"))
    allow(access.may_see_figures(viewer, scope, snapshot().organisation, agreement=agreement()))
    return cached(review.courses, viewer, scope, week)


def origin(viewer: Viewer, course: Course) -> list[list[str]]:
    """Where a figure's number comes from, as rows of a table."""
    allow(access.may_see_page(viewer, "kpi"))
    now, window = snapshot(), course.windows[-1]
    promise = workspace().promises.title(course.kpi.promise_id) if course.kpi.promise_id else _("serves no promise")
    left = measure.uncredited(now, course.kpi, window) if course.scope == "company" else {}
    return shapes.origin(formats(), course, now.built[course.kpi.id]["datasets"], promise, left)
