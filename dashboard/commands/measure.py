"""Commands that read figures: figures, export-figures."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.shell import Column, JsonOption, WorkspaceOption
from data_contracts.problems import Problem, Problems

if TYPE_CHECKING:
    from dashboard.formats import Formats
    from kpis.calendar import Period
    from kpis.definitions import KpiDefinition
    from kpis.figures import Figure
    from kpis.workflows.measure import Asked
    from kpis.workflows.seconds import Second
    from kpis.workspace import Snapshot

PANEL = "Measure"
DAY = ["%Y-%m-%d"]
COLUMNS = (
    Column("scope", "Scope"), Column("window", "Window"), Column("value", "Value", right=True),
    Column("interval", "95% interval", right=True),
    Column("n", "n", right=True), Column("effective", "Effective n", right=True),
    Column("smallest", "Smallest change that would show", right=True), Column("method", "Method"),
    Column("state", "State"), Column("reason", "Why"),
)  # fmt: skip
ASKED = (
    Column("invited", "Invited", right=True), Column("answered", "Answered", right=True),
    Column("response", "Response", right=True), Column("not_asked", "Not asked", right=True),
)  # fmt: skip
LEANING = (Column("leaning", "Leaning on its kin", right=True), Column("borrowed", "Borrowed", right=True))
LEANS = "Leaning on its kin: the group's own answers and, as far as they are few, those of all groups of its kind; never paid on."


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(rich_help_panel=PANEL)(figures)
    app.command("export-figures", rich_help_panel=PANEL)(export_figures)


def figures(
    kpi: Annotated[str, typer.Argument(help="A KPI of the workspace, such as on_time.")],
    by: Annotated[
        Literal["company", "department", "segment", "channel"], typer.Option(help="Whose figures.")
    ] = "company",
    person: Annotated[
        str, typer.Option(metavar="NUMBER", help="Instead: one person's own, where an agreement is recorded.")
    ] = "",
    period: Annotated[Literal["week", "month", "quarter", "year"], typer.Option(help="How long a window is.")] = (
        "quarter"
    ),
    since: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="From the window that holds this day.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=DAY, help="Up to the window that holds this day.")
    ] = None,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """A KPI's figures: value, 95% interval, number of answers n, and whether it can be relied on (state)."""
    from kpis.workflows import measure, seconds

    snapshot = opened.snapshot(folder)
    definition = snapshot.workspace.kpi(kpi)
    windows = _windows(snapshot, definition, period, since and since.date(), until and until.date())
    if by in measure.CUTS and not person:
        found = measure.by_cut(snapshot, definition, by, windows)
    else:
        scopes = [one(snapshot, person)] if person else measure.members(snapshot, definition, by, windows)
        found = measure.figures(snapshot, definition, scopes, windows)
    keys, level = [(each.scope, each.window) for each in found], "" if person else by
    who = measure.asked(snapshot, definition, found, windows, level)
    leaning = seconds.beside(snapshot, definition, found, level, windows)
    leans = [leaning.get(key) for key in keys] if level not in ("", "company") else []
    _show(snapshot, definition, found, [who.get(key) for key in keys], leans, as_json)


def _show(
    snapshot: "Snapshot",
    definition: "KpiDefinition",
    found: "Sequence[Figure]",
    who: "Sequence[Asked | None]",
    leaning: "Sequence[Second | None]",
    as_json: bool,
) -> None:
    """Figures of groups with the one that leans on their kin, who was asked beside them, and below them what is said once."""
    from dashboard import details

    write, built = opened.formats(snapshot.workspace), snapshot.built.get(definition.id, {})
    made = {"version": built.get("version", definition.version)}
    rows = [document(definition, each) | made if as_json else row(write, definition, each) for each in found]
    rows = [each | behind(write, definition, asked, as_json) for each, asked in zip(rows, who, strict=True)]
    empty = "No figures yet. Admit data and run `goldenthread build`."
    if leaning:
        seconds = (second(write, definition, *both, as_json) for both in zip(found, leaning, strict=True))
        rows = [each | more for each, more in zip(rows, seconds, strict=True)]
    told = any("leaning" in each for each in rows)
    columns = (*COLUMNS[:6], *(LEANING if told else ()), *COLUMNS[6:], *(ASKED if any(who) else ()))
    shell.show(rows, columns, as_json, title=definition.title, empty=empty)
    if told and not as_json:
        shell.say(LEANS, as_json)
    said_once(definition, who, as_json)
    if (told := details.waiting(definition, built)) and not as_json:
        shell.say(told, as_json)


