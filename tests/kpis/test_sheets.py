"""Targets, plans and people as workbooks: what goes out comes back, and whatever is refused names its cell."""

import io
import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.problems import Problem, Problems
from kpis import targets
from kpis.incentives import plan as language
from kpis.sheets import plan_reading
from kpis.sheets import plans as plan_sheets
from kpis.sheets import targets as target_sheets
from kpis.targets import Rest, Target
from kpis.workflows import aim, people_sheets, plans, sheets, workbooks
from kpis.workflows.workbook_writing import Table, write
from kpis.workspace import Snapshot, open_snapshot, open_workspace
from seeds.demo import budgets
from tests.kpis.incentives.plans import plans as random_plans
from tests.kpis.small import NOW, PLANNER, company, planning, set_targets

DEMO = Path(budgets.__file__).parent / "plans"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company; no test changes it."""
    return company(tmp_path_factory.mktemp("sheets")).root


@pytest.fixture
def snapshot(kept: Path, tmp_path: Path) -> Snapshot:
    return planning(open_workspace(Path(shutil.copytree(kept, tmp_path / "w")), NOW))


def edited(content: bytes, file: Path, *cells: tuple[str, Any]) -> Path:
    """The workbook with some cells changed, each named as Targets!D7."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for place, value in cells:
        sheet, _, cell = place.partition("!")
        book[sheet][cell] = value
    book.save(file)
    return file


def refused(act: Callable[[], object]) -> dict[str, Problem]:
    with pytest.raises(Problems) as found:
        act()
    return {each.where: each for each in found.value.problems}


# Targets

numbers = st.decimals(-(10**6), 10**6, places=3).map(lambda value: value.normalize() + 0)
slugs = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,12}", fullmatch=True)
shares = st.sampled_from([Decimal("0.25"), Decimal("0.1")])
rests = st.builds(Rest, share=shares, threshold=numbers, target=numbers, stretch=numbers)


def plainly(value: Decimal) -> Decimal:
    return Decimal(format(value, "f"))


@st.composite
def some_targets(draw: Any) -> tuple[Target, ...]:
    made = []
    for name in draw(st.lists(slugs, min_size=1, max_size=5, unique=True)):
        values = {each: plainly(draw(numbers)) for each in ("threshold", "target", "stretch")}
        share = draw(st.none() | st.sampled_from([Decimal("0.5"), Decimal("0.333333333"), Decimal(1)]))
        scope = draw(
            st.sampled_from(["company", "department:north", "joint:a+b", "person:E1", "person:00123", 'person:="x"'])
        )
        period = draw(st.sampled_from(["2026", "2026-Q3", "2026-11"]))
        parent, rest = draw(st.none() | slugs), draw(st.none() | rests)
        made.append(
            Target(
                id=name, kpi=draw(slugs), scope=scope, period=period, **values, share=share, parent=parent, rest=rest
            )
        )
    return tuple(made)


@settings(max_examples=25)
@given(held=some_targets())
def test_targets_come_back_from_a_workbook_as_they_went_in(held: tuple[Target, ...]) -> None:
    content = write([("What", "x")], [Table(target_sheets.SHEET, target_sheets.HEADS, target_sheets.rows(held))], {})
    text, read, _ = target_sheets.read(workbooks.read(("t.xlsx", content)), {})
    assert read == held
    assert targets.parse(text) == held


def test_an_unchanged_export_of_targets_changes_nothing_and_a_change_is_one(snapshot: Snapshot, tmp_path: Path) -> None:
    own = '- {id: mine, kpi: fcr, scope: "person:E1", period: 2026-Q4, threshold: 60.0, target: "70.50", stretch: 80}\n'
    set_targets(snapshot.workspace, "targets:\n" + own)
    content = sheets.export_targets(snapshot)
    assert sheets.import_targets(snapshot, edited(content, tmp_path / "t.xlsx"), PLANNER, NOW) == ()
    changed = sheets.import_targets(snapshot, edited(content, tmp_path / "t.xlsx", ("Targets!F3", 69)), PLANNER, NOW)
    assert [each.id for each in changed] == [list(aim.current(snapshot.workspace))[1]]


