"""What a KPI is now: badges, promise and owner, the figure in words, its course, and who was asked."""

import streamlit as st

from dashboard import asking, charts, data, details, shapes
from dashboard.access import Viewer
from dashboard.components import badge, chart_head, draw, lead, readiness, signal_badge, small, state
from dashboard.words import _, plain
from kpis.workflows.review import SHOWN, Course


def draw_now(viewer: Viewer, course: Course) -> None:
    """Badges, promise and owner; the figure in words; its course; who was asked."""
    _badges(viewer, course)
    _figure(course)
    if told := data.waiting(viewer, course.kpi.id):
        small(plain(told))
    _course(course)
    found = data.response(viewer, course.kpi.id, course.scope, course.windows[-1].name)
    if found:
        small(plain(details.answered(data.formats(), data.workspace().kpi(found.rate.kpi), found)))
    elif course.kpi.surveyed:
        small(asking.line(data.formats(), course.kpi, None))


def _badges(viewer: Viewer, course: Course) -> None:
    standing, write = data.standing(viewer, course.kpi.id), data.formats()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if course.now.state in SHOWN:
            signal_badge(shapes.signal(course), shapes.rising(course), judged=course.signal.mean == course.signal.mean)
        readiness("monitored" if standing.unfit else "fit")
        if told := details.passed(write, standing):
            badge(told, ":material/check:" if standing.admitted else ":material/block:")
        st.markdown(details.serves(standing), width="content")


def _figure(course: Course) -> None:
    write, kpi, now = data.formats(), course.kpi, course.now
    if now.state in SHOWN:
        lead(f"{plain(shapes.told(write, kpi, now))}. {details.verdict(write, course)}")
        if now.beside:
            small(plain(now.reason))
        if told := shapes.least(write, kpi, now):
            small(plain(told))
    elif now.state == "no data":
        state("nothing", _("No figure for this period."), now.reason, _("Choose another period above."))
    else:
        state(now.state, kpi.title, now.reason)


def _course(course: Course) -> None:
    if all(each.value is None for each in course.figures):
        return
    write, kpi, title = data.formats(), course.kpi, shapes.sentence(course)
    chart_head(title, details.reading(write, course))
    points, say = shapes.trend(write, course), write.axis(kpi.unit, kpi.decimals)
    draw(charts.xmr(points, title=title, say=say, day=write.short_day, target=shapes.aim(course)))
