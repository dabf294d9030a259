"""Slices told by the moments at which they begin, against the engine's own calendar."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kpis.workflows import chunks
from kpis.workflows.build import build
from kpis.workspace import open_snapshot
from tests.kpis.small import SETTINGS, fill, workspace
from tests.kpis.surveyed import LONE


@pytest.mark.parametrize("zone", ["UTC", "Europe/Amsterdam", "America/Havana", "Pacific/Apia"])
def test_rows_lie_in_the_slice_of_their_day_whatever_clocks_do(tmp_path: Path, zone: str) -> None:
    """Every half hour of five weeks in which clocks change; the build compares moments, `compute` asks for days."""
    where = workspace(tmp_path, [LONE], SETTINGS.replace("[kpis]", f'zone = "{zone}"\n[kpis]'))
    start = datetime(2024, 10, 25, tzinfo=UTC)
    moments = [start + timedelta(minutes=30 * at) for at in range(35 * 48)]
    rows = [{"customer": f"c{at}", "csat": at % 5 + 1, "survey": "s"} for at in range(len(moments))]
    rows = [{"response_id": f"r{at}", "answered_at": moments[at], **row} for at, row in enumerate(rows)]
    fill(where, "survey_responses", rows)
    build(where)
    snapshot = open_snapshot(where)
    names = "cube, slice, bucket, n"
    built = snapshot.rows(f"SELECT {names} FROM facts ORDER BY ALL")
    asked = chunks.compute(where, snapshot.lake, where.kpi("lone")).select(names.split(", "))
    assert len(set(built.column("slice").to_pylist())) >= 7
    assert built.to_pylist() == asked.sort_by([(name, "ascending") for name in names.split(", ")]).to_pylist()
