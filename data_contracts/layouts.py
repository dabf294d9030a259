"""Somebody else's columns become the contract's columns: a layout is YAML, its expressions an allow-list, its rows never lost.

    layout: olist_orders
    dataset: orders
    delimiter: ","                 # encoding, decimal_mark, thousands_mark, timezone and null_tokens likewise
    sources:                       # further files, lying beside the delivery
      customers: {file: olist_customers_dataset.csv}
      payments: {file: olist_order_payments_dataset.csv, group_by: [order_id], totals: {paid: {sum: payment_value}}}
    join:                          # every row of the delivery stays; at most one row of a source may match it
      - {source: customers, match: {customer_id: customer_id}}
      - {source: payments, match: {order_id: order_id}}
    numbers: [price]               # columns read as exact decimals, so that expressions can calculate
    columns:
      order_id: order_id                                       # a column of the delivery
      customer: {from: customers.customer_unique_id}           # a column of a source
      currency: {constant: BRL}
      nps: {from: NETPRO, codes: {"11": null}}                 # codes not listed stay as they are
      ordered_at: {from: bought, format: "%d/%m/%Y %H:%M"}
      segment: {expression: "case when BUSINESS = '1' then 'business' else 'other' end"}

`group_by` and `totals` at the top level make one row of each group of the delivery, with `{count: true}`, `{sum: column}`
and `{first: column}` as totals.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from data_contracts.contract import Contract
from data_contracts.problems import Problem, Problems, did_you_mean, raise_if

READING = ("delimiter", "encoding", "decimal_mark", "thousands_mark", "timezone", "null_tokens")
KEYS = {"layout", "dataset", "title", "sources", "join", "group_by", "totals", "numbers", "columns", *READING}
SOURCE_KEYS = {"file", "group_by", "totals"}
COLUMN_KEYS = {"from", "expression", "constant", "codes", "format"}
TOTALS = {"sum", "count", "first"}
MAIN = "delivery"
NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Source:
    """A file of a layout: its name beside the delivery, and how its rows are grouped, if they are."""

    file: str | None = None
    group_by: tuple[str, ...] = ()
    totals: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """Where one column of the contract comes from: exactly one of `source`, `expression` and `constant`."""

    source: str | None = None
    expression: str | None = None
    constant: str | None = None
    codes: Mapping[str, str | None] = field(default_factory=dict)
    format: str | None = None


@dataclass(frozen=True)
class Join:
    """A source joined to the delivery: delivery column → source column."""

    source: str
    match: Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    """How an export maps to one dataset's contract. `sources` holds the delivery itself under 'delivery'."""

    name: str
    dataset: str
    sources: Mapping[str, Source]
    joins: tuple[Join, ...]
    numbers: frozenset[str]
    columns: Mapping[str, Target]
    reading: Mapping[str, Any]
    text: str = ""


