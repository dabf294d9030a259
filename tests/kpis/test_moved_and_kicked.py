"""Somebody who moved has lines of two segments, and a kicker beside them: kept, verified and checked in one order."""

from datetime import date
from pathlib import Path

from kpis.workflows import pay, plans, verify
from kpis.workspace import open_snapshot
from tests.kpis.small import HIRED, NOW, PLAN, company, fill

KICKER = "kickers:\n  - {id: kick, kpi: fcr, scope: company, passes: {at_least: 50}, adds: {percent: 5}}\ncap: 150\n"


def test_a_run_with_a_kicker_verifies_for_somebody_who_moved_in_its_period(tmp_path: Path) -> None:
    where = company(tmp_path)
    halves = [("north", date(2026, 1, 1), date(2026, 8, 15)), ("south", date(2026, 8, 16), None)]
    fill(where, "people", [{"person": "p_6"}], "moved")
    fill(where, "employment", [{"person": "p_6", **HIRED}], "moved")
    base = {"amount": 4_000_000, "currency": "EUR", "amount_is": "full_time", "valid_from": date(2026, 1, 1)}
    fill(where, "pay_basis", [{"person": "p_6", **base}], "moved")
    rows = [
        {"person": "p_6", "department": place, "share": 1_000_000, "valid_from": since, "valid_to": until}
        for place, since, until in halves
    ]
    fill(where, "assignments", rows, "moved")
    kicked = PLAN.replace("version: 1", "version: 2").replace("cap: 150\n", KICKER)
    plans.import_plan(open_snapshot(where), kicked, NOW)
    _, found = pay.run(open_snapshot(where), "service", "2026-Q3", "HR", NOW)
    lines = next(each["lines"] for each in found.outcome["payouts"] if each["person"] == "p_6")
    assert [(each["segment"], each["component"]) for each in lines] == [
        (0, "own"), (0, "company"), (0, "kick"), (1, "own"), (1, "company"),
    ]  # fmt: skip
    assert lines[2]["amount"] > 0
    assert verify.everything(where).problems == ()
