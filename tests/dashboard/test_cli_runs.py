"""The steps of plans and runs, disputes, and heads of the ledger from the command line."""

import subprocess
from pathlib import Path

import pytest

from kpis.workspace import open_workspace
from tests.conftest import program
from tests.dashboard.line import call, done, write
from tests.kpis.approved import ACCESS, BOARD, HR, SECOND, activate
from tests.kpis.small import NOW, PLAN, SETTINGS, company

RUN = "service.2026-Q3.1"


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(tmp_path))
    return company(tmp_path, SETTINGS + ACCESS).root


def activated(root: Path) -> None:
    """Take the plan into force; that its figures are too young to be paid on is another test's matter."""
    activate(open_workspace(root, NOW))


def test_a_plan_is_reviewed_and_what_its_figures_lack_keeps_it_from_approval(where: Path) -> None:
    assert done("plan", "review", "service", "--by", HR, "--json").json["state"] == "reviewed"
    refused = call("plan", "approve", "service", "--by", BOARD, "--json")
    assert refused.code == 1
    assert {each["expected"] for each in refused.problems} == {"2 periods before the first paid one"}
    assert call("plan", "activate", "service", "--from", "2026-01-01", "--by", HR).code == 1


def test_a_plan_and_a_run_go_through_their_steps_to_a_dispute(where: Path) -> None:
    activated(where)
    assert done("pay", "service", "--period", "2026-Q3", "--by", HR, "--json").json["run"] == RUN
    assert "Nothing exceptional was seen." in done("pay", "show", RUN).out
    assert done("pay", "check", RUN, "--approver", BOARD, "--by", HR, "--json").json["state"] == "checked"
    refused = call("pay", "approve", RUN, "--by", BOARD, "--json")
    assert (refused.code, refused.problems[0]["expected"]) == (1, "every payout opened that must be")
    left = done("pay", "open", RUN, "--by", BOARD, "--json").json["left"]
    shown = done("pay", "open", RUN, "--by", BOARD, *left)
    assert "Sum of the lines" in shown.out
    approved = done("pay", "approve", RUN, "--by", BOARD)
    assert f"Keep this with the approval: {RUN}, content" in approved.err
    assert call("pay", "close", RUN, "--by", BOARD).code == 1
    closed = done("pay", "close", RUN, "--by", HR, "--token", "once", "--json").json
    assert (closed["state"], closed["paid_minor"], closed["due_minor"]) == ("closed", 569642, 0)
    assert done("pay", "close", RUN, "--by", HR, "--token", "once", "--json").json == closed
    assert call("pay", "close", RUN, "--by", HR).code == 1
    assert done("pay", "restate", RUN, "--by", HR, "--json").json["changed"] == 0
    number = done("dispute", "open", RUN, "own", "--by", "E1", "--text", "Not mine.", "--json").json["dispute"]
    assert "Decide until" in done("dispute", "list").out
    assert call("dispute", "decide", number, "--by", "E1", "--reason", "Mine.", "--grant", "1").code == 1
    done("dispute", "decide", number, "--by", SECOND, "--reason", "Right.", "--grant", "100", "--json")
    assert [each["outcome"] for each in done("dispute", "list", "--json").json] == ["granted"]
    assert done("pay", "close", RUN, "--by", HR, "--json").json["paid_minor"] == 569742


def test_nothing_is_run_sent_back_or_decided_without_a_reason_or_a_right(where: Path) -> None:
    assert call("pay", "service", "--period", "2026-Q3", "--by", HR).code == 1  # a draft
    activated(where)
    assert call("pay", "service", "--period", "2026-Q3").code == 1  # nobody
    done("pay", "service", "--period", "2026-Q3", "--by", HR)
    assert call("pay", "decide", RUN, "7", "pay", "--reason", "x", "--by", HR).code == 1
    done("pay", "check", RUN, "--approver", BOARD, "--by", HR)
    assert call("pay", "send-back", RUN, "--reason", " ", "--by", BOARD).code == 1
    assert (
        done("pay", "send-back", RUN, "--reason", "Look again.", "--by", BOARD, "--json").json["state"] == "calculated"
    )
    assert call("pay", "show", "service.2026-Q3.2", "--json").problems[0]["next_step"] == f"Did you mean '{RUN}'?"


def test_a_changed_plan_is_a_new_version_that_is_approved_anew(where: Path, tmp_path: Path) -> None:
    activated(where)
    done(
        "plan", "import", write(tmp_path / "p.yaml", PLAN.replace("version: 1", "version: 2").replace("150\n", "140\n"))
    )
    assert call("plan", "activate", "service", "--from", "2026-10-01", "--by", HR).code == 1
    activated_again = call("plan", "approve", "service", "--by", BOARD, "--json")
    assert activated_again.problems[0]["actual"] == "draft"


def test_a_head_is_exported_signed_and_held_against_the_ledger(where: Path, tmp_path: Path) -> None:
    openssl = program("openssl")
    key, public, other = (tmp_path / name for name in ("key.pem", "public.pem", "other.pem"))
    for file in (key, other):
        subprocess.run([openssl, "genpkey", "-algorithm", "ed25519", "-out", file], check=True)
    subprocess.run([openssl, "pkey", "-in", key, "-pubout", "-out", public], check=True)
    activated(where)
    head = tmp_path / "head.json"
    done("ledger", "sign", "--key", key, "--out", head)
    assert "held against the head 7:" in done("verify", "--head", head, "--key", public).out
    assert "not held against a head kept elsewhere" in done("verify").out
    head.write_text(head.read_text().replace('"sequence": 7', '"sequence": 6'))
    assert call("verify", "--head", head, "--key", public).code == 1
    plain = tmp_path / "plain.json"
    done("ledger", "head", "--out", plain)
    assert done("verify", "--head", plain).code == 0
    assert call("verify", "--head", plain, "--key", public).code == 1
    assert call("verify", "--key", public).code == 1
    assert call("ledger", "sign", "--key", public).code == 1
