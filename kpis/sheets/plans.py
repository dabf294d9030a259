"""A plan as sheets: its fields, components, curves, gates, modifiers, sections and examples; the rest as YAML text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kpis.exact import dumped
from kpis.incentives.plan import Plan
from kpis.sheets.cells import Head, Value, sayable, written

FIELDS, MORE = "Plan", "More (YAML)"
LINE = Head("text", "YAML", about="What no sheet here has a column for, in the plan language.", needed=True)
FIELD = (Head("field", "Field", needed=True), Head("value", "Value", needed=True), Head("about", "Means"))
LISTED = ("participants.departments", "participants.levels", "participants.people")
ABOUT = {
    "id": "A name of your own: small letters, digits, _ . -",
    "title": "What people call it",
    "version": "Raise it when you change the plan",
    "currency": "ISO 4217, such as EUR",
    "minor_units": "Decimals of the currency",
    "frequency": "month, quarter, half or year",
    "participants.departments": "Department ids, divided by commas",
    "participants.levels": "Levels, divided by commas",
    "participants.people": "People, divided by commas",
    "opportunity.percent_of_salary": "Pay at target for a full year, in percent of salary",
    "opportunity.amount": "Or: pay at target for a full year, in currency",
    "paid_figure": "own, team or credibility",
    "credibility_k": "k, where paid_figure is credibility",
    "decimals": "To which a figure is rounded before it pays",
    "cap": "Most the payout may be, in percent of the opportunity",
    "pool_factor": "Percent of the payouts the pool funds",
    "proration.decimals": "To which days ÷ days of the year is rounded",
}
TEXTS = {"id", "title", "currency", "frequency", "paid_figure", *LISTED}


def _texts(*names: str) -> list[Head]:
    return [Head(name, name.replace("_", " ").replace(".", " "), needed=name == "id") for name in names]


def _numbers(*names: str) -> list[Head]:
    return [Head(name, name.replace("_", " ").replace(".", " "), "number") for name in names]


_SOURCE = (
    Head("kpi", "kpi", choices="kpis"), Head("scope", "scope", choices="scopes"), Head("target", "target id", choices="targets"),
    *_numbers("target.threshold", "target.target", "target.stretch", "decimals"),
)  # fmt: skip
_CURVE = (
    *_texts("curve.axis", "curve.form", "curve.kind", "curve.basis"),
    *_numbers("curve.below_first", "curve.above_last", "curve.floor", "curve.cap", "curve.decimals", "curve.base"),
)
ITEMS: Mapping[str, tuple[Head, ...]] = {
    "components": (*_texts("id", "title", "section"), *_numbers("weight", "min_n"), *_texts("paid_figure"), *_SOURCE, *_CURVE),
    "gates": (
        *_texts("id", "title", "on"), *_SOURCE, *_numbers("passes.at_least", "passes.at_most", "passes.above", "passes.below"),
        *_numbers("otherwise.cap"), Head("otherwise.only", "otherwise only", about="Component ids, divided by commas."),
    ),
    "modifiers": (*_texts("id", "title"), *_SOURCE, *_CURVE),
    "sections": (*_texts("id", "title"), *_numbers("cap")),
}  # fmt: skip
CURVES = "Curves"
POINTS = (
    Head("of", "of", about="The id of a component or modifier.", needed=True),
    Head("what", "what", about="points, tiers or scale", choices="whats", needed=True),
    *_numbers("at", "to", "pays"),
    Head("belongs_to", "belongs to", about="At a jump: below or above."),
)
PATHS = {"points": ("curve", "points"), "tiers": ("curve", "tiers"), "scale": ("curve", "scale", "points")}
PAYS = {"points": "pays", "tiers": "rate", "scale": "pays"}
EXAMPLES = "Examples"
PRINTED = (
    Head("example", "example", "number", about="1, 2, 3 …", needed=True),
    Head("title", "title"),
    Head("what", "what", about="input or result", needed=True),
    Head("name", "name"),
    Head("value", "value", about="Results are text, so that 3269.90 keeps its decimals.", needed=True),
)
Rows = list[list[Value]]


def sheets(plan: Plan) -> dict[str, tuple[Sequence[Head], Rows]]:
    """The sheets of a plan, by name: their columns and rows. Reading them gives the same plan, byte for byte of its hash."""
    left = plan.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    found: dict[str, tuple[Sequence[Head], Rows]] = {FIELDS: (FIELD, _fields(left))}
    points: Rows = [row for name in ("components", "modifiers") for item in left.get(name, []) for row in _points(item)]
    for name, heads in ITEMS.items():
        ids = [str(each.get("id")) for each in left.get(name, [])]
        rows = [[_taken(item, head) for head in heads] for item in left.get(name, [])]
        found[name.title()] = (heads, rows)
        kept = {of: item for of, item in zip(ids, left.pop(name, []), strict=True) if item}
        left |= {name: kept} if kept else {}
    found[CURVES] = (POINTS, points)
    found[EXAMPLES] = (PRINTED, _examples(left))
    text = dumped(left) if left else ""
    found[MORE] = ((LINE,), [[line] for line in text.splitlines()])
    return found


def _fields(left: dict[str, Any]) -> Rows:
    rows: Rows = []
    for name, about in ABOUT.items():
        head = Head(name, name, "text" if name in TEXTS else "number")
        rows.append([name, _taken(left, head), about])
    return rows


def _held(form: Any, path: Sequence[str]) -> Any:
    for part in path:
        form = form.get(part) if isinstance(form, dict) else None
    return form


def _remove(form: dict[str, Any], path: Sequence[str]) -> None:
    """Take a field out, and what it leaves empty."""
    _held(form, path[:-1]).pop(path[-1])
    if len(path) > 1 and not _held(form, path[:-1]):
        _remove(form, path[:-1])


def _taken(form: dict[str, Any], head: Head) -> Value:
    """The value of a field as a cell, taken out of the form; nothing where a cell could not give it back."""
    path = head.field.split(".")
    cell = _cell(_held(form, path), head)
    if cell is not None:
        _remove(form, path)
    return cell


def _cell(value: Any, head: Head) -> Value:
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        joined = ", ".join(value)
        return joined if sayable(joined) and joined.split(", ") == value and "," not in "".join(value) else None
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    if head.kind == "number":
        return written(str(value)) if sayable(str(value)) else None
    return value if isinstance(value, str) and sayable(value) else None


def _points(item: dict[str, Any]) -> Iterator[list[Value]]:
    """The points, tiers and scale of an item's curve as rows, taken out where all of them can be said."""
    for what, path in PATHS.items():
        listed, pays = _held(item, path), PAYS[what]
        if not isinstance(listed, list) or not listed or not all(_point(each, pays) for each in listed):
            continue
        for each in listed:
            numbers = [written(str(each[name])) if name in each else None for name in ("at", "to", pays)]
            yield [str(item["id"]), what, *numbers, each.get("belongs_to")]
        _remove(item, path)


