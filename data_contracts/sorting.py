"""Great Expectations has answered: rows are divided into passed, failed with every reason, and repeats."""

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from data_contracts.casting import literal
from data_contracts.contract import Contract
from data_contracts.delivery_checks import delivery_problems, unreadable
from data_contracts.digest import digest_sql
from data_contracts.expectations import CheckBroke, Failure
from data_contracts.problems import Problem, Problems, raise_if
from data_contracts.receipts import Receipt

SHOWN = 100


def divide(
    con: duckdb.DuckDBPyConnection, contract: Contract, failures: Sequence[Failure], receipt: Receipt
) -> Receipt:
    """Make `failed` (_row, reasons) and the view `passed`, and count both in the receipt.

    Raises Problems where the delivery is refused whole: an expectation of the whole, a way of writing that was not
    declared, a check across rows, more quarantined rows than tolerated, or a snapshot without a row left.
    """
    raise_if(_whole(failures))
    raise_if(unreadable(con, contract, failures))
    by_row = [failure for failure in failures if failure.condition]
    reasons = _fail(con, by_row)
    con.execute(
        "CREATE VIEW passed AS SELECT * FROM typed WHERE NOT EXISTS (FROM failed WHERE failed._row = typed._row) AND NOT EXISTS (FROM repeats WHERE repeats._row = typed._row)"
    )
    counted = replace(
        receipt,
        received=_count(con, "typed"), admitted=_count(con, "passed"), quarantined=_count(con, "failed"), repeats=_count(con, "repeats"),
        replaced=_count(con, "replaced JOIN passed USING (_row)"), normalised=_count(con, "typed WHERE _normalised"),
        reasons=reasons, rows={reason: _rows(con, reason) for reason in reasons},
    )  # fmt: skip
    raise_if(_tolerated(contract, counted))
    problems, notes = delivery_problems(con, contract)
    raise_if(problems)
    return replace(counted, notes=(*counted.notes, *notes))


def digest(con: duckdb.DuckDBPyConnection, contract: Contract) -> str:
    """The digest of the admitted rows as the lake will hold them."""
    return str(con.execute(digest_sql(contract.lake_columns, "admitted")).fetchall()[0][0])


def _whole(failures: Sequence[Failure]) -> list[Problem]:
    return [
        Problem("the delivery", failure.expectation.reason, str(failure.observed), "Export it again.")
        for failure in failures
        if not failure.condition
    ]


def _fail(con: duckdb.DuckDBPyConnection, failures: Sequence[Failure]) -> dict[str, int]:
    """Store every failing row with all its reasons; an identical repeat of it is counted as a repeat alone."""
    listed = ", ".join(
        f"CASE WHEN {failure.condition} THEN {literal(failure.expectation.reason)} END" for failure in failures
    )
    anywhere = " OR ".join(f"({failure.condition})" for failure in failures) or "false"
    con.execute(
        f"CREATE TABLE failed AS SELECT _row, list_filter([{listed or 'NULL::VARCHAR'}], lambda reason: reason IS NOT NULL) AS reasons "
        f"FROM batch WHERE ({anywhere}) AND NOT EXISTS (FROM repeats WHERE repeats._row = batch._row)"
    )
    for failure in failures:
        if (found := _count(con, f"batch WHERE {failure.condition}")) != failure.count:
            raise CheckBroke(f"{failure.expectation.id}: {failure.count} rows failed, {found} were found")
    counts = con.execute(
        "SELECT reason, count(*) FROM (SELECT unnest(reasons) AS reason FROM failed) GROUP BY reason ORDER BY 2 DESC, 1"
    )
    return {str(reason): int(count) for reason, count in counts.fetchall()}


def _rows(con: duckdb.DuckDBPyConnection, reason: str) -> tuple[int, ...]:
    query = f"SELECT _row FROM failed WHERE list_contains(reasons, {literal(reason)}) ORDER BY _row LIMIT {SHOWN}"
    return tuple(int(row) for (row,) in con.execute(query).fetchall())


def _tolerated(contract: Contract, receipt: Receipt) -> list[Problem]:
    why = "; ".join(
        f"{count:,} × {reason} (rows {', '.join(map(str, receipt.rows[reason][:5]))})"
        for reason, count in receipt.reasons.items()
    )
    if contract.tolerance is not None and receipt.quarantined > contract.tolerance * receipt.received:
        expected = f"at most {contract.tolerance:%} of the rows quarantined, for pay depends on it"
        return [
            Problem(
                contract.name, expected, f"{receipt.quarantined:,} of {receipt.received:,}: {why}", "Mend these rows."
            )
        ]
    if contract.mode == "snapshot" and not receipt.admitted:
        return [Problem(contract.name, "a row to replace the table with", why or "none", "Mend these rows.")]
    return []


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])
