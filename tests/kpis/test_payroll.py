"""What leaves for payroll, and what comes back, to the cent: the file, and what was paid of it."""

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.problems import Problem, Problems
from kpis.payroll import layouts, mapping
from kpis.payroll.reconcile import Payment, counts, reconcile
from kpis.records.session import session
from kpis.records.tables import Identity
from kpis.workflows import handoff, handovers, pay, readback
from kpis.workspace import Snapshot, open_snapshot, open_workspace
from tests.kpis.approved import approved_company, checked
from tests.kpis.paid import MAPPING, RUN, paid_company
from tests.kpis.small import NOW


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose third quarter is paid; no test changes it."""
    return paid_company(tmp_path_factory.mktemp("payroll"))


@pytest.fixture
def snapshot(kept: Path, tmp_path: Path) -> Snapshot:
    return open_snapshot(open_workspace(Path(shutil.copytree(kept, tmp_path / "w")), NOW))


def exported(snapshot: Snapshot, layout: str = "generic", again: bool = False) -> handoff.Handed:
    return handoff.handed_over(snapshot, RUN, layout, "HR", NOW, again=again)


def refused(act: Callable[[], object]) -> list[Problem]:
    with pytest.raises(Problems) as found:
        act()
    return list(found.value.problems)


def payments(snapshot: Snapshot, tmp_path: Path, text: str, name: str = "paid.csv") -> readback.ReadBack:
    (tmp_path / name).write_text(text, "utf-8")
    return readback.read_back(snapshot, tmp_path / name, RUN, "generic", "HR", NOW)


# Hand-off


def test_a_payroll_file_sums_to_the_run_and_is_the_same_every_time(snapshot: Snapshot) -> None:
    first, again = exported(snapshot), exported(snapshot, again=True)
    run = pay.one(snapshot.workspace, RUN)
    assert (first.content, first.total) == (again.content, run.total)
    rows = [line.split(",") for line in first.content.decode().splitlines()[1:]]
    assert rows[0] == ["line", "E0", "4010", "100", "403.29", "EUR", "2026-Q3", RUN]
    assert {row[3] for row in rows if row[1] in ("E3", "E4", "E5")} == {"900"}
    cents = sum(round(float(row[4]) * 100) for row in rows[:-1])
    assert rows[-1][:5] == ["control", str(first.row.lines), "", "", f"{run.total / 100:.2f}"]
    assert cents == run.total
    assert (first.name, again.name) == (f"{RUN}.generic.csv", f"{RUN}.generic.repeat.csv")
    assert [each.repeat for each in handovers.history(snapshot.workspace, RUN).files] == [0, 1]


def test_of_two_hand_overs_at_once_one_wins_and_the_other_is_told(snapshot: Snapshot) -> None:
    def tried(_: int) -> Sequence[Problem]:
        try:
            exported(snapshot)
        except Problems as told:
            return told.problems
        return ()

    with ThreadPoolExecutor(2) as pool:
        (first, second) = sorted(pool.map(tried, range(2)), key=len)
    assert first == ()
    assert "payroll has it" in str(second[0])
    assert [each.repeat for each in handovers.history(snapshot.workspace, RUN).files] == [0]


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


@given(st.integers(1 - 10**12, 10**12 - 1), st.integers(0, 4), st.sampled_from([".", ","]))
def test_an_amount_is_read_as_it_was_written(minor: int, exponent: int, mark: str) -> None:
    assert layouts.minor(layouts.amount(minor, exponent, mark), exponent, mark) == minor


@pytest.mark.parametrize("text", ["1.005", "1,000.00", "12,5", "", "1e3", "€5", "--1", "٣", "1000000000000"])
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
    kept = handovers.history(snapshot.workspace, RUN)
    assert len(kept.newest) == 7
    assert payments(snapshot, tmp_path, text).again
    assert len(handovers.history(snapshot.workspace, RUN).payments) == 1


def test_every_row_that_cannot_be_read_is_named(snapshot: Snapshot, tmp_path: Path) -> None:
    found = refused(lambda: payments(snapshot, tmp_path, "employee number,paid\nE0,1310,68\nE1,x\nE2\nE3,1.005\n"))
    assert [each.where for each in found] == [f"paid.csv, row {at}" for at in (2, 3, 4, 5)]
    found = refused(lambda: payments(snapshot, tmp_path, "who,paid\nE0,1\n"))
    assert "employee number" in found[0].expected


def test_a_row_that_is_no_line_of_a_layout_without_titles_is_named_and_never_left_out(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    content = exported(snapshot, "datev").content
    rows = ["10;01.07.2026;E9;4010", "11;01.07.2026;E9;4010;7,00;100", "10;01.07.2026;E9;4010;7,00;100;x"]
    file = tmp_path / "paid.txt"
    file.write_bytes(content + "".join(f"{row}\r\n" for row in rows).encode())
    first = len(content.splitlines()) + 1
    found = refused(lambda: readback.read_back(snapshot, file, RUN, "datev", "HR", NOW))
    assert [(each.where, each.actual) for each in found] == [
        (f"paid.txt, row {at}", row) for at, row in enumerate(rows, start=first)
    ]


@pytest.mark.parametrize("amount", [1e300, 1e29, 10**12, "9" * 29])
def test_an_amount_past_every_payroll_is_refused_at_its_cell(
    snapshot: Snapshot, tmp_path: Path, amount: float | str
) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["Employee number", "Paid"], ["E0", amount]):
        book.active.append(row)
    book.save(tmp_path / "paid.xlsx")
    found = refused(lambda: readback.read_back(snapshot, tmp_path / "paid.xlsx", RUN, "generic", "HR", NOW))
    assert [each.where for each in found] == ["Sheet!B2"]


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


def test_a_run_that_nobody_has_closed_is_not_handed_over(tmp_path: Path) -> None:
    where = approved_company(tmp_path)
    (tmp_path / mapping.FILE).write_text(MAPPING)
    run = checked(where)
    [problem] = refused(lambda: handoff.handed_over(open_snapshot(where), run.id, "generic", "HR", NOW))
    assert (problem.expected, problem.actual) == ("a run that is approved and closed", "one that is not")
