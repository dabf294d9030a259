"""The chance range and the luck share, held against worlds whose truth was planted."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from kpis.incentives import luck
from kpis.incentives.chance import Belief, answered, chance_range, figures, true_values
from kpis.incentives.plan import parse
from kpis.incentives.reckon import reckon
from kpis.shrinkage import of_classes
from tests.kpis.incentives.test_simulate import AIM, PLAN, QUARTER, person
from tests.prove.simulation import covered, lucky, told

ONE = """
id: one
opportunity: {amount: 4000}
decimals: 1
components:
  - {id: fcr, weight: 100, kpi: fcr, scope: self, curve: {points: [[0, 50], [100, 100], [200, 150]]}}
"""


def known(mean: float = 74.0, sd: float = 1.0, n: float = 400) -> Belief:
    return Belief("share", mean, sd, n, mean * (100 - mean), 0, 100, n)


def test_a_chance_range_covers_the_next_payout_of_planted_rates_19_times_in_20() -> None:
    found = covered(0.02)
    assert 0.95 - 3.3 * found.error <= found.share <= 0.97 + 3.3 * found.error, found


def test_the_luck_share_recovers_a_planted_split() -> None:
    found = [each for each in lucky(0.02) if each.people >= 40]
    assert sum(each.told - each.planted for each in found) / len(found) == pytest.approx(0, abs=0.07), found
    assert sum(each.held for each in found) / len(found) >= 0.85, found


def test_the_interval_of_a_luck_share_is_that_of_a_ratio_of_variances_and_wider_for_long_tails() -> None:
    rng = np.random.default_rng(3)
    even, tailed = rng.normal(size=40), rng.standard_t(3, size=40)
    inside = np.full(40, 0.25)
    low, high = stats.chi2.ppf([0.025, 0.975], 39) / 39
    usual, wide = luck.share(inside * even.var(), even), luck.share(inside * tailed.var(), tailed)
    assert usual.share is not None
    assert usual.low is not None
    assert usual.low <= usual.share * low * 1.001
    assert (wide.high or 0) / (wide.share or 1) > high


def test_pay_that_one_person_alone_differs_in_tells_next_to_nothing() -> None:
    paid = np.zeros(12)
    paid[0] = 100.0
    found = luck.share(np.ones(12), paid)
    assert (found.low or 0) < 0.05 * (found.share or 0)


def test_a_range_lies_within_what_the_plan_can_pay_and_is_as_skewed_as_it_is() -> None:
    who = [person("p", "a", ("fcr", "fcr@a"))]
    found = chance_range(parse(ONE), QUARTER, who, {"fcr@a": known(77.5)})
    assert found is not None
    most = round(400_000 * 92 / 365 * 1.5)
    assert found.high == most
    assert 0 <= found.low < found.dots[9] < most
    assert len(found.dots) == 20
    assert list(found.dots) == sorted(found.dots)
    assert found.dots[-1] - found.dots[9] < found.dots[9] - found.dots[0]


def test_a_sum_that_chance_does_not_move_lies_in_its_own_range_though_each_payout_is_rounded_alone() -> None:
    """Once a wrong number: 1,222,904.58 was owed, and said to be between 1,222,904.60 and 1,222,904.60."""
    who = [person(f"p{at}", "a", ("fcr", "fcr@a")) for at in range(7)]
    plan = parse(ONE.replace("[[0, 50], [100, 100], [200, 150]]", "[[0, 33.333], [200, 33.333]], below_first: flat"))
    paid = sum(reckon(plan, each, QUARTER).payout for each in who)
    found = chance_range(plan, QUARTER, who, {"fcr@a": known()})
    assert found is not None
    assert found.low <= paid <= found.high
    assert found.high - found.low <= len(who)


def test_a_kicker_is_drawn_too_and_a_range_with_it_is_told() -> None:
    kicked = ONE + "kickers: [{id: more, kpi: told, scope: company, passes: {at_least: 76}, adds: {percent: 10}}]\n"
    who = [person("p", "a", ("fcr", "fcr@a"), ("more", "told@company"))]
    who = [replace(each, readings={"more": each.segments[0].readings["more"]}) for each in who]
    beliefs = {"fcr@a": known(), "told@company": known(76, 2)}
    with_it, without = (chance_range(parse(text), QUARTER, who, beliefs, draws=400) for text in (kicked, ONE))
    assert with_it is not None
    assert without is not None
    assert without.high < with_it.high <= without.high + 400_000 * 92 / 365 * 0.1 + 1


def test_what_a_pool_pays_one_person_is_drawn_with_everybody_who_shares_it() -> None:
    plan = parse(ONE + "pool: {percent: 90, scaling: to_pool}\n")
    who = [person(f"p{at}", "a", ("fcr", f"fcr@{at}")) for at in range(3)]
    beliefs = {f"fcr@{at}": known(74 + at, 2) for at in range(3)}
    one = chance_range(plan, QUARTER, who[:1], beliefs, others=who[1:])
    whole = chance_range(plan, QUARTER, who, beliefs)
    assert one is not None
    assert whole is not None
    pool = int(3 * 400_000 * 92 / 365 * 0.9)
    assert whole.low == pytest.approx(pool, abs=2)
    assert 0 <= one.low < one.dots[4] < pool / 3 < one.high < pool
    assert one == chance_range(plan, QUARTER, who[:1], beliefs, others=who[1:])
    assert chance_range(plan, QUARTER, who[:1], {"fcr@0": known()}, others=who[1:]) is None


def test_one_draw_serves_everyone_who_holds_the_same_figure() -> None:
    plan, beliefs = parse(PLAN), {"fcr@a": known(), "told@company": known(76)}
    one = [person("p", "a", ("fcr", "fcr@a"), ("told", "told@company"))]
    ten = [person(f"p{at}", "a", ("fcr", "fcr@a"), ("told", "told@company")) for at in range(10)]
    alone, all_ten = (chance_range(plan, QUARTER, who, beliefs) for who in (one, ten))
    assert alone is not None
    assert all_ten is not None
    assert all_ten.high - all_ten.low == pytest.approx(10 * (alone.high - alone.low), rel=0.01)
    assert chance_range(plan, QUARTER, ten, beliefs) == all_ten
    assert chance_range(plan, QUARTER, one, {"fcr@a": known()}) is None


def test_drawn_figures_have_the_mean_and_variance_that_were_told() -> None:
    rng = np.random.default_rng(2)
    for belief in (
        known(74, 2, 300),
        Belief("nps", 30, 4, 200, 6_000, -100, 100),
        Belief("rate", 0.4, 0.05, 500, 0.4, 0, np.inf),
        Belief("mean", 320, 5, 80, 8_000, -np.inf, np.inf),
    ):
        true = true_values(belief, rng, 40_000)
        values = answered(belief, true, rng)
        spread = belief.sd**2 + belief.spread / belief.effective_n
        assert values.mean() == pytest.approx(belief.mean, rel=0.01)
        assert values.var() == pytest.approx(spread, rel=0.06), belief.kind
    drawn = figures({"b": known(), "a": known(60)}, np.random.default_rng(1), 50)
    assert {name: (each.top.shape, each.n is None) for name, each in drawn.items()} == {
        "a": ((50, 1), False),
        "b": ((50, 1), False),
    }


def test_no_luck_share_of_few_people_of_one_figure_or_of_pay_that_is_alike() -> None:
    rng = np.random.default_rng(1)
    assert luck.share(np.ones(9), np.arange(9.0)).reason == "not defined: 9 people or figures of 10"
    assert luck.share(np.ones(12), np.ones(12)).reason == "not defined: all were paid alike"
    assert luck.share(np.ones(7), np.arange(7.0), periods=True).reason == "not defined: 7 periods of 8"
    plan = parse(ONE)
    shared = {f"p{at}": ("fcr@a", AIM, 100.0) for at in range(20)}
    found = luck.of_group(plan, plan.components[0], shared, {"fcr@a": known()}, rng)
    assert (found.share, found.reason) == (None, "not defined: all share one figure")


def test_a_figure_all_share_has_its_luck_share_over_eight_periods() -> None:
    rng, plan = np.random.default_rng(4), parse(ONE)
    true = rng.normal(74, 1.5, 60)
    seen = rng.binomial(400, true / 100) / 4
    pays = luck.percent(plan, plan.components[0], seen, AIM)
    told = [(known(float(value), 0.0, 400), float(paid)) for value, paid in zip(true, pays, strict=True)]
    found = luck.over_time(plan, plan.components[0], told, AIM, rng)
    assert found.over == 60
    assert found.share == pytest.approx(4.8 / (4.8 + 2.25), abs=0.2)


def test_what_is_known_of_a_group_is_its_shrunken_posterior_and_of_a_lonely_figure_its_own_answers() -> None:
    good, n = np.array([60, 150, 230, 70, 90]), np.array([80, 200, 300, 100, 120])
    second = of_classes(np.stack([1 - good / n, good / n], axis=1), np.array([0.0, 1.0]), n.astype(float))
    known = told(list("abcde"), good, n)
    assert [each.mean for each in known.values()] == pytest.approx(100 * second.value)
    assert [each.sd for each in known.values()] == pytest.approx(100 * (second.high - second.low) / 3.92, rel=1e-3)
    alone = told(["a"], good[:1], n[:1])["a"]
    assert (alone.mean, alone.sd) == pytest.approx((100 * 60.5 / 81, 100 * np.sqrt(60.5 / 81 * 20.5 / 81 / 82)))
    assert told(["a"], np.array([0]), np.array([0])) == {}