def export_figures(
    to: Annotated[Path, typer.Option(help="The folder for the files, made where it is missing.")],
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Every cell's figures as Parquet: value, 95% interval and n by slice, department, segment and channel, a file a KPI."""
    from kpis.workflows import every
    from kpis.workspace import open_snapshot

    snapshot = open_snapshot(opened.workspace(folder), keep=False)
    to.mkdir(parents=True, exist_ok=True)
    files = every.write(snapshot, to)
    shell.say(f"Wrote {shell.counted(len(files), 'file')} into {to}.", as_json, files=[str(each) for each in files])


def behind(write: "Formats", definition: "KpiDefinition", asked: "Asked | None", as_json: bool) -> dict[str, Any]:
    """Who is behind a survey figure; nothing beside the others."""
    from dashboard import asking

    if as_json:
        return {"asked": counted(asked)} if definition.surveyed else {}
    if asked is None:
        return {}
    counts = {name: getattr(asked, name) for name in ("invited", "answered", "not_asked")}
    told = {name: "–" if count is None else write.number(count) for name, count in counts.items()}
    return told | {"response": asking.rate(write, asked)}


def second(
    write: "Formats", definition: "KpiDefinition", figure: "Figure", found: "Second | None", as_json: bool
) -> dict[str, Any]:
    """The figure of a small group that leans on its kin, where enough of it is borrowed to be worth a look."""
    from dashboard import comparing

    if as_json:
        return {"leaning": asdict(found) if found else None}
    if found is None or found.borrowed < comparing.LEANS:
        return {}
    ends = write.interval(found.low, found.high, definition.unit, definition.decimals, figure.n)
    told = write.value(found.value, definition.unit, definition.decimals, figure.n)
    return {"leaning": f"{told} ({ends})", "borrowed": write.percent(found.borrowed)}


def counted(asked: "Asked | None") -> dict[str, Any] | str:
    """Who was asked, as machines read it: counts that are not told are null."""
    if asked is None:
        return "not recorded"
    return {name: None if value != value else value for name, value in asdict(asked).items()}


def said_once(definition: "KpiDefinition", asked: "Sequence[Asked | None]", as_json: bool) -> None:
    """Below survey figures: which days the counts go by, or that they are not kept, and what the interval does not cover."""
    from dashboard import asking

    told = asking.once(definition, asked)
    if told and asked and not as_json:
        shell.say(told, as_json)


def agreed(snapshot: "Snapshot", where: str) -> None:
    """Individual figures are off until an agreement is recorded; raises Problems without one."""
    from kpis.workflows import agreements

    if agreements.current(snapshot.workspace) is None:
        step = "Record it with `goldenthread agreement`, or read the figures by department."
        raise Problems([Problem(where, "a recorded agreement on individual figures", "none", step)])


def one(snapshot: "Snapshot", person: str, where: str = "--person") -> str:
    """The scope of one person, by number; raises Problems for nobody, and without an agreement."""
    from kpis.workflows import identities

    agreed(snapshot, where)
    return f"person:{identities.surrogate(snapshot.workspace, person)}"


def _windows(
    snapshot: "Snapshot", definition: "KpiDefinition", kind: str, since: date | None, until: date | None
) -> list["Period"]:
    """The windows from one day to another, both included; without them all that hold facts."""
    from kpis.workflows import measure

    if since and until and until < since:
        raise typer.BadParameter(f"--to {until} is before --from {since}")
    held = measure.extent(snapshot, definition)
    if held is None and not (since and until):
        return []
    low, high = held or (since, until)
    first, last = since or low, until or high
    assert first is not None
    assert last is not None
    last = max(first, last) if until is None else last
    first = min(first, last) if since is None else first
    return snapshot.workspace.settings.calendar.between(first, last + timedelta(days=1), kind)


def document(definition: "KpiDefinition", figure: "Figure") -> dict[str, Any]:
    """A figure as machines read it, with the smallest change that would show and who published its method."""
    from kpis import sources

    return figure.shown() | {"smallest_change": figure.detectable, "source": sources.interval(definition, figure)}


def row(write: "Formats", definition: "KpiDefinition", figure: "Figure") -> dict[str, Any]:
    """A figure as people read it: value, interval, n and effective n, and how the interval came about."""
    from dashboard import shapes

    unit, decimals = definition.unit, definition.decimals
    shown, told = figure.value is not None, {"value": "–", "interval": "", "n": write.number(figure.n)}
    told["effective"] = "" if figure.effective_n is None else write.number(figure.effective_n)
    told["method"] = ", ".join(each for each in (figure.method, figure.assumption) if each) if shown else ""
    if figure.value is not None or figure.low is not None:
        told["value"] = shapes.value(write, definition, figure)
    if shown:
        told["interval"] = _interval(write, definition, figure)
    size = figure.detectable
    told["smallest"] = write.change(size, unit, max(decimals, 1)).lstrip("+") if size else ""
    return figure.shown() | told | {"window": dated(figure)}


def dated(figure: "Figure") -> str:
    """The window of a figure, "to date" while it runs."""
    return f"{figure.window} to date" if figure.to_date else figure.window


def _interval(write: "Formats", definition: "KpiDefinition", figure: "Figure") -> str:
    """The interval; of one with an open end also what it would take to close it."""
    from dashboard import shapes

    found = shapes.interval(write, definition, figure)
    if (figure.low is None) == (figure.high is None):
        return found if figure.low is not None else ""
    rest = f"closes at {write.number(figure.closes)} answers" if figure.closes else "too many still run"
    return f"{found} ({rest})"
