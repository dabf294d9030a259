"""Expressions that people write in contracts, layouts and KPI definitions: parsed by sqlglot against an allow-list."""

from collections.abc import Callable, Collection
from functools import lru_cache

import sqlglot
from sqlglot import exp

from data_contracts.problems import Problem, Problems, did_you_mean

Hint = Callable[[str, Collection[str]], str]
COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Is, exp.Between)
ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg)
LOGIC = (exp.And, exp.Or, exp.Not, exp.Paren, exp.Case, exp.If)
VALUES = (exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null)
FUNCTIONS = (exp.Coalesce, exp.Lower, exp.Upper, exp.Trim, exp.Abs, exp.Nullif, exp.Concat)
NAMED_FUNCTIONS = {"seconds_between": 2, "hours_between": 2, "days_between": 2, "on_day": 1}
ALLOWED = (*COMPARISONS, *ARITHMETIC, *LOGIC, *VALUES, *FUNCTIONS)
NEXT = (
    "Use columns, literals, comparisons, and/or/not, + - * /, case, coalesce, lower, upper, trim, abs, nullif, concat, "
)
NEXT += "seconds_between(a, b), hours_between(a, b), days_between(a, b) and on_day(a)."


def parse(text: str, columns: Collection[str], where: str = "expression", hint: Hint = did_you_mean) -> exp.Expr:
    """Parse one expression over `columns`; `hint` makes the next step for an unknown one of what is known.

    Raises Problems naming every construct that is not on the allow-list and every unknown column.
    """
    try:
        tree = _tree(text)
    except sqlglot.errors.SqlglotError as error:
        raise Problems([Problem(where, "one expression", f"{text!r} ({str(error).splitlines()[0]})", NEXT)]) from error
    problems = [problem for node in tree.walk() for problem in _check(node, columns, where, hint)]
    if problems:
        raise Problems(problems)
    return tree


@lru_cache(1024)
def _tree(text: str) -> exp.Expr:
    return sqlglot.parse_one(text, dialect="duckdb")


def _check(node: exp.Expr, columns: Collection[str], where: str, hint: Hint) -> list[Problem]:
    if isinstance(node, exp.Anonymous):
        name, arity = str(node.this).lower(), len(node.expressions)
        if NAMED_FUNCTIONS.get(name) != arity:
            return [Problem(where, "an allowed function", f"{name} with {arity} arguments", NEXT)]
        return []
    if not isinstance(node, ALLOWED):
        return [Problem(where, "an allowed construct", f"{node.key} in {node.sql(dialect='duckdb')!r}", NEXT)]
    if isinstance(node, exp.Column):
        name = node.sql(dialect="duckdb").replace('"', "")
        if name not in columns:
            return [Problem(where, "a known column", repr(name), hint(name, columns))]
    return []


def names(tree: exp.Expr) -> set[str]:
    """The columns an expression reads."""
    return {column.sql(dialect="duckdb").replace('"', "") for column in tree.find_all(exp.Column)}


def to_sql(tree: exp.Expr) -> str:
    """The expression as DuckDB SQL, the named functions written out."""
    return tree.transform(_expand).sql(dialect="duckdb")


def _expand(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.Anonymous):
        return node
    arguments = [f"({argument.sql(dialect='duckdb')})" for argument in node.expressions]
    sql = {
        "seconds_between": "date_diff('second', {0}, {1})",
        "hours_between": "date_diff('second', {0}, {1}) / 3600.0",
        "days_between": "date_diff('day', CAST({0} AS DATE), CAST({1} AS DATE))",
        "on_day": "CAST({0} AS DATE)",
    }[str(node.this).lower()]
    return sqlglot.parse_one(f"({sql.format(*arguments)})", dialect="duckdb")
