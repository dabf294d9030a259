"""Observations → facts: Ibis expressions that need nothing of an engine but joins, windows and GROUP BY.

A fact is one row: KPI, cube, slice, who is credited, customer cut, replicate, bucket, and additive integer moments in
millionths of an observation: n, w (times the weight's millionths), w2 (times them squared), x (times the exact integer
amount), wx, xx. w, w2 and wx are null without weights, x where the bucket is the answer itself, xx where no squares are
summed. Two steps: `placed` says where every row of a dataset belongs, once for all KPIs that place rows alike, and
`observations` what one KPI counts there. The session's time zone decides which day a moment belongs to.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce

import ibis
from ibis.expr import types as ir

from data_contracts import expressions
from kpis import credit, cubes
from kpis.buckets import EDGES, GAMMA
from kpis.clusters import GROUPS
from kpis.credit import IDENTITY, ONE, UNNAMED
from kpis.cubes import WIDE, Rows
from kpis.definitions import KpiDefinition
from kpis.expressions import read

EPOCH = date(1970, 1, 1)

EDGE_TEXT = ",".join(map(str, EDGES.tolist()))  # one literal, which an engine reads once, in the place of a thousand
HEX = "0123456789abcdef"
PLACED = ("_slice", "_day", "_department", "_person", "_segment", "_channel", "_uncredited", "_share", "_replicate")


@dataclass(frozen=True)
class Sources:
    """The Ibis tables a KPI is built from: its dataset, and the reference datasets where the workspace has them."""

    observations: ir.Table
    assignments: ir.Table | None = None
    credits: ir.Table | None = None
    customers: ir.Table | None = None


@dataclass(frozen=True)
class Span:
    """The days that are looked at, `end` exclusive."""

    start: date
    end: date


Parts = Mapping[str, tuple[KpiDefinition, Sources]]


def facts(definition: KpiDefinition, sources: Sources | None, parts: Parts | None = None) -> ir.Table:
    """The facts of one KPI, every cube, as one table of `cubes.COLUMNS`; those of a ratio from its `parts`, by identity."""
    if sources is None:
        sides = {name: (of, cubes.based(rows(of, its))) for name, (of, its) in (parts or {}).items()}
        based = cubes.ratio(definition, sides)
    else:
        based = cubes.based(rows(definition, sources))
    return cubes.table(definition, based | cubes.rolled_up(based["place"]))


def rows(definition: KpiDefinition, sources: Sources, span: Span | None = None) -> Rows:
    """What is added up of one KPI: its observations, or what arrived counted."""
    if definition.count:
        return counted(definition, sources, span)
    return observations(definition, placed([definition], sources, span))


def only(rows: Rows, slices: Collection[date]) -> Rows:
    """The rows of those slices."""
    return Rows(rows.table.filter(rows.table.slice.isin(slices)), rows.unit)


def family(definition: KpiDefinition) -> str:
    """What KPIs have in common that place the rows of a dataset alike."""
    each = definition
    return repr((each.dataset, each.when, each.credit, sorted(each.cuts.items()), each.cluster, each.one_answer_per))


def placed(family: Collection[KpiDefinition], sources: Sources, span: Span | None = None) -> ir.Table:
    """One row per dated row of the dataset and credited share: the columns that the KPIs read, and where it belongs.

    `PLACED`: slice, day, department, person, segment, channel, why uncredited (a code of credit.REASONS), share in
    millionths where credit can be split, replicate where the KPIs have a cluster. A span is widened by the time in which
    a later answer takes the place of an earlier one.
    """
    one = next(iter(family))
    wait = one.one_answer_per.within if one.one_answer_per else timedelta()
    table = with_customers(family, sources)
    table = _within(table, one, Span(span.start, span.end + wait)) if span else table
    columns = sorted({name for kpi in family for text in kpi.counting() for name in names_of(text, table.columns)})
    found = table.select(*columns, *(name for name in IDENTITY if name not in columns), **_keys(table, one, sources))
    found = credit.credited(found.filter(found["_day"].notnull()), sources, one.credit.through is not None)
    found = found.mutate(_slice=slice_of_day(found["_day"]))
    kept = [name for name in PLACED if name in found.columns]
    return found.select(*columns, *kept, *((*IDENTITY, "_by", "_at") if wait else ()))


def _keys(table: ir.Table, one: KpiDefinition, sources: Sources) -> dict[str, ir.Value]:
    """What says where a row belongs, before credit is given: integers stay what they are where nothing is joined to them."""
    joined = sources.assignments is not None or sources.credits is not None
    keys = {"_day": read(table, one.when).cast("date")}
    for name, text in (("_person", one.credit.person), ("_department", one.credit.department)):
        keys[name] = _text(table, text, native=not joined)
    for name in ("segment", "channel"):
        keys[f"_{name}"] = _text(table, one.cuts.get(name), native=True)  # type: ignore[call-overload]
    if one.credit.through:
        keys["_subject"] = _text(table, one.credit.subject)
    if one.cluster:
        keys["_replicate"] = replicate(table, one.cluster)
    if one.one_answer_per:
        keys |= {"_by": _text(table, one.one_answer_per.by), "_at": read(table, one.when)}
    return keys


def _text(table: ir.Table, text: str | None, native: bool = False) -> ir.Value:
    """What names somebody or something, as text; `native`: an integer as it came, which is grouped faster and told later."""
    value = read(table, text) if text else ibis.null("string")
    return value if native and value.type().is_integer() else value.cast("string")


def names_of(text: str, columns: Collection[str]) -> set[str]:
    """Those of the columns that an expression reads."""
    return expressions.names(expressions.parse(text, columns))


def _within(table: ir.Table, one: KpiDefinition, span: Span) -> ir.Table:
    """The rows of those days: first by a plain range of moments, a day wider than any clock, so that files can be skipped."""
    moment = read(table, one.when)
    day = moment.cast("date")
    if moment.type().is_timestamp():
        ends = [datetime.combine(each, time(), UTC) for each in (span.start - timedelta(1), span.end + timedelta(1))]
        kind = "timestamp('UTC')" if moment.type().timezone else "timestamp"
        low, high = (ibis.literal(each if moment.type().timezone else each.replace(tzinfo=None), kind) for each in ends)
        table = table.filter(moment >= low, moment < high)
    return table.filter(day >= ibis.literal(span.start), day < ibis.literal(span.end))


def observations(definition: KpiDefinition, rows: ir.Table) -> Rows:
    """What one KPI adds up of placed rows: one row per observation and credited share, with keys, bucket and moments.

    A row whose value, exposure or weight is null is no observation.
    """
    rows = rows.filter(read(rows, definition.filter)) if definition.filter else rows
    measure = definition.measure
    amount, bucket = _valued(definition, rows)
    columns = {name.removeprefix("_"): rows[name] for name in PLACED if name in rows.columns and name != "_day"}
    columns |= {"amount": amount, "bucket": bucket}
    if measure.exposure:
        columns["exposure"] = whole(read(rows, measure.exposure))
    if definition.weight:
        columns["weight"] = whole(read(rows, definition.weight).cast("float64") * ONE)
    if definition.one_answer_per:
        columns |= {name: rows[name] for name in ("_day", "_by", "_at", *IDENTITY)}
    found = rows.select(**columns)
    found = found.drop_null([name for name in ("amount", "exposure", "weight") if name in columns])
    found = _last(found, definition.one_answer_per.within.days) if definition.one_answer_per else found
    return _moments(definition, found)


def _moments(definition: KpiDefinition, rows: ir.Table) -> Rows:
    """The rows with what each adds to the moments of its cell: in millionths where credit is split, else in whole ones."""
    scaled, squared = definition.measure.scaled, definition.measure.kind in ("mean", "rate")
    times = [rows[name] for name in ("share", "exposure") if name in rows.columns]
    weight = [rows.weight.cast(WIDE)] if "weight" in rows.columns else []

    shares = times[:1] if "share" in rows.columns else []
    moments = {"n": _product(times)} if times else {}
    moments |= {"w": _product([*weight, *times]), "w2": _product([*weight, *weight, *times])} if weight else {}
    if not scaled:
        amount = rows.amount.cast(WIDE)
        moments["x"] = _product([amount, *shares]) if shares else rows.amount
        moments |= {"wx": _product([*weight, amount, *shares])} if weight else {}
        moments |= {"xx": _product([amount, amount, *shares])} if squared else {}
    keys = [name for name in cubes.KEYS if name in rows.columns]
    return Rows(rows.select(*keys, **moments), 1 if shares else ONE)


def _product(factors: Sequence[ir.Value]) -> ir.Value:
    return reduce(lambda a, b: a * b, factors)


def _valued(definition: KpiDefinition, rows: ir.Table) -> tuple[ir.Value, ir.Value]:
    """The amount and the bucket of every row; what still runs counts nothing, in the bucket of −(its days since 1970)."""
    measure = definition.measure
    value = read(rows, measure.events or measure.value or "")
    if measure.kind == "rate":
        return whole(value), ibis.literal(0).cast("int64")
    if measure.scaled:
        answer = (
            value.cast("int8") if value.type().is_boolean() else value if value.type().is_integer() else whole(value)
        )
        return answer, answer
    value = whole(value)
    if not measure.censored:
        return value, log_bucket(value)
    since = rows["_day"].delta(ibis.literal(EPOCH), unit="day").cast("int32")
    runs = read(rows, measure.censored).fill_null(False)
    return ibis.ifelse(runs, 0, value), ibis.ifelse(runs, -since, log_bucket(value))


def whole(value: ir.Value) -> ir.Value:
    """Integers of a value, a half away from zero; what is no number is nothing."""
    if value.type().is_integer():
        return value.cast("int64")
    if value.type().is_floating():
        value = ibis.ifelse(value.isnan(), ibis.null("float64"), value)
    return value.cast("int64") if value.type().is_boolean() else value.round().cast("int64")


def replicate(table: ir.Table, cluster: str) -> ir.Value:
    """One of 20 groups: the first three hexadecimal digits of the MD5 of the cluster's text, modulo 20.

    A row without a cluster is one of its own. Any engine finds the same group.
    """
    own = table["_delivery"] + ":" + table["_row"].cast("string")
    digits = ibis.coalesce(read(table, cluster).cast("string"), own).hexdigest("md5")
    first, second, third = (ibis.literal(HEX).find(digits.substr(at, 1)) for at in range(3))
    return ((first * 256 + second * 16 + third) % GROUPS).cast("int32")


def _last(rows: ir.Table, days: int) -> ir.Table:
    """The answers that no other of the same person or customer follows within those days; one from nobody known stays."""
    following = ibis.window(group_by="_by", order_by=["_at", *IDENTITY])
    answers = rows.select("_by", "_at", "_day", *IDENTITY).distinct() if "share" in rows.columns else rows
    answers = answers.mutate(_wait=answers["_day"].lead().over(following).delta(answers["_day"], unit="day"))
    kept = answers.filter(answers["_by"].isnull() | answers["_wait"].isnull() | (answers["_wait"] > days))
    return rows.semi_join(kept, IDENTITY) if "share" in rows.columns else kept


def slice_of(table: ir.Table, definition: KpiDefinition) -> ir.Value:
    """The first day of the slice each row of the KPI's dataset belongs to; null where it has no date."""
    return slice_of_day(read(table, definition.when).cast("date"))


