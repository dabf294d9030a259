"""A payout told step by step: name, rule, inputs, result, in the order in which it came about."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from hashlib import sha256

import rfc8785

from kpis.exact import shown
from kpis.incentives.curves import pieces
from kpis.incentives.paid import Frame, Participant, Segment, Values
from kpis.incentives.plan import Passes, Plan
from kpis.incentives.reckon import Due, Line, Work
from kpis.incentives.shapes import Curve
from kpis.targets import figure_at

RULES = {
    "salary": "{annual} a year × {percent}%, {period_days} of {year_days} days",
    "amount": "{annual} a year, {period_days} of {year_days} days",
    "salary_year": "{annual} a year × {percent}%",
    "amount_year": "{annual} a year",
    "factor": "{days} of {year_days} days, rounded to {decimals} decimals",
    "hours": "{fte} of full time",
    "hours_and_days": "{fte} of full time, {days} of {period_days} days",
    "share": "share of the assignment",
    "own": "{figure} pays {pays}%, × weight {weight}%",
    "below": "{figure} is short of {first}: pays {pays}%, × weight {weight}%",
    "money": "{figure} earns by its rates",
    "team": "{n} answers are fewer than {min_n}, so the team's {figure} pays {pays}%, × weight {weight}%",
    "no_own": "no figure of your own, so the team's {figure} pays {pays}%, × weight {weight}%",
    "credibility": "{n} answers are fewer than {min_n}, so part the team's: {figure} pays {pays}%, × weight {weight}%",
    "gated": "{figure} pays {curve_pays}%, held to {pays}% by a gate, × weight {weight}%",
    "none": "",
    "passed": "{figure} {side} {limit}: passed",
    "failed": "{figure} not {side} {limit}: not passed",
    "limit": "{before}, at most {limit}",
    "modifier": "{figure} gives {factor}",
    "pool": "pool factor {percent}%",
    "rounded": "{exact}, rounded once",
}


@dataclass(frozen=True)
class Step:
    """One row of a statement.

    `rule` is a sentence of RULES with its inputs' names, for the one translating function; `result` is exact: currency
    for the unit money, a factor for factor. `amount` are the minor units a component's line is paid.
    """

    kind: str
    name: str
    rule: str
    inputs: Mapping[str, str]
    result: str
    unit: str = "money"
    amount: int | None = None
    segment: int | None = None

    def told(self) -> str:
        """The rule with its inputs; numbers that do not end are cut after four decimals, with an ellipsis."""
        return RULES[self.rule].format(**{name: _short(value) for name, value in self.inputs.items()})


def _short(text: str) -> str:
    top, slash, bottom = text.partition("/")
    if not slash:
        return text
    cut = abs(int(top)) * 10_000 // int(bottom)
    return f"{'-' * top.startswith('-')}{cut // 10_000}.{cut % 10_000:04d}…"


def digest(steps: Sequence[Step]) -> str:
    """SHA-256 of the canonical JSON of the steps' numbers, what a payout is held by; words may be mended without breaking it."""
    told = [{name: value for name, value in asdict(step).items() if name not in ("name", "rule")} for step in steps]
    return sha256(rfc8785.dumps(told)).hexdigest()


def statement(plan: Plan, participant: Participant, frame: Frame, work: Work) -> tuple[Step, ...]:
    """Every step from pay at target to the payout that is rounded once."""
    unit = 10**plan.minor_units
    steps: list[Step] = []
    for at, (segment, owed) in enumerate(zip(participant.segments, work.dues, strict=True)):
        if plan.opportunity.percent_of_salary is not None or plan.opportunity.amount is not None:
            steps += _opportunity(plan, segment, owed, frame, at)
        targets = {name: reading.target for name, reading in segment.readings.items()}
        steps += [_line(line, targets.get(line.component.id), unit) for line in work.lines if line.segment == at]
    steps.append(Step("sum", "Sum of the lines", "none", {}, shown(work.total / unit)))
    steps += _gates(work)
    steps += [
        _limit(each.kind, each.name, each.limit / unit, each.before / unit, each.after / unit)
        for each in work.limits
        if "section" in each.kind
    ]
    for each in work.factors:
        inputs = {"figure": shown(each.figure), "factor": shown(each.factor)}
        steps.append(Step("modifier", each.modifier.name, "modifier", inputs, shown(each.factor), "factor"))
    steps += [
        _limit(each.kind, each.name, each.limit / unit, each.before / unit, each.after / unit)
        for each in work.limits
        if "payout" in each.kind
    ]
    if plan.pool_factor != 100:
        inputs = {"percent": shown(plan.pool_factor)}
        steps.append(Step("pool", "Pool", "pool", inputs, shown(plan.pool_factor / 100), "factor"))
    exact = {"exact": shown(work.exact / unit)}
    return (*steps, Step("payout", "Payout", "rounded", exact, shown(Fraction(work.payout, unit)), amount=work.payout))


