"""Clawback on pages and on the command line: proposed by HR, decided by another person, read by the person it concerns."""

from pathlib import Path

import pytest

from kpis.workflows import clawbacks
from kpis.workspace import Workspace
from tests.dashboard.line import call, done
from tests.dashboard.pages import as_, press, read
from tests.kpis import small
from tests.kpis.approved import BOARD, HR, approved_company, closed
from tests.kpis.test_clawbacks import CAUSE, TERMS, WHY


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(small, "PLAN", small.PLAN + TERMS)
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(tmp_path))
    return approved_company(tmp_path)


def test_hr_proposes_by_the_terms_and_an_approver_decides_on_the_page(
    where: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed(where)
    at = as_(HR, "payout", monkeypatch)
    assert "never base pay" in read(at)
    at.selectbox(key="claim_whose").select("p_1").run()
    assert "may be claimed back: 50.0% of" in read(at)
    at.text_input(key="claim_reason").input(WHY).run()
    press(at, "Propose the claim")
    assert [each.state for each in clawbacks.every(where)] == ["proposed"]
    at = as_("audit@example.org", "payout", monkeypatch)
    assert WHY in read(at)
    at.segmented_control(key="claim_choice").set_value("Accept").run()
    at.text_input(key="claim_why").input("It is what the plan says.").run()
    press(at, "Decide the claim")
    assert [each.state for each in clawbacks.every(where)] == ["accepted"]
    told = read(as_("E1", "me", monkeypatch, period="2026-Q3"))
    for text in ("Claimed back", WHY, "Accepted: set off against later variable pay, never against base pay"):
        assert text in told


def test_the_command_line_does_the_same(where: Workspace) -> None:
    run, at = closed(where).id, ("--workspace", where.root)
    said = ("--cause", CAUSE, "--event", "2026-11-23")
    [found] = done("pay", "clawback", "look", "E1", *said, *at, "--json").json
    made = done("pay", "clawback", "propose", run, "E1", *said, "--reason", WHY, "--by", HR, *at, "--json").json
    assert made["amount_minor"] == found["amount"] == found["paid"] // 2
    number = str(made["clawback"])
    assert call("pay", "clawback", "decide", number, "--accept", "--reason", "Yes.", "--by", HR, *at).code == 1
    done("pay", "clawback", "decide", number, "--accept", "--reason", "Yes.", "--by", BOARD, *at)
    assert [each["state"] for each in done("pay", "clawback", "list", *at, "--json").json] == ["accepted"]
    told = done("pay", "clawback", "list", *at).out
    assert f"€{found['amount'] / 100:,.2f}" in told  # euros for people, not minor units
    assert str(found["amount"]) not in told
