"""Worked numbers for every part of the language: what a compensation specialist would check by hand."""

from fractions import Fraction
from typing import Any

import pytest

from kpis.incentives import matrices, pool
from kpis.incentives.check import check
from kpis.incentives.evaluate import evaluate
from kpis.incentives.evidence import differences, evidence, outcome
from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Run, Segment
from kpis.incentives.plan import Plan, parse
from kpis.incentives.reckon import Work, reckon
from kpis.incentives.shapes import Curve
from kpis.incentives.statement import statement

AS_GIVEN = "curve: {axis: figure, points: [[0, 0], [300, 300]]}"
ONE = f"components: [{{id: a, weight: 100, {AS_GIVEN}}}]"
TWO = f"components: [{{id: a, weight: 60, {AS_GIVEN}}}, {{id: b, weight: 40, {AS_GIVEN}}}]"


def plan(rest: str, components: str = ONE, opportunity: str = "amount: 1000") -> Plan:
    made = parse(f"id: p\nopportunity: {{{opportunity}}}\n{components}\n{rest}\n")
    assert check(made) == []
    return made


def work(made: Plan, **row: Any) -> Work:
    done = evaluate(made, [row])
    assert done.problems == ()
    return done.works[0]


def euros(made: Plan, **row: Any) -> Fraction:
    return Fraction(work(made, **row).payout, 100)


def told(made: Plan, done: Work, last: bool = False) -> list[str]:
    person = Participant("p", (Segment(0, 365),))
    return [step.told() for step in statement(made, person, Frame("", 365, 365, last), done)]


# Opportunity


def test_each_level_and_each_person_has_the_terms_written_for_them() -> None:
    terms = "percent_of_salary: 10, by_level: {head: {percent_of_salary: 20}}, by_person: {anna: {amount: 7000}}"
    made = plan("", ONE, terms)
    assert euros(made, participant="bob", salary=40000, a=100) == 4000
    assert euros(made, participant="cato", level="head", salary=40000, a=100) == 8000
    assert euros(made, participant="anna", level="head", salary=40000, a=100) == 7000


def test_a_level_without_terms_is_no_result_with_a_reason() -> None:
    made = plan("", ONE, "by_level: {head: {amount: 5000}}")
    assert "no opportunity for the level agent" in str(evaluate(made, [{"level": "agent", "a": 100}]).problems[0])


# Curves


def test_accelerators_and_decelerators_are_read_as_the_points_they_stand_for() -> None:
    short = "{axis: figure, beyond: {from: 100, each_point_pays: 2, up_to: 150}, short_of: {from: 100, each_point_costs: 5, down_to: 90}}"
    long = "{axis: figure, points: [[90, 50], [100, 100], [150, 200]]}"
    by = "components: [{id: a, weight: 100, curve: %s}]"
    assert plan("", by % short) == plan("", by % long)
    endless = plan("", by % "{axis: figure, beyond: {from: 100, each_point_pays: 3}}")
    assert [euros(endless, a=at) for at in (99, 100, 140)] == [0, 1000, 2200]


MATRIX = {
    "kind": "matrix",
    "axis": "figure",
    "rows": [0, 50, 100],
    "columns": [0, 10],
    "cells": [[0, 50], [50, 100], [100, 150]],
}


@pytest.mark.parametrize(
    ("changes", "row", "column", "pays"),
    [
        ({}, 49, 9, 0),
        ({}, 50, 10, 100),
        ({}, 200, 99, 150),
        ({}, -1, 5, 0),
        ({"below_first": "flat"}, -1, 5, 0),
        ({"below_first": 20}, -1, 5, 20),
        ({"rows": [0, {"at": 50, "belongs_to": "below"}, 100]}, 50, 10, 50),
        ({"between": "linear"}, 25, 5, 50),
        ({"between": "linear"}, 75, 10, 125),
        ({"between": "linear"}, 100, 10, 150),
        ({"between": "linear", "cap": 90}, 100, 10, 90),
    ],
)
def test_a_matrix_pays_on_two_figures(changes: dict[str, Any], row: int, column: int, pays: int) -> None:
    assert matrices.pays(Curve.model_validate(MATRIX | changes), Fraction(row), Fraction(column)) == pays


def test_a_matrix_of_two_kpis_pays_in_a_plan_and_tells_both_figures() -> None:
    cells = "{kind: matrix, axis: figure, rows: [0, 50], columns: [0, 10], cells: [[0, 50], [50, 120]]}"
    made = plan("", f"components: [{{id: a, weight: 100, second: {{id: b}}, curve: {cells}}}]")
    assert euros(made, a=60, b=12) == 1200
    assert "60 with 12 pays 120%, × weight 100%" in told(made, work(made, a=60, b=12))


# Missing figures


