"""Commands that read figures and follow the thread: figures, thread."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.formats import Formats
from dashboard.shell import Column, JsonOption, WorkspaceOption
from data_contracts.problems import Problem, Problems

KINDS = ("week", "month", "quarter", "year")
COLUMNS = (
    Column("scope", "Scope"), Column("window", "Window"), Column("value", "Value", right=True),
    Column("interval", "95% interval", right=True),
    Column("n", "n", right=True), Column("state", "State"), Column("reason", "Why"),
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(figures)
    app.command()(thread)


def figures(
    kpi: Annotated[str, typer.Argument(help="A KPI of the workspace.")],
    by: Annotated[str, typer.Option(help="company, department, person, segment or channel.")] = "company",
    period: Annotated[str, typer.Option(help="week, month, quarter or year.")] = "quarter",
    since: Annotated[str, typer.Option("--from", help="The first day, such as 2026-01-01.")] = "",
    until: Annotated[str, typer.Option("--to", help="The last day.")] = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """A KPI's figures: value, interval, n and state."""
    from kpis.workflows import measure

    snapshot = opened.snapshot(folder)
    definition, level = snapshot.workspace.kpi(kpi), measure.level(by)
    if period not in KINDS:
        raise Problems([Problem("--period", ", ".join(KINDS), repr(period), "Write one of these.")])
    held = measure.extent(snapshot, definition)
    first, last = _day(since, "--from") or (held and held[0]), _day(until, "--to") or (held and held[1])
    windows = (
        snapshot.workspace.settings.calendar.between(first, last, period) if first and last and first < last else []
    )
    windows = windows or ([snapshot.workspace.settings.calendar.containing(first, period)] if first else [])
    if level in measure.CUTS:
        found = measure.by_cut(snapshot, definition, level, windows)
    else:
        found = measure.figures(snapshot, definition, measure.members(snapshot, definition, level, windows), windows)
    company = snapshot.workspace.settings.company
    write = Formats(company.locale, company.currency)
    rows = [asdict(each) if as_json else _row(write, definition, each) for each in found]
    shell.show(
        rows, COLUMNS, as_json, title=definition.title, empty="No figures yet. Admit data and run `goldenthread build`."
    )


def _row(write: Formats, definition: object, figure: object) -> dict[str, object]:
    unit, decimals = definition.unit, definition.decimals  # type: ignore[attr-defined]
    told = asdict(figure)  # type: ignore[call-overload]
    shown = figure.value is not None  # type: ignore[attr-defined]
    return told | {
        "value": write.value(told["value"], unit, decimals, told["n"]) if shown else "–",
        "interval": write.interval(told["low"], told["high"], unit, decimals, told["n"])
        if shown and told["low"] is not None
        else "",
        "n": write.number(told["n"]),
    }


def _day(text: str, where: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Problems([Problem(where, "a day such as 2026-01-31", repr(text), "Mend it.")]) from error


def thread(
    node: Annotated[
        str, typer.Argument(help="A promise, KPI, target or plan component, or a payout line RUN/PERSON/COMPONENT.")
    ],
    up: Annotated[bool, typer.Option("--up", help="Only what it serves.")] = False,
    down: Annotated[bool, typer.Option("--down", help="Only what hangs on it.")] = False,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """The line of sight: from a promise down to pay, and from pay up to the promise."""
    from kpis import alignment
    from kpis.workflows import align

    snapshot = opened.snapshot(folder)
    paths = align.paths(snapshot)
    at = align.node(paths, align.component_of(snapshot, node))
    names, amounts = align.names(snapshot), alignment.amounts(paths)
    company = snapshot.workspace.settings.company
    write = Formats(company.locale, company.currency)
    both = up == down
    found = [("serves", each) for each in reversed(alignment.upwards(paths, at)) if up or both]
    found += [("here", at)] + [("carries", each) for each in alignment.downwards(paths, at) if down or both]
    rows = [
        {
            "relation": relation,
            "node": each,
            "name": names.get(each, ""),
            "at_target": amounts.get(each, 0),
            "shown": write.money_headline(amounts.get(each, 0)),
        }
        for relation, each in found
    ]
    columns = (
        Column("relation", ""),
        Column("node", "Node"),
        Column("name", "Name"),
        Column("shown", "Pay at target, open periods", right=True),
    )
    shell.show(rows, columns, as_json)
