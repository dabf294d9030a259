"""Cells as exact values: a sheet is rows of plain values, and every reading names the cell it refuses."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from data_contracts.problems import Problem, Problems, did_you_mean
from kpis.exact import LARGEST

Value = str | int | float | bool | date | datetime | None
Kind = Literal["text", "number", "int", "date"]
DIGITS = 15  # what a spreadsheet keeps of a number
LONGEST = 32_767
HEAD_ROWS = 20
NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
ESCAPE = re.compile(r"_x[0-9A-Fa-f]{4}_")


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name and its rows from row 1 on, as a spreadsheet holds them."""

    name: str
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True)
class Book:
    """A workbook: the name of its file, its sheets by name, and the cells whose values were refused as it was opened."""

    name: str
    sheets: Mapping[str, Sheet]
    refused: tuple[Problem, ...] = ()

    def sheet(self, name: str) -> Sheet:
        """The sheet of that name, but for case; raises Problems with a suggestion when there is none."""
        found = next((each for each in self.sheets.values() if each.name.casefold() == name.casefold()), None)
        if found is None:
            raise Problems([Problem(self.name, f"a sheet {name!r}", "none", did_you_mean(name, self.sheets))])
        return found


@dataclass(frozen=True)
class Cell:
    """A value and where it stands, as Targets!D7."""

    where: str
    value: Value

    @property
    def empty(self) -> bool:
        """Whether nothing stands there."""
        return self.value is None or (isinstance(self.value, str) and not self.value.strip())


@dataclass(frozen=True)
class Head:
    """A column that is known: its field, the title people see, what it holds, other titles it goes by.

    `decimals` are the most a number may have there. `about` is the comment on the title.
    """

    field: str
    title: str
    kind: Kind = "text"
    aliases: tuple[str, ...] = ()
    decimals: int = 9
    about: str = ""
    choices: str = ""
    needed: bool = False


@dataclass(frozen=True)
class Row:
    """One row of a table: its cells by field."""

    number: int
    cells: Mapping[str, Cell]


