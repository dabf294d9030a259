"""Contest a line of one's own payout: which line, what is wrong, and that it was recorded."""

import streamlit as st

from dashboard import data
from dashboard.access import Viewer
from dashboard.components import small
from dashboard.words import _, plain


def form(viewer: Viewer, run: str) -> None:
    """The form for one of one's own lines, closed until it is asked for; the server decides again whether it may be."""
    lines = data.contestable(viewer, run)
    if number := st.session_state.pop(f"contested_{run}", 0):
        st.success(_("Dispute {n} is open: the line waits, the rest is paid.").format(n=number))
    if not lines:
        return
    with st.expander(_("Contest a line"), icon=":material/flag:"):
        line = st.selectbox(_("Line"), list(lines), format_func=lines.__getitem__, key=f"contest_line_{run}")
        text = st.text_area(_("What is wrong, in your own words"), key=f"contest_text_{run}", max_chars=2000)
        if st.button(_("Contest this line"), key=f"contest_{run}", disabled=not text.strip()):
            st.session_state[f"contested_{run}"] = data.contest(viewer, run, line, text)
            st.rerun()
        small(
            plain(
                _(
                    "It is recorded with your name and the day, and read by those who decide it. It cannot be taken back."
                )
            )
        )
