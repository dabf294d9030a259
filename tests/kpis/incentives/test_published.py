"""Every published case comes out of the plan language.

A plan text is written from the case and the product evaluates it.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import yaml

from kpis.exact import load_yaml
from kpis.incentives.check import check
from kpis.incentives.evaluate import evaluate
from kpis.incentives.plan import Plan, parse
from tests.conftest import shared

AS_GIVEN = {"axis": "figure", "points": [[0, 0], [300, 300]]}


def cases(part: str) -> list[dict[str, Any]]:
    return load_yaml(shared("cases", "published.yaml").read_text(), "published.yaml")[part]


def plan(components: list[dict[str, Any]], **fields: Any) -> Plan:
    """The plan text of a case, read and checked by the product."""
    given = {"id": "case", "opportunity": {"amount": "100"}, "components": components, **fields}
    text = yaml.safe_dump(yaml.safe_load(yaml.safe_dump(_text(given))))
    made = parse(text)
    assert check(made) == []
    return made


def _text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _text(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_text(inner) for inner in value]
    return str(value) if isinstance(value, Decimal) else value


def pays(made: Plan, **row: Any) -> Decimal:
    done = evaluate(made, [row])
    assert done.problems == ()
    return Decimal(done.works[0].payout) / 100


def curve(case: dict[str, Any]) -> dict[str, Any]:
    return {name: case[name] for name in ("points", "kind", "below_first") if name in case} | {"axis": "figure"}


def test_each_published_curve_pays_what_its_source_prints() -> None:
    tried = 0
    for case in cases("curves"):
        for row in case.get("cases", []):
            made = plan([{"id": "goal", "weight": 100, "curve": curve(case)}])
            assert pays(made, goal=row["actual"]) == Decimal(row["payout_percent"]), (case["name"], row)
            tried += 1
    assert tried == 14


def test_the_step_rates_of_oracle_pay_each_transaction_by_itself() -> None:
    case = next(case for case in cases("curves") if "tiers" in case)
    tiered = {"axis": "figure", "kind": case["kind"], "tiers": case["tiers"], "basis": case["basis"]}
    made = plan([{"id": "sales", "curve": tiered}], opportunity={})
    assert pays(made, sales=case["transactions"]) == case["total"]
    assert [pays(made, sales=[each]) for each in case["transactions"]] == case["earned"]
    as_a_total = plan([{"id": "sales", "curve": tiered | {"basis": "period_total"}}], opportunity={})
    assert pays(as_a_total, sales=sum(case["transactions"])) != case["total"]


def test_weights_with_an_income_gate_pay_the_published_sums() -> None:
    case = cases("plans")[0]
    ids = ["first", "cash_flow", "third"]
    components = [
        {
            "id": name,
            "weight": each["weight"],
            "target": {"threshold": 80, "target": 100, "stretch": 120},
            "curve": {
                "kind": "stepped",
                "points": [[0, each["levels"][1]], [100, each["levels"][2]], [200, each["levels"][3]]],
            },
        }
        for name, each in zip(ids, case["components"], strict=True)
    ]
    gate = {"id": "income", "passes": {"at_least": 1}, "otherwise": {"only": ["cash_flow"]}}
    made = plan(components, gates=[gate])
    for met, name in ((1, "gate_met"), (0, "gate_failed")):
        found = [pays(made, income=met, **dict.fromkeys(ids, actual)) for actual in (70, 80, 100, 120)]
        assert found == [Decimal(each) for each in case["results"][name]]


def test_company_and_individual_halves_pay_17000() -> None:
    case = cases("plans")[1]
    halves = [
        {"id": f"half{at}", "weight": each["weight"], "curve": AS_GIVEN} for at, each in enumerate(case["components"])
    ]
    made = plan(halves, opportunity={"percent_of_salary": case["opportunity_percent"]})
    factors = {f"half{at}": each["factor"] for at, each in enumerate(case["components"])}
    assert pays(made, salary=case["salary"], **factors) == case["payout"]


@pytest.mark.parametrize("at", range(3))
def test_proration_factors_are_rounded_as_published(at: int) -> None:
    case = cases("proration")[at]
    made = plan(
        [{"id": "goal", "weight": 100, "curve": AS_GIVEN}],
        opportunity={"amount": case.get("bonus", 1000)},
        proration={"decimals": case["factor_decimals"]},
    )
    done = evaluate(made, [{"goal": 100, "days": case["days"], "year_days": case["of"]}]).works[0]
    if "factor" in case:
        assert done.dues[0].factor == Fraction(case["factor"])
    else:
        assert done.payout == case["payout"] * 100


def test_the_goal_and_red_flag_scale_scores_as_published() -> None:
    case = cases("scores")[0]
    marks = [case["zero_at"], case["red_flag"], case["goal"], case["ten_at"]]
    thirds = ["0", "10/3", "20/3", "10"]
    scale = {"points": [list(pair) for pair in zip(marks, thirds, strict=True)], "decimals": 1, "rounding": "down"}
    scored = {"axis": "scored", "scale": scale, "points": [[0, 0], [10, 10]]}
    made = plan([{"id": "goal", "weight": 100, "curve": scored}])
    for actual, score in case["scores"].items():
        assert pays(made, goal=actual) == Decimal(score)


def test_weights_that_sum_to_110_are_refused_and_explained() -> None:
    case = cases("refused")[0]
    parts = [{"id": f"c{weight}", "weight": weight, "curve": AS_GIVEN} for weight in (45, 50, 10, 5)]
    made = parse(yaml.safe_dump({"id": "case", "opportunity": {"amount": 100}, "components": parts}))
    (problem,) = check(made)
    assert case["problem"] in str(problem)


def test_a_sum_printed_wrong_is_contradicted() -> None:
    case = cases("refused")[1]
    whole = {"axis": "figure", "kind": "whole_band", "tiers": [[0, None, "100%"]]}
    parts = [{"id": "first", "curve": whole}, {"id": "second", "curve": whole}]
    example = {"inputs": {"first": 15000, "second": 8335}, "result": 22335}
    made = parse(yaml.safe_dump({"id": "case", "components": parts, "expect": [example]}))
    (problem,) = check(made)
    assert problem.expected == str(case["expected"])
    assert problem.actual == "22335"


def test_a_product_printed_wrong_is_contradicted() -> None:
    case = cases("refused")[2]
    parts = [{"id": "goal", "weight": 20, "curve": AS_GIVEN}, {"id": "others", "weight": 80, "curve": AS_GIVEN}]
    example = {"inputs": {"salary": 60000, "goal": 95, "others": 0}, "result": 750}
    terms = {"opportunity": {"percent_of_salary": 5}, "components": parts, "expect": [example]}
    (problem,) = check(parse(yaml.safe_dump({"id": "case", **terms})))
    assert (problem.expected, problem.actual) == (str(case["expected"]), "750")
