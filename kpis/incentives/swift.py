"""A plan as tables of single-precision floats: what it pays for many draws of the figures at once.

A figure that pays is rounded once to the plan's decimals, so a curve pays finitely many amounts for each target: they
are looked up. Sections, gates, caps and modifiers follow in the binding order of `reckon`. The result is the payout in
percent of the opportunity before its one rounding to the minor unit: an estimate, held to `reckon` by the tests and by
every simulation on some of its own draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpis.incentives.curves import NoResultError, attainment, pays
from kpis.incentives.paid import Values
from kpis.incentives.plan import Component, Gate, Modifier, Passes, Plan
from kpis.incentives.tables import REFUSED, table

Floats = NDArray[Any]
Bools = NDArray[np.bool_]
WIDEST = 1 << 22
UNTOUCHED = frozenset(
    {
        "id", "title", "version", "currency", "minor_units", "frequency", "participants", "expect",
        "budget", "clawback", "country", "overrides",  # no payout hangs on these once segments are cut
    }
)  # fmt: skip
KNOWN = UNTOUCHED | {
    "opportunity", "paid_figure", "credibility_k", "decimals", "components", "sections", "gates", "modifiers", "cap",
    "pool_factor", "proration",
}  # fmt: skip
PARTS = {
    "components": frozenset(
        {"id", "title", "kpi", "scope", "target", "decimals", "weight", "section", "curve", "min_n", "paid_figure"}
    ),
    "gates": frozenset({"id", "title", "kpi", "scope", "target", "decimals", "on", "passes", "otherwise"}),
    "modifiers": frozenset({"id", "title", "kpi", "scope", "target", "decimals", "curve"}),
    "sections": frozenset({"id", "title", "cap"}),
}
CURVE = frozenset(
    {
        "axis",
        "form",
        "decimals",
        "base",
        "scale",
        "kind",
        "points",
        "tiers",
        "basis",
        "below_first",
        "above_last",
        "floor",
        "cap",
    }
)
KINDS = ("linear", "stepped", "marginal", "whole_band")
PLACES = ("payout", "section:", "component:")


def unknown(plan: Plan) -> list[str]:
    """What a plan uses that tables do not hold, by the names of its fields: the engine of a run pays such a plan."""
    form = plan.model_dump(exclude_none=True, exclude_defaults=True)
    found = [name for name in form if name not in KNOWN]
    for name, fields in PARTS.items():
        found += [f"{name}.{field}" for each in form.get(name, ()) for field in each if field not in fields]
    curves = [each.get("curve", {}) for name in ("components", "modifiers") for each in form.get(name, ())]
    found += [f"curve.{field}" for curve in curves for field in curve if field not in CURVE]
    found += [f"curve.kind {curve['kind']}" for curve in curves if curve.get("kind", KINDS[0]) not in KINDS]
    found += [f"gates.on {each.on}" for each in plan.gates if not each.on.startswith(PLACES)]
    found += ["curve.basis"] * any(each.curve.basis != "period_total" for each in plan.components)
    found += ["tiers of money"] * any(each.curve.pays_money for each in plan.components)
    return sorted(set(found))


@dataclass(frozen=True, eq=False)
class Lookup:
    """What a source pays in percent, times its weight, for every figure from `low` on and each of its targets."""

    values: Floats
    low: int
    width: int

    def at(self, figures: Floats, targets: NDArray[Any]) -> Floats:
        """The values (draws, columns) of figures; `targets` (columns,) numbers each column's target. NaN: no result."""
        offset = (targets * self.width - self.low).astype(figures.dtype)
        index = figures + offset
        lost = np.isnan(index)
        if lost.any():
            index[lost] = 0
        found: Floats = self.values.take(index.astype(np.int32), mode="clip")
        if lost.any():
            found[lost] = np.nan
        return found


