"""Payout run: its four steps, what is held and why, and what one approves."""

import streamlit as st

from dashboard import access, data, payouts
from dashboard.access import Viewer
from dashboard.components import Column, Picker, asked, lead, page_head, section, small, state, table
from dashboard.formats import Formats
from dashboard.views import payout_acts, payout_claims, payout_hr
from dashboard.words import _, plain

LEDGER = 50  # people a page: what is decided stands above it, and stays in reach
ICONS = {"done": ":material/check_circle:", "next": ":material/pending:", "later": ":material/lock_open:"}


def view(viewer: Viewer) -> None:
    """Draw the page."""
    runs = data.payout_runs(viewer)
    periods = {each.period: data.formats().period(each.period) for each in runs}
    if not runs:
        page_head(_("Payout run"))
        payout_hr.none_yet(viewer)
        return
    period = asked("period", next(iter(periods)))
    ids = {each.id: each.id for each in runs if each.period == period} or {each.id: each.id for each in runs}
    first = Picker("period", _("Period"), periods, next(iter(periods)))
    chosen = page_head(_("Payout run"), [first, Picker("run", _("Run"), ids, next(iter(ids)), 230)])
    found = data.payout_run(viewer, chosen["run"])
    if isinstance(found, access.Refused):
        _only_disputes(viewer, chosen["run"], found)
        return
    write = Formats(data.formats().locale, found.at.run.currency)
    lead(payouts.lead(write, found))
    _steps(write, found)
    left, right = st.columns([7, 5], gap="large")
    with left:
        _held(write, found)
    with right:
        section(_("What you approve"))
        rows, bold = payouts.approves(write, found)
        columns = (Column(""), Column(found.at.run.currency, number=True))
        table(columns, rows, alt=_("What is approved, in sums"), key="approves", bold=bold)
        small(plain(payouts.pinned(found)))
        payout_acts.draw(viewer, write, found)
    payout_claims.beside(viewer, write, chosen["run"])
    _ledger(write, found)


def _only_disputes(viewer: Viewer, run: str, why: access.Refused) -> None:
    if data.may_decide(viewer, run):
        lead(_("Only the contested lines and the claims of this run are for you."))
        payout_claims.beside(viewer, data.formats(), run)
        return
    state("not allowed", why.reason, "", why.ask)


def _steps(write: Formats, found: data.PayoutRun) -> None:
    with st.container(border=True):
        for column, stage in zip(st.columns(4), payouts.stages(write, found), strict=True):
            with column, st.container(gap=None):
                st.markdown(f"{ICONS[stage.state]} **{plain(stage.title)}**")
                small(plain(stage.who or "–"))


def _held(write: Formats, found: data.PayoutRun) -> None:
    rows = payouts.held(write, found)
    section(_("Held for a person to look at") if rows else _("Nothing is held"))
    if rows:
        small(_("A pattern in the data, not a verdict on anyone."))
        columns = [Column(_("Person")), Column(_("Why it is held")), Column(write.currency, number=True), Column("")]
        table(columns, rows, alt=_("Held payouts with the reason"), key="held")


def _ledger(write: Formats, found: data.PayoutRun) -> None:
    section(_("The ledger"))
    numbers = [Column(head, number=True) for head in (_("Opportunity"), _("Payout"), _("Change"))]
    columns = [Column(_("Person")), Column(_("Plan")), *numbers, Column(_("State"))]
    table(columns, payouts.ledger(write, found), alt=_("Everybody’s payout"), key="ledger", page=LEDGER)
