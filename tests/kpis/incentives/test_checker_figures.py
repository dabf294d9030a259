"""The checker makes each figure from its facts as the program does: every kind of measure, counted and weighted."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.definitions import parse
from kpis.incentives import checker
from kpis.workflows import measure
from kpis.workflows.verify import _ratio
from kpis.workspace import shipped_kpis

SHIPPED = {name: parse(text, name) for name, text in shipped_kpis().items()}
KPIS = {name: kpi for name, kpi in SHIPPED.items() if kpi.measure.kind != "quantile"}  # quantiles are shown, never paid
BUCKETS = {"nps": range(11), "top_box": range(1, 6), "share": range(2), "ratio": range(2), "rate": range(1)}
MILLION = 1_000_000


@st.composite
def facts(draw: Any, kpi: Any) -> list[list[Any]]:
    """Rows of bucket and moments as a run keeps them."""
    buckets = BUCKETS.get(kpi.measure.kind, range(1, 8))
    summed = not kpi.measure.scaled or (kpi.count is not None and kpi.count.form == "moments")
    weighted = kpi.weight is not None and draw(st.booleans())
    rows = []
    for bucket in sorted(draw(st.sets(st.sampled_from(list(buckets)), min_size=1))):
        n, x = draw(st.integers(1, 500)) * MILLION, draw(st.integers(0, 10**6)) * MILLION
        w = draw(st.none() | st.integers(1, 900)) if weighted else None
        row = {"n": n, "w": None if w is None else w * MILLION**2, "w2": None if w is None else w * MILLION**3}
        row |= {"x": x if summed else None, "wx": 2 * x * MILLION if summed and w is not None else None, "xx": None}
        rows.append([bucket, *(None if row[name] is None else str(row[name]) for name in measure.MOMENTS)])
    return rows


@pytest.mark.parametrize("name", sorted(KPIS))
def test_a_figure_comes_from_its_facts_as_the_program_makes_it(name: str) -> None:
    kpi = KPIS[name]

    @settings(max_examples=15, deadline=None)
    @given(facts(kpi))
    def same(rows: list[list[Any]]) -> None:
        program = _ratio(kpi, rows)
        try:
            found, _ = checker.figure_of(kpi.model_dump(mode="json", exclude_none=True), rows)
        except checker.NoResult:
            assert program is None or not program[1]
            return
        assert program is not None
        assert found == Fraction(*program)

    same()


def test_moments_are_in_the_order_of_the_facts() -> None:
    assert tuple(measure.MOMENTS) == checker.MOMENTS
