"""What leaves for payroll and finance, to the cent: the file, what was paid of it, and a journal that balances."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.problems import Problem, Problems
from kpis.payroll import journal, layouts, mapping
from kpis.payroll.journal import Accrued
from kpis.payroll.mapping import Accounts
from kpis.payroll.reconcile import Payment, counts, reconcile
from kpis.records.session import session
from kpis.records.tables import Identity
from kpis.workflows import accrual, handoff, pay, readback
from kpis.workflows.build import build
from kpis.workspace import Snapshot, open_snapshot, open_workspace
from tests.kpis.small import NOW, company, fill

MAPPING = """
[wage_codes]
service = "4010"
"service/own" = "4020"
[cost_centres]
all = "900"
north = "100"
[accounts]
debit = "6020"
credit = "3790"
[layouts.datev]
consultant = "1234567"
client = "123"
"""
RUN = "service.2026-Q3.1"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose third quarter is paid and whose fourth has figures; no test changes it."""
    where = company(tmp_path_factory.mktemp("payroll"))
    pay.run(open_snapshot(where), "service", "2026-Q3", "HR", NOW)
    cases = [(place, at, at % 4 < 3) for place in ("north", "south") for at in range(60)]
    rows = [
        {
            "case_id": f"q4{place}{at}", "opened_at": datetime(2026, 10, 5, 9, tzinfo=UTC) + timedelta(days=at % 40),
            "first_contact_resolved": good, "contacts": 1, "department": place, "channel": "phone",
        }
        for place, at, good in cases
    ]  # fmt: skip
    fill(where, "service_cases", rows, "d2")
    build(where)
    (where.root / mapping.FILE).write_text(MAPPING)
    own = open_snapshot(where)
    lines = "".join(
        f"  - {{id: q4_{name}, kpi: fcr, scope: '{scope}', period: 2026-Q4, threshold: 60, target: 70, stretch: 80}}\n"
        for name, scope in (("north", "department:north"), ("south", "department:south"))
    )
    from kpis.workflows.aim import import_targets

    import_targets(own, "targets:\n" + lines, NOW)
    return where.root


@pytest.fixture
def snapshot(kept: Path, tmp_path: Path) -> Snapshot:
    return open_snapshot(open_workspace(Path(shutil.copytree(kept, tmp_path / "w")), NOW))


def exported(snapshot: Snapshot, layout: str = "generic") -> handoff.Handed:
    return handoff.handed_over(snapshot, RUN, layout, "HR", NOW)


def refused(act: Callable[[], object]) -> list[Problem]:
    with pytest.raises(Problems) as found:
        act()
    return list(found.value.problems)


def payments(snapshot: Snapshot, tmp_path: Path, text: str, name: str = "paid.csv") -> readback.ReadBack:
    (tmp_path / name).write_text(text, "utf-8")
    return readback.read_back(snapshot, tmp_path / name, RUN, "generic", "HR", NOW)


# Hand-off


def test_a_payroll_file_sums_to_the_run_and_is_the_same_every_time(snapshot: Snapshot) -> None:
    first, again = exported(snapshot), exported(snapshot)
    run = pay.one(snapshot.workspace, RUN)
    assert (first.content, first.total) == (again.content, run.total)
    rows = [line.split(",") for line in first.content.decode().splitlines()[1:]]
    assert rows[0] == ["line", "E0", "4010", "100", "403.29", "EUR", "2026-Q3", RUN]
    assert {row[3] for row in rows if row[1] in ("E3", "E4", "E5")} == {"900"}
    cents = sum(round(float(row[4]) * 100) for row in rows[:-1])
    assert rows[-1][:5] == ["control", str(first.lines), "", "", f"{run.total / 100:.2f}"]
    assert cents == run.total
    assert len(handoff.history(snapshot.workspace, RUN).files) == 1


