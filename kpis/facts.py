"""Observations → facts: Ibis expressions that need nothing of an engine but joins, windows and GROUP BY.

A fact is one row: KPI, cube, slice, who is credited, customer cut, replicate, bucket, and additive integer moments in
millionths of an observation: n, w (times the weight's millionths), w2 (times them squared), x (times the exact integer
amount), wx, xx. w, w2 and wx are null without weights, x where the bucket is the answer itself, xx where no squares are
summed. Two steps: `placed` says where every row of a dataset belongs, once for all KPIs that place rows alike, and
`observations` what one KPI counts there. The session's time zone decides which day a moment belongs to.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce

import ibis
from ibis.expr import types as ir

from data_contracts import expressions
from kpis import credit, cubes, slices
from kpis.amounts import measured
from kpis.clusters import GROUPS
from kpis.credit import IDENTITY, ONE, UNNAMED
from kpis.cubes import WIDE, Rows
from kpis.definitions import KpiDefinition
from kpis.expressions import read

HEX = "0123456789abcdef"
PLACED = (
    "_slice",
    "_day",
    "_department",
    "_person",
    "_segment",
    "_channel",
    "_uncredited",
    "_share",
    "_replicate",
    "_inside",
)
SAYS = {"ones": "ones", "buckets": "bucket", "moments": "total"}  # the column without which a counted row says nothing
MEASURED = ("amount", "bucket", "exposure", "weight")


@dataclass(frozen=True)
class Sources:
    """The Ibis tables a KPI is built from: its dataset, and the reference datasets where the workspace has them."""

    observations: ir.Table
    assignments: ir.Table | None = None
    credits: ir.Table | None = None
    customers: ir.Table | None = None


@dataclass(frozen=True)
class Span:
    """The days that are looked at, `end` exclusive; `steps` from which moment on which slice holds, days before and after apart."""

    start: date
    end: date
    steps: Sequence[tuple[datetime, date]] = ()


Parts = Mapping[str, tuple[KpiDefinition, Sources]]


def facts(definition: KpiDefinition, sources: Sources | None, parts: Parts | None = None) -> ir.Table:
    """The facts of one KPI, every cube, as one table of `cubes.COLUMNS`; those of a ratio from its `parts`, by identity."""
    if sources is None:
        sides = {name: (of, cubes.based(rows(of, its))) for name, (of, its) in (parts or {}).items()}
        based = cubes.ratio(definition, sides)
    else:
        based = cubes.based(rows(definition, sources))
    return cubes.table(definition, based | cubes.rolled_up(based["place"]))


def rows(definition: KpiDefinition, sources: Sources) -> Rows:
    """What is added up of one KPI: its observations, or what arrived counted."""
    if definition.count:
        return counted(definition, sources)
    return observations(definition, placed([definition], sources))


def family(definition: KpiDefinition) -> str:
    """What KPIs have in common that place the rows of a dataset alike."""
    each = definition
    return repr((each.dataset, each.when, each.credit, sorted(each.cuts.items()), each.cluster, each.one_answer_per))


def placed(family: Collection[KpiDefinition], sources: Sources, span: Span | None = None) -> ir.Table:
    """One row per dated row of the dataset and credited share: where it belongs, and what each KPI counts there.

    `PLACED`: slice, day, department, person, segment, channel, why uncredited (a code of credit.REASONS), share in
    millionths where credit can be split, replicate where the KPIs have a cluster; `MEASURED` of each KPI (`named_for`).
    Of a span come its own rows; where a later answer takes the place of an earlier one also those of that time around it,
    and `_inside` tells them apart.
    """
    one = next(iter(family))
    table = with_customers(family, sources)
    table = _near(table, one, span) if span else table.filter(read(table, one.when).notnull())
    columns = {name for kpi in family for text in kpi.counting() for name in names_of(text, table.columns)}
    found = table.select(*sorted(columns | set(IDENTITY)), **_keys(table, one, span))
    found = credit.credited(found, sources, one.credit.through is not None)
    found = found if "_slice" in found.columns else found.mutate(_slice=slices.of_day(found["_day"]))
    if span and one.one_answer_per:
        found = found.mutate(_inside=_inside(found["_slice"], span))
    elif span:
        found = found.filter(_inside(found["_slice"], span))
    what = {named_for(kpi, name): each for kpi in family for name, each in measured(kpi, found).items()}
    kept = [name for name in PLACED if name in found.columns and (one.one_answer_per or name != "_day")]
    return found.select(*kept, *((*IDENTITY, "_by", "_at") if one.one_answer_per else ()), **what)


def _inside(first: ir.Value, span: Span) -> ir.BooleanValue:
    return first.between(ibis.literal(span.start), ibis.literal(span.end - timedelta(1)))


def named_for(definition: KpiDefinition, name: str) -> str:
    """The column of placed rows that holds amount, bucket, exposure or weight of a KPI."""
    return f"{name}_{definition.id}"


def named(definition: KpiDefinition, sources: Sources) -> dict[str, list[ir.Table]]:
    """By key (person, department, segment, channel) tables of one column `text`: all that placed rows may hold there, and more."""
    table = with_customers([definition], sources)
    found = {name: [table.select(text=_text(table, text))] for name, text in _texts(definition).items() if text}
    if definition.credit.through and sources.credits is not None:
        found.setdefault("person", []).append(sources.credits.select(text="person"))
    if sources.assignments is not None:
        found.setdefault("department", []).append(sources.assignments.select(text="department"))
    return found


def _texts(definition: KpiDefinition) -> dict[str, str | None]:
    """The expressions of the keys of text."""
    return {
        "person": definition.credit.person,
        "department": definition.credit.department,
        "segment": definition.cuts.get("segment"),
        "channel": definition.cuts.get("channel"),
    }


def _keys(table: ir.Table, one: KpiDefinition, span: Span | None) -> dict[str, ir.Value]:
    """What says where a row belongs, before credit is given; its slice where no calendar is needed for it."""
    moment = read(table, one.when)
    keys = {"_day": moment.cast("date")}
    if span and span.steps and moment.type().is_timestamp() and moment.type().timezone:
        keys["_slice"] = slices.of_moment(moment, span.steps)
    keys |= {f"_{name}": _text(table, text) for name, text in _texts(one).items()}
    if one.credit.through:
        keys["_subject"] = _text(table, one.credit.subject)
    if one.cluster:
        keys["_replicate"] = replicate(table, one.cluster)
    if one.one_answer_per:
        keys |= {"_by": _text(table, one.one_answer_per.by), "_at": moment}
    return keys


def _text(table: ir.Table, text: str | None) -> ir.Value:
    """What names somebody or something, as text."""
    return read(table, text).cast("string") if text else ibis.null("string")


def names_of(text: str, columns: Collection[str]) -> set[str]:
    """Those of the columns that an expression reads."""
    return expressions.names(expressions.parse(text, columns))


def _near(table: ir.Table, one: KpiDefinition, span: Span) -> ir.Table:
    """The rows of those days and a few more, by a plain range, so that files can be skipped."""
    moment, ends = read(table, one.when), around(one, span)
    if not moment.type().is_timestamp():
        return table.filter(moment.cast("date").between(*map(ibis.literal, ends)))
    zoned = moment.type().timezone is not None
    moments = (datetime.combine(each, time(), UTC if zoned else None) for each in ends)
    low, high = (ibis.literal(each, "timestamp('UTC')" if zoned else "timestamp") for each in moments)
    return table.filter(moment >= low, moment < high)


def around(one: KpiDefinition, span: Span) -> tuple[date, date]:
    """The first and the last day of which the facts of a span may need rows, a day wider than any clock."""
    wait = one.one_answer_per.within if one.one_answer_per else timedelta()
    return span.start - timedelta(1), span.end + wait + timedelta(1)


def observations(definition: KpiDefinition, rows: ir.Table) -> Rows:
    """What one KPI adds up of placed rows: one row per observation and credited share, with keys, bucket and moments.

    A row whose value, exposure or weight is null is no observation.
    """
    columns = {name.removeprefix("_"): rows[name] for name in PLACED if name in rows.columns and name != "_day"}
    what = {name: rows[own] for name in MEASURED if (own := named_for(definition, name)) in rows.columns}
    columns |= {"bucket": what["amount"]} | what
    if definition.one_answer_per:
        columns |= {name: rows[name] for name in ("_day", "_by", "_at", *IDENTITY)}
    found = rows.select(**columns).drop_null([name for name in MEASURED if name in what and name != "bucket"])
    found = _last(found, definition.one_answer_per.within.days) if definition.one_answer_per else found
    return _moments(definition, found.filter(found.inside) if "inside" in found.columns else found)


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
    table = _near(sources.observations, definition, span) if span else sources.observations
    table = table.filter(table.kpi == definition.count.kpi)
    table = table.filter(table[SAYS[definition.count.form]].notnull())
    n, none = table.n * ONE, ibis.literal(0).cast("int64")
    cells: list[dict[str, ir.Value]] = {
        "ones": [{"bucket": none + 1, "n": table.ones * ONE}, {"bucket": none, "n": n - table.ones * ONE}],
        "buckets": [{"bucket": table.bucket, "n": n}],
        "moments": [{"bucket": none, "n": n, "x": _millionths(table.total), "xx": _millionths(table.squares)}],
    }[definition.count.form]
    rows = cubes.under([_cell(definition, table, cell) for cell in cells])
    return Rows(rows.filter(_inside(rows.slice, span)) if span else rows)


def _millionths(value: ir.Value) -> ir.Value:
    return (value * ONE).round().cast(WIDE)


def _cell(definition: KpiDefinition, table: ir.Table, moments: dict[str, ir.Value]) -> ir.Table:
    columns = {name: _text(table, text) for name, text in _texts(definition).items()}
    missing = ibis.ifelse(columns["department"].isnull(), ibis.literal(UNNAMED).cast("int8"), ibis.null("int8"))
    return table.select(**columns, **moments, slice=slices.of(table, definition), uncredited=missing)
