"""A month's accrual by cost centre, and a journal that balances and reverses the last one, to the cent."""

import shutil
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.problems import Problem, Problems
from kpis.payroll import journal, mapping
from kpis.payroll.journal import Accrued
from kpis.payroll.mapping import Accounts
from kpis.workflows import accrual, disputes, handoff, pay, payruns
from kpis.workspace import Snapshot, open_snapshot, open_workspace
from tests.kpis.approved import AUDIT, HR, approve, approved_company, checked, token
from tests.kpis.paid import MAPPING, paid_company
from tests.kpis.small import NOW, company, in_force


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose third quarter is paid; no test changes it."""
    return paid_company(tmp_path_factory.mktemp("payroll"))


@pytest.fixture
def snapshot(kept: Path, tmp_path: Path) -> Snapshot:
    return open_snapshot(open_workspace(Path(shutil.copytree(kept, tmp_path / "w")), NOW))


def refused(act: Callable[[], object]) -> list[Problem]:
    with pytest.raises(Problems) as found:
        act()
    return list(found.value.problems)


def test_an_accrual_is_the_part_of_the_period_gone_by_cost_centre(snapshot: Snapshot) -> None:
    found = accrual.of_month(snapshot, "2026-11")
    whole = sum(
        sum(each.lines) for each in accrual.amounts(pay.prepare(snapshot, "service", "2026-Q4", to_date=True).run)
    )
    assert whole > 0
    assert found.owed == journal.round_half_away(Fraction(whole * 61, 92))
    assert {each.cost_centre for each in found.accrued} == {"100", "900"}
    assert (found.ranged, {each.low for each in found.accrued}) == (False, {None})
    ranged = accrual.of_month(snapshot, "2026-11", chance=lambda _run, _paid: (whole // 2, whole * 2))
    assert all(each.low < each.amount < each.high for each in ranged.accrued if each.low and each.high)


def test_the_journal_of_the_next_month_reverses_what_was_booked(snapshot: Snapshot) -> None:
    october = accrual.of_month(snapshot, "2026-10")
    accrual.booked(snapshot.workspace, october, "finance", NOW)
    accrual.booked(snapshot.workspace, october, "finance", NOW)
    november = accrual.of_month(snapshot, "2026-11")
    assert (november.reversed_month, november.before) == ("2026-10", october.accrued)
    assert november.change == november.owed - october.owed
    entries = accrual.entries(snapshot.workspace, november)
    assert journal.balance(entries) == 0
    liability = sum(each.credit - each.debit for each in entries if each.account == "3790")
    assert liability == november.change
    text = journal.to_csv(entries, "EUR", 2).decode()
    assert text.splitlines()[0] == "date,account,cost_centre,debit,credit,currency,text"
    assert text.count("Reversal of accrual") == len(october.accrued) * 2


def test_a_period_that_ended_unpaid_is_owed_whole(tmp_path: Path) -> None:
    where = company(tmp_path)
    (where.root / mapping.FILE).write_text(MAPPING)
    assert accrual.of_month(open_snapshot(where), "2026-10").accrued == ()  # a draft owes nothing
    in_force(where, "service")
    snapshot = open_snapshot(where)
    found = accrual.of_month(snapshot, "2026-10")
    assert {each.period for each in found.accrued} == {"2026-Q3"}
    assert found.owed == 569_642
    assert {each.where for each in found.left_out} == {f"p_{at}" for at in range(6)}


def test_an_accrual_needs_a_month_and_accounts(snapshot: Snapshot) -> None:
    assert refused(lambda: accrual.of_month(snapshot, "2026-Q4"))[0].where == "--month"
    found = accrual.of_month(snapshot, "2026-11")
    (snapshot.workspace.root / mapping.FILE).write_text('[cost_centres]\nall = "1"\n')
    assert refused(lambda: accrual.entries(snapshot.workspace, found))[0].expected == "the accounts of an accrual"


amounts = st.dictionaries(st.sampled_from(["1", "2", "3", "4"]), st.integers(0, 10**9), min_size=1)


@given(amounts, amounts, st.fractions(0, 1))
def test_any_journal_balances_and_splits_to_the_cent(
    before: dict[str, int], now: dict[str, int], part: Fraction
) -> None:
    held = [journal.spread(Accrued("p", "2026-Q4", "", sum(each.values())), part, each) for each in (before, now)]
    for lines, given_amounts in zip(held, (before, now), strict=True):
        assert sum(each.amount for each in lines) == journal.round_half_away(sum(given_amounts.values()) * part)
    entries = journal.entries(*held, Accounts(debit="6", credit="3"), date(2026, 11, 30), "2026-11")
    assert journal.balance(entries) == 0
    assert all(each.debit >= 0 and each.credit >= 0 and bool(each.debit) != bool(each.credit) for each in entries)


def test_a_journal_text_is_never_a_formula() -> None:
    entry = journal.Entry(date(2026, 11, 30), "=1", "@x", 5, 0, "+y")
    other = journal.Entry(date(2026, 11, 30), "3", "1", 0, 5, "z")
    assert b"'=1,'@x,0.05,,EUR,'+y" in journal.to_csv([entry, other], "EUR", 2)


# What a run has not paid yet


@pytest.fixture
def contested(tmp_path: Path) -> tuple[Snapshot, str]:
    """The third quarter approved and closed but for one contested line."""
    where = approved_company(tmp_path)
    (tmp_path / mapping.FILE).write_text(MAPPING)
    run, own = checked(where), open_snapshot(where)
    disputes.open_(own, run.id, "E1", "own", "Two cases are missing.", "E1", NOW, token())
    approve(where, run.id)
    return own, run.id


def owed(own: Snapshot) -> dict[str, int]:
    """What is owed for the third quarter, by cost centre, at the end of October."""
    found = accrual.of_month(own, "2026-10").accrued
    return {each.cost_centre: each.amount for each in found if each.period == "2026-Q3"}


def test_a_run_that_is_not_closed_is_owed_and_what_a_closing_held_stays_owed(contested: tuple[Snapshot, str]) -> None:
    own, run = contested
    assert sum(owed(own).values()) == 569_642
    payruns.close(own, run, HR, NOW, token())
    waiting = payruns.looked(own.workspace, run).waiting
    assert owed(own) == {"100": sum(waiting.values())}
    [dispute] = disputes.every(own.workspace, NOW.date())
    disputes.decide(own, dispute.dispute.entry, True, "They were.", AUDIT, NOW, token(), 1250)
    assert owed(own) == {"100": sum(waiting.values()) + 1250}
    payruns.close(own, run, HR, NOW, token())
    assert owed(own) == {}


def test_an_accrual_and_the_files_for_payroll_make_up_the_run(contested: tuple[Snapshot, str]) -> None:
    own, run = contested
    payruns.close(own, run, HR, NOW, token())
    handed = handoff.handed_over(own, run, "generic", "HR", NOW)
    assert handed.total + sum(owed(own).values()) == 569_642
