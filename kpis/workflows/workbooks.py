"""Workbooks at the edge: what may be opened at all, and the values it holds."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

from data_contracts.problems import Problem, Problems
from kpis.sheets.cells import LONGEST, Book, Sheet, Value, address

MAX_FILE = 30_000_000
MAX_UNPACKED = 200_000_000
MAX_PARTS = 1_000
MAX_COLUMNS = 1_000
MAX_CELLS = 3_000_000
OFFICE, ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
Formulas = Literal["refused", "cached"]


def read(file: Path | tuple[str, bytes], formulas: Formulas = "refused") -> Book:
    """The values of a workbook, and what each cell without one is refused for; raises Problems for one that may not be opened.

    Formulas are `refused` where somebody types facts: what a formula showed last may be stale, and its inputs are not in the
    sheet's care. In a calculation to compare with they are `cached`: what the sheet showed is what is compared, and a
    formula that was never calculated is named.
    """
    name, content = (file.name, _content(file)) if isinstance(file, Path) else file
    _outside(name, content)
    books = [_opened(name, content, values) for values in ([False] if formulas == "refused" else [False, True])]
    found: list[Problem] = []
    size = 0
    sheets = {}
    for title in books[0].sheetnames:
        rows, size = _rows(books, title, size, name, found, formulas)
        sheets[title] = Sheet(title, tuple(rows))
    return Book(name, sheets, tuple(found))


def _refused(name: str, expected: str, actual: str, step: str) -> Problems:
    return Problems([Problem(name, expected, actual, step)])


def _content(file: Path) -> bytes:
    if file.is_symlink() or not file.is_file():
        raise _refused(str(file), "a file", "a link" if file.is_symlink() else "none", "Check the path.")
    if file.stat().st_size > MAX_FILE:
        raise _refused(
            file.name, f"at most {MAX_FILE:,} bytes", f"{file.stat().st_size:,}", "Export fewer rows or sheets."
        )
    return file.read_bytes()


def _outside(name: str, content: bytes) -> None:
    """Refuse what is no plain workbook: macros, a password, another format, an archive in an archive, a bomb."""
    suffix = Path(name).suffix.lower()
    if suffix != ".xlsx":
        told = "a workbook with macros" if suffix == ".xlsm" else repr(suffix)
        raise _refused(name, "an .xlsx workbook", told, "Save it as .xlsx, without macros.")
    if len(content) > MAX_FILE:
        raise _refused(name, f"at most {MAX_FILE:,} bytes", f"{len(content):,}", "Export fewer rows or sheets.")
    if content.startswith(OFFICE):
        raise _refused(
            name, "an .xlsx workbook", "one under a password, or an old .xls", "Save it as .xlsx, unprotected."
        )
    if not content.startswith(ZIP):
        raise _refused(name, "an .xlsx workbook", "other content behind that name", "Save it as .xlsx.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _parts(name, archive)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError) as error:
        raise _refused(name, "a whole .xlsx workbook", str(error), "Transfer or save it again.") from error


def _parts(name: str, archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    titles = {part.filename for part in parts}
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED:
        told = f"{len(parts):,} parts of {unpacked:,} bytes"
        raise _refused(
            name,
            f"at most {MAX_PARTS:,} parts of {MAX_UNPACKED:,} bytes unpacked",
            told,
            "Export fewer rows or sheets.",
        )
    if any(part.flag_bits & 1 for part in parts):
        raise _refused(name, "an .xlsx workbook", "one under a password", "Save it unprotected.")
    if len(titles) != len(parts) or not {"[Content_Types].xml", "xl/workbook.xml"} <= titles:
        raise _refused(name, "an .xlsx workbook", "another archive behind that name", "Save it as .xlsx.")
    for part in parts:
        _part(name, part.filename, archive.read(part))


def _part(name: str, title: str, content: bytes) -> None:
    lower = title.lower()
    if "vbaproject" in lower or (lower == "[content_types].xml" and b"macroenabled" in content.lower()):
        raise _refused(name, "a workbook without macros", title, "Save it as .xlsx, without macros.")
    if content.startswith((ZIP, OFFICE)):
        raise _refused(name, "a workbook without files inside", title, "Take the embedded file out.")
    if lower.startswith("xl/externallinks/"):
        raise _refused(name, "a workbook without links to others", title, "Break its links and paste their values.")
    if lower.endswith((".xml", ".rels")) and (b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\0" in content):
        raise _refused(
            name, "a workbook as spreadsheets write it", f"{title} with declarations of its own", "Save it again."
        )


def _opened(name: str, content: bytes, values: bool) -> Any:
    from openpyxl import load_workbook  # late: only what reads a workbook needs it

    try:
        return load_workbook(io.BytesIO(content), read_only=True, data_only=values, keep_links=False)
    except Exception as error:  # openpyxl raises what its parts raise: KeyError, ValueError, TypeError …
        raise _refused(
            name, "a workbook that can be read", f"{type(error).__name__}: {error}", "Save it again."
        ) from error


def _rows(
    books: Sequence[Any], title: str, size: int, name: str, found: list[Problem], formulas: Formulas
) -> tuple[list[tuple[Value, ...]], int]:
    """The rows of a sheet and the cells counted so far; empty rows and cells at the end fall away."""
    sheets = [book[title] for book in books]
    for sheet in sheets:
        if hasattr(sheet, "reset_dimensions"):  # what a file says of its own size is not believed
            sheet.reset_dimensions()
    rows: list[tuple[Value, ...]] = []
    if not all(hasattr(sheet, "iter_rows") for sheet in sheets):
        return rows, size  # a sheet that is a chart
    try:
        for cells in zip(*(sheet.iter_rows() for sheet in sheets), strict=True):
            size += len(cells[0])
            if len(cells[0]) > MAX_COLUMNS or size > MAX_CELLS:
                told = f"at most {MAX_COLUMNS:,} columns and {MAX_CELLS:,} cells"
                raise _refused(f"{name}, {title}", told, "more", "Export fewer rows or sheets.")
            values = [
                _value(title, len(rows) + 1, at, pair, found, formulas)
                for at, pair in enumerate(zip(*cells, strict=True), 1)
            ]
            rows.append(_trimmed(values))
    except Problems:
        raise
    except Exception as error:  # openpyxl raises what its parts raise
        told = f"{type(error).__name__}: {error}"
        raise _refused(f"{name}, {title}", "a sheet that can be read", told, "Save it again.") from error
    while rows and not rows[-1]:
        rows.pop()
    return rows, size


def _value(title: str, row: int, column: int, pair: Sequence[Any], found: list[Problem], formulas: Formulas) -> Value:
    typed, cell = pair[0], pair[-1]
    where = address(title, row, column)
    if typed.data_type == "f":
        if formulas == "refused":
            step = "Paste it as a value: what a formula showed last may be stale."
            found.append(Problem(where, "a value", "a formula", step))
            return None
        if cell.value is None:
            step = "Open the workbook, let it calculate, and save it."
            found.append(Problem(where, "a formula with its last value", "one that was never calculated", step))
    if cell.data_type == "e":
        found.append(Problem(where, "a value", f"the error {cell.value}", "Mend the cell."))
        return None
    value = cell.value
    if isinstance(value, str) and len(value) > LONGEST:
        found.append(Problem(where, f"at most {LONGEST:,} characters", f"{len(value):,}", "Shorten it."))
    if value is not None and not isinstance(value, str | int | float | bool | date):
        found.append(Problem(where, "a number, a date or text", type(value).__name__, "Format the cell so."))
        return None
    return value


def _trimmed(values: Sequence[Value]) -> tuple[Value, ...]:
    end = len(values)
    while end and values[end - 1] is None:
        end -= 1
    return tuple(values[:end])
