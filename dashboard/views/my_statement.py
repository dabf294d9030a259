"""The whole statement below its steps: one more point, figures, sources, versions, and how to contest."""

import streamlit as st

from dashboard import data
from dashboard.access import Viewer
from dashboard.components import Column, Steps, chart_head, draw, small, step_table, table
from dashboard.letters import Part
from dashboard.slip_texts import SlipText
from dashboard.views import my_dispute
from dashboard.words import _, plain


def mine(viewer: Viewer, run: str) -> None:
    """What stands below the steps on the page of one's own targets."""
    show(data.own_statement(viewer, run), run)
    my_dispute.form(viewer, run)
    st.download_button(
        _("Statement as PDF"), data=lambda: data.own_statement_pdf(viewer, run), file_name=f"statement-{run}.pdf",
        mime="application/pdf", icon=":material/download:", key=f"pdf_{run}", on_click="ignore",
    )  # fmt: skip


def beside(viewer: Viewer, run: str) -> None:
    """What of the amount is held back, and what stands beside it, in a line each."""
    for label, amount in data.own_statement(viewer, run).amounts[2:]:
        st.markdown(f"{plain(label)}: **{plain(amount)}**")


def whole(text: SlipText, key: str) -> None:
    """A statement from its amounts on, as on paper."""
    st.markdown(f"**{plain(text.to)}.** {plain(text.lead)}")
    for column, (label, amount) in zip(st.columns(len(text.amounts)), text.amounts, strict=True):
        column.metric(label, amount, border=True)
    chart_head(text.steps_title, text.foot)
    step_table(Steps(text.steps, text.totals), text.currency, alt=text.steps_title, key=f"{key}_steps")
    if text.bullets:
        draw(text.bullets)
    small(plain(text.chance))
    show(text, key)


def show(text: SlipText, key: str) -> None:
    """What stands below the steps."""
    for at, each in enumerate(text.beside):
        _part(each, f"{key}_beside{at}")
    _part(text.points, f"{key}_points")
    with st.expander(text.figures.title):
        small(plain(text.figures.words))
        _rows(text.figures, f"{key}_figures")
    with st.expander(text.sources_title):
        for at, each in enumerate(text.sources):
            _part(each, f"{key}_source{at}")
    with st.expander(text.versions.title):
        small(plain(text.versions.words))
        _rows(text.versions, f"{key}_versions")
    for each in text.says:
        chart_head(each.title, each.words)


def _part(part: Part, key: str) -> None:
    chart_head(part.title, part.words)
    _rows(part, key)


def _rows(part: Part, key: str) -> None:
    if part.rows:
        table([Column(name, number) for name, number in part.heads], part.rows, alt=part.title, key=key)
