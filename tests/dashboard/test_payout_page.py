"""The payout page: who sees a run, what must be opened before it can be approved, and what a click does."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kpis.records.session import session
from kpis.records.tables import Identity
from kpis.workflows import payruns, verify
from kpis.workspace import Workspace, open_snapshot, open_workspace
from tests.dashboard.pages import opened, sent
from tests.kpis.approved import BOARD, approve, approved_company, checked
from tests.kpis.small import NOW

TOTAL = "5,696.42"


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", "")
    return approved_company(tmp_path)


def as_(who: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", who)
    return opened("payout", who)


def button(at: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(each for each in at.button if each.label.startswith(label))


def test_the_approver_opens_what_must_be_opened_and_then_approves(
    where: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = checked(where)
    at = as_(BOARD, monkeypatch)
    assert not at.exception
    assert f"{TOTAL} for 6 people" in sent(at)
    assert button(at, "Approve").disabled
    assert "1 of 1 not opened yet" in sent(at)
    button(at, "Open the payout").click().run()
    assert "Sum of the lines" in sent(at)
    assert button(at, "Approve").disabled
    at.checkbox[0].check().run()
    assert not button(at, "Approve").disabled
    button(at, "Approve").click().run()
    assert payruns.looked(where, run.id).state == "approved"


def test_somebody_paid_by_the_run_is_told_so_and_sees_no_amount(
    where: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked(where)
    at = as_("E0", monkeypatch)
    assert TOTAL not in sent(at)
    assert "not a page for your role" in sent(at)  # no head, no leader: not their page at all


def test_a_head_who_is_paid_by_the_run_reads_that_someone_else_approves_it(
    where: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked(where)
    settings = where.root / "goldenthread.toml"
    settings.write_text(settings.read_text().replace("approver = [", 'leader = ["e0@example.org"]\napprover = ['))
    with session(where.engine) as records:
        records.get(Identity, "p_0").email = "e0@example.org"  # type: ignore[union-attr]
    at = as_("E0", monkeypatch)
    assert "You are paid by this run" in sent(at)
    assert TOTAL not in sent(at)
    assert "705.75" not in sent(at)


def test_an_approver_who_was_not_asked_sees_no_run(where: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    checked(where)
    at = as_("audit@example.org", monkeypatch)
    assert "No run to look at" in sent(at)
    assert TOTAL not in sent(at)


def test_hr_checks_and_closes_on_the_page_but_cannot_approve(where: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run, _ = payruns.calculate(open_snapshot(where), "service", "2026-Q3", "hr@example.org", NOW)
    at = as_("hr@example.org", monkeypatch)
    at.text_input(key="asked").input(BOARD).run()
    button(at, "Ask for approval").click().run()
    assert payruns.looked(where, run.id).state == "checked"
    assert [each for each in at.button if each.label.startswith("Approve")] == []
    approve(where, run.id)
    at = as_("hr@example.org", monkeypatch)
    button(at, "Close €").click().run()
    assert payruns.looked(where, run.id).state == "closed"
    assert TOTAL in sent(at)
    assert verify.payouts(open_workspace(where.root, NOW)).problems == ()


def test_a_run_sent_back_is_checked_again(where: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run = checked(where)
    at = as_(BOARD, monkeypatch)
    at.text_input(key="back_why").input("The hours of E5 look wrong.").run()
    button(at, "Send back").click().run()
    assert payruns.looked(where, run.id).state == "calculated"
