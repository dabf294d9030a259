"""Statements and what is at stake, as texts: every amount formatted once, no formula."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from dashboard.components import Steps
from dashboard.data.mine import Unit
from dashboard.formats import Formats
from dashboard.steps import Named, rows
from dashboard.words import _
from kpis.definitions import KpiDefinition
from kpis.exact import round_half_away
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import Work
from kpis.incentives.statement import Step
from kpis.workflows.pay import Statement
from kpis.workflows.stake import Held, Preview


@dataclass(frozen=True)
class Slip:
    """One plan's amount for one person, with its steps, as texts; `run` where it was paid by one."""

    key: str
    title: str
    amount: str
    at_target: str
    currency: str
    origin: str
    steps: Steps
    contest: str
    reason: str = ""
    minor: int | None = None
    run: str = ""


def slips(write: Formats, statements: Sequence[Statement], previews: Sequence[Preview], named: Named) -> list[Slip]:
    """What was paid, and for plans that have not paid the period yet what would be paid if it closed today."""
    done = {each.plan.id for each in statements}
    paid = [_paid(write, each, named) for each in statements]
    return paid + [_preview(write, each, named) for each in previews if each.plan.id not in done]


def _paid(write: Formats, each: Statement, named: Named) -> Slip:
    plan = each.plan
    origin = _("Plan {plan}, version {version}. Run {run}, evidence {digest}.").format(
        plan=plan.title or plan.id, version=plan.version, run=each.run.id, digest=each.run.evidence[:12]
    )
    contest = _(
        "Run by {who}. You may contest any line with HR; quote the run. Anyone can recompute it: goldenthread verify."
    )
    words = _("Paid for the period, {plan}") if each.closed else _("Calculated, not approved yet, {plan}")
    title = words.format(plan=plan.title or plan.id)
    slip = _slip(write, plan, each.work, each.steps, named, title, origin, contest.format(who=each.by))
    return replace(slip, run=each.run.id)


def steps_of(write: Formats, each: Statement, named: Named) -> Steps:
    """Every step of a payout, as rows; `named` tells what scopes are called."""
    return _paid(write, each, named).steps


def _preview(write: Formats, each: Preview, named: Named) -> Slip:
    plan, title = each.plan, _("If the period closed today, {plan}").format(plan=each.plan.title or each.plan.id)
    if each.work is None:
        return Slip(plan.id, title, _("no result"), each.reason, plan.currency, "", Steps(()), "", each.reason)
    origin = _("Plan {plan}, version {version}, at the figures to date.").format(
        plan=plan.title or plan.id, version=plan.version
    )
    return _slip(
        write,
        plan,
        each.work,
        each.steps,
        named,
        title,
        origin,
        _("Nothing is decided yet: a named person decides on every payout."),
    )


def _slip(
    write: Formats, plan: Plan, work: Work, steps: Sequence[Step], named: Named, title: str, origin: str, contest: str
) -> Slip:
    write = replace(write, currency=plan.currency)
    at_target = _("{amount} at target").format(amount=write.money(round_half_away(work.opportunity)))
    return Slip(
        plan.id, title, write.money(work.payout), at_target, plan.currency, origin, Steps(*rows(write, plan, steps, named)), contest,
        minor=work.payout,
    )  # fmt: skip


def would_pay(write: Formats, unit: Unit) -> str:
    """What the figures to date would pay of what is paid at target; nothing where the viewer may not see money."""
    whole, pays = sum(each.at_target for each in unit.held), sum(each.pays or 0 for each in unit.held)
    if not unit.money or not whole:
        return ""
    told = _("At today’s figures the plans would pay {pays} of {whole} for the period.")
    return told.format(pays=write.money_headline(pays), whole=write.money_headline(whole))


def chance_at_stake(write: Formats, unit: Unit) -> str:
    """What chance alone does to what the plans would pay, plan by plan; nothing where that is not told."""
    told = _("{plan}: chance alone moves the sum between {low} and {high} (95%).")
    return " ".join(
        told.format(
            plan=each.plan.title or each.plan.id,
            low=write.money_headline(each.range.low),
            high=write.money_headline(each.range.high),
        )
        for each in unit.chances
        if each.range is not None
    )


def at_stake(write: Formats, unit: Unit, kpis: Mapping[str, KpiDefinition]) -> str:
    """The largest amount between pay at target and pay to date, in a sentence."""
    gaps = [(each.at_target - each.pays, kpis[each.target.kpi].title) for each in unit.held if each.pays is not None]
    worst = max(gaps, default=(0, ""))
    if not unit.money or worst[0] <= 0:
        return _("Targets against figures to date")
    return _("{kpi} costs {amount} unless it recovers").format(kpi=worst[1], amount=write.money_headline(worst[0]))


def with_pay(write: Formats, rows: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """The rows of `charts.bullet_rows` with what each target would pay, of how much."""
    told_pay = [_pay(write, unit, each) for each in unit.held]
    return rows.assign(pay=[pays for pays, _of in told_pay], pay_of=[of for _pays, of in told_pay])


def _pay(write: Formats, unit: Unit, each: Held) -> tuple[str, str]:
    if not unit.money:
        return "–", ""
    if not each.lines:
        return "–", _("left out") if each.target.id in unit.few else _("not paid on here")
    pays = "–" if each.pays is None else write.money_headline(each.pays)
    return pays, _("of {amount}").format(amount=write.money_headline(each.at_target))
