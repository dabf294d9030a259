"""Facts kept in memory against the same facts asked of DuckDB, and figures as columns."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from kpis import views
from kpis.distributions import Distributions, merge
from kpis.figures import Figure
from kpis.workflows import measure
from kpis.workspace import Snapshot, open_snapshot
from tests.kpis import surveyed
from tests.kpis.surveyed import DONE, LONE, SCORE, answers

MEDIAN = LONE.replace("id: lone", "id: waited").replace("unit: percent", "unit: hours")
MEDIAN = MEDIAN.replace("{kind: top_box, value: csat, boxes: [4, 5]}", "{kind: quantile, value: csat * 3600, q: 0.5}")
MEAN = MEDIAN.replace("id: waited", "id: meant").replace("kind: quantile", "kind: mean").replace(", q: 0.5", "")
KPIS = ("done", "lone", "score", "waited", "meant")
SCOPES = ["company", "department:all", "department:north", "joint:north+south", "department:nobody", "person:p1"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Answers of three departments, two channels and none, some of them credited to nobody."""
    rows = list(answers(90, 3, lambda customer, answer: (customer + answer) % 3 > 0, department="north", person="p1"))
    rows += answers(40, 2, lambda customer, _: customer > 9, department="far", channel="phone", segment="old")
    rows += answers(30, 1, lambda customer, _: customer > 20, department="south", channel="chat", segment="new")
    rows += answers(7, 1, lambda *_: True, channel="chat")
    kpis = (DONE, LONE, SCORE, MEDIAN, MEAN)
    return surveyed.company(tmp_path_factory.mktemp("kept"), rows, kpis)


def windows(snapshot: Snapshot) -> list:
    calendar = snapshot.workspace.settings.calendar
    weeks = calendar.between(date(2026, 6, 22), date(2026, 9, 28), "week")
    return [calendar.parse("2026-Q3"), *reversed(weeks), calendar.parse("2026-07")]


def every(snapshot: Snapshot, kpi: str) -> list[Figure]:
    definition = snapshot.workspace.kpi(kpi)
    cuts = [
        figure
        for cut in ("channel", "segment")
        for within in ("company", "department:north")
        for figure in measure.by_cut(snapshot, definition, cut, windows(snapshot), within)
    ]
    return [*measure.figures(snapshot, definition, SCOPES, windows(snapshot)), *cuts]


@pytest.mark.parametrize("kpi", KPIS)
def test_what_is_kept_in_memory_adds_up_to_what_duckdb_says(made: Snapshot, kpi: str) -> None:
    asked = replace(made, held={}, memory={})
    assert all(made.kept(cube, kpi) is not None for cube in views.HELD)
    assert every(made, kpi) == every(asked, kpi)
    for level in ("department", "person"):
        names = [measure.members(each, each.workspace.kpi(kpi), level, windows(each)[-1:]) for each in (made, asked)]
        assert names[0] == names[1] != []


def test_the_smallest_kpis_of_a_cube_are_kept_and_the_others_are_asked(
    made: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = made.rows("SELECT kpi, count(*) AS n FROM facts_cuts GROUP BY kpi ORDER BY n, kpi").to_pylist()
    monkeypatch.setattr(views, "MOST_HELD", sizes[0]["n"] + sizes[1]["n"])
    few = open_snapshot(made.workspace)
    kept = [each["kpi"] for each in sizes if few.kept("cuts", each["kpi"]) is not None]
    assert kept == [each["kpi"] for each in sizes[:2]]
    assert [every(few, kpi) for kpi in KPIS] == [every(made, kpi) for kpi in KPIS]


def test_figures_are_columns_for_who_wants_all_and_a_figure_for_who_takes_one(made: Snapshot) -> None:
    found = measure.figures(made, made.workspace.kpi("done"), SCOPES, windows(made))
    figures = list(found)
    assert len(found) == len(SCOPES) * len(windows(made)) == len(figures)
    assert [found[at] for at in range(len(found))] == figures == found
    assert (found[-1], found[3:9:2]) == (figures[-1], figures[3:9:2])
    with pytest.raises(IndexError):
        found[len(found)]
    for name in ("value", "low", "high", "n"):
        wanted = [each.shown()[name] for each in figures]
        column = found.column(name)
        assert [None if np.isnan(each) else each for each in column.tolist()] == wanted
    hidden = [each.state in ("too few", "suppressed", "no data") for each in figures]
    assert any(hidden)
    assert np.isnan(found.column("value")).tolist() == hidden


def test_buckets_far_apart_add_up_like_near_ones() -> None:
    rng = np.random.default_rng(1)
    cell, bucket, n = rng.integers(0, 9, 500), rng.integers(-3, 8, 500), rng.integers(0, 2**40, 500)
    near, far = (merge(Distributions(9, cell, bucket * apart, n)) for apart in (1, 10**9))
    wide = merge(Distributions(9, cell, bucket, n.astype(object) * 2**60))
    assert near.cell.tolist() == far.cell.tolist() == wide.cell.tolist()
    assert (near.bucket * 10**9).tolist() == far.bucket.tolist()
    assert near.n.tolist() == far.n.tolist() == [each // 2**60 for each in wide.n.tolist()]


def test_a_state_without_facts_keeps_nothing_and_answers(tmp_path: Path) -> None:
    empty = surveyed.company(tmp_path, [])
    (found,) = measure.figures(empty, empty.workspace.kpi("done"), ["company"], windows(empty)[:1])
    assert (found.state, found.n) == ("no data", 0)


def test_names_that_a_file_knows_and_does_not_use_are_taken_for_no_other(tmp_path: Path) -> None:
    names = [f"k{at}" for at in range(40)]
    connection, file = duckdb.connect(), tmp_path / "facts.parquet"
    connection.execute(f"CREATE TYPE name AS ENUM ({', '.join(map(repr, names))})")
    name = "list_extract(['k7', 'k31'], 1 + i % 2)::name AS kpi"
    rows = f"SELECT {name}, DATE '2026-07-06' AS slice, i % 5 AS bucket, 1 AS n FROM range(5000) t(i)"
    connection.execute(f"COPY ({rows}) TO '{file}' (FORMAT parquet)")
    found = views._read(str(file), (), frozenset(names)).column("kpi")
    assert found.value_counts().to_pylist() == [{"values": "k7", "counts": 2500}, {"values": "k31", "counts": 2500}]
