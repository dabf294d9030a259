"""One person's payout in exact fractions, in the binding order.

The rules a statement shows and the engine is held to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kpis.exact import largest_remainder, round_half_away, round_half_up
from kpis.incentives.curves import NoResultError, attainment, pays
from kpis.incentives.paid import Frame, Paid, Participant, Reading, Segment, paid
from kpis.incentives.plan import Component, Gate, Modifier, Passes, Plan, Section

ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Due:
    """The opportunity of one segment, in minor units, and what it is made of."""

    yearly: Fraction
    factor: Fraction
    fte: Fraction
    share: Fraction
    amount: Fraction


@dataclass(frozen=True)
class Line:
    """One component in one segment.

    Figure, attainment, what the curve pays, what gates leave, its value and its cents.
    """

    segment: int
    component: Component
    paid: Paid
    attained: Fraction | None
    curve_pays: Fraction
    gated: Fraction
    value: Fraction
    amount: int


@dataclass(frozen=True)
class GateResult:
    """A gate's figure and whether it passed."""

    gate: Gate
    figure: Fraction
    passed: bool


@dataclass(frozen=True)
class Limit:
    """A sum and what a cap or a failed gate left of it.

    `kind` is section_cap, section_gate, payout_gate or payout_cap.
    """

    kind: str
    name: str
    limit: Fraction
    before: Fraction
    after: Fraction


@dataclass(frozen=True)
class Factor:
    """A modifier's figure and the factor it gives."""

    modifier: Modifier
    figure: Fraction
    factor: Fraction


@dataclass(frozen=True)
class Work:
    """Every value of one payout, in the order it came about. Money is in minor units, exact until `payout`."""

    person: str
    dues: tuple[Due, ...]
    lines: tuple[Line, ...]
    gates: tuple[GateResult, ...]
    total: Fraction
    limits: tuple[Limit, ...]
    factors: tuple[Factor, ...]
    exact: Fraction
    payout: int

    @property
    def opportunity(self) -> Fraction:
        """The opportunity of all segments, in minor units."""
        return sum((due.amount for due in self.dues), ZERO)


def due(plan: Plan, segment: Segment, frame: Frame) -> Due:
    """Annual base × % × FTE × share × eligible days ÷ days of the year, its factor rounded where the plan says so."""
    terms = plan.opportunity
    percent = terms.percent_of_salary
    yearly = segment.annual * percent / 100 if percent is not None else (terms.amount or ZERO) * 10**plan.minor_units
    factor = Fraction(segment.days, frame.year_days)
    if plan.proration.decimals is not None:
        factor = round_half_up(factor, plan.proration.decimals)
    fte = ONE if percent is not None and segment.amount_is == "actual" else segment.fte
    return Due(yearly, factor, fte, segment.share, yearly * factor * fte * segment.share)


def passes(rule: Passes, figure: Fraction) -> bool:
    """Whether a gate's figure is on the passing side of its limit."""
    if rule.at_least is not None:
        return figure >= rule.at_least
    if rule.at_most is not None:
        return figure <= rule.at_most
    return figure > rule.above if rule.above is not None else figure < (rule.below or ZERO)


def ceiling(component: Component, gates: Sequence[GateResult]) -> Fraction | None:
    """The most a component may pay after failed gates on it, or after one that lets only others pay; None: no limit."""
    limits = [
        result.gate.otherwise.cap or ZERO
        for result in gates
        if not result.passed
        and (
            result.gate.on == f"component:{component.id}"
            or (result.gate.otherwise.only and component.id not in result.gate.otherwise.only)
        )
    ]
    return min(limits, default=None)


def reckon(plan: Plan, participant: Participant, frame: Frame) -> Work:
    """The payout of one person with everything behind it. Raises NoResultError where a figure or target is missing."""
    dues = tuple(due(plan, segment, frame) for segment in participant.segments)
    opportunity = sum((each.amount for each in dues), ZERO)
    gates = tuple(_gate(plan, gate, participant.readings) for gate in plan.gates)
    lines = [
        _line(plan, component, at, segment, dues[at], gates)
        for at, segment in enumerate(participant.segments)
        for component in plan.components
    ]
    total = sum((line.value for line in lines), ZERO)
    kept, limits = _sections(plan, lines, gates, opportunity)
    factors = tuple(_factor(plan, modifier, participant.readings) for modifier in plan.modifiers)
    value = sum(kept, ZERO)
    for factor in factors:
        value *= factor.factor
    value, last = _payout_limits(plan, value, gates, opportunity)
    exact = value * plan.pool_factor / 100
    payout = round_half_away(exact)
    cents = largest_remainder(payout, kept)
    paid_lines = tuple(_with_amount(line, cent) for line, cent in zip(lines, cents, strict=True))
    return Work(participant.person, dues, paid_lines, gates, total, (*limits, *last), factors, exact, payout)


