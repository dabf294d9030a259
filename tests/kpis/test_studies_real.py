"""Studies on real data: what they can and cannot show, with the figures of docs/studies.md."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from kpis import definitions, drivers, outcomes
from kpis.definitions import KpiDefinition
from kpis.drivers import Effect, Study
from kpis.grades import Window
from kpis.workflows import studies
from kpis.workflows.admit import admit
from kpis.workspace import Snapshot, open_snapshot, open_workspace
from tests.conftest import ROOT, shared

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TELCO = ("Contract", "tenure", "InternetService", "PaymentMethod", "TechSupport", "PaperlessBilling", "MonthlyCharges")
NAIVE = "on_day(orders.delivered_at) <= on_day(orders.promised_at)"
LATENESS = """case when days_between(orders.promised_at, orders.delivered_at) > 7 then 'over a week late'
    when days_between(orders.promised_at, orders.delivered_at) > 0 then 'up to a week late'
    when days_between(orders.promised_at, orders.delivered_at) <= 0 then 'in time' end"""
BUYERS = "  buyers: {file: olist_customers_dataset.csv}\n"


def effect(study: Study, factor: str, level: str = "") -> Effect:
    return next(each for each in study.effects if (each.factor, each.level) == (factor, level))


def unwritten(*figures: str) -> list[str]:
    """Which of these figures the documentation does not hold."""
    text = (ROOT / "docs" / "studies.md").read_text("utf-8")
    return [each for each in figures if not re.search(rf"(?<![\d.,]){re.escape(each)}(?![\d]|[.,]\d)", text)]


def shop(folder: Path, by_buyer: bool) -> Snapshot:
    """The example's definitions with the files that studies read; a customer is one order, as exported, or the buyer behind it."""
    data = shared("data", "olist_sample")
    shutil.copytree(ROOT / "seeds" / "olist", folder)
    if by_buyer:
        layout = folder / "layouts" / "orders.yaml"
        text = layout.read_text("utf-8").replace("customer: customer_id", "customer: buyers.customer_unique_id")
        text = text.replace("sources:\n", f"sources:\n{BUYERS}")
        text = text.replace("join:\n", "join:\n  - {source: buyers, match: {customer_id: customer_id}}\n")
        layout.write_text(text, "utf-8")
    where = open_workspace(folder, NOW)
    files = {"orders": ("orders", "orders")}
    files |= (
        {} if by_buyer else {"customers": ("customers", "customers"), "survey_responses": ("order_reviews", "reviews")}
    )
    for dataset, (file, layout_name) in files.items():
        assert admit(where, dataset, data / f"olist_{file}_dataset.csv", NOW, layout_name).state == "admitted"
    return open_snapshot(where)


@pytest.fixture(scope="module")
def olist(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return shop(tmp_path_factory.mktemp("olist") / "shop", by_buyer=False)


def test_lateness_goes_with_the_review_but_most_of_it_is_said_before_the_parcel_comes(olist: Snapshot) -> None:
    kpi = olist.workspace.kpi("review_mean")
    (naive,), (fair,) = (studies.drivers(olist, kpi, [name]) for name in (NAIVE, "delivered_as_promised"))
    every, ripe = effect(naive, NAIVE, "yes"), effect(fair, "delivered_as_promised", "yes")
    assert (naive.n, every.verdict, ripe.verdict) == (6184, "goes with more", "goes with more")
    assert any("measured before the answer" in each for each in fair.notes)
    assert [round(each, 2) for each in (every.effect, ripe.effect)] == [2.04, 0.48]
    assert (
        unwritten(
            *(f"{each:.2f}" for found in (every, ripe) for each in (found.effect, found.low, found.high)), "6,184"
        )
        == []
    )
    known = {factor.name: factor.n for study in (naive, fair) for factor in study.factors}
    late, told = (known[name] - found.n for name, found in ((NAIVE, every), ("delivered_as_promised", ripe)))
    assert (late - told) / late == pytest.approx(0.7, abs=0.02)  # seven in ten were written before the parcel came


def test_the_later_the_worse_the_review(olist: Snapshot) -> None:
    (study,) = studies.drivers(olist, olist.workspace.kpi("review_mean"), [LATENESS])
    week, more = (effect(study, LATENESS, level) for level in ("up to a week late", "over a week late"))
    assert more.high < week.low < week.high < 0
    assert unwritten(f"−{-week.effect:.2f}", f"−{-more.effect:.2f}", f"n {week.n}", f"n {more.n}") == []


def test_an_export_whose_customer_is_one_order_shows_nobody_coming_back(olist: Snapshot) -> None:
    found = studies.outcomes(olist, olist.workspace.kpi("review_mean"), "repeat")
    assert (found.grade, found.events, found.worth) == ("D", 0, None)
    assert "too few" in found.sentence
    assert unwritten(f"{found.events} of {found.n:,}") == []


def test_even_by_buyer_too_few_come_back_to_show_a_link(tmp_path: Path) -> None:
    snapshot = shop(tmp_path / "shop", by_buyer=True)
    counts = snapshot.rows("SELECT count(*) AS n FROM orders GROUP BY customer").column("n").to_pylist()
    found = studies.outcomes(snapshot, snapshot.workspace.kpi("delivered_as_promised"), "repeat")
    assert (len(counts), sum(each > 1 for each in counts)) == (8016, 73)
    assert (found.grade, found.effect) == ("D", None)
    assert unwritten("73 of 8,016", f"{found.events} of {found.n:,}") == []


def churn(name: str, title: str) -> KpiDefinition:
    lines = (
        f"id: {name}",
        "version: 1",
        f"title: {title}",
        "question: q",
        "direction: lower",
        "dataset: subscriptions",
        "when: day",
    )
    measure = "measure: {kind: share, value: yes_no}"
    return definitions.parse("\n".join((*lines, "period_of: opened", measure, "unit: percent")), name)


def telco() -> pd.DataFrame:
    return pd.read_csv(shared("data", "ibm_telco_churn", "Telco-Customer-Churn.csv"))


def test_the_telco_data_show_what_goes_with_leaving() -> None:
    data = telco()
    left = data["Churn"] == "Yes"
    study = drivers.study(churn("churned", "Churned"), data.assign(_value=left.astype(float), _cluster=None), TELCO)
    assert (study.state, study.n, round(100 * left.mean(), 3)) == ("ok", 7043, 26.537)
    lines = (effect(study, "Contract", "Two year"), effect(study, "tenure"))
    assert unwritten("7,043", "26.537%", *(f"{-100 * each.effect:.1f}" for each in lines)) == []
    assert effect(study, "Contract", "Two year").verdict == "goes with less"
    assert effect(study, "tenure").verdict == "goes with less"
    assert any("MonthlyCharges come together" in each for each in study.notes)


def test_the_telco_data_cannot_show_that_support_keeps_customers() -> None:
    data = telco()
    data = data[data["TechSupport"] != "No internet service"].reset_index(drop=True)
    stayed = data["Churn"] == "No"
    frame = pd.DataFrame({
        "score": (data["TechSupport"] == "Yes").astype(float), "after": stayed.astype(float), "event": ~stayed,
        "days": 30 * data["tenure"], "complete": True, "segment": data["Contract"],
    })  # fmt: skip
    found = outcomes.link(churn("supported", "Technical support"), "retention", frame, Window(720, False, ("segment",)))
    assert (found.grade, found.n) == ("D", 5517)
    assert "same time" in found.sentence
    no, yes = found.groups
    assert yes.low > no.high  # the curves lie far apart, and still nothing says what came first
    assert unwritten(f"{yes.share:.1%}", f"{no.share:.1%}", "5,517") == []
