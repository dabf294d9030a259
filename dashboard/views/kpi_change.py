"""A KPI against the period before: because customers moved, or because they were served differently."""

from dashboard import charts, comparing, data
from dashboard.access import Viewer
from dashboard.components import Column, chart_head, draw, small, state, table
from dashboard.words import _
from kpis.workflows.review import Course


def draw_change(viewer: Viewer, course: Course) -> None:
    """The change in one sentence and one picture, then by group."""
    write, kpi, found = data.formats(), course.kpi, data.period_before(viewer, course)
    if found.value is None:
        state("nothing", _("No change to tell."), found.words)
        return
    cut, split = comparing.fullest(found)
    title = comparing.changed(write, kpi, found)
    chart_head(title, comparing.why_changed(write, kpi, found))
    say = write.axis(kpi.unit, kpi.decimals)
    draw(charts.change(comparing.steps(write, kpi, found, split), title=title, say=say))
    if split is None:
        small(_("Not split by group: no segment or channel, no ratio, or groups that are not yours to see."))
        return
    chart_head(comparing.moved_or_served(write, kpi, split), comparing.why_split(write, kpi, found, cut))
    heads, rows = comparing.by_group(write, kpi, split)
    columns = [Column(head, number) for head, number in heads]
    table(columns, rows, alt=_("What each group added to the change"), key="change", bold=frozenset({len(rows) - 1}))
