"""DuckDB and Spark give the same facts, to the last integer: every kind of measure, over the files of the same Delta tables."""

import importlib.util
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from data_contracts.lake import Lake
from data_contracts.problems import Problems
from kpis.settings import Engine
from kpis.settings import parse as parse_settings
from kpis.workflows import engines
from kpis.workflows.build import SCHEMA, build, compute
from kpis.workspace import Workspace, open_snapshot, shipped_kpis, told
from tests.conftest import need, program
from tests.kpis.small import SETTINGS, fill, workspace

KPI = """id: {id}
version: 1
title: {id}
question: Q?
direction: higher
dataset: {dataset}
when: {when}
period_of: opened
credit: {{person: person, department: department{through}}}
unit: count
cluster: customer
{rest}
"""
ANSWER = {"dataset": "survey_responses", "when": "answered_at"}
CASE = {"dataset": "service_cases", "when": "opened_at"}
ORDER = {"dataset": "orders", "when": "ordered_at"}
MEASURES: dict[str, tuple[dict[str, str], str]] = {
    "nps": (ANSWER, "measure: {kind: nps, value: nps}\ncuts: {segment: segment, channel: channel}"),
    "nps_weighted": (ANSWER, "measure: {kind: nps, value: nps}\nweight: weight\ncuts: {segment: customers.segment}"),
    "top_box": (ANSWER, "measure: {kind: top_box, value: csat, boxes: [4, 5]}\nfilter: trim(survey) <> ''"),
    "mean_scaled": (ANSWER, "measure: {kind: mean, value: ces, low: 1, high: 7}"),
    "last_answer": (ANSWER, "measure: {kind: nps, value: nps}\none_answer_per: {by: customer, within: 90 days}"),
    "share": (
        CASE,
        "measure: {kind: share, value: 'hours_between(opened_at, closed_at) <= 47.5'}\ncuts: {channel: upper(channel)}",
    ),
    "median": (CASE, "measure: {kind: quantile, value: 'seconds_between(opened_at, closed_at)', q: 0.5}"),
    "open_cases": (
        CASE,
        "measure: {kind: quantile, value: 'seconds_between(opened_at, closed_at)', q: 0.9, censored: closed_at is null}",
    ),
    "rate": (CASE, "measure: {kind: rate, events: transfers, exposure: contacts}"),
    "days": (CASE, "measure: {kind: quantile, value: 'days_between(opened_at, closed_at)', q: 0.5}"),
    "division": (CASE, "measure: {kind: mean, value: 100 * transfers / contacts}"),
    "amount": (ORDER, "measure: {kind: mean, value: amount}\nfilter: status <> 'cancelled'"),
    "amount_weighted": (ORDER, "measure: {kind: mean, value: amount}\nweight: amount / 7"),
    "credited": (ORDER, "measure: {kind: share, value: on_day(delivered_at) <= on_day(promised_at)}"),
    "ratio": (
        ORDER,
        "measure: {kind: ratio, numerator: {kpi: amount, of: total}, denominator: {kpi: amount, of: n}}",
    ),
}
COUNTED = {
    "ones": "{kind: share, value: ones}",
    "buckets": "{kind: nps, value: bucket}",
    "moments": "{kind: mean, value: total}",
}
DST = [
    datetime(2026, 3, 28, 22, tzinfo=UTC),
    datetime(2026, 10, 24, 21, tzinfo=UTC),
    datetime(2025, 12, 31, 22, tzinfo=UTC),
]


