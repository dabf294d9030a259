"""What was paid before is set against what is due: year to date and draws, from the runs that were closed."""

from pathlib import Path

import pytest

from kpis.workflows import balances, pay, payruns
from kpis.workflows.plans import import_plan, one
from kpis.workspace import Workspace, open_snapshot, open_workspace
from tests.kpis.approved import ACCESS, HR, activate, approve, checked, closed, token
from tests.kpis.small import NOW, PLAN, SETTINGS, company

TRUED = PLAN.replace("version: 1", "version: 2\nyear_to_date: {year_end: carry}")
DRAWN = PLAN.replace("version: 1", "version: 2\ndraw: {amount: 10000, recoverable: true}")


def made(folder: Path, plan: str) -> Workspace:
    company(folder, SETTINGS + ACCESS)
    where = open_workspace(folder, NOW)
    import_plan(open_snapshot(where), plan, NOW)
    activate(where)
    return where


def balance(where: Workspace, period: str) -> dict[str, balances.Balance]:
    return balances.before(where, one(where, "service"), where.settings.calendar.parse(period))


def paid(where: Workspace, run: str) -> dict[str, int]:
    return {
        each["person"]: each["payout"]
        for each in pay.calculate(open_snapshot(where), "service", run).outcome["payouts"]
    }


def test_what_a_closed_quarter_paid_is_owed_less_in_the_next_and_what_was_only_checked_is_not(tmp_path: Path) -> None:
    where = made(tmp_path, TRUED)
    before = paid(where, "2026-Q3")
    run = checked(where)
    assert balance(where, "2026-Q4") == {}
    approve(where, run.id)
    payruns.close(open_snapshot(where), run.id, HR, NOW, token())
    assert {person: each.paid_before for person, each in balance(where, "2026-Q4").items()} == before
    assert paid(where, "2026-Q3") == before  # a quarter is not set against itself


def test_a_new_year_starts_from_nothing_paid(tmp_path: Path) -> None:
    where = made(tmp_path, TRUED)
    closed(where)
    assert {(each.paid_before, each.carried) for each in balance(where, "2027-Q1").values()} == {(0, 0)}


def test_a_recoverable_draw_is_still_to_be_made_good(tmp_path: Path) -> None:
    where = made(tmp_path, DRAWN)
    whole = paid(where, "2026-Q3")
    assert set(whole.values()) == {1_000_000}  # the draw is more than anybody earned
    closed(where)
    found = balance(where, "2026-Q4")
    assert all(0 < each.draws < 1_000_000 for each in found.values())
    assert all(each.paid_before == 1_000_000 - each.draws for each in found.values())


@pytest.mark.parametrize("period", ["2026-Q3", "2026-Q4"])
def test_a_plan_that_neither_trues_up_nor_draws_has_no_balances(tmp_path: Path, period: str) -> None:
    where = made(tmp_path, PLAN)
    closed(where)
    assert balance(where, period) == {}
