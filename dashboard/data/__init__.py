"""The cached doorway to the workflows: the only way from a page to anything it shows."""

from dashboard.arrivals import Quality
from dashboard.data.core import VIEWER, eyes, fixed, formats, viewer, workspace
from dashboard.data.figures import course, courses, cut, figures, groups, kpis, origin, quality, units, weeks
from dashboard.data.mine import (
    Share,
    cascades,
    default_unit,
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
from dashboard.data.reviews import hangs, owners, refused, review_units
from dashboard.data.threads import alignment_rows, known_targets, places, thread, to_date, weights

__all__ = [
    "VIEWER",
    "Quality",
    "Share",
    "alignment_rows",
    "cascades",
    "course",
    "courses",
    "cut",
    "default_unit",
    "eyes",
    "figures",
    "fixed",
    "formats",
    "groups",
    "hangs",
    "headed",
    "known_targets",
    "kpis",
    "now_in",
    "origin",
    "own_targets",
    "owners",
    "places",
    "previews",
    "quality",
    "refused",
    "review_units",
    "scope_name",
    "statements",
    "target_periods",
    "thread",
    "to_date",
    "unit",
    "units",
    "viewer",
    "weeks",
    "weights",
    "who",
    "workspace",
]
