"""Commands on versions of a KPI definition: what would change, taking it in, and what was taken in when."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.commands.aim import text_of
from dashboard.commands.lifecycle import BY
from dashboard.commands.measure import ASKED, behind, dated, said_once
from dashboard.shell import Column, JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from dashboard.formats import Formats
    from kpis.definitions import KpiDefinition
    from kpis.figures import Figure
    from kpis.workflows.measure import Asked
    from kpis.workflows.versions import Diff, Rests

PANEL = "Measure"
HELP = "Versions of a KPI definition: old and new side by side over the same data, before the new one is accepted."
KpiArgument = Annotated[str, typer.Argument(metavar="KPI", help="A KPI of the workspace, such as on_time.")]
FIELDS = (Column("field", "Field"), Column("old", "Says"), Column("new", "Would say"))
PAIRS = (
    Column("window", "Window"), Column("old", "Old", right=True), Column("old_interval", "95% interval", right=True),
    Column("old_n", "n", right=True), Column("new", "New", right=True), Column("new_interval", "95% interval", right=True),
    Column("new_n", "n", right=True), Column("state", "State"),
)  # fmt: skip
VERSIONS = (
    Column("version", "Version", right=True), Column("accepted_at", "Accepted"), Column("accepted_by", "By"),
    Column("reason", "Why"), Column("digest", "Content"),
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    definition = typer.Typer(no_args_is_help=True, help=HELP)
    for command in (diff, accept, history):
        definition.command()(command)
    app.add_typer(definition, name="definition", rich_help_panel=PANEL)


def diff(
    kpi: KpiArgument,
    file: Annotated[Path, typer.Option("--with", metavar="FILE", help="The definition that would take its place.")],
    period: Annotated[
        Literal["week", "month", "quarter", "year"], typer.Option(help="How long a window is.")
    ] = "month",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """The definition in force and another one over the same data, before anything is accepted; nothing is written."""
    from kpis.workflows import measure, versions

    snapshot = opened.snapshot(folder)
    found = versions.diff(snapshot, kpi, text_of(file), period, file.name)
    windows = [snapshot.workspace.settings.calendar.parse(each.window) for each in found.pairs]
    asked = measure.asked(snapshot, found.new, [each.new for each in found.pairs], windows)
    who = [asked.get((each.new.scope, each.window)) for each in found.pairs]
    if as_json:
        shell.print_json(_document(found, who))
        return
    write = opened.formats(snapshot.workspace)
    title = f"{found.new.title}: version {found.old.version} and version {found.new.version}"
    shell.show([asdict(each) for each in found.fields], FIELDS, as_json, title, f"{title}: nothing differs.")
    rows = [{"window": dated(each.new), "state": _state(each.old, each.new)} for each in found.pairs]
    for name, definition in (("old", found.old), ("new", found.new)):
        for row, pair in zip(rows, found.pairs, strict=True):
            row |= _told(write, definition, getattr(pair, name), name)
    for row, each in zip(rows, who, strict=True):
        row |= behind(write, found.new, each, False)
    columns = (*PAIRS, *ASKED) if asked else PAIRS
    shell.show(rows, columns, as_json, "Whole company, the same data", "No figures yet: neither finds an observation.")
    said_once(found.new, who, as_json)
    shell.say(_rests(found.rests), as_json)


def accept(
    kpi: KpiArgument,
    file: Annotated[Path, typer.Option("--from", metavar="FILE", help="The definition, with a higher version number.")],
    by: Annotated[str, typer.Option(help=BY)],
    reason: Annotated[str, typer.Option(help="Why the meaning changes, in a sentence.")],
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Take a new version into kpis/, and keep who accepted it, when and why. Look at `definition diff` before."""
    from kpis.workflows import versions

    record = versions.accept(opened.workspace(folder), kpi, text_of(file), by, reason, opened.now())
    told = f"{kpi} is now version {record.version}, content hash {record.digest[:12]}. Run `goldenthread build`."
    shell.say(told, as_json, kpi=kpi, version=record.version, digest=record.digest)


def history(kpi: KpiArgument, folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """The versions that were accepted, oldest first, with who and why; --json has their texts."""
    from kpis.workflows import versions

    workspace = opened.workspace(folder)
    rows = [each.model_dump() for each in versions.history(workspace, kpi)]
    if not as_json:
        rows = [
            each | {"accepted_at": f"{each['accepted_at']:%Y-%m-%d}", "digest": each["digest"][:12]} for each in rows
        ]
    empty = f"{kpi} stands at version {workspace.kpis[kpi].version}; no change of it was ever accepted here."
    shell.show(rows, VERSIONS, as_json, title=workspace.kpis[kpi].title, empty=empty)


def _document(found: "Diff", who: "Sequence[Asked | None]") -> dict[str, Any]:
    named = zip(found.pairs, who, strict=True)
    asked = {each.window: asdict(of) if of else "not recorded" for each, of in named} if found.new.surveyed else {}
    told = {name: getattr(found, name).version for name in ("old", "new")}
    pairs = [
        {"window": each.window, "to_date": each.new.to_date, "old": each.old.shown(), "new": each.new.shown()}
        for each in found.pairs
    ]
    return {
        "kpi": found.new.id,
        "versions": told,
        "fields": [asdict(each) for each in found.fields],
        "windows": pairs,
    } | {"rests": asdict(found.rests), "asked": asked}


def _told(write: "Formats", definition: "KpiDefinition", figure: "Figure", side: str) -> dict[str, str]:
    """The figure's three cells under the name of its side."""
    unit, places, n = definition.unit, definition.decimals, figure.n
    value = "–" if figure.value is None else write.value(figure.value, unit, places, n)
    closed = figure.low is not None and figure.high is not None
    interval = write.interval(figure.low, figure.high, unit, places, n) if closed else ""
    return {side: value, f"{side}_interval": interval, f"{side}_n": write.number(n)}


def _state(old: "Figure", new: "Figure") -> str:
    return old.state if old.state == new.state else f"{old.state} → {new.state}"


def _rests(rests: "Rests") -> str:
    """What rests on the old definition, in a sentence."""
    counts = ((rests.signals, "signal of the last year", "signals of the last year"),)
    counts += ((len(rests.targets), "target", "targets"), (len(rests.plans), "plan", "plans"))
    told = ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts)
    step = (
        "Accept it with `goldenthread definition accept`, and import targets and plans again where they should follow."
    )
    return f"On the old definition rest {told}. {step}"
