"""A cascade as texts and small frames: whether it closes, who carries what, what chance would do. No formula."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.formats import Formats
from dashboard.words import _, plain
from data_contracts.problems import Problem, Problems
from kpis.cascade import VALUES
from kpis.definitions import KpiDefinition
from kpis.odds import Odds
from kpis.spread import Proposal
from kpis.workflows.spreading import Below
from kpis.workflows.target_history import History

if TYPE_CHECKING:
    from dashboard.data.aims import AimStep
    from dashboard.data.first_aims import First

SHARE, NAME = "share", "name"


@dataclass(frozen=True)
class Telling:
    """What a cascade is told with: how to write, its KPI, and what its parts are called."""

    write: Formats
    kpi: KpiDefinition
    named: Callable[[str], str]


def frame(tell: Telling, found: Below, made: Proposal) -> pd.DataFrame:
    """Parts as the rows of the table that is edited: name, share in percent, the three values in the KPI's unit."""
    rows = [
        {NAME: tell.named(each.name), SHARE: float(each.share * 100)}
        | {name: float(value) for name, value in zip(VALUES, made.values[each.name], strict=True)}
        for each in found.parts
    ]
    return pd.DataFrame(rows, index=[each.name for each in found.parts])


def written(edited: pd.DataFrame) -> dict[str, tuple[Fraction, tuple[Fraction, Fraction, Fraction]]]:
    """The edited table as exact numbers, as they are read on it; raises Problems for a cell without one."""
    found = {}
    for row in edited.reset_index(names="scope").to_dict("records"):
        share, low, middle, high = (_exact(row, name) for name in (SHARE, *VALUES))
        found[str(row["scope"])] = (share / 100, (low, middle, high))
    return found


def _exact(row: Mapping[Any, Any], name: str) -> Fraction:
    try:
        return Fraction(Decimal(repr(float(row[name]))))
    except (TypeError, ValueError, InvalidOperation, OverflowError):
        where = f"{row[NAME]}, {name}"
        raise Problems([Problem(where, _("a number"), _("nothing"), _("Write one, or undo the change."))]) from None


def closing(tell: Telling, step: "AimStep") -> str:
    """Whether it closes, and what it comes to at each of the three, as Markdown."""
    gap, parent = step.made.gap, step.found.parent.values
    sums = [whole - getattr(gap, name) for whole, name in zip(parent, VALUES, strict=True)]
    words = (_("threshold"), _("target"), _("stretch"))
    parts = [
        _("{sum} of {whole} at {name}").format(
            sum=_value(tell, found, 0 if step.closes else 2), whole=_value(tell, whole), name=name
        )
        for found, whole, name in zip(sums, parent, words, strict=True)
    ]
    head = _("It closes.") if step.closes else _("It does not close.")
    return f"**{head}** {plain(_('Together they come to {parts}.').format(parts=', '.join(parts)))}"


def open_by(tell: Telling, step: "AimStep", shares: Fraction) -> str:
    """By how much it does not close, in one line; nothing where it does."""
    told = []
    if shares != 1:
        told.append(_("The shares come to {n}%.").format(n=tell.write.number(shares * 100, 1)))
    if not step.closes:
        gaps = ", ".join(
            f"{_(name)} {tell.write.number(getattr(step.made.gap, name), tell.kpi.decimals + 2, sign=True)}"
            for name in VALUES
        )
        told.append(_("Open: {gaps}.").format(gaps=gaps))
    return " ".join([*told, *step.made.remarks])


def _value(tell: Telling, value: Fraction, more: int = 0) -> str:
    kpi = tell.kpi
    return tell.write.value(value / 100 if kpi.unit == "percent" else value, kpi.unit, kpi.decimals + more)


def carried(tell: Telling, step: "AimStep") -> tuple[str, pd.DataFrame]:
    """Who carries how much between today and the target: a title that says who most, and the rows of the chart."""
    known = {name: each for name, each in step.made.carries.items() if each is not None}
    places = tell.kpi.decimals + 1
    rows = [
        {
            "name": tell.named(name), "value": float(each), "text": tell.write.number(each, places, sign=True),
            "better": None,
        }
        for name, each in known.items() if each or name != "rest"
    ]  # fmt: skip
    whole = sum(known.values(), Fraction(0))
    most = max(known, key=lambda name: abs(known[name]), default="")
    if not rows:
        return _("What each carries is not shown: it would tell figures of single people"), pd.DataFrame()
    if not most or not whole:
        return _("The target asks for what is reached today"), pd.DataFrame(rows)
    title = _("{name} carries {own} of {whole} between today and the target").format(
        name=tell.named(most),
        own=tell.write.number(known[most], places, sign=True),
        whole=tell.write.number(whole, places, sign=True),
    )
    return title, pd.DataFrame(rows)


