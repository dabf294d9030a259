"""Plans that name people: written with employee numbers, kept with surrogates, paid as they say, and given back as written."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from data_contracts.problems import Problems
from kpis.incentives import evidence
from kpis.records.session import session
from kpis.records.tables import PlanRecord
from kpis.workflows import drafts, pay, plans, sheets
from kpis.workspace import Snapshot, open_snapshot
from tests.dashboard.line import done, write
from tests.kpis.approved import activate, approved_company, checked
from tests.kpis.small import NOW, PLAN, company

NAMED = (
    PLAN.replace("version: 1", "version: 2")
    .replace("{departments: [all]}", "{departments: [north], people: [E4]}  # E4 helps out")
    .replace(
        "{percent_of_salary: 10}", '{percent_of_salary: 10, by_person: {E0: {amount: 8000}, "E4": {amount: 1000}}}'
    )
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    snapshot = open_snapshot(company(tmp_path_factory.mktemp("named")))
    plans.import_plan(snapshot, NAMED, NOW)
    return snapshot


def test_a_plan_pays_whom_it_names_what_it_says_and_the_engine_says_the_same(kept: Snapshot) -> None:
    found = pay.calculate(kept, "service", "2026-Q3")
    paid = {each["person"]: each["payout"] for each in found.outcome["payouts"]}
    assert set(paid) == {"p_0", "p_1", "p_2", "p_4"}
    assert abs(paid["p_0"] - 2 * paid["p_1"]) <= 1, "8,000 a year where ten percent of 40,000 are 4,000"
    assert 4 * paid["p_4"] < paid["p_1"] * 1.5
    by_the_rules = [work.payout for work in evidence.recompute(found.document["run"])]
    assert by_the_rules == [each["payout"] for each in found.outcome["payouts"]], "the engine paid by columns"


def test_the_record_keeps_surrogates_and_people_read_and_write_employee_numbers(kept: Snapshot) -> None:
    with session(kept.workspace.engine) as records:
        text = records.exec(select(PlanRecord.text).where(PlanRecord.version == 2)).one()
    assert "p_0: {amount: 8000}" in text
    assert "# E4 helps out" in text, "all else stays as it was written"
    assert drafts.kept_text(kept.workspace, "service") == NAMED.replace('"E4"', "E4")
    exported = plans.export_plan(kept.workspace, "service")
    assert "E0" in exported
    assert "p_0" not in exported
    assert plans.import_plan(kept, exported, NOW).version == 2


def test_a_surrogate_names_the_same_person_and_the_same_plan(kept: Snapshot) -> None:
    by_key = NAMED.replace("E0:", "p_0:").replace("[E4]", "[p_4]").replace('"E4"', "p_4")
    assert plans.check_plan(kept, by_key, "plan.yaml").digest() == plans.check_plan(kept, NAMED, "plan.yaml").digest()


def test_an_unknown_employee_number_is_refused_with_a_suggestion_and_shows_no_surrogate(kept: Snapshot) -> None:
    with pytest.raises(Problems) as refused:
        plans.check_plan(kept, NAMED.replace("E0:", "E00:").replace("[E4]", "[X9]"), "plan.yaml")
    told = {each.where: each for each in refused.value.problems}
    assert told["plan.yaml, opportunity.by_person"].next_step == "Did you mean 'E0'?"
    assert "p_" not in str(refused.value)
    assert "E1" not in told["plan.yaml, participants.people"].next_step, "nobody's number is told to who guesses"


def test_a_workbook_of_such_a_plan_goes_out_and_comes_back(kept: Snapshot, tmp_path: Path) -> None:
    file = tmp_path / "plan.xlsx"
    file.write_bytes(sheets.export_plan(kept, "service"))
    assert sheets.import_plan(kept, file, NOW).version == 2


def test_the_designer_reads_it_without_a_problem(kept: Snapshot) -> None:
    draft = drafts.read(kept, NAMED)
    assert draft.problems == ()
    assert draft.plan is not None
    assert set(draft.plan.opportunity.by_person) == {"p_0", "p_4"}


def test_a_statement_says_the_persons_own_opportunity(tmp_path: Path) -> None:
    where = approved_company(tmp_path)
    file, at = write(tmp_path / "named.yaml", NAMED), ("--workspace", where.root, "--json")
    assert done("plan", "check", file, *at).json["names_checked"] is True
    done("plan", "import", file, *at)
    activate(where, since=date(2026, 7, 1))
    run = checked(where)
    assert run.plan_version == 2
    told = done("statement", run.id, "E0", *at).out
    assert "8,000" in told or "800000" in told or "8000" in told
