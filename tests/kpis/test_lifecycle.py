"""A plan's life: reviewed, approved by two who may, active from a day, void when a byte changes."""

import sqlite3
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import col, select

from data_contracts.problems import Problem, Problems
from kpis.records.session import session
from kpis.records.tables import LedgerRecord
from kpis.workflows import agreements, inforce, interests, lifecycle, pay, payruns, plans
from kpis.workspace import Workspace, open_snapshot, open_workspace
from tests.kpis.approved import ACCESS, AUDIT, BOARD, HR, activate, approve, approved_company, checked, closed, token
from tests.kpis.small import NOW, PLAN, SETTINGS, company


@pytest.fixture
def where(tmp_path: Path) -> Workspace:
    access = ACCESS.replace("approver = [", 'approver = ["anna@example.org", ')
    company(tmp_path, SETTINGS + access)
    with sqlite3.connect(tmp_path / "records.db") as records:
        records.execute("UPDATE identity SET email = 'anna@example.org' WHERE surrogate = 'p_0'")
    return open_workspace(tmp_path, NOW)


def state(where: Workspace) -> str:
    return inforce.of(where, "service")[-1].state


def test_a_plan_goes_from_draft_to_superseded(where: Workspace) -> None:
    snapshot = open_snapshot(where)
    assert state(where) == "draft"
    lifecycle.review(snapshot, "service", HR, NOW, token())
    assert state(where) == "reviewed"
    lifecycle.approve(snapshot, "service", BOARD, NOW, token(), lifecycle.nothing)
    assert state(where) == "reviewed"
    lifecycle.approve(snapshot, "service", AUDIT, NOW, token(), lifecycle.nothing)
    assert state(where) == "approved"
    lifecycle.activate(snapshot, "service", date(2026, 1, 1), HR, NOW, token())
    assert state(where) == "active"
    plans.import_plan(snapshot, PLAN.replace("version: 1", "version: 2").replace("cap: 150", "cap: 140"), NOW)
    assert [each.state for each in inforce.of(where, "service")] == ["active", "draft"]
    assert inforce.version_for(where, "service", date(2026, 7, 1))[0].version == 1
    lifecycle.review(snapshot, "service", HR, NOW, token())
    for who in (BOARD, AUDIT):
        lifecycle.approve(snapshot, "service", who, NOW, token(), lifecycle.nothing)
    lifecycle.activate(snapshot, "service", date(2026, 10, 1), HR, NOW, token())
    assert [each.state for each in inforce.of(where, "service")] == ["superseded", "active"]
    assert [inforce.version_for(where, "service", day)[0].version for day in (date(2026, 7, 1), date(2026, 10, 1))] == [
        1,
        2,
    ]
    assert inforce.version_for(where, "service", date(2025, 7, 1))[1] == "not active yet"


def test_one_person_is_not_two_and_a_plan_is_approved_after_its_review(where: Workspace) -> None:
    snapshot = open_snapshot(where)
    with pytest.raises(Problems, match="a reviewed version"):
        lifecycle.approve(snapshot, "service", BOARD, NOW, token(), lifecycle.nothing)
    lifecycle.review(snapshot, "service", HR, NOW, token())
    lifecycle.approve(snapshot, "service", BOARD, NOW, token(), lifecycle.nothing)
    with pytest.raises(Problems, match="two people"):
        lifecycle.approve(snapshot, "service", BOARD.upper(), NOW, token(), lifecycle.nothing)
    with pytest.raises(Problems, match="It needs 2 approvals"):
        lifecycle.activate(snapshot, "service", date(2026, 1, 1), HR, NOW, token())


@pytest.mark.parametrize("by", ["E0", "p_0", "anna@example.org", " ANNA@example.org "])
def test_nobody_approves_the_plan_that_pays_them_by_whatever_name(where: Workspace, by: str) -> None:
    snapshot = open_snapshot(where)
    lifecycle.review(snapshot, "service", HR, NOW, token())
    with pytest.raises(Problems, match="You are paid by it: plan service pays you"):
        lifecycle.approve(snapshot, "service", by, NOW, token(), lifecycle.nothing)


def test_an_address_without_a_role_and_a_person_without_one_are_refused(where: Workspace) -> None:
    snapshot = open_snapshot(where)
    with pytest.raises(Problems, match="an address with a role"):
        lifecycle.review(snapshot, "service", "nobody@example.org", NOW, token())
    with pytest.raises(Problems, match="one of the roles"):
        lifecycle.review(snapshot, "service", "E1", NOW, token())


@pytest.mark.parametrize("change", ["replace(text, 'cap: 150', 'cap: 160')", "text || '# a remark\n'"])
def test_a_changed_byte_voids_the_approval(tmp_path: Path, change: str) -> None:
    where = approved_company(tmp_path)
    with sqlite3.connect(tmp_path / "records.db") as records:
        records.execute(f"UPDATE plan SET text = {change}")
    assert state(where) == "changed"
    with pytest.raises(Problems, match="active on 2026-07-01, got changed"):
        payruns.calculate(open_snapshot(where), "service", "2026-Q3", HR, NOW)


