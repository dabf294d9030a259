"""HR's own sheet of a period: whom it pays what, and from which inputs, read by titles that many go by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from data_contracts.problems import Problem, Problems, did_you_mean, raise_if
from kpis.exact import LARGEST, Strict, load_yaml, read_model, round_half_away, round_half_up
from kpis.incentives.plan import Plan
from kpis.sheets.cells import Book, Cell, Head, Row, Sheet, folded, shown, table, text, twice

PEOPLE = ("employee number", "employee no", "employee id", "employee", "staff number", "personnel number", "person", "participant",
          "personalnummer", "pers nr", "mitarbeiter", "personeelsnummer", "medewerker", "medewerkernummer", "number", "no")  # fmt: skip
AMOUNTS = ("payout", "bonus", "bonus amount", "variable pay", "payment", "amount", "total", "auszahlung", "betrag", "prämie",
           "uitbetaling", "bedrag")  # fmt: skip
OTHERS: Mapping[str, tuple[str, ...]] = {
    "salary": ("salary", "annual salary", "base salary", "base pay", "annual base", "jahresgehalt", "gehalt", "grundgehalt",
               "jaarsalaris", "salaris"),
    "fte": ("fte", "part time factor", "employment rate", "teilzeitfaktor", "beschäftigungsgrad", "deeltijdfactor", "parttime"),
    "days": ("days", "eligible days", "days in period", "tage", "anspruchstage", "dagen"),
}  # fmt: skip
OF_EACH: Mapping[str, tuple[str, ...]] = {
    "figure": ("figure", "actual", "result", "ist", "istwert", "ergebnis", "realisatie", "resultaat"),
    "threshold": ("threshold", "minimum", "schwelle", "drempel"),
    "target": ("target", "goal", "ziel", "zielwert", "doel"),
    "stretch": ("stretch", "maximum", "stretchziel"),
    "weight": ("weight", "gewicht", "weging"),
    "pay": ("pay", "payout", "bonus", "amount", "betrag", "bedrag"),
}
PLACES = 9


class TheirLayout(Strict):
    """Where to look in a sheet of other titles: its name, and their title for a field such as person, payout or target:fcr."""

    sheet: str = ""
    columns: Mapping[str, str] = {}


def layout(given: str, where: str, plan: Plan) -> TheirLayout:
    """The layout in a YAML text; raises Problems with every fault, fields nobody knows among them."""
    found = read_model(TheirLayout, load_yaml(given, where), where)
    known = [head.field for head in heads(plan)]
    raise_if(
        Problem(f"{where}, columns", "a known field", repr(name), did_you_mean(name, known))
        for name in found.columns
        if name not in known
    )
    return found


def heads(plan: Plan) -> list[Head]:
    """The columns that are looked for: person and payout, and what the payout came from, for each component by id and by title."""
    found = [
        Head("person", "Employee number", "text", PEOPLE, needed=True),
        Head("payout", "Payout", "number", AMOUNTS, needed=True),
    ]
    found += [Head(field, field, "number", aliases) for field, aliases in OTHERS.items()]
    for source in plan.sources:
        names = dict.fromkeys((source.id, source.name))
        for field, words in OF_EACH.items():
            aliases = tuple(title for name in names for word in words for title in (f"{name} {word}", f"{word} {name}"))
            found.append(Head(f"{field}:{source.id}", f"{source.id} {field}", "number", aliases))
    return found


@dataclass(frozen=True)
class Theirs:
    """One row of their sheet: where, whom, how much in minor units, and the inputs it carries, by field."""

    where: str
    number: str
    amount: int
    inputs: Mapping[str, Fraction]


def read(book: Book, plan: Plan, exponent: int, given: TheirLayout | None = None) -> list[Theirs]:
    """Every row of their sheet; raises Problems that name the cells.

    A calculated amount is taken to the minor unit, halves away from zero, as it is shown; a calculated input to nine decimals.
    """
    given = given or TheirLayout()
    sheet = _sheet(book, plan, given)
    rows = table(sheet, _renamed(heads(plan), given), strict=False)
    found = [*(each for each in book.refused if each.where.startswith(f"{sheet.name}!")), *twice(rows, "person")]
    read_rows = []
    for row in rows:
        try:
            read_rows.append(_row(row, exponent))
        except Problems as problems:
            found += problems.problems
    raise_if(found)
    return read_rows


def _sheet(book: Book, plan: Plan, given: TheirLayout) -> Sheet:
    """The sheet named, else the first that has both titles."""
    if given.sheet:
        return book.sheet(given.sheet)
    needed = [head for head in _renamed(heads(plan), given) if head.needed]
    for sheet in book.sheets.values():
        titles = [{folded(value) for value in row if value is not None} for row in sheet.rows[:20]]
        if any(
            all(line & {folded(name) for name in (head.title, *head.aliases)} for head in needed) for line in titles
        ):
            return sheet
    step = "Name the sheet and its titles in a layout: {sheet: Bonus, columns: {person: Pers.-Nr., payout: Bonus Q3}}."
    raise Problems([Problem(book.name, "a sheet with an employee number and a payout", ", ".join(book.sheets), step)])


def _renamed(known: Sequence[Head], given: TheirLayout) -> list[Head]:
    return [
        Head(each.field, given.columns[each.field], each.kind, (), needed=each.needed)
        if each.field in given.columns
        else each
        for each in known
    ]


def _row(row: Row, exponent: int) -> Theirs:
    found: list[Problem] = []
    values: dict[str, Fraction] = {}
    if row.cells["person"].empty:
        step = "Write whose row it is; take out a row that is nobody's, such as a sum."
        found.append(Problem(row.cells["person"].where, "an employee number", "nothing", step))
    for field, cell in row.cells.items():
        if field != "person" and (not cell.empty or field == "payout"):
            try:
                values[field] = _number(cell)
            except Problems as problems:
                found += problems.problems
    raise_if(found)
    payout = round_half_away(values.pop("payout") * 10**exponent)
    return Theirs(row.cells["payout"].where, text(row.cells["person"]), payout, values)


def _number(cell: Cell) -> Fraction:
    if isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
        if not abs(cell.value) < LARGEST:
            step = "Check the cell: no amount and no figure is as large."
            raise Problems([Problem(cell.where, f"a number below {LARGEST:,}", shown(cell.value), step)])
        return round_half_up(Fraction(Decimal(repr(cell.value))), PLACES)
    step = "Format the cell as a number; leave out a person who is not paid."
    raise Problems([Problem(cell.where, "a number", shown(cell.value), step)])
