"""The `quality` entries of a contract: a closed list of expectations, and SQL that is one condition over the batch."""

import re
from collections.abc import Mapping
from typing import Any

import sqlglot
from open_data_contract_standard.model import DataQuality, SchemaObject
from sqlglot import exp

from data_contracts.contract import Column, Rule
from data_contracts.expressions import parse, to_sql
from data_contracts.problems import Problem, Problems, did_you_mean

RANGE = {"column", "min_value", "max_value"}
ROW_TYPES = {
    "expect_column_values_to_not_be_null": {"column"},
    "expect_column_values_to_be_between": {*RANGE, "strict_min", "strict_max"},
    "expect_column_values_to_be_in_set": {"column", "value_set"},
    "expect_column_values_to_not_be_in_set": {"column", "value_set"},
    "expect_column_value_lengths_to_be_between": RANGE,
    "expect_column_values_to_match_regex": {"column", "regex"},
    "expect_column_pair_values_a_to_be_greater_than_b": {"column_A", "column_B", "or_equal"},
    "unexpected_rows_expectation": {"unexpected_rows_query"},
}
DELIVERY_TYPES = {
    "expect_table_row_count_to_be_between": {"min_value", "max_value"},
    "expect_column_mean_to_be_between": RANGE,
    "expect_column_sum_to_be_between": RANGE,
    "expect_column_proportion_of_non_null_values_to_be_between": RANGE,
}
TYPES = ROW_TYPES | DELIVERY_TYPES
SELECT_PARTS = {"expressions", "from_", "from", "where", "kind"}


def read_rules(
    schema: SchemaObject, columns: Mapping[str, Column], source: str, found: list[Problem]
) -> tuple[Rule, ...]:
    """The rules of a table and of its columns; problems are added to `found`."""
    rules = [_rule(entry, {}, columns, source, found) for entry in schema.quality or []]
    for item in schema.properties or []:
        rules += [_rule(entry, {"column": item.name}, columns, source, found) for entry in item.quality or []]
    return tuple(rule for rule in rules if rule)


def _rule(
    entry: DataQuality, given: dict[str, Any], columns: Mapping[str, Column], source: str, found: list[Problem]
) -> Rule | None:
    name = entry.name or entry.id or "quality"
    where = f"{source}: quality {name!r}"
    if entry.type != "custom" or entry.engine != "greatExpectations" or not isinstance(entry.implementation, dict):
        found.append(
            Problem(
                where,
                "type custom, engine greatExpectations, implementation {expectation_type, kwargs}",
                f"{entry.type}, {entry.engine}",
                "Write these three.",
            )
        )
        return None
    body = entry.implementation
    kind, arguments = str(body.get("expectation_type")), {**given, **(body.get("kwargs") or {})}
    found += [
        Problem(where, "expectation_type and kwargs", repr(key), "Remove it.")
        for key in body.keys() - {"expectation_type", "kwargs"}
    ]
    if kind not in TYPES:
        found.append(Problem(where, "an expectation of the closed list", repr(kind), did_you_mean(kind, TYPES)))
        return None
    found += [
        Problem(where, "an allowed argument", repr(key), did_you_mean(key, TYPES[kind]))
        for key in arguments.keys() - TYPES[kind]
    ]
    for key in ("column", "column_A", "column_B"):
        if key in TYPES[kind] and arguments.get(key) not in columns:
            found.append(
                Problem(
                    where, "a known column", repr(arguments.get(key)), did_you_mean(str(arguments.get(key)), columns)
                )
            )
    found += [p for key, value in arguments.items() for p in _argument(key, value, where)]
    return Rule(name, kind, tuple(sorted(arguments.items())), _condition(kind, arguments, columns, where, found))


def _argument(key: str, value: object, where: str) -> list[Problem]:
    """Arguments are plain values: a dictionary could name a suite parameter or a class."""
    plain = (str, int, float, bool, type(None))
    if isinstance(value, plain) or (isinstance(value, list) and all(isinstance(item, plain) for item in value)):
        return []
    return [
        Problem(where, f"a plain value for {key}", type(value).__name__, "Write a text, a number or a list of them.")
    ]


def _condition(
    kind: str, arguments: Mapping[str, Any], columns: Mapping[str, Column], where: str, found: list[Problem]
) -> str | None:
    """The SQL condition under which a row *fails*, for the types that are computed in staging."""
    if kind == "expect_column_values_to_match_regex":
        try:
            re.compile(str(arguments.get("regex")))
        except re.error as error:
            found.append(Problem(where, "a regular expression", str(error), "Mend it."))
        pattern = exp.Literal.string(str(arguments.get("regex"))).sql("duckdb")
        return f'NOT regexp_matches("t:{arguments.get("column")}", {pattern})'
    if kind != "unexpected_rows_expectation":
        return None
    try:
        return to_sql(_where(str(arguments.get("unexpected_rows_query")), columns, where))
    except Problems as problems:
        found += problems.problems
        return None


def _where(query: str, columns: Mapping[str, Column], where: str) -> exp.Expr:
    """The condition of `SELECT * FROM {batch} WHERE condition`; anything else is a problem."""
    problem = Problem(
        where, "SELECT * FROM {batch} WHERE condition", repr(query), "Write one SELECT over {batch} with one condition."
    )
    try:
        statements = sqlglot.parse(query.replace("{batch}", "batch"), dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        raise Problems([problem]) from error
    tree = statements[0] if len(statements) == 1 else None
    if not isinstance(tree, exp.Select) or query.count("{batch}") != 1 or query.count("batch") != 1:
        raise Problems([problem])
    used = {name for name, value in tree.args.items() if value}
    tables = [table.sql() for table in tree.find_all(exp.Table)]
    if (
        used - SELECT_PARTS
        or tables != ["batch"]
        or [e.sql() for e in tree.expressions] != ["*"]
        or "where" not in used
    ):
        raise Problems([problem])
    return parse(tree.args["where"].this.sql("duckdb"), columns, where)
