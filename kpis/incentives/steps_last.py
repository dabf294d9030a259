"""What a statement tells at its end: pool, the one rounding, the year to date, draws, and what may be claimed back."""

from fractions import Fraction

from kpis.exact import shown
from kpis.incentives.paid import Frame, Participant
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import Work
from kpis.incentives.steps import Step


def last_steps(plan: Plan, participant: Participant, frame: Frame, work: Work) -> list[Step]:
    """The steps from the sum after gates and caps to the payout."""
    unit, steps = 10**plan.minor_units, []
    rule = "rounded"
    if frame.pool:
        inputs = {"total": _money(frame.pool.total, unit), "sum": shown(frame.pool.sum / unit)}
        steps.append(Step("pool", "Pool for everyone", "pooled", inputs, shown(frame.pool.factor), "factor"))
        rule = "pool_share"
    exact, paid = {"exact": shown(work.exact / unit)}, _money(work.payout, unit)
    if not plan.year_to_date and not plan.draw:
        steps.append(Step("payout", "Payout", rule, exact, paid, amount=work.payout))
    else:
        steps.append(Step("due", "Due", rule, exact, _money(work.settled.due, unit)))
        steps += _year(plan, participant, frame, work, unit) + _draw(work, unit)
        steps.append(Step("payout", "Payout", "none", {}, paid, amount=work.payout))
    if plan.clawback:
        terms = {"months": str(plan.clawback.months), "causes": ", ".join(plan.clawback.causes)}
        steps.append(Step("clawback", "May be claimed back", "clawback", terms, paid))
    return steps


def _money(amount: int, unit: int) -> str:
    return shown(Fraction(amount, unit))


def _year(plan: Plan, participant: Participant, frame: Frame, work: Work, unit: int) -> list[Step]:
    """What is due so far less what was paid, and what becomes of a shortfall."""
    if plan.year_to_date is None:
        return []
    done = work.settled
    inputs = {
        "due": _money(done.due, unit),
        "paid_before": _money(participant.paid_before, unit),
        "carried": _money(participant.carried, unit),
    }
    steps = [Step("year_to_date", "Your year so far", "year_to_date", inputs, _money(done.pay, unit))]
    if done.shortfall:
        rule = plan.year_to_date.year_end if frame.last else "carried"
        told = _money(done.shortfall, unit)
        steps.append(Step("shortfall", "Paid too much", rule, {"shortfall": told}, told))
    return steps


def _draw(work: Work, unit: int) -> list[Step]:
    done = work.settled
    if done.draw is None:
        return []
    inputs = {"draw": _money(done.draw, unit), "drawn": _money(done.drawn, unit)}
    steps = [Step("draw", "Draw", "draw", inputs, _money(done.drawn, unit), amount=done.drawn)]
    if done.back:
        steps.append(
            Step(
                "draw_back", "Draws made good", "draw_back", {"back": _money(done.back, unit)}, _money(done.back, unit)
            )
        )
    if done.balance:
        steps.append(Step("draw_balance", "Draws still to be made good", "none", {}, _money(done.balance, unit)))
    return steps
