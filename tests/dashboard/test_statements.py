"""Whole statements: for the person, for HR, as PDF and as data; and what somebody would try who wants another's."""

import io
import json
import shutil
import zipfile
from pathlib import Path

import pypdf
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import data, slip_files
from dashboard.access import Viewer
from data_contracts.problems import Problems
from kpis.records.session import session
from kpis.records.tables import Identity
from kpis.workflows.slips import Book
from kpis.workspace import Workspace, open_snapshot, open_workspace
from tests.dashboard.line import call, done
from tests.dashboard.pages import opened, sent
from tests.kpis.small import NOW, demo_company

RUN = "service.2026-Q3.1"
FORMULA = '=HYPERLINK("http://evil")'
ATTACK = '#read("/etc/passwd") *bold* <b>'
HR = Viewer(None, "hr", frozenset({"hr"}))
ANA = Viewer("p_0", "Person 0", frozenset({"employee"}))
HEAD = Viewer("p_1", "Person 1", frozenset({"employee", "head", "leader", "steward"}), frozenset({"all", "north"}))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose third quarter is paid; two people have names that attack."""
    where = demo_company(tmp_path_factory.mktemp("slips"))
    with session(where.engine) as records:
        for key, name in (("p_1", ATTACK), ("p_2", FORMULA)):
            found = records.get(Identity, key)
            assert found
            found.name = name
            records.add(found)
    return where.root


@pytest.fixture(autouse=True)
def where(kept: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(kept))
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", "")
    return open_workspace(kept, NOW)


def shown(at: AppTest) -> str:
    """Everything sent, with the cells of tables and without the marks that keep text from being Markdown."""
    cells = [str(cell) for each in at.table for row in each.value.values.tolist() for cell in row]
    return "\n".join([sent(at), *cells, *(each.value for each in at.markdown)]).replace("\\", "")


def words(made: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages).split())


# The page


def test_a_person_reads_what_one_more_point_pays_the_sources_and_how_to_contest() -> None:
    told = shown(opened("me", "E0", period="2026-Q3"))
    for text in (
        "What one more point would have paid", "70.0% → 71.0%", "+€20.17", "Nothing: the curve pays no more from here.",
        "71.1 to 86.7", "North, Quarter 3, 2026", "66312430c711dee3", "service_cases", "Calculated by HR on 22 November 2026.",
        "You may contest any line until 21 January 2027", "Entry of the ledger", "Statement as PDF",
    ):  # fmt: skip
        assert text in told


def test_hr_sees_everybody_and_one_person_by_address() -> None:
    everybody = shown(opened("statements", "hr", run=RUN))
    assert "6 people are paid by this run" in everybody
    assert "1,310.68" in everybody
    assert "How to contest" not in everybody
    one = shown(opened("statements", "hr", run=RUN, person="p_5"))
    assert "Person 5" in one
    assert "How to contest" in one
    assert "pays €352.88" in one


def test_a_person_the_run_did_not_pay_is_said_so() -> None:
    assert "This run pays no such person" in shown(opened("statements", "hr", run=RUN, person="p_77"))


# Attacks


@pytest.mark.parametrize("eyes", ["leader", "steward", "E1"])
def test_nobody_else_opens_the_page_by_its_address(eyes: str) -> None:
    told = shown(opened("statements", eyes, run=RUN, person="p_0"))
    assert "You may not see this page" in told
    assert "1,310.68" not in told


def test_ones_own_page_shows_no_other_person_whatever_the_address_asks_for() -> None:
    told = shown(opened("me", "E5", period="2026-Q3", person="p_0", run=RUN))
    assert "352.88" in told
    assert "1,310.68" not in told
    assert "Person 0" not in told


@pytest.mark.parametrize("viewer", [ANA, HEAD, Viewer(None, "leader", frozenset({"leader", "steward"}))])
def test_every_question_about_another_is_refused(viewer: Viewer) -> None:
    for ask in (data.statement_of, data.statement_pdf):
        with pytest.raises(Problems):
            ask(viewer, RUN, "p_5")
    for every in (data.payouts_of, data.statements_zip, data.statements_csv, data.statements_json):
        with pytest.raises(Problems):
            every(viewer, RUN)
    with pytest.raises(Problems):
        data.runs_paid(viewer)


def test_a_run_that_is_not_there_gives_nothing_away() -> None:
    with pytest.raises(Problems):
        data.own_statement(ANA, "service.2026-Q3.9")
    with pytest.raises(Problems, match="person"):
        data.own_statement(Viewer(None, "leader", frozenset({"leader"})), RUN)


def test_a_name_is_text_on_paper_and_no_formula_in_a_sheet(where: Workspace) -> None:
    book = Book(open_snapshot(where), RUN)
    told = words(slip_files.pdf(book.snapshot, book.of("p_1")))
    assert ATTACK in told
    assert "root:" not in told
    rows = slip_files.csv(book, ["p_2"]).decode("utf-8-sig")
    assert "\"'=HYPERLINK(" in rows
    assert ',"=HYPERLINK(' not in rows
    assert data.statements_csv(HR, RUN).count(b"\n") > rows.count("\n")


# Paper and data


def test_the_pdf_holds_amount_steps_point_decision_contest_and_reference_on_its_first_page(where: Workspace) -> None:
    made = data.own_statement_pdf(ANA, RUN)
    first = " ".join(pypdf.PdfReader(io.BytesIO(made)).pages[0].extract_text().split())
    for text in (
        "€1,310.68", "Service plan, version 1", "80 pays 150%, × weight 60%", "70.0% → 71.0%", "+€20.17", "Calculated by HR",
        "21 January 2027", "goldenthread verify", RUN,
    ):  # fmt: skip
        assert text in first
    assert made == data.statement_pdf(HR, RUN, "p_0")


def test_hr_takes_all_of_a_run_in_one_zip() -> None:
    with zipfile.ZipFile(io.BytesIO(data.statements_zip(HR, RUN))) as packed:
        names = packed.namelist()
        assert len(set(names)) == 6
        assert not [each for each in names if "/" in each or ".." in each]
        assert "Person 5" in words(packed.read(next(each for each in names if "E5" in each)))


def test_all_statements_are_written_one_at_a_time_and_progress_is_told(where: Workspace) -> None:
    out, told = io.BytesIO(), []
    book = Book(open_snapshot(where), RUN)
    slip_files.zipped_to(out, book, lambda who, done: told.append((who, done)))
    assert out.getvalue() == slip_files.zipped(book, sorted(book.people))
    assert [who for who, _done in told] == [f"{at} of 6" for at in range(1, 7)]


def test_the_command_line_gives_all_of_it(kept: Path, tmp_path: Path) -> None:
    at = ("--workspace", kept)
    told = done("statement", RUN, "E0", "--pdf", tmp_path / "a.pdf", "--csv", tmp_path / "a.csv", *at, "--json").json
    assert told["payout_minor"] == sum(each["amount_minor"] for each in told["steps"] if each["kind"] == "component")
    assert [(each["better"], each["more_minor"]) for each in told["one_more_point"]] == [("81", 0), ("71", 2017)]
    assert [(each["n"], round(each["low"], 3)) for each in told["figures"]] == [("100", 0.711), ("200", 0.633)]
    assert told["sources"][0]["deliveries"][0]["rows"] == 200
    assert told["chance_range"]["low"] <= told["payout_minor"] <= told["chance_range"]["high"]
    assert {len(told[each]) for each in ("plan_hash", "evidence")} == {64}
    assert told["ledger"]["number"] == 3
    assert told["decided"][0]["step"] == "calculated"
    assert told["contest_until"].startswith("2027-01-21")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert "First contact, company" in (tmp_path / "a.csv").read_text("utf-8-sig")
    assert "6 statements" in done("statements", RUN, "--to", tmp_path / "all.zip", *at).out
    done("statements", RUN, "--to", tmp_path / "all.json", *at)
    every = json.loads((tmp_path / "all.json").read_text("utf-8"))
    assert [each["payout_minor"] for each in every if each["person"] == told["person"]] == [131068]
    assert len(every) == 6
    assert call("statements", RUN, "--to", tmp_path / "all.doc", *at).code == 1


def test_a_statement_stands_when_the_data_behind_pages_is_gone(kept: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(kept, tmp_path / "w"))
    shutil.rmtree(root / "lake" / "facts")
    shutil.rmtree(root / "lake" / "service_cases")
    book = Book(open_snapshot(open_workspace(root, NOW)), RUN)
    full = book.of("p_0")
    assert full.work.payout == 131068
    assert [(each.figure and round(each.figure.low or 0, 3)) for each in full.figures] == [0.711, 0.633]
    assert full.chance is None


def test_a_page_hands_out_the_statements_of_many_people_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = data.statements_csv(HR, RUN)
    monkeypatch.setattr(slip_files, "PART", 4)
    parts = data.statement_parts(HR, RUN)
    assert [len(each) for each in parts] == [4, 2]
    packed = [zipfile.ZipFile(io.BytesIO(data.statements_zip(HR, RUN, at))).namelist() for at in (0, 1)]
    assert [len(each) for each in packed] == [4, 2]
    rows = [data.statements_csv(HR, RUN, at).split(b"\n", 1)[1] for at in (0, 1)]
    assert b"".join(rows) == whole.split(b"\n", 1)[1]


def test_everything_of_a_run_is_written_to_a_file_some_people_at_a_time(
    where: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Book(open_snapshot(where), RUN)
    people, out = sorted(book.people), io.BytesIO()
    monkeypatch.setattr(slip_files, "PART", 4)
    slip_files.csv_to(out, book)
    assert out.getvalue() == slip_files.csv(book, people)
    out = io.BytesIO()
    slip_files.json_to(out, book)
    assert json.loads(out.getvalue()) == json.loads(slip_files.json_of(book, people))
