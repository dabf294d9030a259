import json
import shutil
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from data_contracts.problems import Problems
from kpis.workflows import aim, pay, plans
from kpis.workflows.aim import Change
from kpis.workflows.build import build
from kpis.workflows.cascades import by_scope, settled
from kpis.workflows.plans import import_plan
from kpis.workflows.stake import held, lines, previews
from kpis.workflows.verify import payouts
from kpis.workspace import Workspace, open_snapshot
from tests.kpis.small import NOW, PLAN, PLANNER, SETTINGS, company, fill, in_force, planning, set_targets


@pytest.fixture
def where(tmp_path: Path) -> Workspace:
    return company(tmp_path)


def test_a_run_pays_each_person_by_the_department_and_the_company_to_the_cent(where: Workspace) -> None:
    run, found = pay.run(open_snapshot(where), "service", "2026-Q3", "HR", NOW)
    paid = {each["person"]: each["payout"] for each in found.outcome["payouts"]}
    # €40,000 × 10% × 92/365 = €1,008.219…; north at stretch 150%, company 70% at target 100%, south at threshold 50%
    assert paid["p_0"] == round(4_000_000 * 0.1 * 92 / 365 * (0.6 * 1.5 + 0.4))
    assert paid["p_3"] == round(4_000_000 * 0.1 * 92 / 365 * (0.6 * 0.5 + 0.4))
    assert paid["p_5"] == round(4_000_000 * 0.1 * 92 / 365 * 0.5 * (0.6 * 0.5 + 0.4))
    assert run.total == sum(paid.values())
    assert all(each["payout"] == sum(line["amount"] for line in each["lines"]) for each in found.outcome["payouts"])


def test_what_is_shown_before_a_run_is_cut_to_the_pool_that_everybody_makes(where: Workspace) -> None:
    pooled = PLAN.replace("version: 1", "version: 2").replace("cap: 150\n", "cap: 150\npool: {percent: 50}\n")
    import_plan(open_snapshot(where), pooled, NOW)
    in_force(where, "service")
    snapshot = open_snapshot(where)
    outcome = pay.calculate(snapshot, "service", "2026-Q3").outcome
    paid = {each["person"]: each["payout"] for each in outcome["payouts"]}
    [shown] = previews(snapshot, "p_0", "2026-Q3")
    assert shown.work is not None
    assert shown.work.payout == paid["p_0"]
    assert sum(each.pays or 0 for each in lines(snapshot, "2026-Q3")) == outcome["total"]


def test_the_same_evidence_again_is_the_same_run_and_a_dry_run_keeps_nothing(where: Workspace) -> None:
    snapshot = open_snapshot(where)
    pay.calculate(snapshot, "service", "2026-Q3")
    assert pay.runs(where) == []
    first, _ = pay.run(snapshot, "service", "2026-Q3", "HR", NOW)
    again, _ = pay.run(snapshot, "service", "2026-Q3", "HR", NOW)
    assert first.id == again.id
    assert len(pay.runs(where)) == 1


def test_every_payout_is_recomputed_from_the_run_alone_after_the_lake_is_deleted(where: Workspace) -> None:
    pay.run(open_snapshot(where), "service", "2026-Q3", "HR", NOW)
    assert payouts(where).problems == ()
    shutil.rmtree(where.lake)
    found = payouts(where, rebuild=False)
    assert (found.problems, found.payouts, found.rebuilt) == ((), 6, 0)


