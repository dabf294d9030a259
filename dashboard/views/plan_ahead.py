"""A draft before money is spent: what it would cost, whether groups fare alike, whether it can be paid on, what changes."""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from dashboard import charts, data, designs, forecasts
from dashboard.access import Viewer
from dashboard.components import Column, chart_head, draw, parts, problem, table
from dashboard.views import plan_versions
from dashboard.words import _
from kpis.incentives.changed import Change
from kpis.incentives.plan import Plan


def view(viewer: Viewer, text: str, kept: Plan | None, changed: Sequence[Change]) -> None:
    """Draw the part that is open; the others ask nothing."""
    tabs: dict[str, Callable[[], None]] = {
        _("Cost"): lambda: _cost(viewer, text),
        _("Can we pay on it?"): lambda: _ready(viewer, text),
        _("Does it treat groups alike?"): lambda: plan_versions.groups(viewer, text),
    }
    if kept is not None and changed:
        tabs = {
            _("Against version {n}").format(n=kept.version): lambda: plan_versions.against(viewer, text, kept, changed)
        } | tabs
    parts(tabs, key="ahead")


def _cost(viewer: Viewer, text: str) -> None:
    write = data.formats()
    budget = st.number_input(
        _("Budget for the period, {currency}").format(currency=write.currency), 0, value=data.budget_of(text), width=260
    )
    found = data.outlook(viewer, text, "" if budget is None else str(write.minor(budget)))
    title = forecasts.cost_sentence(write, found)
    chart_head(title, forecasts.history_sentence(write, found))
    rows, marks, say = forecasts.cost_rows(write, found), forecasts.cost_marks(write, found), forecasts.say_money(write)
    draw(charts.histogram(rows, marks, title=title, say=say))
    left, right = st.columns(2, gap="large")
    with left:
        chart_head(designs.cliff_title(write, found), _("Where a little more or less of a figure moves much money."))
        if found.cliffs:
            heads = [Column(_("Cliff")), Column(_("Money near it"), number=True), Column(_("People"), number=True)]
            table(heads, designs.cliff_rows(write, found), alt=_("Cliffs of the plan"), key="plan_cliffs")
    with right:
        chart_head(_("What one percent more of it would cost"), _("The dearest first."))
        heads = [Column(_("Component")), Column(_("Of")), Column(_("Costs"), number=True)]
        table(heads, designs.sensitivity_rows(write, found), alt=_("What weights and points cost"), key="plan_points")
    problem(found.missing[:5])


def _ready(viewer: Viewer, text: str) -> None:
    write, found = data.formats(), data.readiness(viewer, text)
    problem(found.problems)
    if not found.ready:
        return
    title = designs.ready_title(found.ready, found.deciding)
    chart_head(title, _("Approval is refused until every component, gate and modifier can be paid on."))
    heads = [Column(_("Component")), Column(_("State")), Column(_("Needs n"), number=True)]
    heads += [Column(_("Expects n"), number=True), Column(_("Lacks")), Column(_("Cheapest mend"))]
    table(
        heads,
        forecasts.ready_rows(write, found.ready, found.deciding),
        alt=_("Readiness of each component"),
        key="plan_ready",
    )
    worst = designs.luckiest(found.ready)
    if worst is not None:
        points = forecasts.answer_rows(write, worst)
        title = designs.answers_title(write, worst)
        chart_head(title, _("Expected pay at equal quality, by the number of answers somebody has."))
        past = pd.DataFrame(columns=["x", "y", "low", "high", "text"])
        say = (lambda value: write.number(value), lambda value: f"{write.number(value, 0)}%")
        draw(charts.curve(points[["x", "y"]], points.iloc[[0, -1]], past, title=title, say_x=say[0], say_y=say[1]))
