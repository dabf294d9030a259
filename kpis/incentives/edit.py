"""Changes to a plan's text by form: the text stays the one source, a form writes into it."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from kpis.exact import dumped, load_yaml, number, shown
from kpis.incentives.plan import Component, parse, to_yaml

CURVE = ("points", "cap")


def edited(text: str, component: Component, fields: Mapping[str, Any]) -> str:
    """The plan's text with fields of one of its components set; an empty one is taken out, and the same values change nothing.

    `points` and `cap` belong to its curve, the rest to the component. Numbers are exact text. Comments of the text are
    lost where something changes, as a form writes the shortest YAML. Raises ValueError for what is no exact number.
    """
    given = {name: value if isinstance(value, list) else _exact(value) for name, value in fields.items()}
    if given == {name: _now(component, name) for name in fields}:
        return text
    raw = load_yaml(to_yaml(parse(text)), "plan")
    found = next(each for each in raw["components"] if each["id"] == component.id)
    for name, value in given.items():
        into = found["curve"] if name in CURVE else found
        if value:
            into[name] = int(str(value)) if name == "min_n" else value
        else:
            into.pop(name, None)
    return dumped(_plain(raw))


def versioned(text: str, version: int) -> str:
    """The text as another version of its plan; everything else in it stays as it was written."""
    told = f"version: {version}"
    found, count = re.subn(r"(?m)^version:.*$", told, text)
    return found if count else re.sub(r"(?m)^(id:.*)$", rf"\1\n{told}", text, count=1)


def _exact(value: object) -> str:
    cell = str(value).strip()
    return cell if not cell or cell.isalpha() else shown(number(cell))


def _now(component: Component, name: str) -> object:
    if name == "points":
        return [list(each) for each in plan_points(component)]
    value = getattr(component.curve if name in CURVE else component, name)
    return value or "" if isinstance(value, str) else text(value)


def plan_points(component: Component) -> list[tuple[str, str]]:
    """The points of a component's curve as exact text: at, pays."""
    return [(shown(each.at), shown(each.pays)) for each in component.curve.points]


def text(value: Fraction | int | None) -> str:
    """A number as a form shows it; empty for none."""
    return "" if value is None else shown(Fraction(value))


def read_points(rows: Sequence[Sequence[object]]) -> list[list[str]]:
    """Rows of a form as points, empty rows left out; raises ValueError for what is no exact number."""
    filled = [row for row in rows if any(str(cell if cell is not None else "").strip() for cell in row)]
    return [[shown(number(str(cell))) for cell in row[:2]] for row in filled]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | bool) or value is None else shown(number(value))
