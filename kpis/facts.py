"""Observations → facts: Ibis expressions that need nothing of an engine but joins and GROUP BY.

A fact is one row: KPI, cube, slice, who is credited, customer cut, bucket, and additive integer moments in millionths of an
observation: n, w (times the weight's millionths), w2 (times them squared), x (times the exact integer amount), wx, xx.
w, w2 and wx are null without weights, x where the bucket is the answer itself, xx but for what arrives already counted.
The session's time zone decides which day a moment belongs to.
"""

import math
from dataclasses import dataclass
from datetime import date

import ibis
from ibis.expr import types as ir

from kpis.buckets import EDGES, GAMMA
from kpis.definitions import KpiDefinition
from kpis.expressions import read

ONE = 1_000_000
WIDE = "decimal(38, 0)"
MOMENTS = ("n", "w", "w2", "x", "wx", "xx")
COLUMNS = ("kpi", "cube", "slice", "department", "person", "segment", "channel", "uncredited", "bucket", *MOMENTS)
CUBES = {
    "place": ("slice", "department", "segment", "channel", "uncredited", "bucket"),
    "person": ("slice", "department", "person", "bucket"),
}
IDENTITY = ("_delivery", "_row")
NO_END = date(9999, 12, 31)
UNASSIGNED, UNNAMED = "no assignment on that day", "nobody named"


@dataclass(frozen=True)
class Sources:
    """The Ibis tables a KPI is built from: its dataset, and the reference datasets where the workspace has them."""

    observations: ir.Table
    assignments: ir.Table | None = None
    credits: ir.Table | None = None
    customers: ir.Table | None = None


def facts(definition: KpiDefinition, sources: Sources, slices: tuple[date, ...] = ()) -> ir.Table:
    """The facts of one KPI, both cubes, as one table of `COLUMNS`; `slices` restricts it to those first days."""
    rows = counted(definition, sources) if definition.count else observations(definition, sources)
    if slices:
        rows = rows.filter(rows.slice.isin(slices))
    place, person = (_cube(rows, cube) for cube in CUBES)
    return place.union(person).mutate(kpi=ibis.literal(definition.id)).select(*COLUMNS)


def _cube(rows: ir.Table, cube: str) -> ir.Table:
    kept = [moment for moment in MOMENTS if moment in rows.columns]
    sums = {moment: rows[moment].sum().cast("int64" if moment == "n" else WIDE) for moment in kept}
    table = rows.group_by(*CUBES[cube]).aggregate(**sums)
    absent = {name: ibis.null("string") for name in COLUMNS[3:8] if name not in CUBES[cube]}
    absent |= {moment: ibis.null(WIDE) for moment in MOMENTS if moment not in kept}
    return table.mutate(cube=ibis.literal(cube), **absent).select(*COLUMNS[1:])


def observations(definition: KpiDefinition, sources: Sources) -> ir.Table:
    """One row per observation and credited share, with the keys of `CUBES` and the moments that are not null by definition.

    A row whose date, value or weight is null is no observation. The shares of one observation sum to 1,000,000.
    """
    rows = _credited(_measured(definition, sources), sources, through=definition.credit.through is not None)
    share, measure, weighted = rows.share.cast(WIDE), definition.measure, definition.weight is not None
    counted, weight, amount = share * rows.exposure, rows.weight, rows.amount
    moments = {"n": rows.share * rows.exposure}
    moments |= {"w": counted * weight, "w2": counted * weight * weight} if weighted else {}
    moments |= {} if measure.scaled else {"x": share * amount}
    moments |= {"wx": share * weight * amount} if weighted and not measure.scaled else {}
    moments |= {"xx": share * amount * amount} if measure.kind == "mean" and not measure.scaled else {}
    return rows.mutate(**moments)


def _measured(definition: KpiDefinition, sources: Sources) -> ir.Table:
    """The dataset as identity, day, slice, credit columns, cuts, bucket, amount, exposure and weight."""
    table, measure, credit = _with_customers(definition, sources), definition.measure, definition.credit
    if definition.filter:
        table = table.filter(read(table, definition.filter))
    texts = {"person": credit.person, "department": credit.department, "subject": credit.subject}
    texts |= {name: definition.cuts.get(name) for name in ("segment", "channel")}
    columns = {name: read(table, text).cast("string") if text else ibis.null("string") for name, text in texts.items()}
    value = read(table, measure.events or measure.value or "").cast("int64")
    one = ibis.literal(1).cast("int64")
    rows = table.select(
        *(table[name] for name in IDENTITY),
        **columns,
        day=read(table, definition.when).cast("date"),
        amount=value,
        bucket=one - one if measure.kind == "rate" else value if measure.scaled else log_bucket(value),
        exposure=read(table, measure.exposure).cast("int64") if measure.exposure else one,
        weight=(read(table, definition.weight) * ONE).round().cast("int64") if definition.weight else one * ONE,
    )
    rows = rows.drop_null(["day", "amount", "exposure", "weight"])
    return rows.mutate(slice=_slice(rows.day))


def slice_of(table: ir.Table, definition: KpiDefinition) -> ir.Value:
    """The first day of the slice each row of the KPI's dataset belongs to; null where it has no date."""
    return _slice(read(table, definition.when).cast("date"))


def _slice(day: ir.Value) -> ir.Value:
    return ibis.greatest(day.truncate("W"), day.truncate("M")).cast("date")


