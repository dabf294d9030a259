"""My targets and statement: what I aim at, what it pays, and every step to the amount."""

import streamlit as st

from dashboard import charts, data, money, shapes
from dashboard.access import Viewer
from dashboard.components import Picker, chart_head, draw, figure_card, lead, page_head, small, state, step_table
from dashboard.views import my_letters, my_statement
from dashboard.views.me_chance import draw_chance
from dashboard.words import _, plain
from kpis.workflows.stake import Held


def view(viewer: Viewer) -> None:
    """Draw the page."""
    periods, write = data.target_periods(viewer, "me"), data.formats()
    options = data.period_names(periods)
    chosen = page_head(_("My targets"), [Picker("period", _("Period"), options, data.now_in(periods))])
    if viewer.person is None:
        state(
            "nothing",
            _("No targets of your own."),
            _("You look as a role, not as a person."),
            _("Choose a person above."),
        )
        return
    period = chosen["period"]
    lead(plain(data.who(viewer)))
    slips = money.slips(write, data.statements(viewer, period), data.previews(viewer, period), data.scope_name)
    if not slips:
        state("nothing", _("No variable pay in this period."), _("No plan that pays it includes you."), "")
    left, right = st.columns([5, 7], gap="medium")
    with right:
        for slip in slips:
            _steps(viewer, slip)
    with left:
        likely = data.own_chances(viewer, period)
        for slip in slips:
            figure_card(slip.title, slip.amount, slip.at_target)
            if slip.run:
                my_statement.beside(viewer, slip.run)
            draw_chance(slip, likely)
        _targets(data.own_targets(viewer, period))
    if slips:
        my_letters.mine(viewer, period)


def _steps(viewer: Viewer, slip: money.Slip) -> None:
    if not slip.steps.rows:
        state("no result", slip.title, slip.reason, _("Ask HR what it waits for."))
        return
    chart_head(_("How {amount} comes about").format(amount=slip.amount), slip.origin)
    step_table(slip.steps, slip.currency, alt=_("Every step to {amount}").format(amount=slip.amount), key=slip.key)
    if slip.run:
        my_statement.mine(viewer, slip.run)
    else:
        small(plain(slip.contest))


def _targets(held: list[Held]) -> None:
    if not held:
        state(
            "nothing",
            _("No targets in this period."),
            _("None was set for you or for a department you are paid on."),
            "",
        )
        return
    rows = shapes.bullets(data.formats(), data.workspace().kpis, held, data.scope_name)
    title = shapes.reached(held, data.workspace().kpis)
    chart_head(title, _("Dark: reached with 95% confidence. Pale: the rest of the interval. Tick: the figure."))
    draw(charts.bullet_rows(rows, title=title, pays=False))
    if told := shapes.asked_once(data.workspace().kpis, held):
        small(plain(told))
