"""Statements of a run: everybody's payout, one person's whole statement, all of them as PDF, and the steps as data."""

import streamlit as st

from dashboard import data
from dashboard.access import Viewer
from dashboard.components import Column, Picker, lead, page_head, section, small, state, table
from dashboard.views.my_statement import whole
from dashboard.views.statements_files import files, offer
from dashboard.words import _


def view(viewer: Viewer) -> None:
    """Draw the page."""
    runs = data.runs_paid(viewer)
    if not runs:
        page_head(_("Statements"))
        state("nothing", _("No run yet."), _("A statement follows a payout run."), _("Make a payout run first."))
        return
    run = page_head(_("Statements"), [Picker("run", _("Run"), runs, next(iter(runs)), width=300)])["run"]
    currency, rows = data.payouts_of(viewer, run)
    write = data.formats()
    told = _("{n} people are paid by this run. What they read is what stands here.")
    lead(told.format(n=write.number(len(rows))))
    files(viewer, run, [name for _person, name, _amount in rows])
    _one(viewer, run, {person: name for person, name, _amount in rows})
    section(_("Everybody"))
    small(_("By name. Amounts are those of the run; nobody is ranked."))
    columns = [Column(_("Name")), Column(_("Payout, {currency}").format(currency=currency), number=True)]
    table(columns, [(name, write.amount(amount)) for _person, name, amount in rows], alt=_("Payouts"), key="payouts")


def _one(viewer: Viewer, run: str, names: dict[str, str]) -> None:
    """One person's statement, chosen in the box or by `person=` in the address."""
    asked = st.query_params.get("person")
    if asked is not None and asked not in names:
        state("nothing", _("This run pays no such person."), _("Choose somebody below."), "")
        asked = None
    st.session_state["whose"] = asked

    def write() -> None:
        chosen = st.session_state["whose"]
        st.query_params.pop("person", None)
        st.query_params.update({"person": chosen} if chosen else {})

    person = st.selectbox(
        _("Look at a statement"), list(names), index=None, format_func=names.__getitem__, key="whose", width=320,
        on_change=write,
    )  # fmt: skip
    if person is None:
        return
    offer(
        _("Statement as PDF"),
        lambda: data.statement_pdf(viewer, run, person),
        f"statement-{run}.pdf",
        "application/pdf",
    )
    with st.container(border=True):
        whole(data.statement_of(viewer, run, person), "whole")
