"""Outcome links: planted truths, the rule for grades step by step, and what the data cannot show."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import survdiff

from kpis import definitions, outcomes, survivors
from kpis.definitions import KpiDefinition
from kpis.grades import Window
from kpis.outcomes import OutcomeLink
from tests.kpis.test_drivers import HOURS, NPS, SHARE

CSAT = definitions.parse(
    "id: csat\nversion: 1\ntitle: Satisfied\nquestion: q\ndirection: higher\ndataset: survey_responses\nwhen: answered_at\n"
    "period_of: answered\nmeasure: {kind: mean, value: csat, low: 1, high: 5}\nunit: score",
    "csat",
)
FULL = Window(180, True, ("segment",), ("earlier number",))
# Weeks of remission of leukaemia under 6-mercaptopurine and under placebo (Freireich et al. 1963); True: the remission ended.
TREATED = [(6, 1), (6, 1), (6, 1), (6, 0), (7, 1), (9, 0), (10, 1), (10, 0), (11, 0), (13, 1), (16, 1), (17, 0), (19, 0), (20, 0),
           (22, 1), (23, 1), (25, 0), (32, 0), (32, 0), (34, 0), (35, 0)]  # fmt: skip
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def customers(
    seed: int,
    n: int = 1200,
    gain: float = 0.3,
    trait: float = 0.0,
    definition: KpiDefinition = SHARE,
    money: float = 5_000,
) -> pd.DataFrame:
    """Customers who had a score, and afterwards an order with chance 0.3 + gain · score; `trait` moves score and orders alike."""
    rng = np.random.default_rng(seed)
    nature = rng.normal(size=n)
    if definition is CSAT:
        score = np.clip(np.round(3 + 1.2 * rng.normal(size=n) + trait * nature), 1, 5)
        chance = 0.3 + gain * (score - 3) / 4 + 0.15 * trait * nature
    else:
        score = (rng.random(n) < 0.6 + 0.2 * trait * nature).astype(float)
        chance = 0.3 + gain * score + 0.15 * trait * nature
    after = (rng.random(n) < chance).astype(float)
    before = (rng.random(n) < 0.4 + 0.15 * trait * nature).astype(float)
    days = np.where(after > 0, rng.integers(1, 180, n), 180)
    worth = np.where(after > 0, rng.gamma(4, money / 4, n), 0.0)
    return pd.DataFrame({
        "score": score, "after": after, "before": before, "days": days, "event": after > 0, "complete": True, "worth": worth,
        "segment": rng.choice(["home", "business"], n), "earlier number": before,
    })  # fmt: skip


def failed(found: OutcomeLink) -> list[str]:
    return [each.asks for each in found.steps if not each.holds]


# Formulas against published values


def test_curves_and_log_rank_are_those_published_for_the_remission_of_leukaemia() -> None:
    """Kalbfleisch and Prentice (1980), tables 1.1 and 1.2: S(10) = 0.753, S(22) = 0.538, S(23) = 0.448; log-rank χ² 16.79."""
    weeks, ended = zip(*TREATED, strict=True)
    frame = pd.DataFrame({
        "score": [1.0] * 21 + [0.0] * 21, "days": [*weeks, *PLACEBO], "event": [*map(bool, ended), *[True] * 21],
    })  # fmt: skip
    (placebo, treated), chance = survivors.survivors(SHARE, frame, 35, stays=True)
    curve = dict(treated.curve)
    assert [round(curve[week], 3) for week in (6, 10, 16, 22, 23)] == [0.857, 0.753, 0.627, 0.538, 0.448]
    assert (placebo.share, treated.n, treated.events) == (0.0, 21, 9)
    assert survdiff(frame["days"], frame["event"], frame["score"])[0] == pytest.approx(16.79, abs=0.01)
    assert chance == pytest.approx(4.17e-5, rel=0.01)


def test_the_interval_of_a_curve_is_that_of_the_log_log_transform() -> None:
    """At 10 weeks R's survfit(conf.type = "log-log") gives 0.753 (0.503 to 0.889)."""
    weeks, ended = zip(*TREATED, strict=True)
    frame = pd.DataFrame({"score": 1.0, "days": weeks, "event": [bool(each) for each in ended]})
    ((group,), chance) = survivors.survivors(SHARE, frame, 10, stays=True)
    assert (round(group.share, 3), round(group.low, 3), round(group.high, 3)) == (0.753, 0.503, 0.889)
    assert chance is None


