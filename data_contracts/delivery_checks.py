"""Checks on a delivery as a whole: what they find refuses it, for no row alone is at fault."""

from collections.abc import Iterator, Sequence

import duckdb

from data_contracts.casting import literal, quote
from data_contracts.contract import Contract
from data_contracts.expectations import Failure
from data_contracts.problems import Problem

MARKED = {
    ".": "[+-]?[0-9]+([,' \u00a0][0-9]+)+([.][0-9]+)?",
    ",": "[+-]?[0-9]+([.' \u00a0][0-9]+)+(,[0-9]+)?|[+-]?[0-9]+,[0-9]+[.][0-9]+",
}
LOCAL_DATE = r"[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{2,4}.*"
WHOLE = 1_000_000


def unreadable(con: duckdb.DuckDBPyConnection, contract: Contract, failures: Sequence[Failure]) -> Iterator[Problem]:
    """Ways of writing that were not declared: read by guessing, they would change a value without a trace."""
    for failure in failures:
        check, _, name = failure.expectation.id.partition(":")
        if check != "cast":
            continue
        kind, text = contract.column(name).kind, quote(f"t:{name}")
        wrong = {
            "date": (LOCAL_DATE, "the declared date format", "Declare the format in a layout."),
            "timestamp": (LOCAL_DATE, "the declared time format", "Declare the format in a layout."),
            "share": ("[0-9.,]+ ?%", "a share from 0 to 1", "Declare the unit: convert the percentages."),
        }.get(kind)
        if kind in ("int", "number", "money", "share"):
            yield from _written(
                con,
                name,
                text,
                MARKED[contract.decimal_mark],
                "the declared decimal mark",
                "Declare decimal and thousands mark in a layout.",
            )
        if wrong:
            yield from _written(con, name, text, *wrong)
    if contract.timezone is None:
        yield Problem(contract.name, "a time zone", "none", "Declare one in the contract.")


def _written(
    con: duckdb.DuckDBPyConnection, name: str, text: str, pattern: str, expected: str, step: str
) -> Iterator[Problem]:
    query = f"SELECT count(*), min(_row) FROM typed WHERE NOT {quote('cast:' + name)} AND regexp_full_match({text}, {literal(pattern)})"
    count, first = con.execute(query).fetchall()[0]
    if count:
        yield Problem(f"row {first}, column {name}", expected, f"another in {count:,} rows", step)


def delivery_problems(con: duckdb.DuckDBPyConnection, contract: Contract) -> tuple[list[Problem], tuple[str, ...]]:
    """The problems of the delivery as a whole, by the checks the contract names, and notes on what is only worth a look."""
    problems: list[Problem] = []
    notes: list[str] = []
    for item in contract.delivery_checks:
        columns = {name: quote(column) for name, column in item.arguments}
        if item.check == "shares_sum":
            notes += _gaps(con, columns)
        problems += {
            "one_value": _one_value,
            "tree": _tree,
            "not_own": _not_own,
            "shares_sum": _shares,
            "spans_apart": _apart,
        }[item.check](con, columns)
    return problems, tuple(notes)


def _found(
    con: duckdb.DuckDBPyConnection, query: str, where: str, expected: str, actual: str, step: str
) -> list[Problem]:
    """A problem for the rows a query of (count, first row) finds."""
    count, first = con.execute(query).fetchall()[0]
    return [Problem(f"{where} (row {first})", expected, actual.format(count=count), step)] if count else []


def _one_value(con: duckdb.DuckDBPyConnection, columns: dict[str, str]) -> list[Problem]:
    name = columns["column"]
    found = [
        str(value)
        for (value,) in con.execute(
            f"SELECT DISTINCT {name} FROM passed WHERE {name} IS NOT NULL ORDER BY 1 LIMIT 5"
        ).fetchall()
    ]
    if len(found) < 2:
        return []
    return [Problem(name, "one value in a delivery", ", ".join(found), "Deliver one at a time.")]


def _not_own(con: duckdb.DuckDBPyConnection, columns: dict[str, str]) -> list[Problem]:
    query = "SELECT count(*), min(_row) FROM passed WHERE {key} = {parent}".format(**columns)
    return _found(
        con,
        query,
        columns["parent"],
        "another than oneself",
        "{count} rows that name themselves",
        "Name the one above, or leave it empty.",
    )


def _tree(con: duckdb.DuckDBPyConnection, columns: dict[str, str]) -> list[Problem]:
    problems = _not_own(con, columns)
    roots = con.execute("SELECT {key} FROM passed WHERE {parent} IS NULL ORDER BY 1".format(**columns)).fetchall()
    if len(roots) != 1:
        problems.append(
            Problem(
                columns["parent"],
                "one root",
                ", ".join(str(root) for (root,) in roots[:5]) or "none",
                "Leave one parent empty.",
            )
        )
    reached = (
        "WITH RECURSIVE below AS (SELECT {key} AS k FROM passed WHERE {parent} IS NULL "
        "UNION SELECT {key} FROM passed JOIN below ON {parent} = k) "
        "SELECT count(*), min(_row) FROM passed WHERE {key} NOT IN (SELECT k FROM below)"
    ).format(**columns)
    if roots and not problems:
        problems += _found(
            con,
            reached,
            columns["parent"],
            "a way up to the root",
            "{count} rows in a circle or below an unknown one",
            "Break the circle.",
        )
    return problems


def _apart(con: duckdb.DuckDBPyConnection, columns: dict[str, str]) -> list[Problem]:
    query = (
        "SELECT count(*), min(a._row) FROM passed a JOIN passed b ON a.{key} = b.{key} AND a._row < b._row "
        "AND a.{start} <= coalesce(b.{end}, DATE '9999-12-31') AND b.{start} <= coalesce(a.{end}, DATE '9999-12-31')"
    ).format(**columns)
    return _found(
        con,
        query,
        columns["start"],
        "spans of one key that do not overlap",
        "{count} overlaps",
        "End one before the next begins.",
    )


def _days(columns: dict[str, str]) -> str:
    """The share of each person from each day on which it changes."""
    return (
        "WITH edges AS (SELECT {key} AS k, {start} AS day, {share} AS s, _row FROM passed UNION ALL "
        "SELECT {key}, {end} + 1, -{share}, _row FROM passed WHERE {end} IS NOT NULL), "
        "sums AS (SELECT k, CAST(day AS DATE) AS day, sum(s) AS change, min(_row) AS _row FROM edges GROUP BY k, CAST(day AS DATE)), "
        "held AS (SELECT k, day, _row, sum(change) OVER later AS total, lead(day) OVER later AS until FROM sums "
        "WINDOW later AS (PARTITION BY k ORDER BY day)) "
    ).format(**columns)


def _shares(con: duckdb.DuckDBPyConnection, columns: dict[str, str]) -> list[Problem]:
    query = f"{_days(columns)} SELECT count(DISTINCT k), min(_row) FROM held WHERE total NOT IN (0, {WHOLE})"
    return _found(
        con,
        query,
        columns["share"],
        "shares of a person that sum to 1 on each day",
        "{count} people with another sum",
        "Mend the shares or the dates.",
    )


def _gaps(con: duckdb.DuckDBPyConnection, columns: dict[str, str]) -> list[str]:
    query = f"{_days(columns)} SELECT count(DISTINCT k), min(_row) FROM held WHERE total = 0 AND until IS NOT NULL"
    count, first = con.execute(query).fetchall()[0]
    return [f"{count} people have a gap between assignments (row {first}): it holds back their payout"] if count else []
