"""What a statement tells of one component in one segment."""

from fractions import Fraction

from kpis.exact import shown
from kpis.incentives.curves import pieces
from kpis.incentives.paid import Segment, Values
from kpis.incentives.reckon import Line
from kpis.incentives.shapes import Curve
from kpis.incentives.steps import Step
from kpis.targets import figure_at

TEAM = ("team", "no_own", "credibility")


def line_steps(line: Line, segment: Segment, unit: int) -> list[Step]:
    """The component's step, and before it what its answers are of the person's, where they share the segments."""
    component = line.component
    reading = segment.readings.get(component.id)
    steps = []
    if component.segments_by == "n":
        answers = (reading.own.n if reading and reading.own else None) or Fraction(0)
        inputs = {"own_n": shown(answers), "opportunity": shown(line.opportunity / unit)}
        steps.append(
            Step("answers", component.name, "by_answers", inputs, shown(line.opportunity / unit), segment=line.segment)
        )
    rule, inputs = _rule(line, reading.target if reading else None), _inputs(line)
    if rule == "below":
        inputs["first"] = shown(first_figure(component.curve, reading.target if reading else None) or Fraction(0))
    value = shown(line.value / unit)
    whose = reading.team.of.split("@")[1] if rule in TEAM and reading and reading.team and reading.team.of else ""
    return [
        *steps,
        Step("component", component.name, rule, inputs, value, amount=line.amount, segment=line.segment, whose=whose),
    ]


def _inputs(line: Line) -> dict[str, str]:
    component, made = line.component, line.earned
    told = {
        "figure": shown(line.paid.figure),
        "attained": _maybe(line.attained),
        "curve_pays": shown(line.curve_pays),
        "pays": shown(line.gated),
        "weight": shown(line.weight),
        "n": _maybe(line.paid.n),
        "min_n": str(component.min_n or ""),
    }
    if made.scored:
        parts = {"achievement": made.scored.achievement, "improvement": made.scored.improvement}
        parts |= {"lowest": made.scored.lowest}
        told |= {name: _maybe(value) for name, value in parts.items()}
    if made.second:
        told |= {"second": shown(made.second.figure), "across": _maybe(made.across)}
    return told | ({"reason": made.reason} if made.reason else {})


def _maybe(value: Fraction | None) -> str:
    return "" if value is None else shown(value)


def _rule(line: Line, target: Values | None) -> str:
    """The sentence that tells how the line came about."""
    made, curve = line.earned, line.component.curve
    if made.reason:
        if line.paid.basis == "missing":
            return "out" if made.out else "no_answers"
        return "fallback" if line.paid.terms else "fallback_pays"
    if curve.pays_money:
        return "money"
    if line.gated != line.curve_pays:
        return "gated"
    if made.scored:
        return "consistent" if made.scored.lowest is not None else "scored"
    if made.second:
        return "matrix"
    if line.paid.basis == "own":
        first = first_figure(curve, target)
        below = first is not None and line.attained is not None and line.attained < pieces(curve).starts[0]
        return "below" if below else "own"
    return "no_own" if line.paid.basis == "team" and line.paid.n is None else line.paid.basis


def first_figure(curve: Curve, target: Values | None) -> Fraction | None:
    """The figure at which the curve begins, where the axis has one."""
    first = pieces(curve).starts[0]
    if curve.axis == "position":
        return figure_at(target, first) if target else None
    return first if curve.axis == "figure" else None
