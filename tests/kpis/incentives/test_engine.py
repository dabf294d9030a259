"""The columnar engine pays what the row-wise rules pay, on any plan the language can say."""

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.exact import largest_remainder, shown
from kpis.incentives import engine
from kpis.incentives.check import check
from kpis.incentives.columns import columns
from kpis.incentives.curves import NoResultError, attainment, pays
from kpis.incentives.evidence import Run, differences, evidence, outcome
from kpis.incentives.inputs import holds
from kpis.incentives.paid import Participant, Ratio, Reading, Segment, Values
from kpis.incentives.plan import Passes, Plan, from_normal_form, normal_form, parse, to_yaml
from kpis.incentives.pool import settle
from kpis.incentives.reckon import passes, reckon
from kpis.incentives.run import amounts
from kpis.incentives.run import settle as settle_in_columns
from kpis.incentives.shapes import Curve
from kpis.incentives.shares import apportion
from kpis.incentives.statement import statement
from kpis.incentives.tables import REFUSED, table
from tests.kpis.incentives.plans import FRAME, MONEY, aims, curves, people, plans

AIM = (Fraction(70), Fraction(74), Fraction(78))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_engine_equals_the_row_wise_rules_on_random_plans(data: st.DataObject) -> None:
    plan = data.draw(plans())
    assert [
        each for each in check(plan) if not each.where.endswith("above_last")
    ] == []  # no one means it; all agree on it
    run = Run(plan, FRAME, data.draw(people(plan)))
    for each in [_settled(run)] if plan.pool else [run]:
        for person, found in zip(each.participants, amounts(each), strict=True):
            try:
                work = reckon(plan, person, each.frame)
            except NoResultError:
                assert found.reason
                continue
            assert (found.payout, found.lines) == (work.payout, tuple(amount for _, _, amount in work.amounts))


def _settled(run: Run) -> Run:
    """The run of those who have a result, its pool settled, in columns as row by row."""
    known = replace(run, participants=tuple(each for each in run.participants if _work(run.plan, each)))
    done = settle(known, "0a" * 16)
    assert settle_in_columns(known, "0a" * 16) == done
    assert settle_in_columns(done, "0a" * 16) == done
    return done


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_payouts_of_a_pool_sum_to_it_and_nobody_is_a_whole_cent_off(data: st.DataObject) -> None:
    plan = data.draw(plans())
    run = _settled(Run(plan, FRAME, data.draw(people(plan))))
    if not run.frame.pool or not run.participants:
        return
    works = [reckon(plan, each, run.frame) for each in run.participants]
    assert sum(work.settled.due for work in works) == run.frame.pool.total
    assert all(abs(work.settled.due - work.exact) < 1 for work in works)
    if plan.pool and plan.pool.scaling == "down":
        assert run.frame.pool.total <= sum(work.before_pool for work in works) + Fraction(1, 2)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_lines_sum_to_the_payout_which_stays_within_its_cap(data: st.DataObject) -> None:
    plan = data.draw(plans())
    for person in data.draw(people(plan)):
        work = _work(plan, person)
        if work is None:
            continue
        assert sum(amount for _, _, amount in work.amounts) == work.payout >= 0
        assert all(line.amount >= 0 for line in work.lines)
        if plan.cap is not None:
            assert work.exact <= plan.cap * work.opportunity / 100


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_better_figure_never_pays_less_where_the_curves_rise(data: st.DataObject) -> None:
    plan = data.draw(plans(rising=True))
    person = data.draw(people(plan))[0]
    better = replace(person, segments=tuple(_lifted(each, data) for each in person.segments))
    before, after = _work(plan, person), _work(plan, better)
    if before is not None:
        assert after is not None
        assert after.payout >= before.payout


