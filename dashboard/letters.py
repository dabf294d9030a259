"""Target letters as texts and pictures, for the page and for paper alike: formatted once, no formula."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from dashboard import charts
from dashboard.charts import Picture
from dashboard.formats import Formats
from dashboard.words import _
from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.exact import number
from kpis.letters import due

Heads = Sequence[tuple[str, bool]]


@dataclass(frozen=True)
class CurveText:
    """What one component pays, drawn."""

    title: str
    about: str
    picture: Picture


@dataclass(frozen=True)
class PlanText:
    """One plan of a letter: amounts at three results, its targets, its curves."""

    title: str
    results: Sequence[tuple[str, str]]
    note: str
    heads: Heads
    rows: Sequence[Sequence[str]]
    curves: Sequence[CurveText]


@dataclass(frozen=True)
class Part:
    """A passage of a letter, with a table where it needs one."""

    title: str
    words: str
    heads: Heads = field(default=())
    rows: Sequence[Sequence[str]] = field(default=())


@dataclass(frozen=True)
class LetterText:
    """A whole letter."""

    title: str
    to: str
    lead: str
    plans: Sequence[PlanText]
    parts: Sequence[Part]
    foot: str


@dataclass(frozen=True)
class Reader:
    """What letters are told with: how to write, KPIs, what scopes are called; a curve that many hold is drawn once."""

    write: Formats
    kpis: Mapping[str, KpiDefinition]
    named: Callable[[str], str]
    drawn: dict[str, CurveText] = field(default_factory=dict)


def text(read: Reader, document: Mapping[str, Any], name: str, window: Period, edition: int, digest: str) -> LetterText:
    """A kept letter in words; `name` is the holder's, which no letter keeps."""
    terms, write = document["terms"], read.write
    plans = [_plan(read, each) for each in terms["plans"]]
    period, on = write.period(terms["period"]), date.fromisoformat(document["on"])
    foot = _("Letter {edition} for {period}, written {day}. Hash {digest}").format(
        edition=edition, period=period, day=write.full_day(on), digest=digest[:16]
    )
    days = write.span(window.start, date.fromordinal(window.end.toordinal() - 1))
    title = _("Your targets for {period}").format(period=period)
    return LetterText(
        title, name, f"{_lead(write, terms['plans'])} {_('The period runs from {days}.').format(days=days)}", plans,
        [_sources(read, document), _contest(write, window), _versions(write, terms)], foot,
    )  # fmt: skip


def _lead(write: Formats, plans: Sequence[Mapping[str, Any]]) -> str:
    """What reaching every target pays, in one sentence."""
    told = [
        (plan, int(plan["pays"]["target"])) for plan in plans if "pays" in plan and plan["pays"]["target"] != "None"
    ]
    if len(told) < len(plans) or len({plan["currency"] for plan, _amount in told}) != 1:
        return _("What your targets pay stands below, plan by plan.")
    money = replace(write, currency=told[0][0]["currency"]).money(sum(amount for _plan, amount in told))
    return _("If every target is reached, you are paid {amount} for the period.").format(amount=money)


def _plan(read: Reader, plan: Mapping[str, Any]) -> PlanText:
    write = replace(read.write, currency=plan["currency"])
    words = {"threshold": _("All at threshold"), "target": _("All at target"), "stretch": _("All at stretch")}
    amounts = plan.get("pays", {})
    results = [(word, _money(write, amounts[name])) for name, word in words.items() if name in amounts]
    heads = [(_("What counts"), False), (_("Measured for"), False), (_("Weight"), True)]
    heads += [(_("Threshold"), True), (_("Target"), True), (_("Stretch"), True)]
    rows = [_row(read, each) for each in plan["aims"]]
    curves = [_drawn(read, each) for each in plan["aims"] if each["curve"] and "values" in each]
    return PlanText(plan["title"], results, _note(write, plan), heads, rows, curves)


def _money(write: Formats, amount: str) -> str:
    return _("no result") if amount == "None" else write.money(int(amount))


def _note(write: Formats, plan: Mapping[str, Any]) -> str:
    """What the amounts rest on, and what they leave out."""
    if "pays" not in plan:
        return _("The amounts cannot be told yet: {why} is missing.").format(why=plan["why_not"])
    own = _("Your opportunity for the period is {amount}, from what is known of your hours, salary and days today.")
    told = [own.format(amount=write.money(int(plan["opportunity"])))]
    if plan["left_out"]:
        told.append(_("The amounts are before {names}.").format(names=", ".join(plan["left_out"])))
    told += [_few(write, each) for each in plan["aims"] if "min_n" in each]
    return " ".join(told)


