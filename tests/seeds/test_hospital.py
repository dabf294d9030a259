"""The US hospital scheme comes out of plan files alone: every total, and the patient-experience domain by its rule."""

from fractions import Fraction
from math import floor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.problems import Problems
from kpis.incentives import evaluate
from kpis.incentives.check import read_checked
from kpis.workflows import plans
from seeds import hospital
from tests.conftest import shared
from tests.dashboard.line import done

EXPERIENCE = read_checked((hospital.scheme() / "patient_experience.yaml").read_text("utf-8"))
DIMENSIONS = [each for each in EXPERIENCE.components if each.id != "consistency"]
rates = st.integers(0, 10_000).map(lambda hundredths: Fraction(hundredths, 100))


def test_every_published_total_comes_out_to_the_last_decimal() -> None:
    found = hospital.evaluated(shared("data", "cms_hvbp_fy2026"))
    assert (found.agree, len(found.published)) == (2455, 2455)
    assert round(float(sum(found.payouts) / len(found.payouts)), 6) == 30.884652


def test_a_missing_domain_is_told_in_the_hospitals_statement() -> None:
    found = hospital.evaluated(shared("data", "cms_hvbp_fy2026"))
    without = [work for work in found.works if any(line.earned.out for line in work.lines)]
    assert len(without) == 156
    assert all(sum(line.weight for line in work.lines) == 100 for work in without)


def test_the_example_is_run_by_one_command_which_says_how_many_agree() -> None:
    folder = shared("data", "cms_hvbp_fy2026")
    told = done("example", "hospital", "--data", folder).out
    assert "2,455 of 2,455 agree" in told
    assert "30.884652" in told


def test_without_the_file_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Problems, match="hvbp_total_performance"):
        hospital.evaluated(tmp_path)


def test_a_layout_with_a_wrong_column_is_refused_with_a_suggestion() -> None:
    plan = (hospital.scheme() / "total.yaml").read_text("utf-8")
    with pytest.raises(Problems) as caught:
        plans.evaluate_plan(plan, "Clinical,Total\n1,2\n", "p", "a", "columns: {clinicl: Clinical, safety: Safty}")
    assert "Did you mean 'clinical'?" in str(caught.value)
    assert "a column of the file" in str(caught.value)


def up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def by_the_rule(figures: dict[str, tuple[Fraction, Fraction]]) -> int:
    """The domain score as the README of the data prints the rule."""
    points, ways = 0, []
    for each in DIMENSIONS:
        rule = each.score.achievement if each.score else None
        assert rule is not None
        assert rule.floor is not None
        rate, base = figures[each.id]
        low, high = rule.threshold, rule.benchmark
        achieved = (
            10
            if rate >= high
            else 0
            if rate < low
            else min(9, max(1, up(9 * (rate - low) / (high - low) + Fraction(1, 2))))
        )
        improved = (
            0
            if rate <= base
            else 9
            if rate >= high
            else min(9, max(0, up(10 * (rate - base) / (high - base) - Fraction(1, 2))))
        )
        points += max(achieved, improved)
        ways.append((rate - rule.floor) / (low - rule.floor))
    steady = 20 if min(ways) >= 1 else min(20, max(0, up(20 * min(ways) - Fraction(1, 2))))
    return min(100, points + steady)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_patient_experience_domain_follows_the_published_rule(data: st.DataObject) -> None:
    figures = {}
    for each in DIMENSIONS:
        rule = each.score.achievement if each.score else None
        assert rule is not None
        near = st.sampled_from(
            [rule.threshold, rule.benchmark, rule.floor or Fraction(0), (rule.threshold + rule.benchmark) / 2]
        )
        figures[each.id] = (data.draw(st.one_of(near, rates)), data.draw(st.one_of(near, rates)))
    row = {name: rate for name, (rate, _) in figures.items()} | {
        f"{name}.baseline": base for name, (_, base) in figures.items()
    }
    done = evaluate.evaluate(EXPERIENCE, [row])
    assert done.problems == ()
    assert done.works[0].payout == by_the_rule(figures)
