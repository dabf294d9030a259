"""Shipped KPIs on public data, admitted through a layout: the figures are those of the files, counted another way."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from kpis.calendar import Period
from kpis.figures import Figure
from kpis.workflows.admit import admit
from kpis.workflows.build import build
from kpis.workflows.measure import figures
from kpis.workspace import open_snapshot, open_workspace
from tests.conftest import shared
from tests.kpis.small import NOW, workspace

SHOP = """layout: shop
dataset: kpi_aggregates
group_by: [Month, Revenue]
totals: {sessions: {count: true}}
columns:
  kpi: {constant: bought}
  day: {constant: "2018-12-31"}
  channel: Month
  bucket: {expression: "case when Revenue = 'True' then 1 else 0 end"}
  n: sessions
"""
BOUGHT = """id: bought
version: 1
title: Bought something
question: How many visits end in a purchase?
direction: higher
dataset: kpi_aggregates
when: day
period_of: closed
measure: {kind: share, value: bucket}
cuts: {channel: channel}
count: {kpi: bought, form: buckets}
unit: percent
"""
TELCO = """layout: telco
dataset: customer_months
columns:
  customer: customerID
  month: {constant: "2018-09-01"}
  active_at_start: {constant: "true"}
  active_at_end: {from: Churn, codes: {"Yes": "false", "No": "true"}}
  revenue: MonthlyCharges
  currency: {constant: USD}
"""
CITY = """layout: city
dataset: service_cases
columns:
  case_id: unique_key
  opened_at: created_date
  closed_at: closed_date
  channel: source
  reason: category
"""


def figure(
    folder: Path, kpi: str, layout: str, file: Path, period: str, own: str = "", as_of: str = "2018-12-31"
) -> Figure:
    """The company's figure of a KPI on a file admitted through a layout."""
    settings = (
        f'[company]\nname = "Real"\nzone = "UTC"\nas_of = {as_of}\n[kpis]\nshipped = [{"" if own else repr(kpi)}]\n'
    )
    (folder / "layouts").mkdir()
    name = layout.split()[1]
    (folder / "layouts" / f"{name}.yaml").write_text(layout)
    where = workspace(folder, [own] if own else [], settings.replace("'", '"'))
    receipt = admit(where, layout.split()[3], file, NOW, name)
    assert receipt.admitted > 0, receipt
    build(where)
    window: Period = where.settings.calendar.parse(period)
    return figures(open_snapshot(open_workspace(folder, NOW)), where.kpi(kpi), ["company"], [window])[0]


def test_one_visit_in_six_and_a_half_to_a_web_shop_ends_in_a_purchase(tmp_path: Path) -> None:
    file = shared("data", "online_shoppers", "online_shoppers_intention.csv")
    found = figure(tmp_path, "bought", SHOP, file, "2018-12", own=BOUGHT)
    assert (found.numerator, found.n) == (1908 * 10**6, 12_330) or found.value == 1908 / 12_330
    assert found.value == pytest.approx(0.154745, abs=5e-7)


def test_a_telephone_company_loses_26_537_percent_of_its_customers(tmp_path: Path) -> None:
    file = shared("data", "ibm_telco_churn", "Telco-Customer-Churn.csv")
    found = figure(tmp_path, "churn", TELCO, file, "2018-09")
    assert found.n == 7043
    assert found.value == pytest.approx(0.26537, abs=5e-7)


@pytest.mark.parametrize(
    ("kpi", "q", "year"), [("time_to_resolve_median", 0.5, 2017), ("time_to_resolve_p90", 0.9, 2016)]
)
def test_how_long_a_city_takes_counts_the_cases_still_open(tmp_path: Path, kpi: str, q: float, year: int) -> None:
    file = shared("data", "sf311", "311_service_requests.csv")
    found = figure(tmp_path, kpi, CITY, file, str(year), as_of="2018-01-31")
    opened, hours, closed = _city(file)
    mine = opened == year
    expected, n = _kaplan_meier(hours[mine], closed[mine], q)
    assert expected > np.quantile(hours[mine & closed], q) * 1.1  # leaving out the open ones would flatter
    assert found.n == n
    assert found.value == pytest.approx(expected, rel=0.025)


def _city(file: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Year of opening, hours until closed or until the last day, and whether closed; what closed before it opened is left out."""
    with file.open(newline="", encoding="utf-8") as lines:
        rows = [(_moment(row["created_date"]), _moment(row["closed_date"])) for row in csv.DictReader(lines)]
    end = datetime(2018, 1, 31, tzinfo=UTC)
    kept = [(opened, closed) for opened, closed in rows if opened and not (closed and closed < opened)]
    hours = [((closed or end) - opened).total_seconds() / 3600 for opened, closed in kept if opened]
    return (
        np.array([opened.year for opened, _ in kept if opened]),
        np.array(hours),
        np.array([bool(each) for _, each in kept]),
    )


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _kaplan_meier(hours: np.ndarray, closed: np.ndarray, q: float) -> tuple[float, int]:
    """The time after which a share q is closed, by the product-limit estimate (Kaplan and Meier, 1958)."""
    order = np.lexsort((~closed, hours))
    at_risk = len(hours) - np.arange(len(hours))
    left = np.cumprod(1 - closed[order] / at_risk)
    return float(hours[order][np.argmax(left <= 1 - q)]), len(hours)