def test_every_refusal_of_targets_names_its_cell_and_says_what_yaml_says(snapshot: Snapshot, tmp_path: Path) -> None:
    content = sheets.export_targets(snapshot)
    cells = [("Targets!E2", "7,5"), ("Targets!F2", 200 / 3), ("Targets!G3", "=1+1"), ("Targets!A4", "fcr_company")]
    found = refused(lambda: sheets.import_targets(snapshot, edited(content, tmp_path / "t.xlsx", *cells), PLANNER, NOW))
    assert set(found) == {"Targets!E2", "Targets!F2", "Targets!G3", "Targets!A4"}
    cells = [("Targets!B2", "fcrr"), ("Targets!C3", "department:nort"), ("Targets!D4", "2026-Q9"), ("Targets!F5", 90)]
    found = refused(lambda: sheets.import_targets(snapshot, edited(content, tmp_path / "t.xlsx", *cells), PLANNER, NOW))
    assert found["Targets!B2"].next_step == "Did you mean 'fcr'?"
    assert found["Targets!C3"].next_step == "Did you mean 'north'?"
    assert {"Targets!D4", "Targets!A5"} <= set(found)


def test_a_cascade_that_does_not_close_is_named_at_its_parent(snapshot: Snapshot, tmp_path: Path) -> None:
    content = sheets.export_targets(snapshot)
    row = next(
        cell.row for cell in openpyxl.load_workbook(io.BytesIO(content))["Targets"]["A"] if cell.value == "fcr_north"
    )
    found = refused(
        lambda: sheets.import_targets(
            snapshot, edited(content, tmp_path / "t.xlsx", (f"Targets!F{row}", 75)), PLANNER, NOW
        )
    )
    assert all(where.startswith("Targets!A") for where in found), found


def test_an_unknown_title_gets_a_suggestion_and_a_missing_sheet_too(snapshot: Snapshot, tmp_path: Path) -> None:
    content = sheets.export_targets(snapshot)
    found = refused(
        lambda: sheets.import_targets(
            snapshot, edited(content, tmp_path / "t.xlsx", ("Targets!E1", "Treshold")), PLANNER, NOW
        )
    )
    assert found["Targets!E1"].next_step == "Did you mean 'Threshold'?"
    book = openpyxl.load_workbook(io.BytesIO(content))
    book["Targets"].title = "Targetz"
    book.save(tmp_path / "t.xlsx")
    assert (
        refused(lambda: sheets.import_targets(snapshot, tmp_path / "t.xlsx", PLANNER, NOW))["t.xlsx"].next_step
        == "Did you mean 'Targetz'?"
    )


# Plans


def through(plan: language.Plan) -> language.Plan:
    """The plan after it was a workbook."""
    tables = [Table(name, heads, rows) for name, (heads, rows) in plan_sheets.sheets(plan).items()]
    text, _ = plan_reading.read(workbooks.read(("p.xlsx", write([("What", "x")], tables, {}))))
    return language.parse(text)


@settings(max_examples=25)
@given(plan=random_plans())
def test_any_plan_comes_back_from_a_workbook_with_its_hash(plan: language.Plan) -> None:
    assert through(plan).digest() == plan.digest()


@pytest.mark.parametrize("name", ["sales", "leadership", "digital", "service", "field", "finance"])
def test_the_plans_of_the_demo_come_back_with_their_hash(name: str) -> None:
    plan = language.parse((DEMO / f"{name}.yaml").read_text("utf-8").replace(budgets.WORD, "1000"))
    assert through(plan).digest() == plan.digest()


