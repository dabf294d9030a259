"""The figures of every cell at once against those of the same facts by the rules that every page uses."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis import figures
from kpis.distributions import Distributions, merge, totals
from kpis.workflows import every
from kpis.workspace import Snapshot
from tests.kpis import surveyed
from tests.kpis.surveyed import DONE, LONE, SCORE, answers
from tests.kpis.test_kept import MEAN, MEDIAN

KPIS = tuple(text.replace("min_n_show: 10", "min_n_show: 1") for text in (DONE, LONE, SCORE, MEDIAN, MEAN))
PLAIN = ("lone", "score", "waited", "meant")
NUMBERS = ["n", "value", "low", "high"]
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Answers of three departments, two channels and none, some of them credited to nobody."""
    rows = list(answers(90, 3, lambda customer, answer: (customer + answer) % 3 > 0, department="north", person="p1"))
    rows += answers(40, 2, lambda customer, _: customer > 9, department="far", channel="phone", person="p2")
    rows += answers(30, 1, lambda customer, _: customer > 20, department="south", channel="chat", segment="new")
    rows += answers(7, 1, lambda *_: True, channel="chat")
    return surveyed.company(tmp_path_factory.mktemp("every"), rows, KPIS)


def read(file: Path, keys: list[str]) -> pd.DataFrame:
    return pq.read_table(file).to_pandas().astype(dict.fromkeys(keys, object)).sort_values(keys, ignore_index=True)


def by_the_rules(made: Snapshot, kpi: str, cube: str, keys: list[str]) -> pd.DataFrame:
    names = ", ".join(keys)
    moments = ", ".join(f"sum({name}) AS {name}" for name in ("n", "w", "w2", "x", "wx", "xx"))
    sql = f"SELECT {names}, bucket, {moments} FROM facts_{cube} WHERE kpi = $kpi GROUP BY ALL"
    definition = made.workspace.kpi(kpi)
    found = figures.table(definition, made.rows(sql, kpi=kpi).to_pandas(), keys, TODAY)
    return found[[*keys, *NUMBERS]].replace({None: np.nan}).sort_values(keys, ignore_index=True)


@pytest.mark.parametrize("kpi", PLAIN)
def test_every_cell_has_the_figure_that_a_page_would_show(made: Snapshot, kpi: str, tmp_path: Path) -> None:
    assert len(every.write(made, tmp_path, tuple(every.CUBES))) == 2 * (len(PLAIN) + 1)
    for cube, names in every.CUBES.items():
        keys = ["slice", *names]
        ours, rules = read(tmp_path / f"{kpi}-{cube}.parquet", keys), by_the_rules(made, kpi, cube, keys)
        assert len(ours) == len(rules) > 0
        for key in keys:
            assert ours[key].fillna("").astype(str).tolist() == rules[key].fillna("").astype(str).tolist()
        assert np.allclose(ours[NUMBERS].astype(float), rules[NUMBERS].astype(float), rtol=0, atol=1e-9, equal_nan=True)


def test_a_cell_of_clustered_answers_borrows_its_departments_design_effect(made: Snapshot, tmp_path: Path) -> None:
    every.write(replace(made, designs={"done": {"north": 2.0}}), tmp_path, ["place"])
    held = pq.read_table(tmp_path / "done-place.parquet").to_pandas()
    simple = pq.read_table(tmp_path / "lone-place.parquet").to_pandas()
    both = held.merge(simple, on=["slice", "department", "segment", "channel"], suffixes=("", "_lone"))
    north = both[(both.department == "north") & (both.value > 0) & (both.value < 1)]
    assert (north.value == north.value_lone).all()
    assert (north.high - north.low > north.high_lone - north.low_lone).all()


def test_below_the_smallest_number_and_where_the_rest_would_tell_of_it_nothing_is_told(
    made: Snapshot, tmp_path: Path
) -> None:
    kpi = made.workspace.kpi("score")
    made.workspace.kpis["score"] = kpi.model_copy(update={"min_n_show": 3})  # type: ignore[index]
    try:
        every.write(made, tmp_path, ["place"])
    finally:
        made.workspace.kpis["score"] = kpi  # type: ignore[index]
    found = pq.read_table(tmp_path / "score-place.parquet").to_pandas()
    assert 0 < found.n.isna().sum() < len(found)
    assert (found.n.isna() | (found.n >= 3)).all()
    assert found[found.n.isna()][["value", "low", "high"]].isna().all(axis=None)
    whole = made.rows("SELECT slice, department, sum(n) / 1e6 AS n FROM facts_place WHERE kpi = 'score' GROUP BY ALL")
    held = {(row["slice"], row["department"]): row["n"] for row in whole.to_pylist()}
    for (day, department), cells in found.groupby(["slice", found.department.astype(object)]):
        left, gone = held[day.date() if hasattr(day, "date") else day, department] - cells.n.sum(), cells.n.isna().sum()
        assert gone == 0 or gone == len(cells) or (gone > 1 and left >= 3)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-3, 9), st.integers(1, 2**55)), min_size=1))
def test_totals_of_rows_in_any_order_are_exact(rows: list[tuple[int, int, int]]) -> None:
    cell, bucket, n = (np.array(each, dtype=np.int64) for each in zip(*rows, strict=True))
    d = Distributions(6, cell, bucket, n)
    wanted = [sum(size for at, _, size in rows if at == each) for each in range(6)]
    assert totals(d, n).tolist() == wanted
    assert int(merge(d).n.astype(object).sum()) == sum(wanted)
