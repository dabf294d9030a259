"""DuckDB and Spark give the same facts, to the last integer: every kind of measure, over the files of the same Delta tables."""

import importlib.util
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from tests.kpis import measured
from tests.kpis.small import SETTINGS, fill, workspace


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    need("pyspark", importlib.util.find_spec("pyspark"))
    program("java")
    with engines.spark("local[2]", "Europe/Amsterdam") as found:
        found.conf.set("spark.sql.shuffle.partitions", "2")
        yield found


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The company of every measure."""
    return measured.filled(tmp_path_factory.mktemp("spark"))


def on(where: Workspace, kind: str, **options: Any) -> Workspace:
    """The workspace with its engine chosen."""
    return replace(where, settings=where.settings.model_copy(update={"engine": Engine(kind=kind, **options)}))


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    """The rows, in an order of their own."""
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)


@pytest.mark.parametrize("name", list(measured.texts()))
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
