"""Targets, plans and pay from the command line."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpis.workflows.verify import WITHOUT
from tests.dashboard import company as larger
from tests.dashboard.line import Answer, call, done, write
from tests.kpis.approved import HR, approved_company
from tests.kpis.small import FCR, PLAN, company, workspace

Do = Callable[..., Answer]
AGREED = ["--parties", "works council, HR", "--scope", "all", "--kpis", "fcr", "--purposes", "pay"]
AGREED += ["--date", "2026-01-01"]
AIM = "{0}.threshold,{0}.target,{0}.stretch"
ACTUALS = f"participant,salary,days,own,own.n,{AIM.format('own')},company,{AIM.format('company')}\n"


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose third quarter is paid; no test changes it."""
    root = approved_company(tmp_path_factory.mktemp("paid")).root
    done("pay", "service", "--period", "2026-Q3", "--by", HR, "--workspace", root)
    return root


@pytest.fixture
def where(paid: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(paid, tmp_path / "w"))


def rows(root: Path, sql: str) -> list[Any]:
    with sqlite3.connect(root / "records.db") as records:
        return records.execute(sql).fetchall()


# Targets and plans


def test_targets_come_back_as_they_went_in_and_people_under_their_number(where: Path, tmp_path: Path) -> None:
    own = '  - {id: mine, kpi: fcr, scope: "person:E1", period: 2026-Q4, threshold: 60, target: 70, stretch: 80}\n'
    file = write(tmp_path / "own.yaml", "targets:\n" + own)
    assert done("targets", "import", file, "--by", HR, "--workspace", where, "--json").json == {"changed": ["mine"]}
    text = done("targets", "export", "--workspace", where).out
    assert '"person:E1"' in text
    again = write(tmp_path / "again.yaml", text)
    assert done("targets", "import", again, "--by", HR, "--workspace", where, "--json").json == {"changed": []}
    listed = done("targets", "export", "--workspace", where, "--json").json["targets"]
    assert {each["id"] for each in listed} >= {"mine", "fcr_company"}
    assert "person:E1" in {each["scope"] for each in listed}


def test_a_target_on_an_unknown_kpi_is_refused_with_a_suggestion(where: Path, tmp_path: Path) -> None:
    line = "  - {{id: {id}, kpi: {kpi}, scope: company, period: 2026-Q4, threshold: 60, target: 70, stretch: 80}}\n"
    text = "targets:\n" + line.format(id="a", kpi="fcrr") + line.format(id="b", kpi="solved")
    answer = call("targets", "import", write(tmp_path / "t.yaml", text), "--by", HR, "--workspace", where, "--json")
    assert answer.code == 1
    assert [each["next_step"] for each in answer.problems] == ["Did you mean 'fcr'?", "Known: fcr."]


def test_a_plan_comes_back_as_it_went_in(where: Path, tmp_path: Path) -> None:
    text = done("plan", "export", "service", "--workspace", where).out
    again = done("plan", "import", write(tmp_path / "p.yaml", text), "--workspace", where, "--json").json
    assert (again["plan"], again["version"]) == ("service", 1)
    assert len(rows(where, "SELECT * FROM plan")) == 1
    assert done("plan", "export", "service", "--workspace", where, "--json").json["id"] == "service"


def test_plan_check_explains_each_thing_it_refuses(where: Path, tmp_path: Path) -> None:
    wrong = PLAN.replace("weight: 60", "weight: 50").replace("kpi: fcr, scope: company", "kpi: fcrr, scope: company")
    wrong += "expect:\n  - {inputs: {salary: 40000, own: 70, company: 70}, result: 1}\n"
    answer = call("plan", "check", write(tmp_path / "p.yaml", wrong), "--workspace", where, "--json")
    assert answer.code == 1
    told = " ".join(" ".join(each.values()) for each in answer.problems)
    for text in ("100", "90", "Did you mean 'fcr'?"):
        assert text in told


def test_plan_check_needs_no_workspace_but_one_that_is_named_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = write(tmp_path / "p.yaml", PLAN)
    assert done("plan", "check", file, "--json").json["names_checked"] is False
    assert call("plan", "check", file, "--workspace", tmp_path / "nowhere").code == 1


def test_plan_evaluate_applies_a_plan_to_a_csv_without_a_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plan = write(tmp_path / "p.yaml", PLAN)
    actuals = write(
        tmp_path / "a.csv",
        ACTUALS + "E1,40000,365,80,100,60,70,80,70,60,70,80\nE2,40000,365,60,100,60,70,80,70,60,70,80\n",
    )
    given = done("plan", "evaluate", plan, "--actuals", actuals, "--json").json
    assert given == [
        {"participant": "E1", "currency": "EUR", "payout_minor": 520000, "components_minor": {"own": 360000, "company": 160000}},
        {"participant": "E2", "currency": "EUR", "payout_minor": 280000, "components_minor": {"own": 120000, "company": 160000}},
    ]  # fmt: skip
    shown = done("plan", "evaluate", plan, "--actuals", actuals).out
    assert "5,200.00" in shown
    assert "First contact, department" in shown


