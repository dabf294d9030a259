"""A small company whose customers answer more than once, for tests of what repeats."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kpis.workflows.build import build
from kpis.workspace import Snapshot, open_snapshot
from tests.kpis.small import SETTINGS, fill, workspace

STEWARD = "ada@example.org"

DONE = """id: done
version: 1
title: Done
question: Was it done?
direction: higher
dataset: survey_responses
when: answered_at
period_of: answered
measure: {kind: top_box, value: csat, boxes: [4, 5]}
credit: {person: person, department: department}
cuts: {segment: segment, channel: channel}
cluster: customer
unit: percent
min_n_show: 10
"""
LONE = DONE.replace("id: done", "id: lone").replace("cluster: customer\n", "")
SCORE = DONE.replace("id: done", "id: score").replace(
    "{kind: top_box, value: csat, boxes: [4, 5]}", "{kind: nps, value: nps}"
)
SCORE = SCORE.replace("unit: percent", "unit: points")
TREE = [("all", None), ("north", "all"), ("south", "all"), ("west", "all"), ("far", "north")]
MONDAY = datetime(2026, 7, 6, 9, tzinfo=UTC)
Row = dict[str, Any]


def answers(
    customers: int,
    each: int,
    good: Callable[[int, int], bool],
    start: datetime = MONDAY,
    days: int = 70,
    **more: Any,
) -> Iterator[Row]:
    """`each` answers of so many customers, spread over days; `good(customer, answer)` says which are."""
    for at in range(customers * each):
        customer, answer = divmod(at, each)
        happy, moment = good(customer, answer), start + timedelta(days=at * 7 % days)
        score = {"csat": 5, "nps": 10} if happy else {"csat": 2, "nps": 3}
        named = {"customer": f"c{customer}", "answered_at": moment, "survey": "s"}
        yield named | score | {key: value(customer) if callable(value) else value for key, value in more.items()}


def company(
    folder: Path, rows: list[Row], kpis: tuple[str, ...] = (DONE,), **datasets: list[Mapping[str, Any]]
) -> Snapshot:
    """A workspace with those answers, built: a root, three departments and one below north."""
    where = workspace(folder, kpis, f'{SETTINGS}[access]\nsteward = ["{STEWARD}"]\n')
    fill(where, "departments", [{"department": name, "name": name.title(), "parent": parent} for name, parent in TREE])
    fill(where, "survey_responses", [{"response_id": f"r{at}"} | row for at, row in enumerate(rows)])
    for name, given in datasets.items():
        fill(where, name, given)
    build(where)
    return open_snapshot(where)
