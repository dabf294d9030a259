"""Facts that are counted in the process are those that the engine would group, and what does not fit is left to it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.lake import Lake
from kpis import counting
from kpis.cubes import COLUMNS, CUBES
from kpis.definitions import parse
from kpis.workflows import chunks
from kpis.workflows.build import build, compute
from kpis.workflows.counting import counted
from kpis.workflows.engines import opened
from kpis.workflows.work import Stretch, Work
from kpis.workspace import Workspace, open_snapshot
from tests.kpis import measured
from tests.kpis.small import fill, workspace

ALONE = {"nps", "top_box", "mean_scaled", "share", "median", "open_cases", "days", "credited"}
WAITED = measured.texts()["median"]
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
SIZES = {"slice": 3, "department": 3, "person": 4, "segment": 2, "channel": 3, "uncredited": 3, "replicate": 21}
ROWS = st.lists(
    st.tuples(*(st.integers(0, size - 1) for size in SIZES.values()), st.integers(0, 10**6), st.integers(-9, 9)),
    min_size=1, max_size=60,
)  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The company of every measure, built."""
    where = measured.filled(tmp_path_factory.mktemp("counted"))
    build(where)
    return where


@pytest.mark.parametrize("name", list(measured.texts()))
def test_the_facts_in_the_lake_are_those_that_the_engine_groups_by_itself(built: Workspace, name: str) -> None:
    snapshot, kpi = open_snapshot(built), built.kpis[name]
    parts = {part: built.kpis[part] for part in kpi.parts}
    alone = sorted(map(repr, compute(built, snapshot.lake, kpi, parts).select(COLUMNS).to_pylist()))
    held = snapshot.rows(f"SELECT {', '.join(COLUMNS)} FROM facts WHERE kpi = $kpi", kpi=name)
    assert sorted(map(repr, held.to_pylist())) == alone != []


def test_a_row_that_arrives_counted_without_its_count_says_nothing(built: Workspace) -> None:
    lacking = open_snapshot(built).rows("SELECT DISTINCT kpi FROM facts WHERE bucket IS NULL OR n IS NULL")
    assert lacking.to_pylist() == []


def test_what_is_counted_here_is_what_neither_weighs_nor_squares_nor_looks_at_other_rows(
    built: Workspace, tmp_path: Path
) -> None:
    with opened(built) as engine:
        work = Work(built, engine, Lake(built.lake).snapshot(), tmp_path, dict.fromkeys(built.kpis))
        given_ = chunks.sources(work, [kpi for kpi in built.kpis.values() if kpi.measure.kind != "ratio"])
        days = tuple(built.settings.calendar.slices(START.date(), (START + timedelta(60)).date()))
        done, files = counted(Stretch(work, given_, days, 0))
    assert done == ALONE
    assert {file.parent.name for file in files} == {f"cube={cube}" for cube in CUBES}


def test_sums_that_64_bits_do_not_hold_are_left_to_the_engine(tmp_path: Path) -> None:
    where = workspace(tmp_path, [WAITED])
    rows = [{"case_id": f"k{at}", "opened_at": START, "closed_at": START + timedelta(days=99_999)} for at in range(900)]
    fill(where, "service_cases", rows)
    build(where)
    snapshot, kpi = open_snapshot(where), where.kpi("median")
    alone = {row["cube"]: row["x"] for row in compute(where, snapshot.lake, kpi).to_pylist()}
    assert {row["cube"]: row["x"] for row in snapshot.rows("SELECT cube, x FROM facts").to_pylist()} == alone
    assert alone["company"] > 2**62


@given(ROWS)
def test_every_cube_adds_up_what_rows_of_the_same_keys_and_bucket_hold(rows: list[tuple[int, ...]]) -> None:
    columns = dict(zip([*SIZES, "share", "amount"], np.array(rows, dtype=np.int64).T, strict=True))
    kpi = parse(WAITED, "median")
    placed = counting.Placed({name: columns[name] for name in SIZES}, SIZES, columns["share"])
    chosen = np.flatnonzero(columns["amount"] != 5)
    if not len(chosen):
        return
    amount = columns["amount"][chosen]
    found = counting.cubes(kpi, placed, chosen, amount, amount // 2)
    for cube, keys in CUBES.items():
        n, x = Counter[tuple[int, ...]](), Counter[tuple[int, ...]]()
        for at, value in zip(chosen.tolist(), amount.tolist(), strict=True):
            key = tuple(value // 2 if name == "bucket" else int(columns[name][at]) for name in keys)
            n[key] += int(columns["share"][at])
            x[key] += int(columns["share"][at]) * value
        held = found[cube]
        cells = list(zip(*(held.keys[name].tolist() for name in keys), strict=True))
        assert cells == sorted(set(n))
        assert held.moments["n"].tolist() == [n[cell] for cell in cells]
        assert held.moments["x"].tolist() == [x[cell] for cell in cells]


def test_more_rows_in_a_slice_than_a_stretch_should_have_stay_with_the_engine(built: Workspace, tmp_path: Path) -> None:
    by = dict[int, set[str]]()
    for most in (1, 10**6):
        with opened(built) as engine:
            work = Work(built, engine, Lake(built.lake).snapshot(), tmp_path, {"nps": None}, most)
            by[most] = {pq.read_metadata(file).created_by.split(" ")[0] for file in chunks.written(work)}
    assert by == {1: {"DuckDB"}, 10**6: {"parquet-cpp-arrow"}}


def test_keys_or_sums_too_wide_for_64_bits_are_refused() -> None:
    one = np.zeros(1, dtype=np.int64)
    kpi = parse(WAITED, "median")
    with pytest.raises(OverflowError):
        counting.cubes(kpi, counting.Placed(dict.fromkeys(SIZES, one), dict.fromkeys(SIZES, 2**16)), one, one, one)
    with pytest.raises(OverflowError):
        counting.cubes(kpi, counting.Placed(dict.fromkeys(SIZES, one), SIZES), one, one + 2**50, one)


def test_a_week_more_opens_no_file_that_the_log_tells_to_end_before_it(tmp_path: Path) -> None:
    where = workspace(tmp_path, [WAITED])
    fill(where, "service_cases", [{"case_id": f"k{day}", "opened_at": START + timedelta(day)} for day in range(120)])
    build(where)
    fill(
        where,
        "service_cases",
        [{"case_id": f"l{day}", "opened_at": START + timedelta(day)} for day in (150, 151)],
        "d2",
    )
    now = Lake(where.lake).snapshot()
    slices = where.settings.calendar.slices((START + timedelta(150)).date(), (START + timedelta(152)).date())
    with opened(where) as engine:
        work = Work(where, engine, now, tmp_path, {"median": tuple(slices)})
        every = chunks.sources(work, [where.kpi("median")])["median"].observations
        assert engine.stream(every.select("case_id"), pa.schema({"case_id": pa.string()})).read_all().num_rows == 2
    assert now.rows("service_cases") == 122
    assert set(build(where).kpis["median"] or ()) == set(slices)
