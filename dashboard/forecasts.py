"""Simulations, chance and readiness as sentences and rows: every number formatted once, no formula."""

from collections.abc import Callable, Sequence

import pandas as pd

from dashboard.formats import Formats
from dashboard.words import _
from kpis.incentives.backtest import Backtest
from kpis.incentives.cliffs import Cliff
from kpis.incentives.deciding import Deciding
from kpis.incentives.luck import Luck
from kpis.incentives.readiness import Ready
from kpis.workflows.chances import Chance
from kpis.workflows.simulate import Outlook


def say_money(write: Formats) -> Callable[[float], str]:
    """How a chart writes minor units."""
    return lambda value: write.money_headline(round(value))


def cost_sentence(write: Formats, found: Outlook) -> str:
    """What it costs in nine of ten simulated periods, and how often a budget is exceeded."""
    whole = found.cost.spread(found.budget)
    low, high = (write.money_headline(round(each)) for each in (whole.p5, whole.p95))
    told = _("In nine of ten simulated periods it costs between {low} and {high}, on average {mean}.")
    text = told.format(low=low, high=high, mean=write.money_headline(round(whole.mean)))
    if found.budget is None or whole.over is None:
        return text
    over = _("It exceeds the budget of {budget} in {share} of them.")
    return f"{text} {over.format(budget=write.money_headline(found.budget), share=write.percent(whole.over))}"


def budget_sentence(write: Formats, found: Backtest) -> str:
    """How many past periods would have cost more than the plan's budget, and which; empty where it keeps none."""
    budget, over = found.plan.budget_minor, found.over
    if budget is None or over is None:
        return ""
    amount, periods = write.money_headline(budget), ", ".join(write.period(each) for each in over)
    if not over:
        return _("None of {n} past periods would have cost more than the budget of {amount}.").format(
            n=len(found.periods), amount=amount
        )
    told = _("{over} of {n} past periods would have cost more than the budget of {amount}: {periods}.")
    return told.format(over=len(over), n=len(found.periods), amount=amount, periods=periods)


def history_sentence(write: Formats, found: Outlook) -> str:
    """What was drawn, with the seed, and what computed it."""
    cost, company = found.cost, found.company
    told = _(
        "{draws} draws, seed {seed}: each takes {take} of {slices} weeks from {since} to {until}, for all KPIs at once; "
        "{people} people, computed by {by}."
    )
    return told.format(
        draws=write.number(cost.terms.draws), seed=cost.terms.seed, take=company.take, slices=cost.slices,
        since=write.full_day(company.since), until=write.full_day(company.until), people=write.number(cost.people), by=cost.by,
    )  # fmt: skip


def cost_rows(write: Formats, found: Outlook) -> pd.DataFrame:
    """The rows of `charts.histogram`: low, high, n, text."""
    rows = [
        (low, high, n, _("{low} to {high}: {n} draws").format(low=write.money_short(round(low)), high=write.money_short(round(high)), n=n))
        for low, high, n in found.cost.histogram()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["low", "high", "n", "text"])


def cost_marks(write: Formats, found: Outlook) -> pd.DataFrame:
    """The marked places of `charts.histogram`: value, text, role."""
    whole = found.cost.spread(found.budget)
    marks = [
        (whole.p5, _("1 in 20 below {amount}"), "text"),
        (whole.mean, _("mean {amount}"), "text"),
        (whole.p95, _("1 in 20 above {amount}"), "text"),
    ]
    marks += [(float(found.budget), _("budget {amount}"), "accent")] if found.budget is not None else []
    told = [(value, text.format(amount=write.money_short(round(value))), role) for value, text, role in marks]
    return pd.DataFrame(told, columns=["value", "text", "role"])


def cliff_rows(write: Formats, found: Sequence[Cliff]) -> pd.DataFrame:
    """The rows of `charts.bars`: the money of those who stand near each cliff."""
    rows = [
        (
            _("{title} at {at}").format(title=each.title, at=write.number(each.at, 1)),
            each.money,
            _("{money}, {people} people near it").format(
                money=write.money_short(round(each.money)), people=each.people
            ),
        )
        for each in found
    ]
    return pd.DataFrame(rows, columns=["name", "value", "text"])


def chance_sentence(write: Formats, each: Chance) -> str:
    """What chance alone does to a payout, and the luck share of the plan's group where it is defined."""
    if each.range is None:
        return ""
    told = _("Chance alone moves this between {low} and {high} (95%).")
    same = each.range.low == each.range.high
    ends = {"low": write.money_headline(each.range.low), "high": write.money_headline(each.range.high)}
    text = _("Chance alone does not move this.") if same else told.format(**ends)
    names = {component.id: component.name for component in each.plan.components}
    lucky = [_luck(write, names[name], share) for name, share in each.luck.items()]
    return " ".join([text, *lucky])


def _luck(write: Formats, name: str, luck: Luck) -> str:
    told = _("Among everyone paid on “{name}”, {share} of the differences in pay are luck ({low} to {high}).")
    low, high = (write.percent(each or 0) for each in (luck.low, luck.high))
    return told.format(name=name, share=write.percent(luck.share or 0), low=low, high=high)


def group_rows(write: Formats, found: Backtest) -> list[tuple[str, str, str, str, str]]:
    """Group, people, pay in percent of the opportunity, its interval, and the answer; a hidden one says so instead."""
    rows = []
    for each in found.groups:
        if each.pays is None or each.low is None or each.high is None or each.people is None:
            rows.append((each.group, "", _("not shown"), "", each.note))
            continue
        interval = _("{low} to {high}").format(low=write.number(each.low, 1), high=write.number(each.high, 1))
        rows.append((each.group, write.number(each.people), f"{write.number(each.pays, 1)}%", interval, each.answer))
    return rows


def ready_rows(write: Formats, found: Sequence[Ready], deciding: Sequence[Deciding] = ()) -> list[tuple[str, ...]]:
    """Component, gate or other source, whether it is ready, needed and expected answers, what it lacks, the cheapest mend."""
    others = [
        (
            each.source.name, _("ready") if each.ready else _("not ready"),
            "–" if each.needed is None else write.number(each.needed), write.number(round(each.belief.n)),
            ", ".join(check.name for check in each.checks if not check.passed), "",
        )
        for each in deciding
    ]  # fmt: skip
    return [
        (
            each.asked.component.name, _ready(each), write.number(each.needed),
            write.number(round(each.expected)), ", ".join(check.name for check in each.checks if not check.passed),
            next((mend.told for mend in each.mends if mend.works), ""),
        )
        for each in found
    ] + others  # fmt: skip


def _ready(each: Ready) -> str:
    paid_on = {"team": _("ready: the team’s figure pays"), "credibility": _("ready: a mixed figure pays")}
    return paid_on.get(each.instead, _("ready")) if each.ready else _("not ready")


def answer_rows(write: Formats, found: Ready) -> pd.DataFrame:
    """The points of `charts.curve`: x answers, y expected pay in percent at equal quality, text."""
    rows = [
        (float(n), pays, _("{n} answers pay {pays}%").format(n=write.number(n), pays=write.number(pays, 1)))
        for n, pays in found.by_answers
    ]
    return pd.DataFrame(rows, columns=["x", "y", "text"])
