"""A draft over past periods: whether groups fare alike, and what the version that is kept would have paid."""

from collections.abc import Sequence

from dashboard import data, designs, forecasts
from dashboard.access import Viewer
from dashboard.components import Column, chart_head, offer, small, table
from dashboard.words import _, plain
from kpis.incentives.changed import Change
from kpis.incentives.plan import Plan


def groups(viewer: Viewer, text: str) -> None:
    """Whether groups fare alike."""
    write, found = data.formats(), data.backtest(viewer, text)
    chart_head(designs.groups_title(found), designs.backtest_about(write, found))
    heads = [Column(_("Group")), Column(_("People"), number=True), Column(_("Pays"), number=True)]
    heads += [Column(_("95% interval"), number=True), Column(_("Against the rest"))]
    table(heads, forecasts.group_rows(write, found), alt=_("Pay of groups against the rest"), key="plan_groups")
    small(plain(" ".join([designs.stability(write, found), forecasts.budget_sentence(write, found)])))


def against(viewer: Viewer, text: str, kept: Plan, changed: Sequence[Change]) -> None:
    """What differs, and what both versions would have paid."""
    write = data.formats()
    old, new = _("Version {n}").format(n=kept.version), _("This one")
    heads = [Column(_("Where")), Column(old), Column(new), Column(_("Effect"))]
    table(heads, designs.change_rows(changed), alt=_("Fields that differ"), key="plan_changes")
    if not any(each.pays for each in changed):
        return
    found = data.effect(viewer, text, kept)
    chart_head(
        designs.effect_title(write, found),
        _("Both versions over the last whole periods; groups below 10 people are not shown."),
    )
    heads = [Column(_("Group")), Column(_("People"), number=True), Column(old, number=True)]
    heads += [Column(new, number=True), Column(_("Difference"), number=True)]
    rows = designs.effect_rows(write, found)
    table(heads, rows, alt=_("What both versions would have paid"), key="plan_effect")
    offer(heads, rows, name="plan-effect", about=[(_("Plan"), kept.id)], key="plan_effect_xlsx")