def test_what_is_not_ready_for_pay_blocks_the_approval(where: Workspace) -> None:
    snapshot = open_snapshot(where)
    lifecycle.review(snapshot, "service", HR, NOW, token())
    blocks = [Problem("fcr of north", "462 answers", "100", "Take the team's figure.")]
    with pytest.raises(Problems, match="462 answers"):
        lifecycle.approve(snapshot, "service", BOARD, NOW, token(), lambda _plan: blocks)


def test_a_run_of_a_draft_is_refused(where: Workspace) -> None:
    with pytest.raises(Problems, match=r"active on 2026-07-01, got draft"):
        payruns.calculate(open_snapshot(where), "service", "2026-Q3", HR, NOW)


def test_without_being_told_otherwise_figures_that_are_not_ready_for_pay_block_it(where: Workspace) -> None:
    snapshot = open_snapshot(where)
    lifecycle.review(snapshot, "service", HR, NOW, token())
    with pytest.raises(Problems, match="2 periods before the first paid one, got 1"):
        lifecycle.approve(snapshot, "service", BOARD, NOW, token())


@pytest.mark.parametrize(
    ("right", "thing"),
    [
        ("change a target", "target:fcr_south"),
        ("release data", "dataset:service_cases"),
        ("decide a dispute", "kpi:fcr"),
    ],
)
def test_nobody_changes_a_target_or_releases_data_that_their_pay_hangs_on(
    where: Workspace, right: str, thing: str
) -> None:
    settings = where.root / "goldenthread.toml"
    mail = '"anna@example.org"'
    settings.write_text(
        settings.read_text().replace(
            f"approver = [{mail}", f"leader = [{mail}]\nsteward = [{mail}]\napprover = [{mail}"
        )
    )
    snapshot = open_snapshot(open_workspace(where.root, NOW))
    with pytest.raises(Problems, match="You are paid by it"):
        interests.require(snapshot, "anna@example.org", right, "decide on", [thing], NOW)
    if right != "decide a dispute":
        assert interests.require(snapshot, HR, right, "decide on", [thing], NOW).key == HR


def second_version(where: Workspace) -> None:
    """A version that pays less, approved by two."""
    snapshot = open_snapshot(where)
    plans.import_plan(snapshot, PLAN.replace("version: 1", "version: 2").replace("cap: 150", "cap: 90"), NOW)
    lifecycle.review(snapshot, "service", HR, NOW, token())
    for who in (BOARD, AUDIT):
        lifecycle.approve(snapshot, "service", who, NOW, token(), lifecycle.nothing)


def agreed(where: Workspace) -> str:
    terms = {"parties": "the works council", "purposes": "a lower cap for the third quarter"}
    return f"agreement:{agreements.record(where, date(2026, 11, 1), about='terms', by=HR, **terms)}"


def test_a_version_does_not_reach_back_into_a_period_that_was_calculated(tmp_path: Path) -> None:
    where = approved_company(tmp_path)
    run = checked(where)
    second_version(where)
    with pytest.raises(Problems, match="a day after 2026-Q3, which was calculated"):
        lifecycle.activate(open_snapshot(where), "service", date(2026, 9, 30), HR, NOW, token())
    payruns.send_back(open_snapshot(where), run.id, "Not yet.", BOARD, NOW, token())
    with pytest.raises(Problems, match="a day after 2026-Q3, which was calculated"):
        lifecycle.activate(open_snapshot(where), "service", date(2026, 7, 1), HR, NOW, token())
    lifecycle.activate(open_snapshot(where), "service", date(2026, 10, 1), HR, NOW, token())


def test_with_a_reason_and_an_agreement_it_does_and_the_ledger_holds_both(tmp_path: Path) -> None:
    where = approved_company(tmp_path)
    run = checked(where)
    second_version(where)
    back, snapshot = ("The cap was agreed in June.", agreed(where)), open_snapshot(where)
    for half, why in (
        ((" ", back[1]), "a reason"),
        ((back[0], "Santa"), "an agreement of this workspace on terms"),
    ):
        with pytest.raises(Problems, match=why):
            lifecycle.activate(snapshot, "service", date(2026, 7, 1), HR, NOW, token(), *half)
    lifecycle.activate(snapshot, "service", date(2026, 7, 1), HR, NOW, token(), *back)
    with session(where.engine) as records:
        last = records.exec(select(LedgerRecord).order_by(col(LedgerRecord.sequence).desc())).first()
    assert back[0] in last.payload
    assert back[1] in last.payload
    with pytest.raises(Problems, match="the version in force in 2026-Q3"):
        approve(where, run.id)
    assert payruns.calculate(snapshot, "service", "2026-Q3", HR, NOW)[0].plan_version == 2


def test_a_closed_period_keeps_its_version_whatever_was_agreed(tmp_path: Path) -> None:
    where = approved_company(tmp_path)
    closed(where)
    second_version(where)
    back = "The cap was agreed in June.", agreed(where)
    with pytest.raises(Problems, match="a day after 2026-Q3, which is closed"):
        lifecycle.activate(open_snapshot(where), "service", date(2026, 7, 1), HR, NOW, token(), *back)


def test_a_trial_of_a_draft_binds_no_period(tmp_path: Path) -> None:
    where = company(tmp_path, SETTINGS + ACCESS)
    pay.run(open_snapshot(where), "service", "2026-Q3", HR, NOW)
    activate(where)
    assert state(where) == "active"
