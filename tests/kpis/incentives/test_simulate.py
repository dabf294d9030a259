"""A simulation pays what a run would pay on the same draws, keeps what belongs together, and says what it cannot do."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.incentives import simulate as rules
from kpis.incentives.blocks import model
from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Segment
from kpis.incentives.plan import Component, Plan, parse
from kpis.incentives.resample import Series, Terms, drawn, rounded, run_sums, starts, sums
from kpis.incentives.simulate import simulate
from kpis.incentives.swift import unknown
from kpis.incentives.walk import Paying
from tests.kpis.incentives.plans import FRAME, people, plans

QUARTER = Frame("2026-Q3", 92, 365)
AIM = tuple(map(rules.Fraction, (70, 74, 78)))
PLAN = """
id: small
opportunity: {amount: 4000}
decimals: 1
components:
  - {id: fcr, weight: 60, kpi: fcr, scope: own_department, curve: {points: [[0, 50], [100, 100], [200, 150]]}}
  - {id: told, weight: 40, kpi: told, scope: company, curve: {points: [[0, 50], [100, 100], [200, 150]]}}
cap: 150
"""
MORE = """
frequency: quarter
kickers: [{id: k, kpi: told, scope: company, passes: {at_least: 74}, adds: 5}]
pool:
  figure: {id: ebit, kpi: ebit, scope: company, curve: {axis: figure, points: [[0, 50], [100, 120]]}}
year_to_date: {year_end: carry}
draw: {percent: 40}
"""
ROW_BY_ROW = ("shared by answers", "to the nearest", "less than nothing")  # what columns do not hold


def series(rng: np.random.Generator, slices: int, most: int = 60, empty: float = 0.1) -> Series:
    """One share, slice by slice; some slices hold nothing."""
    n = rng.integers(1, most, slices) * (rng.random(slices) > empty)
    return Series(rng.binomial(n, 0.74)[:, None], n[:, None], n[:, None].astype(float), 100)


def person(name: str, department: str, *figures: tuple[str, str]) -> Participant:
    read = {source: Reading(own=Ratio(1, 1, None, f"{of}@2026-Q3"), target=AIM) for source, of in figures}
    return Participant(name, (Segment(0, 92, department=department, readings=read),))


def based(draw: Any, part: Component) -> Component:
    """Tiers of money, of a period, of the year to date or of each transaction."""
    if not part.curve.pays_money:
        return part
    basis = draw(st.sampled_from(["period_total", "year_to_date", "each_transaction"]))
    return part.model_copy(update={"curve": part.curve.model_copy(update={"basis": basis})})


def named(draw: Any, plan: Plan, given: Participant, names: list[str]) -> Participant:
    """The participant reading figures that have a history, some of them with a team's behind them."""

    def reading(old: Reading) -> Reading:
        own, team = (Ratio(1, 1, None, f"{draw(st.sampled_from(names))}@2026-Q3") for _ in range(2))
        before = draw(st.sampled_from([None, Ratio(5), Ratio(141, 2), Ratio(1, 0)]))
        each = draw(st.sampled_from([(), (), (Ratio(12), Ratio(61, 2))]))
        return replace(old, own=own, team=team if draw(st.booleans()) else None, before=before, transactions=each)

    segments = tuple(
        replace(
            each, department=draw(st.sampled_from("ab")), readings={k: reading(v) for k, v in each.readings.items()}
        )
        for each in given.segments
    )
    funds = {"ebit": replace(given.readings["ebit"], own=Ratio(1, 1, None, "kpi@0@2026-Q3"))}
    return replace(given, segments=segments, readings={k: reading(v) for k, v in given.readings.items()} | funds)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_every_draw_costs_what_a_run_would_pay_on_the_same_figures(data: st.DataObject) -> None:
    plan = data.draw(plans())
    rule, needed = data.draw(st.sampled_from(["own", "team", "credibility"])), data.draw(st.sampled_from([None, 150]))
    parts = tuple(each.model_copy(update={"min_n": needed}) for each in plan.components)
    plan = plan.model_copy(
        update={
            "decimals": min(plan.decimals, 1),
            "paid_figure": rule,
            "credibility_k": rules.Fraction(40),
            "components": parts,
        }
    )
    plan = plan.model_copy(update={"components": tuple(based(data.draw, each) for each in plan.components)})
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    least = data.draw(st.sampled_from([0, 130]))
    history = {f"kpi@{at}": replace(series(rng, 9), least=least) for at in range(4)}
    everyone = [named(data.draw, plan, each, list(history)) for each in data.draw(people(plan))]
    terms = Terms(take=5, draws=6, run=2, seed=data.draw(st.integers(0, 99)))
    found = simulate(plan, FRAME, everyone, history, terms)
    if found.by.startswith("the rules of a run"):
        assert any(part in found.by for part in ROW_BY_ROW), found.by
        return
    assert found.by == ("the engine of a run" if unknown(plan) else "tables")
    picks = starts(np.random.default_rng(terms.seed), 9, 5, 6, 2)
    ready = {name: sums(each, 5, 2) for name, each in history.items()}
    for at in range(6):
        paid = rules._paid(plan, FRAME, everyone, rules.ratios(ready, picks[at : at + 1]), history)
        whole = sum(each or 0 for each in paid)
        slack = 0.51 * len(everyone) + 1e-6 * whole if found.by == "tables" else 1e-6
        assert abs(found.total[at] - whole) <= slack


