"""A plan's budget where cost is told: simulation, designer, payout page and accrual."""

from pathlib import Path

import pytest

from kpis.incentives import edit
from kpis.workflows import plans
from kpis.workspace import open_snapshot
from tests.dashboard.company import company
from tests.dashboard.line import done
from tests.dashboard.pages import opened, read
from tests.kpis import small
from tests.kpis.approved import HR, approved_company, closed
from tests.kpis.small import NOW


def test_the_payout_page_sets_pay_against_the_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small, "PLAN", small.PLAN + "budget: {amount: 5000}\n")
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", HR)
    closed(approved_company(tmp_path))
    told = read(opened("payout", HR))
    assert "696.42 above the budget of" in told
    assert "Budget of the plan" in told


def test_simulation_and_designer_start_from_the_plans_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = company(tmp_path, active=False)
    text = plans.export_plan(where, "field") + "budget: {amount: 1234}\n"
    plans.import_plan(open_snapshot(where), edit.versioned(text, 2), NOW)
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", "")
    told = done("plan", "simulate", "field", "--draws", "200", "--workspace", tmp_path, "--json").json
    assert told["budget_minor"] == 123_400
    assert 0 <= told["exceeded"] <= 1
    assert [each.value for each in opened("plan", "hr", plan="field").number_input] == [1234]
    past = done("plan", "backtest", "field", "--workspace", tmp_path, "--json").json
    assert past["over_budget"] == [each["period"] for each in past["periods"] if each["cost_minor"] > 123_400]
