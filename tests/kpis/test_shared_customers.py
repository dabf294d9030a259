"""A ratio whose two parts share their customers: what chance does to it at every grain."""

from datetime import date

import numpy as np
import pytest

from kpis.workflows import compare, measure
from kpis.workflows.build import build
from kpis.workspace import Snapshot, open_snapshot
from tests.kpis.small import SETTINGS, fill, workspace

KPIS = ("margin", "margin_per_customer", "revenue_per_customer")
SEGMENTS = {"home": 0.50, "office": 0.50, "shop": 0.56, "farm": 0.50}
EACH = 150


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, dict[str, np.ndarray]]:
    """600 customers of four segments who pay very different sums, of which about half is left; and their two totals."""
    settings = SETTINGS.replace("shipped = []", f"shipped = {list(KPIS)}")
    where, rng = workspace(tmp_path_factory.mktemp("shop"), settings=settings), np.random.default_rng(7)
    months, totals = [], {}
    for segment, left in SEGMENTS.items():
        revenue = np.rint(rng.lognormal(9, 0.8, (EACH, 3)) * rng.lognormal(0, 0.5, (EACH, 1))).astype(int)
        cost = np.rint(revenue * np.clip(rng.normal(1 - left, 0.12, (EACH, 1)), 0, 1)).astype(int)
        totals[segment] = np.stack([(revenue - cost).sum(axis=1), revenue.sum(axis=1)])
        for (at, month), paid in np.ndenumerate(revenue):
            named = {"customer": f"{segment}{at}", "month": date(2026, 7 + month, 1), "active_at_start": True}
            sums = {"revenue": int(paid), "cost": int(cost[at, month]), "currency": "EUR"}
            months.append(named | sums | {"department": "all"})
    fill(where, "departments", [{"department": "all", "name": "All", "parent": None}])
    fill(where, "customers", [{"customer": f"{s}{at}", "segment": s} for s in SEGMENTS for at in range(EACH)])
    fill(where, "customer_months", months)
    build(where)
    return open_snapshot(where), totals


def error(above: np.ndarray, below: np.ndarray) -> float:
    """The standard error of a ratio over customers, linearised (Cochran 1977, 6.4)."""
    off = above - above.sum() / below.sum() * below
    return float(np.sqrt(len(off) / (len(off) - 1) * (off**2).sum()) / below.sum())


def test_a_segments_ratio_is_as_sure_as_its_customers_make_it(shop) -> None:
    snapshot, totals = shop
    window = snapshot.workspace.settings.calendar.parse("2026-Q3")
    found = measure.by_cut(snapshot, snapshot.workspace.kpi("margin"), "segment", [window])
    for each in found:
        wide = 2 * 2.093 * error(*totals[each.scope.partition(":")[2]])
        assert (each.high - each.low) / wide == pytest.approx(1, abs=0.5)  # 20 groups know a variance within a third
        assert each.design < 0.3


def test_a_segment_that_differs_is_told_apart_from_the_rest(shop) -> None:
    snapshot, _ = shop
    window = snapshot.workspace.settings.calendar.parse("2026-Q3")
    found = compare.groups(snapshot, snapshot.workspace.kpi("margin"), "company", window, ["segment"])
    assert {each.name: each.differs for each in found}["shop"]
    assert next(each for each in found if each.name == "shop").direction == "above"


def test_a_ratio_never_counts_for_more_answers_than_it_has(shop) -> None:
    snapshot, _ = shop
    kpi, window = snapshot.workspace.kpi("margin"), snapshot.workspace.settings.calendar.parse("2026-Q3")
    (whole,) = measure.figures(snapshot, kpi, ["company"], [window])
    assert whole.design < 0.3
    for each in (whole, *measure.by_cut(snapshot, kpi, "segment", [window])):
        assert each.effective_n == each.n
