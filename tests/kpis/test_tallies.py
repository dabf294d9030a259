"""KPIs that say yes or no are grouped together: each has the facts that it would have alone, on every cube."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from data_contracts.lake import Lake
from kpis.cubes import COLUMNS
from kpis.workflows import chunks
from kpis.workflows.build import build, compute
from kpis.workflows.engines import opened
from kpis.workflows.work import Work
from kpis.workspace import Workspace, open_snapshot
from tests.kpis.small import fill, workspace

KPI = """id: {id}
version: 1
title: T
question: Q?
direction: higher
unit: count
period_of: opened
dataset: service_cases
when: opened_at
credit: {{person: person, department: department}}
cuts: {{channel: channel}}
cluster: customer
measure: {{kind: share, value: {value}}}
"""
VALUES = {"solved": "first_contact_resolved", "often": "contacts > 1"}
START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def rows(days: range) -> list[dict[str, Any]]:
    """A case a day, some of nobody, some of which one KPI or both know nothing."""
    return [
        {"case_id": f"k{day}", "opened_at": START + timedelta(days=day), "department": (None, "north", "south")[day % 3],
         "person": (None, "p_1")[day % 2], "channel": (None, "chat")[day % 2], "customer": f"c{day % 5}",
         "first_contact_resolved": (True, False, None)[day % 3], "contacts": (1, 2, 3, None)[day % 4]}
        for day in days
    ]  # fmt: skip


def company(folder: Path) -> Workspace:
    """Four months of cases, built."""
    where = workspace(folder, [KPI.format(id=name, value=value) for name, value in VALUES.items()])
    fill(where, "service_cases", rows(range(120)))
    build(where)
    return where


def test_grouped_together_the_facts_of_each_are_those_it_has_alone(tmp_path: Path) -> None:
    where = company(tmp_path)
    snapshot = open_snapshot(where)
    for name, kpi in where.kpis.items():
        alone = sorted(map(repr, compute(where, snapshot.lake, kpi).to_pylist()))
        held = snapshot.rows(f"SELECT {', '.join(COLUMNS)} FROM facts WHERE kpi = $kpi", kpi=name)
        assert sorted(map(repr, held.to_pylist())) == alone != []


def test_a_week_more_opens_no_file_that_the_log_tells_to_end_before_it(tmp_path: Path) -> None:
    where = company(tmp_path)
    fill(where, "service_cases", rows(range(150, 152)), "d2")
    now = Lake(where.lake).snapshot()
    slices = where.settings.calendar.slices((START + timedelta(150)).date(), (START + timedelta(152)).date())
    with opened(where) as engine:
        work = Work(where, engine, now, tmp_path, dict.fromkeys(where.kpis, tuple(slices)))
        every = chunks.sources(work, list(where.kpis.values()))["solved"].observations
        assert engine.stream(every.select("case_id"), pa.schema({"case_id": pa.string()})).read_all().num_rows == 2
    assert now.rows("service_cases") == 122
    assert set(build(where).kpis["solved"] or ()) == set(slices)
