"""Whatever is delivered in whatever order, the facts built step by step are those of one build of everything, row for row."""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data_contracts.commit import lake_schema
from data_contracts.lake import Lake, read_files, replace, upsert
from kpis.cubes import COLUMNS
from kpis.workflows import chunks, engines, work
from kpis.workflows.build import Built, build
from kpis.workspace import Workspace, open_snapshot
from tests.kpis.small import fill, workspace

KPI = "id: {id}\nversion: 1\ntitle: T\nquestion: Q?\ndirection: higher\nunit: count\nperiod_of: opened\n{rest}"
CASE = "dataset: service_cases\nwhen: opened_at\ncredit: {person: person, department: department}\ncluster: customer\n"
ANSWER = "dataset: survey_responses\nwhen: answered_at\ncredit: {person: person}\ncuts: {segment: customers.segment}\n"
ORDER = "dataset: orders\nwhen: ordered_at\ncredit: {person: person, through: credits, subject: order_id}\ncluster: customer\n"
KPIS = {
    "solved": CASE + "measure: {kind: share, value: first_contact_resolved}\n",
    "running": CASE
    + "measure: {kind: quantile, value: 'seconds_between(opened_at, closed_at)', q: 0.5, censored: closed_at is null}\n",
    "nps": ANSWER + "measure: {kind: nps, value: nps}\nweight: weight\ncluster: customer\n",
    "last": ANSWER + "measure: {kind: nps, value: nps}\none_answer_per: {by: customer, within: 20 days}\n",
    "value": ORDER + "measure: {kind: mean, value: amount}\n",
    "contacts": CASE + "measure: {kind: rate, events: transfers, exposure: contacts}\n",
    "per_order": CASE
    + "measure: {kind: ratio, numerator: {kpi: contacts, of: total}, denominator: {kpi: value, of: n}}\n",
    "counted": "dataset: kpi_aggregates\nwhen: day\nmeasure: {kind: mean, value: total}\ncount: {kpi: visits, form: moments}\n"
    "credit: {department: department}\n",
}
TEXTS = [KPI.format(id=name, rest=rest) for name, rest in KPIS.items()]
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
PEOPLE, CUSTOMERS, PLACES = ("p_1", "p_2", "p_3"), ("c_1", "c_2", "c_3", None), ("north", "south", None)
few = settings(
    max_examples=10, deadline=None, derandomize=True, phases=[Phase.generate]
)  # a build takes too long to shrink


def moment(day: int) -> datetime:
    return START + timedelta(days=day)


def case(at: int, day: int, draw: int) -> dict[str, Any]:
    closed = moment(day + draw) if draw % 3 else None
    return {"case_id": f"k{at}", "opened_at": moment(day), "closed_at": closed, "first_contact_resolved": draw % 2 == 0,
            "contacts": 1 + draw % 3, "transfers": draw % 4, "person": PEOPLE[draw % 3], "department": PLACES[at % 3],
            "customer": CUSTOMERS[draw % 4]}  # fmt: skip


def answer(at: int, day: int, draw: int) -> dict[str, Any]:
    return {"response_id": f"r{at}", "answered_at": moment(day), "nps": draw % 11, "weight": 1 + draw % 3 / 4,
            "person": PEOPLE[at % 3], "customer": CUSTOMERS[draw % 4]}  # fmt: skip


def order(at: int, day: int, draw: int) -> dict[str, Any]:
    return {"order_id": f"o{at}", "ordered_at": moment(day), "amount": 100 * draw, "status": "delivered",
            "person": PEOPLE[draw % 3], "customer": CUSTOMERS[at % 3]}  # fmt: skip


def total(at: int, day: int, draw: int) -> dict[str, Any]:
    return {"kpi": "visits", "day": moment(day).date(), "department": PLACES[at % 2], "n": 1 + draw, "total": 3.5 * draw,
            "squares": 20.0 * draw}  # fmt: skip


ROWS: dict[str, Callable[[int, int, int], dict[str, Any]]] = {
    "service_cases": case, "survey_responses": answer, "orders": order, "kpi_aggregates": total,
}  # fmt: skip
KEYS = {"service_cases": ["case_id"], "survey_responses": ["response_id"], "orders": ["order_id"]}
numbers = st.tuples(st.integers(0, 14), st.integers(0, 80), st.integers(0, 40))
delivered = st.tuples(
    st.sampled_from(sorted(ROWS)), st.lists(numbers, min_size=1, max_size=8, unique_by=lambda x: x[0])
)
referred = st.tuples(
    st.sampled_from(["assignments", "credits", "customers"]), st.lists(numbers, min_size=0, max_size=5)
)
deliveries = st.lists(st.one_of(delivered, delivered, referred), min_size=2, max_size=5)


