"""Great Expectations has answered: rows are divided into passed, failed with every reason, and repeats."""

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from data_contracts.casting import literal
from data_contracts.contract import Contract
from data_contracts.delivery_checks import delivery_problems, unreadable
from data_contracts.digest import digest_sql
from data_contracts.expectations import CheckBroke, Failure
from data_contracts.problems import Problem, raise_if
from data_contracts.receipts import Receipt

SHOWN = 100


def divide(
    con: duckdb.DuckDBPyConnection, contract: Contract, failures: Sequence[Failure], receipt: Receipt
) -> Receipt:
    """Make the views `failed` (with `reasons`) and `passed` of `batch`, and count both in the receipt.

    Raises Problems where the delivery is refused whole: an expectation of the whole, a way of writing that was not
    declared, a check across rows, more quarantined rows than tolerated, or a snapshot without a row left.
    """
    raise_if(_whole(failures))
    raise_if(unreadable(con, contract, failures))
    by_row = [failure for failure in failures if failure.condition]
    _views(con, by_row)
    counted = _counted(con, by_row, receipt)
    raise_if(_tolerated(contract, counted))
    problems, notes = delivery_problems(con, contract)
    raise_if(problems)
    return replace(counted, notes=(*counted.notes, *notes))


def _views(con: duckdb.DuckDBPyConnection, failures: Sequence[Failure]) -> None:
    """Rows and reasons follow from the conditions that failed, in one pass, however many rows there are."""
    told = [f"CASE WHEN {failure.condition} THEN {literal(failure.expectation.reason)} END" for failure in failures]
    anywhere = " OR ".join(f"({failure.condition})" for failure in failures) or "false"
    reasons = f"list_filter([{', '.join(told) or 'NULL::VARCHAR'}], lambda reason: reason IS NOT NULL)"
    con.execute(f"CREATE VIEW failed AS SELECT *, {reasons} AS reasons FROM batch WHERE NOT again AND ({anywhere})")
    con.execute(f"CREATE VIEW passed AS SELECT * FROM batch WHERE NOT again AND ({anywhere}) IS NOT TRUE")


def _counted(con: duckdb.DuckDBPyConnection, failures: Sequence[Failure], receipt: Receipt) -> Receipt:
    """The receipt with its counts; raises CheckBroke where a condition finds other rows than Great Expectations counted."""
    anywhere = " OR ".join(f"({failure.condition})" for failure in failures) or "false"
    conditions = [
        "true",
        "again",
        f"NOT again AND ({anywhere})",
        f"NOT again AND ({anywhere}) IS NOT TRUE",
        "_normalised",
    ]
    conditions += [f"({failure.condition})" for failure in failures]
    conditions += [f"NOT again AND ({failure.condition})" for failure in failures]
    counts = ", ".join(f"count(*) FILTER ({condition})" for condition in conditions)
    received, repeats, failed, passed, normalised, *by_reason = con.execute(f"SELECT {counts} FROM checked").fetchall()[
        0
    ]
    for failure, found in zip(failures, by_reason, strict=False):
        if found != failure.count:
            raise CheckBroke(f"{failure.expectation.id}: {failure.count} rows failed, {found} were found")
    told = zip(failures, by_reason[len(failures) :], strict=True)
    reasons = {failure.expectation.reason: count for failure, count in told if count}
    return replace(
        receipt, received=received, admitted=passed, quarantined=failed, repeats=repeats, normalised=normalised,
        replaced=_count(con, "replaced SEMI JOIN passed USING (_row)") if _count(con, "replaced") else 0,
        reasons=dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        rows={f.expectation.reason: _rows(con, str(f.condition)) for f in failures if f.expectation.reason in reasons},
    )  # fmt: skip


def digest(con: duckdb.DuckDBPyConnection, contract: Contract) -> str:
    """The digest of the admitted rows as the lake will hold them."""
    return str(con.execute(digest_sql(contract.lake_columns, "admitted")).fetchall()[0][0])


def _whole(failures: Sequence[Failure]) -> list[Problem]:
    return [
        Problem("the delivery", failure.expectation.reason, str(failure.observed), "Export it again.")
        for failure in failures
        if not failure.condition
    ]


def _rows(con: duckdb.DuckDBPyConnection, condition: str) -> tuple[int, ...]:
    """The first failing rows in the order of the file, found without sorting the others."""
    query = f"SELECT _row FROM checked WHERE NOT again AND ({condition}) ORDER BY _row LIMIT {SHOWN}"
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
