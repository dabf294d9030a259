"""A payout run in its steps, what it refuses, and what is paid: once, by two people, and afterwards by difference only."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from data_contracts.problems import Problems
from kpis.workflows import pay, payruns, verify
from kpis.workflows.build import build
from kpis.workspace import Workspace, open_snapshot, open_workspace
from tests.kpis.approved import (
    ACCESS,
    AUDIT,
    BOARD,
    HR,
    SECOND,
    activate,
    approve,
    approved_company,
    checked,
    closed,
    token,
)
from tests.kpis.small import NOW, SETTINGS, company, fill

TOTAL = 569642
LATE = {"opened_at": NOW.replace(month=8), "contacts": 1, "first_contact_resolved": False, "department": "south"}


@pytest.fixture
def where(tmp_path: Path) -> Workspace:
    return approved_company(tmp_path)


def late(where: Workspace, rows: int = 5) -> None:
    """Cases of the closed quarter that were delivered after it."""
    fill(where, "service_cases", [LATE | {"case_id": f"late{at}", "channel": "phone"} for at in range(rows)], "d2")
    build(where)


def sql(where: Workspace, statement: str) -> None:
    with sqlite3.connect(where.root / "records.db") as records:
        records.execute(statement)


def test_a_run_is_calculated_checked_approved_and_closed_by_two(where: Workspace) -> None:
    run = closed(where)
    at = payruns.looked(where, run.id)
    assert [(each.step, each.by) for each in at.steps] == [("checked", HR), ("approved", BOARD), ("closed", HR)]
    assert (sum(at.paid.values()), at.due, at.waiting) == (TOTAL, {}, {})
    assert verify.payouts(where).problems == ()


def test_steps_come_in_their_order_and_from_those_who_may(where: Workspace) -> None:
    snapshot = open_snapshot(where)
    run, _ = payruns.calculate(snapshot, "service", "2026-Q3", HR, NOW)
    with pytest.raises(Problems, match="a run that is checked, got calculated"):
        payruns.approve(snapshot, run.id, BOARD, NOW, token())
    with pytest.raises(Problems, match=r"hr@example.org calculated it"):
        payruns.check(snapshot, run.id, HR, HR, NOW, token())
    payruns.check(snapshot, run.id, BOARD, HR, NOW, token())
    with pytest.raises(Problems, match="1 of 1 not opened yet"):
        payruns.approve(snapshot, run.id, BOARD, NOW, token())
    with pytest.raises(Problems, match="the one who was asked to approve it"):
        approve(where, run.id, AUDIT)
    with pytest.raises(Problems, match="one of the roles"):
        payruns.opened(snapshot, run.id, ["E1"], "E0", NOW)
    approve(where, run.id)
    with pytest.raises(Problems, match=r"board@example\.org approved it"):
        payruns.close(snapshot, run.id, BOARD, NOW, token())


def test_who_is_paid_by_a_run_takes_no_step_of_it(tmp_path: Path) -> None:
    company(
        tmp_path,
        SETTINGS
        + ACCESS.replace("approver = [", 'leader = ["p0@example.org"]\napprover = [').replace("payroll@", "p0@"),
    )
    where = open_workspace(tmp_path, NOW)
    sql(where, "UPDATE identity SET email = 'p0@example.org' WHERE surrogate = 'p_0'")
    activate(where)
    snapshot = open_snapshot(where)
    run, _ = payruns.calculate(snapshot, "service", "2026-Q3", HR, NOW)
    for by in ("E0", "p0@example.org"):
        for step in (
            lambda by=by: payruns.calculate(snapshot, "service", "2026-Q3", by, NOW),
            lambda by=by: payruns.check(snapshot, run.id, BOARD, by, NOW, token()),
            lambda by=by: payruns.check(snapshot, run.id, by, HR, NOW, token()),
            lambda by=by: payruns.approve(snapshot, run.id, by, NOW, token()),
            lambda by=by: payruns.close(snapshot, run.id, by, NOW, token()),
        ):
            with pytest.raises(Problems, match="You are paid by it"):
                step()


def test_a_trial_of_a_draft_can_not_be_checked(tmp_path: Path) -> None:
    company(tmp_path, SETTINGS + ACCESS)
    where = open_workspace(tmp_path, NOW)
    run, found = pay.run(open_snapshot(where), "service", "2026-Q3", HR, NOW)
    assert found.standing == "draft"
    with pytest.raises(Problems, match="version 1: expected active, got draft"):
        payruns.check(open_snapshot(where), run.id, BOARD, HR, NOW, token())


TAMPERINGS = {
    "a payout": "UPDATE payout SET amount = amount + 1 WHERE person = 'p_0'",
    "two lines": "UPDATE payout_line SET amount = amount + CASE component WHEN 'own' THEN 1 ELSE -1 END",
    "the plan": "UPDATE plan SET text = text || ' '",
    "the evidence": "UPDATE evidence SET document = document || ' '",
}


@pytest.mark.parametrize("what", TAMPERINGS)
@pytest.mark.parametrize("step", ["approve", "close"])
def test_nothing_is_approved_or_closed_after_a_byte_changed(where: Workspace, what: str, step: str) -> None:
    run = checked(where)
    snapshot = open_snapshot(where)
    payruns.opened(snapshot, run.id, sorted(payruns.looked(where, run.id).to_open), BOARD, NOW)
    if step == "close":
        payruns.approve(snapshot, run.id, BOARD, NOW, token())
    sql(where, TAMPERINGS[what])
    with pytest.raises(Problems):
        (payruns.approve if step == "approve" else payruns.close)(
            snapshot, run.id, BOARD if step == "approve" else HR, NOW, token()
        )


def test_the_same_token_is_the_same_act_and_another_does_not_close_twice(where: Workspace) -> None:
    run, snapshot = checked(where), open_snapshot(where)
    approve(where, run.id)
    first = payruns.close(snapshot, run.id, HR, NOW, "once")
    again = payruns.close(snapshot, run.id, HR, NOW, "once")
    assert (again.entry, again.again) == (first.entry, True)
    with pytest.raises(Problems, match="closed, and paid"):
        payruns.close(snapshot, run.id, SECOND, NOW, token())
    with pytest.raises(Problems, match="one of closed"):
        payruns.send_back(snapshot, run.id, "why", HR, NOW, "once")
    assert sum(payruns.looked(where, run.id).paid.values()) == TOTAL


def test_a_run_that_is_sent_back_is_checked_and_opened_by_the_one_asked_then(where: Workspace) -> None:
    run, snapshot = checked(where), open_snapshot(where)
    payruns.send_back(snapshot, run.id, "The hours of E5.", BOARD, NOW, token())
    assert payruns.looked(where, run.id).state == "calculated"
    payruns.check(snapshot, run.id, AUDIT, HR, NOW, token())
    approve(where, run.id, AUDIT)
    payruns.close(snapshot, run.id, HR, NOW, token())


def test_late_data_proposes_its_difference_with_the_cause_and_pays_it_alone(where: Workspace) -> None:
    first = closed(where)
    snapshot = open_snapshot(where)
    assert payruns.restate(snapshot, first.id, HR, NOW)[0].id == first.id
    late(where)
    snapshot = open_snapshot(where)
    second, _ = payruns.restate(snapshot, first.id, HR, NOW + timedelta(days=1))
    at = payruns.looked(where, second.id)
    assert at.waiting
    assert at.due == {}  # every difference waits for a decision
    causes = {each.person: (each.amount, each.cause) for each in at.adjustments if each.kind == "late data"}
    assert set(causes) == {f"p_{person}" for person in range(6)}
    assert "fcr@department:south@2026-Q3: 60.00 is now 57.14" in causes["p_3"][1]
    assert "service_cases, version" in causes["p_3"][1]
    for each in at.exceptions:
        payruns.decide(snapshot, second.id, each.number, "pay", "Late cases count.", HR, NOW, token())
    payruns.check(snapshot, second.id, BOARD, HR, NOW, token())
    approve(where, second.id)
    payruns.close(snapshot, second.id, SECOND, NOW, token())
    at = payruns.looked(where, second.id)
    assert sum(at.paid.values()) == second.total
    assert verify.payouts(where).problems == ()


def test_what_is_held_is_paid_when_released_by_one_and_closed_by_another(where: Workspace) -> None:
    first = closed(where)
    late(where)
    snapshot = open_snapshot(where)
    second, _ = payruns.restate(snapshot, first.id, HR, NOW + timedelta(days=1))
    payruns.check(snapshot, second.id, BOARD, HR, NOW, token())
    approve(where, second.id)
    payruns.close(snapshot, second.id, HR, NOW, token())
    assert sum(payruns.looked(where, second.id).paid.values()) == TOTAL
    number = next(each.number for each in payruns.looked(where, second.id).exceptions if each.kind == "late data")
    payruns.decide(snapshot, second.id, number, "pay", "Agreed with the person.", SECOND, NOW, token(), ["E0"])
    with pytest.raises(Problems, match=r"payroll@example\.org released it"):
        payruns.close(snapshot, second.id, SECOND, NOW, token())
    payruns.close(snapshot, second.id, HR, NOW, token())
    at = payruns.looked(where, second.id)
    assert sum(at.paid.values()) == TOTAL + next(each.amount for each in at.adjustments if each.person == "p_0")


def test_departing_from_the_calculation_is_a_line_of_its_own_with_its_reason(where: Workspace) -> None:
    first = closed(where)
    late(where)
    snapshot = open_snapshot(where)
    run, _ = payruns.restate(snapshot, first.id, HR, NOW + timedelta(days=1))
    with pytest.raises(Problems, match="a reason"):
        payruns.decide(snapshot, run.id, 1, "adjust", " ", HR, NOW, token(), ["E0"], 500)
    with pytest.raises(Problems, match="one person of the run and an amount"):
        payruns.decide(snapshot, run.id, 1, "adjust", "x", HR, NOW, token(), [], 500)
    payruns.decide(snapshot, run.id, 1, "adjust", "Half of the loss is ours.", SECOND, NOW, token(), ["E0"], 500)
    at = payruns.looked(where, run.id)
    assert [amount for (person, segment, _), amount in at.due.items() if (person, segment) == ("p_0", -1)] == [500]
    assert "p_0" in at.to_open
    with pytest.raises(Problems, match=r"payroll@example\.org decided it"):
        payruns.check(snapshot, run.id, SECOND, HR, NOW, token())


def test_the_close_path_is_the_same_on_postgresql(tmp_path: Path, postgres: str) -> None:
    with create_engine(postgres, poolclass=NullPool).begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    where = approved_company(tmp_path, f'[records]\nurl = "{postgres}"\n')
    run = closed(where)
    assert sum(payruns.looked(where, run.id).paid.values()) == TOTAL
    with pytest.raises(Problems, match="closed, and paid"):
        payruns.close(open_snapshot(where), run.id, HR, NOW, token())
    assert verify.payouts(where).problems == ()
    where.engine.dispose()


def test_a_run_lists_who_was_never_told_the_targets_they_are_paid_on(tmp_path: Path) -> None:
    where = approved_company(tmp_path)
    with sqlite3.connect(tmp_path / "records.db") as records:
        records.execute("DELETE FROM letter WHERE person = 'p_2'")
    run, _ = payruns.calculate(open_snapshot(where), "service", "2026-Q3", HR, NOW)
    told = {each.kind: each for each in payruns.looked(where, run.id).exceptions}
    assert told["never told"].people == '["p_2"]'
