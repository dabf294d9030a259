from dataclasses import replace
from datetime import date
from decimal import Decimal
from math import sqrt

import numpy as np
import pandas as pd
import pytest
import yaml

from kpis.calendar import Calendar
from kpis.definitions import KpiDefinition, parse
from kpis.distributions import MILLION
from kpis.figures import Figure, figures, paid, table
from tests.conftest import shared

QUARTER = Calendar().parse("2026-Q3")
LATER = date(2026, 11, 22)
NPS = {"measure": {"kind": "nps", "value": "nps"}, "unit": "points"}
SHARE = {"measure": {"kind": "share", "value": "done"}, "unit": "percent"}
CSAT = {"measure": {"kind": "top_box", "value": "csat", "boxes": [4, 5]}, "unit": "percent", "decimals": 2}


def kpi(**fields: object) -> KpiDefinition:
    """A definition as a company writes it: the fields under test among plain ones."""
    plain = {
        "id": "k",
        "version": 1,
        "title": "T",
        "question": "Q?",
        "direction": "higher",
        "dataset": "d",
        "when": "at",
    }
    return parse(yaml.safe_dump({**plain, "period_of": "answered", "min_n_show": 1, **fields}), "kpis/k.yaml")


def facts(counts: dict[int, int], scope: str = "company", **moments: list[object]) -> pd.DataFrame:
    n = [count * MILLION for count in counts.values()]
    return pd.DataFrame({"scope": scope, "window": "2026-Q3", "bucket": list(counts), "n": n, **moments})


def one(definition: KpiDefinition, rows: pd.DataFrame, validated: bool = True) -> Figure:
    return figures(definition, rows, ["company"], [QUARTER], LATER, validated)[0]


@pytest.fixture(scope="module")
def published() -> dict[str, list[dict[str, object]]]:
    return yaml.safe_load(shared("cases", "published.yaml").read_text())["measures"]


