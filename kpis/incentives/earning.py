"""What one component earns in many draws: looked up in its curve, or asked of the rules once for all that read alike."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from kpis.incentives.columns import Figures, integers
from kpis.incentives.curves import NoResultError, attainment, pays
from kpis.incentives.earned import earned, reading
from kpis.incentives.paid import Ratio, Reading, Segment
from kpis.incentives.plan import Component, Plan, Source
from kpis.incentives.resample import Floats
from kpis.incentives.tables import REFUSED, Ints, narrow, table

MISSING = -(2**62)  # in the place of a figure
LOST, OUT = -1, -2  # in the place of what is earned: no result, no part in the segment
KEPT = 1 << 18


def unit_of(plan: Plan, source: Source) -> Fraction:
    """What a drawn figure counts: its last decimal, or the multiple it is rounded to."""
    return source.nearest or Fraction(1, 10 ** plan.places(source))


class Earning:
    """A component of some people's segments, one each, to be asked what figures earn."""

    def __init__(self, plan: Plan, component: Component, segments: Sequence[Segment]) -> None:
        self.plan, self.component = plan, component
        across = component.score.consistency.of if component.score and component.score.consistency else ()
        beside = [each for each in plan.components if each.id in across and each is not component]
        self.sources = [component, *([component.second] if component.second else []), *beside]
        read = [
            tuple(replace(reading(each.readings, one.id), own=None, team=None) for one in self.sources)
            for each in segments
        ]
        numbers = {mark: at for at, mark in enumerate(dict.fromkeys(read))}
        self.kinds, self.kind = list(numbers), np.array([numbers[each] for each in read], dtype=np.int64)
        self.less = [_less(plan, component, mark[0]) for mark in self.kinds]
        self.memo: dict[tuple[int, ...], tuple[int, int]] = {}

    def of(self, figures: Mapping[str, Floats]) -> Figures:
        """What rows (draw × segments + segment) of figures in their units earn, by source, NaN where there is none.

        Numerators are LOST or OUT where nothing is earned. Raises ValueError where a year to date takes money back.
        """
        read = [np.nan_to_num(figures[each.id], nan=MISSING).astype(np.int64) for each in self.sources]
        kind = np.tile(self.kind, len(read[0]) // len(self.kind))
        top, bottom = self._tabled(read[0], kind)
        read[0] = np.where(self._held(kind), MISSING, read[0])
        left = np.flatnonzero(top == LOST)
        if left.size:
            columns = [kind[left], *(each[left] for each in read)]
            first, alike = distinct(columns)
            found = [self._asked(tuple(int(each[row]) for each in columns)) for row in first]
            tops, bottoms = (integers(each, (len(found),)).take(alike) for each in zip(*found, strict=True))
            top, bottom = top.astype(np.result_type(top, tops)), bottom.astype(np.result_type(bottom, bottoms))
            top[left], bottom[left] = tops, bottoms
        return Figures(top, bottom, np.zeros(len(kind), dtype=np.int64), (None,))

    def _held(self, kind: Ints) -> Ints:
        """Which rows' kind of reading a table holds."""
        return np.array([each is not None for each in self.less]).take(kind)

    def _tabled(self, figures: Ints, kind: Ints) -> tuple[Ints, Ints]:
        """What the curve pays, less what it paid before; LOST where no table holds it, or there is no figure or result."""
        top, bottom = np.full(len(kind), LOST, dtype=np.int64), np.ones(len(kind), dtype=np.int64)
        known = np.flatnonzero((figures != MISSING) & self._held(kind))
        if not known.size:
            return top, bottom
        component, mine = self.component, kind[known]
        targets = [mark[0].target for mark in self.kinds]
        made = table(component.curve, targets, self.plan.places(component), figures[known], mine)
        values = made.lookup(figures[known], mine, made.denominators)
        below, refused = integers(made.denominators, (len(targets),)).take(mine), values == REFUSED
        if any(self.less):
            over, off = (
                integers([int(getattr(each or Fraction(0), side)) for each in self.less], (len(targets),)).take(mine)
                for side in ("denominator", "numerator")
            )
            values, below = values.astype(object) * over - off * below.astype(object), below.astype(object) * over
            if (values[~refused] < 0).any():
                raise ValueError(f"{component.name}: less than nothing")
            values, below = narrow(values), narrow(below)
        top, bottom = top.astype(values.dtype), bottom.astype(below.dtype)
        top[known], bottom[known] = np.where(refused, LOST, values), below
        return top, bottom

    def _asked(self, mark: tuple[int, ...]) -> tuple[int, int]:
        """What the rules give for a kind of reading and its figures."""
        if mark not in self.memo:
            if len(self.memo) >= KEPT:
                self.memo.clear()
            self.memo[mark] = self._ruled(*mark)
        return self.memo[mark]

    def _ruled(self, kind: int, *figures: int) -> tuple[int, int]:
        readings = {
            source.id: replace(given, own=None if figure == MISSING else self._ratio(source, figure))
            for source, given, figure in zip(self.sources, self.kinds[kind], figures, strict=True)
        }
        try:
            found = earned(self.plan, self.component, Segment(0, 0, readings=readings))
        except NoResultError:
            return LOST, 1
        if found.curve_pays < 0:
            raise ValueError(f"{self.component.name}: less than nothing")
        return (OUT, 1) if found.out else (found.curve_pays.numerator, found.curve_pays.denominator)

    def _ratio(self, source: Source, figure: int) -> Ratio:
        value = figure * unit_of(self.plan, source)
        return Ratio(value.numerator, value.denominator)


def _less(plan: Plan, component: Component, read: Reading) -> Fraction | None:
    """What a curve paid for the year before this period; None where the rules of a row say what it pays now."""
    basis = component.curve.basis
    if component.second or component.score or component.nearest or (basis == "each_transaction" and read.transactions):
        return None
    if basis != "year_to_date" or read.before is None:
        return Fraction(0)
    try:
        value = plan.rounded(component, read.before.value)
        return pays(component.curve, attainment(component.curve, value, read.target))
    except (NoResultError, ZeroDivisionError):
        return None


def distinct(columns: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Where each different row of these columns first stands, and which of them every row is."""
    alike = np.zeros(len(columns[0]), dtype=np.int64)
    first = alike[:1]
    for each in columns:
        values, at = np.unique(each, return_inverse=True)
        _, first, alike = np.unique(alike * len(values) + at, return_index=True, return_inverse=True)
    return first, alike
