"""Checked expressions → Ibis columns, so that one definition means the same on every engine."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import ibis
from ibis.expr import datatypes as dt
from ibis.expr import types as ir
from sqlglot import exp

from data_contracts import expressions


@ibis.udf.scalar.builtin(name="unix_micros", signature=((dt.Timestamp(),), dt.int64))  # type: ignore[untyped-decorator]
def _micros(moment: ir.Value) -> ir.Value:
    """Microseconds since 1970 (Spark's name; DuckDB's epoch_us): an engine's own difference of moments asks a calendar."""


def _elapsed(start: ir.Value, end: ir.Value) -> ir.Value:
    """Whole seconds from one moment (or the midnight of a date, UTC) to another."""
    first, last = (each if each.type().is_timestamp() else each.cast("timestamp('UTC')") for each in (start, end))
    return (_micros(last) - _micros(first)) // 1_000_000


def _over(a: Any, b: Any) -> Any:
    """a / b; nothing where b is zero, on every engine."""
    return a / (b.nullif(0) if isinstance(b, ir.Value) else b or ibis.null("int64"))


BINARY: dict[type[exp.Expr], Callable[[Any, Any], Any]] = {
    exp.EQ: lambda a, b: a == b,
    exp.NEQ: lambda a, b: a != b,
    exp.GT: lambda a, b: a > b,
    exp.GTE: lambda a, b: a >= b,
    exp.LT: lambda a, b: a < b,
    exp.LTE: lambda a, b: a <= b,
    exp.Add: lambda a, b: a + b,
    exp.Sub: lambda a, b: a - b,
    exp.Mul: lambda a, b: a * b,
    exp.Div: _over,
    exp.And: lambda a, b: a & b,
    exp.Or: lambda a, b: a | b,
    exp.Nullif: lambda a, b: a.nullif(b),
}
UNARY: dict[type[exp.Expr], Callable[[Any], Any]] = {
    exp.Not: lambda a: ~a,
    exp.Neg: lambda a: -a,
    exp.Paren: lambda a: a,
    exp.Lower: lambda a: a.lower(),
    exp.Upper: lambda a: a.upper(),
    exp.Trim: lambda a: a.strip(),
    exp.Abs: lambda a: a.abs(),
}
NAMED: dict[str, Callable[..., Any]] = {
    "seconds_between": _elapsed,
    "hours_between": lambda a, b: _elapsed(a, b) / 3600,
    "days_between": lambda a, b: b.cast("date").delta(a.cast("date"), unit="day"),
    "on_day": lambda a: a.cast("date"),
}


def read(table: ir.Table, text: str) -> ir.Value:
    """The column of `table` that the expression text stands for; raises Problems when it is not allowed."""
    return _as_value(_value(expressions.parse(text, table.columns), table))


def _value(node: exp.Expr, table: ir.Table) -> Any:
    if isinstance(node, exp.Column):
        return table[node.sql(dialect="duckdb").replace('"', "")]
    if isinstance(node, exp.Literal):
        return node.this if node.is_string else (int(node.this) if node.is_int else float(node.this))
    if isinstance(node, exp.Boolean):
        return ibis.literal(bool(node.this))
    if isinstance(node, exp.Null):
        return ibis.null()
    if isinstance(node, exp.Anonymous):
        return NAMED[str(node.this).lower()](*(_value(each, table) for each in node.expressions))
    if type(node) in BINARY:
        return BINARY[type(node)](_lifted(node.this, table), _value(node.expression, table))
    if type(node) in UNARY:
        return UNARY[type(node)](_lifted(node.this, table))
    return _special(node, table)


def _special(node: exp.Expr, table: ir.Table) -> Any:
    arguments = [_value(each, table) for each in node.expressions]
    if isinstance(node, exp.In):
        return _value(node.this, table).isin(arguments)
    if isinstance(node, exp.Between):
        return _value(node.this, table).between(_value(node.args["low"], table), _value(node.args["high"], table))
    if isinstance(node, exp.Is):
        column = _value(node.this, table)
        return column.isnull() if isinstance(node.expression, exp.Null) else column == _value(node.expression, table)
    if isinstance(node, exp.Coalesce):
        return ibis.coalesce(_value(node.this, table), *arguments)
    if isinstance(node, exp.Concat):
        return reduce(lambda a, b: a + b, (ibis.literal(each) if isinstance(each, str) else each for each in arguments))
    cases = [(_value(branch.this, table), _value(branch.args["true"], table)) for branch in node.args["ifs"]]
    default = node.args.get("default")
    return ibis.cases(*cases, else_=_value(default, table) if default is not None else None)


def _lifted(node: exp.Expr, table: ir.Table) -> Any:
    """The left operand as an Ibis value, so that Python's operators build expressions."""
    return _as_value(_value(node, table))


def _as_value(value: Any) -> ir.Value:
    return value if isinstance(value, ir.Value) else ibis.literal(value)
