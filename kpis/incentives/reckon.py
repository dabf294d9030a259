"""One person's payout in exact fractions, in the binding order.

The rules a statement shows and the engine is held to.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from kpis.exact import largest_remainder, round_half_up
from kpis.incentives.curves import NoResultError, attainment, pays
from kpis.incentives.earned import Earned, earned, missing, reading
from kpis.incentives.paid import Frame, Paid, Participant, Reading, Segment, paid
from kpis.incentives.plan import Component, Gate, Kicker, Modifier, Passes, Plan, Section
from kpis.incentives.settle import settled
from kpis.incentives.work import Due as Due
from kpis.incentives.work import Factor as Factor
from kpis.incentives.work import GateResult as GateResult
from kpis.incentives.work import Kick as Kick
from kpis.incentives.work import Limit as Limit
from kpis.incentives.work import Line as Line
from kpis.incentives.work import Work as Work

ZERO, ONE = Fraction(0), Fraction(1)
WHOLE = ("payout", "company", "person")


def due(plan: Plan, segment: Segment, frame: Frame, person: str = "") -> Due:
    """Annual base × % × FTE × share × eligible days ÷ days of the year, its factor rounded where the plan says so.

    Raises NoResultError where the plan has no opportunity for the person or their level.
    """
    terms = plan.opportunity.of(person, segment.level)
    if terms is None and plan.opportunity.everything:
        raise NoResultError(f"no opportunity for the level {segment.level or 'none'}")
    percent = terms.percent_of_salary if terms else None
    yearly = segment.annual * percent / 100 if percent is not None else ZERO
    if terms and terms.amount is not None:
        yearly = terms.amount * 10**plan.minor_units
    factor = Fraction(segment.days, frame.year_days)
    if plan.proration.decimals is not None:
        factor = round_half_up(factor, plan.proration.decimals)
    fte = ONE if percent is not None and segment.amount_is == "actual" else segment.fte
    return Due(yearly, factor, fte, segment.share, yearly * factor * fte * segment.share, percent)


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
    dues = tuple(due(plan, segment, frame, participant.person) for segment in participant.segments)
    opportunity = sum((each.amount for each in dues), ZERO)
    gates = tuple(_gate(plan, gate, participant.readings) for gate in plan.gates)
    lines = _lines(plan, participant, dues, gates)
    total = sum((line.value for line in lines), ZERO)
    kept, limits = _sections(plan, lines, gates)
    factors = tuple(_factor(plan, modifier, participant.readings) for modifier in plan.modifiers)
    product = ONE
    for factor in factors:
        product *= factor.factor
    kicks = [_kick(plan, kicker, participant.readings, opportunity) for kicker in plan.kickers]
    value = sum(kept, ZERO) * product + sum((each.value for each in kicks), ZERO)
    value, last = _payout_limits(plan, value, gates, opportunity)
    before = value * plan.pool_factor / 100
    exact = before * frame.pool.factor if frame.pool else before
    done = settled(plan, participant, frame, exact, opportunity)
    cents = largest_remainder(done.shared, [*(each * product for each in kept), *(each.value for each in kicks)])
    paid_lines = tuple(_with_amount(line, cent) for line, cent in zip(lines, cents, strict=False))
    added = tuple(
        Kick(each.kicker, each.figure, each.passed, each.value, cent)
        for each, cent in zip(kicks, cents[len(lines) :], strict=True)
    )
    return Work(
        participant.person,
        dues,
        paid_lines,
        gates,
        total,
        (*limits, *last),
        factors,
        added,
        before,
        exact,
        done,
        done.payout,
    )


def _with_amount(line: Line, amount: int) -> Line:
    return Line(
        line.segment, line.component, line.earned, line.gated, line.weight, line.opportunity, line.value, amount
    )  # dataclasses.replace is four times slower, and this is done for every line


def _gate(plan: Plan, gate: Gate, readings: Mapping[str, Reading]) -> GateResult:
    figure = paid(plan, gate, reading(readings, gate.id)).figure
    return GateResult(gate, figure, passes(gate.passes, figure))


def _factor(plan: Plan, modifier: Modifier, readings: Mapping[str, Reading]) -> Factor:
    mine = reading(readings, modifier.id)
    figure = paid(plan, modifier, mine).figure
    return Factor(modifier, figure, pays(modifier.curve, attainment(modifier.curve, figure, mine.target)) / 100)


def _kick(plan: Plan, kicker: Kicker, readings: Mapping[str, Reading], opportunity: Fraction) -> Kick:
    """What a kicker adds: percent of the opportunity, or an amount, where its condition holds."""
    figure = paid(plan, kicker, reading(readings, kicker.id)).figure
    held = passes(kicker.passes, figure)
    percent = kicker.adds.percent
    adds = percent * opportunity / 100 if percent is not None else (kicker.adds.amount or ZERO) * 10**plan.minor_units
    return Kick(kicker, figure, held, adds if held else ZERO, 0)


def _lines(plan: Plan, participant: Participant, dues: Sequence[Due], gates: Sequence[GateResult]) -> list[Line]:
    """Every component in every segment, in that order, weights renormalised where one has no part in the segment."""
    parts = [_by_answers(plan, each, participant, dues) for each in plan.components]
    lines = []
    for at, segment in enumerate(participant.segments):
        found = [
            earned(plan, component, segment) if mine is None else mine[at][0]
            for component, mine in zip(plan.components, parts, strict=True)
        ]
        scale = _scale(plan, found)
        for component, each, mine in zip(plan.components, found, parts, strict=True):
            weight = ZERO if each.out else (component.weight or ZERO) * scale
            lines.append(
                _line(plan, component, at, each, weight, dues[at].amount if mine is None else mine[at][1], gates)
            )
    return lines


def _scale(plan: Plan, found: Sequence[Earned]) -> Fraction:
    """What weights are multiplied by where a component is out; raises NoResultError where none is in."""
    if not any(each.out for each in found):
        return ONE
    whole = sum((each.weight or ZERO for each in plan.components), ZERO)
    left = sum((each.weight or ZERO for each, mine in zip(plan.components, found, strict=True) if not mine.out), ZERO)
    if not left:
        raise NoResultError("no component has a figure")
    return whole / left


def _by_answers(
    plan: Plan, component: Component, participant: Participant, dues: Sequence[Due]
) -> list[tuple[Earned, Fraction]] | None:
    """What a component earns and its opportunity, segment by segment, where answers share them; None where days do."""
    if component.segments_by == "days":
        return None
    readings = [reading(segment.readings, component.id) for segment in participant.segments]
    answers = [(each.own.n if each.own else None) or ZERO for each in readings]
    whole, every = sum((each.amount for each in dues), ZERO), sum(answers, ZERO)
    if not every:
        none = NoResultError(f"{component.name}: no answers in any segment")
        return [
            (missing(plan, component, segment, none), owed.amount)
            for segment, owed in zip(participant.segments, dues, strict=True)
        ]
    nothing = Earned(Paid((), "missing"), None, ZERO, reason=f"{component.name}: no answers in this segment")
    return [
        (earned(plan, component, segment) if n else nothing, whole * n / every)
        for segment, n in zip(participant.segments, answers, strict=True)
    ]


def _line(
    plan: Plan,
    component: Component,
    at: int,
    each: Earned,
    weight: Fraction,
    owed: Fraction,
    gates: Sequence[GateResult],
) -> Line:
    limit = ceiling(component, gates)
    gated = each.curve_pays if limit is None else min(each.curve_pays, limit)
    value = gated * 10**plan.minor_units if component.curve.pays_money else gated * weight * owed / 10_000
    return Line(at, component, each, gated, weight, owed, value, 0)


def _sections(plan: Plan, lines: Sequence[Line], gates: Sequence[GateResult]) -> tuple[list[Fraction], list[Limit]]:
    """Each line's value after its section's gates and cap, and the limits that were looked at."""
    kept = [line.value for line in lines]
    limits: list[Limit] = []
    for section in plan.sections:
        inside = [at for at, line in enumerate(lines) if line.component.section == section.id]
        whole = sum((lines[at].weight * lines[at].opportunity for at in inside), ZERO) / 100
        for kind, percent in section_limits(section, gates):
            before, limit = sum((kept[at] for at in inside), ZERO), percent * whole / 100
            after = min(before, limit)
            limits.append(Limit(kind, section.title or section.id, limit, before, after))
            for at in inside:
                kept[at] = kept[at] * after / before if before else kept[at]
    return kept, limits


def section_limits(section: Section, gates: Sequence[GateResult]) -> list[tuple[str, Fraction]]:
    """(kind, percent) of every limit on a section: its failed gates, then its cap."""
    failed = [each.gate for each in gates if not each.passed and each.gate.on == f"section:{section.id}"]
    limits = [("section_gate", gate.otherwise.cap or ZERO) for gate in failed]
    return limits if section.cap is None else [*limits, ("section_cap", section.cap)]


def _payout_limits(
    plan: Plan, value: Fraction, gates: Sequence[GateResult], opportunity: Fraction
) -> tuple[Fraction, list[Limit]]:
    limits: list[Limit] = []
    failed = [each.gate for each in gates if not each.passed and each.gate.on in WHOLE and not each.gate.otherwise.only]
    caps = [("payout_gate", gate.name, gate.otherwise.cap or ZERO) for gate in failed]
    for kind, name, percent in [
        *caps,
        *([] if plan.cap is None else [("payout_cap", "Cap of the plan", plan.cap)]),
    ]:
        limit = percent * opportunity / 100
        limits.append(Limit(kind, name, limit, value, min(value, limit)))
        value = min(value, limit)
    return value, limits