def _with_amount(line: Line, amount: int) -> Line:
    return Line(
        line.segment, line.component, line.paid, line.attained, line.curve_pays, line.gated, line.value, amount
    )  # dataclasses.replace is four times slower, and this is done for every line


def _read(readings: Mapping[str, Reading], name: str) -> Reading:
    return readings.get(name, Reading())


def _gate(plan: Plan, gate: Gate, readings: Mapping[str, Reading]) -> GateResult:
    figure = paid(plan, gate, _read(readings, gate.id)).figure
    return GateResult(gate, figure, passes(gate.passes, figure))


def _factor(plan: Plan, modifier: Modifier, readings: Mapping[str, Reading]) -> Factor:
    reading = _read(readings, modifier.id)
    figure = paid(plan, modifier, reading).figure
    return Factor(modifier, figure, pays(modifier.curve, attainment(modifier.curve, figure, reading.target)) / 100)


def _line(plan: Plan, component: Component, at: int, segment: Segment, owed: Due, gates: Sequence[GateResult]) -> Line:
    curve, reading = component.curve, _read(segment.readings, component.id)
    figure = paid(plan, component, reading)
    try:
        attained = [attainment(curve, value, reading.target) for _, value in figure.terms]
        curve_pays = sum((sign * pays(curve, x) for (sign, _), x in zip(figure.terms, attained, strict=True)), ZERO)
    except NoResultError as none:
        raise NoResultError(f"{component.name}: {none}") from none
    limit = ceiling(component, gates)
    gated = curve_pays if limit is None else min(curve_pays, limit)
    weight = component.weight or ZERO
    value = gated * 10**plan.minor_units if curve.pays_money else gated * weight * owed.amount / 10_000
    return Line(at, component, figure, attained[0] if len(attained) == 1 else None, curve_pays, gated, value, 0)


def _sections(
    plan: Plan, lines: Sequence[Line], gates: Sequence[GateResult], opportunity: Fraction
) -> tuple[list[Fraction], list[Limit]]:
    """Each line's value after its section's gates and cap, and the limits that were looked at."""
    kept = [line.value for line in lines]
    limits: list[Limit] = []
    for section in plan.sections:
        inside = [at for at, line in enumerate(lines) if line.component.section == section.id]
        whole = section_weight(plan, section) * opportunity / 100
        for kind, percent in section_limits(section, gates):
            before, limit = sum((kept[at] for at in inside), ZERO), percent * whole / 100
            after = min(before, limit)
            limits.append(Limit(kind, section.title or section.id, limit, before, after))
            for at in inside:
                kept[at] = kept[at] * after / before if before else kept[at]
    return kept, limits


def section_weight(plan: Plan, section: Section) -> Fraction:
    """The sum of a section's weights, in percent of the opportunity."""
    return sum((each.weight or ZERO for each in plan.components if each.section == section.id), ZERO)


def section_limits(section: Section, gates: Sequence[GateResult]) -> list[tuple[str, Fraction]]:
    """(kind, percent) of every limit on a section: its failed gates, then its cap."""
    failed = [each.gate for each in gates if not each.passed and each.gate.on == f"section:{section.id}"]
    limits = [("section_gate", gate.otherwise.cap or ZERO) for gate in failed]
    return limits if section.cap is None else [*limits, ("section_cap", section.cap)]


def _payout_limits(
    plan: Plan, value: Fraction, gates: Sequence[GateResult], opportunity: Fraction
) -> tuple[Fraction, list[Limit]]:
    limits: list[Limit] = []
    failed = [
        each.gate for each in gates if not each.passed and each.gate.on == "payout" and not each.gate.otherwise.only
    ]
    caps = [("payout_gate", gate.name, gate.otherwise.cap or ZERO) for gate in failed]
    for kind, name, percent in [
        *caps,
        *([] if plan.cap is None else [("payout_cap", "Cap of the plan", plan.cap)]),
    ]:
        limit = percent * opportunity / 100
        limits.append(Limit(kind, name, limit, value, min(value, limit)))
        value = min(value, limit)
    return value, limits
