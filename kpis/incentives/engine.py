"""Payouts over columns of people, in integers: the arithmetic of `reckon` for everyone at once, exact to the last bit.

Every value is a whole number over a denominator. With weights over W, what curves pay over Y, modifiers over M and a
person's opportunity On/Od, a payout is On·X ÷ (Od·T): X is what modifiers, gates, caps and pool leave of the sum,
T = R·W·100·Y·M its denominator, R the parts of the opportunity (1 for one segment). Kickers are counted in the same unit.
Only the last step divides, in two parts (On = Q·Od + rest), so that no product is wider than needed.

The bound: every number that occurs is at most one of the products in `_widest`, as all factors are non-negative and
each step multiplies by a factor counted there or takes a minimum. Where that bound reaches 2⁶² the same lines run on
Python integers, which have none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

import numpy as np

from kpis.incentives.axes import largest
from kpis.incentives.columns import Columns
from kpis.incentives.inputs import Inputs, inputs
from kpis.incentives.paid import Frame
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import WHOLE
from kpis.incentives.settled import settled
from kpis.incentives.shares import apportion, divided
from kpis.incentives.tables import SAFE, Floats, Ints


@dataclass(frozen=True)
class Payouts:
    """What n people with k segments are paid, and the integer steps behind it.

    `payout` has n amounts and `lines` k × components arrays of n, segment by segment, then one for each kicker and one for
    a draw, in minor units. `inputs` are the figures and what curves, gates and modifiers make of them; `values` the lines'
    parts of the opportunity, `sections` (before, after) by section, `total` the sum, `left` what modifiers, kickers, gates,
    caps and pool leave of it over `denominator`. `inputs.refused` marks people without result, whose reason `reckon` tells;
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

    def parted(self) -> tuple[Ints, Floats]:
        """Everyone's payout before rounding: whole minor units, and the float that is left of the next one."""
        whole, below, step = _divided(self.inputs, self.left, self.denominator)
        up = divided(below, step)
        return whole + up, (below - up * step) / step

    def exact(self) -> list[Fraction]:
        """Everyone's payout before rounding, in minor units."""
        found, bottom = self.inputs, np.broadcast_to(np.asarray(self.denominator, dtype=object), self.left.shape)
        return [
            Fraction(int(whole) * int(left), found.opportunity_unit * int(below))
            for whole, left, below in zip(found.opportunity, self.left, bottom, strict=True)
        ]

    def opportunities(self) -> list[Fraction]:
        """Everyone's opportunity, in minor units."""
        found = self.inputs
        top, bottom = (found.whole, found.base) if found.units.money else (found.opportunity, found.opportunity_unit)
        wide = np.broadcast_arrays(np.asarray(top, dtype=object), np.asarray(bottom, dtype=object), self.left)
        return [Fraction(int(above), int(below)) for above, below, _ in zip(*wide, strict=True)]


def pay(plan: Plan, frame: Frame, given: Columns, split: bool = True) -> Payouts:
    """The payouts of all rows, equal to `reckon` for each; not split, they come without lines."""
    found = inputs(plan, frame, given)
    if _widest(plan, found) >= SAFE:
        found = found.wide()
    values = _values(plan, found)
    sections = _sections(plan, found, values)
    total = _sum(plan, values, sections)
    kicks = _kicks(plan, found)
    left, denominator = _limited(plan, found, total, kicks)
    due = _rounded(found, left, denominator, plan.rounding) if given.pooled is None else given.pooled
    shared, drawn, payout = settled(plan, found, given, due)
    lines = apportion(shared, _kept(plan, _modified(found, values, kicks), sections)) if split else []
    return Payouts(
        found, tuple(values), sections, total, left, denominator, payout, (*lines, *([] if drawn is None else [drawn]))
    )


def _widest(plan: Plan, found: Inputs) -> int:
    """The largest number any step can reach, from the largest of each factor."""
    units = found.units
    caps = [plan.cap, *(each.cap for each in plan.sections), *(each.otherwise.cap for each in plan.gates)]
    pays = most(units.pays)
    added = sum((each.adds.percent or Fraction(0) for each in plan.kickers), Fraction(0))
    percent = max([*map(largest, found.gated), *(most(units.percent(cap)) for cap in (*caps, added)), 1])
    parts = sum(1 if part is None else largest(part) for part in found.parts)
    money = sum(most(units.percent(each.adds.amount)) for each in plan.kickers) * units.modifiers
    value = percent * (parts * sum(units.weights) + len(found.gated) * units.money) + money * units.money
    whole = max(most(found.whole), 1) * units.weight * units.modifiers
    factors = units.pool[0] * prod(max(largest(each), 1) for each in found.factors)
    left = (value + whole * percent) * max(factors, 1)
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
            weighted = gated * units.weights[at]
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
        whole = _of_section(plan, found, inside)
        for gate, passed in zip(plan.gates, found.passed, strict=True):
            if gate.on == f"section:{section.id}":
                after = np.where(passed, after, np.minimum(after, whole * units.percent(gate.otherwise.cap)))
        if section.cap is not None:
            after = np.minimum(after, whole * units.percent(section.cap))
        sections[section.id] = (before, after)
    return sections


