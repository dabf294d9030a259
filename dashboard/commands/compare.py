"""The command that tells a signal from chance: compare."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.commands.measure import ASKED, PANEL, behind, counted, dated, document, one, said_once
from dashboard.shell import Column, JsonOption, WorkspaceOption
from data_contracts.problems import Problem, Problems

if TYPE_CHECKING:
    from dashboard.formats import Formats
    from kpis.comparisons import Split
    from kpis.definitions import KpiDefinition
    from kpis.figures import Figure
    from kpis.workflows.compare import Compared, Comparison
    from kpis.workflows.measure import Asked

    Behind = Mapping[tuple[str, str], Asked]

FIGURES = (
    Column("scope", "Scope"), Column("window", "Window"), Column("value", "Value", right=True),
    Column("interval", "95% interval", right=True), Column("n", "n", right=True), Column("reason", "Why"),
)  # fmt: skip
GROUPS = (
    Column("cut", "Group"), Column("name", "Name"), Column("value", "Value", right=True), Column("n", "n", right=True),
    Column("rest", "The rest", right=True), Column("difference", "Difference", right=True), Column("words", "What it says"),
)  # fmt: skip
PARTS = (
    Column("cut", "By"), Column("group", "Group"), Column("served", "Served differently", right=True),
    Column("moved", "Customers moved", right=True),
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(rich_help_panel=PANEL)(compare)


def compare(
    kpi: Annotated[str, typer.Argument(help="A KPI of the workspace, such as on_time.")],
    before: Annotated[str, typer.Option("--from", metavar="PERIOD", help="The period before, such as 2026-Q2.")] = "",
    after: Annotated[str, typer.Option("--to", metavar="PERIOD", help="The period after, such as 2026-Q3.")] = "",
    groups: Annotated[
        Literal["", "department", "channel", "segment"],
        typer.Option(help="Instead: the groups of a scope, each against the rest.", show_default=False),
    ] = "",
    period: Annotated[str, typer.Option(metavar="PERIOD", help="The period of --groups or --against.")] = "",
    unit: Annotated[
        str, typer.Option(metavar="SCOPE", help="company, department:ID, joint:ID+ID or person:NUMBER.")
    ] = ("company"),
    against: Annotated[
        str, typer.Option(metavar="SCOPE", help="Instead: another department in the same --period.")
    ] = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Two periods, the groups of a scope, or two scopes: is the difference a signal, or could it be chance?"""
    from kpis.workflows import compare as workflow
    from kpis.workflows import measure

    _chosen(bool(before and after), bool(groups and period), bool(against and period))
    snapshot = opened.snapshot(folder)
    definition, write = snapshot.workspace.kpi(kpi), opened.formats(snapshot.workspace)
    unit, against = _known(snapshot, unit), _known(snapshot, against)
    spans = {"--period": period} if groups or against else {"--from": before, "--to": after}
    windows = [snapshot.workspace.settings.calendar.parse(text, name) for name, text in spans.items()]
    if groups:
        found = workflow.groups(snapshot, definition, unit, *windows, [groups])
        asked = measure.asked(snapshot, definition, [each.figure for each in found], windows, groups, unit)
        _show_groups(write, definition, found, asked, as_json)
        return
    if against:
        _nobody(unit, against)
        told = workflow.scopes(snapshot, definition, unit, against, *windows)
    else:
        told = workflow.periods(snapshot, definition, unit, *windows)
    _show(write, told, measure.asked(snapshot, definition, [told.before, told.after], windows), as_json)


def _chosen(*ways: bool) -> None:
    if sum(ways) != 1:
        step = "--from PERIOD --to PERIOD, --groups department|channel|segment --period PERIOD, or --against SCOPE --period PERIOD"
        raise typer.BadParameter(f"say what to compare, in one of three ways: {step}")


def _nobody(*units: str) -> None:
    """People are never compared; raises Problems for one."""
    if any(each.startswith("person:") for each in units):
        step = "Hold a person's figure against their own target, or their department against the rest with --groups."
        raise Problems([Problem("--against", "departments", "single people, who are never compared", step)])


def _known(snapshot: Any, text: str) -> str:
    """The scope as figures know it, a person's number as their key; raises Problems for one that may not be read."""
    from data_contracts.problems import did_you_mean
    from kpis.targets import scope

    if not text:
        return text
    whose, tree = scope(text, "--unit"), snapshot.organisation
    if whose.kind == "person":
        return one(snapshot, whose.members[0], "--unit")
    unknown = [each for each in whose.members if each not in tree.by_id]
    if unknown:
        raise Problems(
            [Problem("--unit", "departments of this company", each, did_you_mean(each, tree.by_id)) for each in unknown]
        )
    return text


