"""The letter that tells a person their targets: on the page of their own targets, and for HR beside the list."""

import streamlit as st

from dashboard import data
from dashboard.access import Viewer
from dashboard.components import Column, chart_head, draw, section, small, state, table
from dashboard.letters import LetterText, PlanText
from dashboard.words import _, plain


def mine(viewer: Viewer, period: str) -> None:
    """The viewer's letter of a period: sent when, opened by them, acknowledged by them."""
    held = data.my_letter(viewer, period)
    section(_("My target letter"))
    if held is None:
        why = _("You should get one before a quarter of the period is over.")
        state("nothing", _("You have not been told your targets for this period."), why, _("Ask HR."))
        return
    small(plain(data.letter_dates(held)))
    with st.container(horizontal=True):
        if st.button(_("Open the letter"), icon=":material/mail:", key="open_letter"):
            st.session_state["letter"] = period
        paper(viewer, held.person, period)
    if st.session_state.get("letter") != period:
        return
    show(data.open_letter(viewer, period))
    if held.acknowledged_at is None and st.button(
        _("I have read my targets"), type="primary", key="acknowledge_letter"
    ):
        data.acknowledge_letter(viewer, period)
        st.rerun()


def paper(viewer: Viewer, person: str, period: str) -> None:
    """A button that makes the PDF when it is pressed, for whoever may have it then."""
    st.download_button(
        _("Letter as PDF"),
        data=lambda: data.letter_pdf(viewer, person, period),
        file_name=f"targets-{period}.pdf",
        mime="application/pdf",
        icon=":material/download:",
        key="letter_pdf",
        on_click="ignore",
    )


def show(text: LetterText) -> None:
    """A letter on the page, as it stands on paper."""
    with st.container(border=True):
        st.subheader(plain(text.title), anchor=False)
        st.markdown(f"**{plain(text.to)}.** {plain(text.lead)}")
        for at, each in enumerate(text.plans):
            _plan(each, f"letter{at}")
        for at, part in enumerate(text.parts):
            chart_head(part.title, part.words)
            if part.rows:
                table(_columns(part.heads), part.rows, alt=part.title, key=f"letter_part{at}")
        small(plain(text.foot))


def _plan(each: PlanText, key: str) -> None:
    chart_head(each.title, each.note)
    for column, (label, amount) in zip(st.columns(3), each.results, strict=False):
        column.metric(label, amount, border=True)
    table(_columns(each.heads), each.rows, alt=each.title, key=key)
    for column, curve in zip(st.columns(max(len(each.curves), 1)), each.curves, strict=False):
        with column:
            chart_head(curve.title, curve.about)
            draw(curve.picture)


def _columns(heads: object) -> list[Column]:
    return [Column(name, number) for name, number in heads]  # type: ignore[attr-defined]
