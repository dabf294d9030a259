"""What `plan check` refuses in scores, matrices, missing figures, kickers, pools, true-ups, draws and overrides."""

import pytest

from data_contracts.problems import Problems
from kpis.incentives.check import check
from kpis.incentives.plan import parse

PLAN = """
id: full
currency: EUR
frequency: quarter
country: NL
overrides: [{rule: leaver, value: full, reason: agreed with the works council}]
opportunity: {percent_of_salary: 10, by_level: {head: {amount: 5000}}}
missing: renormalise
components:
  - id: nurses
    weight: 40
    curve: {axis: scored, points: [[0, 0], [10, 100]]}
    score: {achievement: {floor: 50, threshold: 70, benchmark: 85, slope: 9, within: [1, 9], at_or_above_benchmark: 10}}
  - id: even
    weight: 20
    curve: {axis: scored, points: [[0, 0], [20, 100]]}
    score: {consistency: {of: [nurses], slope: 20, within: [0, 20], all_at_threshold: 20}}
  - id: both
    weight: 40
    missing: fallback
    fallback: {pays: 50}
    second: {id: other}
    curve: {kind: matrix, axis: figure, rows: [0, 50], columns: [0, 10], cells: [[0, 50], [50, 100]]}
gates: [{id: ebit, on: company, passes: {at_least: 5}}]
kickers: [{id: zero, passes: {at_most: 0}, adds: {percent: 5}}]
pool: {percent: 90}
draw: {amount: 100}
year_to_date: {year_end: forgive}
clawback: {months: 24, causes: [misstatement]}
"""
IMPROVED = "score: {improvement: {benchmark: 9, slope: 1, within: [0, 9], at_or_above_benchmark: 9}, consistency:"
FUNDS = "pool: {figure: {id: f, kpi: ebit, scope: self, curve: {axis: figure, points: [[0, 0], [1, 1]]}}}"
CHANGES = [
    ("percent_of_salary: 10", "percent_of_salary: 10, amount: 9", "Keep one"),
    ("head: {amount: 5000}", "head: {}", "opportunity.by_level.head: expected percent_of_salary or amount, got nothing"),
    ("head: {amount: 5000}", "head: {amount: -1}", "an opportunity of 0 or more"),
    ("opportunity: {percent_of_salary: 10, by_level: {head: {amount: 5000}}}", "", "what 100% of target pays"),
    ("currency: EUR", "currency: EUX", "a currency of ISO 4217"),
    ("axis: scored, points: [[0, 0], [10", "axis: figure, points: [[0, 0], [10", "the axis scored"),
    ("benchmark: 85", "benchmark: 60", "a benchmark above the threshold 70"),
    ("floor: 50", "floor: 75", "a floor the threshold 70 lies above"),
    ("within: [1, 9]", "within: [9, 1]", "the smaller bound first"),
    ("slope: 9", "slope: 0", "a slope above 0"),
    ("of: [nurses]", "of: [nurse]", "Did you mean 'nurses'?"),
    ("of: [nurses]", "of: [nurses, nurses]", "each component once"),
    ("{consistency: {", "{at_most: -1, consistency: {", "0 or more"),
    ("id: even\n", "id: even\n    kpi: nps\n    scope: company\n", "no figure of its own"),
    ("score: {consistency:", IMPROVED, "consistency alone"),
    ("[0, 0], [20, 100]]}", "[0, 0], [20, 100]], scale: {points: [[0, 0], [1, 1]]}}", "a score or a scale"),
    ("    second: {id: other}\n", "", "a second figure"),
    ("rows: [0, 50]", "rows: [50, 0]", "an edge above 50"),
    ("cells: [[0, 50], [50, 100]]", "cells: [[0, 50]]", "2 rows of 2 cells"),
    ("cells: [[0, 50], [50, 100]]", "cells: [[0, 50], [50, -1]]", "pay of 0 or more"),
    ("cells: [[0, 50], [50, 100]]", "cells: [[0, 50], [50, 100]], above_last: continue", "above_last flat or refuse"),
    ("cells: [[0, 50], [50, 100]]", "cells: [[0, 50], [50, 100]], across: {axis: change}", "base with the axis change"),
    ("kind: matrix", "kind: stepped", "a matrix for two figures"),
    ("fallback: {pays: 50}", "fallback: {pays: 50, figure: 3}", "a figure, or what the curve pays"),
    ("fallback: {pays: 50}", "fallback: {figure: 3}", "One figure cannot stand for several"),
    ("fallback: {pays: 50}", "fallback: {pays: -5}", "pay of 0 or more"),
    ("    missing: fallback\n", "", "fallback, as one is written"),
    ("id: even\n", "id: even\n    segments_by: n\n", "Only a weighted figure"),
    ("id: both\n", "id: both\n    nearest: 0\n", "a number above 0"),
    ("id: both\n", "id: both\n    nearest: 0.5\n    decimals: 1\n", "no decimals beside it"),
    ("on: company,", "on: company, kpi: ebit, scope: self,", "company, as the gate is on company"),
    ("on: company", "on: compny", "Did you mean 'company'?"),
    ("passes: {at_most: 0}", "passes: {}", "one of at_least"),
    ("adds: {percent: 5}", "adds: {percent: 5, amount: 9}", "Keep one"),
    ("adds: {percent: 5}", "adds: 0", "a number above 0"),
    ("id: zero", "id: draw", "none that names an input"),
    ("id: zero", "id: other", "each id once"),
    ("pool: {percent: 90}", "pool: {}", "one of percent, amount, figure"),
    ("pool: {percent: 90}", FUNDS, "one figure funds everyone"),
    ("pool: {percent: 90}", "pool: {figure: {id: f, curve: {axis: figure, points: [[1, 0], [0, 1]]}}}", "pool.figure.curve"),
    ("draw: {amount: 100}", "draw: {amount: 0}", "a number above 0"),
    ("draw: {amount: 100}", "draw: {amount: 100, recoverable: true}", "a draw that is not recoverable"),
    ("frequency: quarter", "frequency: year", "a plan paid each month"),
    ("value: full", "value: ful", "Did you mean 'full'?"),
    ("rule: leaver, value: full", "rule: part_time_below, value: 1.5", "a part of full time from 0 to 1"),
    ("overrides: [", "overrides: [{rule: leaver, value: none, reason: x}, ", "each rule once"),
]  # fmt: skip
FORMS = [
    ("reason: agreed with the works council", "reason: ' '", "overrides[0].reason"),
    ("months: 24", "months: 0", "clawback.months"),
    ("causes: [misstatement]", "causes: []", "clawback.causes"),
    ("country: NL", "country: Netherlands", "country"),
    ("missing: renormalise", "missing: renormalize", "missing"),
    ("kind: matrix, axis: figure", "beyond: {from: 3}, kind: matrix, axis: figure", "each_point_pays"),
    ("points: [[0, 0], [10, 100]]}", "points: [[0, 0], [10, 100]], beyond: {from: 9, each_point_pays: 1}}", "the last point, 10"),
    ("points: [[0, 0], [10, 100]]}", "points: [[0, 0], [10, 100]], short_of: {from: 0, each_point_costs: -1}}", "a rate above 0"),
]  # fmt: skip


