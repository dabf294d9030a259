"""A budget kept in a plan: checked against the plan's currency, told beside cost, and paying nobody more or less."""

import pytest

from kpis.incentives.backtest import Backtest, Stability, Would
from kpis.incentives.changed import changes
from kpis.incentives.check import check
from kpis.incentives.plan import Plan, normal_form, parse

TEXT = """id: small
opportunity: {amount: 1000}
components:
  - {id: a, title: A, weight: 100, kpi: fcr, scope: company, curve: {points: [[0, 0], [100, 100]]}}
"""


def plan(more: str = "") -> Plan:
    return parse(TEXT + more)


def test_a_plan_without_a_budget_has_the_hash_it_had() -> None:
    assert plan().budget_minor is None
    assert "budget" not in normal_form(plan())


def test_a_budget_is_kept_in_minor_units_of_the_plans_currency() -> None:
    assert plan("budget: {amount: 1500.50}").budget_minor == 150_050
    assert plan("currency: JPY\nbudget: {amount: 1500}").budget_minor == 1500
    assert check(plan("budget: {amount: 1500, currency: EUR}")) == []


@pytest.mark.parametrize(
    ("more", "where"),
    [("budget: {amount: 0}", "budget.amount"), ("budget: {amount: 5, currency: USD}", "budget.currency")],
)
def test_what_is_no_budget_is_told_with_its_place(where: str, more: str) -> None:
    [found] = check(plan(more))
    assert found.where.endswith(where)


def test_a_changed_budget_is_a_difference_that_changes_no_amount() -> None:
    [found] = changes(plan("budget: {amount: 5}"), plan("budget: {amount: 6}"))
    assert (found.place, found.before, found.after, found.pays) == ("budget.amount", "5", "6", False)


def test_a_backtest_names_the_periods_above_the_budget() -> None:
    would = tuple(Would(f"2026-Q{at}", "p", amount, 1000.0) for at, amount in ((1, 500), (2, 501)))
    found = Backtest(plan("budget: {amount: 5}"), ("2026-Q1", "2026-Q2"), would, Stability(None, None, 1), ())
    assert found.over == ("2026-Q2",)
    assert Backtest(plan(), (), (), Stability(None, None, 0), ()).over is None
