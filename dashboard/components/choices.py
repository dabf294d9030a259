"""Choices within a page that are quick to change: parts that open one at a time, and a row of buttons."""

from collections.abc import Callable, Mapping

import streamlit as st

# The theme writes what is chosen in the colour of its buttons, which on dark is too faint for small text (3.9:1): the frame
# and the ground say what is chosen, the word has the colour of text.
CHOSEN = "<style>[role=tab][aria-selected=true], button[aria-checked=true] { color: inherit !important; }</style>"


def readable() -> None:
    """Write what is chosen in the colour of text, on the whole page."""
    st.html(CHOSEN)


def parts(draw: Mapping[str, Callable[[], None]], key: str) -> None:
    """Tabs of which only the open one is drawn; the address keeps which (`?key=title`)."""
    for tab, each in zip(st.tabs(list(draw), key=key, bind="query-params"), draw.values(), strict=True):
        if tab.open:
            with tab:
                each()


def choice(label: str, options: Mapping[str, str], key: str) -> str:
    """One of a few, by its value; the first until somebody chooses, and again where a choice is taken back."""
    first = next(iter(options))
    chosen = st.segmented_control(label, list(options), default=first, format_func=options.__getitem__, key=key)
    return chosen if chosen in options else first
