"""Commands that study a KPI: drivers (what goes with it) and outcomes (what goes with it afterwards). Neither feeds pay."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.shell import Column, JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from dashboard.formats import Formats
    from kpis.definitions import KpiDefinition
    from kpis.drivers import Effect, Study
    from kpis.outcomes import OutcomeLink

PANEL = "Measure"
BETWEEN = re.compile(r",(?![^(]*\))")  # the commas between factors, not those inside a function
KpiArgument = Annotated[str, typer.Argument(metavar="KPI", help="A KPI of the workspace, such as on_time.")]
EFFECTS = (
    Column("label", "Goes with"), Column("n", "n", right=True), Column("effect", "Difference", right=True),
    Column("interval", "95% interval", right=True), Column("odds", "Odds ratio", right=True),
    Column("share", "The factor explains", right=True), Column("sure", "How sure"),
)  # fmt: skip
GROUPS = (
    Column("name", "Score"), Column("n", "Customers", right=True), Column("share", "Share", right=True),
    Column("interval", "95% interval", right=True),
)  # fmt: skip
STEPS = (Column("asks", "The rule asks"), Column("holds", "Holds"), Column("found", "Found"))
POINTS = {"percent": "One percentage point", "hours": "One hour", "days": "One day"}
SHARES = {"repeat": "ordered again", "retention": "stayed", "revenue": "ordered again", "cost": "caused a cost"}
GAINS = {
    "repeat": "percentage points of customers who order again",
    "retention": "percentage points of customers who stay",
}


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(rich_help_panel=PANEL)(drivers)
    app.command(rich_help_panel=PANEL)(outcomes)


def drivers(
    kpi: KpiArgument,
    by: Annotated[
        Literal["segment", "channel"] | None, typer.Option(help="One study for each of its values, too.")
    ] = None,
    factors: Annotated[
        str, typer.Option(help="Columns, conditions or yes/no KPIs, separated by commas; without it those that fit.")
    ] = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """What goes with a KPI over the last 52 weeks, by how much, how sure, and how much each factor explains."""
    from kpis.workflows import studies

    snapshot = opened.snapshot(folder)
    definition = snapshot.workspace.kpi(kpi)
    named = [each.strip() for each in BETWEEN.split(factors) if each.strip()]
    found = studies.drivers(snapshot, definition, named, by)
    if as_json:
        shell.print_json([asdict(each) for each in found])
        return
    write = opened.formats(snapshot.workspace)
    for each in found:
        _print_study(write, definition, each)
    shell.say(f"{found[0].method}. Read: {found[0].source}.", False)
    shell.say("Goes with, not causes: nobody drew lots. Nothing here is paid on.", False)


def _print_study(write: "Formats", definition: "KpiDefinition", study: "Study") -> None:
    whose = f", {study.segment}" if study.segment else ""
    over = f", {write.number(study.clusters)} clusters ({definition.cluster})" if study.clusters is not None else ""
    title = f"Drivers of {definition.title} in {study.unit}{whose}: {write.number(study.n)} observations{over}"
    shares = {each.name: each for each in study.factors}
    rows = [_effect(write, definition, each, shares[each.factor].share) for each in study.effects]
    shell.show(rows, EFFECTS, False, title=title, empty=f"{title}\n{study.state}: {study.reason}")
    if study.explained:
        told = [write.number(100 * each, 1) for each in study.explained]
        shell.say(f"All factors together explain {told[0]}% of the differences (95%: {told[1]} to {told[2]}).", False)
    for note in study.notes:
        shell.say(f"- {note}", False)


def _effect(write: "Formats", definition: "KpiDefinition", effect: "Effect", share: float) -> dict[str, Any]:
    middle, low, high = (_points(write, definition, each) for each in (effect.effect, effect.low, effect.high))
    odds = "" if effect.odds is None else write.number(effect.odds, 2)
    sure = effect.verdict if effect.verdict == "could be chance" else f"signal: {effect.verdict}"
    sure += f" (Holm over all, p = {effect.p:.3f})" if effect.p >= 0.001 else " (Holm over all, p < 0.001)"
    told = {"n": write.number(effect.n), "effect": middle, "interval": f"{low} to {high}", "odds": odds}
    return {"label": effect.label, "share": f"{write.number(100 * share, 1)}%", "sure": sure, **told}


def _points(write: "Formats", definition: "KpiDefinition", value: float) -> str:
    scale = 100 if definition.unit == "percent" else 1
    return write.number(scale * value, max(1, definition.decimals), sign=True)


def outcomes(
    kpi: KpiArgument,
    on: Annotated[
        Literal["repeat", "retention", "revenue", "cost"],
        typer.Option("--on", help="What the customer does afterwards."),
    ],
    within: Annotated[int, typer.Option(metavar="DAYS", min=7, help="How long after the score.")] = 180,
    assigned: Annotated[
        str | None, typer.Option(help="A condition that is true for customers whom chance gave the better service.")
    ] = None,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """What goes with a KPI in the days after it, how good the evidence is (A to D), and what one point is worth."""
    from kpis.workflows import studies

    snapshot = opened.snapshot(folder)
    definition = snapshot.workspace.kpi(kpi)
    found = studies.outcomes(snapshot, definition, on, within, assigned)
    if as_json:
        shell.print_json(_document(found) | {"currency": snapshot.workspace.settings.company.currency})
        return
    write = opened.formats(snapshot.workspace)
    shell.say(f"Grade {found.grade}. {found.sentence}", False)
    for line in _told(write, definition.unit, found):
        shell.say(line, False)
    title = f"Share that {SHARES[on]} within {within} days, by {definition.title}"
    shell.show(
        [_group(write, each) for each in found.groups], GROUPS, False, title=title, empty="No group of 10 customers."
    )
    steps = [asdict(each) | {"holds": "yes" if each.holds else "no"} for each in found.steps]
    shell.show(steps, STEPS, False, title=f"Why {found.grade}")
    for each in (*found.cannot, f"{found.method}. Read: {found.source}."):
        shell.say(f"- {each}", False)


def _document(found: "OutcomeLink") -> dict[str, Any]:
    """The link for machines; money in fields that say so."""
    worth = {f"{name}_minor": value for name, value in asdict(found.worth).items()} if found.worth else None
    return asdict(found) | {"worth": worth}


def _told(write: "Formats", of: str, found: "OutcomeLink") -> list[str]:
    """The effect and its worth in sentences; why there is none where there were too few."""
    if found.effect is None or found.low is None or found.high is None:
        return [f"{write.n(found.n)}: too few to put a number on it."]
    scale = 100 if found.unit == "share of customers" else 1
    values = [write.number(scale * each, 3, sign=True) for each in (found.effect, found.low, found.high)]
    unit = GAINS.get(found.outcome, "") if scale == 100 else found.unit
    more = f"{POINTS.get(of, 'One point')} more"
    lines = [f"{more} goes with {values[0]} {unit} (95%: {values[1]} to {values[2]}), {write.n(found.n)}."]
    if found.worth:
        money = [write.money_headline(each) for each in (found.worth.value, found.worth.low, found.worth.high)]
        over = f"over 1,000 customers and {found.within} days"
        worth = f"{more}, {over}, goes with {money[0]} (95%: {money[1]} to {money[2]})."
        lines = [*(lines if scale == 100 else [f"{write.n(found.n)}."]), worth]
    return lines


def _group(write: "Formats", group: Any) -> dict[str, Any]:
    interval = write.interval(group.low, group.high, "percent", 1)
    return {
        "name": group.name,
        "n": write.number(group.n),
        "share": write.percent(group.share, 1),
        "interval": interval,
    }