def parse_layout(text: str, contract: Contract, source: str = "layout") -> Layout:
    """The layout a YAML text states, for that contract; raises Problems with everything that is wrong with it."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Problems([Problem(source, "YAML", str(error).splitlines()[0], "Mend the YAML.")]) from error
    if not isinstance(data, dict):
        raise Problems([Problem(source, "layout, dataset and columns", type(data).__name__, "See docs/layouts.md.")])
    raise_if(_problems(data, contract, source))
    sources = {name: _source(item) for name, item in (data.get("sources") or {}).items()}
    reading = {name: data[name] for name in READING if name in data}
    if "null_tokens" in reading:
        reading["null_tokens"] = ("", *map(str, reading["null_tokens"]))
    return Layout(
        name=str(data.get("layout", source)),
        dataset=contract.name,
        sources={MAIN: _source(data), **sources},
        joins=tuple(Join(item["source"], item["match"]) for item in data.get("join") or ()),
        numbers=frozenset(data.get("numbers") or ()),
        columns={name: _target(item) for name, item in data["columns"].items()},
        reading=reading,
        text=text,
    )


def _source(item: Mapping[str, Any]) -> Source:
    return Source(item.get("file"), tuple(item.get("group_by") or ()), item.get("totals") or {})


def _target(item: Any) -> Target:
    if not isinstance(item, dict):
        return Target(source=str(item))
    codes = {str(key): None if value is None else str(value) for key, value in (item.get("codes") or {}).items()}
    constant = None if item.get("constant") is None else str(item["constant"])
    return Target(item.get("from"), item.get("expression"), constant, codes, item.get("format"))


def _problems(data: dict[str, Any], contract: Contract, source: str) -> Iterator[Problem]:
    for key in data.keys() - KEYS:
        yield Problem(f"{source}: {key}", "a field of a layout", repr(key), did_you_mean(key, KEYS))
    if data.get("dataset") != contract.name:
        yield Problem(
            f"{source}: dataset", contract.name, repr(data.get("dataset")), "Use the layout with its own dataset."
        )
    columns, known = data.get("columns"), [column.name for column in contract.columns]
    if not isinstance(columns, dict) or not columns:
        yield Problem(
            f"{source}: columns", "contract column: source", repr(columns), f"Map some of: {', '.join(known)}."
        )
        columns = {}
    for name in columns.keys() - set(known):
        yield Problem(
            f"{source}: columns.{name}", f"a column of {contract.name}", repr(name), did_you_mean(str(name), known)
        )
    for column in contract.columns:
        if column.required and column.default is None and column.name not in columns:
            yield Problem(f"{source}: columns", f"the required column {column.name}", "none", "Map it.")
    for name, item in columns.items():
        yield from _column_problems(item, f"{source}: columns.{name}")
    files = data.get("sources") or {}
    for name, item in files.items():
        if not NAME.fullmatch(str(name)) or name == MAIN:  # it names a folder and a view
            yield Problem(f"{source}: sources", "a lower-case name", repr(name), "Use letters, digits and _.")
        yield from _source_problems(item, f"{source}: sources.{name}", needs_file=True)
    yield from _source_problems(
        {"totals": data.get("totals"), "group_by": data.get("group_by")}, source, needs_file=False
    )
    for join in data.get("join") or ():
        if not isinstance(join, dict) or join.keys() != {"source", "match"} or join["source"] not in files:
            yield Problem(
                f"{source}: join",
                "{source: a known source, match: {column: column}}",
                repr(join),
                f"Known: {', '.join(files)}.",
            )


def _column_problems(item: Any, where: str) -> Iterator[Problem]:
    if not isinstance(item, dict):
        return
    for key in item.keys() - COLUMN_KEYS:
        yield Problem(
            where, "from, expression, constant, codes or format", repr(key), did_you_mean(str(key), COLUMN_KEYS)
        )
    if len(item.keys() & {"from", "expression", "constant"}) != 1:
        yield Problem(where, "one of from, expression and constant", ", ".join(map(str, item)), "Keep one.")


def _source_problems(item: Any, where: str, needs_file: bool) -> Iterator[Problem]:
    if not isinstance(item, dict) or item.keys() - SOURCE_KEYS or (needs_file and not _plain_name(item.get("file"))):
        yield Problem(where, "file (a name beside the delivery), group_by and totals", repr(item), "Write these.")
        return
    for name, total in (item.get("totals") or {}).items():
        if not isinstance(total, dict) or len(total) != 1 or total.keys() - TOTALS:
            yield Problem(
                f"{where}.totals.{name}", "{sum: column}, {first: column} or {count: true}", repr(total), "Choose one."
            )
    if bool(item.get("totals")) and not item.get("group_by"):
        yield Problem(f"{where}.totals", "group_by beside it", "none", "Name the columns to group by.")


def _plain_name(file: Any) -> bool:
    return isinstance(file, str) and "/" not in file and "\\" not in file and not file.startswith(".")