def written(where: Workspace, dataset: str, rows: Sequence[Mapping[str, Any]]) -> pa.RecordBatchReader:
    schema = lake_schema(where.contracts[dataset])
    return pa.Table.from_pylist([dict.fromkeys(schema.names) | dict(row) for row in rows], schema=schema).to_reader()


def deliver(where: Workspace, name: str, number: int, drawn: list[tuple[int, int, int]]) -> None:
    """Rows that are new or take the place of others by key; references that take the place of all before."""
    marks = [{"_delivery": f"d{number}", "_row": at} for at in range(len(drawn))]
    if name in ROWS:
        rows = [ROWS[name](*each) | mark for each, mark in zip(drawn, marks, strict=True)]
        table = Lake(where.lake).open(name, lake_schema(where.contracts[name]))
        if name in KEYS:
            upsert(table, written(where, name, rows), KEYS[name])
        else:
            fill(where, name, rows, f"d{number}")
        return
    made = {
        "assignments": lambda at, day, draw: {"person": PEOPLE[at % 3], "department": ("north", "south")[draw % 2],
                                              "share": 1_000_000, "valid_from": moment(day).date(), "valid_to": None},
        "credits": lambda at, _day, draw: {"subject": f"o{at}", "person": PEOPLE[draw % 3], "parts": 1 + draw % 3},
        "customers": lambda at, _day, draw: {"customer": CUSTOMERS[at % 3], "segment": ("home", "firm")[draw % 2]},
    }[name]  # fmt: skip
    once = {each[0] % 3 if name != "credits" else each[0]: each for each in drawn}.values()
    rows = [made(*each) | {"_delivery": f"d{number}", "_row": at} for at, each in enumerate(once)]
    replace(Lake(where.lake).open(name, lake_schema(where.contracts[name])), written(where, name, rows))


def facts(where: Workspace) -> list[dict[str, Any]]:
    return open_snapshot(where).rows("SELECT * FROM facts ORDER BY ALL").to_pylist()


