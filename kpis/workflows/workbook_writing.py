"""The workbook an export becomes: real numbers and days, lists to choose from, and text that is never a formula."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from data_contracts.problems import Problem
from kpis.sheets.cells import Head, Value, address, sayable

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Table:
    """A sheet to write: its name, its columns and its rows; `note` is said in a comment on the first title."""

    name: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Value]]


def write(about: Sequence[tuple[str, str]], tables: Sequence[Table], lists: Mapping[str, Sequence[str]]) -> bytes:
    """A workbook: a sheet Read me, then each table with frozen titles, their meaning as comments, and lists to choose from.

    Numbers are numbers and days are days; text is never a formula, and stays none when somebody edits the cell.
    """
    from xlsxwriter import Workbook

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(out, options) as book:
        forms = {
            "strong": book.add_format({"bold": True, "bottom": 1}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "quoted": book.add_format({"quote_prefix": True}),
            "text": book.add_format({"num_format": "@"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        first = book.add_worksheet("Read me")
        first.set_column(0, 0, 24)
        first.set_column(1, 1, 100, forms["wrap"])
        for at, (name, said) in enumerate(about):
            first.write_string(at, 0, name, forms["strong"] if not said else None)
            _write(first, at, 1, said, forms)
        places = {}
        sheets = [book.add_worksheet(each.name) for each in tables]
        if any(lists.values()):
            places = _lists(book.add_worksheet("Lists"), lists)
        for sheet, each in zip(sheets, tables, strict=True):
            _table(sheet, each, places, forms)
    return out.getvalue()


def _lists(sheet: Any, lists: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Write the lists to choose from, and say where each stands."""
    places = {}
    for column, (name, values) in enumerate(item for item in lists.items() if item[1]):
        sheet.write_string(0, column, name)
        for at, value in enumerate(values, start=1):
            sheet.write_string(at, column, value)
        letter = address("", 1, column + 1)[1:-1]
        places[name] = f"=Lists!${letter}$2:${letter}${len(values) + 1}"
    return places


def _table(sheet: Any, each: Table, places: Mapping[str, str], forms: Mapping[str, Any]) -> None:
    last = max(len(each.rows), 1) + 500
    for column, head in enumerate(each.heads):
        sheet.write_string(0, column, head.title, forms["strong"])
        width = max([len(head.title), *(len(str(row[column])) for row in each.rows[:200])])
        sheet.set_column(column, column, min(max(width + 2, 10), 60))
        if head.about:
            sheet.write_comment(0, column, head.about)
        if head.choices in places:
            sheet.data_validation(1, column, last, column, _choice(places[head.choices]))
    for at, row in enumerate(each.rows, start=1):
        for column, value in enumerate(row):
            _write(sheet, at, column, value, forms)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(each.rows), 1), len(each.heads) - 1)


def _choice(place: str) -> dict[str, Any]:
    """A list that suggests and warns, and lets other values through: the import decides."""
    return {"validate": "list", "source": place, "error_type": "warning", "error_message": "It is not on the list."}


def _write(sheet: Any, row: int, column: int, value: Value, forms: Mapping[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, forms["day"])
    elif isinstance(value, str):
        form = forms["quoted"] if value.lstrip(" ").startswith(FORMULA) else forms["text"] if value.isdigit() else None
        sheet.write_string(row, column, value, form)
    else:
        sheet.write_number(row, column, value)


def fits(rows: Iterator[Sequence[Value]], sheet: str) -> list[Problem]:
    """A problem for each text that a cell would not give back as it is."""
    return [
        Problem(address(sheet, row, column), "text a cell can hold", repr(value)[:80], "Mend it where it comes from.")
        for row, each in enumerate(rows, start=2)
        for column, value in enumerate(each, start=1)
        if isinstance(value, str) and not sayable(value)
    ]
