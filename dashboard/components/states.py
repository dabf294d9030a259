"""What is missing, refused or wrong: icon, bold what, why, next step."""

from collections.abc import Sequence

import streamlit as st

from dashboard.words import _, plain
from data_contracts.problems import Problem

ICONS = {
    "nothing": ":material/inbox:",
    "too few": ":material/groups:",
    "suppressed": ":material/visibility_off:",
    "not validated": ":material/rule:",
    "no interval": ":material/straighten:",
    "no result": ":material/do_not_disturb_on:",
    "open": ":material/hourglass_top:",
    "ripening": ":material/hourglass_top:",
    "held": ":material/pan_tool:",
    "not allowed": ":material/lock:",
    "error": ":material/error:",
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