def _point(each: Any, pays: str) -> bool:
    """Whether a row can say a point: {at, pays} and the like, of numbers and words."""
    return (
        isinstance(each, dict)
        and set(each) <= {"at", "to", pays, "belongs_to"}
        and all(isinstance(value, str | int) and sayable(str(value)) for value in each.values())
    )


def _examples(left: dict[str, Any]) -> Rows:
    """Worked examples, one input or result a row. One with anything else, such as a list, stays among the rest whole."""
    rows: Rows = []
    examples = left.get("expect", [])
    if not all(_plain(each) for each in examples):
        return rows
    for at, each in enumerate(left.pop("expect", []), start=1):
        title = each.get("title")
        for what in ("inputs", "result"):
            for name, value in each.get(what, {}).items():
                rows.append(
                    [at, title, what.removesuffix("s"), name, _printed(value) if what == "inputs" else str(value)]
                )
    return rows


def _plain(example: Mapping[str, Any]) -> bool:
    if not set(example) <= {"title", "inputs", "result"} or not sayable(example.get("title", "")):
        return False
    pairs = [*example.get("inputs", {}).items(), *example.get("result", {}).items()]
    return all(
        sayable(name)
        and isinstance(value, str | int)
        and not isinstance(value, bool)
        and sayable(str(value))
        and str(value)
        for name, value in pairs
    )


def _printed(value: str | int) -> Value:
    """An input as it was written: a whole number or a decimal is a number, text that looks like one stays text."""
    if isinstance(value, int):
        return written(str(value))
    cell = written(value)
    return cell if isinstance(cell, float) and not value.endswith("0") else value


def split(cell: str) -> list[str]:
    """The names in a cell, divided by commas."""
    return [part.strip() for part in cell.split(",") if part.strip()]


def flat(rows: Iterable[Sequence[Value]]) -> str:
    """YAML text from its lines."""
    return "".join(f"{row[0] if row and row[0] is not None else ''}\n" for row in rows)