def texts() -> dict[str, str]:
    """A definition of every kind, by identity."""
    found = {
        name: KPI.format(
            id=name, rest=rest, through=", through: credits, subject: order_id" if name == "credited" else "", **place
        )
        for name, (place, rest) in MEASURES.items()
    }
    for form, measure in COUNTED.items():
        rest = f"measure: {measure}\ncount: {{kpi: c, form: {form}}}"
        text = KPI.format(id=f"counted_{form}", dataset="kpi_aggregates", when="day", rest=rest, through="")
        found[f"counted_{form}"] = text.replace("cluster: customer\n", "")
    return found


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    need("pyspark", importlib.util.find_spec("pyspark"))
    program("java")
    with engines.spark("local[2]", "Europe/Amsterdam") as found:
        found.conf.set("spark.sql.shuffle.partitions", "2")
        yield found


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A lake with moments around the changes of the clock and of months, missing values, split credit and two deliveries."""
    where = workspace(tmp_path_factory.mktemp("spark"), list(texts().values()))
    draw = np.random.default_rng(3)
    people = [{"person": f"p{at}"} for at in range(6)]
    since = {"valid_from": date(2025, 1, 1), "valid_to": date(2026, 6, 17)}
    held = [row | since | {"department": f"d{at % 3}", "share": 600_000} for at, row in enumerate(people[:5])]
    held += [row | since | {"department": "d3", "share": 400_000} for row in people[:5]]
    fill(where, "assignments", held)
    fill(where, "customers", [{"customer": f"c{at}", "segment": ("ä", "b", None)[at % 3]} for at in range(40)])
    for delivery, size in (("one", 300), ("two", 150)):
        for dataset, rows in drawn(draw, size).items():
            fill(where, dataset, rows, delivery)
    return where


def drawn(draw: np.random.Generator, size: int) -> dict[str, list[dict[str, Any]]]:
    """Rows of four datasets, `size` each; a tenth of every column is missing."""

    def some(*values: Any) -> Any:
        return None if draw.random() < 0.1 else values[draw.integers(len(values))]

    def moment() -> datetime:
        near = DST[draw.integers(3)] if draw.random() < 0.3 else DST[2] + timedelta(days=int(draw.integers(330)))
        return near + timedelta(microseconds=int(draw.integers(6 * 3600 * 10**6)))

    def later(start: datetime) -> datetime | None:
        return some(
            start + timedelta(microseconds=int(10 ** draw.uniform(0, 13))), start - timedelta(seconds=90), start
        )

    found: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("survey_responses", "service_cases", "orders", "kpi_aggregates", "credits")
    }
    for at in range(size):
        start = moment()
        known = {
            "customer": some(*(f"c{each}" for each in range(40))),
            "person": some(*(f"p{each}" for each in range(6))),
        }
        known |= {"department": some("d0", "d9", "é"), "channel": some("phone", "mail")}
        scores = {
            "nps": some(*range(11)),
            "csat": some(1, 2, 3, 4, 5),
            "ces": some(*range(1, 8)),
            "weight": some(0.5, 1.0, 0.0000005, 2.3456785),
        }
        found["survey_responses"].append(
            known | scores | {"answered_at": start, "survey": some("a", " "), "segment": some("x", "Y")}
        )
        counts = {"contacts": some(0, 1, 2, 3), "transfers": some(0, 1, 7)}
        found["service_cases"].append(known | counts | {"opened_at": start, "closed_at": later(start)})
        order = {"order_id": f"o{at}", "ordered_at": start, "delivered_at": later(start), "promised_at": later(start)}
        found["orders"].append(
            known | order | {"amount": some(0, 1, -250, 99_999, 10**9 + 7), "status": some("open", "cancelled")}
        )
        found["credits"] += [
            {"subject": f"o{at}", "person": f"p{each}", "parts": int(draw.integers(1, 8))} for each in range(at % 4)
        ]
        counted = {
            "n": 20,
            "ones": some(0, 3, 20),
            "bucket": some(0, 6, 9, 10),
            "total": some(0.1, 12.345675, 1e6),
            "squares": 0.7,
        }
        found["kpi_aggregates"].append(known | counted | {"kpi": "c", "day": start.date()})
    return found


def on(where: Workspace, kind: str, **options: Any) -> Workspace:
    """The workspace with its engine chosen."""
    return replace(where, settings=where.settings.model_copy(update={"engine": Engine(kind=kind, **options)}))


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    """The rows, in an order of their own."""
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)


@pytest.mark.parametrize("name", list(texts()))
def test_the_facts_of_every_kind_of_measure_are_the_same_on_both_engines(
    session: Any, filled: Workspace, name: str
) -> None:
    now, kpi = Lake(filled.lake).snapshot(), filled.kpis[name]
    parts = {part: filled.kpis[part] for part in kpi.parts}
    one, other = (rows(compute(on(filled, kind), now, kpi, parts)) for kind in ("duckdb", "spark"))
    assert one == other
    assert len({row[1] for row in one}) == (5 if "counted" in name else 6), "every cube holds something"


def test_a_build_on_spark_leaves_the_same_facts_and_design_effects_in_the_lake(session: Any, filled: Workspace) -> None:
    some, found = replace(filled, kpis={name: filled.kpis[name] for name in ("nps", "amount", "ratio")}), []
    for kind in ("duckdb", "spark"):
        version = build(on(some, kind), everything=True).version
        facts = open_snapshot(some).rows(f"SELECT {', '.join(SCHEMA.names)} FROM facts")
        found.append((rows(facts), told(Lake(some.lake), version)))
    assert found[0] == found[1]
    assert len(found[0][0]) > 1000


def test_every_kpi_that_ships_compiles_on_spark(session: Any, tmp_path: Path) -> None:
    where = on(workspace(tmp_path, settings=SETTINGS.replace("shipped = []", 'shipped = "all"')), "spark")
    for dataset in {kpi.dataset for kpi in where.kpis.values()}:
        fill(where, dataset, [])
    now = Lake(where.lake).snapshot()
    assert {name: compute(where, now, kpi, where.kpis).num_rows for name, kpi in where.kpis.items()} == dict.fromkeys(
        shipped_kpis(), 0
    )


def test_spark_reads_a_copy_of_the_lake_where_its_executors_see_it(
    session: Any, filled: Workspace, tmp_path: Path
) -> None:
    some, elsewhere = replace(filled, kpis={"nps": filled.kpis["nps"]}), tmp_path / "bucket [1] {a,b}"
    shutil.copytree(filled.lake, elsewhere, ignore=shutil.ignore_patterns("facts"))
    build(on(some, "spark", lake=str(elsewhere)), everything=True)
    there = open_snapshot(some)
    build(on(some, "duckdb"), everything=True)
    columns = f"SELECT {', '.join(SCHEMA.names)} FROM facts"
    assert rows(there.rows(columns)) == rows(open_snapshot(some).rows(columns))


def test_without_java_spark_says_what_is_missing_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    need("pyspark", importlib.util.find_spec("pyspark"))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with (
        pytest.raises(Problems, match="Install Java 17"),
        engines.spark("local[1]", "UTC"),
    ):
        pass


def test_an_engine_that_does_not_exist_and_memory_that_is_no_size_are_told_with_their_place() -> None:
    with pytest.raises(Problems) as found:
        parse_settings(SETTINGS + '[engine]\nkind = "dask"\nmemory = "much"\nmastr = "x"\n')
    told = str(found.value)
    assert "engine.kind" in told
    assert "engine.memory" in told
    assert "Did you mean 'master'?" in told
