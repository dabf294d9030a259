"""Workbooks, payroll and one's own sheet from the command line."""

import shutil
from pathlib import Path

import openpyxl
import pytest

from tests.dashboard.line import call, done
from tests.kpis.approved import HR
from tests.kpis.paid import MAPPING, RUN, close
from tests.kpis.small import demo_company


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose third quarter is paid; no test changes it."""
    root = demo_company(tmp_path_factory.mktemp("payroll")).root
    close(root)
    (root / "payroll.toml").write_text(MAPPING)
    return root


@pytest.fixture
def where(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "w"))


def sheet(file: Path, *rows: tuple[object, ...]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file


@pytest.mark.parametrize(("what", "nothing"), [("targets", {"changed": []}), ("people", {"admitted": {}})])
def test_a_workbook_goes_out_and_comes_back_without_a_change(
    where: Path, tmp_path: Path, what: str, nothing: object
) -> None:
    file = tmp_path / f"{what}.xlsx"
    assert done("sheets", "export", what, file, "--workspace", where, "--json").json == {
        "file": str(file),
        "what": what,
    }
    again = ("sheets", "import", what, file, "--by", HR, "--workspace", where)
    assert done(*again, "--json").json == nothing
    assert "Nothing new" in done(*again).out


def test_a_plan_goes_out_and_comes_back_as_the_same_version(where: Path, tmp_path: Path) -> None:
    done("sheets", "export", "plans", tmp_path / "p.xlsx", "--plan", "service", "--workspace", where)
    again = done("sheets", "import", "plans", tmp_path / "p.xlsx", "--workspace", where, "--json").json
    assert (again["plan"], again["version"]) == ("service", 1)


def test_a_refused_workbook_ends_with_1_and_names_every_cell(where: Path, tmp_path: Path) -> None:
    file = tmp_path / "t.xlsx"
    done("sheets", "export", "targets", file, "--workspace", where)
    book = openpyxl.load_workbook(file)
    book["Targets"]["B2"], book["Targets"]["C3"] = "fcrr", "department:nort"
    book.save(file)
    answer = call("sheets", "import", "targets", file, "--by", HR, "--workspace", where, "--json")
    assert answer.code == 1
    assert [each["where"] for each in answer.problems] == ["Targets!B2", "Targets!C3"]
    assert call("sheets", "import", "targetz", file, "--workspace", where).code == 2


def test_pay_still_runs_a_plan_and_compare_stands_beside_it(where: Path) -> None:
    assert (
        done("pay", "service", "--period", "2026-Q3", "--dry-run", "--workspace", where, "--json").json["total_minor"]
        == 569_642
    )
    assert (
        done("pay", "run", "service", "--period", "2026-Q3", "--dry-run", "--workspace", where, "--json").json["run"]
        is None
    )
    flags_first = done("pay", "--period", "2026-Q3", "--dry-run", "--workspace", where, "--json", "service")
    assert flags_first.json["total_minor"] == 569_642
    assert "compare" in done("pay", "--help").out


def test_compare_counts_every_cause(where: Path, tmp_path: Path) -> None:
    rows = [("E0", 1310.68), ("E1", 1310.68), ("E2", 1400), ("E3", 705.75), ("E4", 705.75), ("X9", 1)]
    theirs = sheet(tmp_path / "theirs.xlsx", ("Employee number", "Bonus"), *rows)
    told = done("pay", "compare", theirs, "--run", RUN, "--workspace", where, "--json").json
    assert told["equal"] == 4
    assert {cause: each["n"] for cause, each in told["causes"].items()} == {
        "missing_theirs": 1,
        "missing_ours": 1,
        "unexplained": 1,
    }


def test_compare_writes_real_numbers_and_text_that_is_no_formula(where: Path, tmp_path: Path) -> None:
    theirs = sheet(tmp_path / "theirs.xlsx", ("Employee number", "Bonus"), ("E0", 1000), ("@SUM(1)", 5))
    out = tmp_path / "differences.xlsx"
    shown = done("pay", "compare", theirs, "--run", RUN, "--out", out, "--workspace", where).out
    assert "Unexplained" in shown
    table = openpyxl.load_workbook(out)["Table"]
    cells = {row[0].value: row for row in table.iter_rows(min_row=2)}
    assert [(cell.value, cell.data_type) for cell in cells["E0"][2:5]] == [(1000, "n"), (1310.68, "n"), (-310.68, "n")]
    assert cells["@SUM(1)"][0].data_type == "s"


def test_compare_needs_one_thing_to_compare_with_and_can_take_a_plan_as_it_stands(where: Path, tmp_path: Path) -> None:
    theirs = sheet(tmp_path / "theirs.xlsx", ("Wer", "Betrag"), *((f"E{at}", 1310.68) for at in range(3)))
    layout = tmp_path / "l.yaml"
    layout.write_text("columns: {person: Wer}\n")
    assert call("pay", "compare", theirs, "--workspace", where).code == 1
    answer = done(
        "pay", "compare", theirs, "--plan", "service", "--period", "2026-Q3", "--layout", layout, "--workspace", where, "--json"
    )  # fmt: skip
    assert (answer.json["equal"], answer.json["causes"]["missing_theirs"]["n"]) == (3, 3)


def test_a_run_is_handed_over_read_back_and_shown(where: Path, tmp_path: Path) -> None:
    file = tmp_path / "pay.csv"
    told = done("payroll", "export", RUN, "--out", file, "--workspace", where, "--json").json
    assert (told["lines"], told["total_minor"]) == (12, 569_642)
    assert call("payroll", "read-back", file, "--run", RUN, "--workspace", where).code == 0
    file.write_text(file.read_text().replace("907.39", "907.38", 1))
    answer = call("payroll", "read-back", file, "--run", RUN, "--workspace", where, "--json")
    assert (answer.code, answer.json["counts"]) == (1, {"paid": 5, "differs": 1, "missing": 0, "unknown": 0})
    assert answer.json["differences"][0]["person"] == "p_0"
    status = done("payroll", "status", RUN, "--workspace", where, "--json").json
    assert (len(status["handed_over"]), len(status["read_back"]), len(status["newest"])) == (1, 2, 6)
    assert "differs" in done("payroll", "status", RUN, "--workspace", where).out


def test_what_is_not_mapped_ends_with_1(where: Path) -> None:
    (where / "payroll.toml").write_text("[wage_codes]\n")
    answer = call("payroll", "export", RUN, "--workspace", where, "--json")
    assert (answer.code, len(answer.problems)) == (1, 4)


def test_an_accrual_is_told_written_and_booked(where: Path, tmp_path: Path) -> None:
    file = tmp_path / "journal.csv"
    told = done(
        "payroll", "accrual", "--month", "2026-11", "--journal", file, "--book", "--workspace", where, "--json"
    ).json
    assert (told["range"], told["booked"], len(told["left_out"])) == ("computed", True, 6)
    assert file.read_text().startswith("date,account")
    assert call("payroll", "accrual", "--month", "November", "--workspace", where).code == 1
