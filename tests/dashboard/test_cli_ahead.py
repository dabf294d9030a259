"""Before money is spent, from the command line: what a plan would cost, would have paid, and whether it can."""

from pathlib import Path

import pytest

from kpis.workflows import agreements, pay, plans, readiness
from kpis.workflows import simulate as outlooks
from kpis.workflows.chances import at_stake, of_person
from kpis.workspace import Snapshot, open_snapshot, open_workspace
from tests.dashboard import company as larger
from tests.dashboard.line import call, done, write
from tests.kpis.small import NOW, PLAN, company


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six people, one quarter of history; no test changes it."""
    return company(tmp_path_factory.mktemp("small")).root


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Forty-six people, sixty weeks of history."""
    return open_snapshot(larger.company(tmp_path_factory.mktemp("larger")))


def test_a_simulation_tells_cost_departments_seed_and_what_was_drawn_and_the_seed_repeats_it(root: Path) -> None:
    line = ("plan", "simulate", "service", "--draws", "400", "--budget", "3000", "--workspace", root, "--json")
    found = done(*line).json
    assert (found["seed"], found["draws"], found["people"], found["by"]) == (20_261_122, 400, 6, "tables")
    assert set(found["departments"]) == {"north", "south"}
    assert found["p5_minor"] <= found["mean_minor"] <= found["p95_minor"]
    assert sum(each["draws"] for each in found["histogram"]) == 400
    assert found["budget_minor"] == 300_000
    assert 0 <= found["exceeded"] <= 1
    assert done(*line).json == found
    assert done(*line, "--seed", "5").json["mean_minor"] != found["mean_minor"]


@pytest.mark.parametrize("budget", ["inf", "nan", "1e300", "-1"])
def test_a_budget_that_is_no_amount_is_refused_in_words(root: Path, budget: str) -> None:
    told = call("plan", "simulate", "service", f"--budget={budget}", "--workspace", root)
    assert (told.code, "an amount from 0, below 1,000,000,000,000" in told.err) == (1, True)


def test_a_plan_whose_figures_have_no_target_is_told_so_and_not_that_it_reads_none(root: Path, tmp_path: Path) -> None:
    plan = write(tmp_path / "aimless.yaml", PLAN.replace("scope: own_department", "scope: self"))
    told = call("plan", "ready", plan, "--period", "2027-Q4", "--workspace", root)
    assert told.code == 1
    assert "Nothing that reads a KPI" not in told.out
    assert told.err


def test_a_simulation_in_words_names_the_budget_the_cliffs_and_what_a_point_costs(root: Path) -> None:
    told = done("plan", "simulate", "service", "--draws", "400", "--budget", "3000", "--workspace", root)
    assert "In nine of ten simulated periods it costs between" in told.out
    assert "It exceeds the budget of €3,000 in" in told.out
    assert "for all KPIs at once; 6 people, computed by tables." in told.out
    assert "One percent more" in told.out
    assert "Seed 20261122, 400 draws." in told.err


def test_four_periods_together_cost_four_times_as_much_with_less_than_four_times_the_spread(root: Path) -> None:
    line = ("plan", "simulate", "service", "--draws", "2000", "--workspace", root, "--json")
    one, four = done(*line).json, done(*line, "--periods", "4").json
    assert four["mean_minor"] == pytest.approx(4 * one["mean_minor"], rel=0.02)
    spreads = [each["p95_minor"] - each["p5_minor"] for each in (one, four)]
    assert spreads[1] < 3 * spreads[0]


def test_a_draft_in_a_file_is_simulated_without_being_imported(root: Path, tmp_path: Path) -> None:
    draft = write(
        tmp_path / "draft.yaml",
        PLAN.replace("percent_of_salary: 10", "percent_of_salary: 20").replace("id: service", "id: draft", 1),
    )
    line = ("--draws", "400", "--workspace", root, "--json")
    twice, once = (done("plan", "simulate", name, *line).json["mean_minor"] for name in (draft, "service"))
    assert twice == pytest.approx(2 * once, rel=1e-4)
    assert "draft" not in plans.current(open_workspace(root, NOW))


def test_a_backtest_pays_what_the_run_of_that_period_would(root: Path) -> None:
    found = done("plan", "backtest", "service", "--workspace", root, "--json").json
    run = pay.calculate(open_snapshot(open_workspace(root, NOW)), "service", "2026-Q3").outcome
    assert [each["period"] for each in found["periods"]] == ["2026-Q3"]
    assert found["periods"][0]["cost_minor"] == run["total"]
    assert {each["person"]: each["payout_minor"] for each in found["would"]} == {
        each["person"]: each["payout"] for each in run["payouts"]
    }