def _few(write: Formats, each: Mapping[str, Any]) -> str:
    """What pays where somebody has too few answers."""
    words = {
        "team": _("{what}: with fewer than {n} answers of your own the team’s figure pays."),
        "credibility": _("{what}: with fewer than {n} answers of your own the team’s figure counts in part."),
    }
    return words[each["below"]].format(what=each["title"], n=write.number(int(each["min_n"])))


def _row(read: Reader, each: Mapping[str, Any]) -> list[str]:
    weight = f"{read.write.number(number(each['weight']))}%" if each["weight"] else "–"
    values = each.get("values") or ["", "", ""]
    whose = read.named(each["scope"]) if ":" in each["scope"] or each["scope"] == "company" else each["scope"]
    return [each["title"], whose, weight, *(_value(read, each["kpi"], value) for value in values)]


def _value(read: Reader, kpi: str, value: str) -> str:
    """A value in the KPI's display unit, where it has one; weighted ones are cut to one more decimal."""
    if not value or kpi not in read.kpis:
        return value
    known, exact = read.kpis[kpi], number(value)
    places = known.decimals if (exact * 10**known.decimals).denominator == 1 else known.decimals + 1
    return read.write.value(exact / 100 if known.unit == "percent" else exact, known.unit, places)


def _drawn(read: Reader, each: Mapping[str, Any]) -> CurveText:
    key = json.dumps([each[name] for name in ("title", "kpi", "values", "curve")])
    if key not in read.drawn:
        read.drawn[key] = _curve(read, each)
    return read.drawn[key]


def _curve(read: Reader, each: Mapping[str, Any]) -> CurveText:
    """The component's curve with its three named points."""
    line = pd.DataFrame([{"x": float(number(x)), "y": float(number(y))} for x, y in each["curve"]])
    names = dict(zip(("threshold", "target", "stretch"), each["values"], strict=True))
    pays = {name: _at(each["curve"], number(value)) for name, value in names.items()}
    words = {"threshold": _("threshold"), "target": _("target"), "stretch": _("stretch")}
    points = pd.DataFrame(
        [{"x": float(number(value)), "y": pays[name], "text": words[name]} for name, value in names.items()]
    )
    known = read.kpis.get(each["kpi"])

    def say_x(value: float) -> str:
        share = known is not None and known.unit == "percent"
        return (
            read.write.value(value / 100 if share else value, known.unit, 0 if share else known.decimals)
            if known
            else f"{value:g}"
        )

    told = [f"{_value(read, each['kpi'], value)}: {read.write.number(pays[name])}%" for name, value in names.items()]
    about = _("Pays of its part: {points}").format(points=", ".join(told))
    past = pd.DataFrame(columns=["x", "y", "low", "high", "text"])
    title = each["title"]
    picture = charts.curve(
        line, points, past, title=title, say_x=say_x, say_y=lambda value: f"{read.write.number(value)}%"
    )
    return CurveText(title, about, picture)


def _at(curve: Sequence[tuple[str, str]], figure: Fraction) -> float:
    """What the curve pays at one of its own figures."""
    return next(float(number(y)) for x, y in curve if number(x) == figure)


def _sources(read: Reader, document: Mapping[str, Any]) -> Part:
    heads = [(_("Figure"), False), (_("Counted from"), False), (_("Newest week when this was written"), False)]
    rows = [
        [read.kpis[name].title if name in read.kpis else name, each["dataset"],
         read.write.full_day(date.fromisoformat(each["until"])) if each["until"] else _("none yet")]
        for name, each in document["sources"].items()
    ]  # fmt: skip
    return Part(
        _("Where the figures come from"), _("Every figure is counted by its definition, open to you."), heads, rows
    )


def _contest(write: Formats, window: Period) -> Part:
    words = _(
        "Tell HR, in words of your own, and quote the hash below; nobody may hold it against you. A person who is not paid by "
        "it decides, with a reason you can read. A change within the period needs your consent, or the works council’s, where "
        "it makes a target harder. This letter was due by {day}."
    )
    return Part(_("How to contest"), words.format(day=write.full_day(due(window))))


def _versions(write: Formats, terms: Mapping[str, Any]) -> Part:
    heads = [(_("What"), False), (_("Version"), True), (_("Counts from"), True), (_("Hash"), False)]
    rows: list[list[str]] = []
    for plan in terms["plans"]:
        rows.append([_("Plan {name}").format(name=plan["id"]), str(plan["version"]), "", plan["digest"][:16]])
        for aim in {each["target"]: each for each in plan["aims"] if each["versions"]}.values():
            rows += [
                [aim["target"], str(at), write.short_day(date.fromisoformat(since)), digest[:16]]
                for at, since, digest in aim["versions"]
            ]
    words = _("Plan and targets as they stood when it was written. What changes later comes as a new letter.")
    return Part(_("What this letter binds"), words, heads, rows)
