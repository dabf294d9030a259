"""Rows → cubes: observations added up once by place, person and replicate, and what is rolled up from the places.

Ibis expressions that need nothing of an engine but GROUP BY. A cube is a table of its keys, the bucket and the moments
that are not null by definition; `table` writes the cubes of a KPI under each other as the columns of the facts.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import ibis
from ibis.expr import types as ir
from ibis.expr.operations import Cast

from kpis.credit import REASONS
from kpis.definitions import KpiDefinition, Part

WIDE = "decimal(38, 0)"
MOMENTS = ("n", "w", "w2", "x", "wx", "xx")
BASE = {
    "place": ("slice", "department", "segment", "channel", "uncredited", "bucket"),
    "person": ("slice", "department", "person", "bucket"),
    "replicates": ("slice", "department", "replicate", "bucket"),
}
ROLLED = {
    "department": ("slice", "department", "uncredited", "bucket"),
    "cuts": ("slice", "segment", "channel", "bucket"),
    "company": ("slice", "bucket"),
}
CUBES = BASE | ROLLED
TYPES = dict.fromkeys(("kpi", "cube"), "string") | {"slice": "date"}
TYPES |= dict.fromkeys(("department", "person", "segment", "channel", "uncredited"), "string")
TYPES |= {"replicate": "int32", "bucket": "int64", "n": "int64"} | dict.fromkeys(MOMENTS[1:], WIDE)
COLUMNS = tuple(TYPES)
KEYS = COLUMNS[2:10]


@dataclass(frozen=True)
class Rows:
    """What is added up: keys, bucket and moments, each count worth `unit` millionths; without `n` every row counts once."""

    table: ir.Table
    unit: int = 1


def based(rows: Rows) -> dict[str, ir.Table]:
    """The cubes that are made from observations; replicates where the KPI says what repeats."""
    return {name: added(rows.table, CUBES[name], rows.unit) for name in bases(rows.table.columns)}


def bases(columns: Collection[str]) -> list[str]:
    """The base cubes that rows of those columns make: replicates where something repeats."""
    return [name for name in BASE if name != "replicates" or {"replicate", "_replicate"} & set(columns)]


def rolled_up(place: ir.Table) -> dict[str, ir.Table]:
    """The cubes that the places add up to."""
    return {name: added(place, keys) for name, keys in ROLLED.items()}


def together(rows: ir.Table, name: str, moments: Mapping[str, Sequence[str]]) -> ir.Table:
    """One of them for several KPIs under each other, from any finer cube: what a KPI has no moment of is not added up."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for kpi, held in moments.items():
        alike.setdefault(tuple(held), []).append(kpi)
    every, keys = [each for each in MOMENTS if each in rows.columns], ("kpi", *ROLLED[name])
    parts = [
        _with(added(some.drop(*(set(every) - set(held))), keys), every).select(*keys, *every)
        for held, kpis in alike.items()
        for some in [rows.filter(rows.kpi.isin(kpis)) if len(alike) > 1 else rows]
    ]
    return under(parts)


def under(tables: Sequence[ir.Table]) -> ir.Table:
    """Tables under each other."""
    return ibis.union(*tables) if len(tables) > 1 else tables[0]


def added(rows: ir.Table, keys: tuple[str, ...], unit: int = 1) -> ir.Table:
    """The rows of the same keys, their moments added up, in millionths where each count of `rows` is worth `unit`."""
    sums = {name: _sum(rows[name], TYPES[name]) for name in MOMENTS if name in rows.columns}
    sums = {"n": rows.count()} | sums
    return rows.group_by(*keys).aggregate(**{name: each if unit == 1 else each * unit for name, each in sums.items()})


def _sum(column: ir.NumericColumn, kind: str) -> ir.Value:
    """The sum, of that type in every engine: one gives more digits than Ibis knows of, so the cast is spelled out."""
    return Cast(column.sum(), to=kind).to_expr() if kind == "int64" else column.sum().cast(kind)


def table(definition: KpiDefinition, cubes: Mapping[str, ir.Table]) -> ir.Table:
    """The cubes of a KPI as one table of `COLUMNS`."""
    return under([whole(definition, name, cube) for name, cube in cubes.items()])


def whole(definition: KpiDefinition, name: str, cube: ir.Table) -> ir.Table:
    """One cube in all `COLUMNS`, each of its type; null where it has none."""
    fixed = {each: ibis.null(kind) for each, kind in TYPES.items() if each not in cube.columns}
    fixed |= {"kpi": ibis.literal(definition.id), "cube": ibis.literal(name)}
    if "uncredited" in cube.columns:
        reasons = [(cube.uncredited == code, text) for code, text in REASONS.items()]
        fixed["uncredited"] = ibis.cases(*reasons, else_=ibis.null("string"))
    typed = {each: cube[each].cast(kind) for each, kind in TYPES.items() if each in cube.columns and each not in fixed}
    return cube.select(**{each: (fixed | typed)[each] for each in COLUMNS})


def ratio(
    definition: KpiDefinition, parts: Mapping[str, tuple[KpiDefinition, Mapping[str, ir.Table]]]
) -> dict[str, ir.Table]:
    """The base cubes of a ratio from those of its parts, by the parts' ids: the numerator in bucket 1, the denominator in 0."""
    measure = definition.measure
    assert measure.numerator is not None
    assert measure.denominator is not None
    sides = [(1, measure.numerator), (0, measure.denominator)]
    held = [name for name in BASE if all(name in parts[part.kpi][1] for _, part in sides)]
    found = {}
    for name in held if definition.cluster else held[:2]:
        rows = [_side(bucket, part, parts[part.kpi][0], parts[part.kpi][1][name], name) for bucket, part in sides]
        weights = sorted({each for table in rows for each in table.columns if each[0] == "w"})
        found[name] = under([_with(table, weights).select(*CUBES[name], "n", "x", "xx", *weights) for table in rows])
    return found


def _with(table: ir.Table, moments: Sequence[str]) -> ir.Table:
    """The table with those moments; null, as everywhere, where every weight is one."""
    return table.mutate(**{each: ibis.null(TYPES[each]) for each in moments if each not in table.columns})


def _side(bucket: int, part: Part, definition: KpiDefinition, cube: ir.Table, name: str) -> ir.Table:
    """What one part of a ratio counts in every cell: x its total or its observations, xx the same of squares."""
    rows = cube.mutate(**_counted(part, definition, cube)).drop("bucket")
    return added(rows.mutate(bucket=ibis.literal(bucket).cast("int64")), CUBES[name])


def _counted(part: Part, definition: KpiDefinition, cube: ir.Table) -> dict[str, ir.Value]:
    measure, bucket = definition.measure, cube.bucket.cast("int64")
    if part.of == "total" and not measure.scaled:
        return {"x": cube.x, "xx": cube.xx}
    each = ibis.literal(1)
    if part.of == "total":
        boxes = measure.boxes or (1,)
        each = bucket if measure.kind == "mean" else bucket.isin(boxes).cast("int64")
    n = cube.n.cast(WIDE)
    found = {"x": n * each, "xx": n * each * each}
    return found | ({"wx": cube.w * each} if "w" in cube.columns else {})