def test_groups_below_ten_are_not_shown_in_words_or_in_numbers(root: Path) -> None:
    found = done("plan", "backtest", "service", "--workspace", root, "--json").json
    assert [each["answer"] for each in found["groups"]] == ["not shown"] * 3
    assert {each["pays"] for each in found["groups"]} == {None}
    assert "not shown, n below 10" in done("plan", "backtest", "service", "--workspace", root).out


def test_a_plan_that_cannot_be_paid_on_ends_with_1_and_says_what_each_component_lacks(root: Path) -> None:
    found = call("plan", "ready", "service", "--workspace", root, "--json")
    assert found.code == 1
    first = found.json["ready"][0]
    assert (first["kpi"], first["ready"], first["needed"]) == ("fcr", False, 81)  # 3.84 · 70 · 30 ÷ 10²
    lacking = [check["name"] for check in first["checks"] if not check["passed"]]
    assert lacking == ["monitored"]
    assert found.problems[0]["next_step"] == "Show it for two periods before it pays."
    assert call("plan", "ready", "service", "--workspace", root).code == 1


def test_a_gate_is_asked_about_as_what_pays_is(root: Path, tmp_path: Path) -> None:
    gate = "gates:\n  - {id: enough, title: Enough, kpi: fcr, scope: own_department, passes: {at_least: 55}}\n"
    draft = write(tmp_path / "gated.yaml", PLAN + gate)
    (found,) = call("plan", "ready", draft, "--workspace", root, "--json").json["deciding"]
    assert (found["kind"], found["id"], found["ready"], found["needed"]) == ("gate", "enough", False, 63)
    assert [check["name"] for check in found["checks"] if not check["passed"]] == ["monitored"]
    told = call("plan", "ready", draft, "--workspace", root)
    assert "gate: Enough" in told.out
    assert "plan service, gate enough, fcr of department:" in told.err


def test_any_kpi_scope_and_period_is_asked_about_without_a_plan(root: Path) -> None:
    found = call(
        "plan", "ready", "--kpi", "fcr", "--scope", "company", "--period", "2026-Q4", "--workspace", root, "--json"
    )
    one = found.json["ready"][0]
    assert (one["scope"], one["period"], one["needed"], round(one["expected"])) == ("company", "2026-Q4", 81, 200)
    assert [each["answers"] for each in one["by_answers"]] == [50, 100, 200, 400, 800]
    assert call("plan", "ready", "--kpi", "fcr", "--workspace", root).code == 1
    assert (
        "did you mean" in call("plan", "ready", "--kpi", "fcrr", "--period", "2026-Q4", "--workspace", root).err.lower()
    )


def test_individual_figures_wait_for_an_agreement_also_before_money_is_spent(snapshot: Snapshot) -> None:
    where = snapshot.workspace.root
    for command in ("simulate", "backtest", "ready"):
        assert "a recorded agreement" in call("plan", command, "service", "--workspace", where).err


def test_the_hook_of_an_approval_lists_what_blocks(snapshot: Snapshot) -> None:
    plan = plans.one(snapshot.workspace, "field")
    found = readiness.blocks(snapshot, plan)
    assert all(each.where.startswith("plan field, component told") for each in found)
    assert not [each for each in found if "monitored" in each.expected]


def test_people_without_history_are_named_and_the_others_simulated(snapshot: Snapshot) -> None:
    found = outlooks.simulate(snapshot, plans.one(snapshot.workspace, "field"), draws=300, budget=1)
    assert found.cost.people == 11
    assert found.cost.left_out == {}
    assert found.cost.spread(1).over == 1.0


def test_the_chance_range_of_a_department_is_that_of_its_people_together(tmp_path: Path) -> None:
    where = larger.company(tmp_path)
    agreed = dict.fromkeys(("parties", "scope", "kpis", "purposes", "viewers", "retention"), "all")
    agreements.record(where, NOW.date(), **agreed)
    snapshot = open_snapshot(where)
    together = next(each for each in at_stake(snapshot, "field", "2026-Q4") if each.plan.id == "field")
    alone = next(each for each in of_person(snapshot, "p_35", "2026-Q4") if each.plan.id == "field")
    assert together.range is not None
    assert alone.range is not None
    assert together.range.low == pytest.approx(11 * alone.range.low, abs=11)
    assert together.range.high == pytest.approx(11 * alone.range.high, abs=11)
    assert alone.luck == {}  # all eleven read one figure, over fewer than eight quarters
