"""Cards and badges: status is always shape, word and colour together."""

from typing import Literal

import streamlit as st

from dashboard.charts import Picture
from dashboard.components.heads import draw, small
from dashboard.words import _, plain

Color = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray", "grey", "primary"]


def badge(text: str, icon: str, color: Color = "gray") -> None:
    """A small word with a shape."""
    st.badge(text, icon=icon, color=color)


def signal_badge(signal: str, rising: bool, judged: bool = True) -> None:
    """Signal, better or worse; the arrow is the direction of the number. Usual when there is no signal, if one could be."""
    if not signal:
        readiness("usual" if judged else "not judged")
        return
    arrow = ":material/arrow_upward:" if rising else ":material/arrow_downward:"
    badge(
        _("Signal, better") if signal == "better" else _("Signal, worse"),
        arrow,
        "blue" if signal == "better" else "red",
    )


def readiness(kind: str) -> None:
    """Fit for pay (`fit`), `monitored`, `held`, `restated`, within its `usual` range, or `not judged`: too short a history."""
    icon, word = {
        "fit": (":material/verified:", _("Fit for pay")),
        "monitored": (":material/visibility:", _("Monitored")),
        "held": (":material/pan_tool:", _("Held")),
        "restated": (":material/history:", _("Restated")),
        "usual": (":material/horizontal_rule:", _("Usual")),
        "not judged": (":material/hourglass_empty:", _("Not judged yet")),
    }[kind]
    badge(word, icon)


def figure_card(label: str, value: str, about: str) -> None:
    """One figure with its interval and n (all texts)."""
    st.metric(label, value, delta=about, delta_color="off", delta_arrow="off", border=True)


def signal_card(title: str, signal: str, rising: bool, facts: str, picture: Picture, below: str) -> None:
    """A signal: badge, facts (value, interval, n), the sentence, its small chart, what hangs on it (Markdown)."""
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            signal_badge(signal, rising)
            small(plain(facts))
        st.subheader(plain(title), anchor=False)
        draw(picture)
        st.markdown(below)
