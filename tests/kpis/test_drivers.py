"""Drivers: planted truths are found, and what data cannot tell is told."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.special import expit
from statsmodels.discrete.discrete_model import Logit

from kpis import definitions, drivers, explained, factors, marginal
from kpis.definitions import KpiDefinition
from kpis.drivers import Effect, Study

Floats = NDArray[np.float64]
TEXT = """id: kept
version: 1
title: Kept
question: Kept?
direction: higher
dataset: orders
when: delivered_at
period_of: closed
measure: {measure}
unit: {unit}
cluster: customer
"""
SHARE, NPS, EFFORT, HOURS = (
    definitions.parse(TEXT.format(measure=measure, unit=unit), "kept")
    for measure, unit in (
        ("{kind: share, value: kept}", "percent"),
        ("{kind: nps, value: nps}", "points"),
        ("{kind: mean, value: ces, low: 1, high: 7}", "score"),
        ("{kind: mean, value: seconds}", "hours"),
    )
)
# Correlations of R's `swiss` (47 provinces, 1888): fertility, agriculture, examination, education, catholic, infant mortality.
SWISS = np.array([
    [1, 0.35307918, -0.6458827, -0.66378886, 0.4636847, 0.41655603],
    [0.35307918, 1, -0.68654221, -0.63952252, 0.4010951, -0.06085861],
    [-0.6458827, -0.68654221, 1, 0.69841530, -0.5727418, -0.11402160],
    [-0.66378886, -0.63952252, 0.69841530, 1, -0.1538589, -0.09932185],
    [0.4636847, 0.4010951, -0.5727418, -0.1538589, 1, 0.17549591],
    [0.41655603, -0.06085861, -0.11402160, -0.09932185, 0.17549591, 1],
])  # fmt: skip


def frame(values: object, **columns: object) -> pd.DataFrame:
    """Observations of as many customers as rows."""
    return pd.DataFrame({"_value": np.asarray(values, dtype=float), "_cluster": None, **columns})


def visits(seed: int, n: int, late: float = -1.2, web: float = 0.5) -> tuple[pd.DataFrame, Floats]:
    """Observations whose log odds move with lateness and channel, and a latent contentment."""
    rng = np.random.default_rng(seed)
    found = pd.DataFrame({"late": rng.random(n) < 0.3, "channel": rng.choice(["phone", "web"], n, p=[0.6, 0.4])})
    eta = 0.4 + late * found["late"] + web * (found["channel"] == "web")
    return found, eta.to_numpy() + rng.logistic(size=n)


def shares(seed: int, n: int) -> pd.DataFrame:
    found, felt = visits(seed, n)
    return frame(felt > 0, **found)


def effect(study: Study, factor: str, level: str = "yes") -> Effect:
    return next(each for each in study.effects if (each.factor, each.level) == (factor, level))


# Formulas against published and other people's values


def test_shares_of_explained_variation_are_those_published_for_the_swiss_data() -> None:
    """LMG of lm(Fertility ~ ., swiss): Grömping (2006), Journal of Statistical Software 17(1); VIF as R's car::vif gives them."""
    rng = np.random.default_rng(0)
    table = rng.normal(size=(400, 6))
    table -= table.mean(axis=0)
    table = table @ np.linalg.inv(np.linalg.cholesky(np.cov(table, rowvar=False))).T @ np.linalg.cholesky(SWISS).T
    found = explained.explained(table[:, 0], table[:, 1:], np.arange(5), np.arange(400))
    assert found.value == pytest.approx([0.0570912, 0.1711730, 0.2601347, 0.1055702, 0.1127659, 0.7067350], abs=1e-6)
    vif = explained.together(table[:, 1:], np.arange(5))
    assert vif == pytest.approx([2.284129, 3.675420, 2.774943, 1.937160, 1.107542], abs=1e-5)