def chance_heads() -> list[tuple[str, bool]]:
    """The heads of the table of chances."""
    heads = [(_("Who"), False), (_("Now"), True), (_("n"), True), (_("Threshold"), True), (_("Target"), True)]
    return [*heads, (_("Stretch"), True), (_("8 in 10 fall in"), True)]


def chances(tell: Telling, step: "AimStep") -> list[list[str]]:
    """Parent first, then its parts: level, n, the chance of each value, and where 8 of 10 draws fall."""
    found, rows = step.found, []
    for name in (found.parent.scope, *(each.name for each in found.parts if each.asked)):
        held, odds = found.history.get(name), step.odds.get(name)
        if held is None or odds is None:
            rows.append([tell.named(name), _("not shown"), "", "", "", "", ""])
            continue
        level = "–" if held.level is None else _value(tell, held.level)
        rows.append([tell.named(name), level, tell.write.number(held.seen.n), *_odds(tell, odds)])
    return rows


def reached(tell: Telling, held: History) -> str:
    """What a scope has reached so far, with n, interval, and what it was made from."""
    now, days = held.reached, held.days
    if held.level is None or now is None or days is None:
        return _("Too few answers in the last 52 weeks to say what is reached today.")
    kpi, low, high = tell.kpi, now.low, now.high
    told = [_("Reached in the last 52 whole weeks: {level}, n {n}.")]
    if low is not None and high is not None:
        told = [_("Reached in the last 52 whole weeks: {level}, 95% interval {interval}, n {n}.")]
    interval = "" if low is None or high is None else tell.write.interval(low, high, kpi.unit, kpi.decimals)
    told += [_("Interval: {method}.")] if now.method and interval else []
    told.append(_("Source: {dataset}, {since} to {until}."))
    return " ".join(told).format(
        level=_value(tell, held.level), n=tell.write.number(held.seen.n), interval=interval, method=now.method,
        dataset=kpi.dataset, since=tell.write.full_day(days.start), until=tell.write.full_day(days.end - timedelta(days=1)),
    )  # fmt: skip


def order(tell: Telling) -> str:
    """In which unit and order three values are written."""
    if tell.kpi.direction == "lower":
        return _(
            "Write all three in the KPI’s unit. Lower is better here: the threshold is the highest, the stretch the lowest."
        )
    return _(
        "Write all three in the KPI’s unit. Higher is better here: the threshold is the lowest, the stretch the highest."
    )


def chance_row(tell: Telling, made: "First") -> list[str]:
    """One target's level, n, the chance of each value, and where 8 of 10 draws fall."""
    level = "–" if made.history.level is None else _value(tell, made.history.level)
    return [tell.named(made.target.scope), level, tell.write.number(made.history.seen.n), *_odds(tell, made.odds)]


def _odds(tell: Telling, odds: Odds) -> list[str]:
    if odds.chances is None or odds.likely is None:
        return ["–", "–", "–", odds.reason]
    low, high = (_value(tell, Fraction(each)) for each in odds.likely)
    return [*(_percent(tell, each) for each in odds.chances), _("{low} to {high}").format(low=low, high=high)]


def _percent(tell: Telling, chance: float) -> str:
    """Whole percent; never certain, because 4,000 draws are not."""
    if chance < 0.01:
        return _("<1%")
    return _(">99%") if chance > 0.99 else tell.write.percent(chance)


def how(tell: Telling, step: "AimStep") -> str:
    """How the chances were found, with n and effective n of the parent."""
    return how_odds(tell, step.odds.get(step.found.parent.scope))


def how_odds(tell: Telling, odds: Odds | None) -> str:
    """How chances were found, with n and effective n."""
    if odds is None or not odds.method:
        return _("What would chance do? History cannot say: {why}").format(why=odds.reason if odds else "")
    effective = (
        "" if odds.effective is None else _(", worth {n} independent ones").format(n=tell.write.number(odds.effective))
    )
    told = _("If nothing changes: {method}. {n} answers{effective}.")
    return told.format(method=odds.method, n=tell.write.number(odds.n), effective=effective)
