from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest
from sqlmodel import select

from data_contracts.receipts import read_receipts
from kpis import cascade
from kpis.calendar import Period
from kpis.records.session import session
from kpis.records.tables import PayoutRecord
from kpis.workflows import agreements as agreed
from kpis.workflows import (
    aim,
    align,
    disputes,
    inforce,
    letters,
    measure,
    pay,
    payruns,
    plans,
    verify,
)
from kpis.workspace import Snapshot, Workspace, shipped_kpis
from seeds import demo
from seeds.demo import calls, deliveries
from seeds.demo.company import UNITS
from seeds.demo.draws import Span, stream
from seeds.demo.stories import STORIES, Shift
from tests.seeds.conftest import SMALL

DOCS = Path(__file__).parents[2] / "docs" / "demo-company.md"


def test_the_same_arguments_give_the_same_bytes_and_another_seed_another_company(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        (tmp_path / name).mkdir()
        deliveries.write_all(tmp_path / name, 80, 30, seed, date(2026, 11, 22))
    files = sorted(each.name for each in (tmp_path / "a").iterdir())
    assert files == sorted(each.name for each in (tmp_path / "b").iterdir())
    assert all((tmp_path / "a" / each).read_bytes() == (tmp_path / "b" / each).read_bytes() for each in files)
    assert (tmp_path / "a" / "orders.csv").read_bytes() != (tmp_path / "c" / "orders.csv").read_bytes()


def test_the_deliveries_that_were_admitted_are_those_that_are_written_for_the_same_arguments(
    company: Workspace, tmp_path: Path
) -> None:
    deliveries.write_all(tmp_path, SMALL["people"], SMALL["weeks"], 7, date(2026, 11, 22))
    for each in tmp_path.iterdir():
        assert each.read_bytes() == (company.root / "deliveries" / each.name).read_bytes()


def test_folders_and_definitions_are_their_owners_alone(company: Workspace) -> None:
    inside = [company.root, *(each for each in company.root.iterdir() if each.is_dir())]
    assert {each.stat().st_mode & 0o777 for each in inside if each.name != "lake"} == {0o700}
    assert company.settings.company.demo
    assert company.today == date(2026, 11, 22)


def test_fourteen_departments_in_three_levels_with_finance_hr_and_it(snapshot: Snapshot) -> None:
    tree = snapshot.organisation
    assert len(tree.departments) == len(UNITS) == 14
    assert max(len(tree.ancestors(each.id)) for each in tree.departments) == 3
    assert {"finance", "hr", "it"} <= set(tree.by_id)
    assert all(each.head for each in tree.departments)
    assert snapshot.rows("SELECT count(*) AS n FROM people").column("n")[0].as_py() == SMALL["people"]


def test_people_move_work_part_time_share_departments_come_leave_and_are_away(snapshot: Snapshot) -> None:
    counts = {
        "moved": "SELECT count(*) FROM (SELECT person FROM assignments GROUP BY 1 HAVING count(DISTINCT valid_from) > 1)",
        "split": "SELECT count(*) FROM assignments WHERE share = 600000",
        "part time": "SELECT count(*) FROM employment WHERE contract_hours < full_time_hours",
        "left": "SELECT count(*) FROM employment WHERE left_on IS NOT NULL",
        "away": "SELECT count(*) FROM absences",
        "raised": "SELECT count(*) FROM pay_basis WHERE valid_from = DATE '2026-01-01'",
        "shared credit": "SELECT count(*) FROM credits WHERE parts = 2",
    }
    assert [name for name, sql in counts.items() if snapshot.rows(sql).column(0)[0].as_py() == 0] == []


def test_every_row_that_came_is_admitted_quarantined_or_an_identical_repeat(company: Workspace) -> None:
    receipts = read_receipts(company.lake)
    for each in receipts:
        assert each.received == each.admitted + each.quarantined + each.repeats
    for name, file in (
        ("orders", "orders.csv"),
        ("service_cases", "service_cases.csv"),
        ("customers", "customers.csv"),
    ):
        written = duckdb.sql(
            f"SELECT count(*) FROM read_csv('{company.root}/deliveries/{file}', all_varchar = true)"
        ).fetchall()
        assert [each.received for each in receipts if each.dataset == name] == [written[0][0]]


def test_the_newest_answers_have_faults_and_the_newest_invitations_were_refused(company: Workspace) -> None:
    answers = [each for each in read_receipts(company.lake) if each.dataset == "survey_responses"]
    asked = [each for each in read_receipts(company.lake) if each.dataset == "invitations"]
    assert answers[-1].quarantined >= 4
    assert answers[-1].repeats == 4
    assert any("nps" in reason for reason in answers[-1].reasons)
    assert [each.state for each in asked] == ["admitted", "refused"]
    assert asked[-1].admitted == 0


def figure(snapshot: Snapshot, shift: Shift, period: str) -> float:
    kpi, window = snapshot.workspace.kpi(shift.kpi), snapshot.workspace.settings.calendar.parse(period)
    found = measured(snapshot, kpi, shift.scope, window)
    assert found is not None, f"{shift.kpi} of {shift.scope} in {period} has no value"
    return found * 100 if kpi.unit == "percent" else found


def measured(snapshot: Snapshot, kpi, scope: str, window: Period) -> float | None:  # type: ignore[no-untyped-def]
    cut = scope.partition(":")[0]
    if cut in measure.CUTS:
        return next(each.value for each in measure.by_cut(snapshot, kpi, cut, [window]) if each.scope == scope)
    return measure.figures(snapshot, kpi, [scope], [window])[0].value


@pytest.mark.parametrize(
    "shift", [each for story in STORIES for each in story.shifts], ids=lambda each: f"{each.kpi} {each.scope}"
)
def test_a_planted_truth_is_found_in_the_figures(snapshot: Snapshot, shift: Shift) -> None:
    moved = figure(snapshot, shift, shift.after) - figure(snapshot, shift, shift.before)
    assert shift.least <= moved <= shift.most


def test_every_shipped_kpi_has_figures_in_the_demo_company(company: Workspace, snapshot: Snapshot) -> None:
    silent = [name for name in shipped_kpis() if measure.extent(snapshot, company.kpi(name)) is None]
    assert silent == []


def share(snapshot: Snapshot, what: str, where: str) -> float:
    """The share of rows for which something holds, of one or two datasets joined by customer."""
    return float(snapshot.rows(f"SELECT avg(CAST({what} AS INTEGER)) AS share FROM {where}").column("share")[0].as_py())


def test_who_waited_in_vain_orders_again_less_often_and_leaves_more_often(snapshot: Snapshot) -> None:
    again = "coalesce(next_order_at <= ordered_at + INTERVAL 180 DAY, false)"
    ripe = "orders WHERE status = 'delivered' AND ordered_at < TIMESTAMPTZ '2026-05-25' AND delivered_at"
    late, kept = share(snapshot, again, f"{ripe} > promised_at"), share(snapshot, again, f"{ripe} <= promised_at")
    assert 0.08 < kept - late < 0.35
    waited = "(SELECT customer, max(CAST(delivered_at > promised_at AS INTEGER)) AS late FROM orders GROUP BY 1)"
    left = [
        share(snapshot, "left_on IS NOT NULL", f"customers JOIN {waited} USING (customer) WHERE late = {it}")
        for it in (1, 0)
    ]
    assert left[0] > 1.3 * left[1]
    after = "orders JOIN customers USING (customer) WHERE CAST(ordered_at AS DATE) > left_on + 1"
    assert snapshot.rows(f"SELECT count(*) AS n FROM {after}").column("n")[0].as_py() == 0


def test_meters_and_landlords_contracts_are_not_solved_at_once(snapshot: Snapshot) -> None:
    cases = "service_cases JOIN customers USING (customer) WHERE segment {} 'landlord' AND reason {}"
    solved = [
        share(snapshot, "first_contact_resolved", cases.format(*each))
        for each in (("<>", "= 'meter'"), ("<>", "<> 'meter'"), ("=", "= 'contract'"), ("=", "<> 'contract'"))
    ]
    assert solved[1] - solved[0] > 0.15
    assert solved[3] - solved[2] > 0.15


def test_some_cases_are_open_some_customers_were_not_asked_and_weeks_lean_on_the_week_before(
    snapshot: Snapshot,
) -> None:
    for dataset, condition in (
        ("service_cases", "closed_at IS NULL"), ("refunds", "paid_at IS NULL"),
        ("insights", "acted_at IS NULL"), ("invitations", "eligible AND sent_at IS NULL AND removed_why IS NOT NULL"),
    ):  # fmt: skip
        assert snapshot.rows(f"SELECT count(*) AS n FROM {dataset} WHERE {condition}").column("n")[0].as_py() > 0
    over = Span(date(2024, 1, 1), date(2026, 11, 22))
    mondays = np.arange(over.first, over.last, 7, dtype="datetime64[D]").astype("datetime64[s]")
    level = np.log(calls._strain(stream(7, "calls"), mondays, over))
    assert 0.35 < np.corrcoef(level[1:], level[:-1])[0, 1] < 0.85


def test_a_kpi_with_too_few_answers_says_so_and_shows_nothing(snapshot: Snapshot) -> None:
    kpi, calendar = snapshot.workspace.kpi("candidate_experience"), snapshot.workspace.settings.calendar
    found = measure.figures(snapshot, kpi, ["company"], [calendar.parse("2026-Q3"), calendar.parse("2026-Q4")])
    assert [(each.state, each.value) for each in found] == [("too few", None)] * 2


def test_no_pay_of_sales_leads_to_a_promise_and_one_promise_leads_nowhere(snapshot: Snapshot) -> None:
    paths = align.paths(snapshot)
    sales = [each for each in paths if any((node or "").startswith("pay:sales.") for node in each.nodes)]
    assert sales
    assert all(not any((node or "").startswith("promise:") for node in each.nodes) for each in sales)
    assert [each.nodes for each in paths if "promise:greener" in each.nodes] == [("promise:greener", None, None, None)]


def test_cascades_close_at_all_three_values_and_reach_people(snapshot: Snapshot, company: Workspace) -> None:
    targets = list(aim.current(company).values())
    assert cascade.check(targets, company.kpis, snapshot.organisation) == []
    for period in ("2026-Q3", "2026-Q4"):
        kinds = {each.scope.partition(":")[0] for each in targets if each.period == period}
        assert kinds == {"company", "department", "joint", "person"}


def test_plans_pass_their_check_with_the_names_of_the_company(snapshot: Snapshot, company: Workspace) -> None:
    names = {file.stem for file in (company.root / "plans").glob("*.yaml")}
    assert set(plans.current(company)) == names == {"service", "field", "leadership", "sales", "digital", "finance"}
    for name in names:
        text = (company.root / "plans" / f"{name}.yaml").read_text("utf-8")
        assert plans.read(snapshot, text, name)[1] == []


def test_closed_quarters_are_paid_to_everyone_in_a_plan_and_everything_verifies(company: Workspace) -> None:
    runs = pay.runs(company)
    assert {(each.plan, each.period) for each in runs} == {
        (name, when) for name in plans.current(company) for when in demo.PAID
    }
    with session(company.engine) as records:
        payouts = records.exec(select(PayoutRecord)).all()
    assert {each.id for each in runs} == {each.run for each in payouts}
    assert all(each.amount > 0 for each in payouts if each.run.startswith("leadership"))
    assert [pay.document(company, each.id)["blocked"] for each in runs] == [[]] * len(runs)
    found = verify.everything(company)
    assert found.problems == ()
    assert found.payouts == len(payouts)


def test_the_second_quarter_is_closed_and_the_third_waits_with_the_planted_bursts_held(company: Workspace) -> None:
    stood = {each.id: payruns.looked(company, each.id) for each in pay.runs(company)}
    assert {at.state for name, at in stood.items() if "Q2" in name} == {"closed"}
    assert {at.state for name, at in stood.items() if "Q3" in name} == {"checked"}
    assert all(sum(at.paid.values()) == at.run.total for name, at in stood.items() if "Q2" in name)
    service = stood["service.2026-Q3.1"]
    held = {each.kind: each.told for each in service.exceptions if service.choice(each) == "hold"}
    assert {"pattern: period-end burst", "pattern: closed and reopened"} <= set(held)
    assert "28 to 30 September" in held["pattern: closed and reopened"]
    assert service.waiting
    others = [each.kind for name, at in stood.items() if "service" not in name for each in at.exceptions]
    assert [each for each in others if each.startswith("pattern")] == []
    assert [each.decision for each in disputes.every(company, company.today)] == [None]


def test_whoever_approves_in_the_demo_is_not_paid_by_it_and_outsiders_approve_leadership(company: Workspace) -> None:
    for each in pay.runs(company):
        at = payruns.looked(company, each.id)
        who = {step.by for step in at.steps} | {step.asked for step in at.steps if step.asked}
        assert not who & set(at.payouts)
        outside = {name for name in who if "@" in name}
        assert bool(outside) == (each.plan == "leadership")
    assert {inforce.of(company, name)[-1].state for name in plans.current(company)} == {"active"}


def test_an_agreement_allows_individual_figures(company: Workspace) -> None:
    found = agreed.current(company)
    assert found is not None
    assert "first_contact_resolution" in found.kpis


def test_every_story_stands_in_the_documentation() -> None:
    text = DOCS.read_text("utf-8")
    assert [each.id for each in STORIES if each.title not in text] == []


def test_most_were_told_in_time_one_late_and_two_never(snapshot: Snapshot) -> None:
    for period, never, late in (("2026-Q2", 0, 0), ("2026-Q3", 0, 0), ("2026-Q4", 2, 1)):
        found = letters.status(snapshot, period)
        assert (sum(each.letter is None for each in found), sum(each.late for each in found)) == (never, late)
        assert sum(each.state == "acknowledged" for each in found) > len(found) / 2
        assert not any(each.outdated for each in found)
    assert len(letters.never_told(snapshot.workspace, "2026-Q4", snapshot)) == 2