def test_what_a_sheet_cannot_say_comes_back_from_its_yaml() -> None:
    plan = language.parse(
        'id: odd\ntitle: " blanks around "\nopportunity: {percent_of_salary: "100/3"}\n'
        "participants: {people: ['a, b', c]}\n"
        "components:\n  - {id: a, title: \"two\\nlines\", weight: 100, target: {threshold: 1, target: 2, stretch: 3},\n"
        "     curve: {axis: scored, scale: {points: [[0, 0], [9, 10]], decimals: 1, rounding: down}, points: [[0, 0], [10, '200/3']]}}\n"
        "expect:\n  - {title: '=x', inputs: {salary: 40000, a: '2.50', sales: [1, 2]}, result: {payout: 3269.90}}\n"
    )  # fmt: skip
    rows = plan_sheets.sheets(plan)
    left = yaml.safe_load("\n".join(str(row[0]) for row in rows[plan_sheets.MORE][1]))
    assert set(left) == {"title", "participants", "components", "expect"}
    assert through(plan).digest() == plan.digest()


def test_worked_examples_keep_the_decimals_they_print() -> None:
    text = (
        sheets.STARTER
        + "expect:\n  - {title: Lotte, inputs: {salary: 40000, fte: 0.8, first: '70.10'}, result: {payout: 3269.90}}\n"
    )
    plan = language.parse(text)
    assert plan_sheets.MORE in plan_sheets.sheets(plan)
    assert plan_sheets.sheets(plan)[plan_sheets.MORE][1] == []
    assert str(through(plan).expect[0].result["payout"]) == "3269.90"
    assert through(plan).digest() == plan.digest()


def test_an_unchanged_export_of_a_plan_changes_nothing(snapshot: Snapshot, tmp_path: Path) -> None:
    content = sheets.export_plan(snapshot)
    before = plans.current(snapshot.workspace)
    assert sheets.import_plan(snapshot, edited(content, tmp_path / "p.xlsx"), NOW).version == 1
    assert plans.current(snapshot.workspace) == before


def test_every_refusal_of_a_plan_names_its_cell(snapshot: Snapshot, tmp_path: Path) -> None:
    content = sheets.export_plan(snapshot)
    cells = [("Plan!A3", "titel"), ("Curves!A3", "ownn"), ("Curves!B4", "pointz"), ("Components!D2", "=1+1")]
    found = refused(lambda: sheets.import_plan(snapshot, edited(content, tmp_path / "p.xlsx", *cells), NOW))
    assert set(found) == {"Plan!A3", "Curves!A3", "Curves!B4", "Components!D2"}
    cells = [("Components!D2", 50), ("Components!G3", "fcrr"), ("Curves!C3", 250)]
    found = refused(lambda: sheets.import_plan(snapshot, edited(content, tmp_path / "p.xlsx", *cells), NOW))
    assert set(found) == {"Components!A1", "Components!G3", "Curves!A4"}
    cells = [("Components!D2", "heavy"), ("Plan!B7", "weekly"), ("Curves!E2", "x")]
    found = refused(lambda: sheets.import_plan(snapshot, edited(content, tmp_path / "p.xlsx", *cells), NOW))
    assert set(found) == {"Components!D2", "Plan!B7", "Curves!E2"}
    changed = edited(content, tmp_path / "p.xlsx", ("Plan!B17", 120))
    found = refused(lambda: sheets.import_plan(snapshot, changed, NOW))
    assert found["Plan!B4"].next_step.startswith("Raise `version` to 2")


def test_an_example_that_does_not_come_out_is_named_at_its_result(snapshot: Snapshot, tmp_path: Path) -> None:
    rows = [
        ("1", "Lotte", "input", "salary", 40000),
        ("1", None, "input", "own", 70),
        ("1", None, "input", "company", 70),
    ]
    rows.append(("1", None, "result", "payout", "1.00"))
    cells = [
        (f"Examples!{letter}{at}", value)
        for at, row in enumerate(rows, 2)
        for letter, value in zip("ABCDE", row, strict=True)
    ]
    cells.append(("Plan!B4", 2))
    file = edited(sheets.export_plan(snapshot), tmp_path / "p.xlsx", *cells)
    found = refused(lambda: sheets.import_plan(snapshot, file, NOW))
    assert all(where.startswith("Examples!") for where in found), found


