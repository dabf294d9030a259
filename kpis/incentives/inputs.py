"""What the engine multiplies: figures rounded, looked up in their curves and gated, and the units they are in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, gcd, lcm

import numpy as np

from kpis.incentives.axes import largest
from kpis.incentives.columns import Columns, Figures, Pattern, rare
from kpis.incentives.opportunity import Due, due
from kpis.incentives.paid import Frame
from kpis.incentives.plan import Gate, Kicker, Passes, Plan
from kpis.incentives.shares import divided
from kpis.incentives.tables import SAFE, Ints, Table, constant, given, narrow, table

SMALL = 1 << 24


@dataclass(frozen=True)
class Units:
    """The common denominators.

    A weight in percent is w ÷ `weight` of its list (segment by segment), what a curve pays (percent or currency) y ÷ `pays`, a modifier's
    factor f ÷ its part of `modifiers`; `pool` is a ratio, `money` turns currency into the unit of a line's value.
    """

    weights: tuple[int, ...]
    weight: int
    pays: Ints | int
    modifiers: int
    pool: tuple[int, int]
    money: int

    def percent(self, value: Fraction | None) -> Ints | int:
        """A percentage, such as a cap, as a numerator over `pays`."""
        exact = value or Fraction(0)
        return exact.numerator * (self.pays // exact.denominator)


@dataclass(frozen=True)
class Inputs:
    """Arrays of n; those of components k × components of them, segment by segment.

    `figures` are whole numbers of the last decimal; `curve_pays` and `gated` numerators over `units.pays`; `parts` each
    segment's part of the opportunity (None: all of it), `whole` their sum and `base` what a value is divided by for it;
    the opportunity itself is `opportunity` over `opportunity_unit`.
    """

    figures: tuple[Ints, ...]
    curve_pays: tuple[Ints, ...]
    gated: tuple[Ints, ...]
    parts: tuple[Ints | None, ...]
    whole: Ints | int
    base: Ints | int
    opportunity: Ints
    opportunity_unit: int
    passed: tuple[Ints, ...]
    factors: tuple[Ints, ...]
    kicked: tuple[Ints, ...]
    refused: Ints
    units: Units

    def wide(self) -> "Inputs":
        """The same on Python integers."""
        return replace(
            self,
            gated=tuple(map(_wide, self.gated)),
            parts=tuple(None if part is None else _wide(part) for part in self.parts),
            whole=_wide(self.whole) if isinstance(self.whole, np.ndarray) else self.whole,
            base=_wide(self.base) if isinstance(self.base, np.ndarray) else self.base,
            opportunity=_wide(self.opportunity),
            factors=tuple(map(_wide, self.factors)),
            kicked=tuple(map(_wide, self.kicked)),
            units=replace(self.units, pays=_wide(self.units.pays))
            if isinstance(self.units.pays, np.ndarray)
            else self.units,
        )


def _wide(values: Ints) -> Ints:
    return values.astype(object)


def inputs(plan: Plan, frame: Frame, given: Columns) -> Inputs:
    """The arrays of a plan for columns of people."""
    passed = tuple(_passed(plan, gate, each) for gate, each in zip(plan.gates, given.gates, strict=True))
    kicked = tuple(_passed(plan, kicker, each) for kicker, each in zip(plan.kickers, given.kickers, strict=True))
    segments = given.annual.shape[1]
    columns = [_segment(each, at) for at in range(segments) for each in given.components]
    figures = [
        paid_figure(each, plan.places(plan.components[at % len(plan.components)])) for at, each in enumerate(columns)
    ]
    tables = _tables(plan, columns, figures, given.pattern, given.earned)
    pays, curve_pays = _curve_pays(plan, tables, columns, figures)
    refused = np.zeros(given.annual.shape[0], dtype=bool)
    modifiers, factors = _modifiers(plan, given)
    for each in (*curve_pays, *factors):
        if each.size and each.min() < 0:
            refused |= np.asarray(each < 0, dtype=bool)
            each[each < 0] = 0
    money = any(each.curve.pays_money for each in plan.components) or any(each.adds.amount for each in plan.kickers)
    owed = due(plan, frame, given)
    units = _units(plan, weights(plan, segments, given.pattern), pays, modifiers, owed.denominator if money else 0)
    gated = tuple(_gated(plan, at, each, passed, units) for at, each in enumerate(curve_pays))
    parts, whole, base, opportunity, unit = _absolute(owed) if money else _relative(owed)
    return Inputs(
        tuple(figures),
        tuple(curve_pays),
        gated,
        parts,
        whole,
        base,
        opportunity,
        unit,
        passed,
        factors,
        kicked,
        refused,
        units,
    )


def _segment(figures: Figures, at: int) -> Figures:
    return Figures(
        np.ascontiguousarray(figures.numerator[:, at]),
        np.ascontiguousarray(figures.denominator[:, at]),
        np.ascontiguousarray(figures.target[:, at]),
        figures.targets,
    )


def paid_figure(figures: Figures, places: int) -> Ints:
    """Figures rounded half up to decimals, as whole numbers of the last one."""
    top, bottom = figures.numerator, figures.denominator
    if not top.size:
        return top
    low, high, least, most = int(top.min()), int(top.max()), int(bottom.min()), int(bottom.max())
    if max(-low, high) * 10**places + most >= SAFE:
        top, bottom = top.astype(object), bottom.astype(object)
    by = least if least == most else bottom
    half = top * 10**places
    half += by // 2
    return narrow(divided(half, by) if low >= 0 else half // by)


def _tables(
    plan: Plan, columns: Sequence[Figures], figures: Sequence[Ints], stands: Pattern, earned: bool
) -> list[Table]:
    found = []
    for at, (column, figure) in enumerate(zip(columns, figures, strict=True)):
        component, how = plan.components[at % len(plan.components)], stands[at] if stands else ""
        if how in ("pays", "out"):
            found.append(constant(_instead(plan, at, how), column.targets))
        elif earned or rare(component):
            found.append(given(column.numerator, column.denominator))
        else:
            found.append(table(component.curve, column.targets, plan.places(component), figure, column.target))
    return found


def _instead(plan: Plan, at: int, how: str) -> Fraction:
    """What stands for the curve's pay where there is no figure."""
    component = plan.components[at % len(plan.components)]
    fallback = component.fallback or plan.fallback
    return (fallback.pays if how == "pays" and fallback else None) or Fraction(0)


