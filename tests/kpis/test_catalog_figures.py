import math

import pytest

from kpis.workflows.build import build
from kpis.workflows.measure import figures
from kpis.workspace import Snapshot, open_snapshot, shipped_kpis
from tests.kpis.catalog_rows import BY_HAND, lake
from tests.kpis.small import SETTINGS, fill, workspace


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Everything that ships, built on a lake of a few rows a dataset."""
    where = workspace(tmp_path_factory.mktemp("catalog"), settings=SETTINGS.replace("shipped = []", 'shipped = "all"'))
    for dataset, rows in lake().items():
        fill(where, dataset, rows)
    build(where)
    return open_snapshot(where)


def test_every_shipped_kpi_has_a_figure_worked_out_by_hand() -> None:
    assert set(BY_HAND) == set(shipped_kpis())


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_a_shipped_kpi_gives_the_figure_worked_out_by_hand(snapshot: Snapshot, name: str) -> None:
    value, n, _ = BY_HAND[name]
    kpi = snapshot.workspace.kpi(name)
    [found] = figures(snapshot, kpi, ["company"], [snapshot.workspace.settings.calendar.parse("2026-03")])
    assert found.value is not None, found
    exact = kpi.measure.kind != "quantile"  # its buckets are within 2%
    assert math.isclose(found.value, value, rel_tol=1e-9 if exact else 0.02), (found.value, value)
    assert found.n == n


def test_what_still_runs_counts_as_running(snapshot: Snapshot) -> None:
    kpi, month = snapshot.workspace.kpi("time_to_resolve_median"), snapshot.workspace.settings.calendar.parse("2026-03")
    rows = snapshot.rows("SELECT count(*) AS n FROM service_cases WHERE closed_at IS NULL").column("n")[0].as_py()
    assert rows == 1
    assert figures(snapshot, kpi, ["company"], [month])[0].n == 15
