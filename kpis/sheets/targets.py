"""Targets as a sheet: one a row, and what the columns do not know as YAML beside them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from data_contracts.problems import Problem, Problems, raise_if
from kpis.exact import dumped, load_yaml
from kpis.sheets.cells import Book, Cell, Head, Row, Value, exact, gathered, sayable, table, text, twice, written
from kpis.targets import Target, parse

SHEET = "Targets"
MORE = "more"
REST = ("share", "threshold", "target", "stretch")
HEADS = (
    Head("id", "Target", about="A name of your own: small letters, digits, _ . -", needed=True),
    Head("kpi", "KPI", about="The id of a KPI.", choices="kpis", needed=True),
    Head("scope", "Scope", about="company, department:<id>, joint:<id>+<id> or person:<employee number>", choices="scopes"),
    Head("period", "Period", about="2026, 2026-H1, 2026-Q3 or 2026-11"),
    Head("threshold", "Threshold", "number", about="In the KPI's unit: 74 is 74%."),
    Head("target", "Value at target", "number", ("target value",), about="Between threshold and stretch."),
    Head("stretch", "Stretch", "number"),
    Head("parent", "Parent", about="The target above it, where it is part of a cascade."),
    Head("share", "Share of parent", "number", about="Planned part of the parent's denominator, 0 to 1."),
    *(Head(f"rest.{name}", f"Rest: {name}", "number", about="Of those below it without a target.") for name in REST),
    Head(MORE, "More (YAML)", about="Fields without a column, as {field: value}."),
)  # fmt: skip
PLACE = re.compile(r"targets\[(\d+)\](.*)$")


def rows(targets: Iterable[Target]) -> list[list[Value]]:
    """The targets as rows under HEADS; every number that a cell can hold exactly is a number."""
    return [_row(each.model_dump(exclude_none=True, mode="json")) for each in targets]


def _row(form: dict[str, Any]) -> list[Value]:
    cells: list[Value] = []
    for head in HEADS[:-1]:
        inner, _, last = head.field.rpartition(".")
        held = form.get(inner, {}) if inner else form
        value = held.get(last) if isinstance(held, dict) else None
        if not isinstance(value, str) or not sayable(value):
            cells.append(None)
            continue
        cells.append(written(value) if head.kind == "number" else value)
        held.pop(last)
    left = {name: value for name, value in form.items() if value != {}}
    more = dumped(left, flow=True) if left else None
    return [*cells, more]


def read(book: Book, known: Mapping[str, Target]) -> tuple[str, tuple[Target, ...], dict[str, Row]]:
    """The targets of a workbook as YAML text and as targets, and their rows by id; raises Problems that name the cells.

    One that equals its `known` self is written as that is: 70 and 70.0 are one target.
    """
    found: list[Problem] = []
    listed = table(book.sheet(SHEET), HEADS)
    forms = [_form(row, found) for row in listed]
    raise_if([*book.refused, *found, *twice(listed, "id")])
    by_id = {text(row.cells["id"]): row for row in listed}
    try:
        given = parse(dumped({"targets": forms}), book.name)
    except Problems as problems:
        raise Problems(at_cells(problems, listed, by_id)) from problems
    same = tuple(known[each.id] if known.get(each.id) == each else each for each in given)
    documents = [each.model_dump(exclude_none=True, mode="json") for each in same]
    return dumped({"targets": documents}), same, by_id


def _form(row: Row, found: list[Problem]) -> dict[str, Any]:
    form: dict[str, Any] = {}
    for head in HEADS:
        cell = row.cells.get(head.field)
        if cell is None or cell.empty:
            continue
        try:
            if head.field == MORE:
                _merge(form, load_yaml(text(cell), cell.where))
                continue
            value = format(exact(cell, head.decimals), "f") if head.kind == "number" else text(cell)
        except Problems as problems:
            gathered(found, problems)
            continue
        inner, _, last = head.field.rpartition(".")
        (form.setdefault(inner, {}) if inner else form)[last] = value
    return form


def _merge(form: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(form.get(name), dict):
            form[name] |= _texts(value)
        else:
            form[name] = _texts(value)


def _texts(value: Any) -> Any:
    """Values as plain YAML knows them: decimals as text."""
    if isinstance(value, dict):
        return {name: _texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    return value if isinstance(value, str | int) or value is None else format(value, "f")


def at_cells(problems: Problems, listed: list[Row], by_id: Mapping[str, Row]) -> list[Problem]:
    """The problems of targets, each at the cell of its row and field."""
    return [
        Problem(_cell(each.where, listed, by_id), each.expected, each.actual, each.next_step)
        for each in problems.problems
    ]


def _cell(where: str, listed: list[Row], by_id: Mapping[str, Row]) -> str:
    match = PLACE.search(where)
    if match is None:
        parts = re.split(r"[,\s]+", where)
        named = next((by_id[part] for part in reversed(parts) if part in by_id), None)
        return at(named, "id").where if named else where
    at_row, rest = int(match[1]), match[2].strip()
    name = max((each for each in by_id if rest == each or rest.startswith(f"{each}.")), key=len, default="")
    row = by_id.get(name) or (listed[at_row] if at_row < len(listed) and match[2][:1] != " " else None)
    return at(row, rest.removeprefix(name).lstrip(".")).where if row else where


def at(row: Row, field: str) -> Cell:
    """The cell of a field of a row; of the id where the field has no column."""
    return row.cells.get(field) or row.cells["id"]
