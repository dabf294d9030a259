"""People, employment, assignments and pay basis as sheets, one for each contract, and back as the CSV it admits."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from data_contracts.contract import Column, Contract
from data_contracts.problems import Problem, Problems
from kpis.sheets.cells import Book, Cell, Head, Kind, Row, Value, address, day, exact, gathered, table, text

DATASETS = ("people", "employment", "assignments", "pay_basis")
KINDS: Mapping[str, Kind] = {"date": "date", "money": "number", "share": "number", "number": "number", "int": "number"}
DECIMALS = {"share": 6, "int": 0}


def title(contract: Contract) -> str:
    """The name of a dataset's sheet."""
    return contract.title[:31]


def heads(contract: Contract) -> tuple[Head, ...]:
    """The columns of a dataset's sheet: those of its contract."""
    return tuple(_head(each) for each in contract.columns)


def _head(column: Column) -> Head:
    decimals = column.exponent if column.kind == "money" else DECIMALS.get(column.kind, 9)
    words = [
        "needed" if column.required else "may be empty",
        *([f"one of {', '.join(column.values)}"] if column.values else []),
    ]
    return Head(
        column.name, column.name.replace("_", " "), KINDS.get(column.kind, "text"), column.aliases, decimals,
        "; ".join(words), column.references or column.name if column.references or column.values else "", column.required,
    )  # fmt: skip


def cell(column: Column, value: object, known: Mapping[str, str]) -> Value:
    """A value of the lake as a cell: money and shares in their own unit, people under their employee number."""
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).lower()
    if column.surrogate:
        return known.get(str(value), str(value))
    if column.scale and isinstance(value, int):
        exact_value = Decimal(value).scaleb(-column.scale)
        return int(exact_value) if exact_value == exact_value.to_integral() else float(exact_value)
    return value  # type: ignore[return-value] # the lake holds text, numbers and dates


def rows(book: Book, contract: Contract) -> tuple[list[Row], list[tuple[str, ...]]]:
    """The rows of a dataset's sheet, and each as the texts of a delivery; raises Problems that name the cells."""
    found: list[Problem] = []
    listed = table(book.sheet(title(contract)), heads(contract))
    texts = []
    for row in listed:
        try:
            texts.append(tuple(_text(row, head, found) for head in heads(contract)))
        except Problems as problems:
            gathered(found, problems)
    if found:
        raise Problems(found)
    return listed, texts


def _text(row: Row, head: Head, found: list[Problem]) -> str:
    given = row.cells.get(head.field)
    if given is None or given.empty:
        return ""
    try:
        return plain(given, head)
    except Problems as problems:
        gathered(found, problems)
        return ""


def plain(given: Cell, head: Head) -> str:
    """A cell as the text of a delivery: days as 2026-11-30, numbers with a point; raises Problems that name the cell."""
    if head.kind == "date":
        return day(given).isoformat()
    if head.kind == "number":
        number = exact(given, head.decimals)
        return format(number.normalize() if number else Decimal(0), "f")
    return text(given)


def to_csv(contract: Contract, texts: Sequence[Sequence[str]]) -> str:
    """Rows as the CSV the contract declares: its delimiter, decimal mark and formats of days."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=contract.delimiter, lineterminator="\n")
    writer.writerow([each.name for each in contract.columns])
    for row in texts:
        writer.writerow(
            [_as_declared(contract, column, value) for column, value in zip(contract.columns, row, strict=True)]
        )
    return out.getvalue()


def _as_declared(contract: Contract, column: Column, value: str) -> str:
    kind = KINDS.get(column.kind)
    if kind == "number":
        return value.replace(".", contract.decimal_mark)
    if kind == "date" and value and column.formats:
        return day(Cell("", value)).strftime(column.formats[0])
    return value or (contract.null_tokens[0] if contract.null_tokens else "")


def at_cell(contract: Contract, listed: Sequence[Row], number: int, reason: str) -> str:
    """The cell of a delivery's row and of the column its reason names; the first of the row where it names none."""
    row = listed[number - 1] if 0 < number <= len(listed) else None
    names = sorted((each.name for each in contract.columns), key=len, reverse=True)
    column = next((name for name in names if re.search(rf"\b{re.escape(name)}\b", reason)), "")
    if row is None:
        return address(title(contract), 1, 1)
    return row.cells[column].where if column in row.cells else next(iter(row.cells.values())).where
