"""The golden thread: promise → KPI → target → pay, followed both ways, and where it is broken."""

import streamlit as st

from dashboard import charts, data, threads
from dashboard.access import Viewer
from dashboard.components import Column, Picker, chart_head, draw, lead, page_head, section, state, table
from dashboard.threads import EVERYTHING, Threads
from dashboard.words import _


def view(viewer: Viewer) -> None:
    """Draw the page."""
    found = data.thread(viewer)
    write, options = data.formats(), threads.choices(found)
    asked = Picker("at", _("Follow the thread through"), options, EVERYTHING, 320)
    at = page_head(_("Golden thread"), [asked])["at"]
    if len(options) == 1:
        nothing = _("No promise, target or plan concerns you yet."), _("Targets and plans are imported by HR.")
        state("nothing", _("No thread yet."), *nothing)
        return
    lead(threads.lead(write, found))
    chart_head(
        threads.title(write, found, at),
        _(
            "Thickness: variable pay at target of open periods. Choose a name, above or in the picture; it runs both ways."
        ),
    )
    picture = charts.thread(
        threads.nodes(write, found), threads.ways(found), title=threads.title(write, found, at), selected=at or None
    )
    _follow(at, draw(picture, key=f"thread_{at}"))
    left, right = st.columns([7, 5], gap="medium")
    with left:
        _in_words(viewer, found, at)
    with right:
        section(_("Where the thread is broken"))
        for line in threads.breaks_told(write, found):
            st.markdown(line)


def _follow(at: str, picked: str | None) -> None:
    """What is chosen in the picture stands in the address, as what is chosen above does."""
    if picked and picked != at:
        st.query_params["at"] = picked
        st.rerun()


def _in_words(viewer: Viewer, found: Threads, at: str) -> None:
    section(_("The same thread in words"))
    write, alt = data.formats(), _("The thread from promise to pay, line by line")
    if at == EVERYTHING:
        table(
            [Column(""), Column(_("Name")), Column(_("Variable pay"))],
            threads.everything(write, found),
            alt=alt,
            key="words",
        )
        return
    chosen = threads.behind(found, at)
    figures = data.to_date(viewer, sorted({each.kpi.partition(":")[2] for each in chosen if each.kpi}))
    rows = threads.in_words(
        write, found, at, data.places(viewer, chosen), figures, data.weights(viewer), data.workspace().kpis
    )
    table([Column(""), Column(_("Name")), Column(_("Now"))], rows, alt=alt, key="words")
