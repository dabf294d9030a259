"""Target letters: who was told, who opened and acknowledged, and who was never told."""

import streamlit as st

from dashboard import data
from dashboard.access import Viewer
from dashboard.components import Column, Picker, lead, offer, page_head, small, spent, state, table, token
from dashboard.lettering import heads, row, summary
from dashboard.views.my_letters import paper, show
from dashboard.words import _, ngettext, plain


def view(viewer: Viewer) -> None:
    """Draw the page."""
    periods, write = data.letter_periods(viewer), data.formats()
    options = {name: write.period(name) for name in periods}
    period = page_head(_("Target letters"), [Picker("period", _("Period"), options, data.now_in(periods))])["period"]
    found = data.letters_of(viewer, period)
    if not found:
        state("nothing", _("Nobody is in a plan that pays this period."), _("A letter follows plan and targets."), "")
        return
    lead(summary(found))
    small(plain(data.letter_rule(period)))
    with st.container(horizontal=True):
        _send(viewer, period, sum(each.state == "never told" or each.outdated for each in found))
        _all(viewer, period)
    if not data.acting(viewer):
        small(_("You look as a role, not as a person: letters are sent by somebody of HR."))
    columns, rows = [Column(name, number) for name, number in heads()], [row(write, each) for each in found]
    table(columns, rows, alt=_("Holders with the way of their letter"), key="letters")
    offer(columns, rows, name="letters", about=[(_("Period"), options[period])], key="letters_xlsx")
    told = {each.person: each.name for each in found if each.sent}
    person = st.selectbox(
        _("Look at a letter"), list(told), index=None, format_func=told.__getitem__, key="look", width=320
    )
    if person in told:
        paper(viewer, person, period)
        show(data.letter_text(viewer, person, period))


def _send(viewer: Viewer, period: str, count: int) -> None:
    word = ngettext("Send {n} letter", "Send {n} letters", count).format(n=count) if count else _("Everybody was told")
    sends = bool(count and data.acting(viewer))
    if st.button(word, type="primary", icon=":material/send:", disabled=not sends, key="send"):
        done = data.send_letters(viewer, period, token("letters"))
        spent("letters")
        st.session_state["letters_sent"] = len(done.first) + len(done.again)
        st.rerun()
    if sent := st.session_state.pop("letters_sent", 0):
        st.toast(ngettext("{n} letter sent.", "{n} letters sent.", sent).format(n=sent))


def _all(viewer: Viewer, period: str) -> None:
    st.download_button(
        _("All letters as PDF"),
        data=lambda: data.letters_zip(viewer, period),
        file_name=f"letters-{period}.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        key="letters_zip",
        on_click="ignore",
    )
