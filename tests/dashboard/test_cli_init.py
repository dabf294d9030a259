"""What `init` writes works: the definitions hold together, and an export can be admitted, built and read at once."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.conftest import need
from tests.dashboard.line import call, done, write

HEADER = "Order no;Customer no;Ordered;Promised;Delivered;Status;Amount\n"
PLAIN = "order_id,customer,person,department,ordered_at,promised_at,delivered_at,status,channel,amount,currency\n"


def shop(first: int, count: int, late: int) -> str:
    """Delivered orders in the export of a shop, the first ones a day late."""
    rows = (
        f"{first + at};c{at};01-06-2026 10:00;03-06-2026 18:00;0{4 if at < late else 3}-06-2026 12:00;D;10.00\n"
        for at in range(count)
    )
    return HEADER + "".join(rows)


def ours(first: int, count: int) -> str:
    """Delivered orders as the contract names them, all in time."""
    rows = (
        f"{first + at},c{at},,,2026-06-01T10:00:00,2026-06-03T18:00:00,2026-06-03T12:00:00,delivered,web,10.00,EUR\n"
        for at in range(count)
    )
    return PLAIN + "".join(rows)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace as `init` makes it; no test changes it."""
    folder = tmp_path_factory.mktemp("init") / 'Bits & "Pieces"'
    done("init", folder)
    return folder


@pytest.fixture
def where(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "w"))


def test_folders_are_the_owners_alone(made: Path) -> None:
    folders = [made, *(each for each in made.iterdir() if each.is_dir())]
    assert len(folders) == 7
    assert {stat.S_IMODE(each.stat().st_mode) for each in folders} == {0o700}
    assert {stat.S_IMODE(each.stat().st_mode) for each in made.rglob("*") if each.is_file()} == {0o600}


def test_data_records_exports_and_secrets_stay_out_of_version_control(made: Path) -> None:
    lines = (made / ".gitignore").read_text().splitlines()
    assert {"/lake/", "/records.db*", "/exports/", "/.streamlit/secrets.toml"} <= set(lines)


def test_every_definition_carries_comments(made: Path) -> None:
    texts = [each for each in made.rglob("*") if each.suffix in (".yaml", ".toml")]
    assert len(texts) == 9
    assert [each.name for each in texts if "#" not in each.read_text()] == []


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    file = write(tmp_path / "mine" / "notes.txt", "mine")
    assert call("init", file.parent).code == 1
    assert call("init", file).code == 1
    assert [each.name for each in file.parent.iterdir()] == ["notes.txt"]
    assert file.read_text() == "mine"


def test_an_empty_folder_becomes_a_workspace(tmp_path: Path) -> None:
    answer = done("init", tmp_path, "--json")
    assert "goldenthread.toml" in answer.json["files"]
    assert done("receipts", "--workspace", tmp_path, "--json").json == []


@pytest.mark.parametrize("contract", ["orders", "survey_responses"])
def test_datacontract_lint_accepts_the_contracts_that_init_writes(made: Path, contract: str) -> None:
    program = os.environ.get("GOLDENTHREAD_DATACONTRACT") or shutil.which("datacontract")
    need("datacontract (GOLDENTHREAD_DATACONTRACT)", program)
    command = [str(program), "lint", str(made / "contracts" / f"{contract}.yaml")]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_targets_and_plan_hold_as_they_are_written(where: Path) -> None:
    settings = where / "goldenthread.toml"
    write(settings, settings.read_text().replace("hr = []", 'hr = ["hr@example.org"]'))
    by = ("--by", "hr@example.org")
    assert done("targets", "import", where / "targets.yaml", *by, "--workspace", where, "--json").json == {
        "changed": ["on_time_company_2026-q3"]
    }
    checked = done("plan", "check", where / "plans" / "example.yaml", "--workspace", where, "--json").json
    assert (checked["examples"], checked["names_checked"]) == (1, True)
    done("plan", "import", where / "plans" / "example.yaml", "--workspace", where)
    assert done("verify", "--workspace", where, "--json").json["problems"] == []


def test_orders_come_in_by_contract_and_by_layout_and_the_figure_is_there(where: Path, tmp_path: Path) -> None:
    export, plain = write(tmp_path / "shop.csv", shop(1, 20, 5)), write(tmp_path / "ours.csv", ours(100, 5))
    admitted = done("admit", "orders", export, "--layout", "shop_orders", "--workspace", where, "--json").json
    assert [(each["state"], each["admitted"]) for each in admitted] == [("admitted", 20)]
    assert done("admit", "orders", plain, "--workspace", where, "--json").json[0]["admitted"] == 5
    again = done("admit", "orders", plain, "--workspace", where, "--json").json[0]
    assert again["state"] == "already admitted"
    assert done("build", "--workspace", where, "--json").json["kpis"]["on_time"] == "all"
    assert done("build", "--workspace", where, "--json").json["kpis"] == {}
    [figure] = done("figures", "on_time", "--workspace", where, "--json").json
    assert (figure["window"], figure["value"], figure["n"], figure["state"]) == ("2026-Q2", 0.8, 25, "ok")
    assert 0.5 < figure["low"] < 0.8 < figure["high"] < 0.97  # how customers fall into groups is drawn
    shown = done("figures", "on_time", "--workspace", where, "--period", "month").out
    for text in ("Delivered on the day we promised", "95% interval", "80%", "ok"):
        assert text in shown
    assert "2 receipts" in done("verify", "--workspace", where).out


def test_windows_reach_from_the_one_of_the_first_day_to_the_one_of_the_last(where: Path, tmp_path: Path) -> None:
    text = ours(1, 12) + ours(50, 12).removeprefix(PLAIN).replace("2026-06-0", "2026-07-0")
    done("admit", "orders", write(tmp_path / "o.csv", text), "--workspace", where)
    done("build", "--workspace", where)

    def windows(*more: str) -> list[str]:
        return [each["window"] for each in done("figures", "on_time", "--workspace", where, "--json", *more).json]

    assert windows() == ["2026-Q2", "2026-Q3"]
    assert windows("--to", "2026-06-30") == ["2026-Q2"]
    assert windows("--to", "2026-07-01") == ["2026-Q2", "2026-Q3"]
    assert windows("--period", "month", "--from", "2026-07-31", "--to", "2026-08-01") == ["2026-07", "2026-08"]
    assert windows("--from", "2027-01-01") == ["2027-Q1"]
    assert windows("--period", "year") == ["2026"]
