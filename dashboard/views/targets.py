"""Set targets: spread a target over those below it, see at every step whether it closes, and save it."""

import streamlit as st

from dashboard import aiming, asking, charts, data
from dashboard.access import Viewer
from dashboard.components import Column, Picker, asked, chart_head, draw, lead, page_head, small, state, table
from dashboard.views import targets_first, targets_saved, targets_spread
from dashboard.words import _, plain
from kpis.definitions import KpiDefinition


def view(viewer: Viewer) -> None:
    """Draw the page."""
    kpis, periods, write = data.aimed_kpis(viewer), data.aim_periods(viewer), data.formats()
    if not kpis:
        state(
            "nothing", _("No figures yet."), _("A target is set from a KPI’s own history."), _("Deliver a first file.")
        )
        return
    options = {name: write.period(name) for name in periods}
    first = data.default_aim(viewer, list(kpis))
    kpi, period = asked("kpi", first), asked("period", data.now_in(periods))
    parents = data.parents(viewer, kpi, period) if kpi in kpis and period in options else {}
    pickers = [Picker("kpi", _("KPI"), kpis, first, 230), Picker("period", _("Period"), options, data.now_in(periods))]
    if parents:
        pickers.append(Picker("parent", _("Target of"), parents, next(iter(parents)), 200))
    chosen = page_head(_("Set targets"), pickers)
    if not parents:
        targets_first.form(viewer, chosen["kpi"], chosen["period"])
        return
    _cascade(viewer, chosen["parent"])


def _asked(viewer: Viewer, kpi: KpiDefinition, scope: str) -> None:
    """Who is behind the survey figures of the quarter that runs."""
    if kpi.surveyed:
        write, period = data.formats(), data.now_in(data.aim_periods(viewer))
        told = asking.line(write, kpi, data.who_was_asked(viewer, kpi.id, scope, period))
        small(plain(f"{write.period(period)}: {told}"))


def _cascade(viewer: Viewer, parent: str) -> None:
    told = st.container()
    scopes, way, benchmark = targets_spread.ways(viewer, parent)
    if not scopes:
        state(
            "nothing",
            _("Nobody to spread it over."),
            _("A cascade without parts closes nowhere."),
            _("Choose somebody."),
        )
        return
    found, made = data.starting(viewer, parent, scopes, way, benchmark)
    tell = data.telling(found.parent)
    edited = targets_spread.table(
        tell, aiming.frame(tell, found, made), f"cascade_{parent}_{way}_{benchmark}_{'_'.join(scopes)}"
    )
    written = aiming.written(edited)
    step = data.step(viewer, found, written)
    with told:
        lead(aiming.closing(tell, step))
        if more := aiming.open_by(tell, step, sum(share for share, _values in written.values())):
            small(plain(more))
        _asked(viewer, tell.kpi, found.parent.scope)
        if left := data.taken_out(step):
            small(plain(left))
    left, right = st.columns([5, 7], gap="medium")
    with left:
        title, rows = aiming.carried(tell, step)
        reading = _("In the KPI’s unit: planned share times the way from today’s level. The parts sum to the whole.")
        chart_head(title, "" if rows.empty else reading)
        if not rows.empty:
            draw(charts.contributions(rows, title=title))
    with right:
        chart_head(_("What chance would do"), aiming.how(tell, step))
        columns = [Column(name, number) for name, number in aiming.chance_heads()]
        table(columns, aiming.chances(tell, step), alt=_("The chance of each value if nothing changes"), key="chances")
    targets_saved.form(viewer, step, written)