def _opportunity(plan: Plan, segment: Segment, owed: Due, frame: Frame, at: int) -> list[Step]:
    """Pay at target for the period, hours and days, and the opportunity they leave."""
    unit = 10**plan.minor_units
    percent, places = plan.opportunity.percent_of_salary, plan.proration.decimals
    annual = Fraction(segment.annual, unit) if percent is not None else plan.opportunity.amount or Fraction(0)
    inputs = {"annual": shown(annual), "period_days": str(frame.days), "year_days": str(frame.year_days)}
    inputs |= {} if percent is None else {"percent": shown(percent)}
    rule = "amount" if percent is None else "salary"
    days = {"fte": shown(owed.fte), "days": str(segment.days), "period_days": str(frame.days)}
    if places is None:
        whole = owed.yearly * frame.days / frame.year_days
        part = owed.fte * segment.days / frame.days
        steps = [Step("at_target", "Pay at target for the period", rule, inputs, shown(whole / unit), segment=at)]
        steps.append(Step("hours", "Your hours", "hours_and_days", days, shown(part), "factor", segment=at))
    else:
        rounded = {"days": str(segment.days), "year_days": str(frame.year_days), "decimals": str(places)}
        steps = [
            Step(
                "at_target", "Pay at target for the year", f"{rule}_year", inputs, shown(owed.yearly / unit), segment=at
            ),
            Step("proration", "Your days", "factor", rounded, shown(owed.factor), "factor", segment=at),
            Step("hours", "Your hours", "hours", days, shown(owed.fte), "factor", segment=at),
        ]
    if owed.share != 1:
        steps.append(Step("share", "Your assignment", "share", {}, shown(owed.share), "factor", segment=at))
    return [*steps, Step("opportunity", "Your opportunity", "none", {}, shown(owed.amount / unit), segment=at)]


def _first(curve: Curve, target: Values | None) -> Fraction | None:
    """The figure at which the curve begins, where the axis has one."""
    first = pieces(curve).starts[0]
    if curve.axis == "position":
        return figure_at(target, first) if target else None
    return first if curve.axis == "figure" else None


def _line(line: Line, target: Values | None, unit: int) -> Step:
    component, curve = line.component, line.component.curve
    rule = "no_own" if line.paid.basis == "team" and line.paid.n is None else line.paid.basis
    inputs = {
        "figure": shown(line.paid.figure),
        "attained": "" if line.attained is None else shown(line.attained),
        "curve_pays": shown(line.curve_pays),
        "pays": shown(line.gated),
        "weight": shown(component.weight or Fraction(0)),
        "n": "" if line.paid.n is None else shown(line.paid.n),
        "min_n": str(component.min_n or ""),
    }
    first = _first(curve, target)
    if curve.pays_money:
        rule = "money"
    elif line.gated != line.curve_pays:
        rule = "gated"
    elif rule == "own" and first is not None and line.attained is not None and line.attained < pieces(curve).starts[0]:
        rule, inputs["first"] = "below", shown(first)
    return Step(
        "component", component.name, rule, inputs, shown(line.value / unit), amount=line.amount, segment=line.segment
    )


def _gates(work: Work) -> list[Step]:
    steps = []
    for each in work.gates:
        side, limit = limit_of(each.gate.passes)
        inputs = {"figure": shown(each.figure), "side": side, "limit": shown(limit)}
        rule, result = (
            ("passed", "1") if each.passed else ("failed", shown((each.gate.otherwise.cap or Fraction(0)) / 100))
        )
        steps.append(Step("gate", each.gate.name, rule, inputs, result, "factor"))
    return steps


def limit_of(rule: Passes) -> tuple[str, Fraction]:
    """A gate's side in words and its limit."""
    limits = {"at least": rule.at_least, "at most": rule.at_most, "above": rule.above, "below": rule.below}
    return next((side, limit) for side, limit in limits.items() if limit is not None)


def _limit(kind: str, name: str, limit: Fraction, before: Fraction, after: Fraction) -> Step:
    return Step(kind, name, "limit", {"before": shown(before), "limit": shown(limit)}, shown(after))
