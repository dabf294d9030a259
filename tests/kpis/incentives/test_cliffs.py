"""Where a plan's money hangs on little is found where it was put, and a percent more costs what it costs."""

from dataclasses import replace

import numpy as np
import pytest

from kpis.incentives.cliffs import cliffs, sensitivities
from kpis.incentives.paid import Reading
from kpis.incentives.plan import parse
from kpis.incentives.resample import Series, Terms
from kpis.incentives.simulate import simulate
from tests.kpis.incentives.test_simulate import PLAN, QUARTER, person

TERMS = Terms(13, 1_000)
OPPORTUNITY = 400_000 * 92 / 365


def steady(percent: float, slices: int = 52, n: int = 200) -> Series:
    """A share that hovers around a level."""
    good = np.random.default_rng(round(percent * 10)).binomial(n, percent / 100, slices)
    return Series(good[:, None], np.full((slices, 1), n), np.full((slices, 1), float(n)), 100)


HISTORY = {"fcr@near": steady(70.3), "fcr@far": steady(76), "told@company": steady(76)}
PEOPLE = [
    *(person(f"n{at}", "near", ("fcr", "fcr@near"), ("told", "told@company")) for at in range(12)),
    *(person(f"f{at}", "far", ("fcr", "fcr@far"), ("told", "told@company")) for at in range(8)),
]


def test_a_cliff_is_found_with_the_people_who_stand_near_it_and_their_money() -> None:
    found = cliffs(parse(PLAN), QUARTER, PEOPLE, HISTORY, TERMS)
    assert [(each.source, each.at, each.people, each.reading) for each in found] == [("fcr", 70.0, 12, 20)]
    assert found[0].moves == pytest.approx(50)
    assert found[0].money == pytest.approx(12 * OPPORTUNITY * 0.6 * 0.5, rel=1e-6)
    assert 0.3 < found[0].chance < 0.65  # nearly always near for twelve of twenty, never for the others


def test_a_curve_without_a_jump_has_no_cliff() -> None:
    assert cliffs(parse(PLAN.replace("[0, 50]", "[0, 0]")), QUARTER, PEOPLE, HISTORY, TERMS) == []


def test_a_plan_with_a_pool_and_a_draw_has_the_cliffs_of_its_curves() -> None:
    plain, pooled = (
        cliffs(parse(PLAN + more), QUARTER, PEOPLE, HISTORY, TERMS)
        for more in ("", "pool: {percent: 90}\ndraw: {percent: 10}\n")
    )
    assert plain
    assert pooled == plain


def test_a_gate_is_a_cliff_worth_what_it_takes_when_it_fails() -> None:
    text = PLAN + "gates:\n  - {id: cost, kpi: told, scope: company, passes: {at_least: 75.5}, otherwise: {cap: 0}}\n"
    read = {"cost": Reading(own=PEOPLE[0].segments[0].readings["told"].own)}
    people = [replace(each, readings=read) for each in PEOPLE]
    gate = next(each for each in cliffs(parse(text), QUARTER, people, HISTORY, TERMS) if each.source == "cost")
    free = simulate(parse(PLAN), QUARTER, PEOPLE, HISTORY, TERMS).total.mean()
    assert (gate.at, gate.people, gate.reading) == (75.5, 20, 20)
    assert gate.money == pytest.approx(free, rel=1e-6)


def test_one_percent_more_of_a_weight_takes_from_the_others_and_of_a_point_costs_what_it_pays() -> None:
    plan = parse(PLAN)
    found = {
        (each.source, each.what, each.at): each.cost for each in sensitivities(plan, QUARTER, PEOPLE, HISTORY, TERMS)
    }
    assert len(found) == 2 + 6
    heavier = parse(PLAN.replace("weight: 60", "weight: 61").replace("weight: 40", "weight: 39"))
    costs = [simulate(each, QUARTER, PEOPLE, HISTORY, TERMS).total.mean() for each in (heavier, plan)]
    assert found["fcr", "weight", 60] == pytest.approx(costs[0] - costs[1], rel=1e-6)
    assert found["fcr", "weight", 60] == pytest.approx(-found["told", "weight", 40], rel=1e-6)
    richer = parse(PLAN.replace("[100, 100]", "[100, 101]", 1))
    assert found["fcr", "point", 100] == pytest.approx(
        simulate(richer, QUARTER, PEOPLE, HISTORY, TERMS).total.mean() - costs[1], rel=1e-6
    )
