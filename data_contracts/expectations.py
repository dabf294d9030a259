"""A contract becomes a Great Expectations suite over staging; its answer decides which rows are admitted."""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from data_contracts.casting import checks
from data_contracts.contract import Column, Contract
from data_contracts.quality import DELIVERY_TYPES
from data_contracts.repeats import IN_LAKE, TWICE

WHERE = re.compile(r"\nWHERE (?P<condition>.*);\s*\Z", re.DOTALL)
FORMAT = {
    "result_format": "SUMMARY", "partial_unexpected_count": 0,
    "return_unexpected_index_query": True, "unexpected_index_column_names": ["_row"],
}  # fmt: skip


@dataclass(frozen=True)
class Expectation:
    """One question to Great Expectations: `reason` is told where it fails; `whole` ones speak of the delivery, not of rows."""

    id: str
    reason: str
    type: str
    arguments: tuple[tuple[str, Any], ...]
    whole: bool = False


@dataclass(frozen=True)
class Failure:
    """An expectation that data did not meet: the SQL condition of its rows and their number; neither for a whole one."""

    expectation: Expectation
    condition: str | None
    count: int
    observed: object = None


class CheckBroke(RuntimeError):  # noqa: N818 - it says what happened
    """A check could not be evaluated: the fault is in the program, not in the data."""


def expectations(contract: Contract, now: datetime) -> tuple[Expectation, ...]:
    """Every question a contract asks: of the schema, of the checks computed in staging, of its quality rules, and that there are rows."""
    apart = f"{', '.join(contract.key)}: {TWICE}" + (f" or {IN_LAKE}" if contract.mode == "append" else "")
    computed = [_truth(check.id, check.reason) for check in checks(contract, now)]
    plain = [item for column in contract.columns for item in _plain(column)]
    rules = [
        _rule(f"rule:{i}", rule.name, rule.type, rule.arguments)
        for i, rule in enumerate(contract.rules)
        if not rule.condition
    ]
    rows = Expectation("rows", "no rows", "expect_table_row_count_to_be_between", (("min_value", 1),), whole=True)
    return (rows, *computed, *plain, _truth("apart", apart), *rules)


def _truth(name: str, reason: str) -> Expectation:
    return Expectation(name, reason, "expect_column_values_to_be_in_set", (("column", name), ("value_set", [True])))


def _rule(name: str, reason: str, kind: str, arguments: Sequence[tuple[str, Any]]) -> Expectation:
    return Expectation(name, reason, kind, tuple(arguments), whole=kind in DELIVERY_TYPES)


def _plain(column: Column) -> Iterator[Expectation]:
    """What the standard's schema part says of a column and Great Expectations asks of it directly."""
    low, high = (
        None if bound is None else float(bound * 10**column.scale) for bound in (column.minimum, column.maximum)
    )
    if low is not None or high is not None:
        bounds = {"min_value": low, "max_value": high}
        given = tuple((name, bound) for name, bound in bounds.items() if bound is not None)
        span = f"{column.minimum if low is not None else '-∞'} to {column.maximum if high is not None else '∞'}"
        yield Expectation(
            f"range:{column.name}",
            f"{column.name} is not within {span}",
            "expect_column_values_to_be_between",
            (("column", column.name), *given),
        )
    if column.values:
        reason = f"{column.name} is not one of {', '.join(column.values)}"
        yield Expectation(
            f"values:{column.name}",
            reason,
            "expect_column_values_to_be_in_set",
            (("column", column.name), ("value_set", list(column.values))),
        )
    if column.max_length:
        arguments = (("column", column.name), ("max_value", column.max_length))
        yield Expectation(
            f"length:{column.name}",
            f"{column.name} is longer than {column.max_length}",
            "expect_column_value_lengths_to_be_between",
            arguments,
        )


def columns_asked(contract: Contract, now: datetime) -> list[str]:
    """The columns of staging that the expectations read."""
    return [
        str(v)
        for item in expectations(contract, now)
        for k, v in item.arguments
        if k in ("column", "column_A", "column_B")
    ]


def validate(con: duckdb.DuckDBPyConnection, contract: Contract, now: datetime) -> tuple[Failure, ...]:
    """Ask Great Expectations about the table `checked`; returns what failed.

    Raises CheckBroke when a check raised, or when fewer were evaluated than declared. A fresh ephemeral context each
    time: one shared by threads was measured to let bad files pass.
    """
    from data_contracts.dialect import address

    asked = {item.id: item for item in expectations(contract, now)}
    with address(con) as url:
        results = _run(url, asked)
    if {result.expectation_config.meta["check"] for result in results} != asked.keys() or len(results) != len(asked):
        raise CheckBroke(f"{len(asked)} checks declared, {len(results)} evaluated")
    return tuple(
        failure for result in results if (failure := _failure(asked[result.expectation_config.meta["check"]], result))
    )


@contextmanager
def _without_spark() -> Iterator[None]:
    """Great Expectations imports PySpark where it is installed; that is slow, and PySpark's import was seen to end a process."""
    absent = [name for name in ("pyspark", "pyspark.sql.connect") if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type] # None: not to be found
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def _run(url: str, asked: dict[str, Expectation]) -> list[Any]:
    with _without_spark():
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig
        from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_sql("staging", connection_string=url, create_temp_table=False)
    batch = source.add_table_asset("checked", table_name="checked").add_batch_definition_whole_table("all")
    suite = context.suites.add(gx.ExpectationSuite("contract"))
    suite.expectations = [
        ExpectationConfiguration(type=item.type, kwargs=dict(item.arguments), meta={"check": item.id}).to_domain_obj()
        for item in asked.values()
    ]
    suite.save()
    definition = context.validation_definitions.add(gx.ValidationDefinition(name="delivery", data=batch, suite=suite))
    return list(definition.run(result_format=FORMAT).results)


def _failure(expectation: Expectation, result: Any) -> Failure | None:
    if any(
        isinstance(item, dict) and item.get("raised_exception")
        for item in (result.exception_info, *result.exception_info.values())
    ):
        raise CheckBroke(f"{expectation.id}: {_message(result.exception_info)}")
    if result.success:
        return None
    if expectation.whole:
        return Failure(expectation, None, 0, result.result.get("observed_value"))
    match = WHERE.search(result.result.get("unexpected_index_query") or "")
    if not match:
        raise CheckBroke(f"{expectation.id}: no query for the failing rows")
    return Failure(expectation, match["condition"], int(result.result["unexpected_count"]))


def _message(information: Any) -> str:
    """The exception's first line; results may carry raw values, which stay out of it."""
    nested = [
        item for item in (information, *information.values()) if isinstance(item, dict) and item.get("raised_exception")
    ]
    return str(nested[0].get("exception_message", "")).splitlines()[0][:200] if nested else ""