def test_marginal_effects_of_a_share_are_those_of_statsmodels() -> None:
    data = shares(1, 800)
    study = drivers.study(SHARE, data, ["late", "channel"])
    x = np.column_stack([np.ones(800), data["late"], data["channel"] == "web"]).astype(float)
    theirs = Logit(data["_value"].to_numpy(), x).fit(disp=0, cov_type="HC1").get_margeff(dummy=True)
    for at, found in enumerate((effect(study, "late"), effect(study, "channel", "web"))):
        assert found.effect == pytest.approx(theirs.margeff[at], rel=1e-5)
        assert (found.high - found.low) / 2 == pytest.approx(1.963 * theirs.margeff_se[at], rel=2e-3)


def test_the_standard_error_of_an_ordinal_effect_is_the_delta_method_s() -> None:
    rng = np.random.default_rng(3)
    x = np.column_stack([rng.random(1500) < 0.4, rng.normal(size=1500)]).astype(float)
    classes = np.digitize(x @ [0.8, -0.4] + rng.logistic(size=1500), [-0.5, 0.9])
    fitted = marginal.ordered(classes.astype(np.int64), np.array([-100.0, 0.0, 100.0]), x, np.arange(1500))
    assert fitted is not None
    before, after = x.copy(), x.copy()
    before[:, 0], after[:, 0] = 0, 1

    def moved(parameters: Floats) -> float:
        slopes, cuts = parameters[:2], parameters[2:]
        worth = [100 * expit((rows @ slopes)[:, None] - cuts).sum(axis=1).mean() for rows in (before, after)]
        return float(worth[1] - worth[0])

    at = np.concatenate([fitted.slopes, fitted.cuts])
    gradient = np.array([(moved(at + step) - moved(at - step)) / 2e-5 for step in 1e-5 * np.eye(4)])
    value, error = fitted.effect(before, after)
    assert value == pytest.approx(moved(at), rel=1e-9)
    assert error == pytest.approx(np.sqrt(gradient @ fitted.covariance @ gradient), rel=1e-5)


def test_holm_gives_the_adjusted_values_of_r() -> None:
    """p.adjust(c(0.01, 0.02, 0.03, 0.04), "holm") in R."""
    assert drivers.holm(np.array([0.04, 0.01, 0.03, 0.02])) == pytest.approx([0.06, 0.04, 0.06, 0.06])


# Planted truths


def valued(definition: KpiDefinition, felt: Floats) -> Floats:
    """The answers of people who feel like that, as the KPI's measure stores them."""
    if definition is SHARE:
        return (felt > 0).astype(float)
    if definition is HOURS:
        return 3600.0 * (20 + felt)
    scale = (7 + 1.5 * felt, 0, 10) if definition is NPS else (4 + felt, 1, 7)
    return np.clip(np.round(scale[0]), *scale[1:])


def truth(definition: KpiDefinition, factor: str) -> float:
    """The true effect of a factor of `visits`, over very many of them."""
    rng = np.random.default_rng(99)
    web, late, noise = rng.random(400_000) < 0.4, rng.random(400_000) < 0.3, rng.logistic(size=400_000)
    ends = []
    for on in (False, True):
        eta = 0.4 - 1.2 * (on if factor == "late" else late) + 0.5 * (on if factor == "channel" else web)
        ends.append(drivers.points(definition, valued(definition, eta + noise)).mean())
    return float(ends[1] - ends[0])


@pytest.mark.parametrize("definition", [SHARE, NPS, EFFORT, HOURS], ids=["share", "nps", "scale", "amount"])
def test_intervals_hold_the_true_effect_as_often_as_they_say(definition: KpiDefinition) -> None:
    true, inside = {name: truth(definition, name) for name in ("late", "channel")}, 0
    for seed in range(40):
        found, felt = visits(seed, 300)
        study = drivers.study(definition, frame(valued(definition, felt), **found), ["late", "channel"])
        effects = (effect(study, "late"), effect(study, "channel", "web"))
        inside += sum(each.low <= true[each.factor] <= each.high for each in effects)
    assert 71 <= inside <= 80  # of 80: 76 expected, 95% of draws give 72 to 79


