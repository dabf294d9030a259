"""No cube explodes: how many facts there can be is a formula, which docs/scale.md states and built facts keep."""

import math
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from data_contracts.lake import FACTS, Lake
from kpis.calendar import Calendar
from kpis.cubes import CUBES
from kpis.workflows.build import build
from tests.conftest import ROOT
from tests.kpis.small import fill, workspace

SCALE = ROOT / "docs" / "scale.md"
OBSERVATIONS, SLICES = 100_000_000, len(Calendar().slices(date(2024, 1, 1), date(2025, 12, 29)))
SIZES = {"slice": SLICES, "department": 202, "person": 20_001, "segment": 5, "channel": 6, "replicate": 20}
BUCKETS = (11, 2, 491)
LETTERS = {"slice": "S", "department": "(D+2)", "person": "(P+1)", "segment": "G", "channel": "C", "replicate": "20"}
# A person sits in one department; a reason for having no department stands instead of one.
FREE = {"place": (), "person": ("department",), "replicates": (), "department": (), "cuts": (), "company": ()}
KPI = """id: k
version: 1
title: T
question: Q?
direction: higher
dataset: service_cases
when: opened_at
period_of: opened
measure: {kind: quantile, value: contacts, q: 0.5}
credit: {person: person, department: department}
cuts: {segment: reason, channel: channel}
cluster: customer
unit: count
"""


def keys(cube: str) -> list[str]:
    """The keys that multiply the rows of a cube."""
    return [name for name in CUBES[cube] if name not in ("bucket", "uncredited", *FREE[cube])]


def most(cube: str, sizes: dict[str, int], buckets: int, observations: int) -> int:
    """The most rows that a cube can have."""
    return min(observations, math.prod(sizes[name] for name in keys(cube)) * buckets)


def table() -> str:
    """The table of docs/scale.md."""
    lines = []
    for cube in CUBES:
        product = " · ".join([*(LETTERS[name] for name in keys(cube)), "B"])
        found = " | ".join(f"{most(cube, SIZES, each, OBSERVATIONS):,}" for each in BUCKETS)
        lines.append(f"| {cube} | {', '.join(CUBES[cube])} | {product} | {found} |")
    return "\n".join(lines) + "\n"


def test_the_bounds_that_the_documentation_states_are_those_of_the_cubes() -> None:
    assert table() in SCALE.read_text("utf-8")


@pytest.mark.parametrize("size", [50, 2_000])
def test_built_facts_keep_the_bounds_with_few_observations_and_with_many(tmp_path: Path, size: int) -> None:
    where, draw = workspace(tmp_path, [KPI]), random.Random(7)
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    rows = [
        {
            "opened_at": start + timedelta(days=draw.randrange(20)),
            "person": draw.choice(["p0", "p1", None]),
            "department": draw.choice(["d0", None]),
            "reason": draw.choice("ab"),
            "channel": draw.choice("xyz"),
            "customer": f"c{draw.randrange(30)}",
            "contacts": draw.choice([0, 1, 5]),
        }
        for _ in range(size)
    ]
    fill(where, "service_cases", rows)
    build(where)
    facts = Lake(where.lake).table(FACTS).to_pyarrow_table()
    slices = len(Calendar().slices(date(2026, 1, 1), date(2026, 1, 21)))
    sizes = {
        "slice": slices,
        "department": 3,
        "person": 6,
        "segment": 2,
        "channel": 3,
        "replicate": 20,
    }  # p0 with and without d0
    counts = {each["values"]: each["counts"] for each in facts["cube"].value_counts().to_pylist()}
    assert set(counts) == set(CUBES)
    assert {cube: n for cube, n in counts.items() if n > most(cube, sizes, 3, size)} == {}