def lookup(source: Component | Modifier, places: int, targets: Sequence[Values | None], low: int, high: int) -> Lookup:
    """The table of a source over the figures low to high; raises ValueError where they range too widely."""
    width = high - low + 1
    if width * len(targets) > WIDEST:
        raise ValueError(f"{source.name}: {width * len(targets):,} different figures")
    figures = np.tile(np.arange(low, high + 1), len(targets))
    numbers = np.repeat(np.arange(len(targets)), width)
    made = table(source.curve, targets, places, figures, numbers)
    found = made.lookup(figures, numbers, made.denominators)
    weight = float(source.weight or 0) / 100 if isinstance(source, Component) else 1.0
    over = np.array([float(each) for each in made.denominators]).take(numbers)
    values = np.where(found == REFUSED, np.nan, found.astype(np.float64) / over * weight)
    return Lookup(values.astype(np.float32), low, width)


def percent(source: Component | Modifier, figure: Fraction, target: Values | None) -> Fraction | None:
    """What a source pays in percent at one figure, exactly; None where it has no result."""
    try:
        return pays(source.curve, attainment(source.curve, figure, target))
    except NoResultError:
        return None


def holds(rule: Passes, figures: Floats, unit: int) -> Bools:
    """Whether figures over `unit` are on the passing side of a limit; one that is missing has no result elsewhere."""
    scaled = [None if each is None else float(each * unit) for each in (rule.at_least, rule.at_most, rule.above)]
    if scaled[0] is not None:
        found = figures >= scaled[0]
    elif scaled[1] is not None:
        found = figures <= scaled[1]
    elif scaled[2] is not None:
        found = figures > scaled[2]
    else:
        found = figures < float((rule.below or Fraction(0)) * unit)
    return np.asarray(found, dtype=bool)


def share(plan: Plan, lines: list[Floats], passed: Sequence[Bools], factors: Sequence[Floats], parts: Floats) -> Floats:
    """The payout in percent of the opportunity (draws, rows), before its rounding.

    lines: what each component pays, weight counted, segment by segment; they are overwritten. passed: a row or a draw
    for each gate. parts (segments, rows): each segment's part of the opportunity.
    """
    for at, line in enumerate(lines):
        segment, component = divmod(at, len(plan.components))
        _gated(plan, plan.components[component], line, passed)
        if len(parts) > 1:
            line *= parts[segment]
    total = _summed(plan, lines, passed)
    for factor in factors:
        total *= factor
        total /= 100
    for gate, each in zip(plan.gates, passed, strict=True):
        if gate.on == "payout" and not gate.otherwise.only:
            _limit(total, each, gate)
    if plan.cap is not None:
        np.minimum(total, float(plan.cap), out=total)
    if plan.pool_factor != 100:
        total *= float(plan.pool_factor / 100)
    return total


def _limit(values: Floats, passed: Bools, gate: Gate, whole: float = 1.0) -> None:
    """What a failed gate leaves of values, in place: at most its cap, in percent of the part it stands on."""
    cap = float(gate.otherwise.cap or 0) * whole
    np.minimum(values, np.where(passed, np.inf, cap).astype(values.dtype), out=values)


def _gated(plan: Plan, component: Component, line: Floats, passed: Sequence[Bools]) -> None:
    weight = float(component.weight or 0) / 100
    for gate, each in zip(plan.gates, passed, strict=True):
        only = gate.otherwise.only
        if gate.on == f"component:{component.id}" or (only and component.id not in only):
            _limit(line, each, gate, weight)


def _summed(plan: Plan, lines: Sequence[Floats], passed: Sequence[Bools]) -> Floats:
    """The lines added up, each section within its failed gates and its cap."""
    names = [each.section for each in plan.components]
    alone = [line for at, line in enumerate(lines) if names[at % len(names)] is None]
    sums = [_added(alone)] if alone else []
    for section in plan.sections:
        inside = [line for at, line in enumerate(lines) if names[at % len(names)] == section.id]
        if not inside:
            continue
        after = _added(inside)
        whole = sum(float(each.weight or 0) for each in plan.components if each.section == section.id) / 100
        for gate, each in zip(plan.gates, passed, strict=True):
            if gate.on == f"section:{section.id}":
                _limit(after, each, gate, whole)
        if section.cap is not None:
            np.minimum(after, float(section.cap) * whole, out=after)
        sums.append(after)
    return _added(sums)


def _added(parts: Sequence[Floats]) -> Floats:
    total = parts[0]
    for each in parts[1:]:
        total += each
    return total