# Planted truths


def test_the_interval_of_one_point_in_money_holds_the_true_value_as_often_as_it_says() -> None:
    """One percentage point moves 0.003 of the customers by 50 in money: 150 for 1,000 customers."""
    found = [outcomes.link(SHARE, "repeat", customers(seed, 600), FULL) for seed in range(40)]
    worths = [each.worth for each in found if each.worth]
    assert len(worths) == 40
    assert 35 <= sum(each.low <= 15_000 <= each.high for each in worths) <= 40
    assert np.mean([each.value for each in worths]) == pytest.approx(15_000, rel=0.05)


def test_the_interval_of_revenue_per_point_holds_the_true_value_as_often_as_it_says() -> None:
    inside = 0
    for seed in range(40):
        frame = customers(seed, 600)
        found = outcomes.link(
            SHARE, "revenue", frame.assign(after=frame["worth"], before=frame["before"] * 5_000), FULL
        )
        assert found.worth is not None
        inside += found.worth.low <= 15_000 <= found.worth.high
    assert 35 <= inside <= 40


def test_a_link_without_any_truth_is_seldom_a_hint_and_hardly_ever_more() -> None:
    grades = [outcomes.link(SHARE, "repeat", customers(seed, 500, gain=0.0), FULL).grade for seed in range(200)]
    assert grades.count("B") <= 1
    assert 2 <= grades.count("C") + grades.count("B") <= 20  # 5% of 200 are 10


def test_what_goes_with_both_score_and_orders_by_nature_is_no_better_than_a_hint() -> None:
    found = outcomes.link(SHARE, "repeat", customers(1, 4000, gain=0.0, trait=1.0), FULL)
    assert found.grade == "C"
    assert failed(found) == ["the score does not go half as strongly with what lay before it"]


# The rule, step by step


@pytest.mark.parametrize("definition", [SHARE, CSAT], ids=["two scores", "five scores"])
def test_grade_b_needs_every_step(definition: KpiDefinition) -> None:
    found = outcomes.link(definition, "repeat", customers(2, definition=definition, gain=0.4), FULL)
    assert (found.grade, failed(found)) == ("B", [])
    assert "Nobody drew lots" in found.sentence
    assert all(group.n >= 10 for group in found.groups)
    shares = [group.share for group in found.groups]
    assert shares == sorted(shares)


def test_without_what_came_before_the_best_grade_is_c() -> None:
    frame = customers(3).drop(columns=["before", "earlier number"])
    found = outcomes.link(SHARE, "repeat", frame, Window(180, True, ("segment",)))
    assert found.grade == "C"
    assert failed(found) == [
        "segment and earlier behaviour are held constant", "the score does not go half as strongly with what lay before it",
    ]  # fmt: skip
    assert outcomes.link(SHARE, "repeat", customers(3), Window(180, True, (), ("earlier number",))).grade == "C"


def test_fewer_than_400_customers_are_a_hint_and_fewer_than_100_nothing() -> None:
    hint = outcomes.link(SHARE, "repeat", customers(4, 300, gain=0.5), FULL)
    assert (hint.grade, failed(hint)) == ("C", ["at least 400 customers and 50 of the rarer outcome"])
    nothing = outcomes.link(SHARE, "repeat", customers(4, 90, gain=0.5), FULL)
    assert (nothing.grade, nothing.effect, nothing.worth) == ("D", None, None)
    assert "90 customers" in nothing.sentence
    empty = outcomes.link(SHARE, "repeat", customers(4).assign(complete=False), FULL)
    assert (empty.grade, empty.n, empty.effect) == ("D", 0, None)


def test_an_interval_that_includes_zero_is_grade_d_and_still_shown() -> None:
    found = outcomes.link(SHARE, "repeat", customers(5, gain=0.0), FULL)
    assert found.grade == "D"
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high
    assert "could be chance" in found.sentence


