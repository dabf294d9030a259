"""The cached doorway to the workflows: every question carries the viewer, and every answer is cached under the viewer's scope."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from dashboard import access, viewing
from dashboard.access import Refused, Viewer
from dashboard.formats import Formats
from dashboard.words import _
from data_contracts.problems import Problem, Problems
from kpis.calendar import Period
from kpis.workspace import SETTINGS, Snapshot, Workspace, open_snapshot, open_workspace

ROOT = "GOLDENTHREAD_WORKSPACE"
VIEWER = "GOLDENTHREAD_VIEWER"
LEADER = "leader"  # whose eyes a demo opens with
DEFINITIONS = (SETTINGS, "promises.yaml", "kpis", "contracts", "layouts")
Answer = TypeVar("Answer")


def root() -> Path:
    """The folder of the workspace that is served."""
    return Path(os.environ.get(ROOT, "."))


def moment() -> datetime:
    """Now, in UTC; in a workspace whose data end on a fixed day, the same time of that day, so that its deadlines hold."""
    now = datetime.now(UTC)
    held = workspace().settings.company.as_of
    return datetime.combine(held, now.timetz()) if held else now


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
            asked = st.query_params.get("as", LEADER)
            st.session_state["eyes"] = asked if asked in eyes() else LEADER
            st.session_state["not offered"] = "" if asked in eyes() else asked
        return viewing.viewer_in(snapshot(), str(st.session_state["eyes"]))
    if not getattr(st.user, "is_logged_in", False):  # absent where no sign-in is configured
        return Viewer(None, "", frozenset())
    return viewing.signed_in(snapshot(), st.user.to_dict())


def not_offered() -> str:
    """Whose eyes the address asked for and a demo does not offer, as long as it shows leadership's in their place; else nothing."""
    return str(st.session_state.get("not offered", "")) if st.session_state.get("eyes") == LEADER else ""


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


def period_names(names: Sequence[str]) -> dict[str, str]:
    """Periods by name as readers know them; one that has not ended is "to date"."""
    told, today = formats(), workspace().today
    running = {each.name for each in windows(names) if each.running(today)}
    return {
        each: _("{period} to date").format(period=told.period(each)) if each in running else told.period(each)
        for each in names
    }


def windows(names: Sequence[str]) -> list[Period]:
    """The periods of those names."""
    return [workspace().settings.calendar.parse(name) for name in names]