def _of_section(plan: Plan, found: Inputs, inside: Sequence[int]) -> Ints | int:
    """A section's part of the opportunity: its weights, of each segment's part where a component is out in one of them."""
    size, units = len(plan.components), found.units
    sums = [sum(units.weights[start + at] for at in inside) for start in range(0, len(units.weights), size)]
    if len(set(sums)) == 1:
        return found.whole * sums[0]
    each = [part * mine for part, mine in zip(found.parts, sums, strict=True) if part is not None]
    return sum(each[1:], start=each[0])


def _sum(plan: Plan, values: Sequence[Ints], sections: dict[str, tuple[Ints, Ints]]) -> Ints:
    """The sum of what sections leave and of lines that stand in none."""
    names = [component.section for component in plan.components]
    alone = [value for at, value in enumerate(values) if names[at % len(names)] not in sections]
    parts = [*alone, *(after for _, after in sections.values())]
    return sum(parts[1:], start=parts[0])


def _kicks(plan: Plan, found: Inputs) -> list[Ints]:
    """What each kicker adds where its condition holds, in the unit of the modified sum."""
    units, whole = found.units, found.whole * (found.units.weight * found.units.modifiers)
    return [
        passed * (whole * units.percent(each.adds.percent))
        if each.adds.percent is not None
        else passed * (units.percent(each.adds.amount) * (units.money * units.modifiers))
        for each, passed in zip(plan.kickers, found.kicked, strict=True)
    ]


def _modified(found: Inputs, values: Sequence[Ints], kicks: Sequence[Ints]) -> Sequence[Ints]:
    """What the payout is shared by: the lines, and beside kickers the lines times the modifiers and the kickers."""
    if not kicks:
        return values
    modified = list(values)
    for factor in found.factors:
        modified = [value * factor for value in modified]
    return [*modified, *kicks]


def _limited(plan: Plan, found: Inputs, total: Ints, kicks: Sequence[Ints]) -> tuple[Ints, Ints | int]:
    """The sum after modifiers, kickers, payout gates, payout cap and pool factor, and its denominator."""
    left, units = total, found.units
    for factor in found.factors:
        left = left * factor
    for kick in kicks:
        left = left + kick
    scale = units.weight * units.modifiers
    whole = found.whole * scale
    for gate, passed in zip(plan.gates, found.passed, strict=True):
        if gate.on in WHOLE and not gate.otherwise.only:
            left = np.where(passed, left, np.minimum(left, whole * units.percent(gate.otherwise.cap)))
    if plan.cap is not None:
        left = np.minimum(left, whole * units.percent(plan.cap))
    if units.pool != (1, 1):
        left = left * units.pool[0]
    return left, found.base * (scale * 100 * units.pool[1]) * units.pays


def _rounded(found: Inputs, left: Ints, denominator: Ints | int, rule: str) -> Ints:
    """Opportunity × left ÷ denominator as whole numbers by a rule of `exact.round_whole`: nothing here is negative."""
    whole, below, step = _divided(found, left, denominator)
    if rule == "down":
        return np.asarray(whole + divided(below, step))
    half = 2 * below + step
    up = divided(half, 2 * step)
    if rule == "half_away":
        return np.asarray(whole + up)
    odd = np.asarray((half - up * (2 * step) == 0) & ((whole + up) % 2 == 1), dtype=bool)
    return np.asarray(whole + up - odd)


def _divided(found: Inputs, left: Ints, denominator: Ints | int) -> tuple[Ints, Ints, Ints | int]:
    """Opportunity × left ÷ denominator as a whole number and what is left, a numerator and its denominator."""
    unit = found.opportunity_unit
    quotient = divided(found.opportunity, unit)
    rest = found.opportunity - quotient * unit
    product = quotient * left
    whole = divided(product, denominator)
    return whole, (product - whole * denominator) * unit + rest * left, denominator * unit


def _kept(plan: Plan, values: Sequence[Ints], sections: dict[str, tuple[Ints, Ints]]) -> Sequence[Ints]:
    """Weights of lines and kickers after the sections' limits, whole numbers: × after, × before of every other section."""
    names, lines = [component.section for component in plan.components], len(values) - len(plan.kickers)
    bound = np.zeros(values[0].shape, dtype=bool)
    for before, after in sections.values():
        bound |= np.asarray(after < before, dtype=bool)
    if not bound.any():
        return values
    kept = [value.astype(object) for value in values]
    for at, value in enumerate(kept):
        mine = names[at % len(names)] if at < lines else None
        for name, (before, after) in sections.items():
            pair = after if name == mine else before
            value[bound] *= np.where(before[bound] == 0, 1, pair[bound]).astype(object)
    return kept