def address(sheet: str, row: int, column: int) -> str:
    """The name of a cell; row and column count from 1."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{sheet}!{letters}{row}"


def folded(text: object) -> str:
    """A title as two of them are compared: small letters and digits alone."""
    return "".join(letter for letter in str(text).casefold() if letter.isalnum())


def table(sheet: Sheet, heads: Sequence[Head], strict: bool = True) -> list[Row]:
    """The rows below the titles, empty ones left out; raises Problems for titles unknown, missing or given twice.

    Of a strict sheet nothing is passed over: a value in a column without a title is refused as well.

    The titles stand in the first row that holds one of the columns needed. Without `strict`, other columns are passed over.
    """
    needed = [head for head in heads if head.needed]
    at = next((i for i, row in enumerate(sheet.rows[:HEAD_ROWS]) if _titles(row, needed)), None)
    if at is None:
        told, step = " and ".join(repr(head.title) for head in needed), "Begin from an exported template."
        raise Problems([Problem(address(sheet.name, 1, 1), f"a row of titles with {told}", "none", step)])
    places, found = _columns(sheet, at, heads, strict)
    if strict:
        titled = {column for column, title in enumerate(sheet.rows[at]) if not Cell("", title).empty}
        found += [
            Problem(cell.where, "a title above the value", shown(cell.value), "Title its column, or take it out.")
            for number, row in enumerate(sheet.rows[at + 1 :], start=at + 2)
            for column, value in enumerate(row)
            if column not in titled and not (cell := Cell(address(sheet.name, number, column + 1), value)).empty
        ]
    if found:
        raise Problems(found)
    rows = (
        Row(
            number,
            {
                head.field: Cell(address(sheet.name, number, column + 1), row[column] if column < len(row) else None)
                for column, head in places.items()
            },
        )
        for number, row in enumerate(sheet.rows[at + 1 :], start=at + 2)
    )
    return [row for row in rows if not all(cell.empty for cell in row.cells.values())]


def _titles(row: Sequence[Value], needed: Sequence[Head]) -> bool:
    given = {folded(value) for value in row if value is not None}
    return all(given & _names(head) for head in needed)


def _names(head: Head) -> set[str]:
    return {folded(name) for name in (head.field, head.title, *head.aliases)}


def _columns(sheet: Sheet, at: int, heads: Sequence[Head], strict: bool) -> tuple[dict[int, Head], list[Problem]]:
    known = {name: head for head in reversed(heads) for name in _names(head)}
    places: dict[int, Head] = {}
    found: list[Problem] = []
    for column, title in enumerate(sheet.rows[at]):
        if title is None or not str(title).strip():
            continue
        where, head = address(sheet.name, at + 1, column + 1), known.get(folded(title))
        if head is None:
            if strict:
                step = did_you_mean(str(title), [each.title for each in heads])
                found.append(Problem(where, "the title of a known column", repr(title), step))
        elif head in places.values():
            found.append(Problem(where, f"one column {head.title!r}", "two", "Rename or drop one."))
        else:
            places[column] = head
    return places, found


def exact(cell: Cell, decimals: int = 9) -> Decimal:
    """The number in a cell, exact, through the shortest text of the float it is kept as.

    Raises Problems for what is no number, for more digits than a spreadsheet keeps and for more decimals than the field knows.
    """
    value, wanted = cell.value, f"a number with at most {decimals} decimals"
    if isinstance(value, bool | date):
        raise Problems([Problem(cell.where, wanted, shown(value), "Write a number.")])
    text = format(Decimal(repr(value)), "f") if isinstance(value, float) else shown(value).strip("' ")
    if not NUMBER.fullmatch(text):
        step = "Write digits with a decimal point, no unit, no thousands mark; or format the cell as a number."
        raise Problems([Problem(cell.where, wanted, shown(value), step)])
    number = Decimal(text)
    digits = len(number.normalize().as_tuple().digits)
    if isinstance(value, float) and digits > DIGITS:
        step = "It is the rest of a calculation: round it in the sheet, to what is meant."
        raise Problems([Problem(cell.where, f"at most {DIGITS} digits", text, step)])
    if -_exponent(number) > decimals:
        raise Problems([Problem(cell.where, wanted, text, "Round it in the sheet, to what is meant.")])
    return Decimal(int(number)) if isinstance(value, float) and number == number.to_integral() else number


def minor(cell: Cell, exponent: int) -> int:
    """The amount in a cell in minor units; raises Problems for what is finer, or not below LARGEST."""
    number = exact(cell, exponent)
    if abs(number) >= LARGEST:
        raise Problems([Problem(cell.where, f"an amount below {LARGEST:,}", shown(cell.value), "Check the cell.")])
    return int(number.scaleb(exponent))


def _exponent(number: Decimal) -> int:
    return int(number.normalize().as_tuple().exponent)


def day(cell: Cell) -> date:
    """The day in a cell: a date, or text as 2026-11-30. Raises Problems for a time of day, a bare number and other text."""
    value = cell.value
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return value.date()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value).strip()) if isinstance(value, str) else _no_date(cell)
    except ValueError:
        return _no_date(cell)


def _no_date(cell: Cell) -> date:
    step = "Format the cell as a date, or write 2026-11-30."
    raise Problems([Problem(cell.where, "a date without a time", shown(cell.value), step)])


def text(cell: Cell) -> str:
    """The text in a cell as people read it: numbers by their shortest form, dates as 2026-11-30."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date):
        return day(cell).isoformat()
    return format(Decimal(repr(value)), "f").removesuffix(".0") if isinstance(value, float) else str(value).strip()


def shown(value: Value) -> str:
    """A value as a problem names it; long text is cut."""
    return "nothing" if value is None else repr(value)[:80] if isinstance(value, str) else str(value)


def written(value: str) -> Value:
    """Exact text as a cell holds it: a number where a spreadsheet keeps all of its digits, else the text itself."""
    if not NUMBER.fullmatch(value):
        return value
    number = Decimal(value)
    if len(number.normalize().as_tuple().digits) > DIGITS or Decimal(repr(float(number))) != number:
        return value
    return int(number) if number == number.to_integral() else float(number)


def sayable(value: str) -> bool:
    """Whether a cell gives the text back as it was: printable, no blanks around it, not too long."""
    return value == value.strip() and value.isprintable() and len(value) <= LONGEST and not ESCAPE.search(value)


def gathered(found: list[Problem], problems: Problems) -> None:
    """Add what one cell refuses to what others did."""
    found.extend(problems.problems)


def twice(rows: Iterable[Row], field: str) -> list[Problem]:
    """A problem for each cell that repeats one above it."""
    seen: dict[str, str] = {}
    found = []
    for row in rows:
        cell = row.cells[field]
        name = text(cell)
        if name in seen and name:
            found.append(Problem(cell.where, f"{name!r} once", f"it stands in {seen[name]} too", "Keep one of them."))
        seen.setdefault(name, cell.where)
    return found
