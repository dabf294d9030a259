"""Cards, badges and states: status is always shape, word and colour together."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from dashboard.charts import Picture
from dashboard.components.heads import draw, small
from dashboard.words import _, plain
from data_contracts.problems import Problem

Color = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray", "grey", "primary"]
ICONS = {
    "nothing": ":material/inbox:",
    "too few": ":material/groups:",
    "suppressed": ":material/visibility_off:",
    "not validated": ":material/rule:",
    "no interval": ":material/straighten:",
    "no result": ":material/do_not_disturb_on:",
    "ripening": ":material/hourglass_top:",
    "held": ":material/pan_tool:",
    "not allowed": ":material/lock:",
    "error": ":material/error:",
}
READINESS = {
    "fit": (":material/verified:", "Fit for pay"),
    "monitored": (":material/visibility:", "Monitored"),
    "held": (":material/pan_tool:", "Held"),
    "restated": (":material/history:", "Restated"),
    "usual": (":material/horizontal_rule:", "Usual"),
}


def state(kind: str, what: str, why: str = "", then: str = "") -> None:
    """What is missing or refused: icon, bold what, why, next step. `kind` is a key of ICONS; one a region."""
    said = " ".join(plain(each) for each in (why, then) if each)
    with st.container(border=True):
        st.markdown(f"{ICONS[kind]} **{plain(what)}** {said}".rstrip())


def problem(found: Sequence[Problem]) -> None:
    """Everything that is wrong with data or definitions: where, expected, actual, next step."""
    for each in found:
        said = _("Expected {expected}; it is {actual}.").format(
            expected=plain(each.expected), actual=plain(each.actual)
        )
        st.error(f"**{plain(each.where)}.** {said} {plain(each.next_step)}", icon=":material/block:")


def badge(text: str, icon: str, color: Color = "gray") -> None:
    """A small word with a shape."""
    st.badge(text, icon=icon, color=color)


def signal_badge(signal: str, rising: bool) -> None:
    """Signal, better or worse; the arrow is the direction of the number. Usual when there is no signal."""
    if not signal:
        readiness("usual")
        return
    arrow = ":material/arrow_upward:" if rising else ":material/arrow_downward:"
    badge(
        _("Signal, better") if signal == "better" else _("Signal, worse"),
        arrow,
        "blue" if signal == "better" else "red",
    )


def readiness(kind: str) -> None:
    """Fit for pay, monitored, held, restated or usual (a key of READINESS)."""
    icon, word = READINESS[kind]
    badge(_(word), icon)


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
