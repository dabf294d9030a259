"""Tables that are text, aligned, paged and safe to export."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st
from xlsxwriter import Workbook

from dashboard.words import Markdown, _, plain

PAGE = 200
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Cell = Any


@dataclass(frozen=True)
class Column:
    """A column: its head, and whether its cells are numbers (right-aligned, already formatted as text)."""

    head: str
    number: bool = False


@dataclass(frozen=True)
class Steps:
    """Rows of a statement: step, rule and inputs, amount; the numbers of the rows that are totals (bold)."""

    rows: Sequence[tuple[str, str, str]]
    totals: frozenset[int] = field(default_factory=frozenset)


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, alt: str, key: str, bold: frozenset[int] = frozenset(),
    page: int = PAGE,
) -> None:  # fmt: skip
    """A table of texts. Cells are shown exactly as they are unless they are `Markdown`; over `page` rows it is paged.

    `bold` are row numbers; `alt` says what the table holds; `key` is unique on the page.
    """
    start = _page(len(rows), page, key)
    part = rows[start : start + page]
    shown = [[_cell(cell, start + i in bold) for cell in row] for i, row in enumerate(part)]
    bare = not any(column.head for column in columns)
    st.table(_aligned(columns, shown), border="horizontal", hide_index=True, hide_header=bare, alt=alt)


def _page(count: int, page: int, key: str) -> int:
    if count <= page:
        return 0
    pages = -(-count // page)
    number = st.number_input(_("Page (1 to {last})").format(last=pages), 1, pages, 1, key=f"{key}_page", width=220)
    return (min(max(int(number), 1), pages) - 1) * page


def _cell(cell: Cell, bold: bool) -> str:
    text = cell if isinstance(cell, Markdown) else plain("" if cell is None else cell)
    return f"**{text}**" if bold and text else text


def _aligned(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Any:
    """Streamlit right-aligns numeric columns alone: number cells are sent as row numbers and written as their text."""
    heads = [plain(column.head) or " " * (i + 1) for i, column in enumerate(columns)]
    texts = {head: [row[i] for row in rows] for i, head in enumerate(heads)}
    numbers = [head for head, column in zip(heads, columns, strict=True) if column.number]
    frame = pd.DataFrame({head: range(len(rows)) if head in numbers else texts[head] for head in heads})
    return frame.style.format({head: _writer(texts[head]) for head in numbers}) if numbers else frame


def _writer(texts: Sequence[str]) -> Callable[[int], str]:
    return lambda i: texts[int(i)]


def step_table(steps: Steps, unit: str, *, alt: str, key: str) -> None:
    """How an amount comes about: step, rule and inputs, amount."""
    columns = (Column(_("Step")), Column(_("Rule and inputs")), Column(unit, number=True))
    table(columns, steps.rows, alt=alt, key=key, bold=steps.totals)


def offer(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, name: str, about: Sequence[tuple[str, str]], key: str
) -> None:
    """A button that makes the table as a spreadsheet when it is pressed. `about` goes on the sheet "Read me"."""
    st.download_button(
        _("Table as XLSX"),
        data=lambda: to_xlsx(columns, rows, about),
        file_name=f"{name}.xlsx",
        icon=":material/download:",
        key=key,
        on_click="ignore",
    )


def to_csv(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> bytes:
    """The table as CSV (UTF-8 with BOM). Text that a spreadsheet would run as a formula is led by an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_escaped(column.head) for column in columns])
    writer.writerows([[_escaped(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _escaped(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA) else cell


def to_xlsx(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], about: Sequence[tuple[str, str]]) -> bytes:
    """The table as XLSX: a sheet "Read me", then the table with frozen head and filter; text is never a formula."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        strong = book.add_format({"bold": True})
        first = book.add_worksheet(_("Read me"))
        for i, pair in enumerate(about):
            first.write_row(i, 0, [str(each) for each in pair])
        sheet = book.add_worksheet(_("Table"))
        sheet.write_row(0, 0, [column.head for column in columns], strong)
        for i, row in enumerate(rows, start=1):
            sheet.write_row(i, 0, ["" if cell is None else cell for cell in row])
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
        sheet.autofit()
    return out.getvalue()
