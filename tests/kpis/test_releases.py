"""Data that pay hangs on are released by somebody whose pay does not, and the receipt says who."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from data_contracts.problems import Problems
from kpis.incentives.conflict import Decided, Moves, conflict
from kpis.records.session import session
from kpis.workflows import interests, measure, releases
from kpis.workflows.admit import admit, receipts
from kpis.workspace import Workspace, open_snapshot, open_workspace
from tests.kpis.approved import ACCESS, activate, approved_company
from tests.kpis.small import NOW, SETTINGS, company
from tests.kpis.test_snapshot import delivery

LOADER, ANNA = "loader@example.org", "anna@example.org"
ROLES = ACCESS + f'steward = ["{LOADER}", "{ANNA}"]\n'


@pytest.fixture
def where(tmp_path: Path) -> Workspace:
    """The small company with its plan in force; Anna is paid by it, and a steward."""
    return _with_anna(approved_company(tmp_path, f'steward = ["{LOADER}", "{ANNA}"]\n'))


def _with_anna(where: Workspace) -> Workspace:
    with sqlite3.connect(where.root / "records.db") as records:
        records.execute(f"UPDATE identity SET email = '{ANNA}' WHERE surrogate = 'p_0'")
    return where


def test_a_pipeline_that_nobody_pays_releases_data_and_its_receipt_says_so(where: Workspace, tmp_path: Path) -> None:
    receipt = admit(where, "service_cases", delivery(tmp_path, 0), NOW, by=LOADER)
    assert (receipt.state, receipt.by) == ("admitted", LOADER)
    assert receipts(where)[-1].by == LOADER


def test_somebody_paid_on_a_dataset_does_not_release_it_and_somebody_else_may(where: Workspace, tmp_path: Path) -> None:
    with pytest.raises(Problems, match="You are paid by it: fcr is measured on service_cases"):
        admit(where, "service_cases", delivery(tmp_path, 0), NOW, by=ANNA)
    (kept,) = receipts(where)
    assert (kept.state, kept.by, kept.received) == ("not released", "p_0", 0)
    assert "plan service" not in kept.to_json()
    snapshot = open_snapshot(where)
    assert measure.validated(snapshot, where.kpi("fcr"), where.settings.calendar.parse("2026-Q4"))
    assert admit(where, "service_cases", delivery(tmp_path, 0), NOW, by=LOADER).state == "admitted"


@pytest.mark.parametrize("dataset", ["pay_basis", "employment", "absences", "assignments"])
def test_contracts_decide_pay_as_figures_do(where: Workspace, dataset: str, tmp_path: Path) -> None:
    with pytest.raises(Problems, match=f"plan service reads {dataset}"):
        releases.release(where, dataset, tmp_path / "file.csv", ANNA, NOW)
    assert releases.release(where, dataset, tmp_path / "file.csv", LOADER, NOW) == LOADER


def test_once_a_plan_is_in_force_somebody_is_named_for_what_pay_hangs_on(tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    company(tmp_path, SETTINGS + ROLES)
    where = open_workspace(tmp_path, NOW)
    assert releases.release(where, "service_cases", file, "", NOW) == ""
    activate(where)
    with pytest.raises(Problems, match="--by"):
        releases.release(where, "service_cases", file, "", NOW)
    assert releases.release(where, "orders", file, "", NOW) == ""


def test_a_role_is_needed_to_release(where: Workspace, tmp_path: Path) -> None:
    with pytest.raises(Problems, match="one of the roles hr, steward"):
        releases.release(where, "orders", tmp_path / "file.csv", "E1", NOW)
    assert receipts(where) == []


def test_who_released_data_is_a_link_in_the_chain_of_who_decides_whose_pay(where: Workspace, tmp_path: Path) -> None:
    admit(where, "orders", _orders(tmp_path), NOW, by=ANNA)
    with session(where.engine) as records:
        known = interests.gathered(open_snapshot(where), records, ["plan:service"], NOW)
    assert Decided("p_0", "released", "dataset:orders") in known.decided
    paid = {**known.moves, "dataset:orders": (Moves("person:p_3", "you are paid on orders"),)}
    paid["plan:north"] = (Moves("person:p_0", "plan north pays you"),)
    found = conflict(replace(known, moves=paid), "p_3", "approve", ["plan:north"])
    assert (
        str(found) == "You approve plan:north, which pays Person 0. Person 0 released dataset:orders, which pays you."
    )


def _orders(folder: Path) -> Path:
    file = folder / "orders.csv"
    file.write_text(
        "order_id,customer,person,department,ordered_at,promised_at,delivered_at,status,channel,amount,currency\n"
        "o1,c1,,,2026-11-01T10:00:00Z,,,new,,1,EUR\n"
    )
    return file
