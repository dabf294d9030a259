"""What a plan's reader is told: one problem for one fault, in plain words, with what to write."""

from pathlib import Path

import pytest

from data_contracts.problems import Problem, Problems, did_you_mean
from kpis.incentives.plan import parse
from kpis.workflows import plans
from kpis.workspace import open_snapshot
from tests.kpis.small import PLAN, company

SMALL = "id: x\ncomponents:\n  - {{id: a, weight: 100, {more}curve: {{points: [[0, 50], [100, {pays}]]}}}}\n{rest}"


def problems(more: str = "", pays: str = "100", rest: str = "", text: str = "") -> dict[str, Problem]:
    with pytest.raises(Problems) as refused:
        parse(text or SMALL.format(more=more, pays=pays, rest=rest))
    return {each.where.removeprefix("plan.yaml, "): each for each in refused.value.problems}


def test_a_fault_inside_a_component_is_one_problem_and_the_list_is_not_called_empty() -> None:
    assert set(problems(pays="abc")) == {"components[0].curve.points[1].pays"}
    assert set(problems(more="min_n: 0, ", rest="cap: many\n")) == {"components[0].min_n", "cap"}
    assert problems(text="id: x\ncomponents: []\n")["components"].expected == "at least one"


@pytest.mark.parametrize(
    ("given", "place", "expected", "step"),
    [
        ({"rest": "frequency: quartr\n"}, "frequency", "'month', 'quarter', 'half' or 'year'", "Did you mean 'quarter'?"),
        ({"more": "min_n: 0, "}, "components[0].min_n", "1 or more", "Write such a number."),
        ({"more": "decimals: 99, "}, "components[0].decimals", "12 or less", "Write such a number."),
        ({"rest": "participants: {people: [12]}\n"}, "participants.people[0]", "a text", "Put it in quotes."),
        ({"rest": "participants: {levels: agent}\n"}, "participants.levels", "a list", "Write it in brackets: [one, another]."),
        ({"rest": "sections: [{title: t}]\n"}, "sections[0].id", "id", "Write it."),
        ({"rest": "currency: EU\n"}, "currency", "three capital letters, such as EUR", "Write it so."),
        ({"rest": "opportunity: {amount: 1000000000000}\n"}, "opportunity.amount", "an amount below 1,000,000,000,000", "Write it so."),
        ({"rest": "opportunity: {percent_of_salary: 10001}\n"}, "opportunity.percent_of_salary", "10000 or less", "Write such a number."),
        ({"rest": "budget: {amount: -1000000000000}\n"}, "budget.amount", "an amount below 1,000,000,000,000", "Write it so."),
        ({"text": "id: X Y\n"}, "id", "small letters, digits, and _ . - between them, such as first_time", "Write it so."),
        ({"rest": "gates: [5]\n"}, "gates[0]", "fields with their values", "Write it as {name: value}."),
        ({"rest": "version: some\n"}, "version", "a whole number", "Write such a number."),
        ({"pays": "abc"}, "components[0].curve.points[1].pays", "an exact number such as 70, 37.5 or 10/3", "Write it so."),
    ],
)  # fmt: skip
def test_a_fault_is_told_in_plain_words(given: dict[str, str], place: str, expected: str, step: str) -> None:
    found = problems(**given)[place]
    assert (found.expected, found.next_step) == (expected, step)


def test_of_many_names_the_nearest_are_told_and_how_many_there_are() -> None:
    names = [f"fcr.department.{place}.2026-q{at}" for place in ("it", "field", "service") for at in range(1, 31)]
    told = did_you_mean("zzz", names)
    assert told.startswith("90 are known; the nearest: ")
    assert len(told) < 160
    assert did_you_mean("zzz", ["a", "b"]) == "Known: a, b."


def test_levels_and_departments_nobody_has_are_refused_with_a_suggestion(tmp_path: Path) -> None:
    snapshot = open_snapshot(company(tmp_path, levels=("agent", "lead")))
    wrong = (
        PLAN.replace("{departments: [all]}", "{levels: [agnt]}")
        .replace("scope: company", '"scope": "department:nort"')
        .replace("scope: own_department", '"scope": "joint:north+nowhere"')
        .replace("{percent_of_salary: 10}", "{percent_of_salary: 10, by_level: {wizard: {amount: 1}}}")
    )
    with pytest.raises(Problems) as refused:
        plans.check_plan(snapshot, wrong, "plan.yaml")
    told = {each.where: each.next_step for each in refused.value.problems}
    assert told == {
        "plan.yaml, participants.levels": "Did you mean 'agent'?",
        "plan.yaml, opportunity.by_level": "Known: agent, lead.",
        "plan.yaml, own.scope": "Known: all, north, south.",
        "plan.yaml, company.scope": "Did you mean 'north'?",
    }
    right = PLAN.replace("{departments: [all]}", "{levels: [agent]}")
    assert plans.check_plan(snapshot, right, "plan.yaml").participants.levels == ("agent",)


def test_before_pay_is_delivered_a_level_is_taken_as_written(tmp_path: Path) -> None:
    snapshot = open_snapshot(company(tmp_path))
    assert plans.check_plan(snapshot, PLAN.replace("{departments: [all]}", "{levels: [agent]}"), "plan.yaml")
