"""Which days, figures and balances a payout run reads."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kpis.incentives.paid import Reading, Segment
from kpis.incentives.plan import parse
from kpis.incentives.segments import Contract
from kpis.workflows import aim, eligible, measure, pay, payroll
from kpis.workflows.plans import import_plan
from kpis.workflows.verify import payouts
from kpis.workspace import Snapshot, open_snapshot
from tests.kpis.small import NOW, PLAN, company

PARTS = [
    Segment(4_000_000, 47, department="north", start=date(2026, 7, 1), end=date(2026, 8, 17)),
    Segment(4_000_000, 45, department="south", start=date(2026, 8, 17), end=date(2026, 10, 1)),
]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return open_snapshot(company(tmp_path_factory.mktemp("payroll")))


def own_reads(snapshot: Snapshot, change: str, scope: str = "own_department") -> set[payroll.Wanted]:
    plan = parse(PLAN.replace("scope: own_department", f"scope: {scope}") + change)
    period = snapshot.workspace.settings.calendar.parse("2026-Q3")
    mover = Contract("p_9", (), (), ())
    targets = payroll.Targets(aim.current(snapshot.workspace))
    found = payroll.every_read(snapshot, plan, [(mover, PARTS)], period, targets)
    return {each.own for each in found if each.own[1] != "company"}


@pytest.mark.parametrize(
    ("rule", "read"),
    [
        ("whole_period", {("north", "2026-Q3"), ("south", "2026-Q3")}),
        ("while_there", {("north", "2026-07-01..2026-08-16"), ("south", "2026-08-17..2026-09-30")}),
        ("at_period_end", {("south", "2026-Q3")}),
    ],
)
def test_the_plan_says_which_departments_figure_counts_for_who_moved(
    snapshot: Snapshot, rule: str, read: set[tuple[str, str]]
) -> None:
    found = own_reads(snapshot, f"department_figure: {rule}\n")
    assert found == {("fcr", f"department:{name}", window) for name, window in read}


def test_a_figure_of_ones_own_is_that_of_each_segments_days_and_the_teams_that_of_the_period(
    snapshot: Snapshot,
) -> None:
    found = own_reads(snapshot, "", "self")
    assert found == {("fcr", "person:p_9", window) for window in ("2026-07-01..2026-08-16", "2026-08-17..2026-09-30")}
    plan = parse(PLAN.replace("scope: own_department", "scope: self"))
    period = snapshot.workspace.settings.calendar.parse("2026-Q3")
    targets = payroll.Targets(aim.current(snapshot.workspace))
    read = payroll.every_read(snapshot, plan, [(Contract("p_9", (), (), ()), PARTS)], period, targets)
    larger = {name for each in read if each.own[1].startswith("person:") for name in each.wanted[1:]}
    assert {window for _, _, window in larger} == {"2026-Q3"}


def test_a_year_to_date_plan_looks_at_everything_since_january_with_what_was_paid(snapshot: Snapshot) -> None:
    text = PLAN.replace("id: service", "id: yearly") + "year_to_date: {year_end: forgive}\n"
    import_plan(snapshot, text, NOW)
    ready = pay.prepare(snapshot, "yearly", "2026-Q3")
    assert (ready.run.frame.days, ready.run.frame.last) == (273, False)
    first = ready.run.participants[0].segments[0]
    assert first.days == 273
    assert {each.own.of for each in first.readings.values() if each.own} == {
        "fcr@department:north@2026-01-01..2026-09-30",
        "fcr@company@2026-01-01..2026-09-30",
    }
    assert first.readings["own"].target_id == "fcr_north"
    period, targets = ready.period, payroll.Targets(aim.current(snapshot.workspace))
    contract, parts, _ = payroll.people(snapshot, ready.plan, period)[0]
    balance = payroll.Balance(paid_before=12_345, carried=6, draws=7)
    made = payroll.participant(snapshot, ready.plan, contract, parts, period, targets, {}, balance)
    assert (made.paid_before, made.carried, made.draw_balance) == (12_345, 6, 7)


def test_a_pool_is_settled_by_the_run_and_recomputed_by_verify(tmp_path: Path) -> None:
    where = company(tmp_path)
    import_plan(open_snapshot(where), PLAN.replace("id: service", "id: pooled") + "pool: {amount: 3000.01}\n", NOW)
    run, found = pay.run(open_snapshot(where), "pooled", "2026-Q3", "HR", NOW)
    again, _ = pay.run(open_snapshot(where), "pooled", "2026-Q3", "HR", NOW)
    assert (run.total, again.id) == (300_001, run.id)
    assert found.document["run"]["pool"]["total"] == "300001"
    assert payouts(where).problems == ()


def test_a_workspaces_own_rules_come_before_the_plans(tmp_path: Path) -> None:
    where = company(tmp_path)
    own = "country: DE\noverrides: [{rule: leaver, value: full, reason: works agreement}]\n"
    (where.root / "country_rules.yaml").write_text(own)
    assert eligible.rules(where, parse(PLAN)).leaver == "full"
    mine = PLAN + "overrides: [{rule: leaver, value: none, reason: sales plan}]\n"
    assert eligible.rules(where, parse(mine)).leaver == "none"
    assert eligible.applied(where, parse(mine))[0].sources == ("BAG, 13 November 2013, 10 AZR 848/12",)


def north_reads(snapshot: Snapshot, plan_text: str, company_target: tuple[int, ...] = ()) -> Reading:
    plan, period = parse(plan_text), snapshot.workspace.settings.calendar.parse("2026-Q3")
    targets = {name: each for name, each in aim.current(snapshot.workspace).items() if name != "fcr_company"}
    if company_target:
        values = dict(zip(("threshold", "target", "stretch"), map(Decimal, company_target), strict=True))
        targets["fcr_company"] = aim.current(snapshot.workspace)["fcr_company"].model_copy(update=values)
    scopes = ["department:north", "department:all", "company"]
    found = measure.figures(snapshot, snapshot.workspace.kpi("fcr"), scopes, [period])
    figures = {(each.kpi, each.scope, each.window): each for each in found}
    contract, parts, _ = payroll.people(snapshot, plan, period)[0]
    made = payroll.participant(snapshot, plan, contract, parts, period, payroll.Targets(targets), figures)
    return made.segments[0].readings["own"]


def test_a_teams_figure_is_held_against_the_teams_own_target(snapshot: Snapshot) -> None:
    """Once a wrong number: a department's low target was held against its division's figure, and paid 150% for 60 of 100."""
    few = north_reads(snapshot, PLAN.replace("min_n: 20", "min_n: 150"), (70, 75, 80))
    assert few.own
    assert few.team
    assert (few.own.n, few.team.value) == (100, 70)
    assert (few.target_id, few.target, few.instead_of) == ("fcr_company", (70, 75, 80), "fcr_north")
    enough = north_reads(snapshot, PLAN.replace("min_n: 20", "min_n: 100"), (70, 75, 80))
    assert (enough.target_id, enough.target) == ("fcr_north", (60, 70, 80))


def test_a_larger_scope_that_nothing_was_set_for_is_no_team(snapshot: Snapshot) -> None:
    few = north_reads(snapshot, PLAN.replace("min_n: 20", "min_n: 150"))
    assert few.team is None
    aimed = "min_n: 150, target: {threshold: 60, target: 70, stretch: 80}"
    given = north_reads(snapshot, PLAN.replace("min_n: 20", aimed))
    assert given.team
    assert given.target == (60, 70, 80)


def test_credibility_weighs_with_the_nearest_department_and_not_with_a_larger_one(snapshot: Snapshot) -> None:
    plan = PLAN.replace("paid_figure: team", "paid_figure: credibility\ncredibility_k: 50")
    found = north_reads(snapshot, plan.replace("own_department, min_n: 20", "company, min_n: 300"), (70, 75, 80))
    assert found.own
    assert found.own.of == "fcr@company@2026-Q3"
    mine = north_reads(snapshot, plan.replace("min_n: 20", "min_n: 300"), (70, 75, 80))
    assert mine.team
    assert mine.team.of == "fcr@department:all@2026-Q3"
    assert mine.target_id == "fcr_north"