def slice_of_day(day: ir.Value) -> ir.Value:
    """The first day of the slice of a day: its week's Monday or its month's first, whichever is later."""
    moment = day.cast("timestamp")  # an engine's truncated date may be a moment: cast back below
    return ibis.greatest(moment.truncate("W"), moment.truncate("M")).cast("date")


def log_bucket(value: ir.Value) -> ir.Value:
    """The bucket of `kpis.buckets.bucket_of`: an engine's logarithm only guesses, the integer edges decide."""
    edges, size = ibis.literal(EDGE_TEXT).split(",").cast("array<int64>"), value.abs()
    guess = ((ibis.greatest(size, 1).ln() / math.log(GAMMA[0] / GAMMA[1])).ceil() + 1).cast("int32")
    bucket = guess - (edges[guess - 1] >= size).cast("int32") + (edges[guess] < size).cast("int32")
    return ibis.ifelse(value == 0, 0, bucket * value.sign().cast("int32")).cast("int32")


def with_customers(family: Collection[KpiDefinition], sources: Sources) -> ir.Table:
    """The dataset, with the columns of `customers` beside its own where an expression names one."""
    table, customers = sources.observations, sources.customers
    if customers is None or not any(each.names_customers for each in family):
        return table
    named = customers.select(**{f"customers.{name}": customers[name] for name in customers.columns if name[0] != "_"})
    return table.left_join(named, table.customer == named["customers.customer"])