def log_bucket(value: ir.Value) -> ir.Value:
    """The bucket of `kpis.buckets.bucket_of`: an engine's logarithm only guesses, the integer edges decide."""
    edges, size = ibis.literal(EDGES.tolist(), type="array<int64>"), value.abs()
    guess = (ibis.greatest(size, 1).ln() / math.log(GAMMA[0] / GAMMA[1])).ceil().cast("int64") + 1
    bucket = guess - (edges[guess - 1] >= size).cast("int64") + (edges[guess] < size).cast("int64")
    return ibis.ifelse(value == 0, 0, bucket) * value.sign().cast("int64")


def _with_customers(definition: KpiDefinition, sources: Sources) -> ir.Table:
    """The dataset, with the columns of `customers` beside its own where an expression names one."""
    table, customers = sources.observations, sources.customers
    if customers is None or not any("customers." in text for text in definition.expressions().values()):
        return table
    named = customers.select(**{f"customers.{name}": customers[name] for name in customers.columns if name[0] != "_"})
    return table.left_join(named, table.customer == named["customers.customer"])


def _credited(rows: ir.Table, sources: Sources, through: bool) -> ir.Table:
    """The rows once per credited share: by the `credits` dataset, the person's assignment of that day, or the column.

    What cannot be credited keeps its whole share, with the reason in `uncredited`.
    """
    rows = rows.mutate(share=ibis.literal(ONE).cast("int64"))
    if through and sources.credits is not None:
        parts = sources.credits.select(of="subject", credited="person", parts="parts")
        rows = rows.left_join(parts, rows.subject == parts.of)
        rows = rows.mutate(
            person=ibis.coalesce(rows.credited, rows.person), share=ibis.coalesce(rows.parts, 1).cast("int64")
        )
    if sources.assignments is not None:
        rows = _assigned(rows, sources.assignments, through)
    if through:
        rows = _allotted(rows)
    reason = ibis.cases(
        (rows.department.notnull(), ibis.null("string")), (rows.person.notnull(), UNASSIGNED), else_=UNNAMED
    )
    return rows.mutate(uncredited=reason)


def _assigned(rows: ir.Table, assignments: ir.Table, through: bool) -> ir.Table:
    """The rows once per assignment in force on their day; products of shares stay unallotted where credit was split before."""
    held = assignments.select(
        holder="person",
        place="department",
        part="share",
        since="valid_from",
        until=assignments.valid_to.fill_null(NO_END),
    )
    rows = rows.left_join(held, [rows.person == held.holder, rows.day >= held.since, rows.day <= held.until])
    whole = ibis.coalesce(rows.part, ONE)
    share = rows.share * whole if through else whole
    return rows.mutate(department=ibis.coalesce(rows.place, rows.department), share=share)


def _allotted(rows: ir.Table) -> ir.Table:
    """Shares of any size → millionths that sum to exactly one million per observation (differences of floored cumulative sums)."""
    of = ibis.window(group_by=IDENTITY, order_by=["person", "department"], preceding=None, following=0)
    whole = ibis.window(group_by=IDENTITY)
    rows = rows.mutate(upto=rows.share.sum().over(of).cast("int64"), total=rows.share.sum().over(whole).cast("int64"))
    return rows.mutate(share=_floor(rows.upto * ONE, rows.total) - _floor((rows.upto - rows.share) * ONE, rows.total))


def _floor(value: ir.Value, by: ir.Value) -> ir.Value:
    """Integer division without a floating quotient that could miss by one (value ≥ 0)."""
    return ((value - value % by) / by).round().cast("int64")


def counted(definition: KpiDefinition, sources: Sources) -> ir.Table:
    """The rows of a KPI that arrives already counted, with the keys of `CUBES` and the moments.

    `ones`: buckets 1 and 0; `buckets`: the bucket as delivered; `moments`: n, total and squares in bucket 0.
    """
    assert definition.count is not None
    table = sources.observations
    table = table.filter(table.kpi == definition.count.kpi)
    if definition.count.form == "moments":
        table = table.filter(table.total.notnull())
    n = table.n * ONE
    cells: list[dict[str, ir.Value | int]] = {
        "ones": [{"bucket": 1, "n": table.ones * ONE}, {"bucket": 0, "n": n - table.ones * ONE}],
        "buckets": [{"bucket": table.bucket, "n": n}],
        "moments": [{"bucket": 0, "n": n, "x": _millionths(table.total), "xx": _millionths(table.squares)}],
    }[definition.count.form]
    rows = [_cell(definition, table, cell) for cell in cells]
    return ibis.union(*rows) if len(rows) > 1 else rows[0]


def _millionths(value: ir.Value) -> ir.Value:
    return (value * ONE).round().cast(WIDE)


def _cell(definition: KpiDefinition, table: ir.Table, cell: dict[str, ir.Value | int]) -> ir.Table:
    credit, cuts = definition.credit, definition.cuts
    texts = {"person": credit.person, "department": credit.department}
    texts |= {name: cuts.get(name) for name in ("segment", "channel")}
    columns = {name: read(table, text).cast("string") if text else ibis.null("string") for name, text in texts.items()}
    moments = {
        name: ibis.literal(value).cast("int64") if isinstance(value, int) else value for name, value in cell.items()
    }
    uncredited = ibis.ifelse(columns["department"].isnull(), UNNAMED, ibis.null("string"))
    return table.select(**columns, **moments, slice=slice_of(table, definition), uncredited=uncredited)