def test_factors_without_effect_are_called_chance() -> None:
    false = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        data = frame(
            rng.random(300) < 0.6, a=rng.random(300) < 0.5, b=rng.choice(list("xyz"), 300), c=rng.normal(size=300)
        )
        false += any(each.verdict != "could be chance" for each in drivers.study(SHARE, data, ["a", "b", "c"]).effects)
    assert false <= 6  # 5% of 40 studies: more than six in one draw of a thousand


def test_a_driver_that_only_travels_with_another_is_not_blamed_for_it() -> None:
    rng = np.random.default_rng(5)
    late = rng.random(6000) < 0.3
    winter = np.where(rng.random(6000) < 0.85, late, ~late)  # goes with lateness, and moves nothing by itself
    data = frame(rng.random(6000) < 0.8 - 0.4 * late, late=late, winter=winter)
    alone, both = drivers.study(SHARE, data, ["winter"]), drivers.study(SHARE, data, ["late", "winter"])
    assert effect(alone, "winter").effect < -0.2
    assert effect(alone, "winter").verdict == "goes with less"
    assert effect(both, "winter").verdict == "could be chance"
    assert effect(both, "late").low < -0.4 < effect(both, "late").high
    first, second = both.factors
    assert (first.name, second.name) == ("late", "winter")
    assert first.share > 2 * second.share > 0
    assert both.explained is not None
    assert first.share + second.share == pytest.approx(both.explained[0])


def test_two_drivers_that_matter_alike_share_alike_however_much_they_correlate() -> None:
    rng = np.random.default_rng(6)
    common = rng.normal(size=8000)
    a, b = (common + 0.5 * rng.normal(size=8000) for _ in range(2))
    study = drivers.study(HOURS, frame(3600 * (50 + a + b + rng.normal(size=8000)), a=a, b=b), ["a", "b"])
    assert study.factors[0].share == pytest.approx(study.factors[1].share, rel=0.05)
    assert study.factors[0].together > drivers.CORRELATED
    assert any("a and b come together" in each or "b and a come together" in each for each in study.notes)


def test_effects_that_cancel_over_the_company_are_found_in_the_segments() -> None:
    rng = np.random.default_rng(7)
    sms, business = rng.random(6000) < 0.5, rng.random(6000) < 0.5
    data = frame(rng.random(6000) < 0.6 + 0.12 * sms * np.where(business, -1, 1) + 0.06 * business, sms=sms)
    whole = drivers.study(SHARE, data, ["sms"])
    parts = [
        drivers.study(SHARE, data[business == on], ["sms"], name) for on, name in ((True, "business"), (False, "home"))
    ]
    assert effect(whole, "sms").verdict == "could be chance"
    assert [each.effects[0].verdict for each in parts] == ["goes with less", "goes with more"]
    assert drivers.opposite(parts) == (
        "sms: yes, against no: opposite directions, more in home and less in business; the whole hides it.",
    )


def test_answers_of_one_customer_said_four_times_over_do_not_count_four_times() -> None:
    once = shares(8, 600)
    four = pd.concat([once.assign(_cluster=[f"c{at}" for at in range(600)])] * 4, ignore_index=True)
    wide, narrow = (effect(drivers.study(SHARE, each, ["late"]), "late") for each in (four, four.assign(_cluster=None)))
    single = effect(drivers.study(SHARE, once, ["late"]), "late")
    assert wide.high - wide.low == pytest.approx(single.high - single.low, rel=0.01)
    assert narrow.high - narrow.low == pytest.approx((single.high - single.low) / 2, rel=0.01)


