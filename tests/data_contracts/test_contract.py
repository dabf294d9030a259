"""Contracts are ODCS, closed: what they do not say properly is told, all of it at once."""

import os
import shutil
import subprocess
from decimal import Decimal

import pytest

from data_contracts.contract import Contract, parse_contract, shipped
from data_contracts.problems import Problems
from tests.conftest import ROOT, need

CATALOG = ROOT / "data_contracts" / "catalog"
PLAIN = """
apiVersion: v3.2.0
kind: DataContract
id: visits
name: Visits
version: 1.0.0
status: active
schema:
  - name: visits
    logicalType: object
    physicalType: table
    properties:
      - {name: visit_id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: seconds, logicalType: integer, logicalTypeOptions: {minimum: 0}}
      - {name: began, logicalType: timestamp}
      - {name: ended, logicalType: timestamp}
"""


def with_rule(kind: str, arguments: str) -> str:
    rule = f"{{name: r, type: custom, engine: greatExpectations, implementation: {{expectation_type: {kind}, kwargs: {arguments}}}}}"
    return f"{PLAIN}    quality:\n      - {rule}\n"


def told(text: str) -> str:
    with pytest.raises(Problems) as raised:
        parse_contract(text, "visits.yaml")
    return str(raised.value)


@pytest.mark.parametrize("dataset", sorted(shipped()))
def test_every_shipped_contract_is_read(dataset: str, contracts: dict[str, Contract]) -> None:
    contract = contracts[dataset]
    assert contract.name == dataset
    assert contract.mode in ("append", "upsert", "snapshot")
    assert all(contract.column(name) for name in contract.key)


@pytest.mark.parametrize("dataset", sorted(shipped()))
def test_datacontract_lint_accepts_every_shipped_contract(dataset: str) -> None:
    program = os.environ.get("GOLDENTHREAD_DATACONTRACT") or shutil.which("datacontract")
    need("datacontract (GOLDENTHREAD_DATACONTRACT)", program)
    done = subprocess.run(
        [str(program), "lint", str(CATALOG / f"{dataset}.yaml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_extras_of_ours_are_read(contracts: dict[str, Contract]) -> None:
    assignments, orders, people = contracts["assignments"], contracts["orders"], contracts["people"]
    assert (assignments.mode, assignments.tolerance, assignments.column("share").default) == (
        "snapshot",
        Decimal(0),
        "1",
    )
    assert (orders.column("amount").kind, orders.column("amount").scale) == ("money", 2)
    assert (orders.column("customer").surrogate, orders.column("customer").mints) == ("customer", True)
    assert (orders.column("person").surrogate, orders.column("person").mints) == ("person", False)
    assert [column.name for column in people.columns if column.identity_only] == ["name", "email"]
    assert contracts["pay_basis"].column("amount_is").values == ("full_time", "actual")


def test_all_problems_are_told_at_once() -> None:
    text = PLAIN.replace("logicalType: integer", "logicalType: intger").replace(
        "minimum: 0", "minimum: none, pattern: '(', least: 1"
    )
    text = text.replace(
        "status: active",
        "customProperties:\n  - {property: delivery_mod, value: append}\n  - {property: delimiter, value: x}",
    )
    message = told(text.replace("physicalType: table", "physicalTyp: table"))
    for part in (
        "'integer'",
        "a number",
        "regular expression",
        "'least'",
        "Did you mean 'delivery_mode'?",
        "delimiter",
        "Did you mean 'physicalType'?",
    ):
        assert part in message


def test_an_unknown_expectation_is_refused_with_a_suggestion() -> None:
    assert "Did you mean 'expect_column_values_to_be_between'?" in told(
        with_rule("expect_column_value_to_be_between", "{column: seconds}")
    )


def test_an_argument_beyond_the_closed_list_is_refused() -> None:
    assert "row_condition" in told(
        with_rule("expect_column_values_to_not_be_null", "{column: seconds, row_condition: 'x'}")
    )


def test_a_rule_on_an_unknown_column_is_refused() -> None:
    assert "Did you mean 'seconds'?" in told(with_rule("expect_column_values_to_not_be_null", "{column: second}"))


def test_an_argument_that_is_a_mapping_is_refused() -> None:
    assert "plain value" in told(
        with_rule("expect_column_values_to_be_in_set", "{column: seconds, value_set: {class_name: os}}")
    )


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM {batch} WHERE seconds > (SELECT count(*) FROM {batch})",
        "SELECT * FROM {batch} WHERE seconds IN (SELECT 1 FROM other)",
        "SELECT * FROM {batch}, other WHERE true",
        "SELECT * FROM {batch} WHERE getenv('HOME') = ''",
        "SELECT * FROM {batch} WHERE read_text('/etc/passwd') <> ''",
        "SELECT * FROM {batch} WHERE secnds > 1",
        "SELECT * FROM {batch} WHERE seconds > 1 UNION SELECT * FROM {batch}",
        "WITH other AS (SELECT 1) SELECT * FROM {batch} WHERE seconds > 1",
        "SELECT visit_id FROM {batch} WHERE seconds > 1",
        "SELECT * FROM {batch}",
        "SELECT * FROM {batch} WHERE seconds > 1; DROP TABLE delivered",
        "PRAGMA database_list",
        "COPY {batch} TO '/tmp/x'",
        "ATTACH '/tmp/x'",
        "SELECT * FROM {batch} WHERE seconds > 1 LIMIT 1",
        "SELECT * FROM batch WHERE seconds > 1",
    ],
)
def test_sql_beyond_one_condition_over_the_batch_is_refused(query: str) -> None:
    assert told(with_rule("unexpected_rows_expectation", f'{{unexpected_rows_query: "{query}"}}'))


def test_a_condition_over_the_batch_is_a_rule() -> None:
    text = with_rule(
        "unexpected_rows_expectation",
        '{unexpected_rows_query: "SELECT * FROM {batch} WHERE ended < began AND seconds > 1"}',
    )
    assert parse_contract(text).rules[0].condition == "ended < began AND seconds > 1"


def test_a_contract_without_a_key_is_refused() -> None:
    assert "primary key" in told(PLAIN.replace(", primaryKey: true, primaryKeyPosition: 1", ""))


@pytest.mark.parametrize("text", ["[", "- 1", "", "apiVersion: {}", "!!python/object/apply:os.system ['true']"])
def test_what_is_no_contract_at_all_is_a_problem_too(text: str) -> None:
    assert told(text)
