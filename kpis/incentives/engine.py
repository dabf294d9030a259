"""Payouts over columns of people, in integers: the arithmetic of `reckon` for everyone at once, exact to the last bit.

Every value is a whole number over a denominator. With weights over W, what curves pay over Y, modifiers over M and a
person's opportunity On/Od, a payout is On·X ÷ (Od·T): X is what modifiers, gates, caps and pool leave of the sum,
T = R·W·100·Y·M its denominator, R the parts of the opportunity (1 for one segment). Only the last step divides, in two
parts (On = Q·Od + rest), so that no product is wider than needed.

The bound: every number that occurs is at most one of the products in `_widest`, as all factors are non-negative and
each step multiplies by a factor counted there or takes a minimum. Where that bound reaches 2⁶² the same lines run on
Python integers, which have none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from kpis.incentives.axes import largest
from kpis.incentives.columns import Columns
from kpis.incentives.inputs import Inputs, inputs
from kpis.incentives.paid import Frame
from kpis.incentives.plan import Plan
from kpis.incentives.shares import apportion, divided
from kpis.incentives.tables import SAFE, Ints


@dataclass(frozen=True)
class Payouts:
    """What n people with k segments are paid, and the integer steps behind it.

    `payout` has n amounts and `lines` k × components arrays of n, segment by segment, in minor units. `inputs` are the
    figures and what curves, gates and modifiers make of them; `values` the lines' parts of the opportunity, `sections`
    (before, after) by section, `total` the sum, `left` what modifiers, gates, caps and pool leave of it over
    `denominator`. `inputs.refused` marks people without result, whose reason `reckon` tells;
    their amounts mean nothing.
    """

    inputs: Inputs
    values: tuple[Ints, ...]
    sections: dict[str, tuple[Ints, Ints]]
    total: Ints
    left: Ints
    denominator: Ints | int
    payout: Ints
    lines: tuple[Ints, ...]


def pay(plan: Plan, frame: Frame, given: Columns) -> Payouts:
    """The payouts of all rows, equal to `reckon` for each."""
    found = inputs(plan, frame, given)
    if _widest(plan, found) >= SAFE:
        found = found.wide()
    values = _values(plan, found)
    sections = _sections(plan, found, values)
    total = _sum(plan, values, sections)
    left, denominator = _limited(plan, found, total)
    payout = _rounded(found, left, denominator)
    lines = apportion(payout, _kept(plan, values, sections))
    return Payouts(found, tuple(values), sections, total, left, denominator, payout, tuple(lines))


def _widest(plan: Plan, found: Inputs) -> int:
    """The largest number any step can reach, from the largest of each factor."""
    units = found.units
    caps = [plan.cap, *(each.cap for each in plan.sections), *(each.otherwise.cap for each in plan.gates)]
    pays = most(units.pays)
    percent = max([*map(largest, found.gated), *(most(units.percent(cap)) for cap in caps), 1])
    parts = sum(1 if part is None else largest(part) for part in found.parts)
    value = percent * (parts * sum(units.weights) + len(found.gated) * units.money)
    whole = max(most(found.whole), 1) * units.weight * units.modifiers
    factors = units.pool[0] * prod(max(largest(each), 1) for each in found.factors)
    left = max(value, whole * percent) * max(factors, 1)
    bottom = most(found.base) * units.weight * units.modifiers * pays * 100 * units.pool[1]
    quotient = largest(found.opportunity) // found.opportunity_unit + 1
    return max(quotient * left, found.opportunity_unit * (3 * bottom + 2 * left))


def most(values: Ints | int) -> int:
    """The largest of an array, or the number itself."""
    return largest(values) if isinstance(values, np.ndarray) else values


def _values(plan: Plan, found: Inputs) -> list[Ints]:
    """Part × weight × what the curve pays, for each segment and component."""
    values, units = [], found.units
    for at, gated in enumerate(found.gated):
        segment, component = divmod(at, len(plan.components))
        part = found.parts[segment]
        if plan.components[component].curve.pays_money:
            values.append(gated * units.money)
        else:
            weighted = gated * units.weights[component]
            values.append(weighted if part is None else weighted * part)
    return values


def _sections(plan: Plan, found: Inputs, values: Sequence[Ints]) -> dict[str, tuple[Ints, Ints]]:
    """Each section's sum before and after its failed gates and its cap."""
    sections, units = {}, found.units
    for section in plan.sections:
        inside = [at for at, each in enumerate(plan.components) if each.section == section.id]
        lines = [value for at, value in enumerate(values) if at % len(plan.components) in inside]
        if not lines:
            continue
        before = after = sum(lines[1:], start=lines[0])
        whole = found.whole * sum(units.weights[at] for at in inside)
        for gate, passed in zip(plan.gates, found.passed, strict=True):
            if gate.on == f"section:{section.id}":
                after = np.where(passed, after, np.minimum(after, whole * units.percent(gate.otherwise.cap)))
        if section.cap is not None:
            after = np.minimum(after, whole * units.percent(section.cap))
        sections[section.id] = (before, after)
    return sections


def _sum(plan: Plan, values: Sequence[Ints], sections: dict[str, tuple[Ints, Ints]]) -> Ints:
    """The sum of what sections leave and of lines that stand in none."""
    names = [component.section for component in plan.components]
    alone = [value for at, value in enumerate(values) if names[at % len(names)] not in sections]
    parts = [*alone, *(after for _, after in sections.values())]
    return sum(parts[1:], start=parts[0])


def _limited(plan: Plan, found: Inputs, total: Ints) -> tuple[Ints, Ints | int]:
    """The sum after modifiers, payout gates, payout cap and pool, and its denominator."""
    left, units = total, found.units
    for factor in found.factors:
        left = left * factor
    scale = units.weight * units.modifiers
    whole = found.whole * scale
    for gate, passed in zip(plan.gates, found.passed, strict=True):
        if gate.on == "payout" and not gate.otherwise.only:
            left = np.where(passed, left, np.minimum(left, whole * units.percent(gate.otherwise.cap)))
    if plan.cap is not None:
        left = np.minimum(left, whole * units.percent(plan.cap))
    if units.pool != (1, 1):
        left = left * units.pool[0]
    return left, found.base * (scale * 100 * units.pool[1]) * units.pays


def _rounded(found: Inputs, left: Ints, denominator: Ints | int) -> Ints:
    """Opportunity × left ÷ denominator, rounded half away from zero: nothing here is negative."""
    unit = found.opportunity_unit
    quotient = divided(found.opportunity, unit)
    rest = found.opportunity - quotient * unit
    product = quotient * left
    whole = divided(product, denominator)
    below = (product - whole * denominator) * unit + rest * left
    step = denominator * unit
    return whole + divided(2 * below + step, 2 * step)


def _kept(plan: Plan, values: Sequence[Ints], sections: dict[str, tuple[Ints, Ints]]) -> Sequence[Ints]:
    """Weights of the lines after their sections' limits, whole numbers: × after, × before of every other section."""
    bound = np.zeros(values[0].shape, dtype=bool)
    for before, after in sections.values():
        bound |= np.asarray(after < before, dtype=bool)
    if not bound.any():
        return values
    kept = [value.astype(object) for value in values]
    for at, value in enumerate(kept):
        mine = plan.components[at % len(plan.components)].section
        for name, (before, after) in sections.items():
            pair = after if name == mine else before
            value[bound] *= np.where(before[bound] == 0, 1, pair[bound]).astype(object)
    return kept
