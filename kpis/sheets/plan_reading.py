"""A plan read from its sheets: the YAML it says, and the cell of every field, so that a problem names where to mend it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from data_contracts.problems import Problem, Problems, did_you_mean, raise_if
from kpis.exact import dumped, load_yaml
from kpis.sheets.cells import NUMBER, Book, Cell, Head, Row, address, exact, gathered, table, text, twice
from kpis.sheets.plans import (
    ABOUT,
    CURVES,
    EXAMPLES,
    FIELD,
    FIELDS,
    ITEMS,
    LINE,
    LISTED,
    MORE,
    PATHS,
    PAYS,
    POINTS,
    PRINTED,
    TEXTS,
    split,
)

NAMES = (*LISTED, "otherwise.only")
DECIMALS = 30
Form = dict[str, Any]


@dataclass
class Reading:
    """What was read so far: the form of the plan, the cell of each of its fields, names of items, and what is wrong."""

    form: Form = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    found: list[Problem] = field(default_factory=list)


def read(book: Book) -> tuple[str, Reading]:
    """The plan of a workbook as YAML text, and where each field of it stands; raises Problems that name the cells."""
    reading = Reading(found=list(book.refused))
    parts = (_fields, _items, _curves, _examples, _more)
    for part in parts:
        try:
            part(book, reading)
        except Problems as problems:
            gathered(reading.found, problems)
    raise_if(reading.found)
    return dumped(reading.form), reading


def at_cells(problems: Problems, reading: Reading, where: str) -> list[Problem]:
    """The problems of a plan, each at the cell of its field; one that no cell says keeps its place."""
    return [
        Problem(_cell(each.where, reading, where), each.expected, each.actual, each.next_step)
        for each in problems.problems
    ]


def _cell(place: str, reading: Reading, where: str) -> str:
    path = place.removeprefix(where).lstrip(", ")
    for name, item in sorted(reading.named.items(), key=lambda pair: -len(pair[0])):
        if path == name or path.startswith((f"{name}.", f"{name}[")):
            path = item + path.removeprefix(name)
            break
    while path and path not in reading.cells:
        path = re.sub(r"(\.|^)[^.\[\]]*$|\[\d+\]$", "", path)
    return reading.cells.get(path, place)


def _optional(book: Book, name: str) -> bool:
    return any(each.casefold() == name.casefold() for each in book.sheets)


def _fields(book: Book, reading: Reading) -> None:
    rows = table(book.sheet(FIELDS), FIELD)
    reading.found += twice(rows, "field")
    for row in rows:
        name, cell = text(row.cells["field"]), row.cells["value"]
        if name not in ABOUT:
            step = f"{did_you_mean(name, ABOUT)} What has no field here goes on the sheet {MORE!r}."
            reading.found.append(Problem(row.cells["field"].where, "a field of a plan", repr(name), step))
            continue
        _put(reading, reading.form, name, name, cell, Head(name, name, "text" if name in TEXTS else "number"))


def _put(reading: Reading, form: Form, name: str, place: str, cell: Cell, head: Head) -> None:
    """Set a field from its cell, and remember the cell; an empty one sets nothing."""
    reading.cells[place] = cell.where
    reading.cells.setdefault(place.rpartition(".")[0], cell.where)
    if cell.empty:
        return
    try:
        value: Any = split(text(cell)) if name in NAMES else _number(cell) if head.kind == "number" else text(cell)
    except Problems as problems:
        gathered(reading.found, problems)
        return
    *path, last = name.split(".")
    for part in path:
        held = form.setdefault(part, {})
        if not isinstance(held, dict):
            step = "Keep one of the two."
            reading.found.append(Problem(cell.where, f"one {part}", f"{held!r} and this {last}", step))
            return
        form = held
    form[last] = value


def _number(cell: Cell) -> str:
    """The exact text of a number; words such as flat, a ratio such as 10/3 and a rate such as 2% stay as written."""
    if isinstance(cell.value, str) and not NUMBER.fullmatch(cell.value.strip()):
        return cell.value.strip()
    return format(exact(cell, DECIMALS), "f")


def _items(book: Book, reading: Reading) -> None:
    for name, heads in ITEMS.items():
        if name != "components" and not _optional(book, name):
            continue
        try:
            rows = table(book.sheet(name.title()), heads)
        except Problems as problems:
            gathered(reading.found, problems)
            continue
        reading.found += twice(rows, "id")
        listed = [_item(reading, name, at, row, heads) for at, row in enumerate(rows)]
        reading.form |= {name: listed} if listed else {}
        reading.cells.setdefault(name, address(name.title(), 1, 1))


def _item(reading: Reading, name: str, at: int, row: Row, heads: tuple[Head, ...]) -> Form:
    form: Form = {}
    place, known = f"{name}[{at}]", text(row.cells["id"])
    reading.cells[place] = row.cells["id"].where
    reading.named |= {f"{place} {known}": place, **({} if name == "sections" else {known: place})}
    for head in heads:
        if head.field in row.cells:
            _put(reading, form, head.field, f"{place}.{head.field}", row.cells[head.field], head)
    return form


def _curves(book: Book, reading: Reading) -> None:
    if not _optional(book, CURVES):
        return
    items = {
        each.get("id"): (each, f"{name}[{at}]")
        for name in ("components", "modifiers")
        for at, each in enumerate(reading.form.get(name, []))
    }
    for row in table(book.sheet(CURVES), POINTS):
        of, what = text(row.cells["of"]), text(row.cells["what"])
        if of not in items:
            step = did_you_mean(of, map(str, items))
            reading.found.append(Problem(row.cells["of"].where, "a component or modifier", repr(of), step))
        elif what not in PATHS:
            reading.found.append(
                Problem(row.cells["what"].where, "points, tiers or scale", repr(what), did_you_mean(what, PATHS))
            )
        else:
            _point(reading, row, *items[of], what)


def _point(reading: Reading, row: Row, item: Form, place: str, what: str) -> None:
    *path, last = PATHS[what]
    form = item
    for part in path:
        form = form.setdefault(part, {})
    listed = form.setdefault(last, [])
    point: Form = {}
    there = f"{place}.{'.'.join(PATHS[what])}"
    reading.cells.setdefault(there, row.cells["of"].where)
    there = f"{there}[{len(listed)}]"
    reading.cells[there] = row.cells["of"].where
    for name in ("at", "to", "pays", "belongs_to"):
        if name in row.cells:
            field_name = PAYS[what] if name == "pays" else name
            kind = Head(name, name, "text" if name == "belongs_to" else "number")
            _put(reading, point, field_name, f"{there}.{field_name}", row.cells[name], kind)
    listed.append(point)


def _examples(book: Book, reading: Reading) -> None:
    if not _optional(book, EXAMPLES):
        return
    by_number: dict[str, Form] = {}
    for row in table(book.sheet(EXAMPLES), PRINTED):
        number = text(row.cells["example"])
        place = f"expect[{list(by_number).index(number) if number in by_number else len(by_number)}]"
        example = by_number.setdefault(number, {})
        reading.cells.setdefault(place, row.cells["example"].where)
        reading.named[place] = place
        if "title" in row.cells and not row.cells["title"].empty:
            example["title"] = text(row.cells["title"])
            reading.named[f"{place} {example['title']}"] = place
        what, name, cell = text(row.cells["what"]), text(row.cells["name"]), row.cells["value"]
        if what not in ("input", "result"):
            reading.found.append(Problem(row.cells["what"].where, "input or result", repr(what), "Write one of them."))
            continue
        inner = example.setdefault("inputs" if what == "input" else "result", {})
        if name in inner:
            step = "Name it, and keep one of the two."
            reading.found.append(Problem(row.cells["name"].where, "each name of an example once", repr(name), step))
        reading.cells[f"{place}.{'inputs' if what == 'input' else 'result'}.{name}"] = cell.where
        try:
            inner[name] = _given(cell)
        except Problems as problems:
            gathered(reading.found, problems)
    reading.form |= {"expect": list(by_number.values())} if by_number else {}


def _given(cell: Cell) -> str | int:
    """A number as the plan language writes it, text as it stands."""
    if not isinstance(cell.value, int | float) or isinstance(cell.value, bool):
        return text(cell)
    number: Decimal = exact(cell, DECIMALS)
    return int(number) if number == number.to_integral() else format(number, "f")


def _more(book: Book, reading: Reading) -> None:
    """What no sheet says, merged under what they do say: items by their id, everything else by its field."""
    if not _optional(book, MORE):
        return
    rows = book.sheet(MORE).rows
    start = 1 if rows and rows[0][:1] == (LINE.title,) else 0
    reading.found += [
        Problem(address(MORE, at, 2), "text in the first column alone", "more beside it", "Write it in column A.")
        for at, row in enumerate(rows[start:], start=start + 1)
        if any(value is not None for value in row[1:])
    ]
    lines = "".join(f"{row[0] if row and row[0] is not None else ''}\n" for row in rows[start:])
    if not lines.strip():
        return
    where = f"{MORE}!A{start + 1}"
    for name, value in load_yaml(lines, where).items():
        reading.cells.setdefault(name, where)
        if name in ITEMS and isinstance(value, dict):
            known = {each.get("id"): each for each in reading.form.get(name, [])}
            for of, rest in value.items():
                if of not in known:
                    reading.found.append(
                        Problem(where, f"one of the {name}", repr(of), did_you_mean(of, map(str, known)))
                    )
                elif isinstance(rest, dict):
                    _under(known[of], rest)
        elif isinstance(value, dict) and isinstance(reading.form.get(name), dict):
            _under(reading.form[name], value)
        else:
            reading.form[name] = _plain(value)


def _under(form: Form, more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, Mapping) and isinstance(form.get(name), dict):
            _under(form[name], value)
        else:
            form[name] = _plain(value)


def _plain(value: Any) -> Any:
    """Values as YAML knows them: decimals as text."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return format(value, "f") if isinstance(value, Decimal) else value
