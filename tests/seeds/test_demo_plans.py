"""What the demo's plans show of the language, and that money can be tried there before and after it is spent."""

import json
import re
from fractions import Fraction
from functools import partial
from importlib import resources
from pathlib import Path

import pytest

from dashboard.formats import Formats
from dashboard.letters import _note
from dashboard.steps import told
from data_contracts.problems import Problems
from kpis.workflows import align, clawbacks, letters, pay, plans, simulate, stake
from kpis.workspace import Snapshot, Workspace
from seeds import demo
from seeds.demo import budgets
from seeds.demo.aims import SERVICE
from tests.seeds.conftest import NOW, SMALL


def test_its_plans_show_a_budget_and_clawback_and_what_else_hr_looks_for_first(company: Workspace) -> None:
    held = plans.current(company)
    shown = {name for each in held.values() for name in each.model_dump(exclude_defaults=True)}
    assert {"budget", "clawback", "pool", "kickers", "modifiers", "sections", "gates", "proration"} <= shown
    assert all(each.budget is None or each.budget.amount > 0 for each in held.values())
    assert {name for name, each in held.items() if each.budget} == {"service", "field", "leadership", "sales"}


def test_a_budget_is_what_target_pays_those_who_work_there_and_a_twentieth_more(
    snapshot: Snapshot, company: Workspace
) -> None:
    text = (resources.files("seeds.demo") / "plans" / "sales.yaml").read_text("utf-8")
    plan = plans.current(company)["sales"]
    assert str(plan.budget.amount if plan.budget else "") in budgets.budgeted(text, company.root / "deliveries")
    at_target = float(sum(each.at_target for each in stake.lines(snapshot, "2026-Q2") if each.plan == "sales"))
    assert 0.9 < float(plan.budget_minor or 0) / (1.05 * at_target) < 1.1


def test_how_often_a_budget_is_exceeded_can_be_seen(snapshot: Snapshot, company: Workspace) -> None:
    found = simulate.simulate(snapshot, plans.one(company, "sales"), draws=200, deep=False)
    over = found.cost.spread(found.budget).over
    assert over is not None


def test_one_claim_waits_for_a_decision_and_the_head_of_finance_may_take_it(
    snapshot: Snapshot, company: Workspace
) -> None:
    [each] = clawbacks.every(company)
    assert (each.state, each.claim.run, each.claim.cause) == ("proposed", "sales.2026-Q2.1", "cancelled orders")
    assert 0 < each.claim.amount < each.claim.paid


def test_ones_own_answers_count_as_enough_only_where_they_are_however_customers_fall_into_groups() -> None:
    low, target, _ = (Fraction(each) / 100 for each in SERVICE.values)
    independent = Fraction("3.84") * target * (1 - target) / (target - low) ** 2
    text = (resources.files("seeds.demo") / "plans" / "service.yaml").read_text("utf-8")
    least = int(text.partition("min_n: ")[2].partition("\n")[0])
    assert (
        least > 2 * independent
    )  # the design effect hangs on keys drawn anew for every demo: 1.0 in one, 1.4 in another


def test_a_demo_whose_making_was_ended_is_never_taken_for_a_whole_one(tmp_path: Path) -> None:
    def ended(step: str, _share: float) -> None:
        if step == "deliveries":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.make_workspace(tmp_path / "w", **SMALL, now=NOW, progress=ended)
    with pytest.raises(Problems, match="Remove the folder"):
        demo.finished(tmp_path / "w")


def test_a_demo_that_was_made_is_finished_and_a_new_folder_holds_none(company: Workspace, tmp_path: Path) -> None:
    assert demo.finished(company.root)
    assert not demo.finished(tmp_path)


def test_a_statement_names_the_team_whose_figure_pays_in_place_of_ones_own(
    snapshot: Snapshot, company: Workspace
) -> None:
    run, named = "service.2026-Q2.1", partial(align.scope_name, snapshot.organisation)
    person = pay.document(company, run)["run"]["participants"][0]["person"]
    steps = pay.statement(company, run, person).steps
    text = next(told(Formats(), step, named) for step in steps if step.rule == "team")
    names = "|".join(each.name for each in snapshot.organisation.departments)
    assert re.search(rf"so the team's [0-9.]+ \(({names})\) pays", text), text


def test_a_letter_tells_a_gates_condition_and_when_the_teams_figure_pays_instead_of_ones_own(
    company: Workspace,
) -> None:
    service = next(
        each
        for letter in letters.sent(company, "2026-Q3")
        for each in json.loads(letter.document)["terms"]["plans"]
        if each["id"] == "service"
    )
    note = _note(Formats(), service)
    assert "The amounts are before Closed stays closed (at most 8)." in note
    assert (
        "Solved at the first contact, my own: with fewer than 1,800 answers of your own the team’s figure pays." in note
    )
