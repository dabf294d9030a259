"""Targets as people write them, and the cascade's arithmetic."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.problems import Problems
from kpis import cascade
from kpis.calendar import Calendar
from kpis.definitions import KpiDefinition
from kpis.definitions import parse as parse_kpi
from kpis.organisation import Department, organisation
from kpis.targets import (
    Target,
    figure_at,
    parse,
    percent_of_target,
    position,
    refuses_percent_of_target,
    scope,
    to_yaml,
)

KPI = """
id: {id}
version: 1
title: T
question: Q
direction: {direction}
dataset: service_cases
when: opened_at
period_of: opened
measure: {measure}
unit: {unit}
"""
COMPANY = organisation(
    [
        Department("company", "Company"),
        Department("service", "Service", "company"),
        Department("north", "North", "service"),
        Department("south", "South", "service"),
        Department("it", "IT", "company"),
    ]
)
CASCADE = """
targets:
  - id: all
    kpi: fcr
    scope: company
    period: 2026-Q4
    threshold: 70
    target: 74.0
    stretch: 78
    rest: {share: "0.1", threshold: 70, target: 74, stretch: 78}
  - {id: service, kpi: fcr, scope: "department:service", period: 2026-Q4, threshold: 72, target: 76, stretch: 80, parent: all, share: "0.45"}
  - {id: it, kpi: fcr, scope: "department:it", period: 2026-Q4, threshold: 68, target: 72, stretch: 76, parent: all, share: 0.45}
