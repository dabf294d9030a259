"""Design effects: how much more the figures of a KPI vary than as many independent answers would, over its last 52 weeks."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from kpis.clusters import GROUPS, design_effect
from kpis.cubes import MOMENTS, TYPES, WIDE
from kpis.definitions import KpiDefinition
from kpis.measures import by_groups, distributions
from kpis.organisation import Organisation
from kpis.sums import exact
from kpis.workflows.engines import Engine
from kpis.workflows.work import ARROW

SPAN = timedelta(days=364)
LEAST_ANSWERS, LEAST_GROUPS = 100, 15
KEYS = ("department", "replicate", "bucket")
DUCKDB = {"string": "VARCHAR", "date": "DATE", "int32": "INTEGER", "int64": "BIGINT", WIDE: "DECIMAL(38, 0)"}


def columns(cube: Iterable[str]) -> dict[str, str]:
    """The DuckDB types of the columns of a cube's files."""
    return {name: DUCKDB[TYPES[name]] for name in ("kpi", *cube, *MOMENTS)}


def designs(
    engine: Engine, files: list[str], kpis: Iterable[KpiDefinition], tree: Organisation
) -> dict[str, dict[str, float]]:
    """Design effects by KPI and department with everything below it, '' for the company, from files of the replicates cube.

    A department with too few answers or groups is left out: it takes the company's.
    """
    definitions = {kpi.id: kpi for kpi in kpis}
    facts = _facts(engine, files, list(definitions))
    return {str(name): _of(definitions[str(name)], of, tree) for name, of in facts.groupby("kpi")}


def _facts(engine: Engine, files: list[str], kpis: list[str]) -> pd.DataFrame:
    """The replicates of those KPIs, each over the 52 weeks up to its newest slice, slices added up."""
    table = engine.table("replicates", files, columns(("slice", *KEYS)))
    table = table.filter(table.kpi.isin(kpis))
    last = table.group_by("kpi").aggregate(last=table.slice.max()).select(of="kpi", last="last")
    rows = table.join(last, table.kpi == last.of)
    rows = rows.filter(rows.last.delta(rows.slice, unit="day") < SPAN.days)
    sums = {name: rows[name].sum().cast(TYPES[name]) for name in MOMENTS}
    found = rows.group_by("kpi", *KEYS).aggregate(**sums)
    schema = pa.schema([(name, ARROW[TYPES[name]]) for name in found.columns])
    answer = engine.stream(found, schema).read_all()
    return pd.DataFrame({name: answer.column(name).to_pylist() for name in answer.column_names})


def _of(kpi: KpiDefinition, facts: pd.DataFrame, tree: Organisation) -> dict[str, float]:
    """Design effects of the company and of every department with answers enough."""
    held = sorted(set(facts["department"].dropna()))
    above = {name: tree.ancestors(name) or (name,) for name in held}
    units = ["", *dict.fromkeys(each for name in held for each in above[name])]
    at = {unit: place for place, unit in enumerate(units)}
    scopes = [[0, *(at[each] for each in above.get(name, ()))] for name in facts["department"]]
    rows = np.repeat(np.arange(len(facts)), [len(each) for each in scopes])
    cell = np.array([each for scope in scopes for each in scope], dtype=np.int64)
    part = exact(facts.iloc[rows].reset_index(drop=True))
    groups = distributions(kpi, part, cell * GROUPS + part["replicate"], len(units) * GROUPS)
    simple, jack = by_groups(kpi, distributions(kpi, part, cell, len(units)), groups)
    effect = design_effect(jack.variance, simple.variance, 0.0 if kpi.measure.kind == "ratio" else 1.0)
    enough = (simple.n >= LEAST_ANSWERS) & (jack.filled >= LEAST_GROUPS)
    return {
        unit: round(float(effect[at[unit]]), 4) for unit in units if _known(effect[at[unit]], unit, enough[at[unit]])
    }


def _known(effect: float, unit: str, enough: bool) -> bool:
    return bool(np.isfinite(effect) and effect > 0) and (enough or not unit)


Effects = Mapping[str, Mapping[str, float]]


def carried(before: Effects, fresh: Effects, kept: Iterable[str]) -> Effects:
    """The design effects of the KPIs that are kept: the fresh ones, and those from before of what was not built."""
    return {name: each for name, each in {**before, **fresh}.items() if name in set(kept)}
