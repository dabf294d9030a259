"""A draft before money is spent: what it would cost, whether groups fare alike, whether it can be paid on, what changes."""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from dashboard import charts, data, designs, forecasts
from dashboard.access import Viewer
from dashboard.components import Column, chart_head, draw, offer, parts, problem, small, table
from dashboard.words import _, plain
from kpis.incentives.changed import Change
from kpis.incentives.plan import Plan


def view(viewer: Viewer, text: str, kept: Plan | None, changed: Sequence[Change]) -> None:
    """Draw the part that is open; the others ask nothing."""
    tabs: dict[str, Callable[[], None]] = {
        _("Cost"): lambda: _cost(viewer, text),
        _("Can we pay on it?"): lambda: _ready(viewer, text),
        _("Does it treat groups alike?"): lambda: _groups(viewer, text),
    }
    if kept is not None and changed:
        tabs = {_("Against version {n}").format(n=kept.version): lambda: _against(viewer, text, kept, changed)} | tabs
    parts(tabs, key="ahead")


def _cost(viewer: Viewer, text: str) -> None:
    write = data.formats()
    budget = st.number_input(
        _("Budget for the period, {currency}").format(currency=write.currency), 0, value=None, width=260
    )
    found = data.outlook(viewer, text, "" if budget is None else str(write.minor(budget)))
    title = forecasts.cost_sentence(write, found)
    chart_head(title, forecasts.history_sentence(write, found))
    rows, marks, say = forecasts.cost_rows(write, found), forecasts.cost_marks(write, found), forecasts.say_money(write)
    draw(charts.histogram(rows, marks, title=title, say=say))
    if found.cliffs:
        told = designs.cliff_title(write, found)
        chart_head(told, _("Money of those who stand within chance of each cliff."))
        draw(charts.bars(forecasts.cliff_rows(write, found.cliffs), title=told))
    heads = [Column(_("One percent more of")), Column(_("costs"), number=True)]
    table(heads, designs.sensitivity_rows(write, found), alt=_("What each weight and point costs"), key="plan_points")
    problem(found.missing[:5])


def _ready(viewer: Viewer, text: str) -> None:
    write, found = data.formats(), data.readiness(viewer, text)
    problem(found.problems)
    if not found.ready:
        return
    chart_head(designs.ready_title(found.ready), _("Approval is refused until every component can be paid on."))
    heads = [Column(_("Component")), Column(_("State")), Column(_("Needs n"), number=True)]
    heads += [Column(_("Expects n"), number=True), Column(_("Lacks")), Column(_("Cheapest mend"))]
    table(heads, forecasts.ready_rows(write, found.ready), alt=_("Readiness of each component"), key="plan_ready")
    worst = max(found.ready, key=lambda each: each.gap)
    points = forecasts.answer_rows(write, worst)
    if len(points) > 1:
        title = designs.answers_title(write, worst)
        chart_head(title, _("Expected pay at equal quality, by the number of answers somebody has."))
        past = pd.DataFrame(columns=["x", "y", "low", "high", "text"])
        say = (lambda value: write.number(value), lambda value: f"{write.number(value, 0)}%")
        draw(charts.curve(points[["x", "y"]], points.iloc[[0, -1]], past, title=title, say_x=say[0], say_y=say[1]))


def _groups(viewer: Viewer, text: str) -> None:
    write, found = data.formats(), data.backtest(viewer, text)
    chart_head(designs.groups_title(found), designs.backtest_about(write, found))
    heads = [Column(_("Group")), Column(_("People"), number=True), Column(_("Pays"), number=True)]
    heads += [Column(_("95% interval"), number=True), Column(_("Against the rest"))]
    table(heads, forecasts.group_rows(write, found), alt=_("Pay of groups against the rest"), key="plan_groups")
    small(plain(designs.stability(write, found)))


def _against(viewer: Viewer, text: str, kept: Plan, changed: Sequence[Change]) -> None:
    write = data.formats()
    heads = [Column(_("Where")), Column(_("Kept")), Column(_("Draft")), Column(_("Effect"))]
    table(heads, designs.change_rows(changed), alt=_("Fields that differ"), key="plan_changes")
    if not any(each.pays for each in changed):
        return
    found = data.effect(viewer, text, kept)
    chart_head(
        designs.effect_title(write, found),
        _("Both versions over the last whole periods; groups below 10 people are not shown."),
    )
    heads = [Column(_("Group")), Column(_("People"), number=True), Column(_("Kept"), number=True)]
    heads += [Column(_("Draft"), number=True), Column(_("Difference"), number=True)]
    rows = designs.effect_rows(write, found)
    table(heads, rows, alt=_("What both versions would have paid"), key="plan_effect")
    offer(heads, rows, name="plan-effect", about=[(_("Plan"), kept.id)], key="plan_effect_xlsx")