def test_plan_evaluate_tells_every_row_it_cannot_pay(tmp_path: Path) -> None:
    plan, actuals = write(tmp_path / "p.yaml", PLAN), write(tmp_path / "a.csv", "participant,salry\nE1,1\nE2,2\n")
    answer = call("plan", "evaluate", plan, "--actuals", actuals, "--json")
    assert answer.code == 1
    assert len(answer.problems) >= 2
    assert "Did you mean 'salary'?" in " ".join(each["next_step"] for each in answer.problems)


def test_a_file_that_is_not_there_is_a_problem_and_no_fault(tmp_path: Path) -> None:
    assert call("plan", "check", tmp_path / "none.yaml").code == 1
    assert call("plan", "evaluate", tmp_path / "none.yaml", "--actuals", "none.csv").code == 1


# Pay


def test_a_dry_run_pays_the_same_and_keeps_nothing(tmp_path: Path) -> None:
    fresh = approved_company(tmp_path).root
    dry = done("pay", "service", "--period", "2026-Q3", "--dry-run", "--workspace", fresh, "--json").json
    assert dry["run"] is None
    assert [rows(fresh, f"SELECT * FROM {name}") for name in ("run", "payout", "evidence")] == [[], [], []]
    kept = done("pay", "service", "--period", "2026-Q3", "--by", HR, "--workspace", fresh, "--json").json
    assert kept["run"] == "service.2026-Q3.1"
    assert {**kept, "run": None} == dry


def test_a_draft_is_tried_dry_and_says_so_and_is_not_run(tmp_path: Path) -> None:
    fresh = company(tmp_path).root
    shown = done("pay", "service", "--period", "2026-Q3", "--dry-run", "--workspace", fresh).out
    assert "Dry run of a plan that is draft, nothing kept" in shown
    assert call("pay", "service", "--period", "2026-Q3", "--by", "E0", "--workspace", fresh).code == 1


def test_money_in_json_is_whole_minor_units_and_says_so(paid: Path) -> None:
    run = done("pay", "service", "--period", "2026-Q3", "--dry-run", "--workspace", paid, "--json").json
    assert run["currency"] == "EUR"
    assert run["total_minor"] == sum(each["payout_minor"] for each in run["payouts"])
    for each in run["payouts"]:
        assert each["payout_minor"] == sum(line["amount_minor"] for line in each["lines"])
    assert all(type(each["payout_minor"]) is int for each in run["payouts"])


def test_pay_shows_names_payouts_and_the_total(paid: Path) -> None:
    shown = done("pay", "service", "--period", "2026-Q3", "--dry-run", "--workspace", paid).out
    assert "Person 0" in shown
    assert "1,310.68" in shown
    assert "Dry run, nothing kept: 6 payouts" in shown


def test_a_period_the_plan_does_not_pay_is_refused(paid: Path) -> None:
    dry = ["--dry-run", "--workspace", paid, "--json"]
    assert call("pay", "service", "--period", "2026-11", *dry).code == 1
    assert call("pay", "service", "--period", "soon", *dry).problems[0]["where"] == "--period"
    assert (
        call("pay", "servce", "--dry-run", "--period", "2026-Q3", "--workspace", paid, "--json").problems[0][
            "next_step"
        ]
        == "Did you mean 'service'?"
    )


def test_a_statement_is_found_by_employee_number_and_ends_in_the_payout(paid: Path) -> None:
    by_number = done("statement", "service.2026-Q3.1", "E0", "--workspace", paid, "--json").json
    assert by_number == done("statement", "service.2026-Q3.1", "p_0", "--workspace", paid, "--json").json
    assert by_number["payout_minor"] == 131068
    assert [each["amount_minor"] for each in by_number["steps"] if each["amount_minor"]] == [90739, 40329, 131068]
    assert "Payout €1,310.68" in done("statement", "service.2026-Q3.1", "E0", "--workspace", paid).out


def test_nobodys_statement_is_a_problem(paid: Path) -> None:
    assert call("statement", "service.2026-Q3.1", "E77", "--workspace", paid).code == 1
    wrong = call("statement", "service.2026-Q3.2", "E0", "--workspace", paid, "--json")
    assert wrong.problems[0]["next_step"] == "Did you mean 'service.2026-Q3.1'?"


# The thread


def nodes(root: Path, node: str, *more: str) -> list[tuple[str, str]]:
    return [
        (each["relation"], each["node"]) for each in done("thread", node, *more, "--workspace", root, "--json").json
    ]


UP = [("serves", "promise:solved"), ("serves", "kpi:fcr")]