def test_published_nps_comes_out_of_the_definition_and_the_wrong_interval_stays_away(published) -> None:
    case, percents, width = published["nps"]
    n, up, down = case["n"], case["promoters"], case["detractors"]
    rows = facts({9: up, 7: n - up - down, 6: down})
    found = one(kpi(**NPS), rows)
    assert found.value == case["value"]
    assert [round(found.low, 2), round(found.high, 2)] == case["interval_adjusted_wald"] != [14.3, 20.5]
    wald = one(kpi(unit="points", measure={**NPS["measure"], "interval": "wald"}), rows)
    assert [round(wald.low, 2), round(wald.high, 2)] == case["interval_multinomial_wald"]
    buckets = {
        bucket: percents[f"{name}_percent"] for bucket, name in ((10, "promoters"), (8, "passives"), (2, "detractors"))
    }
    assert one(kpi(**NPS), facts(buckets)).value == percents["value"]
    for n, published_width in width["examples"].items():
        thirds = facts({10: 1, 8: 1, 0: 1}).assign(n=[n * MILLION // 3] * 3)
        found = one(kpi(**NPS), thirds)
        assert found.high - found.low == pytest.approx(320 / sqrt(n), rel=2 / n**0.5)
        assert round(found.high - found.low, 1) == published_width


def test_published_shares_come_out_of_the_definition(published) -> None:
    case = published["csat_top_two"][0]
    assert paid(one(kpi(**CSAT), facts(case["answers"])), kpi(**CSAT)) == Decimal(str(case["value"]))
    for case in published["ces_agree"]:
        found = one(kpi(**SHARE), facts({1: case["agree"], 0: case["of"] - case["agree"]}))
        assert paid(found, kpi(**SHARE)) == case["value"]
    case = published["first_contact_resolution"][0]
    found = one(kpi(**SHARE), facts({1: case["resolved_first"], 0: case["of"] - case["resolved_first"]}))
    assert paid(found, kpi(**SHARE)) == case["value"]
    case = published["completion_adjusted_wald"][0]
    adjusted = kpi(unit="percent", measure={**SHARE["measure"], "interval": case["interval_kind"]})
    found = one(adjusted, facts({1: case["successes"], 0: case["of"] - case["successes"]}))
    assert [round(found.low, 4), round(found.high, 4)] == case["interval"]


def test_a_figure_of_fewer_answers_than_the_minimum_says_how_many_and_shows_no_value() -> None:
    found = one(kpi(**SHARE, min_n_show=10), facts({1: 5, 0: 2}))
    assert (found.state, found.reason) == ("too few", "Too few answers: 7 of 10.")
    assert (found.value, found.low, found.high) == (None, None, None)
    assert (found.n, found.numerator, found.denominator) == (7, 5 * MILLION, 7 * MILLION)
    assert one(kpi(**SHARE, min_n_show=7), facts({1: 5, 0: 2})).state == "ok"


def test_a_scope_without_rows_is_no_data_and_not_zero() -> None:
    found = figures(kpi(**SHARE), facts({1: 5, 0: 2}), ["department:it", "company"], [QUARTER], LATER)
    assert [(f.scope, f.state) for f in found] == [("department:it", "no data"), ("company", "ok")]
    assert found[0].value is None
    assert one(kpi(**SHARE), facts({})).state == "no data"


def test_a_figure_of_a_window_that_still_runs_is_to_date() -> None:
    rows = facts({0: 20, 1: 20})
    told = [
        figures(kpi(**SHARE), rows, ["company", "department:none"], [QUARTER], day)
        for day in (date(2026, 9, 30), LATER)
    ]
    assert [[each.to_date for each in both] for both in told] == [[True, True], [False, False]]


def test_a_figure_ripens_until_its_kpi_says_it_has_matured() -> None:
    definition = kpi(**SHARE, matures_after="7 days")
    days = {date(2026, 10, 7): "ripening", date(2026, 10, 8): "ok"}
    for day, state in days.items():
        found = figures(definition, facts({1: 5, 0: 2}), ["company"], [QUARTER], day)[0]
        assert (found.state, found.value) == (state, pytest.approx(5 / 7))
        assert found.reason == ("Still ripening: counts from 2026-10-08." if state == "ripening" else "")


def test_a_contract_that_failed_makes_a_figure_not_validated() -> None:
    assert one(kpi(**SHARE), facts({1: 5, 0: 2}), validated=False).state == "not validated"


def test_a_counted_mean_without_its_squares_has_no_interval() -> None:
    count = {"kpi": "effort", "form": "moments"}
    definition = kpi(measure={"kind": "mean", "value": "total"}, unit="score", count=count)
    values = [2, 3, 3, 5, 7]
    total, squares = sum(values) * MILLION, sum(v * v for v in values) * MILLION
    known = one(definition, facts({0: 5}, x=[Decimal(total)], xx=[Decimal(squares)]))
    half = 2.7764451051977934 * np.std(values, ddof=1) / sqrt(5)
    assert (known.value, known.state) == (4.0, "ok")
    assert (known.low, known.high) == pytest.approx((4 - half, 4 + half))
    partly = pd.concat([facts({0: 5}, x=[total], xx=[squares]), facts({0: 5}, x=[total], xx=[None])])
    for rows in (partly, facts({0: 5}, x=[total])):
        found = one(definition, rows)
        assert (found.state, found.value, found.low) == ("no interval", 4.0, None)
        assert found.reason == "It arrived as a mean without its squares."


def test_a_counted_share_and_a_counted_score_are_like_any_other() -> None:
    ones = kpi(**SHARE, count={"kpi": "k", "form": "ones"})
    buckets = kpi(**NPS, count={"kpi": "k", "form": "buckets"})
    assert one(ones, facts({1: 6, 0: 4})) == one(kpi(**SHARE), facts({1: 6, 0: 4}))
    assert one(buckets, facts({9: 6, 0: 4})) == one(kpi(**NPS), facts({9: 6, 0: 4}))


def test_seconds_become_hours_once_and_the_ratio_keeps_up() -> None:
    definition = kpi(measure={"kind": "mean", "value": "seconds"}, unit="hours", decimals=2)
    rows = facts({194: 5, 204: 8}, x=[5 * 2_000 * MILLION, 8 * 3_000 * MILLION])
    found = one(definition, rows)
    assert found.value == pytest.approx(34_000 / 13 / 3_600)
    assert found.value == found.numerator / found.denominator
    assert paid(found, definition) == Decimal("0.73")
    spread = table(definition, rows, ["scope"], LATER)["sd"][0]
    assert spread == pytest.approx(1_000 * sqrt(40) / 13 / 3_600, rel=0.01)
    median = kpi(measure={"kind": "quantile", "value": "seconds", "q": 0.5}, unit="hours")
    shown = one(median, facts({200: 50, 206: 80}, x=[1, 1]))
    assert shown.numerator is None
    assert shown.low <= shown.value <= shown.high
    with pytest.raises(ValueError, match="no exact ratio"):
        paid(shown, median)


def test_a_rate_is_events_over_exposure() -> None:
    definition = kpi(measure={"kind": "rate", "events": "contacts", "exposure": "orders"}, unit="count")
    found = one(definition, facts({0: 400}, x=[30 * MILLION]))
    assert (found.value, found.n) == (0.075, 400)
    assert found.low < found.value < found.high


def test_equal_answers_have_an_interval_that_says_it_cannot_show_chance() -> None:
    found = one(kpi(measure={"kind": "mean", "value": "v", "low": 0, "high": 9}, unit="count"), facts({0: 12}))
    assert (found.state, found.value, found.low, found.high) == ("ok", 0, 0, 0)
    assert found.reason.startswith("All answers are alike")


def test_weights_beyond_64_bits_stay_exact_and_nulls_are_weights_of_one() -> None:
    weighted = facts({10: 10**7, 0: 10**7}, w=[Decimal(3 * 10**19), None], w2=[Decimal(9 * 10**25), None])
    found = one(kpi(**NPS), weighted)
    assert (found.numerator, found.denominator) == (100 * (3 * 10**19 - 10**19), 4 * 10**19)
    assert found.value == 50
    assert found.effective_n == pytest.approx(0.75 / (4.5e7 / 4e7**2))


def test_moments_that_arrive_as_floats_are_refused() -> None:
    with pytest.raises(ValueError, match="arrived as floats"):
        one(kpi(**NPS), facts({10: 5}).assign(n=[5e6]))


def test_rows_of_departments_add_up_to_the_company_and_their_ratios_too() -> None:
    parts = [facts({10: 31, 7: 12, 3: 9}, "department:a"), facts({10: 8, 5: 20}, "department:b")]
    split = figures(kpi(**NPS), pd.concat(parts), ["department:a", "department:b"], [QUARTER], LATER)
    whole = one(kpi(**NPS), pd.concat([part.assign(scope="company") for part in reversed(parts)]))
    assert whole == one(kpi(**NPS), facts({10: 39, 7: 12, 3: 9, 5: 20}))
    assert whole.numerator == sum(part.numerator for part in split)
    assert whole.denominator == sum(part.denominator for part in split)


def test_the_table_and_the_list_say_the_same() -> None:
    rows = pd.concat([facts({1: 60, 0: 30}), facts({1: 3, 0: 1}, "department:a")])
    definition = kpi(**SHARE, min_n_show=10)
    shown = table(definition, rows, ["scope", "window"], LATER)
    for row in shown.to_dict("records"):
        figure = figures(definition, rows, [row["scope"]], [QUARTER], LATER)[0]
        assert (figure.state, figure.reason, figure.n) == (row["state"], row["reason"], row["n"])
        assert figure.value == (None if np.isnan(row["value"]) else row["value"])
    assert shown["sd"].tolist() == pytest.approx([sqrt(2) / 3, sqrt(3) / 4])


def test_the_number_that_pays_is_rounded_half_up_once_from_the_exact_ratio() -> None:
    definition = kpi(**SHARE, decimals=1)
    figure = one(definition, facts({1: 60, 0: 40}))
    for ones, of, pays in ((3_005, 10_000, "30.1"), (30_049, 100_000, "30.0"), (1, 3, "33.3"), (2, 3, "66.7")):
        assert str(paid(replace(figure, numerator=ones, denominator=of), definition)) == pays
    score = kpi(**NPS, decimals=1)
    assert paid(replace(figure, numerator=-1_225, denominator=100), score) == Decimal("-12.2")
    assert str(paid(figure, definition, decimals=3)) == "60.000"


def test_the_airport_survey_of_2017_has_its_known_scores() -> None:
    files = sorted(shared("data", "sfo_customer_survey").glob("*2017*"))
    if not files:
        pytest.fail("the folder holds no file of 2017")
    survey = pd.read_csv(files[0], usecols=lambda name: name.upper() in ("NETPRO", "WEIGHT"), dtype=str)
    survey.columns = survey.columns.str.upper()
    answer = pd.to_numeric(survey["NETPRO"], errors="coerce")
    survey = survey[answer.between(0, 10)].assign(bucket=answer)
    weight = [int(Decimal(text) * MILLION) for text in survey["WEIGHT"]]
    rows = pd.DataFrame({"scope": "company", "window": "2026-Q3", "bucket": survey["bucket"].astype(int), "n": MILLION})
    plain = one(kpi(**NPS), rows)
    assert (round(plain.value, 4), plain.n) == (39.8398, 2746)
    w, w2 = [MILLION * v for v in weight], [MILLION * v * v for v in weight]
    weighted = one(kpi(**NPS), rows.assign(w=pd.Series(w, rows.index, object), w2=pd.Series(w2, rows.index, object)))
    assert round(weighted.value, 4) == 40.3984
    assert weighted.effective_n < plain.effective_n
