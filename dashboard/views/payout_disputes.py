"""Contested lines of a run: what each is about, and the decision by somebody who is not paid by it."""

import streamlit as st

from dashboard import data, disputing
from dashboard.access import Viewer
from dashboard.components import Column, section, small, table
from dashboard.formats import Formats
from dashboard.words import _, plain


def draw(viewer: Viewer, write: Formats, run: str) -> None:
    """Draw every contested line, and what is needed to decide the open ones; nothing where nothing is contested."""
    found = data.contested(viewer, run) if data.may_decide(viewer, run) else []
    if not found:
        return
    section(disputing.title(found))
    small(
        _(
            "Each waits while the rest is paid. What is granted is an adjustment, paid at the next closing by somebody else."
        )
    )
    heads = (_("No."), _("Person"), _("Line"), _("What they wrote"), _("State"))
    columns = [*(Column(head) for head in heads), Column(write.currency, number=True)]
    table(columns, disputing.rows(write, found), alt=_("Contested lines with how each ended"), key="disputes")
    _decide(viewer, write, run, [each for each in found if each.dispute.outcome == "open"])


def _decide(viewer: Viewer, write: Formats, run: str, left: list[data.ContestedLine]) -> None:
    if not left:
        return
    known = {each.dispute.number: each for each in left}
    number = st.selectbox(
        _("Dispute"), list(known), format_func=lambda each: disputing.label(write, known[each]), key="dispute"
    )
    small(plain(disputing.evidence(write, known[number])))
    reasons = data.why_not_decide(viewer, number)
    for each in reasons:
        small(plain(each))
    grant = _("Grant")
    choice = st.segmented_control(_("Decision on it"), [_("Refuse"), grant], default=_("Refuse"), key="dispute_choice")
    amount = 0
    if choice == grant:
        label = _("Difference to pay, {currency}").format(currency=write.currency)
        amount = write.minor(st.number_input(label, value=0.0, step=1.0, format="%.2f", key="dispute_amount"))
    why = st.text_input(_("Why, as the person will read it"), key="dispute_why")
    empty = not why.strip() or (choice == grant and not amount)
    if st.button(_("Decide the dispute"), key="decide_dispute", disabled=bool(reasons) or empty):
        data.decide_dispute(viewer, run, number, amount, why)
        st.rerun()