def _lifted(segment: Segment, data: st.DataObject) -> Segment:
    """The segment with one figure moved towards stretch."""
    name = data.draw(st.sampled_from(sorted(segment.readings)))
    old = segment.readings[name]
    if old.own is None or old.target is None:
        return segment
    towards = 1 if old.target[2] > old.target[0] else -1
    step = towards * data.draw(st.integers(0, 50)) * old.own.denominator
    own = replace(old.own, numerator=old.own.numerator + step)
    return replace(segment, readings={**segment.readings, name: replace(old, own=own)})


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_evidence_as_json_recomputes_every_payout_and_every_step(data: st.DataObject) -> None:
    plan = data.draw(plans())
    assert parse(to_yaml(plan)) == plan
    assert from_normal_form(normal_form(plan)) == plan
    run = _settled(Run(plan, FRAME, data.draw(people(plan))))
    content = json.loads(json.dumps(evidence(run)))
    works = [reckon(plan, each, run.frame) for each in run.participants]
    assert differences(content, json.loads(json.dumps(outcome(run, works)))) == []
    for person, work in zip(run.participants, works, strict=True):
        steps = statement(plan, person, run.frame, work)
        assert all(step.told() or step.rule == "none" for step in steps)
        assert sum(step.amount or 0 for step in steps if step.kind in ("component", "kicker", "draw")) == work.payout


def _work(plan: Plan, person: Participant):  # type: ignore[no-untyped-def]
    try:
        return reckon(plan, person, FRAME)
    except NoResultError:
        return None


@given(st.lists(st.tuples(st.integers(0, 10**15), *[st.integers(0, 10**12)] * 4), min_size=1, max_size=20))
def test_many_totals_are_shared_as_one_is_and_sum_exactly(rows: list[tuple[int, ...]]) -> None:
    rows = [row if any(row[1:]) else (0, *row[1:]) for row in rows]
    table = np.array(rows, dtype=np.int64)
    parts = apportion(table[:, 0], [table[:, at] for at in range(1, 5)])
    for at, row in enumerate(rows):
        mine = [int(part[at]) for part in parts]
        assert mine == largest_remainder(row[0], row[1:])
        assert sum(mine) == row[0]


@pytest.mark.parametrize("gap", [4, 7, 11, 13])
def test_targets_with_awkward_gaps_still_share_exact_units(gap: int) -> None:
    """Distinct gaps multiply into a denominator no machine holds: each person then gets their own."""
    plan = _plan()
    crowd = []
    for at in range(60):
        aim = (Fraction(700 - gap - at, 10), Fraction(700, 10), Fraction(700 + 2 * at + gap, 10))
        readings = {
            part.id: Reading(own=Ratio(690 + at * place, 10), target=aim) for place, part in enumerate(plan.components)
        }
        crowd.append(Participant(f"p_{at}", (Segment(5_000_001 + at, 91, readings=readings),)))
    done = engine.pay(plan, FRAME, columns(plan, crowd, (), {}))
    assert isinstance(done.inputs.units.pays, np.ndarray)
    assert [int(each) for each in done.payout] == [reckon(plan, each, FRAME).payout for each in crowd]


def _plan() -> Plan:
    parts = [
        {"id": f"c{at}", "weight": "20", "curve": {"points": [["0", "50"], ["100", "100"], ["200", "150"]]}}
        for at in range(5)
    ]
    return Plan.model_validate(
        {"id": "five", "opportunity": {"percent_of_salary": "15"}, "components": parts, "cap": "140"}
    )


@settings(max_examples=100, deadline=None)
@given(
    curves(), st.sampled_from(MONEY), aims, st.integers(0, 1), st.sampled_from(["below", "above", None]), st.booleans()
)
def test_a_table_holds_what_the_curve_pays_at_every_figure(
    form: dict[str, Any], money: dict[str, Any], aim: Values, places: int, side: str | None, refuse: bool
) -> None:
    points = [{**point, "belongs_to": side} for point in form["points"]]
    outside = {"above_last": "refuse", "below_first": "refuse"} if refuse else {}
    figures = np.arange(-20 * 10**places, 110 * 10**places)
    for curve in (Curve.model_validate({**form, "points": points, **outside}), Curve.model_validate(money)):
        made = table(curve, [aim], places, figures, np.zeros_like(figures))
        found = made.lookup(figures, np.zeros_like(figures), made.denominators)
        for figure, value in zip(figures, found, strict=True):
            try:
                exact = pays(curve, attainment(curve, Fraction(int(figure), 10**places), aim)) * made.denominators[0]
            except NoResultError:
                exact = Fraction(REFUSED)
            assert value == exact