@few
@given(drawn=deliveries)
def test_built_after_every_delivery_or_once_at_the_end_the_facts_are_the_same(drawn: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        where = workspace(Path(folder), TEXTS)
        for number, (name, rows) in enumerate(drawn):
            deliver(where, name, number, rows)
            build(where)
        step, designs = facts(where), open_snapshot(where).designs
        build(where, everything=True)
        assert facts(where) == step
        assert open_snapshot(where).designs == designs


def first(where: Workspace) -> None:
    """A year of everything."""
    for number, name in enumerate(ROWS):
        deliver(where, name, number, [(at, 5 * at, 7 * at % 41) for at in range(15)])
    deliver(where, "customers", 8, [(at, 0, 0) for at in range(3)])
    deliver(where, "assignments", 9, [(at, 0, at) for at in range(3)])
    deliver(where, "credits", 10, [(at, 0, at) for at in range(5)])


@pytest.fixture
def where(tmp_path: Path) -> Workspace:
    made = workspace(tmp_path, TEXTS)
    first(made)
    build(made)
    return made


def test_a_build_with_nothing_new_reads_no_data(where: Workspace) -> None:
    version = Lake(where.lake).table("facts").version()
    for file in where.lake.glob("*/**/*.parquet"):
        file.write_bytes(b"unreadable")
    assert build(where) == Built({}, 0, version)


@pytest.mark.parametrize(
    ("dataset", "rows", "touched"),
    [
        ("service_cases", [(99, 33, 2)], {"solved", "running", "contacts", "per_order"}),
        ("survey_responses", [(99, 33, 2)], {"nps", "last"}),
        ("orders", [(99, 33, 2)], {"value", "per_order"}),
        ("kpi_aggregates", [(99, 33, 2)], {"counted"}),
    ],
)
def test_a_late_row_touches_its_own_slice_of_its_own_kpis(
    where: Workspace, dataset: str, rows: Any, touched: Any
) -> None:
    deliver(where, dataset, 20, rows)
    built = build(where).kpis
    assert set(built) == touched
    own = where.settings.calendar.slice_of(moment(33).date())
    assert all(own in (slices or ()) for slices in built.values())
    assert all(slices == (own,) for name, slices in built.items() if name != "last")


def test_a_corrected_row_touches_the_slice_it_leaves_and_the_one_it_enters(where: Workspace) -> None:
    deliver(where, "service_cases", 20, [(3, 60, 21)])
    calendar = where.settings.calendar
    left, entered = (calendar.slice_of(moment(day).date()) for day in (15, 60))
    assert build(where).kpis["solved"] == (left, entered)


def test_a_later_answer_takes_the_place_of_one_in_an_earlier_slice(tmp_path: Path) -> None:
    where = workspace(tmp_path, [text for text in TEXTS if "id: last\n" in text])
    give = {"nps": 9, "customer": "c_1"}
    fill(where, "survey_responses", [give | {"response_id": "a", "answered_at": moment(10)}], "d1")
    build(where)
    fill(where, "survey_responses", [give | {"response_id": "b", "answered_at": moment(29)}], "d2")
    slices = [where.settings.calendar.slice_of(moment(day).date()) for day in (10, 29)]
    assert build(where).kpis == {"last": tuple(slices)}
    assert open_snapshot(where).rows("SELECT slice, n FROM facts_company").to_pylist() == [
        {"slice": slices[1], "n": 1_000_000}
    ]


@pytest.mark.parametrize(
    ("dataset", "rows", "kpis"),
    [
        ("customers", [(0, 0, 1), (1, 0, 0), (2, 0, 0)], {"nps", "last"}),
        ("credits", [(0, 0, 1), *((at, 0, at) for at in range(1, 5))], {"value", "per_order"}),
        (
            "assignments",
            [(0, 50, 0), (1, 0, 1), (2, 0, 2)],
            {"solved", "running", "nps", "last", "value", "contacts", "per_order"},
        ),
    ],
)
def test_a_changed_reference_touches_the_slices_of_the_rows_it_says_something_of(
    where: Workspace, dataset: str, rows: Any, kpis: set[str]
) -> None:
    before = facts(where)
    deliver(where, dataset, 20, rows)
    built = build(where).kpis
    assert set(built) <= kpis
    assert built
    assert all(slices is not None for slices in built.values())
    step = facts(where)
    assert step != before
    build(where, everything=True)
    assert facts(where) == step


def test_facts_of_an_older_layout_are_built_anew(tmp_path: Path) -> None:
    where = workspace(tmp_path, TEXTS[:1])
    fill(where, "service_cases", [case(1, 3, 2)], "d1")
    build(where)
    expected = facts(where)
    shutil.rmtree(where.lake / "facts")
    old = pa.table({"kpi": ["solved"], "cube": ["place"], "slice": pa.array([date(2026, 1, 1)], pa.date32()), "n": [5]})
    from deltalake import CommitProperties, write_deltalake

    built = CommitProperties(custom_metadata={"goldenthread.built": "{}"})
    write_deltalake(str(where.lake / "facts"), old, partition_by=["kpi", "cube"], commit_properties=built)
    write_deltalake(str(where.lake / "facts"), old, mode="append", commit_properties=built)
    assert facts(where) == []
    assert build(where).kpis == {"solved": None}
    assert facts(where) == expected


def test_a_kpi_that_is_gone_takes_its_facts_along(where: Workspace, tmp_path: Path) -> None:
    (tmp_path / "kpis" / "per_order.yaml").unlink()
    (tmp_path / "kpis" / "solved.yaml").unlink()
    fewer = workspace(tmp_path, [])
    assert build(fewer).kpis == {}
    held = {row["kpi"] for row in facts(fewer)}
    assert held == set(KPIS) - {"per_order", "solved"}


def test_stretch_by_stretch_the_facts_are_those_of_one_stretch(where: Workspace, tmp_path: Path) -> None:
    now = Lake(where.lake).snapshot()
    with engines.opened(where) as engine:
        short = work.Work(where, engine, now, tmp_path / "short", dict.fromkeys(where.kpis), most=40)
        files = [str(file) for file in chunks.written(short)]
    assert len({file for file in files if "cube=company" in file}) > 2
    empty = work.SCHEMA.empty_table()
    every = f"SELECT * FROM {read_files(files, partitioned=True)} UNION ALL BY NAME FROM empty"
    found = duckdb.sql(f"SELECT {', '.join(COLUMNS)} FROM ({every}) ORDER BY ALL")
    assert len(empty) == 0
    assert found.to_arrow_table().to_pylist() == facts(where)


def test_more_names_than_an_enumeration_may_hold_stay_text_with_the_same_facts(
    where: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = facts(where)
    monkeypatch.setattr(engines, "NAMES", 2)
    build(where, everything=True)
    assert facts(where) == expected


def test_a_name_that_the_engine_was_not_told_of_is_an_error_and_not_nothing(where: Workspace) -> None:
    known, other = (ibis.array([name]).unnest().name("_person").as_table() for name in ("p_1", "p_2"))
    with engines.opened(where) as engine:
        engine.code("person", known)
        assert engine.stream(engine.keep("placed", known), pa.schema({"_person": pa.string()})).read_all().num_rows == 1
        with pytest.raises(duckdb.ConversionException):
            engine.keep("placed", other)


def test_a_build_that_breaks_leaves_no_files_behind(where: Workspace) -> None:
    before = sorted((where.lake / "facts").glob("*/*.parquet"))
    deliver(where, "service_cases", 20, [(3, 60, 21)])
    fill(where, "departments", [{"department": "north", "name": "North"}])
    for file in (where.lake / "departments").glob("*.parquet"):
        file.write_bytes(b"unreadable")  # read last, when the new facts are written already
    with pytest.raises(duckdb.Error):
        build(where)
    assert sorted((where.lake / "facts").glob("*/*.parquet")) == before
