"""The form of a payroll file: YAML that says its columns, marks, first and last lines. Three ship; a company writes its own."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Literal

from pydantic import Field

from data_contracts.problems import Problem, Problems, did_you_mean, raise_if
from kpis.exact import LARGEST, Strict, load_yaml, read_model

FIELDS = (
    "employee_number", "wage_code", "cost_centre", "gross", "currency", "period", "year", "number", "first_day", "last_day", "run",
)  # fmt: skip
SUMS = ("rows", "control_sum", "currency", "period", "year", "number", "first_day", "last_day", "run")
NAMED = re.compile(r"\{(\w*)\}")
UNSAFE = ("=", "+", "-", "@", "\t", "\r", "\n")


class Column(Strict):
    """One column: its title, and what stands in it: text with {fields}."""

    head: str
    value: str


class Layout(Strict):
    """One form of a payroll file. `needs` are settings of `[layouts.<name>]` in payroll.toml, which any line may name."""

    name: str = Field(pattern=r"^[a-z0-9_-]+$")
    title: str = ""
    extension: Literal["csv", "txt"] = "csv"
    encoding: Literal["utf-8", "utf-8-sig", "cp1252", "latin-1"] = "utf-8"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    decimal_mark: Literal[".", ","] = "."
    line_end: Literal["\n", "\r\n"] = "\r\n"
    days: str = "%Y-%m-%d"
    header: bool = True
    needs: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    columns: tuple[Column, ...] = Field(min_length=1)
    last: tuple[str, ...] = ()


def shipped() -> dict[str, str]:
    """The YAML text of every layout that ships, by name."""
    folder = resources.files("kpis.payroll") / "catalog"
    return {
        item.name.removesuffix(".yaml"): item.read_text("utf-8")
        for item in folder.iterdir()
        if item.name.endswith(".yaml")
    }


def parse(text: str, where: str) -> Layout:
    """The layout in a YAML text; raises Problems with every fault and its place, unknown {fields} among them."""
    found = read_model(Layout, load_yaml(text, where), where)
    lines: list[tuple[str, str, tuple[str, ...]]] = [
        (f"columns[{at}].value", each.value, FIELDS) for at, each in enumerate(found.columns)
    ]
    lines += [
        (f"{name}[{at}]", each, SUMS) for name in ("first", "last") for at, each in enumerate(getattr(found, name))
    ]
    raise_if(
        Problem(f"{where}, {place}", "a known field in braces", repr(name), did_you_mean(name, [*known, *found.needs]))
        for place, line, known in lines
        for name in NAMED.findall(line)
        if name not in known and name not in found.needs
    )
    return found


def filled(text: str, fields: Mapping[str, str]) -> str:
    """The text with its {fields} filled in."""
    return NAMED.sub(lambda match: fields[match[1]], text)


def render(
    layout: Layout, rows: Sequence[Mapping[str, str]], sums: Mapping[str, str], given: Mapping[str, str]
) -> bytes:
    """The file: first lines, titles, a line a row, last lines; the same rows always give the same bytes.

    Raises Problems for settings that are missing, and for every value that the file's encoding has no sign for, or that a
    spreadsheet would run as a formula: escaping it would change it for payroll.
    """
    missing = [name for name in layout.needs if not given.get(name)]
    raise_if(
        Problem(f"payroll.toml, layouts.{layout.name}", f"the setting {name}", "none", f'Write {name} = "…".')
        for name in missing
    )
    out = io.StringIO()
    writer = csv.writer(out, delimiter=layout.delimiter, lineterminator=layout.line_end)
    out.writelines(filled(line, {**given, **sums}) + layout.line_end for line in layout.first)
    if layout.header:
        writer.writerow([each.head for each in layout.columns])
    writer.writerows([[filled(each.value, {**given, **row}) for each in layout.columns] for row in rows])
    out.writelines(filled(line, {**given, **sums}) + layout.line_end for line in layout.last)
    text = out.getvalue()
    raise_if([*_unsafe(rows), *_unwritable(layout, rows)])
    try:
        return text.encode(layout.encoding)
    except UnicodeEncodeError as error:
        step = "Write it with signs the format has."
        raise Problems(
            [Problem(layout.name, f"text in {layout.encoding}", repr(text[error.start : error.end]), step)]
        ) from error


def _unsafe(rows: Sequence[Mapping[str, str]]) -> list[Problem]:
    pairs = {(name, row[name]) for row in rows for name in ("employee_number", "wage_code", "cost_centre")}
    step = "Mend it where it is kept: a spreadsheet would run it as a formula, and escaped it is another number."
    return [
        Problem(name.replace("_", " "), "text that begins with a letter or digit", repr(value), step)
        for name, value in sorted(pairs)
        if value.lstrip(" ").startswith(UNSAFE)
    ]


def _unwritable(layout: Layout, rows: Sequence[Mapping[str, str]]) -> list[Problem]:
    found = []
    for value in sorted({value for row in rows for value in row.values()}):
        try:
            value.encode(layout.encoding)
        except UnicodeEncodeError:
            found.append(
                Problem(layout.name, f"text in {layout.encoding}", repr(value), "Write it with signs the format has.")
            )
    return found


def amount(minor: int, exponent: int, mark: str) -> str:
    """Minor units with their decimals: 83332 as 833.32 or 833,32."""
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    sign = "-" if minor < 0 else ""
    return sign + (f"{digits[:-exponent]}{mark}{digits[-exponent:]}" if exponent else digits)


def minor(text: str, exponent: int, mark: str) -> int:
    """The minor units of an amount as `amount` writes it; raises ValueError for anything else, finer ones and 10¹² among it."""
    form = rf"(-?)(0*[0-9]{{1,12}})(?:{re.escape(mark)}([0-9]{{1,{max(exponent, 1)}}}))?"
    match = re.fullmatch(form, text.strip())
    if not match or (match[3] and not exponent):
        raise ValueError(f"an amount below {LARGEST:,} with at most {exponent} decimals after {mark!r}")
    value = int(match[2] + (match[3] or "").ljust(exponent, "0"))
    return -value if match[1] else value
