from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpis.clusters import GROUPS
from kpis.workflows import cells, measure, seconds
from kpis.workspace import Snapshot
from tests.conftest import shared
from tests.kpis import surveyed
from tests.kpis.surveyed import DONE, LONE, SCORE, answers

PLACES = ("north", "south")


def place(customer: int) -> str:
    return PLACES[customer % 2]


@pytest.fixture(scope="module")
def repeated(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """200 customers with five answers each, all alike: the answers of one customer count as one."""
    rows = list(answers(200, 5, lambda customer, _: customer % 3 > 0, department=place, channel="phone"))
    rows += answers(3, 4, lambda customer, _: customer > 0, department="west", channel="chat")
    return surveyed.company(tmp_path_factory.mktemp("repeated"), rows, (DONE, LONE, SCORE))


def quarter(snapshot: Snapshot) -> list:
    return [snapshot.workspace.settings.calendar.parse("2026-Q3")]


def of(snapshot: Snapshot, kpi: str, *scopes: str) -> list:
    return measure.figures(snapshot, snapshot.workspace.kpi(kpi), scopes or ("company",), quarter(snapshot))


def test_five_alike_answers_of_a_customer_count_as_about_one(repeated: Snapshot) -> None:
    (found,), (alone,) = of(repeated, "done"), of(repeated, "lone")
    assert (found.value, found.n, found.numerator) == (alone.value, alone.n, alone.numerator)
    assert found.design == pytest.approx(5, rel=0.75)  # 20 groups know a variance within a third, twice over
    assert found.effective_n == pytest.approx(found.n / found.design)
    assert found.high - found.low > 1.5 * (alone.high - alone.low)


def test_a_figure_says_where_its_variance_comes_from(repeated: Snapshot) -> None:
    (found,), (alone,) = of(repeated, "done"), of(repeated, "lone")
    assert (found.method, found.assumption) == ("Wilson score, 20 groups by customer", "")
    assert (alone.method, alone.design, alone.assumption) == ("Wilson score", None, "assuming independent answers")


def test_the_variance_is_the_delete_a_group_jackknife_of_its_own_window(repeated: Snapshot) -> None:
    kpi = repeated.workspace.kpi("score")
    facts = pd.DataFrame(cells.replicated(repeated, kpi, ["company"], quarter(repeated)))
    up, down, n = (
        np.array([int(facts[(facts["replicate"] == each) & held]["n"].sum()) for each in range(GROUPS)])
        for held in (facts["bucket"] >= 9, facts["bucket"] <= 6, facts["bucket"] >= 0)
    )
    score = 100 * (up.sum() - down.sum()) / n.sum()
    without = 100 * ((up.sum() - up) - (down.sum() - down)) / (n.sum() - n)
    variance = (GROUPS - 1) / GROUPS * ((without - score) ** 2).sum()  # Kott (2001)
    (found,) = of(repeated, "score")
    assert found.value == pytest.approx(score)
    share = up.sum() / n.sum()
    assert found.design == pytest.approx(variance / (40_000 * share * (1 - share) / found.n))


def test_a_figure_is_the_same_alone_and_among_others(repeated: Snapshot) -> None:
    kpi, calendar = repeated.workspace.kpi("done"), repeated.workspace.settings.calendar
    weeks = calendar.between(date(2026, 7, 6), date(2026, 9, 14), "week")
    scopes = ["company", "department:north", "department:all", "joint:north+south"]
    together = {
        (each.scope, each.window): each for each in measure.figures(repeated, kpi, scopes, [*weeks, *quarter(repeated)])
    }
    for scope in scopes:
        for window in (weeks[2], *quarter(repeated)):
            assert measure.figures(repeated, kpi, [scope], [window]) == [together[scope, window.name]]


def test_a_department_holds_the_groups_of_everything_below_it_and_the_company_all(repeated: Snapshot) -> None:
    kpi = repeated.workspace.kpi("done")
    scopes = ["company", "department:all", "joint:north+south"]
    every = pd.DataFrame(cells.replicated(repeated, kpi, scopes, quarter(repeated)))
    n = every.groupby("scope")["n"].sum() / 1e6
    assert n.to_dict() == {"company": 1_012, "department:all": 1_012, "joint:north+south": 1_000}
    assert sorted(set(every["replicate"])) == list(range(GROUPS))


def test_where_twenty_groups_cannot_speak_the_stored_effect_of_the_department_stands_in(repeated: Snapshot) -> None:
    stored = replace(repeated, designs={"done": {"": 2.0, "north": 3.0}}, memory={})
    kpi = stored.workspace.kpi("done")
    (west,) = measure.figures(stored, kpi, ["department:west"], quarter(stored))
    assert (west.n, west.effective_n, west.method) == (12, 6, "Wilson score, design effect 2.00")
    phone = next(
        each for each in measure.by_cut(stored, kpi, "channel", quarter(stored)) if each.scope == "channel:phone"
    )
    assert (phone.n, phone.effective_n, phone.design) == (1_000, 500, 2)
    inside = measure.by_cut(stored, kpi, "channel", quarter(stored), "department:north")
    assert [each.design for each in inside] == [3.0]


def test_without_any_stored_effect_the_text_says_what_is_assumed(repeated: Snapshot) -> None:
    unknown = replace(repeated, designs={}, memory={})
    (west,) = measure.figures(unknown, unknown.workspace.kpi("done"), ["department:west"], quarter(unknown))
    assert (west.effective_n, west.design, west.assumption) == (12, None, "assuming independent answers")


def test_a_person_borrows_the_effect_of_the_department_of_most_answers(tmp_path: Path) -> None:
    rows = [*answers(20, 2, lambda *_: True, department="north", person="p1")]
    rows += answers(5, 2, lambda *_: False, department="south", person="p1")
    made = replace(surveyed.company(tmp_path, rows), designs={"done": {"": 2.0, "north": 4.0, "south": 1.0}})
    (found,) = measure.figures(made, made.workspace.kpi("done"), ["person:p1"], quarter(made))
    assert (found.n, found.design, found.effective_n) == (50, 4.0, 12.5)


# A ratio of two KPIs


def test_a_ratio_of_two_kpis_is_one_sum_over_another_in_every_scope(tmp_path: Path) -> None:
    ratio = DONE.replace("id: done", "id: per").replace("unit: percent", "unit: count")
    ratio = ratio.replace(
        "{kind: top_box, value: csat, boxes: [4, 5]}",
        "{kind: ratio, numerator: {kpi: done, of: total}, denominator: {kpi: done, of: n}}",
    )
    rows = list(answers(60, 3, lambda customer, answer: (customer + answer) % 4 > 0, department=place, channel="phone"))
    made = surveyed.company(tmp_path, rows, (DONE, ratio))
    for scope in ("company", "department:north", "joint:north+south"):
        (share,), (per,) = of(made, "done", scope), of(made, "per", scope)
        assert (per.value, per.n) == (pytest.approx(share.value), share.n)
        assert per.numerator * share.denominator == share.numerator * per.denominator
        assert per.low < per.value < per.high


# A second figure for small groups


def test_a_small_group_borrows_from_its_kin_and_a_large_one_hardly(tmp_path: Path) -> None:
    segments = {"a": (100, 60), "b": (120, 80), "c": (90, 60), "d": (110, 72), "tiny": (14, 14)}
    rows = [
        row
        for name, (n, good) in segments.items()
        for row in answers(n, 1, lambda customer, _, good=good: customer < good, segment=name)
    ]
    made = surveyed.company(tmp_path, rows, (LONE,))
    found = seconds.shrunken(made, made.workspace.kpi("lone"), "segment", quarter(made)[:1])
    assert set(found) == {(f"segment:{name}", "2026-Q3") for name in segments}
    tiny, large = found["segment:tiny", "2026-Q3"], found["segment:b", "2026-Q3"]
    assert tiny.borrowed > 0.3 > 0.01 < large.borrowed < tiny.borrowed
    assert tiny.prior < tiny.value < 1
    assert tiny.low < tiny.value < tiny.high <= 1


def test_a_group_that_is_not_shown_has_no_second_figure_that_would_tell_of_it(tmp_path: Path) -> None:
    sizes = {"a": 100, "b": 120, "c": 90, "d": 40, "tiny": 4}
    rows = [
        row for name, n in sizes.items() for row in answers(n, 1, lambda customer, _: customer % 3 > 0, segment=name)
    ]
    made = surveyed.company(tmp_path, rows, (LONE,))
    found = seconds.shrunken(made, made.workspace.kpi("lone"), "segment", quarter(made)[:1])
    assert {scope for scope, _window in found} == {"segment:a", "segment:b", "segment:c"}


# Real orders


def orders(name: str) -> pd.DataFrame:
    return pd.read_csv(shared("data", "olist_sample", f"olist_{name}_dataset.csv"), dtype=str)


def test_real_reviews_repeat_within_a_seller_by_about_one_point_eight(tmp_path: Path) -> None:
    """The variance of the mean score by sellers, textbook (Kish 1965, ch. 5), is 1.8 to 2 times that of independent answers."""
    items = orders("order_items").sort_values(["order_id", "order_item_id"]).drop_duplicates("order_id")
    reviews = orders("order_reviews").merge(items[["order_id", "seller_id"]], on="order_id")
    happy = reviews["review_score"].astype(int).ge(4)
    off = (happy - happy.mean()).groupby(reviews["seller_id"]).sum()
    textbook = (off**2).sum() / (len(happy) * happy.var(ddof=0))
    assert textbook == pytest.approx(1.82, abs=0.01)
    days = pd.to_datetime(reviews["review_answer_timestamp"], utc=True)
    rows = [
        {
            "survey": "review",
            "answered_at": day.to_pydatetime(),
            "csat": int(score),
            "customer": order,
            "person": seller,
        }
        for day, score, order, seller in zip(
            days, reviews["review_score"], reviews["order_id"], reviews["seller_id"], strict=True
        )
    ]
    made = surveyed.company(tmp_path, rows, (DONE.replace("cluster: customer", "cluster: person"),))
    years = [made.workspace.settings.calendar.parse(each) for each in ("2017", "2018")]
    found = measure.figures(made, made.workspace.kpi("done"), ["company"], years)
    assert sum(each.n for each in found) == pytest.approx(len(rows), rel=0.01)
    assert np.mean([each.design for each in found]) == pytest.approx(
        textbook, rel=1 / 3
    )  # 20 groups know it within a third
    assert all(each.effective_n < each.n for each in found)
