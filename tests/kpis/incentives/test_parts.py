"""Segments, paid figures, curves at their jumps, and the ledger."""

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from kpis.calendar import Calendar
from kpis.incentives.check import check
from kpis.incentives.curves import NoResultError, attainment, pays
from kpis.incentives.evaluate import evaluate, rows
from kpis.incentives.ledger import Entry, broken, entry
from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Segment, minimum_n, paid
from kpis.incentives.plan import parse
from kpis.incentives.reckon import reckon
from kpis.incentives.segments import Absence, Assignment, Contract, Employment, Salary, segments
from kpis.incentives.shapes import Curve

QUARTER = Calendar().parse("2026-Q3")
START = date(2025, 1, 1)


def contract(**changes: object) -> Contract:
    whole = Contract(
        "p_1",
        (Assignment(START, None, "service"),),
        (Salary(START, None, 4_000_000, "full_time"),),
        (Employment(START, None, Fraction(32), Fraction(40)),),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def test_an_unchanged_quarter_is_one_segment() -> None:
    found, problems = segments(contract(), QUARTER)
    assert problems == []
    assert [(each.days, each.fte, each.department) for each in found] == [(92, Fraction(4, 5), "service")]


def test_a_move_a_raise_and_new_hours_cut_the_quarter_and_days_add_up() -> None:
    found, problems = segments(
        contract(
            assignments=(Assignment(START, date(2026, 7, 31), "service"), Assignment(date(2026, 8, 1), None, "it")),
            salaries=(
                Salary(START, date(2026, 8, 31), 4_000_000, "full_time"),
                Salary(date(2026, 9, 1), None, 4_400_000, "full_time"),
            ),
        ),
        QUARTER,
    )
    assert problems == []
    assert [(each.days, each.department, each.annual) for each in found] == [
        (31, "service", 4_000_000), (31, "it", 4_000_000), (30, "it", 4_400_000),
    ]  # fmt: skip


def test_only_pro_rata_absence_takes_days_and_a_renewed_contract_is_no_change() -> None:
    away = tuple(
        Absence(date(2026, 8, day), date(2026, 8, day + 1), effect)
        for day, effect in ((1, "counts"), (5, "protected"), (9, "pro_rata"))
    )
    renewed = (
        Employment(START, date(2026, 8, 15), Fraction(32), Fraction(40)),
        Employment(date(2026, 8, 16), None, Fraction(32), Fraction(40)),
    )
    found, _ = segments(contract(absences=away, employments=renewed), QUARTER)
    assert [each.days for each in found] == [90]


def test_who_joins_late_is_eligible_from_then_and_a_gap_blocks_the_payout() -> None:
    joined = contract(employments=(Employment(date(2026, 9, 1), None, Fraction(40), Fraction(40)),))
    found, problems = segments(joined, QUARTER)
    assert ([each.days for each in found], problems) == ([30], [])
    _, gaps = segments(contract(assignments=(Assignment(date(2026, 7, 11), None, "it"),)), QUARTER)
    assert "2026-07-01 to 2026-07-10" in str(gaps[0])
    assert segments(contract(employments=()), QUARTER)[1]


def test_part_time_is_never_applied_twice() -> None:
    goal = "{id: a, weight: 100, curve: {axis: figure, points: [[0, 0], [100, 100]]}}"
    plan = parse(f"{{id: p, opportunity: {{percent_of_salary: 10}}, components: [{goal}]}}")
    base = Segment(4_000_000, 365, Fraction(1, 2), readings={"a": Reading(Ratio(100))})
    frame = Frame("2026", 365, 365)
    assert reckon(plan, Participant("p", (base,)), frame).payout == 200_000
    assert reckon(plan, Participant("p", (replace(base, amount_is="actual"),)), frame).payout == 400_000


PAID = "{id: p, opportunity: {amount: 100}, paid_figure: %s, credibility_k: 40, components: [{id: a, weight: 100, min_n: 100, curve: {axis: figure, points: [[0, 0], [100, 100]]}}]}"  # noqa: E501


@pytest.mark.parametrize(
    ("rule", "n", "figure", "basis"),
    [
        ("own", 60, 80, "own"),
        ("team", 60, 50, "team"),
        ("team", 100, 80, "own"),
        ("credibility", 60, 68, "credibility"),
        ("credibility", 0, 50, "credibility"),
    ],
)
def test_below_the_minimum_the_plans_rule_decides_whose_figure_pays(rule: str, n: int, figure: int, basis: str) -> None:
    plan = parse(PAID % rule)
    found = paid(plan, plan.components[0], Reading(Ratio(80, n=Fraction(n)), Ratio(50)))
    assert (found.figure, found.basis) == (figure, basis)


def test_too_few_answers_without_a_team_figure_is_no_result() -> None:
    plan = parse(PAID % "team")
    with pytest.raises(NoResultError, match="too few"):
        paid(plan, plan.components[0], Reading(Ratio(80, n=Fraction(60))))


def test_the_minimum_of_the_definitions_is_462() -> None:
    assert minimum_n(Fraction(74 * 26, 10_000), Fraction(74, 100), Fraction(70, 100)) == 462


def test_a_figure_is_rounded_half_up_once_before_it_pays() -> None:
    plan = parse((PAID % "own").replace("paid_figure", "decimals: 1, paid_figure"))
    assert paid(plan, plan.components[0], Reading(Ratio(7005, 100))).figure == Fraction("70.1")
    assert paid(plan, plan.components[0], Reading(Ratio(-325, 100))).figure == Fraction("-3.2")


@pytest.mark.parametrize(
    ("curve", "at", "value"),
    [
        ({"points": [[70, 50], [80, 100]]}, 70, 50),
        ({"points": [{"at": 70, "pays": 50, "belongs_to": "below"}, [80, 100]]}, 70, 0),
        ({"points": [[70, 50], [80, 100], [80, 120]], "above_last": "continue"}, 80, 120),
        ({"points": [[70, 50], [80, 100]], "above_last": "continue"}, 90, 150),
        ({"points": [[70, 50], [80, 100]], "above_last": "continue", "cap": 125}, 90, 125),
        ({"points": [[70, 50], [80, 100]], "below_first": "continue", "floor": 20}, 0, 20),
        ({"points": [[70, 50], [80, 100]], "below_first": "flat"}, 0, 50),
        ({"points": [[10, 100], [20, 60]], "below_first": 100, "above_last": 0}, 20, 60),
        ({"kind": "stepped", "points": [[70, 50], [80, 100]]}, Fraction(799, 10), 50),
        ({"kind": "whole_band", "tiers": [[0, 10, "1%"], [10, 20, "2%"]]}, 10, Fraction(1, 5)),
    ],
)
def test_curves_at_their_ends_and_jumps(curve: dict[str, object], at: Fraction | int, value: Fraction | int) -> None:
    assert pays(Curve.model_validate(curve), Fraction(at)) == value


def test_outside_its_points_a_curve_may_refuse() -> None:
    curve = Curve.model_validate({"points": [[70, 50], [80, 100]], "above_last": "refuse"})
    assert pays(curve, Fraction(80)) == 100
    with pytest.raises(NoResultError):
        pays(curve, Fraction(81))


def test_a_division_by_the_figure_is_rounded_where_the_plan_says() -> None:
    curve = Curve.model_validate(
        {"axis": "percent_of_target", "form": "target_over_figure", "decimals": 1, "points": [[0, 0], [200, 200]]}
    )
    values = (Fraction(12), Fraction(10), Fraction(8))
    assert attainment(curve, Fraction(7), values) == Fraction("142.9")
    with pytest.raises(NoResultError):
        attainment(curve, Fraction(0), values)


def test_year_to_date_tiers_pay_what_the_running_total_adds() -> None:
    curve = '{axis: figure, kind: marginal, basis: year_to_date, tiers: [[0, 1000, "1%"], [1000, null, "3%"]]}'
    plan = parse(f"{{id: p, components: [{{id: s, curve: {curve}}}]}}")
    assert check(plan) == []
    done = evaluate(plan, [{"s": "1500", "s.before": "800"}]).works[0]
    assert done.payout == 1700  # 25.00 less 8.00


def test_actuals_are_read_from_csv_and_every_bad_row_is_told() -> None:
    plan = parse(PAID % "own")
    text = "participant,a,days,year_days\nanna,80,365,365\nbob,,365,365\ncato,8o,365,365\nanna,90,365,365\n"
    found = evaluate(plan, rows(text))
    assert [(work.person, work.payout) for work in found.works] == [("anna", 8000)]
    assert [
        "row 2" in str(found.problems[0]),
        "row 3, a" in str(found.problems[1]),
        "row 4" in str(found.problems[2]),
    ] == [True] * 3


def chain(length: int) -> list[Entry]:
    made: list[Entry] = []
    for at in range(length):
        made.append(entry(made[-1] if made else None, {"kind": "payout", "person": f"p_{at}", "amount": at}))
    return made


def test_an_untouched_ledger_is_whole() -> None:
    assert broken(chain(20), chain(20)[-1].hash) == []
    assert broken([]) == []


def test_every_edit_deletion_and_swap_in_a_ledger_is_found() -> None:
    made = chain(12)
    picks = random.Random(2)
    for _ in range(300):
        at, other = picks.sample(range(11), 2)
        edited = [*made]
        edited[at] = replace(made[at], payload={**made[at].payload, "amount": 99})
        swapped = [*made]
        swapped[at], swapped[other] = made[other], made[at]
        rehashed = [*made]
        rehashed[at] = entry(made[at - 1] if at else None, {"kind": "payout", "amount": 1})
        for tampered in (edited, swapped, rehashed, [*made[:at], *made[at + 1 :]]):
            assert broken(tampered)


def test_a_cut_tail_shows_against_a_head_kept_elsewhere() -> None:
    made = chain(5)
    assert broken(made[:4]) == []
    assert broken(made[:4], made[-1].hash)
