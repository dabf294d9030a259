"""The payout page: who sees a run, what must be opened before it can be approved, and what a click does."""

from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import data
from dashboard.access import Viewer
from data_contracts.problems import Problems
from kpis.records.session import session
from kpis.records.tables import Identity
from kpis.workflows import payruns, verify
from kpis.workspace import Workspace, open_snapshot, open_workspace
from tests.dashboard.pages import opened, sent
from tests.kpis.approved import BOARD, HR, approve, approved_company, checked, closed, token
from tests.kpis.small import NOW
from tests.kpis.test_runs import late

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


def restated(where: Workspace) -> str:
    """A restatement in which everybody's difference is one held exception."""
    first = closed(where)
    late(where)
    return payruns.restate(open_snapshot(where), first.id, HR, NOW + timedelta(days=1))[0].id


def test_a_batch_of_payouts_is_opened_at_once_and_each_is_drawn_with_all_its_steps(
    where: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = restated(where)
    payruns.check(open_snapshot(where), run, BOARD, HR, NOW, token())
    at = as_(BOARD, monkeypatch)
    assert "6 of 6 not opened yet" in sent(at)
    button(at, "Open the next 6").click().run()
    assert len([each for each in at.table if "Sum of the lines" in each.value.to_string()]) == 6
    heads = {each.value.partition(" is held")[0][:8]: each.value for each in at.subheader if "is held" in each.value}
    assert sorted(heads) == [f"Person {person}" for person in range(6)]
    assert all("is now" in each for each in heads.values())  # the cause stands beside the amount
    assert payruns.looked(where, run).unopened(BOARD) == frozenset()


def test_hr_calculates_adjusts_for_one_person_and_restates_on_the_page(
    where: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = as_(HR, monkeypatch)
    button(at, "Calculate a run").click().run()
    assert TOTAL in sent(at)
    first = closed(where)
    late(where)
    at = as_(HR, monkeypatch)
    button(at, "Calculate the period anew").click().run()
    second = f"{first.id[:-1]}2"
    assert payruns.looked(where, second).waiting
    at.segmented_control(key="choice").set_value("adjust").run()
    at.multiselect(key="whose").select("p_0").run()
    at.number_input(key="difference").set_value(-5.0).run()
    at.text_input(key="why").input("Half of the loss is ours.").run()
    button(at, "Record the decision").click().run()
    found = payruns.looked(where, second)
    assert [(each.person, each.amount) for each in found.adjustments if each.kind == "decided"] == [("p_0", -500)]
    assert {place[0] for place in found.due} == {"p_0"}
    assert {place[0] for place in found.waiting} == {"p_1", "p_2", "p_3", "p_4", "p_5"}


def test_the_page_calculates_for_nobody_but_hr(where: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    checked(where)
    at = as_(BOARD, monkeypatch)
    assert not [each for each in at.button if each.label.startswith("Calculate")]
    with pytest.raises(Problems, match="one of the roles hr"):
        data.calculated(Viewer(None, BOARD, frozenset({"approver"})), "service", "2026-Q3")
