"""What was decided on a run holds for the next one of its period while its facts do, and no longer."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from kpis.records.runs import RunException
from kpis.workflows import payruns, verify
from kpis.workflows.build import build
from kpis.workflows.looked import Looked
from kpis.workflows.plans import import_plan
from kpis.workspace import Workspace, open_snapshot, open_workspace
from tests.kpis.approved import ACCESS, HR, activate, approve, checked, token
from tests.kpis.small import HIRED, NOW, PLAN, SETTINGS, company, fill
from tests.kpis.test_runs import LATE, late

WAITS = "Their contract has not come yet."


@pytest.fixture
def where(tmp_path: Path) -> Workspace:
    """A closed quarter: everyone paid on the company's figure, for fewer answers than the plan needs, one without a salary."""
    company(tmp_path, SETTINGS + ACCESS)
    found = open_workspace(tmp_path, NOW)
    fill(found, "people", [{"person": "p_9"}], "d2")
    span = {"department": "north", "share": 1_000_000, "valid_from": date(2026, 1, 1)}
    fill(found, "assignments", [{"person": "p_9", **span}], "d2")
    fill(found, "employment", [{"person": "p_9", **HIRED}], "d2")
    text = PLAN.replace("version: 1", "version: 2").replace("min_n: 20", "min_n: 150")
    import_plan(open_snapshot(found), text, NOW)
    activate(found)
    return found


def closed(where: Workspace) -> Looked:
    """The run with both exceptions decided on: the gap is held, the fallback is paid."""
    snapshot = open_snapshot(where)
    run, _ = payruns.calculate(snapshot, "service", "2026-Q3", HR, NOW)
    gap = of_kind(payruns.looked(where, run.id), "gap")
    payruns.decide(snapshot, run.id, gap.number, "hold", WAITS, HR, NOW, token())
    checked(where)
    approve(where, run.id)
    payruns.close(snapshot, run.id, HR, NOW, token())
    return payruns.looked(where, run.id)


def of_kind(at: Looked, kind: str) -> RunException:
    return next(each for each in at.exceptions if each.kind == kind)


def restated(where: Workspace, run: str) -> Looked:
    second, _ = payruns.restate(open_snapshot(where), run, HR, NOW + timedelta(days=1))
    return payruns.looked(where, second.id)


def test_a_hold_whose_facts_are_the_same_holds_in_the_restated_run_and_says_where_it_is_from(where: Workspace) -> None:
    first = closed(where)
    late(where)
    at = restated(where, first.run.id)
    gap = of_kind(at, "gap")
    assert at.choice(gap) == "hold"
    decided = at.decisions[gap.number]
    old = of_kind(first, "gap").number
    assert decided.reason == f"Decided on {first.run.id}, exception {old}, whose facts are the same: {WAITS}"
    assert (decided.by, decided.at) == (first.decisions[old].by, first.decisions[old].at)
    assert verify.payouts(where).problems == ()


def test_a_decision_whose_figures_changed_is_asked_anew_and_the_run_says_so(where: Workspace) -> None:
    first = closed(where)
    few = of_kind(first, "too few answers")
    assert first.choice(few) == "pay"
    late(where)
    at = restated(where, first.run.id)
    again = of_kind(at, "too few answers")
    assert at.choice(again) == "open"
    assert again.told.endswith(
        f"Asked anew: what was decided on {first.run.id}, exception {few.number} (pay), rested on other facts."
    )


def test_what_was_carried_over_is_carried_on(where: Workspace) -> None:
    first = closed(where)
    late(where)
    second = restated(where, first.run.id)
    snapshot = open_snapshot(where)
    payruns.decide(snapshot, second.run.id, payruns.ALL, "pay", "Looked at.", HR, NOW, token())
    more = [LATE | {"case_id": f"more{at}", "channel": "phone"} for at in range(5)]
    fill(where, "service_cases", more, "d4")
    build(where)
    third = payruns.looked(
        where, payruns.restate(open_snapshot(where), first.run.id, HR, NOW + timedelta(days=2))[0].id
    )
    assert third.run.id != second.run.id
    assert third.decisions[of_kind(third, "gap").number].reason.startswith(f"Decided on {first.run.id}")