@given(
    st.sampled_from(["at_least", "at_most", "above", "below"]),
    st.fractions(-9, 9, max_denominator=40),
    st.integers(0, 2),
)
def test_a_gate_is_passed_by_the_same_figures_in_columns_as_row_by_row(side: str, limit: Fraction, places: int) -> None:
    rule, unit = Passes.model_validate({side: shown(limit)}), 10**places
    figures = np.arange(-10 * unit, 10 * unit)
    assert [passes(rule, Fraction(int(figure), unit)) for figure in figures] == list(holds(rule, figures, unit))


@pytest.mark.parametrize(("cents", "paid"), [(1, 1), (2, 1), (3, 2), (5, 3), (6, 3), (7, 4)])
def test_half_a_cent_is_rounded_away_from_zero(cents: int, paid: int) -> None:
    goal = {"id": "goal", "weight": "100", "curve": {"axis": "figure", "points": [["0", "50"], ["1", "50"]]}}
    plan = Plan.model_validate({"id": "half", "opportunity": {"percent_of_salary": "100"}, "components": [goal]})
    person = Participant("p_1", (Segment(cents, 365, readings={"goal": Reading(Ratio(1))}),))
    (found,) = amounts(Run(plan, FRAME, (person,)))
    assert found.payout == reckon(plan, person, FRAME).payout == paid


def test_amounts_past_any_machine_integer_stay_exact() -> None:
    plan = _plan()
    readings = {part.id: Reading(own=Ratio(10**30 + 7, 14 * 10**27), target=AIM) for part in plan.components}
    rich = Participant("p_1", (Segment(10**24 + 1, 91, Fraction(33, 40), readings=readings),))
    (found,) = amounts(Run(plan, FRAME, (rich,)))
    assert found.payout == reckon(plan, rich, FRAME).payout > 2**63


@pytest.mark.parametrize("widest", [10**9, 10**24])
def test_figures_that_range_too_widely_for_a_table_pay_the_same(widest: int) -> None:
    tiers = [[0, 1000, "1%"], [1000, 500_000, "2.5%"], [500_000, None, "3%"]]
    curve = {"axis": "figure", "kind": "marginal", "tiers": tiers, "above_last": "flat"}
    goal = {
        "id": "goal",
        "weight": "100",
        "curve": {"points": [["0", "50"], ["100", "100"]], "above_last": "continue", "cap": "150"},
    }
    form = {"id": "wide", "opportunity": {"amount": "9000"}, "components": [{"id": "sales", "curve": curve}, goal]}
    plan = Plan.model_validate(form)
    crowd = []
    for at in range(40):
        aim = (Fraction(10 * at), Fraction(10 * at + 7), Fraction(10 * at + 9))
        readings = {
            "sales": Reading(Ratio(widest * at + at, 7)),
            "goal": Reading(Ratio(widest * at, 3 + at), target=aim),
        }
        crowd.append(Participant(f"p_{at}", (Segment(0, 90, readings=readings),)))
    found = amounts(Run(plan, FRAME, tuple(crowd)))
    assert [each.payout for each in found] == [reckon(plan, each, FRAME).payout for each in crowd]


def test_segments_of_odd_hours_whose_sum_passes_a_machine_integer_are_paid_exactly() -> None:
    """Three segments among colleagues of odd hours once added up past 2⁶³, and a payout came out negative."""
    plan = parse(
        "{id: p, opportunity: {amount: 9999.99}, "
        "components: [{id: a, weight: 100, curve: {axis: figure, points: [[0, 0], [100, 100]]}}]}"
    )
    readings = {"a": Reading(own=Ratio(81))}
    hours = [Fraction(2 * odd + 1, odd) for odd in (97, 89, 83, 79, 73)]
    crowd = [
        Participant(f"p_{at}", tuple(Segment(0, 365, each, readings=readings) for _part in range(4)))
        for at, each in enumerate(hours)
    ]
    paid = engine.pay(plan, FRAME, columns(plan, crowd, ("",) * 4, {}))
    assert paid.opportunities() == [4 * 999_999 * 365 * each / FRAME.year_days for each in hours]
    assert [int(each) for each in paid.payout] == [reckon(plan, each, FRAME).payout for each in crowd]
