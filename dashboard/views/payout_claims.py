"""What of a closed run is claimed back: the claims, HR's proposal by the plan's terms, and another person's decision."""

import streamlit as st

from dashboard import claiming, data
from dashboard.access import Viewer
from dashboard.components import Column, section, small, table
from dashboard.formats import Formats
from dashboard.views import payout_disputes
from dashboard.words import _, plain


def beside(viewer: Viewer, write: Formats, run: str) -> None:
    """What stands beside the calculation: contested lines, then claims."""
    payout_disputes.draw(viewer, write, run)
    draw(viewer, write, run)


def draw(viewer: Viewer, write: Formats, run: str) -> None:
    """Draw it where the plan has terms of clawback or something is claimed."""
    found = data.claims(viewer, run)
    if not found.rows and not (found.terms and found.people):
        return
    section(_("Claimed back"))
    if found.terms:
        small(plain(claiming.terms(write, found.terms)))
    if found.rows:
        heads = (_("No."), _("Person"), _("Cause"), _("Why"), _("State"))
        numbers = (_("Paid"), _("Claimed"), _("Set off"))
        columns = [*(Column(head) for head in heads), *(Column(head, number=True) for head in numbers)]
        table(columns, claiming.rows(write, found), alt=_("Claims on what this run paid"), key="claims")
    _decide(viewer, run, found)
    if found.terms and found.people:
        with st.expander(_("Propose to claim back")):
            _propose(viewer, write, run, found)


def _decide(viewer: Viewer, run: str, found: data.Claims) -> None:
    left = {each.claim.entry: name for name, each in claiming.waiting(found)}
    if not left:
        return
    number = st.selectbox(_("Claim"), list(left), format_func=lambda each: f"{each}: {left[each]}", key="claim")
    accept = st.segmented_control(_("Decision on the claim"), [_("Accept"), _("Drop")], key="claim_choice")
    why = st.text_input(_("Why, as the person will read it"), key="claim_why")
    if st.button(_("Decide the claim"), key="decide_claim", disabled=accept is None or not why.strip()):
        data.decide_claim(viewer, run, number, accept == _("Accept"), why)
        st.rerun()


def _propose(viewer: Viewer, write: Formats, run: str, found: data.Claims) -> None:
    assert found.terms is not None  # looked at by the caller
    people = found.people
    person = st.selectbox(
        _("Whose payout"), list(people), format_func=people.__getitem__, index=None, key="claim_whose"
    )
    cause = st.selectbox(_("Cause"), list(found.terms.causes), key="claim_cause")
    event = st.date_input(_("It happened on"), value=data.workspace().today, key="claim_event", width=220)
    if person is None:
        return
    claim = data.claimable(viewer, run, person, cause, event)
    small(plain(claiming.may(write, claim)))
    why = st.text_input(_("What happened, as the person will read it"), key="claim_reason")
    if st.button(_("Propose the claim"), key="propose_claim", disabled=not claim.amount or not why.strip()):
        data.propose_claim(viewer, run, person, cause, event, why)
        st.rerun()