@given(st.integers(0, 5_000), st.integers(1, 5_000), st.sampled_from([1, 10, 100]))
def test_a_figure_is_rounded_in_floats_as_in_fractions(top: int, bottom: int, times: int) -> None:
    exact = (2 * top * times + bottom) // (2 * bottom)
    for reach in (5_000 * times, 2**40):
        assert rounded(np.array([[top]]), np.array([[bottom]]), times, reach)[0, 0] == exact


def test_a_draw_is_whole_runs_of_neighbours_and_every_slice_is_as_likely() -> None:
    values = np.arange(10)[:, None] ** 3
    for take, run in ((7, 3), (13, 4), (4, 4), (3, 4)):
        picks = starts(np.random.default_rng(1), 10, take, 4_000, run)
        found = drawn(run_sums(values, take, run), picks)[:, 0]
        for pick, got in zip(picks[:50], found, strict=False):
            days = [
                (start % 10 + step) % 10 for start in pick for step in range(run if start < 10 else (take % run or run))
            ]
            assert len(days) == take
            assert got == sum(day**3 for day in days)
        assert found.mean() == pytest.approx(take * values.mean(), rel=0.05)


def test_figures_that_move_together_keep_doing_so_across_kpis_and_departments() -> None:
    rng = np.random.default_rng(5)
    good = rng.normal(0.74, 0.05, 104)
    n = np.full((104, 1), 400)

    def share(p: np.ndarray) -> Series:
        return Series(rng.binomial(400, p)[:, None], n, n.astype(float), 100)

    alike, other = (
        {"fcr@a": share(good), "told@company": share(good)},
        {"fcr@a": share(good), "told@company": share(good[::-1])},
    )
    who = [person("p", "a", ("fcr", "fcr@a"), ("told", "told@company"))]
    together, apart = (simulate(parse(PLAN), QUARTER, who, each, Terms(13, 4_000)).total for each in (alike, other))
    # the parts alone: each component with its own figure, the other at a figure that never moves
    still = Series(n * 74 // 100, n, n.astype(float), 100)
    parts = [
        simulate(parse(PLAN), QUARTER, who, {**alike, name: still}, Terms(13, 4_000)).total.var() for name in alike
    ]
    assert together.var() > 1.5 * sum(parts)
    assert apart.var() < 1.2 * sum(parts)


def test_the_chance_of_exceeding_a_budget_is_that_of_every_possible_draw() -> None:
    rng = np.random.default_rng(8)
    history = {"fcr@a": series(rng, 8, 200, 0), "told@company": series(rng, 8, 200, 0)}
    who = [person(f"p{at}", "a", ("fcr", "fcr@a"), ("told", "told@company")) for at in range(3)]
    plan, ready = parse(PLAN), {name: sums(each, 2, 1) for name, each in history.items()}
    every = np.array([[a, 8 + b] for a in range(8) for b in range(8)])
    exact = [sum(rules._paid(plan, QUARTER, who, rules.ratios(ready, pick[None]), history)) for pick in every]
    budget = int(np.median(exact))
    found = simulate(plan, QUARTER, who, history, Terms(2, 20_000, run=1)).spread(budget)
    assert found.over == pytest.approx(np.mean(np.array(exact) > budget), abs=0.012)
    assert found.mean == pytest.approx(np.mean(exact), rel=0.005)
    assert found.p5 == pytest.approx(np.quantile(exact, 0.05), rel=0.03)
    assert found.p95 == pytest.approx(np.quantile(exact, 0.95), rel=0.03)


def test_the_same_seed_gives_the_same_costs_on_one_thread_or_two_and_another_seed_others() -> None:
    rng = np.random.default_rng(3)
    history = {f"fcr@{place}": series(rng, 26) for place in "abc"} | {"told@company": series(rng, 26)}
    who = [
        person(f"p{at}", place, ("fcr", f"fcr@{place}"), ("told", "told@company")) for at, place in enumerate("aabbbc")
    ]
    first, again, one = (simulate(parse(PLAN), QUARTER, who, history, Terms(13, 500, threads=t)) for t in (2, 2, 1))
    assert (first.total == again.total).all()
    assert (first.total == one.total).all()
    assert (first.total != simulate(parse(PLAN), QUARTER, who, history, Terms(13, 500, seed=1)).total).any()
    assert sum(first.units.values()) == pytest.approx(first.total)
    assert sum(n for _, _, n in first.histogram()) == 500


def test_people_who_read_alike_are_one_row_and_who_has_no_history_is_named() -> None:
    history = {"fcr@a": series(np.random.default_rng(1), 9), "told@company": series(np.random.default_rng(2), 9)}
    who = [person(f"p{at}", "a", ("fcr", "fcr@a"), ("told", "told@company")) for at in range(50)]
    made = model(parse(PLAN), QUARTER, [*who, person("q", "a", ("fcr", "fcr@z"))], history)
    assert made.blocks[0].money.shape == (1, 1)
    assert made.left_out == {"q": "fcr"}
    assert Paying(made, made.blocks[0], Terms(5)).shares(starts(np.random.default_rng(0), 9, 5, 7)).shape == (7, 1)


def test_a_pool_kickers_draws_and_a_year_to_date_take_every_draw_and_cost_what_a_run_pays() -> None:
    plan = parse(PLAN + MORE)
    history = {f"fcr@{place}": series(np.random.default_rng(2), 26) for place in "ab"} | {
        name: series(np.random.default_rng(3), 26) for name in ("told@company", "ebit@company")
    }
    figures = (("told", "told@company"), ("k", "told@company"), ("ebit", "ebit@company"))
    who = [
        replace(person(f"p{at}", place, ("fcr", f"fcr@{place}"), *figures), paid_before=100_000 * at, draw_balance=500)
        for at, place in enumerate("aabbb")
    ]
    who = [replace(each, readings=each.segments[0].readings) for each in who]
    terms = Terms(13, 3_000)
    found = simulate(plan, QUARTER, who, history, terms)
    assert (found.by, len(found.total), found.unpaid) == ("the engine of a run", 3_000, 0)
    assert sum(found.units.values()) == pytest.approx(found.total)
    picks, ready = starts(np.random.default_rng(terms.seed), 26, 13, 3_000), rules._ready_of(history, terms)
    for at in range(0, 3_000, 300):
        paid = rules._paid(plan, QUARTER, who, rules.ratios(ready, picks[at : at + 1]), history)
        assert found.total[at] == pytest.approx(sum(each or 0 for each in paid), abs=1e-6)


def test_what_only_the_rules_of_a_row_pay_is_drawn_less_often_and_says_how_well_its_mean_is_known() -> None:
    part = "{id: s, weight: 100, kpi: r, scope: company, segments_by: n, curve: {axis: figure, points: [[0, 50], [100, 150]]}}"
    plan = parse(f"id: moved\nopportunity: {{amount: 4000}}\ncomponents:\n  - {part}\n")
    one = person("p", "a", ("s", "r@company"))
    moved = replace(one, segments=one.segments * 2)
    history = {"r@company": series(np.random.default_rng(1), 9)}
    found = simulate(plan, QUARTER, [moved], history, Terms(5, 50_000, periods=50))
    assert len(found.total) == 200
    told = f"standard error of the mean {found.total.std(ddof=1) / 200**0.5 / 100:,.2f} EUR"
    assert found.by == f"the rules of a run on 200 draws ({told}), for columns do not hold s shared by answers"
    assert simulate(plan, QUARTER, [one], history, Terms(5, 500)).by == "the engine of a run"


def test_who_has_no_figure_is_paid_by_the_plans_rule_for_missing_ones_and_else_left_out() -> None:
    history = {"told@company": series(np.random.default_rng(2), 9, 60, 0)}
    who = [person("p", "a", ("fcr", "fcr@z"), ("told", "told@company"))]
    assert simulate(parse(PLAN + "missing: renormalise\n"), QUARTER, who, history, Terms(5, 100)).unpaid == 0
    with_pool = parse(PLAN + "pool: {percent: 90}\n")
    both = [*who, person("q", "a", ("fcr", "told@company"), ("told", "told@company"))]
    assert simulate(with_pool, QUARTER, both, history, Terms(5, 100)).left_out == {"p": "fcr"}


def test_terms_of_one_person_are_theirs_in_a_simulation() -> None:
    plan = parse(PLAN.replace("{amount: 4000}", "{amount: 4000, by_person: {p: {amount: 8000}}}"))
    history = {"k@company": series(np.random.default_rng(2), 9, 60, 0)}
    costs = [
        simulate(plan, QUARTER, [person(each, "a", ("fcr", "k@company"), ("told", "k@company"))], history, Terms(5, 50))
        for each in "pq"
    ]
    assert costs[0].by == "tables"
    assert costs[0].total == pytest.approx(2 * costs[1].total, rel=1e-5)


def test_a_budget_terms_of_clawback_and_a_country_leave_a_simulation_its_draws() -> None:
    more = "budget: {amount: 1000}\nclawback: {months: 12, causes: [misstated figures]}\ncountry: NL\n"
    assert unknown(parse(PLAN + more)) == unknown(parse(PLAN)) == []
