"""Bring a workspace up to date: the facts of what arrived, and the usual ranges that have become long enough to freeze."""

from datetime import datetime

from data_contracts.problems import raise_if
from kpis.workflows import baselines, versions
from kpis.workflows.build import Built, Progress, build
from kpis.workspace import Workspace


def refresh(workspace: Workspace, now: datetime, everything: bool = False, progress: Progress | None = None) -> Built:
    """Build what changed, then freeze the baselines that are due; nothing new reads no data and freezes nothing.

    Raises Problems for a definition whose content changed under the version number it was built or accepted with.
    """
    raise_if(versions.changed_unaccepted(workspace))
    built = build(workspace, everything, progress)
    if built.kpis:
        baselines.freeze(workspace, now, built.kpis)
    return built
