"""Rows of actual values: what cannot be is refused before it pays, every fault at once, each at its row and column."""

import pytest

from data_contracts.problems import Problems
from kpis.incentives.evaluate import evaluate, rows
from kpis.incentives.plan import parse
from kpis.workflows import plans

TEXT = """
id: one
opportunity: {percent_of_salary: 10}
components:
  - {id: fcr, weight: 100, curve: {points: [[0, 50], [100, 100], [200, 150]]}}
"""
PLAN = parse(TEXT)
GOOD = {"salary": "40000", "fcr": "93", "fcr.threshold": "88", "fcr.target": "92", "fcr.stretch": "96"}


def told(**changes: str) -> list[tuple[str, str, str]]:
    row = GOOD | {name.replace("__", "."): value for name, value in changes.items()}
    return [(each.where, each.expected, each.actual) for each in evaluate(PLAN, [row]).problems]


def test_three_equal_values_are_called_out_of_order_and_not_a_missing_target() -> None:
    wanted = "threshold, target and stretch in one strict order"
    assert told(fcr__threshold="92", fcr__stretch="92") == [("actuals, row 1, fcr.target", wanted, "92, 92, 92")]
    assert told(fcr__threshold="92", fcr__target="88") == [("actuals, row 1, fcr.target", wanted, "92, 88, 96")]
    assert told() == told(fcr__threshold="96", fcr__stretch="88") == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("days", "400"), ("days", "-1"), ("days", "10.5"), ("year_days", "0"), ("fte", "7"), ("fte", "0"), ("fcr.n", "-5"), ("last", "2"),
        ("salary", "1000000000000"), ("salary", "-1"), ("salary", "1;2"), ("fcr", "93;94"), ("paid_before", "0.001"),
        ("amount_is", "ful_time"),
    ],
)  # fmt: skip
def test_what_no_person_can_have_is_refused_at_its_column(column: str, value: str) -> None:
    assert [where for where, _, _ in told(**{column.replace(".", "__"): value})] == [f"actuals, row 1, {column}"]


def test_the_bounds_themselves_are_paid() -> None:
    assert told(days="365", fte="1", fcr__n="0", last="1", salary="999999999999.99") == []
    assert told(days="366", year_days="366") == []


def test_a_target_with_one_of_its_values_missing_is_refused_and_not_left_out() -> None:
    row = {name: value for name, value in GOOD.items() if name != "fcr.stretch"}
    assert [each.where for each in evaluate(PLAN, [row]).problems] == ["actuals, row 1, fcr.stretch"]


def test_every_fault_of_every_row_is_told_at_once() -> None:
    text = "participant,salary,days,fte,fcr,fcr.n\nP1,40000,400,7,93,-5\nP2,40000,365,1,93,5\nP3,-1,10,1,93,1\n"
    with pytest.raises(Problems) as found:
        plans.evaluate_plan(TEXT, text, "p.yaml", "a.csv")
    wanted = ["row 1, days", "row 1, fte", "row 1, fcr.n", "row 2", "row 3, salary"]  # row 2 has no target
    assert [each.where for each in found.value.problems] == [f"a.csv, {each}" for each in wanted]


def test_a_cell_beyond_the_titles_is_named_and_never_left_out() -> None:
    with pytest.raises(Problems) as found:
        rows("participant,fcr\nP1,93,5\nP2,94,\nP3,95\nP4,96,,7\n", where="a.csv")
    assert [(each.where, each.actual) for each in found.value.problems] == [
        ("a.csv, row 1", "3"),
        ("a.csv, row 4", "4"),
    ]


def test_a_title_that_stands_twice_is_named() -> None:
    with pytest.raises(Problems, match="'fcr' once"):
        rows("participant,fcr,fcr,,\nP1,93,94,,\n")