def test_datev_gets_its_header_its_commas_and_its_bytes(snapshot: Snapshot) -> None:
    content = exported(snapshot, "datev").content
    lines = content.decode("cp1252").split("\r\n")
    assert lines[:2] == ["[Allgemein]", "Ziel=LODAS"]
    assert "BeraterNr=1234567" in lines
    assert b"S\xe4tze, Kontrollsumme 5696,42" in content
    assert lines[lines.index("[Bewegungsdaten]") + 1] == "10;01.07.2026;E0;4010;403,29;100"


def test_the_dutch_layout_speaks_dutch(snapshot: Snapshot) -> None:
    lines = exported(snapshot, "nl").content.decode("utf-8-sig").split("\r\n")
    assert lines[0].split(";")[:4] == ["Personeelsnummer", "Looncomponent", "Kostenplaats", "Bedrag"]
    assert lines[1] == "E0;4010;100;403,29;2026-Q3;01-07-2026;30-09-2026"
    assert lines[-2].startswith("Controletotaal;12;;5696,42")


def test_a_layout_of_ones_own_is_a_yaml_file_and_its_faults_are_told(snapshot: Snapshot, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        'name: own\ncolumns: [{head: No, value: "{employee_number}"}, {head: Pay, value: "{gross} {currency}"}]\n'
    )
    assert exported(snapshot, str(file)).content.decode().splitlines()[:2] == ["No,Pay", "E0,403.29 EUR"]
    file.write_text('name: own\ncolumns: [{head: No, value: "{employe_number}"}]\n')
    assert refused(lambda: exported(snapshot, str(file)))[0].next_step == "Did you mean 'employee_number'?"
    assert "Did you mean 'datev'?" in refused(lambda: exported(snapshot, "dadev"))[0].next_step


def test_everything_that_is_not_mapped_is_told_at_once(snapshot: Snapshot) -> None:
    (snapshot.workspace.root / mapping.FILE).write_text(
        '[wage_codes]\n"service/own" = "1"\n[cost_centres]\nnorht = "1"\n'
    )
    found = refused(lambda: exported(snapshot))
    assert [each.expected for each in found] == [
        "a wage code for service/company", "a cost centre for north", "a cost centre for south", "a department of this workspace",
    ]  # fmt: skip
    assert found[-1].next_step == "Did you mean 'north'?"
    (snapshot.workspace.root / mapping.FILE).write_text(MAPPING.replace('client = "123"\n', ""))
    assert [each.expected for each in refused(lambda: exported(snapshot, "datev"))] == ["the setting client"]
    (snapshot.workspace.root / mapping.FILE).unlink()
    assert refused(lambda: exported(snapshot))[0].where == mapping.FILE


def renamed(snapshot: Snapshot, key: str, number: str) -> None:
    with session(snapshot.workspace.engine) as records:
        found = records.get(Identity, key)
        assert found is not None
        found.external = number
        records.add(found)


def test_an_employee_number_that_a_spreadsheet_would_run_is_refused_not_changed(snapshot: Snapshot) -> None:
    renamed(snapshot, "p_1", "=cmd|1")
    found = refused(lambda: exported(snapshot))
    assert [(each.where, each.actual) for each in found] == [("employee number", "'=cmd|1'")]


def test_a_number_the_format_has_no_sign_for_is_named(snapshot: Snapshot) -> None:
    renamed(snapshot, "p_1", "Ω1")
    assert refused(lambda: exported(snapshot, "datev"))[0].actual == "'Ω1'"
    assert "Ω1" in exported(snapshot).content.decode()


def test_an_erased_person_is_named_by_key(snapshot: Snapshot) -> None:
    with session(snapshot.workspace.engine) as records:
        records.delete(records.get(Identity, "p_4"))
    assert [each.where for each in refused(lambda: exported(snapshot))] == ["person p_4"]