def test_score_and_outcome_of_the_same_time_are_grade_d_however_strong() -> None:
    found = outcomes.link(
        SHARE, "repeat", customers(6, gain=0.5), Window(180, False, ("segment",), ("earlier number",))
    )
    assert (found.grade, failed(found)) == ("D", ["the score was measured before the outcome"])
    assert any("which came first cannot be told" in each for each in found.cannot)


def test_more_score_and_then_less_outcome_is_a_step_back() -> None:
    frame = customers(7, 3000, definition=CSAT, gain=0.0)
    chance = frame["score"].map({1: 0.2, 2: 0.5, 3: 0.3, 4: 0.6, 5: 0.7})
    after = (np.random.default_rng(1).random(3000) < chance).astype(float)
    found = outcomes.link(CSAT, "repeat", frame.assign(after=after, event=after > 0), FULL)
    assert (found.grade, failed(found)) == ("C", ["more score, more of the outcome"])


def test_chance_that_gave_the_better_service_is_grade_a_although_nature_moves_both() -> None:
    rng = np.random.default_rng(8)
    nature, lots = rng.normal(size=8000), rng.random(8000) < 0.5
    score = (rng.random(8000) < 0.4 + 0.35 * lots + 0.1 * nature).astype(float)
    after = (rng.random(8000) < 0.3 + 0.2 * score + 0.12 * nature).astype(float)
    frame = customers(8, 8000).assign(score=score, after=after, event=after > 0, assigned=lots)
    found = outcomes.link(SHARE, "repeat", frame, FULL)
    assert (found.grade, failed(found)) == ("A", [])
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.002 < found.high  # 0.2 of the customers for 100 points
    plain = outcomes.link(SHARE, "repeat", frame.drop(columns="assigned"), FULL)
    assert plain.low is not None
    assert plain.low > 0.002  # nature is in it
    assert not any("Nobody drew lots" in each for each in found.cannot)


def test_lots_that_were_none_are_found_out() -> None:
    frame = customers(9, 3000)
    frame["assigned"] = np.where(np.random.default_rng(2).random(3000) < 0.5, frame["before"] > 0, frame["score"] > 0)
    found = outcomes.link(SHARE, "repeat", frame, FULL)
    assert found.grade == "B"
    assert "the groups were alike before" in failed(found)


# What is shown


def test_customers_who_are_still_followed_count_in_the_curve_and_not_in_the_regression() -> None:
    frame = customers(10)
    young = np.arange(len(frame)) % 3 == 0
    frame.loc[young, ["complete", "days", "event"]] = [False, 30, False]
    found = outcomes.link(SHARE, "repeat", frame, FULL)
    assert found.n == (~young).sum()
    assert sum(group.n for group in found.groups) == len(frame)


def test_staying_is_told_as_the_share_that_stays() -> None:
    frame = customers(11)
    found = outcomes.link(SHARE, "retention", frame.assign(after=1 - frame["after"]).drop(columns="before"), FULL)
    no, yes = found.groups
    assert no.share > yes.share  # here the better score leaves more often
    assert found.effect is not None
    assert found.effect < 0
    assert found.sentence.startswith("The higher Kept, the less often customers stay")
    assert no.curve[0] == (0, 1.0)


def test_amounts_are_shown_in_thirds_and_scales_by_answer() -> None:
    score = pd.Series(np.arange(30.0))
    assert survivors.grouped(HOURS, score).value_counts().to_dict() == dict.fromkeys(survivors.THIRDS, 10)
    assert list(survivors.grouped(CSAT, pd.Series([5.0, 1.0, 3.0])).cat.categories) == ["1", "3", "5"]
    assert list(survivors.grouped(NPS, pd.Series([-100.0, 100.0]))) == ["detractor", "promoter"]


def test_a_group_of_fewer_than_ten_customers_is_not_shown() -> None:
    frame = customers(12, definition=CSAT)
    frame.loc[frame["score"] == 1, "score"] = 2.0
    frame.loc[:8, "score"] = 1.0
    assert [group.name for group in outcomes.link(CSAT, "repeat", frame, FULL).groups] == ["2", "3", "4", "5"]
