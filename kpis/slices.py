"""Which slice a row lies in: Ibis expressions over its day, or over its moment where no calendar has to be asked."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import ibis
from ibis.expr import types as ir

from kpis.definitions import KpiDefinition
from kpis.expressions import read


def of(table: ir.Table, definition: KpiDefinition) -> ir.Value:
    """The first day of the slice each row of the KPI's dataset belongs to; null where it has no date."""
    return of_day(read(table, definition.when).cast("date"))


def of_day(day: ir.Value) -> ir.Value:
    """The first day of the slice of a day: its week's Monday or its month's first, whichever is later."""
    moment = day.cast("timestamp")  # an engine's truncated date may be a moment: cast back below
    return ibis.greatest(moment.truncate("W"), moment.truncate("M")).cast("date")


def of_moment(moment: ir.Value, steps: Sequence[tuple[datetime, date]]) -> ir.Value:
    """The slice of a moment by comparison with those at which slices begin (Calendar.steps); before them the day before."""
    (first, day), *_ = steps
    return _step(moment, [(first, day - timedelta(1)), *steps])


def _step(moment: ir.Value, steps: Sequence[tuple[datetime, date]]) -> ir.Value:
    """The slice of the last step that was reached, halving what is left: rows in order of time take one way."""
    if len(steps) == 1:
        return ibis.literal(steps[0][1])
    half = len(steps) // 2
    reached = moment >= ibis.literal(steps[half][0], "timestamp('UTC')")
    return ibis.ifelse(reached, _step(moment, steps[half:]), _step(moment, steps[:half]))