def counted(definition: KpiDefinition, sources: Sources, span: Span | None = None) -> Rows:
    """The rows of a KPI that arrives already counted, with the keys of the cubes and the moments.

    `ones`: buckets 1 and 0; `buckets`: the bucket as delivered; `moments`: n, total and squares in bucket 0.
    """
    assert definition.count is not None
    table = _within(sources.observations, definition, span) if span else sources.observations
    table = table.filter(table.kpi == definition.count.kpi)
    if definition.count.form == "moments":
        table = table.filter(table.total.notnull())
    n, none = table.n * ONE, ibis.literal(0).cast("int64")
    cells: list[dict[str, ir.Value]] = {
        "ones": [{"bucket": none + 1, "n": table.ones * ONE}, {"bucket": none, "n": n - table.ones * ONE}],
        "buckets": [{"bucket": table.bucket, "n": n}],
        "moments": [{"bucket": none, "n": n, "x": _millionths(table.total), "xx": _millionths(table.squares)}],
    }[definition.count.form]
    return Rows(cubes.under([_cell(definition, table, cell) for cell in cells]))


def _millionths(value: ir.Value) -> ir.Value:
    return (value * ONE).round().cast(WIDE)


def _cell(definition: KpiDefinition, table: ir.Table, moments: dict[str, ir.Value]) -> ir.Table:
    texts = {"person": definition.credit.person, "department": definition.credit.department}
    texts |= {name: definition.cuts.get(name) for name in ("segment", "channel")}
    columns = {name: _text(table, text) for name, text in texts.items()}
    missing = ibis.ifelse(columns["department"].isnull(), ibis.literal(UNNAMED).cast("int8"), ibis.null("int8"))
    return table.select(**columns, **moments, slice=slice_of(table, definition), uncredited=missing)