def test_a_late_visit_is_compared_with_visits_and_not_with_calls_that_cannot_be_late() -> None:
    rng = np.random.default_rng(9)
    visit = rng.random(6000) < 0.5
    late = np.where(visit, rng.random(6000) < 0.3, None)
    base = np.where(visit, np.where(late == True, 0.4, 0.8), 0.7)  # noqa: E712 - None is neither
    study = drivers.study(
        SHARE,
        frame(rng.random(6000) < base, touchpoint=np.where(visit, "visit", "call"), late=late),
        ["touchpoint", "late"],
    )
    assert effect(study, "late").effect == pytest.approx(-0.4, abs=0.04)
    shown = next(each for each in study.effects if each.factor == "touchpoint")
    assert abs(shown.effect) == pytest.approx(0.02, abs=0.03)  # visits 68% on average, calls 70%
    assert effect(study, "late").n == (late == True).sum()  # noqa: E712


# What the data cannot tell


def test_a_level_at_which_every_answer_is_the_same_is_told_and_left_out() -> None:
    data = shares(10, 900)
    data["channel"] = data["channel"].where(np.arange(900) % 20 != 0, "app")
    data.loc[data["channel"] == "app", "_value"] = 1.0
    study = drivers.study(SHARE, data, ["late", "channel"])
    assert (study.state, study.n) == ("ok", 855)
    assert any("all 45 answers with app have the highest value" in each for each in study.notes)


def test_a_factor_that_says_the_same_as_the_kpi_gives_no_odds() -> None:
    data = shares(11, 600)
    x = data["_value"] * 3 + np.random.default_rng(1).random(600)
    study = drivers.study(SHARE, data.assign(twin=x), ["late", "twin"])
    assert (study.state, study.effects) == ("no fit", ())
    assert "foretell" in study.reason


def test_a_factor_that_others_already_say_is_named_and_left_out() -> None:
    data = shares(12, 600)
    study = drivers.study(SHARE, data.assign(copy=data["late"], fixed="x"), ["late", "copy", "fixed"])
    assert {each.factor for each in study.effects} == {"late"}
    assert any("copy: yes, against no: left out" in each for each in study.notes)
    assert any("fixed does not vary" in each for each in study.notes)


def test_too_few_answers_give_a_reason_and_no_number() -> None:
    study = drivers.study(SHARE, shares(13, 40), ["late", "channel"])
    assert (study.state, study.effects, study.explained) == ("too few", (), None)
    assert "40 answers carry what" in study.reason
    assert drivers.study(SHARE, shares(13, 40), []).reason.startswith("No factor varies")
    one = shares(14, 400).assign(_cluster=np.arange(400) % 5)
    assert "5 customers: too few" in drivers.study(SHARE, one.astype({"_cluster": str}), ["late"]).reason


def test_no_group_of_fewer_than_ten_is_shown() -> None:
    data = shares(15, 600)
    data["channel"] = np.where(np.arange(600) < 6, "fax", np.where(np.arange(600) < 13, "letter", data["channel"]))
    study = drivers.study(SHARE, data, ["late", "channel"])
    assert {each.level for each in study.effects if each.factor == "channel"} == {"web", factors.OTHER}
    assert min(each.n for each in study.effects) >= factors.LEAST
    few = drivers.study(SHARE, data[data["channel"] != "letter"], ["late", "channel"])
    assert {each.level for each in few.effects if each.factor == "channel"} == {"web"}
    assert any(f"{factors.OTHER} has fewer than 10 answers" in each for each in few.notes)


def test_factors_that_say_nearly_the_same_are_asked_about_once() -> None:
    rng = np.random.default_rng(16)
    first = rng.random(500) < 0.6
    data = pd.DataFrame(
        {"first": first, "again": np.where(rng.random(500) < 0.97, ~first, first), "key": np.arange(500).astype(str)}
    )
    kept, notes = factors.distinct(data, ["first", "again", "key"])
    assert kept == ["first"]
    assert notes == ["again says nearly the same as first and was not asked about; name it with --factors."]


def test_what_the_kpi_asks_for_and_the_study_does_not_do_is_told() -> None:
    weighted = SHARE.model_copy(update={"weight": "w", "cluster": None})
    notes = drivers.study(weighted, shares(17, 600), ["late"]).notes
    assert "Weights are not used: every answer counts once." in notes
    assert any(each.startswith("Assuming independent answers") for each in notes)
