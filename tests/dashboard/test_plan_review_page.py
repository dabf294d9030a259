"""Plans on their way into force, by the page alone: reviewed, approved by two, activated; and who is kept from it, and why."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import data
from dashboard.access import Viewer
from data_contracts.problems import Problems
from kpis.incentives import edit
from kpis.workflows import chain, inforce, interests, plans
from kpis.workspace import Workspace, open_snapshot, open_workspace
from tests.dashboard.company import company
from tests.dashboard.pages import opened, read
from tests.kpis.approved import AUDIT, BOARD, HR
from tests.kpis.small import NOW, PLANNER


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    company(tmp_path, active=False)
    settings = tmp_path / "goldenthread.toml"
    roles = f'hr = ["{HR}"]\napprover = ["{BOARD}", "{AUDIT}"]'
    text = settings.read_text().replace("demo = true\n", "")
    settings.write_text(text.replace(f'hr = ["{PLANNER}"]', roles))
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(tmp_path))
    return tmp_path


def as_(who: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", who)
    return opened("plan", who, plan="field")


def button(at: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(each for each in at.button if each.label.startswith(label))


def decide(at: AppTest, label: str, why: str) -> AppTest:
    assert button(at, label).disabled  # no step without a reason
    at.text_input(key="plan_why").input(why).run()
    return button(at, label).click().run()


def state(where: Path) -> str:
    return inforce.of(open_workspace(where, NOW), "field")[-1].state


def second_version(where: Workspace) -> None:
    text = edit.versioned(re.sub(r"amount: '\d+'", "amount: '1234'", plans.export_plan(where, "field")), 2)
    assert plans.import_plan(open_snapshot(where), text, NOW).version == 2


def test_a_plan_comes_into_force_by_the_page_alone_and_keeps_who_and_why(
    served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(as_(HR, monkeypatch), "Ask for approval of version 1", "Ready for the board.")
    assert state(served) == "reviewed"
    at = as_(BOARD, monkeypatch)
    told = read(at)
    for text in ("Plans to approve", "Nothing is in force before it", "Ready for the board.", "Costs"):
        assert text in told
    assert [each for each in at.button if each.label.startswith("Keep")] == []
    decide(at, "Approve version 1", "It pays for what we promise.")
    assert "approved it before" in read(as_(BOARD, monkeypatch))
    decide(as_(AUDIT, monkeypatch), "Approve version 1", "The cost is within the budget.")
    assert state(served) == "approved"
    decide(as_(HR, monkeypatch), "Put version 1 into force", "From the new quarter.")
    where = open_workspace(served, NOW)
    assert state(served) == "active"
    assert [each.payload.get("reason") for each in chain.entries(where) if each.payload["kind"] == "plan active"] == [
        "From the new quarter."
    ]
    second_version(where)
    told = read(as_(HR, monkeypatch))
    assert "Against version 1" in told


def test_who_is_paid_by_a_plan_reads_why_they_do_not_judge_it_and_sees_none_of_it(served: Path) -> None:
    [paid, *_] = interests.payees(
        snapshot := open_snapshot(open_workspace(served, NOW)), plans.one(snapshot.workspace, "field"), "x"
    )
    viewer = Viewer(paid.person, "Somebody", frozenset({"employee", "head"}))
    refused = data.judged(viewer, "field")
    assert not refused
    assert "You are paid by it" in refused.reason  # type: ignore[union-attr]
    text = plans.export_plan(open_workspace(served, NOW), "field")
    for ask in (data.readiness, data.backtest):
        with pytest.raises(Problems, match="You are paid by it"):
            ask(viewer, text)
    with pytest.raises(Problems, match="paid by it"):
        data.take_step(viewer, "field", "review", "Let it pass.", NOW.date())
    assert state(served) == "draft"


def test_an_approver_writes_no_plan_and_takes_no_step_without_a_reason(served: Path) -> None:
    board = Viewer(None, BOARD, frozenset({"approver"}))
    with pytest.raises(Problems, match="written by HR"):
        data.keep(board, plans.export_plan(open_workspace(served, NOW), "field"))
    with pytest.raises(Problems, match="a reason"):
        data.take_step(board, "field", "review", " ", NOW.date())
    data.take_step(board, "field", "review", "Read.", NOW.date())
    with pytest.raises(Problems, match="hr"):
        data.take_step(board, "field", "activate", "Now.", NOW.date())


def test_refusals_name_targets_and_plans_as_people_do(served: Path) -> None:
    from dashboard.data.plainly import plainly

    told = plainly("target fcr_all is the parent of fcr_joint, you are paid by plan field through target fcr_all (x).")
    assert (
        "target “First-contact resolution, the company, Quarter 4, 2026” is the parent of “First" in told
        or "“First-contact" in told
    )
    assert "fcr_all" not in told