TAMPERINGS = {
    "a payout": "UPDATE payout SET amount = amount + 1 WHERE person = 'p_0'",
    "a line": "UPDATE payout_line SET amount = amount + 1 WHERE person = 'p_0' AND component = 'own'",
    "two lines that cancel out": "UPDATE payout_line SET amount = amount + CASE component WHEN 'own' THEN 1 ELSE -1 END",
    "the total": "UPDATE run SET total = total + 1",
    "a person's payout taken out": "DELETE FROM payout_line WHERE person = 'p_1'; DELETE FROM payout WHERE person = 'p_1'",
    "the evidence": "UPDATE evidence SET document = replace(document, '\"4000000\"', '\"5000000\"')",
    "the whole run": "DELETE FROM payout_line; DELETE FROM payout; DELETE FROM run",
    "a ledger entry": "DROP TRIGGER ledger_no_update; UPDATE ledger SET payload = replace(payload, 'HR', 'XX')",
    "the steps": "UPDATE payout SET steps = replace(steps, 'a', 'b')",
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_verify_finds_a_tampering_with(where: Workspace, what: str) -> None:
    pay.run(open_snapshot(where), "service", "2026-Q3", "HR", NOW)
    with sqlite3.connect(where.root / "records.db") as connection:
        connection.executescript(TAMPERINGS[what])
    assert payouts(where).problems


def test_evidence_whose_facts_do_not_give_its_figures_is_found(where: Workspace) -> None:
    run, found = pay.run(open_snapshot(where), "service", "2026-Q3", "HR", NOW)
    assert found.document["facts"]["fcr@company@2026-Q3"] == [
        [0, "60000000", None, None, None, None, None], [1, "140000000", None, None, None, None, None],
    ]  # fmt: skip
    assert json.loads(json.dumps(pay.document(where, run.id))) == found.document


def test_a_statement_tells_every_step_from_opportunity_to_the_cent(where: Workspace) -> None:
    run, _ = pay.run(open_snapshot(where), "service", "2026-Q3", "HR", NOW)
    found = pay.statement(where, run.id, "p_5")
    assert [step.kind for step in found.steps] == [
        "at_target",
        "hours",
        "opportunity",
        "component",
        "component",
        "sum",
        "payout_cap",
        "payout",
    ]
    assert sum(step.amount or 0 for step in found.steps if step.kind == "component") == found.work.payout
    with pytest.raises(Problems, match="a person it paid"):
        pay.statement(where, run.id, "p_9")


def test_a_period_that_the_plan_does_not_pay_is_refused_with_a_next_step(where: Workspace) -> None:
    with pytest.raises(Problems, match="expected a quarter, as the plan pays, got 2026-08"):
        pay.calculate(open_snapshot(where), "service", "2026-08")


def test_individual_figures_wait_for_an_agreement(where: Workspace) -> None:
    text = plans.export_plan(where, "service").replace("own_department", "self").replace("version: 1", "version: 2")
    plans.import_plan(open_snapshot(where), text if "version: 2" in text else text + "version: 2\n", NOW)
    with pytest.raises(Problems, match="a recorded agreement"):
        pay.calculate(open_snapshot(where), "service", "2026-Q3")


def test_targets_and_plans_come_back_as_they_went_in(where: Workspace) -> None:
    snapshot = open_snapshot(where)
    assert aim.import_targets(planning(where), aim.export_targets(where), Change(PLANNER), NOW) == ()
    record = plans.import_plan(snapshot, plans.export_plan(where, "service"), NOW)
    assert record.version == 1


def test_a_changed_plan_needs_a_new_version(where: Workspace) -> None:
    text = plans.export_plan(where, "service").replace("Service plan", "Another plan")
    with pytest.raises(Problems, match="a version after 1"):
        plans.import_plan(open_snapshot(where), text, NOW)


def test_a_cascade_that_does_not_close_says_by_how_much(where: Workspace) -> None:
    text = aim.export_targets(where).replace(
        'scope: "department:north", period: "2026-Q3", threshold: "60", target: "70"',
        'scope: "department:north", period: "2026-Q3", threshold: "60", target: "72"',
    )
    with pytest.raises(Problems, match="a gap of threshold 0, target -1, stretch 0"):
        set_targets(where, text)


def test_what_is_at_stake_is_pay_at_target_against_pay_to_date(where: Workspace) -> None:
    assert lines(open_snapshot(where), "2026-Q3") == previews(open_snapshot(where), "p_0", "2026-Q3") == []  # a draft
    in_force(where, "service")
    snapshot = open_snapshot(where)
    north = [line for line in lines(snapshot, "2026-Q3") if line.department == "north"]
    found = {each.target.id: each for each in held(snapshot, "department:north", "2026-Q3", north)}
    assert (found["fcr_north"].people, found["fcr_north"].pays) == (
        3,
        sum(line.pays or 0 for line in north if line.component == "own"),
    )
    assert found["fcr_north"].at_target == round(3 * 4_000_000 * 0.1 * 92 / 365 * 0.6)
    assert [each.work.person for each in previews(snapshot, "p_0", "2026-Q3") if each.work] == ["p_0"]
    assert previews(snapshot, "p_0", "2026-Q4")[0].reason


def test_somebody_who_moves_out_of_the_plans_departments_is_paid_for_the_days_inside(where: Workspace) -> None:
    text = PLAN.replace("departments: [all]", "departments: [north]").replace("version: 1", "version: 2")
    plans.import_plan(open_snapshot(where), text, NOW)
    rows = open_snapshot(where).rows("SELECT * EXCLUDE (_delivery, _row) FROM assignments").to_pylist()
    shutil.rmtree(where.lake / "assignments")
    moved = date(2026, 8, 15)
    stays = [row for row in rows if row["person"] != "p_0"]
    moves = [row | {"valid_to": moved - timedelta(days=1)} for row in rows if row["person"] == "p_0"]
    fill(
        where,
        "assignments",
        [*stays, *moves, *(row | {"valid_from": moved, "valid_to": None, "department": "south"} for row in moves)],
    )
    paid = {
        each["person"]: each["payout"]
        for each in pay.calculate(open_snapshot(where), "service", "2026-Q3").outcome["payouts"]
    }
    assert sorted(paid) == ["p_0", "p_1", "p_2"]
    assert paid["p_0"] == round(4_000_000 * 0.1 * 45 / 365 * (0.6 * 1.5 + 0.4))


def test_a_cascade_is_held_against_the_figures_when_they_arrive(where: Workspace) -> None:
    found = settled(open_snapshot(where), "2026-Q3")
    assert [each.parent.id for each in found] == ["fcr_company"]
    closure = found[0].closure
    assert closure is not None
    # north 80 and south 60 of equal size against 70 everywhere: the company is on target, and nothing is left over
    assert (closure.difference, closure.served, closure.mix, closure.residual) == (0, 0, 0, 0)
    assert by_scope(found[0]) == {"department:north": 5, "department:south": -5}


def test_the_same_run_is_kept_and_verified_on_postgresql(tmp_path: Path, postgres: str) -> None:
    with create_engine(postgres, poolclass=NullPool).begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    local = company(tmp_path / "sqlite")
    served = company(tmp_path / "postgresql", f'{SETTINGS}[records]\nurl = "{postgres}"\n')
    outcomes = [pay.run(open_snapshot(each), "service", "2026-Q3", "HR", NOW)[1].outcome for each in (local, served)]
    assert outcomes[0] == outcomes[1]
    assert payouts(served).problems == ()
    assert pay.statement(served, "service.2026-Q3.1", "p_5").work.payout == 35288
    served.engine.dispose()


def test_a_run_is_held_against_the_deliveries_it_rested_on_also_after_new_ones(where: Workspace) -> None:
    pay.run(open_snapshot(where), "service", "2026-Q3", "HR", NOW)
    assert payouts(where).rebuilt == 1
    late = {
        "case_id": "late",
        "opened_at": NOW.replace(month=8),
        "first_contact_resolved": False,
        "department": "north",
    }
    fill(where, "service_cases", [late | {"contacts": 1, "channel": "phone"}], delivery="d2")
    build(where)
    found = payouts(where)
    assert (found.problems, found.rebuilt) == ((), 1)
    second, _ = pay.run(open_snapshot(where), "service", "2026-Q3", "HR", NOW + timedelta(hours=1))
    assert second.id == "service.2026-Q3.2"
    assert payouts(where).rebuilt == 2
