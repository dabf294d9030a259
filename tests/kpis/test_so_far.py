"""What a year so far is held against, where the targets of its periods differ."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from data_contracts.problems import Problems
from kpis.incentives import bundle, checker, evidence, ledger, parts
from kpis.workflows import pay
from kpis.workflows.aim import Change, import_targets
from kpis.workflows.build import build
from kpis.workflows.plans import import_plan
from kpis.workspace import Workspace, open_snapshot
from tests.kpis.small import NOW, PLAN, PLANNER, company, fill, planning

RULES = ("so_far", "by_volume", "of_period")
EARLIER = """targets:
  - {id: q1, kpi: fcr, scope: company, period: 2026-Q1, threshold: 50, target: 60, stretch: 70}
  - {id: q2, kpi: fcr, scope: company, period: 2026-Q2, threshold: 55, target: 65, stretch: 75}
"""
COMPANY = """components:
  - {id: company, weight: 100, kpi: fcr, scope: company, curve: {points: [[0, 50], [100, 100], [200, 150]]}}
"""


def plan(rule: str) -> str:
    """A plan on the company's figure alone."""
    head = PLAN.replace("id: service", f"id: {rule}", 1).split("components:")[0]
    head = head.replace("decimals: 1", "decimals: 2")
    return f"{head}{COMPANY}year_to_date: {{year_end: forgive, target: {rule}}}\n"


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A company that meets each quarter's target exactly: 60 of 100 cases, 65 of 100, and 140 of 200."""
    found = company(tmp_path_factory.mktemp("so_far"))
    cases = [(2, at, at < 60) for at in range(100)] + [(5, at, at < 65) for at in range(100)]
    fill(
        found,
        "service_cases",
        [
            {
                "case_id": f"{month}-{at}", "opened_at": datetime(2026, month, 2, 9, tzinfo=UTC) + timedelta(days=at % 20),
                "first_contact_resolved": good, "contacts": 1, "department": "north", "channel": "phone",
            }
            for month, at, good in cases
        ],
        "d2",
    )  # fmt: skip
    build(found)
    for rule in RULES:
        import_plan(open_snapshot(found), plan(rule), NOW)
    return found


def earlier(where: Workspace, text: str) -> None:
    """Targets of periods that are over, as if they had been set in time."""
    import_targets(planning(where), text, Change(PLANNER), datetime(2026, 1, 2, tzinfo=UTC))


@pytest.fixture(scope="module")
def aimed(where: Workspace) -> Workspace:
    """The company with a target for each quarter, all different."""
    earlier(where, EARLIER)
    return where


def target_of(where: Workspace, rule: str) -> tuple[Fraction, ...]:
    """The values that pay the third quarter of a plan."""
    ready = pay.prepare(open_snapshot(where), rule, "2026-Q3")
    (values,) = {part.readings["company"].target for each in ready.run.participants for part in each.segments}
    assert values is not None
    return values


def test_without_a_rule_targets_that_differ_are_refused_and_the_problem_says_what_to_write(aimed: Workspace) -> None:
    with pytest.raises(Problems) as refused:
        pay.prepare(open_snapshot(aimed), "so_far", "2026-Q3")
    (problem,) = refused.value.problems
    assert problem.where == "plan so_far, year_to_date.target"
    assert problem.actual == "fcr of company: 2026-Q1 50/60/70, 2026-Q2 55/65/75, 2026-Q3 60/70/80"
    assert "target: by_volume" in problem.next_step


def test_who_meets_each_periods_target_exactly_meets_their_mixture_by_volume(aimed: Workspace) -> None:
    low, middle, high = target_of(aimed, "by_volume")
    assert middle == Fraction(100 * 60 + 100 * 65 + 200 * 70, 400)
    assert (middle - low, high - middle) == (10, 10)
    found = pay.calculate(open_snapshot(aimed), "by_volume", "2026-Q3")
    full = next(each for each in found.outcome["payouts"] if each["person"] == "p_0")
    assert full["payout"] == round(4_000_000 * 0.10 * 273 / 365)  # 100% of the opportunity so far


def test_the_periods_own_target_counts_where_the_plan_says_so(aimed: Workspace) -> None:
    assert target_of(aimed, "of_period") == (60, 70, 80)


def test_the_checker_recomputes_a_mixed_target_and_finds_one_that_was_changed(aimed: Workspace) -> None:
    found = pay.calculate(open_snapshot(aimed), "by_volume", "2026-Q3")
    assert evidence.differences(found.document["run"], found.outcome) == []
    payload = {
        "kind": "run", "run": "r", "evidence": evidence.digest(found.document), "outcome": evidence.digest(found.outcome),
        "total": str(found.outcome["total"]), "currency": "EUR",
        "by": "HR",
    }  # fmt: skip
    entries = [ledger.entry(None, payload)]
    text = Path(checker.__file__).read_text()
    files = bundle.files("r", found.document, found.outcome, entries, text)
    assert checker.check(files, None)[0] == []
    entries.append(ledger.entry(entries[0], parts.vouched("r", found.document, found.outcome)))
    for each in found.outcome["payouts"]:  # everybody's own part holds alone
        own = bundle.files("r", found.document, found.outcome, entries, text, person=each["person"])
        assert checker.check(own, None)[0] == []
    run = {**found.document["run"]}
    name, told = next((name, each) for name, each in run["targets"].items() if "parts" in each)
    run["targets"] = run["targets"] | {name: {**told, "values": ["50", "60", "70"]}}
    assert evidence.differences(run, found.outcome)
    changed = bundle.files("r", {**found.document, "run": run}, found.outcome, entries, text)
    assert f"targets.csv, {name} target" in {each.place for each in checker.check(changed, None)[0]}


def test_a_target_for_just_these_days_comes_first(aimed: Workspace) -> None:
    span = "2026-01-01..2026-09-30"
    earlier(
        aimed,
        f'targets:\n  - {{id: ytd, kpi: fcr, scope: company, period: "{span}", threshold: 40, target: 50, stretch: 90}}\n',
    )
    assert target_of(aimed, "so_far") == target_of(aimed, "by_volume") == (40, 50, 90)
    assert target_of(aimed, "of_period") == (60, 70, 80)
