"""`definition`: what would change is shown beside what is, taken in with who and why, and kept."""

import shutil
from pathlib import Path

import pytest

from tests.dashboard.line import call, done, write
from tests.kpis.approved import ACCESS, BOARD
from tests.kpis.small import FCR, SETTINGS, company

NEW = FCR.replace("version: 1", "version: 2").replace("value: first_contact_resolved", "value: contacts = 1")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company(tmp_path_factory.mktemp("made") / "w", SETTINGS + ACCESS).root


@pytest.fixture
def where(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "w"))


def test_a_difference_shows_fields_both_figures_with_interval_and_n_and_what_rests_on_it(where: Path) -> None:
    file = write(where / "new.yaml", NEW)
    answer = done("definition", "diff", "fcr", "--with", file, "--period", "quarter", "--workspace", where)
    for part in ("measure.value", "contacts = 1", "2026-Q3", "70%", "63 to 76", "100%", "200", "4 targets, 1 plan"):
        assert part in answer.out, answer.out
    assert answer.err == ""


def test_a_difference_as_json_stands_alone(where: Path) -> None:
    file = write(where / "new.yaml", NEW)
    told = done("definition", "diff", "fcr", "--with", file, "--period", "year", "--workspace", where, "--json").json
    assert told["versions"] == {"old": 1, "new": 2}
    assert [(each["old"]["value"], each["new"]["value"]) for each in told["windows"]] == [(0.7, 1.0)]
    assert told["rests"]["plans"] == ["service"]
    assert [each["field"] for each in told["fields"]] == ["version", "measure.value"]


def test_accepting_keeps_who_and_why_and_says_what_comes_next(where: Path) -> None:
    file = write(where / "new.yaml", NEW)
    how = ("--from", file, "--by", BOARD, "--reason", "Customers count contacts.", "--workspace", where)
    assert "goldenthread build" in done("definition", "accept", "fcr", *how).out
    rows = done("definition", "history", "fcr", "--workspace", where, "--json").json
    assert [(row["version"], row["accepted_by"], row["reason"]) for row in rows][1:] == [
        (2, BOARD, "Customers count contacts.")
    ]
    assert rows[1]["text"] == NEW
    assert BOARD in done("definition", "history", "fcr", "--workspace", where).out
    assert done("build", "--workspace", where).code == 0


def test_before_any_change_the_history_says_at_which_version_it_stands(where: Path) -> None:
    assert "stands at version 1" in done("definition", "history", "fcr", "--workspace", where).out


def test_an_unknown_kpi_gets_the_nearest_name_and_a_lower_number_the_one_to_write(where: Path) -> None:
    file = write(where / "new.yaml", NEW.replace("version: 2", "version: 1"))
    wrong = call("definition", "history", "frc", "--workspace", where, "--json")
    assert (wrong.code, wrong.problems[0]["next_step"]) == (1, "Did you mean 'fcr'?")
    again = call(
        "definition", "accept", "fcr", "--from", file, "--by", "A", "--reason", "B", "--workspace", where, "--json"
    )
    assert (again.code, again.problems[0]["next_step"]) == (1, "Write `version: 2` in the file.")


def test_a_build_refuses_content_that_changed_under_its_number(where: Path) -> None:
    write(where / "kpis" / "fcr.yaml", NEW.replace("version: 2", "version: 1"))
    refused = call("build", "--workspace", where, "--json")
    assert refused.code == 1
    assert refused.problems[0]["where"] == "kpis/fcr.yaml, version"
