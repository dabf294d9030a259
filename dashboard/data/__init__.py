"""The cached doorway to the workflows: the only way from a page to anything it shows."""

from dashboard.arrivals import Quality
from dashboard.data.core import VIEWER, eyes, fixed, formats, viewer, workspace
from dashboard.data.figures import course, courses, cut, figures, kpis, origin, quality, units, weeks
from dashboard.data.mine import (
    headed,
    now_in,
    own_targets,
    previews,
    scope_name,
    statements,
    target_periods,
    unit,
    who,
)

__all__ = [
    "VIEWER",
    "Quality",
    "course",
    "courses",
    "cut",
    "eyes",
    "figures",
    "fixed",
    "formats",
    "headed",
    "kpis",
    "now_in",
    "origin",
    "own_targets",
    "previews",
    "quality",
    "scope_name",
    "statements",
    "target_periods",
    "unit",
    "units",
    "viewer",
    "weeks",
    "who",
    "workspace",
]