def told(text: str) -> str:
    return "\n".join(map(str, check(parse(text))))


def test_the_plan_before_any_change_is_accepted() -> None:
    assert told(PLAN) == ""


@pytest.mark.parametrize(("old", "new", "says"), CHANGES)
def test_each_fault_is_refused_and_explained(old: str, new: str, says: str) -> None:
    assert old in PLAN
    assert says in told(PLAN.replace(old, new, 1))


@pytest.mark.parametrize(("old", "new", "says"), FORMS)
def test_each_fault_of_form_names_its_place(old: str, new: str, says: str) -> None:
    assert old in PLAN
    with pytest.raises(Problems) as caught:
        parse(PLAN.replace(old, new, 1))
    assert says in str(caught.value)


def test_money_by_rates_has_no_weight_to_give_and_no_percent_to_take() -> None:
    sales = '{id: s, curve: {axis: figure, kind: whole_band, tiers: [[0, null, "2%"]]}}'
    found = told(f"{{id: p, missing: renormalise, draw: {{percent: 10}}, cap: 100, components: [{sales}]}}")
    assert "no_payout or fallback, as its tiers pay money" in found
    assert "an opportunity for a cap in percent of it" in found
    assert "an opportunity for a draw in percent of it" in found


def test_a_fallback_that_nothing_asks_for_is_refused() -> None:
    goal = "{id: a, weight: 100, curve: {points: [[0, 0], [1, 1]]}}"
    assert "take the fallback out" in told(
        f"{{id: p, opportunity: {{amount: 1}}, fallback: {{pays: 1}}, components: [{goal}]}}"
    )
