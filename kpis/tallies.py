"""KPIs that say yes or no, counted side by side: one grouping of placed rows for all of them, taken apart afterwards.

Ibis expressions that need nothing of an engine but GROUP BY, and give the cubes that each KPI's own grouping gives.
"""

from collections.abc import Collection

import ibis
from ibis.expr import types as ir

from kpis import cubes
from kpis.credit import ONE
from kpis.definitions import KpiDefinition
from kpis.facts import named_for

CELLS = {1: "ones", 0: "zeros"}


def together(family: Collection[KpiDefinition], placed: ir.Table) -> list[KpiDefinition]:
    """Those of the family that count ones and zeros alone, each row once; none where there is nothing to share."""
    if "_share" in placed.columns:
        return []
    found = [kpi for kpi in family if not (kpi.weight or kpi.measure.exposure or kpi.one_answer_per)]
    found = [kpi for kpi in found if placed[named_for(kpi, "amount")].type().is_int8()]
    return found if len(found) > 1 else []


def tallied(kpis: Collection[KpiDefinition], placed: ir.Table, cube: str) -> ir.Table:
    """By the keys of a cube how many ones (ones_ID) and zeros (zeros_ID) each KPI counts."""
    keys = {name: placed[f"_{name}"] for name in _keys(cube)}
    amounts = {kpi.id: placed[named_for(kpi, "amount")] for kpi in kpis}
    counts = {f"{of}_{name}": each.nullif(1 - at).count() for name, each in amounts.items() for at, of in CELLS.items()}
    return placed.group_by(**keys).aggregate(**counts)


def apart(kpi: KpiDefinition, tally: ir.Table, cube: str) -> ir.Table:
    """The cube of one of the KPIs: ones in bucket 1, zeros in bucket 0, each count a million."""
    counts = {at: tally[f"{of}_{kpi.id}"] for at, of in CELLS.items()}
    cells = [tally.filter(n > 0).select(*_keys(cube), bucket=ibis.literal(at), n=n * ONE) for at, n in counts.items()]
    return cubes.under(cells)


def _keys(cube: str) -> list[str]:
    return [name for name in cubes.BASE[cube] if name != "bucket"]
