"""What `plan check` refuses, and how it says so."""

import pytest

from data_contracts.problems import Problems
from kpis.incentives.check import Known, check
from kpis.incentives.plan import parse, to_yaml

PLAN = """
id: service
opportunity: {percent_of_salary: 15}
sections: [{id: team, cap: 150}]
components:
  - {id: fcr, weight: 60, section: team, kpi: fcr, scope: own_department, curve: {points: [[0, 50], [100, 100]]}}
  - {id: nps, weight: 40, target: nps_q4, curve: {axis: figure, kind: stepped, points: [[20, 50], [40, 100]], cap: 120}}
  - {id: sales, curve: {axis: figure, kind: marginal, tiers: [[0, 1000, "1%"], [1000, null, "2%"]]}}
gates:
  - {id: cost, on: payout, passes: {at_most: 15}, otherwise: 0}
cap: 200
"""
CHANGES = [
    ("weight: 60", "weight: 70", "weights sum to 110, not 100"),
    ("weight: 60, ", "", "Write weight"),
    ("{id: sales, ", "{id: sales, weight: 5, ", "its tiers pay money"),
    ("[1000, null", "[1100, null", "a gap from 1000 to 1100"),
    ("[1000, null", "[900, null", "an overlap from 900 to 1000"),
    ('[0, 1000, "1%"]', '[0, null, "1%"]', "an upper end"),
    ('[1000, null, "2%"]', "[1000, null, 2]", "rates of one kind"),
    ("cap: 120", "cap: 120, floor: 130", "a floor at or below the cap 120"),
    ("[[20, 50], [40, 100]]", "[[40, 50], [20, 100]]", "in order"),
    ("[[20, 50], [40, 100]]", "[[20, 50], [20, 60], [20, 70]]", "two points at most"),
    ("[[0, 50], [100, 100]]", "[[0, 50]]", "two points or more"),
    ("cap: 120", "above_last: refuse", "refuse: 100 is paid at 40 alone"),
    ("cap: 120", "above_last: 0", "0: 100 is paid at 40 alone"),
    ("[[0, 50], [100, 100]]", "[[0, 50], [100, 100], [100, 120]], above_last: 110", "110: 120 is paid at 100 alone"),
    ("[[0, 50], [100, 100]]", "[[0, -50], [100, 100]]", "pay of 0 or more"),
    ("section: team", "section: tean", "Did you mean 'team'?"),
    ("on: payout", "on: component:fcrr", "Did you mean 'component:fcr'?"),
    ("{at_most: 15}", "{at_most: 15, at_least: 2}", "one of at_least"),
    ("otherwise: 0", "otherwise: {only: [npss]}", "Did you mean 'nps'?"),
    ("id: cost", "id: nps", "each id once"),
    ("opportunity: {percent_of_salary: 15}", "", "what 100% of target pays"),
    ("opportunity: {percent_of_salary: 15}", "opportunity: {percent_of_salary: 15, amount: 9}", "Keep one"),
    ("cap: 200", "cap: -1", "0 or more"),
    ("cap: 200", "paid_figure: credibility", "k above 0"),
    ("axis: figure, kind: stepped", "axis: percent_of_target, kind: stepped", "form with the axis percent_of_target"),
    ("axis: figure, kind: stepped", "axis: scored, kind: stepped", "scale with the axis scored"),
    ("axis: figure, kind: stepped", "axis: figure, base: 3, kind: stepped", "base with the axis change"),
    (
        "axis: figure, kind: stepped",
        "axis: figure, basis: each_transaction, kind: stepped",
        "Only tiers that pay money",
    ),
    ("target: nps_q4", "target: {threshold: 20, target: 30, stretch: 40}", "the curve owns the points"),
    (
        "cap: 200",
        "expect: [{inputs: {salary: 40000, fcr: 74, nps: 30, sales: 9, cost: 1}, result: 9}]",
        "no target for this period",
    ),
    ("cap: 200", "expect: [{inputs: {salery: 40000}, result: 9}]", "Did you mean 'salary'?"),
]


def told(text: str, known: Known | None = None) -> str:
    return "\n".join(map(str, check(parse(text), known)))


def test_the_plan_before_any_change_is_accepted() -> None:
    assert told(PLAN) == ""


@pytest.mark.parametrize(("old", "new", "says"), CHANGES)
def test_each_fault_is_refused_and_explained(old: str, new: str, says: str) -> None:
    assert old in PLAN
    assert says in told(PLAN.replace(old, new))


def test_all_faults_are_told_at_once() -> None:
    text = (
        PLAN.replace("weight: 60", "weight: 70")
        .replace("[1000, null", "[1100, null")
        .replace("section: team", "section: x")
    )
    assert len(check(parse(text))) == 3


def test_names_a_workspace_does_not_know_are_refused_with_a_suggestion() -> None:
    found = told(PLAN, Known({}, {}, (), ()))
    assert "plan.yaml, fcr.kpi" in found
    assert "a target of the workspace" in found
    assert "plan.yaml, cost: expected a kpi and a scope" in found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id: x\ncomponents:\n  - {id: a, wieght: 100, curve: {points: [[0, 0], [1, 1]]}}", "Did you mean 'weight'?"),
        ("id: x\ncomponents:\n  - {id: a, weight: 100, curve: {pionts: []}}", "components[0].curve.pionts"),
        ("id: x\ncomponents: [{id: a, weight: 1e3, curve: {}}]", "an exact number"),
        ("id: x\ncomponents: [{id: a, weight: .inf, curve: {}}]", "an exact number"),
        ("id: x\nid: y\ncomponents: []", "stands twice"),
        ("id: x\ncomponents: []", "at least one"),
        ("- 1", "a mapping"),
        ("id: [", "YAML"),
    ],
)
def test_faults_of_form_name_their_place(text: str, says: str) -> None:
    with pytest.raises(Problems) as caught:
        parse(text)
    assert says in str(caught.value)


def test_a_gates_on_is_a_word_and_no_truth_value() -> None:
    """YAML 1.1 reads `on:` as true; plans are read by the rules of YAML 1.2."""
    assert parse(PLAN).gates[0].on == "payout"


def test_ids_that_look_like_numbers_survive_the_export() -> None:
    plan = parse(PLAN.replace("id: fcr", 'id: "08"').replace("id: service", 'id: "2026"'))
    assert (plan.id, plan.components[0].id) == ("2026", "08")
    assert parse(to_yaml(plan)) == plan