@given(st.integers(-(10**12), 10**12), st.integers(0, 4), st.sampled_from([".", ","]))
def test_an_amount_is_read_as_it_was_written(minor: int, exponent: int, mark: str) -> None:
    assert layouts.minor(layouts.amount(minor, exponent, mark), exponent, mark) == minor


@pytest.mark.parametrize("text", ["1.005", "1,000.00", "12,5", "", "1e3", "€5", "--1", "٣"])
def test_an_amount_in_other_marks_or_finer_than_a_cent_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at most 2 decimals"):
        layouts.minor(text, 2, ".")


# Read back


@pytest.mark.parametrize("layout", ["generic", "datev", "nl"])
def test_what_was_handed_over_and_paid_reads_back_as_paid(snapshot: Snapshot, tmp_path: Path, layout: str) -> None:
    handed = exported(snapshot, layout)
    file = tmp_path / handed.name
    file.write_bytes(handed.content)
    found = readback.read_back(snapshot, file, RUN, layout, "HR", NOW)
    assert (counts(found.settled)["paid"], found.paid) == (6, found.expected)
    assert {each.state for each in found.settled} == {"paid"}


def test_a_cent_is_a_difference_and_everyone_is_accounted_for(snapshot: Snapshot, tmp_path: Path) -> None:
    text = "employee number,paid\nE0,1310.68\nE1,1310.67\nE3,705.75\nE4,705.76\nE5,352.88\nX9,10.00\n"
    found = payments(snapshot, tmp_path, text)
    assert counts(found.settled) == {"paid": 3, "differs": 2, "missing": 1, "unknown": 1}
    assert sum(each.difference for each in found.settled) == found.paid - found.expected
    assert [(each.state, each.person, each.row) for each in found.settled if each.state in ("missing", "unknown")] == [
        ("missing", "p_2", None), ("unknown", None, 7),
    ]  # fmt: skip
    kept = handoff.history(snapshot.workspace, RUN)
    assert len(kept.newest) == 7
    assert payments(snapshot, tmp_path, text).again
    assert len(handoff.history(snapshot.workspace, RUN).payments) == 1


def test_every_row_that_cannot_be_read_is_named(snapshot: Snapshot, tmp_path: Path) -> None:
    found = refused(lambda: payments(snapshot, tmp_path, "employee number,paid\nE0,1310,68\nE1,x\nE2\nE3,1.005\n"))
    assert [each.where for each in found] == [f"paid.csv, row {at}" for at in (3, 4, 5)]
    found = refused(lambda: payments(snapshot, tmp_path, "who,paid\nE0,1\n"))
    assert "employee number" in found[0].expected


def test_a_workbook_reads_back_too(snapshot: Snapshot, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["Employee number", "Paid"], ["E0", 1310.68], ["E1", 1310.6]):
        book.active.append(row)
    book.save(tmp_path / "paid.xlsx")
    found = readback.read_back(snapshot, tmp_path / "paid.xlsx", RUN, "generic", "HR", NOW)
    assert counts(found.settled) == {"paid": 1, "differs": 1, "missing": 4, "unknown": 0}


people = st.dictionaries(st.sampled_from([f"p{at}" for at in range(8)]), st.integers(0, 10**9))
paid = st.lists(st.tuples(st.none() | st.sampled_from([f"p{at}" for at in range(9)]), st.integers(-(10**6), 10**9)))


@given(people, paid)
def test_a_reconciliation_loses_no_cent_and_nobody(
    expected: dict[str, int], given_rows: list[tuple[str | None, int]]
) -> None:
    found = reconcile(expected, [Payment(at, who, amount) for at, (who, amount) in enumerate(given_rows, 2)])
    assert sum(each.paid for each in found) == sum(amount for _, amount in given_rows)
    assert sum(each.expected for each in found) == sum(expected.values())
    assert {each.person for each in found} >= set(expected)
    assert all((each.state == "paid") == (each.person in expected and not each.difference) for each in found)


# Accrual and journal


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
