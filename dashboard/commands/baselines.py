"""Commands about what is usual: the baselines of the charts."""

from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.commands.lifecycle import ByOption
from dashboard.commands.measure import DAY, PANEL
from dashboard.shell import Column, JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from dashboard.formats import Formats
    from kpis.definitions import KpiDefinition
    from kpis.workflows.baselines import Kept

BASELINES = (
    Column("kpi", "KPI"), Column("scope", "Scope"), Column("since", "Since"), Column("points", "Weeks", right=True),
    Column("usual", "Usual", right=True), Column("reason", "Why"), Column("by", "By"),
)  # fmt: skip
baseline = typer.Typer(
    no_args_is_help=True, help="What is usual for a KPI: frozen once, begun anew at a marked change."
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(baseline, name="baseline", rich_help_panel=PANEL)


@baseline.command("list")
def listed(
    kpi: Annotated[str, typer.Option(help="Only this KPI's.")] = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """What is usual for every KPI and scope, since when, and why a chart began anew."""
    from kpis.workflows import baselines, identities

    workspace = opened.workspace(folder)
    names = identities.names(workspace)
    wanted = workspace.kpi(kpi).id if kpi else ""
    write = opened.formats(workspace)
    rows = [
        _kept(write, workspace.kpis.get(name), name, scope, replace(each, by=names.get(each.by, each.by)), as_json)
        for (name, scope), marks in sorted(baselines.of(workspace).items())
        for each in marks
        if wanted in ("", name)
    ]
    shell.show(rows, BASELINES, as_json, empty="No baseline yet: one is frozen once a KPI has 20 whole weeks.")


@baseline.command()
def restart(
    kpi: Annotated[str, typer.Argument(help="The KPI whose chart begins anew.")],
    since: Annotated[datetime, typer.Option(formats=DAY, help="The day of the change.")],
    reason: Annotated[str, typer.Option(help="What changed, so that people understand it later.")],
    by: ByOption,
    unit: Annotated[str, typer.Option(metavar="SCOPE", help="company or department:ID.")] = "company",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Begin a new baseline at a marked change; what was usual before stays on record."""
    from kpis.workflows import baselines

    kept = baselines.restart(opened.workspace(folder), kpi, unit, since.date(), reason, by, opened.now())
    ready = (
        "It is frozen."
        if kept.baseline
        else "It is frozen once 20 whole weeks have passed; until then there is no signal."
    )
    shell.say(f"{kpi}, {unit}: what is usual begins anew on {kept.since}. {ready}", as_json, **asdict(kept))


def _kept(
    write: "Formats", kpi: "KpiDefinition | None", name: str, scope: str, kept: "Kept", as_json: bool
) -> dict[str, Any]:
    if as_json:
        return {"kpi": name, "scope": scope} | asdict(kept)
    again = kept.anew
    if again:
        again = f"{again} Before it: {', '.join(_usual(write, kpi, each) for each in kept.earlier)}."
    told = {
        "kpi": name,
        "scope": scope,
        "since": str(kept.since),
        "points": kept.baseline.points if kept.baseline else "",
        "usual": _usual(write, kpi, kept),
    }
    return told | {"reason": " ".join(filter(None, (kept.reason, again))), "by": kept.by}


def _usual(write: "Formats", kpi: "KpiDefinition | None", kept: "Kept") -> str:
    base = kept.baseline
    if base is None or kpi is None:
        return "fewer than 20 weeks" if kept.earlier else "waits for 20 weeks"
    return "as a year before" if base.season else write.value(base.mean, kpi.unit, kpi.decimals)
