"""What may be opened as a workbook, and what an export is: real numbers, real days, text that is never a formula."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook as Written
from xlsxwriter import Workbook

from data_contracts.problems import Problems
from kpis.sheets.cells import Cell, Head, address, day, exact, text, written
from kpis.workflows import workbooks
from kpis.workflows.workbook_writing import Table, fits, write

MIDNIGHT = datetime.fromisoformat("2026-11-30")  # as a workbook gives a day


def plain() -> bytes:
    return write([("What", "A test")], [Table("T", (Head("a", "a"),), [["x"]])], {})


def changed(content: bytes, extra: dict[str, bytes], but: str = "") -> bytes:
    """The archive with parts put in or replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in extra and name != but:
                new.writestr(name, old.read(name))
        for name, part in extra.items():
            new.writestr(name, part)
    return out.getvalue()


def with_flag(content: bytes) -> bytes:
    at = content.index(b"PK\x01\x02")
    return content[: at + 8] + b"\x01\x00" + content[at + 10 :]


BAD = {
    "macros by name": ("t.xlsm", plain, "macros"),
    "another extension": ("t.csv", plain, "xlsx"),
    "an old or encrypted Office file": ("t.xlsx", lambda: b"\xd0\xcf\x11\xe0" + b"0" * 99, "password"),
    "text behind the name": ("t.xlsx", lambda: b"a,b\n1,2\n", "other content"),
    "half a file": ("t.xlsx", lambda: plain()[:200], "whole"),
    "another archive": ("t.xlsx", lambda: changed(plain(), {}, "xl/workbook.xml"), "another archive"),
    "macros inside": ("t.xlsx", lambda: changed(plain(), {"xl/vbaProject.bin": b"x"}), "macros"),
    "an archive inside": ("t.xlsx", lambda: changed(plain(), {"xl/embeddings/a.xlsx": plain()}), "files inside"),
    "links to other files": ("t.xlsx", lambda: changed(plain(), {"xl/externalLinks/externalLink1.xml": b"<a/>"}), "links"),
    "entities": ("t.xlsx", lambda: changed(plain(), {"xl/styles.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "declarations"),
    "a part under a password": ("t.xlsx", lambda: with_flag(plain()), "password"),
    "broken XML": ("t.xlsx", lambda: changed(plain(), {"xl/worksheets/sheet2.xml": b"<worksheet><sheetData><row>"}), "can be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_plain_workbook_is_refused_with_its_reason(name: str) -> None:
    file, content, reason = BAD[name]
    with pytest.raises(Problems, match=reason):
        workbooks.read((file, content()))


def test_a_bomb_is_refused_at_the_cap_before_it_is_unpacked() -> None:
    bomb = changed(plain(), {"xl/media/zeros.bin": b"\0" * (workbooks.MAX_UNPACKED + 1)})
    assert len(bomb) < 1_000_000
    with pytest.raises(Problems, match="unpacked"):
        workbooks.read(("t.xlsx", bomb))


def test_a_link_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "real.xlsx").write_bytes(plain())
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "real.xlsx")
    for name in ("link.xlsx", "none.xlsx"):
        with pytest.raises(Problems, match="a file"):
            workbooks.read(tmp_path / name)


def book(*cells: tuple[str, object]) -> bytes:
    made = Written()
    for place, value in cells:
        made.active[place] = value
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_formulas_and_errors_are_refused_cell_by_cell() -> None:
    found = workbooks.read(("t.xlsx", book(("A1", "x"), ("B2", "=1+1"), ("C3", "#N/A"))))
    assert [(each.where, each.actual) for each in found.refused] == [
        ("Sheet!B2", "a formula"),
        ("Sheet!C3", "the error #N/A"),
    ]


def test_in_a_calculation_to_compare_formulas_count_as_what_they_showed() -> None:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as made:
        made.add_worksheet("S").write_formula(0, 0, "=1+1", None, 2)
    assert workbooks.read(("t.xlsx", out.getvalue()), "cached").sheets["S"].rows == ((2,),)
    never = workbooks.read(("t.xlsx", book(("B2", "=1+1"))), "cached")
    assert [each.where for each in never.refused] == ["Sheet!B2"]


def test_an_export_holds_numbers_and_days_and_text_that_stays_text() -> None:
    heads = tuple(Head(name, name) for name in ("n", "x", "day", "f", "id"))
    evil = ["=HYPERLINK(1)", "+1", "@a", "-2", "https://example.com"]
    rows = [[7, 74.5, date(2026, 11, 30), value, "00123"] for value in evil]
    sheet = openpyxl.load_workbook(io.BytesIO(write([("What", "=1+1")], [Table("T", heads, rows)], {"kpis": ["fcr"]})))[
        "T"
    ]
    assert [(cell.data_type, cell.value) for cell in sheet[2]][:2] == [("n", 7), ("n", 74.5)]
    assert (sheet["C2"].is_date, sheet["C2"].value.date()) == (True, date(2026, 11, 30))
    assert [sheet.cell(at, 4).value for at in range(2, 7)] == evil
    assert {sheet.cell(at, 4).data_type for at in range(2, 7)} == {"s"}
    assert [sheet.cell(at, 4).quotePrefix for at in range(2, 6)] == [True] * 4
    assert sheet["D6"].hyperlink is None
    assert (sheet["E2"].value, sheet["E2"].data_type, sheet.freeze_panes) == ("00123", "s", "A2")


# Cells


def test_a_number_is_exact_through_its_shortest_text() -> None:
    for value in (74.5, 0.1, 1234567.891, 3, "12.50", -0.05):
        assert str(exact(Cell("T!A1", value))) == str(value)
    assert str(exact(Cell("T!A1", 70.0))) == "70"


@pytest.mark.parametrize("value", [0.1 + 0.2, True, "7,5", "1 000", date(2026, 1, 1), "=1", 1e-12, "1e3", "٣", None])
def test_what_is_no_exact_number_is_refused_at_its_cell(value: object) -> None:
    with pytest.raises(Problems, match="T!D7"):
        exact(Cell("T!D7", value))  # type: ignore[arg-type]


def test_more_decimals_than_the_field_knows_are_refused() -> None:
    with pytest.raises(Problems, match="at most 2 decimals"):
        exact(Cell("T!D7", 1.005), 2)


def test_a_bare_number_is_no_day_and_a_time_of_day_is_none() -> None:
    assert day(Cell("A", MIDNIGHT)) == day(Cell("A", "2026-11-30")) == date(2026, 11, 30)
    for value in (46_000, "30.11.2026", MIDNIGHT.replace(hour=9)):
        with pytest.raises(Problems, match="T!A2"):
            day(Cell("T!A2", value))


def test_text_is_what_people_read() -> None:
    assert [text(Cell("A", value)) for value in (None, True, 2026, 5.0, 2.5, " a ")] == [
        "",
        "true",
        "2026",
        "5",
        "2.5",
        "a",
    ]


def test_exact_text_becomes_a_number_only_where_no_digit_is_lost() -> None:
    assert [written(value) for value in ("60", "74.5", "10/3", "0.123456789012345678", "flat")] == [
        60, 74.5, "10/3", "0.123456789012345678", "flat",
    ]  # fmt: skip


def test_cells_are_named_as_a_spreadsheet_names_them() -> None:
    assert [address("T", 7, column) for column in (1, 26, 27, 703)] == ["T!A7", "T!Z7", "T!AA7", "T!AAA7"]


def test_text_a_cell_would_not_give_back_is_named() -> None:
    assert [each.where for each in fits(iter([["a", "b\nc"], [" d", 1]]), "People")] == ["People!B2", "People!A3"]