def weights(plan: Plan, segments: int, stands: Pattern) -> list[Fraction]:
    """Each component's weight segment by segment, those of who is out gone to the others."""
    own = [each.weight or Fraction(0) for each in plan.components]
    if not stands:
        return own * segments
    found: list[Fraction] = []
    for at in range(0, len(stands), len(own)):
        left = [Fraction(0) if how == "out" else weight for weight, how in zip(own, stands[at:], strict=False)]
        whole, rest = sum(own, Fraction(0)), sum(left, Fraction(0))
        scale = whole / rest if rest else Fraction(1)
        found += [weight * scale for weight in left]
    return found


def _curve_pays(
    plan: Plan, tables: Sequence[Table], columns: Sequence[Figures], figures: Sequence[Ints]
) -> tuple[Ints | int, list[Ints]]:
    """The common denominator, one number or one for each row, and what the curves pay over it."""
    caps = [plan.cap, *(each.cap for each in plan.sections), *(each.otherwise.cap for each in plan.gates)]
    caps += [part for each in plan.kickers for part in (each.adds.percent, each.adds.amount)]
    least = lcm(*(cap.denominator for cap in caps if cap is not None))
    shared = lcm(least, *(part for each in tables for part in each.denominators))
    if shared < SMALL or all(len(each.denominators) == 1 for each in tables):
        scales = [[shared] * len(each.denominators) for each in tables]
        return shared, [_lookup(*each) for each in zip(tables, figures, columns, scales, strict=True)]
    mine = [
        np.array(each.denominators, dtype=object).take(column.target)
        for each, column in zip(tables, columns, strict=True)
    ]
    by_row = narrow(np.lcm.reduce([np.full(mine[0].shape, least, dtype=object), *mine], axis=0))
    found = [
        _lookup(*each) for each in zip(tables, figures, columns, [each.denominators for each in tables], strict=True)
    ]
    wide = largest(by_row) * max(map(largest, found)) >= SAFE
    rows = by_row.astype(object) if wide else by_row
    return rows, [each * (rows // narrow(part)) for each, part in zip(found, mine, strict=True)]


def _lookup(each: Table, figures: Ints, column: Figures, scales: Sequence[int]) -> Ints:
    return each.lookup(figures, column.target, scales)


def _passed(plan: Plan, gate: Gate | Kicker, figures: Figures) -> Ints:
    """Whether each person's figure is on the passing side, compared with the limit in whole numbers of the last decimal."""
    places = plan.places(gate)
    return holds(gate.passes, paid_figure(figures, places), 10**places)


def holds(rule: Passes, figures: Ints, unit: int) -> Ints:
    """Whether whole figures over `unit` are on the passing side of a limit."""
    if rule.at_least is not None:
        return figures >= ceil(rule.at_least * unit)
    if rule.at_most is not None:
        return figures <= floor(rule.at_most * unit)
    if rule.above is not None:
        return figures > floor(rule.above * unit)
    return figures < ceil((rule.below or Fraction(0)) * unit)


def _modifiers(plan: Plan, given: Columns) -> tuple[int, tuple[Ints, ...]]:
    """The denominator of all modifiers together, and each one's numerators."""
    unit, factors = 1, []
    for modifier, figures in zip(plan.modifiers, given.modifiers, strict=True):
        paid = paid_figure(figures, plan.places(modifier))
        made = table(modifier.curve, figures.targets, plan.places(modifier), paid, figures.target)
        shared = lcm(*made.denominators)
        factors.append(made.lookup(paid, figures.target, [shared] * len(made.denominators)))
        unit *= 100 * shared
    return unit, tuple(factors)


def _units(plan: Plan, weights: Sequence[Fraction], pays: Ints | int, modifiers: int, money: int) -> Units:
    scale = lcm(*(weight.denominator for weight in weights))
    numerators = [int(weight * scale) for weight in weights]
    shared = gcd(100 * scale, *numerators)
    pool = plan.pool_factor / 100
    unit = 100 * scale // shared
    lines = 10**plan.minor_units * money * unit * 100
    return Units(
        tuple(each // shared for each in numerators), unit, pays, modifiers, (pool.numerator, pool.denominator), lines
    )


def _gated(plan: Plan, at: int, values: Ints, passed: Sequence[Ints], units: Units) -> Ints:
    """What failed gates on a component, or ones that let only others pay, leave of what its curve pays."""
    name = plan.components[at % len(plan.components)].id
    for gate, each in zip(plan.gates, passed, strict=True):
        if gate.on == f"component:{name}" or (gate.otherwise.only and name not in gate.otherwise.only):
            values = values * each if not gate.otherwise.cap else _held(each, values, units.percent(gate.otherwise.cap))
    return values


def _held(passed: Ints, values: Ints, limit: Ints | int) -> Ints:
    held: Ints = np.where(passed, values, np.minimum(values, limit))
    return held


def _relative(owed: Due) -> tuple[tuple[Ints | None, ...], Ints | int, Ints | int, Ints, int]:
    """Parts of the opportunity in their smallest whole numbers, so that products stay narrow."""
    numerator = owed.numerator
    if numerator.shape[1] == 1:
        return (None,), 1, 1, np.ascontiguousarray(numerator[:, 0]), owed.denominator
    shared = np.maximum(np.gcd.reduce(numerator, axis=1), 1)
    parts = tuple(numerator[:, at] // shared for at in range(numerator.shape[1]))
    whole = sum(parts[1:], start=parts[0])
    return parts, whole, np.maximum(whole, 1), numerator.sum(axis=1), owed.denominator


def _absolute(owed: Due) -> tuple[tuple[Ints | None, ...], Ints | int, Ints | int, Ints, int]:
    """Parts in minor units themselves, for plans that also pay money: values are then amounts, of which one is one."""
    parts = tuple(np.ascontiguousarray(owed.numerator[:, at]) for at in range(owed.numerator.shape[1]))
    whole = sum(parts[1:], start=parts[0])
    return parts, whole, owed.denominator, np.ones(whole.shape, dtype=np.int64), 1
