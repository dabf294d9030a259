"""My department: its targets against its figures, and what is at stake."""

import streamlit as st

from dashboard import charts, data, money, shapes
from dashboard.access import Viewer
from dashboard.components import Column, Picker, chart_head, draw, lead, offer, page_head, small, state, table
from dashboard.words import _, plain


def view(viewer: Viewer) -> None:
    """Draw the page."""
    units, periods, write = data.headed(viewer), data.target_periods(viewer, "department"), data.formats()
    if not units:
        state(
            "nothing",
            _("No departments yet."),
            _("The contract departments has received nothing."),
            _("Deliver a first file."),
        )
        return
    options = data.period_names(periods)
    own = data.default_unit(viewer, list(units))
    pickers = [Picker("period", _("Period"), options, data.now_in(periods)), Picker("unit", _("Unit"), units, own, 240)]
    chosen = page_head(_("My department"), pickers)
    found = data.unit(viewer, chosen["unit"], chosen["period"])
    if not found.held:
        state(
            "nothing",
            _("No targets in this period."),
            _("None was set for this department."),
            _("Import targets, or choose another period."),
        )
        return
    _standing(found)
    _cascades(viewer, chosen)
    columns, cells = shapes.target_table(write, data.workspace().kpis, found.held, data.scope_name)
    chart_head(_("The same in words"))
    heads = [Column(name, number) for name, number in columns]
    table(heads, cells, alt=_("Targets with figures, intervals and attainment"), key="targets")
    about = [(_("Unit"), units[chosen["unit"]]), (_("Period"), options[chosen["period"]])]
    offer(heads, cells, name="targets", about=about, key="targets_xlsx")


def _standing(found: data.Unit) -> None:
    write, kpis = data.formats(), data.workspace().kpis
    title = shapes.reached(found.held, kpis)
    lead(f"**{plain(title)}** {plain(money.would_pay(write, found))}")
    reading = _("Dark: reached with 95% confidence. Pale: the rest of the interval. Tick: the figure.")
    chart_head(money.at_stake(write, found, kpis), reading)
    rows = money.with_pay(write, shapes.bullets(write, kpis, found.held, data.scope_name), found)
    draw(charts.bullet_rows(rows, title=title))
    if told := shapes.asked_once(kpis, found.held):
        small(plain(told))
    if told := money.chance_at_stake(write, found):
        small(plain(told))
    if found.why_no_money:
        small(plain(found.why_no_money))


def _cascades(viewer: Viewer, chosen: dict[str, str]) -> None:
    write, kpis = data.formats(), data.workspace().kpis
    found = sorted(data.cascades(viewer, chosen["unit"], chosen["period"]), key=lambda each: -abs(each.own))[:2]
    for column, each in zip(st.columns(2, gap="medium"), found, strict=False):
        with column:
            title = shapes.accounts_for(write, kpis[each.parent.kpi], each.own, each.difference)
            chart_head(
                title,
                _("In points against the plan of the whole, to date. The parts sum to it before they are rounded."),
            )
            draw(charts.contributions(shapes.contributions(write, kpis[each.parent.kpi], each.parts), title=title))
