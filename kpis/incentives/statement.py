"""A payout told step by step: name, rule, inputs, result, in the order in which it came about."""

from fractions import Fraction

from kpis.exact import shown
from kpis.incentives.paid import Frame, Participant, Segment
from kpis.incentives.plan import Passes, Plan
from kpis.incentives.reckon import Due, Kick, Work
from kpis.incentives.steps import RULES as RULES
from kpis.incentives.steps import Step as Step
from kpis.incentives.steps import digest as digest
from kpis.incentives.steps_last import last_steps
from kpis.incentives.steps_line import line_steps


def statement(plan: Plan, participant: Participant, frame: Frame, work: Work) -> tuple[Step, ...]:
    """Every step from pay at target to the payout that is rounded once."""
    unit = 10**plan.minor_units
    steps: list[Step] = []
    for at, (segment, owed) in enumerate(zip(participant.segments, work.dues, strict=True)):
        if plan.opportunity.everything:
            steps += _opportunity(plan, segment, owed, frame, at)
        steps += [step for line in work.lines if line.segment == at for step in line_steps(line, segment, unit)]
    steps.append(Step("sum", "Sum of the lines", "none", {}, shown(work.total / unit)))
    steps += _gates(work)
    steps += _limits(work, unit, "section")
    for each in work.factors:
        inputs = {"figure": shown(each.figure), "factor": shown(each.factor)}
        steps.append(Step("modifier", each.modifier.name, "modifier", inputs, shown(each.factor), "factor"))
    steps += [_kick(each, unit) for each in work.kicks]
    steps += _limits(work, unit, "payout")
    if plan.pool_factor != 100:
        inputs = {"percent": shown(plan.pool_factor)}
        steps.append(Step("pool", "Pool", "pool", inputs, shown(plan.pool_factor / 100), "factor"))
    return (*steps, *last_steps(plan, participant, frame, work))


def _limits(work: Work, unit: int, which: str) -> list[Step]:
    return [
        _limit(each.kind, each.name, each.limit / unit, each.before / unit, each.after / unit)
        for each in work.limits
        if which in each.kind
    ]


def _kick(each: Kick, unit: int) -> Step:
    side, limit = limit_of(each.kicker.passes)
    inputs = {"figure": shown(each.figure), "side": side, "limit": shown(limit), "adds": shown(each.value / unit)}
    rule = "kicked" if each.passed else "not_kicked"
    return Step("kicker", each.kicker.name, rule, inputs, shown(each.value / unit), amount=each.amount)


def _opportunity(plan: Plan, segment: Segment, owed: Due, frame: Frame, at: int) -> list[Step]:
    """Pay at target for the period, hours and days, and the opportunity they leave."""
    unit = 10**plan.minor_units
    percent, places = owed.percent, plan.proration.decimals
    annual = Fraction(segment.annual, unit) if percent is not None else owed.yearly / unit
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
    if segment.because:
        told = {"fte": shown(segment.fte), "days": str(segment.days)}
        steps.append(
            Step("eligible", "Your eligible days", segment.because, told, str(segment.days), "days", segment=at)
        )
    if owed.share != 1:
        steps.append(Step("share", "Your assignment", "share", {}, shown(owed.share), "factor", segment=at))
    return [*steps, Step("opportunity", "Your opportunity", "none", {}, shown(owed.amount / unit), segment=at)]


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