def test_the_plan_is_named_where_there_are_several_and_a_template_comes_where_there_is_none(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    other = plans.export_plan(snapshot.workspace, "service").replace("id: service", "id: other")
    plans.import_plan(snapshot, other, NOW)
    assert "other, service" in refused(lambda: sheets.export_plan(snapshot))["--plan"].next_step
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "goldenthread.toml").write_text('[company]\nname = "New"\n')
    fresh = open_snapshot(open_workspace(tmp_path / "empty", NOW))
    book = openpyxl.load_workbook(io.BytesIO(sheets.export_plan(fresh)))
    assert book["Components"]["A2"].value == "first"
    assert openpyxl.load_workbook(io.BytesIO(sheets.export_targets(fresh)))["Targets"]["A1"].comment is not None
    people = openpyxl.load_workbook(io.BytesIO(people_sheets.export_people(fresh)))
    assert people.sheetnames[:5] == ["Read me", "People", "Employment", "Assignments", "Pay basis"]
    assert people["Pay basis"].data_validations.dataValidation


# People


def test_an_unchanged_export_of_people_admits_nothing_and_a_raise_is_one_delivery(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    content = people_sheets.export_people(snapshot)
    assert people_sheets.import_people(snapshot, edited(content, tmp_path / "p.xlsx"), NOW) == []
    raised = edited(content, tmp_path / "p.xlsx", ("Pay basis!D3", 41_000.5))
    receipts = people_sheets.import_people(snapshot, raised, NOW)
    assert [(each.dataset, each.admitted) for each in receipts] == [("pay_basis", 6)]
    after = open_snapshot(open_workspace(snapshot.workspace.root, NOW))
    assert after.rows("SELECT amount FROM pay_basis WHERE person = 'p_1'").to_pylist() == [{"amount": 4_100_050}]
    assert people_sheets.import_people(after, tmp_path / "p.xlsx", NOW) == []


def test_what_the_contracts_refuse_of_people_is_named_by_cell(snapshot: Snapshot, tmp_path: Path) -> None:
    content = people_sheets.export_people(snapshot)
    cells = [("Pay basis!D3", 1.234), ("Employment!B2", "last May"), ("Assignments!C2", "half")]
    found = refused(lambda: people_sheets.import_people(snapshot, edited(content, tmp_path / "p.xlsx", *cells), NOW))
    assert set(found) == {"Pay basis!D3", "Employment!B2", "Assignments!C2"}
    cells = [("Pay basis!D3", -5), ("Assignments!B3", "nort"), ("Assignments!E4", date(2025, 1, 1))]
    found = refused(lambda: people_sheets.import_people(snapshot, edited(content, tmp_path / "p.xlsx", *cells), NOW))
    assert set(found) == {"Pay basis!D3", "Assignments!B3", "Assignments!A4"}


def test_ids_that_look_like_numbers_stay_text() -> None:
    text = sheets.STARTER.replace("id: first", 'id: "08"').replace("id: example", 'id: "2026"')
    plan = language.parse(text.replace("scope: own_department", 'kpi: "1"').replace("kpi: a_kpi, ", ""))
    assert through(plan).digest() == plan.digest()


def test_a_value_in_a_column_without_a_title_is_named_and_never_left_out(snapshot: Snapshot, tmp_path: Path) -> None:
    file = edited(sheets.export_targets(snapshot), tmp_path / "t.xlsx", ("Targets!Z2", 80))
    assert set(refused(lambda: sheets.import_targets(snapshot, file, "HR", NOW))) == {"Targets!Z2"}


def test_yaml_beside_its_column_and_an_example_told_twice_are_named(snapshot: Snapshot, tmp_path: Path) -> None:
    content = sheets.export_plan(snapshot)
    told = {"A": 1, "C": "input", "D": "fcr", "E": 70}
    cells = [(f"Examples!{column}{row}", value) for row in (2, 3) for column, value in told.items()]
    file = edited(content, tmp_path / "p.xlsx", ("More (YAML)!A2", "kickers: []"), ("More (YAML)!B2", "more"), *cells)
    assert {"More (YAML)!B2", "Examples!D3"} <= set(refused(lambda: sheets.import_plan(snapshot, file, NOW)))
