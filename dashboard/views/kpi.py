"""One KPI: what it is now, over time, by group, what changed it, what goes with it, and where the number comes from."""

from functools import partial

from dashboard import data, lineage
from dashboard.access import Viewer
from dashboard.components import Picker, asked, page_head, parts, state
from dashboard.views import kpi_change, kpi_definition, kpi_groups, kpi_lineage, kpi_now, kpi_studies
from dashboard.words import _
from kpis.workflows.review import Course


def view(viewer: Viewer) -> None:
    """Draw the page."""
    kpis, units, write = data.kpis(viewer), data.units(viewer), data.formats()
    if not kpis:
        state("nothing", _("No figures yet."), _("Nothing was admitted and built."), _("Deliver a first file."))
        return
    first, unit = data.default_kpi(viewer), next(iter(units))
    named, weeks = asked("kpi", first), data.weeks(viewer)
    opens = data.week_that_counts(viewer, named, asked("unit", unit))
    chosen = page_head(
        kpis[named].title if named in kpis else _("KPIs"),
        [
            Picker("kpi", _("KPI"), {name: each.title for name, each in kpis.items()}, first, 260),
            Picker("period", _("Period"), {name: write.period(name) for name in weeks}, opens),
            Picker("unit", _("Unit"), units, unit),
        ],
    )
    course = data.course(viewer, chosen["kpi"], chosen["unit"], chosen["period"])
    kpi_now.draw_now(viewer, course)
    _below(viewer, course)


def _below(viewer: Viewer, course: Course) -> None:
    """What lies below the fold; only the part that is open is asked for."""
    drawn = {
        _("By group"): kpi_groups.draw_groups,
        _("Since the week before"): kpi_change.draw_change,
        _("What goes with it"): kpi_studies.draw_drivers,
        _("What follows it"): kpi_studies.draw_outcome,
        _("Definition"): kpi_definition.draw_definition,
        lineage.title(): kpi_lineage.draw_lineage,
    }
    parts({title: partial(draw, viewer, course) for title, draw in drawn.items()}, key="part")