def test_the_weight_of_a_component_without_figure_goes_to_the_others_and_both_are_told() -> None:
    made = plan("missing: renormalise", TWO)
    assert euros(made, a=100, b=50) == 800
    assert euros(made, b=50) == 500
    steps = told(made, work(made, b=50))
    assert "a: no figure: no part in this, its weight goes to the others" in steps
    assert "50 pays 50%, × weight 100%" in steps


@pytest.mark.parametrize(("fallback", "pays"), [("{figure: 70}", 820), ("{pays: 25}", 550)])
def test_the_plans_fallback_stands_for_a_missing_figure(fallback: str, pays: int) -> None:
    made = plan(f"missing: fallback\nfallback: {fallback}", TWO)
    assert euros(made, b=100) == pays
    assert any("fallback" in step for step in told(made, work(made, b=100)))


def test_a_section_keeps_its_part_when_a_weight_moves_into_it() -> None:
    parts = TWO.replace("id: a,", "id: a, section: s,").replace("id: b,", "id: b, section: t,")
    made = plan("missing: renormalise\nsections: [{id: s, cap: 110}, {id: t, cap: 90}]", parts)
    assert euros(made, a=150, b=150) == 600 * Fraction(11, 10) + 400 * Fraction(9, 10)
    assert euros(made, b=150) == 900


# Gates, kickers


def test_a_company_figure_caps_everyone_and_a_personal_one_the_person() -> None:
    gates = "gates: [{id: ebit, on: company, passes: {at_least: 5}, otherwise: {cap: 50}}, {id: warned, on: person, passes: {at_most: 0}}]"
    made = plan(gates)
    assert [euros(made, a=100, ebit=ebit, warned=warned) for ebit, warned in ((5, 0), (4, 0), (5, 1))] == [1000, 500, 0]


def test_a_kicker_is_added_after_modifiers_and_before_the_cap() -> None:
    rest = "kickers: [{id: k, passes: {at_least: 90}, adds: {percent: 5}}, {id: m, passes: {above: 0}, adds: {amount: 30}}]"
    rest += "\nmodifiers: [{id: f, curve: {axis: figure, points: [[0, 0], [200, 200]]}}]\ncap: 130"
    made = plan(rest)
    done = work(made, a=100, f=110, k=90, m=0)
    assert (done.payout, done.amounts) == (115000, ((0, "a", 110000), (0, "k", 5000), (0, "m", 0)))
    assert euros(made, a=100, f=110, k=89, m=1) == 1130
    assert euros(made, a=150, f=110, k=90, m=1) == 1300


# Scores


