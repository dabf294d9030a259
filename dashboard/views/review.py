"""Weekly review: what changed, what hangs on it, and everything else at one glance."""

from collections.abc import Sequence

import streamlit as st

from dashboard import charts, data, reviews, shapes
from dashboard.access import Viewer
from dashboard.components import Picker, draw, lead, page_head, section, signal_card, state
from dashboard.reviews import Hangs
from dashboard.words import _
from kpis.workflows.review import Course


def view(viewer: Viewer) -> None:
    """Draw the page."""
    units, weeks, write = data.review_units(viewer), data.weeks(viewer), data.formats()
    chosen = page_head(
        _("Weekly review"),
        [
            Picker("period", _("Period"), {name: write.period(name) for name in weeks}, weeks[0]),
            Picker("unit", _("Unit"), units, next(iter(units), None), 200),
        ],
    )
    courses = data.courses(viewer, chosen["unit"], chosen["period"])
    if not courses:
        state("nothing", _("No figures yet."), _("Nothing was admitted and built."), _("Deliver a first file."))
        return
    hangs = data.hangs(viewer, chosen["unit"])
    lead(reviews.lead(write, courses, hangs))
    cards = reviews.cards(courses, hangs or {})
    if cards:
        section(_("What changed"))
        _cards(viewer, cards, hangs)
    rest = [each for each in courses if each not in cards and each.now.state != "no data"]
    if rest:
        title = reviews.rest_title(rest, cards)
        section(title)
        draw(charts.review_rows(shapes.rows(write, rest), title=title, trend=_("Last 26 weeks; band: usual range")))
    warnings = reviews.warnings(write, courses, data.refused(viewer))
    if warnings:
        section(_("Read before deciding"))
        st.markdown("\n\n".join(warnings))


def _cards(viewer: Viewer, cards: Sequence[Course], hangs: Hangs | None) -> None:
    owners = data.owners(viewer)
    for at in range(0, len(cards), 2):
        for place, course in zip(st.columns(min(2, len(cards)), gap="medium"), cards[at : at + 2], strict=False):
            with place:
                _card(course, hangs, owners.get(course.kpi.id, ""))


def _card(course: Course, hangs: Hangs | None, owner: str) -> None:
    write, kpi, title = data.formats(), course.kpi, shapes.sentence(course)
    say = write.axis(kpi.unit, kpi.decimals)
    points, aim = shapes.trend(write, course), shapes.aim(course)
    picture = charts.xmr(points, title=title, say=say, day=write.short_day, target=aim, card=True)
    facts, below = shapes.told(write, kpi, course.now), reviews.below(write, course, hangs, owner)
    signal_card(title, shapes.signal(course), shapes.rising(course), facts, picture, below)