@pytest.mark.parametrize(
    ("node", "up", "here", "down"),
    [
        ("solved", [], "promise:solved", "pay:service.own"),
        ("fcr", UP[:1], "kpi:fcr", "pay:service.company"),
        ("fcr_next", UP, "target:fcr_next", "pay:service.company"),
        ("service.company", [*UP, ("serves", "target:fcr_next")], "pay:service.company", ""),
    ],
)
def test_the_thread_runs_up_and_down_from_every_kind_of_node(
    paid: Path, node: str, up: list[tuple[str, str]], here: str, down: str
) -> None:
    both = nodes(paid, node)
    above, below = nodes(paid, node, "--up"), nodes(paid, node, "--down")
    assert above[-1] == below[0] == ("here", here)
    assert [each for each in above[:-1] if each[1] != "target:fcr_company"] == up
    assert (("carries", down) in below) == bool(down)
    assert both == above + below[1:]


def test_the_thread_of_a_payout_line_is_the_one_its_own_run_paid_along(paid: Path) -> None:
    line = "service.2026-Q3.1/E0/own"
    told = done("thread", line, "--workspace", paid, "--json").json
    assert [(each["relation"], each["node"]) for each in told] == [
        *UP, ("serves", "target:fcr_north"), ("serves", "pay:service.own"), ("here", line),
    ]  # fmt: skip
    assert (told[-1]["paid_minor"], told[-1]["currency"]) == (90739, "EUR")
    assert nodes(paid, line, "--down") == [("here", line)]
    assert "paid €907.39" in done("thread", line, "--up", "--workspace", paid).out


def test_individual_targets_are_one_node_and_no_amount_is_told_of_few_people(tmp_path: Path) -> None:
    root = larger.company(tmp_path).root
    told = done("thread", "kpi:told", "--down", "--workspace", root)
    assert "told_p" not in told.out
    assert "person" not in told.out
    row = next(line for line in told.out.splitlines() if "target:people" in line)
    assert "Individual targets" in row
    assert row.rstrip().endswith("not shown to protect people")
    one = done("thread", "target:told_p0", "--workspace", root, "--json").json
    assert [each["pay_at_target_minor"] for each in one if each["node"] == "target:people"] == [None]


@pytest.mark.parametrize("line", ["service.2026-Q2.1/E0/own", "service.2026-Q3.1/E9/own", "service.2026-Q3.1/E0/owm"])
def test_a_payout_line_that_is_none_is_a_problem(paid: Path, line: str) -> None:
    assert call("thread", line, "--workspace", paid).code == 1


# Verify, and what needs an agreement


def test_verify_confirms_what_holds_and_finds_a_payout_that_was_changed(where: Path) -> None:
    assert done("verify", "--workspace", where, "--json").json | {"problems": []} == {
        "receipts": 0, "runs": 1, "payouts": 6, "entries": 9, "rebuilt": 1, "problems": [], "head": WITHOUT,
    }  # fmt: skip
    assert "All holds" in done("verify", "--workspace", where).out
    with sqlite3.connect(where / "records.db") as records:
        records.execute("UPDATE payout SET amount = amount + 1 WHERE person = 'p_0'")
    machine, person = call("verify", "--workspace", where, "--json"), call("verify", "--workspace", where)
    assert (machine.code, person.code, person.out) == (1, 1, "")
    assert machine.json["payouts"] == 6
    assert "p_0" in " ".join(each["where"] + each["actual"] for each in machine.problems)


def test_figures_of_single_people_wait_for_an_agreement(where: Path) -> None:
    assert call("agreement", *AGREED[:-1], "soon", "--workspace", where).code == 2
    asked = ["figures", "fcr", "--person", "p_0", "--workspace", where]
    assert "goldenthread agreement" in call(*asked).err
    done("agreement", *AGREED, "--workspace", where, "--json")
    assert {each["scope"] for each in done(*asked, "--json").json} == {"person:p_0"}


def test_single_people_are_neither_listed_together_nor_compared(where: Path) -> None:
    done("agreement", *AGREED, "--workspace", where, "--json")
    assert call("figures", "fcr", "--by", "person", "--workspace", where).code == 2
    pair = ("--unit", "person:p_0", "--against", "person:p_1", "--period", "2026-Q3")
    told = call("compare", "fcr", *pair, "--workspace", where)
    assert (told.code, "never compared" in told.err) == (1, True)


def test_figures_come_by_company_department_and_cut(paid: Path) -> None:
    found = done("figures", "fcr", "--by", "department", "--workspace", paid, "--json").json
    assert {each["scope"]: (each["value"], each["n"]) for each in found} == {
        "department:all": (0.7, 200), "department:north": (0.8, 100), "department:south": (0.6, 100),
    }  # fmt: skip
    cut = done("figures", "fcr", "--by", "channel", "--workspace", paid, "--json").json
    assert [each["scope"] for each in cut] == ["channel:phone"]
    assert "70%" in done("figures", "fcr", "--workspace", paid).out


def test_a_workspace_without_facts_says_what_to_do(tmp_path: Path) -> None:
    where = workspace(tmp_path, [FCR], promises="promises: [{id: solved, title: Solved}]").root
    assert "goldenthread build" in done("figures", "fcr", "--workspace", where).out
    assert done("figures", "fcr", "--workspace", where, "--json").json == []
