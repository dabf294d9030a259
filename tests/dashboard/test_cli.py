"""The command line as a whole: its commands and flags, what goes where, and its four exit codes."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from dashboard import shell
from dashboard.cli import command_line
from data_contracts.problems import Problem
from tests.conftest import ROOT
from tests.dashboard.line import call, done, write
from tests.kpis.small import SETTINGS

COMMANDS = {
    "init": {"DIR"},
    "demo": {"--dir", "--people", "--weeks", "--seed", "--no-serve", "--port"},
    "example": {"name", "--data", "--dir"},
    "admit": {"dataset", "files", "--layout", "--workspace"},
    "receipts": {"--workspace"},
    "build": {"--all", "--workspace"},
    "figures": {"kpi", "--by", "--person", "--period", "--from", "--to", "--workspace"},
    "export-figures": {"--to", "--workspace"},
    "compare": {"kpi", "--from", "--to", "--groups", "--period", "--unit", "--against", "--workspace"},
    "definition diff": {"KPI", "--with", "--period", "--workspace"},
    "drivers": {"kpi", "--by", "--factors", "--workspace"},
    "outcomes": {"kpi", "--on", "--within", "--assigned", "--workspace"},
    "definition accept": {"KPI", "--from", "--by", "--reason", "--workspace"},
    "definition history": {"KPI", "--workspace"},
    "baseline list": {"--kpi", "--workspace"},
    "baseline restart": {"kpi", "--unit", "--since", "--reason", "--by", "--workspace"},
    "targets import": {"FILE", "--by", "--reason", "--from", "--workspace"},
    "targets spread": {"TARGET", "--by", "--benchmark", "--over", "--yaml", "--workspace"},
    "targets chance": {"--period", "--kpi", "--seed", "--workspace"},
    "targets consent": {"FILE", "--given-by", "--document", "--date", "--from", "--by", "--workspace"},
    "letters send": {"--period", "--person", "--by", "--workspace"},
    "letters list": {"--period", "--workspace"},
    "letters pdf": {"--period", "--out", "--person", "--workspace"},
    "letters acknowledge": {"person", "--period", "--by", "--proof", "--workspace"},
    "targets settle": {"--period", "--workspace"},
    "targets export": {"--workspace"},
    "plan import": {"FILE", "--workspace"},
    "plan check": {"FILE", "--workspace"},
    "plan export": {"PLAN", "--workspace"},
    "plan evaluate": {"FILE", "--actuals", "--layout"},
    "plan templates": {"[NAME]"},
    "plan simulate": {"PLAN", "--draws", "--seed", "--budget", "--period", "--periods", "--workspace"},
    "plan backtest": {"PLAN", "--periods", "--workspace"},
    "plan ready": {"--kpi", "--scope", "--period", "--workspace"},
    "pay compare": {"THEIRS.xlsx", "--run", "--plan", "--period", "--layout", "--out"},
    "sheets export": {"FILE.xlsx", "--plan"},
    "sheets import": {"FILE.xlsx"},
    "payroll export": {"--layout", "--out", "--by"},
    "payroll read-back": {"--run", "--layout", "--by"},
    "payroll status": set(),
    "payroll accrual": {"--month", "--journal", "--book", "--by"},
    "statement": {"run", "person", "--pdf", "--csv", "--workspace"},
    "statements": {"run", "--to", "--workspace"},
    "thread": {"node", "--up", "--down", "--workspace"},
    "export-run": {"--to", "--person", "--workspace"},
    "plan review": {"PLAN", "--by", "--token", "--workspace"},
    "plan approve": {"PLAN", "--by", "--token", "--workspace"},
    "plan activate": {"PLAN", "--from", "--by", "--reason", "--agreement", "--token", "--workspace"},
    "pay run": {"plan", "--period", "--dry-run", "--by", "--workspace"},
    "pay show": {"run", "--workspace"},
    "pay open": {"run", "--by", "--workspace"},
    "pay decide": {"run", "number", "choice", "--reason", "--by", "--person", "--amount", "--token", "--workspace"},
    "pay check": {"run", "--approver", "--by", "--token", "--workspace"},
    "pay approve": {"run", "--by", "--token", "--workspace"},
    "pay send-back": {"run", "--reason", "--by", "--token", "--workspace"},
    "pay close": {"run", "--by", "--token", "--workspace"},
    "pay restate": {"run", "--by", "--workspace"},
    "pay clawback look": {"person", "--cause", "--event", "--workspace"},
    "pay clawback propose": {
        "run",
        "person",
        "--cause",
        "--event",
        "--reason",
        "--by",
        "--amount",
        "--token",
        "--workspace",
    },
    "pay clawback decide": {"number", "--accept", "--reason", "--by", "--token", "--workspace"},
    "pay clawback list": {"--workspace"},
    "dispute open": {"run", "component", "--text", "--by", "--token", "--workspace"},
    "dispute decide": {"dispute", "--reason", "--by", "--grant", "--token", "--workspace"},
    "dispute list": {"--workspace"},
    "ledger head": {"--out", "--workspace"},
    "ledger sign": {"--key", "--out", "--workspace"},
    "verify": {"--head", "--key", "--workspace"},
    "serve": {"--as", "--address", "--port", "--host", "--workspace"},
    "agreement": {"--parties", "--date", "--workspace"},
}


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, each in group.commands.items():
        if hasattr(each, "commands"):
            yield from commands(each, f"{before}{name} ")
        else:
            yield before + name, each


def names(parameter: Any) -> set[str]:
    return {*parameter.opts, *parameter.secondary_opts, parameter.metavar or ""}


def company(folder: Path, settings: str = SETTINGS) -> Path:
    """A workspace that has nothing yet."""
    return write(folder / "goldenthread.toml", settings).parent


# Commands and flags


def test_the_commands_of_the_house_are_all_there_and_no_others() -> None:
    assert {name for name, _ in commands(get_command(command_line()))} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_its_flags_and_explains_each_of_them(name: str) -> None:
    command = dict(commands(get_command(command_line())))[name]
    told = set().union(*(names(each) for each in command.params))
    assert COMMANDS[name] | {"--json"} <= told
    assert [each.name for each in command.params if not getattr(each, "help", "")] == []
    assert command.help


@pytest.mark.parametrize("arguments", [["--help"], ["plan", "--help"], ["figures", "--help"]])
def test_help_ends_well(arguments: list[str]) -> None:
    assert "Usage" in done(*arguments).out


def test_a_command_works_in_the_current_folder_the_named_one_or_that_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = company(tmp_path / "w")
    monkeypatch.chdir(tmp_path)
    assert call("receipts").code == 1
    assert done("receipts", "--workspace", "w", "--json").json == []
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(where))
    assert done("receipts", "--json").json == []
    monkeypatch.delenv("GOLDENTHREAD_WORKSPACE")
    monkeypatch.chdir(where)
    assert done("receipts", "--json").json == []


# What goes where


def test_json_stands_alone_on_stdout_and_progress_goes_to_stderr(tmp_path: Path) -> None:
    where = company(tmp_path / "w")
    file = write(tmp_path / "orders.csv", "order_id,ordered_at\n1,2026-06-01T10:00:00\n")
    code = f"import sys; sys.path.insert(0, {str(Path.cwd())!r}); from dashboard.cli import main; main()"
    command = [sys.executable, "-c", code, "admit", "orders", str(file), "--workspace", str(where), "--json"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"COLUMNS": "80"})
    assert [each["state"] for each in json.loads(answer.stdout)] == ["refused"]
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr


def test_problems_are_json_on_stdout_for_machines_and_sentences_on_stderr_for_people(tmp_path: Path) -> None:
    machine, person = (call("receipts", "--workspace", tmp_path, *more) for more in (["--json"], []))
    assert set(machine.problems[0]) == {"where", "expected", "actual", "next_step"}
    assert (machine.code, person.code, person.out) == (1, 1, "")
    assert "goldenthread init DIR" in person.err


# Exit codes


def test_what_many_places_have_alike_is_told_once_with_every_place() -> None:
    each = [Problem(f"p_{at}", "a figure that pays", "no figure", "Wait.") for at in range(6)]
    other = Problem("p_9", "a target", "none", "Set one.")
    [told] = shell.folded(each)
    assert told.where == "6 alike: p_0, p_1, p_2, p_3, p_4, p_5"
    assert shell.folded([*each[:5], other]) == [*each[:5], other]


@pytest.mark.parametrize(
    "arguments",
    [
        ["plam"],
        ["receipts", "--no-such"],
        ["figures"],
        ["figures", "x", "--by", "team"],
        ["pay", "x"],
        ["serve", "--port", "no"],
    ],
)
def test_wrong_usage_is_2_with_the_help_to_read(arguments: list[str]) -> None:
    person, machine = call(*arguments), call(*arguments, "--json")
    assert (person.code, machine.code, person.out) == (2, 2, "")
    assert "--help`" in person.err
    assert machine.problems[0]["where"] == "usage"


def test_a_misspelt_command_gets_a_suggestion() -> None:
    assert "Did you mean 'plan'?" in call("plam").err
    assert "Did you mean 'evaluate'" in call("plan", "evalate").err


def test_figures_from_a_day_after_the_last_are_wrong_usage(tmp_path: Path) -> None:
    where = company(tmp_path, SETTINGS.replace("[]", '["nps"]'))
    assert call("figures", "nps", "--from", "2026-02-01", "--to", "2026-01-01", "--workspace", where).code == 2
    assert call("figures", "nps", "--from", "yesterday", "--workspace", where).code == 2


@pytest.mark.parametrize("as_json", [True, False])
def test_a_fault_of_ours_is_3_with_a_short_message_and_a_log_file(tmp_path: Path, as_json: bool) -> None:
    where = company(tmp_path / "w")
    write(where / "records.db", "this is no database " * 100)
    answer = call("targets", "export", "--workspace", where, *(["--json"] if as_json else []))
    told = answer.out if as_json else answer.err
    assert answer.code == 3
    assert "Traceback" not in told
    log = re.search(r"Details: (\S+\.log)", told)
    assert log is not None
    assert "Traceback" in Path(log[1]).read_text()
    Path(log[1]).unlink()


# Names and problems


@pytest.mark.parametrize(
    ("arguments", "suggested"),
    [
        (["figures", "npss"], "Did you mean 'nps'?"),
        (["admit", "order", "x.csv"], "Did you mean 'orders'?"),
        (["receipts", "--dataset", "order"], "Did you mean 'orders'?"),
        (["thread", "on_tine"], "Did you mean 'on_time'?"),
        (["plan", "export", "service"], "None is defined yet."),
    ],
)
def test_an_unknown_name_gets_a_suggestion(tmp_path: Path, arguments: list[str], suggested: str) -> None:
    where = company(tmp_path, SETTINGS.replace("[]", '["nps"]'))
    write(where / "promises.yaml", "promises: [{id: on_time, title: It comes when we say}]")
    answer = call(*arguments, "--workspace", where, "--json")
    assert answer.code == 1
    assert suggested in {each["next_step"] for each in answer.problems}


def test_admit_names_an_unknown_dataset_layout_and_every_missing_file_at_once(tmp_path: Path) -> None:
    where = company(tmp_path)
    answer = call("admit", "ordres", "a.csv", "b.csv", "--layout", "shop", "--workspace", where, "--json")
    assert [each["where"] for each in answer.problems] == ["DATASET", "a.csv", "b.csv", "--layout"]


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    where = company(tmp_path, '[company]\nname = "Test"\nyear_strat = 4\ncurrency = "euro"\n')
    write(where / "promises.yaml", "promisses: []\n")
    write(where / "kpis" / "mine.yaml", "id: mine\n")
    told = " ".join(each["where"] for each in call("build", "--workspace", where, "--json").problems)
    for place in ("company.year_strat", "company.currency", "promises.yaml, promisses", "kpis/mine.yaml, title"):
        assert place in told


def test_a_refused_delivery_is_1_and_its_receipt_is_kept(tmp_path: Path) -> None:
    where = company(tmp_path / "w")
    file = write(tmp_path / "orders.csv", "order_id,ordered_at\n1,yesterday,more\n")
    assert call("admit", "orders", file, "--workspace", where).code == 1
    assert [each["state"] for each in done("receipts", "--workspace", where, "--json").json] == ["refused"]


def test_the_guide_names_every_command_and_every_flag() -> None:
    guide = (ROOT / "docs" / "command-line.md").read_text()
    for name, command in commands(get_command(command_line())):
        assert f"`{name}" in guide, name
        flags = {flag for each in command.params for flag in (*each.opts, *each.secondary_opts) if flag[:2] == "--"}
        assert [flag for flag in flags - {"--serve", "--actuals"} if flag not in guide] == []