def test_achievement_improvement_and_consistency_score_by_the_plans_numbers() -> None:
    score = "{achievement: {floor: 50, threshold: 70, benchmark: 85, slope: 9, addend: 0.5, within: [1, 9], at_or_above_benchmark: 10}, improvement: {benchmark: 85, slope: 10, addend: -0.5, within: [0, 9], at_or_above_benchmark: 9}}"  # noqa: E501
    parts = ", ".join(
        f"{{id: {name}, weight: 40, curve: {{axis: scored, points: [[0, 0], [10, 100]]}}, score: {score}}}"
        for name in "ab"
    )
    rule = "{consistency: {of: [a, b], slope: 20, addend: -0.5, within: [0, 20], all_at_threshold: 20}}"
    last = f"{{id: c, weight: 20, curve: {{axis: scored, points: [[0, 0], [20, 100]]}}, score: {rule}}}"
    made = plan("", f"components: [{parts}, {last}]")
    done = work(made, a="77.5", b=65, **{"a.baseline": 76, "b.baseline": 60})
    points = [line.attained for line in done.lines]
    assert points == [5, 2, 15]  # 9·½+½; 10·5/25−½ = 1.5, up; 20·15/20−½ = 14.5, up
    assert done.payout == 100 * (400 * 5 // 10 + 400 * 2 // 10 + 200 * 15 // 20)
    assert [line.attained for line in work(made, a=85, b=70).lines] == [10, 1, 20]


# Pools


def test_a_pool_scales_everyone_down_and_its_whole_cents_are_shared() -> None:
    made = plan("pool: {amount: 100}")
    done = evaluate(made, [{"participant": name, "a": 100} for name in ("anna", "bob", "cato")]).works
    assert sum(each.payout for each in done) == 10_000
    assert sorted(each.payout for each in done) == [3333, 3333, 3334]
    rich = plan("pool: {amount: 5000}")
    assert euros(rich, a=100) == 1000
    assert euros(plan("pool: {amount: 5000, scaling: to_pool}"), a=100) == 5000


def test_ties_of_a_pool_are_broken_by_the_key_and_never_by_name_or_place() -> None:
    made = plan("pool: {amount: 100}")
    people = tuple(Participant(name, (Segment(0, 365, readings={"a": Reading(Ratio(100))}),)) for name in "abc")
    lucky = set()
    for key in ("00", "01", "02", "03", "04", "05", "06", "07"):
        run = pool.settle(Run(made, Frame("2026", 365, 365), people), key)
        back = pool.settle(Run(made, Frame("2026", 365, 365), people[::-1]), key)
        shares = {each.person: each.share for each in run.participants}
        assert shares == {each.person: each.share for each in back.participants}
        lucky |= {name for name, share in shares.items() if share == 3334}
    assert lucky == {"a", "b", "c"}


def test_a_company_figure_funds_the_pool_and_tampering_with_it_or_a_share_is_found() -> None:
    made = plan("pool: {figure: {id: ebit, curve: {axis: figure, points: [[0, 50], [100, 120]]}}}")
    reading = {"ebit": Reading(Ratio(50))}
    people = tuple(
        Participant(name, (Segment(0, 365, readings={"a": Reading(Ratio(figure))}),), reading)
        for name, figure in (("a", 100), ("b", 90))
    )
    run = pool.settle(Run(made, Frame("2026", 365, 365), people), "0b")
    assert run.frame.pool
    assert (run.frame.pool.total, run.frame.pool.factor) == (170_000, Fraction(17, 19))
    content = evidence(run)
    stored = outcome(run, [reckon(made, each, run.frame) for each in run.participants])
    assert differences(content, stored) == []
    assert differences({**content, "pool": {**content["pool"], "total": "170001"}}, stored)
    shares = [
        {**each, "share": str(int(each["share"]) + (1 if at else -1))}
        for at, each in enumerate(content["participants"])
    ]
    assert differences({**content, "participants": shares}, stored)


# Through the year


def test_a_shortfall_is_set_off_in_the_next_run_and_the_year_ends_as_the_plan_says() -> None:
    made = plan("frequency: quarter\nyear_to_date: {year_end: carry}")
    first = work(made, a=120, days=90)
    assert first.payout == 29589  # 1000 × 1.2 × 90/365
    second = work(made, a=50, days=181, paid_before="295.89")
    assert (second.payout, second.settled.shortfall) == (0, 29589 - 24795)
    third = work(made, a=100, days=273, paid_before="295.89")
    assert third.payout == 74795 - 29589
    last = work(made, a=40, days=365, paid_before="747.95", last=1)
    assert last.settled.shortfall == 74795 - 40000
    assert "347.95 paid too much is carried into the next year" in told(made, last, last=True)
    assert euros(made, a=100, days=90, carried="47.95") == Fraction("198.63")


def test_a_draw_is_paid_ahead_and_a_recoverable_one_made_good() -> None:
    made = plan("draw: {amount: 400, recoverable: true}")
    short = work(made, a=10)
    assert (short.payout, short.settled.drawn, short.settled.balance) == (40_000, 30_000, 30_000)
    assert short.amounts == ((0, "a", 10_000), (0, "draw", 30_000))
    good = work(made, a=60, draw_balance=300)
    assert (good.payout, good.settled.back, good.settled.balance) == (40_000, 20_000, 10_000)
    kept = plan("draw: {percent: 40}")
    assert (euros(kept, a=10), euros(kept, a=60)) == (400, 600)


# Money


@pytest.mark.parametrize(("rule", "cents"), [("half_away", 13), ("half_even", 12), ("down", 12)])
def test_the_rounding_of_a_payout_is_the_plans(rule: str, cents: int) -> None:
    assert work(plan(f"rounding: {rule}", ONE, "amount: 0.125"), a=100).payout == cents


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 1000), ("EUR", 100_000), ("KWD", 1_000_000)])
def test_amounts_have_the_minor_units_of_their_currency(currency: str, minor: int) -> None:
    assert work(plan(f"currency: {currency}"), a=100).payout == minor


def test_what_may_be_claimed_back_is_told() -> None:
    made = plan("clawback: {months: 24, causes: [misstatement]}")
    assert "for 24 months it may be claimed back: misstatement" in told(made, work(made, a=100))


# Segments


def test_segments_are_shared_by_days_or_by_the_answers_of_each() -> None:
    made = plan("", f"components: [{{id: a, weight: 100, segments_by: n, {AS_GIVEN}}}]")
    parts = [(100, 30), (50, 10)]
    segments = tuple(Segment(0, 73, readings={"a": Reading(Ratio(value, 1, Fraction(n)))}) for value, n in parts)
    done = reckon(made, Participant("p", segments), Frame("2026", 365, 365))
    assert [line.opportunity for line in done.lines] == [30_000, 10_000]
    assert done.payout == 30_000 + 5_000
    by_days = reckon(plan(""), Participant("p", segments), Frame("2026", 365, 365))
    assert by_days.payout == 20_000 + 10_000
