"""A layout becomes one SELECT over the raw tables of staging: joins that keep every row, groups, codes and expressions."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlglot import exp

from data_contracts.casting import literal, quote
from data_contracts.contract import Contract
from data_contracts.expressions import parse, to_sql
from data_contracts.layouts import MAIN, Join, Layout
from data_contracts.problems import Problem, Problems, raise_if, resembles


def mapping_sql(layout: Layout, contract: Contract, columns: Mapping[str, Sequence[str]]) -> str:
    """The SELECT that makes text columns of the contract from the tables `raw_<source>` (each with `_row`).

    `columns` names what each source's file holds. Raises Problems for unknown columns and for what is not on the allow-list.
    """
    known = _known(layout, columns)
    problems: list[Problem] = []
    selected = [_selected(column.name, column.default, layout, known, problems) for column in contract.columns]
    for join in layout.joins:
        for ours, theirs in join.match.items():
            problems += _unknown(ours, [name for name in known if "." not in name], layout, "join")
            problems += _unknown(f"{join.source}.{theirs}", known, layout, "join")
    raise_if(problems)
    joins = "".join(
        f" LEFT JOIN ({_grouped(layout, join.source)}) AS {quote(join.source)} ON {_match(join)}"
        for join in layout.joins
    )
    return f"SELECT {', '.join(selected)} FROM ({_grouped(layout, MAIN)}) AS {quote(MAIN)}{joins} ORDER BY {quote(MAIN)}._row"


def repeated_sql(layout: Layout, join: Join) -> str:
    """The query that counts the keys of a joined source met more than once: there must be none."""
    keys = ", ".join(map(quote, join.match.values()))
    return f"SELECT count(*) FROM (SELECT 1 FROM ({_grouped(layout, join.source)}) GROUP BY {keys} HAVING count(*) > 1)"


def _match(join: Join) -> str:
    return " AND ".join(
        f"{quote(MAIN)}.{quote(ours)} = {quote(join.source)}.{quote(theirs)}" for ours, theirs in join.match.items()
    )


def _known(layout: Layout, columns: Mapping[str, Sequence[str]]) -> list[str]:
    """Every name an expression may use: the delivery's columns bare, the sources' with their source before a dot."""
    found: list[str] = []
    for name, source in layout.sources.items():
        own = [*source.group_by, *source.totals] if source.group_by else columns[name]
        found += own if name == MAIN else [f"{name}.{column}" for column in own]
    return found


def _unknown(name: str, known: Sequence[str], layout: Layout, where: str) -> list[Problem]:
    if name in known:
        return []
    return [Problem(f"{layout.name}: {where}", "a column of the files", repr(name), resembles(name, known))]


def _selected(column: str, default: str | None, layout: Layout, known: Sequence[str], problems: list[Problem]) -> str:
    target = layout.columns.get(column)
    if target is None:
        return f"{'NULL' if not default else literal(default)}::VARCHAR AS {quote(column)}"
    sql = "NULL"
    if target.source is not None:
        problems += _unknown(target.source, known, layout, f"columns.{column}")
        source, _, name = (
            target.source.rpartition(".")
            if target.source not in known or "." in target.source
            else ("", "", target.source)
        )
        sql = f"{quote(source or MAIN)}.{quote(name)}"
    elif target.expression is not None:
        try:
            parsed = parse(target.expression, known, f"{layout.name}: columns.{column}", resembles)
            sql = to_sql(parsed.transform(_of_the_delivery))
        except Problems as found:
            problems += found.problems
    elif target.constant is not None:
        sql = literal(target.constant)
    sql = f"CAST({sql} AS VARCHAR)"
    if target.codes:
        cases = " ".join(
            f"WHEN {literal(code)} THEN {'NULL' if value is None else literal(value)}"
            for code, value in target.codes.items()
        )
        sql = f"CASE trim({sql}) {cases} ELSE {sql} END"
    return f"{sql} AS {quote(column)}"


def _of_the_delivery(node: exp.Expression) -> exp.Expression:
    """A bare column is the delivery's, also where a joined source has one of the same name."""
    return exp.column(node.name, table=MAIN, quoted=True) if isinstance(node, exp.Column) and not node.table else node


def _grouped(layout: Layout, name: str) -> str:
    """A source's rows, its declared numbers exact, grouped where the layout says so."""
    source = layout.sources[name]
    prefix = "" if name == MAIN else f"{name}."
    numbers = [item.removeprefix(prefix) for item in layout.numbers if prefix or "." not in item]
    numbers = [item for item in numbers if "." not in item]
    replaced = ", ".join(f"CAST({quote(item)} AS DECIMAL(38, 6)) AS {quote(item)}" for item in numbers)
    rows = f"SELECT *{f' REPLACE ({replaced})' if replaced else ''} FROM raw_{name}"
    if not source.group_by:
        return rows
    keys = ", ".join(map(quote, source.group_by))
    totals = "".join(f", {_total(total)} AS {quote(alias)}" for alias, total in source.totals.items())
    return f"SELECT {keys}{totals}, min(_row) AS _row FROM ({rows}) GROUP BY {keys}"


def _total(total: Mapping[str, Any]) -> str:
    ((kind, column),) = total.items()
    if kind == "count":
        return "count(*)"
    return f"sum(CAST({quote(column)} AS DECIMAL(38, 6)))" if kind == "sum" else f"arg_min({quote(column)}, _row)"