"""  # noqa: E501


def kpi(
    name: str = "fcr", direction: str = "higher", measure: str = "{kind: share, value: ok}", unit: str = "percent"
) -> KpiDefinition:
    return parse_kpi(KPI.format(id=name, direction=direction, measure=measure, unit=unit), name)


KPIS = {"fcr": kpi()}


def told(text: str, kpis: dict[str, KpiDefinition] = KPIS) -> str:
    targets = parse(text)
    try:
        assert cascade.read_checked(text, kpis, COMPANY, Calendar()) == targets
    except Problems as problems:
        return str(problems)
    return ""


def test_a_cascade_that_closes_has_no_problem() -> None:
    assert told(CASCADE) == ""


def test_targets_come_back_from_their_yaml_unchanged() -> None:
    targets = parse(CASCADE)
    assert parse(to_yaml(targets)) == targets
    assert to_yaml(parse(to_yaml(targets))) == to_yaml(targets)
    assert 'target: "74.0"' in to_yaml(targets)


def test_a_cascade_that_does_not_close_says_by_how_much() -> None:
    problem = told(CASCADE.replace("target: 76", "target: 77"))
    assert "target -0.45" in problem
    assert "threshold 0" in problem


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("target: 76", "target: 81"), "one strict order"),
        (("kpi: fcr, scope: \"department:it\"", "kpi: fcrr, scope: \"department:it\""), "Did you mean 'fcr'?"),
        (("department:it", "department:itt"), "Did you mean 'it'?"),
        (("department:it", "team:it"), "department:<id>"),
        (("2026-Q4, threshold: 68", "2026-Q7, threshold: 68"), "a period"),
        (("parent: all, share: 0.45", "parent: al, share: 0.45"), "Did you mean 'all'?"),
        (("parent: all, share: 0.45", "parent: all"), "planned share"),
        (("id: it,", "id: service,"), "2 times"),
        (("department:it", "department:north"), "nothing that service counts too"),
        (("department:it", "joint:service+it"), "A joint target stands for its members"),
        (('share: "0.1"', 'share: "0.2"'), "shares that sum to 1"),
        (("department:it", "person:p_1"), "children of one level"),
    ],
)  # fmt: skip
def test_each_fault_of_a_cascade_is_explained(change: tuple[str, str], says: str) -> None:
    assert change[0] in CASCADE
    assert says in told(CASCADE.replace(*change))


def test_a_target_against_its_kpis_direction_is_refused() -> None:
    assert "get lower towards stretch" in told(CASCADE, {"fcr": kpi(direction="lower")})


def test_a_quantile_is_no_cascade_and_share_within_is_offered() -> None:
    assert "share within x" in told(
        CASCADE, {"fcr": kpi(measure="{kind: quantile, value: hours, q: 0.5}", unit="hours")}
    )


def test_every_fault_of_form_is_told_at_once_with_its_place() -> None:
    with pytest.raises(Problems) as caught:
        parse("targets:\n  - {id: A, kpi: fcr, scope: company, period: 2026, threshold: .nan, target: 1, strech: 2}\n")
    text = str(caught.value)
    assert "targets[0].id" in text
    assert "targets[0].threshold" in text
    assert "Did you mean 'stretch'?" in text


fractions = st.fractions(min_value=-100, max_value=100, max_denominator=50)


@given(st.lists(st.tuples(fractions, fractions, st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=5))
def test_what_moved_a_parent_is_served_plus_mix_minus_residual_exactly(
    rows: list[tuple[Fraction, Fraction, int, int]],
) -> None:
    rows = [(*rows[0][:3], rows[0][3] + 1), *rows[1:]]
    planned, actual = sum(row[2] for row in rows), sum(row[3] for row in rows)
    parent = _target("parent", Fraction(50))
    below = [_target(f"c{at}", row[0]) for at, row in enumerate(rows)]
    below = [
        each.model_copy(update={"share": Fraction(row[2], planned)}) for each, row in zip(below, rows, strict=True)
    ]
    actuals = {f"c{at}": cascade.Actual(row[1], Fraction(row[3], actual)) for at, row in enumerate(rows)}
    found = cascade.closure(parent, below, actuals)
    assert found.difference == found.served + found.mix - found.residual
    assert found.difference == sum(each.figure * each.share for each in actuals.values()) - 50


def _target(name: str, value: Fraction) -> Target:
    made = parse(
        f"targets: [{{id: {name}, kpi: fcr, scope: company, period: 2026, threshold: 1, target: 2, stretch: 3}}]"
    )[0]
    return made.model_copy(update={"threshold": value - 1, "target": value, "stretch": value + 1})


@pytest.mark.parametrize("values", [(70, 74, 78), (10, 6, 5), (-20, 5, 60)])
def test_position_is_0_100_200_at_the_three_values_and_inverts(values: tuple[int, int, int]) -> None:
    three = (Fraction(values[0]), Fraction(values[1]), Fraction(values[2]))
    assert [position(three, each) for each in three] == [0, 100, 200]
    for at in (-50, 0, 33, 100, 150, 260):
        assert position(three, figure_at(three, Fraction(at))) == at


def test_percent_of_target_has_a_form_for_either_direction() -> None:
    assert percent_of_target(Fraction(90), Fraction(100), "figure_over_target") == 90
    assert percent_of_target(Fraction(8), Fraction(10), "target_over_figure") == 125
    assert percent_of_target(Fraction(8), Fraction(10), "twice_less_ratio") == 120


@pytest.mark.parametrize(
    ("definition", "target", "form"),
    [
        (kpi(measure="{kind: nps, value: nps}", unit="points"), 40, "figure_over_target"),
        (kpi(), 0, "figure_over_target"),
        (kpi(), 70, "target_over_figure"),
        (kpi(direction="lower"), 70, "figure_over_target"),
    ],
)
def test_a_percentage_of_the_target_is_refused_where_it_means_nothing(
    definition: KpiDefinition, target: int, form: str
) -> None:
    assert refuses_percent_of_target(definition, Fraction(target), form, "plan")


def test_scopes_compare_by_identity_and_joint_members_have_one_order() -> None:
    assert scope("joint:b+a") == scope("joint:a+b")
    assert str(scope("joint:b+a")) == "joint:a+b"
    for text in ("joint:a", "joint:a+a", "company:x", "department:", "nobody"):
        with pytest.raises(Problems):
            scope(text)