def _show(write: "Formats", told: "Comparison", asked: "Behind", as_json: bool) -> None:
    from kpis import sources

    kpi, figures = told.kpi, (told.before, told.after)
    who = [asked.get((each.scope, each.window)) for each in figures]
    if as_json:
        both = {name: document(kpi, getattr(told, name)) for name in ("before", "after")}
        found = {**vars(told), "kpi": kpi.id, **both, "source": sources.difference(kpi)}
        found |= {"mix": {cut: _parts(split) for cut, split in told.mix.items()}}
        named = [each.window if figures[0].scope == figures[1].scope else each.scope for each in figures]
        shell.print_json(found | ({"asked": _named(named, who)} if kpi.surveyed else {}))
        return
    rows = [_figure(write, kpi, each) | behind(write, kpi, of, False) for each, of in zip(figures, who, strict=True)]
    shell.show(
        rows, (*FIGURES[:5], *_effective(figures), *FIGURES[5:], *(ASKED if asked else ())), False, title=kpi.title
    )
    said_once(kpi, who, False)
    if told.value is not None:
        change = write.change(told.value, kpi.unit, kpi.decimals)
        shell.say(f"Difference {change}, 95% interval {_ends(write, kpi, told.low, told.high)}.", False)
    shell.say(told.words, False)
    for cut, split in told.mix.items():
        rows = [_part(write, kpi, cut, each.group or "(small or unknown)", each) for each in split.parts.groups]
        shell.show([*rows, _whole(write, kpi, cut, split)], PARTS, False)
        if told.traps.get(cut):
            shell.say(told.traps[cut], False)


def _named(names: "Sequence[str]", who: "Sequence[Asked | None]") -> dict[str, Any]:
    return {name: counted(each) for name, each in zip(names, who, strict=True)}


def _figure(write: "Formats", kpi: "KpiDefinition", figure: "Figure") -> dict[str, Any]:
    from dashboard.commands.measure import row

    return row(write, kpi, figure)


def _ends(write: "Formats", kpi: "KpiDefinition", low: float | None, high: float | None) -> str:
    told = [None if each is None else write.change(each, kpi.unit, kpi.decimals, bare=True) for each in (low, high)]
    return f"{told[0] or 'open'} to {told[1] or 'open'}"


def _part(write: "Formats", kpi: "KpiDefinition", cut: str, name: str, part: Any) -> dict[str, str]:
    from dashboard import comparing

    served, moved = (write.change(float(each), kpi.unit, comparing.places(kpi)) for each in (part.served, part.moved))
    return {"cut": cut, "group": name, "served": served, "moved": moved}


def _whole(write: "Formats", kpi: "KpiDefinition", cut: str, split: "Split") -> dict[str, str]:
    row = _part(write, kpi, cut, "in all", split.parts)
    for name, margin in (("served", split.served), ("moved", split.moved)):
        middle = float(getattr(split.parts, name))
        ends = [None if isnan(margin) else middle + side * margin for side in (-1, 1)]
        row[name] += f", {_ends(write, kpi, *ends)}"
    return row


def _parts(split: "Split") -> dict[str, Any]:
    parts = split.parts
    whole = {name: float(getattr(parts, name)) for name in ("change", "moved", "served")}
    groups = [{"group": each.group, "moved": float(each.moved), "served": float(each.served)} for each in parts.groups]
    margins = {"moved_margin": split.moved, "served_margin": split.served}
    return whole | margins | {"opposite": parts.opposite, "paradox": parts.paradox, "groups": groups}


def _show_groups(
    write: "Formats", kpi: "KpiDefinition", found: "list[Compared]", asked: "Behind", as_json: bool
) -> None:
    who = [asked.get((each.figure.scope, each.figure.window)) for each in found]
    rows = [
        (_judged(kpi, each) if as_json else _group(write, kpi, each)) | behind(write, kpi, of, as_json)
        for each, of in zip(found, who, strict=True)
    ]
    empty = "There are no two groups to hold against each other in this period."
    more = (*_effective([each.figure for each in found]), *(ASKED if asked else ()))
    columns = (*GROUPS[:4], *more, *GROUPS[4:])
    title = f"{kpi.title}, {dated(found[0].figure)}" if found else kpi.title
    shell.show(rows, columns, as_json, title=title, empty=empty)
    said_once(kpi, who, as_json)


def _judged(kpi: "KpiDefinition", each: "Compared") -> dict[str, Any]:
    from kpis import sources

    both = {name: document(kpi, getattr(each, name)) for name in ("figure", "rest")}
    return asdict(each) | both | {"source": sources.difference(kpi, groups=True)}


def _effective(figures: "Sequence[Figure]") -> tuple[Column, ...]:
    """The column of effective n, where it differs from n."""
    apart = any(each.effective_n is not None and round(each.effective_n) != round(each.n) for each in figures)
    return (Column("effective", "Effective n", right=True),) if apart else ()


def _group(write: "Formats", kpi: "KpiDefinition", each: "Compared") -> dict[str, Any]:
    mine, rest = (_figure(write, kpi, figure) for figure in (each.figure, each.rest))
    difference = "" if each.value is None else write.change(each.value, kpi.unit, kpi.decimals)
    if each.value is not None:
        difference += f" ({_ends(write, kpi, each.low, each.high)})"
    named = {"cut": each.cut, "name": each.name or "(unknown)", "words": each.words}
    return named | {
        "value": mine["value"],
        "n": mine["n"],
        "effective": mine["effective"],
        "rest": rest["value"] if difference else "",
        "difference": difference,
    }
