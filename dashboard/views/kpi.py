"""One KPI: what it is now, over time, by group, and where the number comes from."""

import streamlit as st

from dashboard import charts, data, shapes
from dashboard.access import Viewer
from dashboard.components import Column, Picker, chart_head, draw, lead, page_head, signal_badge, small, state, table
from dashboard.words import _, plain
from kpis.workflows.review import Course


def view(viewer: Viewer) -> None:
    """Draw the page."""
    kpis, units, weeks = data.kpis(viewer), data.units(viewer), data.weeks(viewer)
    if not kpis:
        state("nothing", _("No figures yet."), _("Nothing was admitted and built."), _("Deliver a first file."))
        return
    write = data.formats()
    chosen = page_head(
        _("KPIs"),
        [
            Picker("kpi", _("KPI"), {name: each.title for name, each in kpis.items()}, data.default_kpi(viewer), 260),
            Picker("period", _("Period"), {name: write.period(name) for name in weeks}, weeks[0]),
            Picker("unit", _("Unit"), units, next(iter(units))),
        ],
    )
    course = data.course(viewer, chosen["kpi"], chosen["unit"], chosen["period"])
    _now(course)
    if any(each.value is not None for each in course.figures):
        _trend(course)
    left, right = st.columns([7, 5], gap="medium")
    with left:
        _cuts(viewer, course, chosen)
    with right:
        _origin(viewer, course)


def _now(course: Course) -> None:
    write, kpi = data.formats(), course.kpi
    if course.now.value is None:
        lead(f"**{plain(kpi.question)}**")
        state(course.now.state if course.now.state != "no data" else "nothing", kpi.title, course.now.reason)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        signal_badge(shapes.signal(course), shapes.rising(course))
        small(plain(shapes.told(write, kpi, course.now)))
    lead(f"**{plain(kpi.question)}** {plain(course.signal.reason)}")


def _trend(course: Course) -> None:
    write, kpi = data.formats(), course.kpi
    title = shapes.sentence(course)
    chart_head(title, _("Per week, with 95% interval. Band: the range expected from the first weeks."))
    points, say = shapes.trend(write, course), write.axis(kpi.unit, kpi.decimals)
    draw(charts.xmr(points, title=title, say=say, day=write.short_day, target=shapes.aim(course)))


def _cuts(viewer: Viewer, course: Course, chosen: dict[str, str]) -> None:
    chart_head(_("The same week, by group"), _("With 95% interval; the line is the whole unit. n at the right."))
    found, write = data.groups(viewer, course, chosen["unit"], chosen["period"]), data.formats()
    if not found:
        state("nothing", _("No groups."), _("This KPI is not cut by segment or channel, or holds nothing this week."))
        return
    say, rows = write.axis(course.kpi.unit, course.kpi.decimals), shapes.groups(write, course.kpi, found)
    draw(charts.dots(rows, title=_("By group"), reference=course.now.value, reference_is=_("All"), say=say))


def _origin(viewer: Viewer, course: Course) -> None:
    chart_head(_("Where the number comes from"))
    told = _("Definition, version and source of {kpi}").format(kpi=course.kpi.title)
    table([Column(_("What")), Column(_("Says"))], data.origin(viewer, course), alt=told, key="origin")
