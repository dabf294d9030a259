"""What one KPI counts of a row: its amount, the bucket that falls into, the exposure and the weight.

Ibis expressions that give the same integers on every engine.
"""

import math
from datetime import date

import ibis
from ibis.expr import types as ir

from kpis.buckets import EDGES, GAMMA
from kpis.credit import ONE
from kpis.definitions import KpiDefinition
from kpis.expressions import read

EPOCH = date(1970, 1, 1)
SURE = 2**31  # the logarithms of integers below lie 5e-11 buckets or more from an edge, a float's error is 2e-13
EDGE_TEXT = ",".join(map(str, EDGES.tolist()))  # one literal, which an engine reads once, in the place of a thousand


def measured(definition: KpiDefinition, rows: ir.Table) -> dict[str, ir.Value]:
    """The columns amount and, where it is another, bucket, exposure and weight; a null anywhere but in bucket is no observation."""
    measure = definition.measure
    amount, bucket = _valued(definition, rows)
    if definition.filter:
        amount = ibis.ifelse(read(rows, definition.filter), amount, ibis.null(amount.type()))
    found = {"amount": amount} if bucket is None else {"amount": amount, "bucket": bucket}
    if measure.exposure:
        found["exposure"] = whole(read(rows, measure.exposure))
    if definition.weight:
        found["weight"] = whole(read(rows, definition.weight).cast("float64") * ONE)
    return found


def _valued(definition: KpiDefinition, rows: ir.Table) -> tuple[ir.Value, ir.Value | None]:
    """The amount and the bucket of every row; what still runs counts nothing, in the bucket of −(its days since 1970)."""
    measure = definition.measure
    value = read(rows, measure.events or measure.value or "")
    if measure.kind == "rate":
        return whole(value), ibis.literal(0).cast("int64")
    if measure.scaled:
        return value.cast("int8") if value.type().is_boolean() else whole(value), None
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


def log_bucket(value: ir.Value) -> ir.Value:
    """The bucket of `kpis.buckets.bucket_of`: an engine's logarithm only guesses, the integer edges decide.

    Below `SURE` no integer lies so near an edge that the logarithm could guess wrong.
    """
    edges, size = ibis.literal(EDGE_TEXT).split(",").cast("array<int64>"), value.abs()
    guess = ((ibis.greatest(size, 1).ln() / math.log(GAMMA[0] / GAMMA[1])).ceil() + 1).cast("int32")
    held = guess - (edges[guess - 1] >= size).cast("int32") + (edges[guess] < size).cast("int32")
    bucket = ibis.ifelse(size < SURE, guess, held)
    return ibis.ifelse(value == 0, 0, bucket * value.sign().cast("int32")).cast("int32")
