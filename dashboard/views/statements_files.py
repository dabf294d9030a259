"""Everybody's statements of a run as files, made when they are asked for; of many people, one part of them at a time."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard import data
from dashboard.access import Viewer
from dashboard.words import _


def files(viewer: Viewer, run: str, names: list[str]) -> None:
    """Everybody's statements as files; of many people, one part of them at a time."""
    sizes = [len(each) for each in data.statement_parts(viewer, run)]
    part = 0
    if len(sizes) > 1:
        ends = [(names[sum(sizes[:at])], names[sum(sizes[: at + 1]) - 1]) for at in range(len(sizes))]
        told = [_("{first} to {last}").format(first=first, last=last) for first, last in ends]
        part = st.selectbox(_("Whose"), range(len(sizes)), format_func=told.__getitem__, key="part", width=420)
    name = f"{run}-{part + 1}" if len(sizes) > 1 else run
    offers = (
        (_("All statements as PDF"), data.statements_zip, f"statements-{name}.zip", "application/zip"),
        (_("Every step as CSV"), data.statements_csv, f"steps-{name}.csv", "text/csv"),
        (_("Statements as JSON"), data.statements_json, f"statements-{name}.json", "application/json"),
    )
    with st.container(horizontal=True):
        for label, make, file, mime in offers:
            offer(label, partial(make, viewer, run, part), file, mime)


def offer(label: str, make: Callable[[], bytes], name: str, mime: str) -> None:
    """A button that makes its file when it is pressed, for whoever may have it then."""
    st.download_button(
        label, data=make, file_name=name, mime=mime, icon=":material/download:", key=name, on_click="ignore"
    )
