"""A run's facts once more, from the deliveries themselves, at the versions they were built from."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa
from deltalake.exceptions import DeltaError

from data_contracts.lake import Lake, Snapshot
from kpis.definitions import KpiDefinition
from kpis.workflows import measure, pay
from kpis.workflows.build import SCHEMA, compute
from kpis.workspace import Workspace, open_snapshot

GONE = (DeltaError, OSError, KeyError, duckdb.IOException)


def facts_of(workspace: Workspace, document: Mapping[str, Any], known: dict[str, pa.Table]) -> dict[str, Any] | None:
    """The facts of every figure a run paid on, by figure; None where the lake no longer holds what they were built from.

    `known` remembers what was rebuilt for runs before, by definition and versions.
    """
    lake = Lake(workspace.lake)
    definitions = {name: KpiDefinition.model_validate(text) for name, text in document["kpis"].items()}
    try:
        tables = [_rebuilt(workspace, lake, each, document["built"][name], known) for name, each in definitions.items()]
        versions = {name: document["lake"][name] for name in ("departments",) if name in document["lake"]}
        snapshot = open_snapshot(workspace, Snapshot(lake, versions), pa.concat_tables([SCHEMA.empty_table(), *tables]))
    except GONE:
        return None
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for figure in document["facts"]:
        name, scope, period = figure.split("@")
        groups[name, period].append(scope)
    calendar = workspace.settings.calendar
    found: dict[str, Any] = {}
    for (name, period), scopes in groups.items():
        found |= pay.fact_rows(
            measure.summed(snapshot, definitions[name], scopes, [calendar.parse(period)]), name, period
        )
    return found


def _rebuilt(
    workspace: Workspace, lake: Lake, kpi: KpiDefinition, built: Mapping[str, Any], known: dict[str, pa.Table]
) -> pa.Table:
    key = f"{kpi.digest()} {built['datasets']} {built.get('parts')}"
    if key not in known:
        parts = {name: KpiDefinition.model_validate(text) for name, text in built.get("parts", {}).items()}
        known[key] = compute(workspace, Snapshot(lake, built["datasets"]), kpi, parts)
    return known[key]
