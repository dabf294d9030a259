"""Commands on targets over time: spread a parent, what chance would do, and the consent that harder values need."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.shell import Column, JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from kpis.definitions import KpiDefinition
    from kpis.odds import Odds
    from kpis.spread import Proposal
    from kpis.workflows.spreading import Below
    from kpis.workspace import Snapshot

ByOption = Annotated[str, typer.Option(help="Who does: an employee number, or an address that was given a role.")]
ReasonOption = Annotated[str, typer.Option(help="Why they change; kept with the version.")]
SinceOption = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The day a change counts from; default: today.")
]
SHARED = (
    Column("part", "Below"), Column("share", "Share", right=True), Column("now", "Now", right=True),
    Column("threshold", "Threshold", right=True),
    Column("target", "Target", right=True), Column("stretch", "Stretch", right=True), Column("carries", "Carries", right=True),
    Column("chance", "Chance of each", right=True),
)  # fmt: skip
CHANCES = (
    Column("target", "Target"), Column("values", "Threshold / target / stretch"), Column("chance", "Chance of each", right=True),
    Column("likely", "Middle 80%", right=True), Column("n", "n", right=True), Column("effective", "Effective n", right=True),
    Column("method", "How"),
)  # fmt: skip


def spread(
    parent: Annotated[str, typer.Argument(metavar="TARGET", help="The id of the target that is spread.")],
    by: Annotated[
        Literal["volume", "headroom"], typer.Option(help="In proportion to volume, or to the distance left.")
    ],
    benchmark: Annotated[str, typer.Option(help="The best level within reach; default: each one's best quarter.")] = "",
    over: Annotated[
        str, typer.Option(help="Scopes it is spread over, comma between; default: those below it now.")
    ] = "",
    as_yaml: Annotated[bool, typer.Option("--yaml", help="The proposal as YAML that `targets import` takes.")] = False,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Propose how a target is spread over those below it, from their own history, and say whether it closes."""
    from kpis import targets
    from kpis.workflows import spreading

    snapshot = opened.snapshot(folder)
    scopes = [str(targets.scope(each.strip(), "--over")) for each in over.split(",")] if over else []
    found = spreading.below(
        snapshot, spreading.parent_of(snapshot.workspace, parent), scopes, hidden(snapshot, scopes), benchmark
    )
    made, kpi = spreading.proposed(snapshot, found, by), snapshot.workspace.kpi(found.parent.kpi)
    shares = {each.name: each.share for each in found.parts}
    if as_yaml:
        sys.stdout.write(targets.to_yaml(spreading.as_targets(found, shares, made.values)))
        return
    rows, closes = _shared(kpi, found, made), made.gap.closes(spreading.tolerance(kpi))
    gap = {name: f"{float(getattr(made.gap, name)):+.4f}" for name in ("threshold", "target", "stretch")}
    if as_json:
        shell.print_json({"parts": rows, "closes": closes, "gap": gap, "remarks": list(made.remarks)})
        return
    shell.show(rows, SHARED, as_json, title=f"{parent} spread by {by}")
    told = "It closes" if closes else "It does not close"
    shell.say(f"{told}: open are {', '.join(f'{name} {value}' for name, value in gap.items())}.", as_json)
    for remark in made.remarks:
        shell.say(remark, as_json)


def hidden(snapshot: "Snapshot", scopes: list[str]) -> list[str]:
    """People among the scopes whose own figures stay off, because no agreement is recorded."""
    from kpis.workflows import agreements

    people = [each for each in scopes if each.startswith("person:")]
    return [] if people and agreements.current(snapshot.workspace) else people


def _shared(kpi: "KpiDefinition", found: "Below", made: "Proposal") -> list[dict[str, Any]]:
    from kpis.workflows import target_history

    rows = []
    for part in found.parts:
        values, carries, held = made.values[part.name], made.carries[part.name], found.history.get(part.name)
        told = target_history.chances(kpi, values, held, 1) if held else None
        rows.append(
            {
                "part": part.name,
                "share": f"{float(part.share):.3f}",
                "now": "" if part.now is None else f"{float(part.now):.2f}",
                **{
                    name: f"{float(value):g}"
                    for name, value in zip(("threshold", "target", "stretch"), values, strict=True)
                },
                "carries": "" if carries is None else f"{float(carries):+.2f}",
                "chance": _chance(told) if told else "",
            }
        )
    return rows


def chance(
    period: Annotated[str, typer.Option(help="The period, such as 2026-Q4.")],
    kpi: Annotated[str, typer.Option(help="Only targets of this KPI.")] = "",
    seed: Annotated[int, typer.Option(help="The same seed is the same answer.")] = 1,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """How probable threshold, target and stretch are if nothing changes, from each target's own history."""
    from kpis.workflows import aim, target_history

    snapshot = opened.snapshot(folder)
    workspace = snapshot.workspace
    window = workspace.settings.calendar.parse(period, "--period")
    chosen = [each for each in aim.in_period(aim.current(workspace), window.name).values() if kpi in ("", each.kpi)]
    rows = []
    for each in chosen:
        definition = workspace.kpi(each.kpi)
        if definition.measure.kind == "quantile" or hidden(snapshot, [each.scope]):
            continue
        held = target_history.history(snapshot, definition, [each.scope], window)[each.scope]
        found = target_history.chances(definition, each.values, held, seed + target_history.seed_of(each))
        rows.append(
            {"target": each.id, "values": " / ".join(f"{float(value):g}" for value in each.values), **_odds(found)}
        )
    shell.show(rows, CHANCES, as_json, title=f"What chance would do, {period}", empty=f"No targets in {period}.")


def _odds(found: "Odds") -> dict[str, str]:
    likely = " to ".join(f"{each:.1f}" for each in found.likely) if found.likely else ""
    effective = "" if found.effective is None else f"{found.effective:,.0f}"
    told = {"chance": _chance(found), "likely": likely, "n": f"{found.n:,.0f}", "effective": effective}
    return told | {"method": found.method or found.reason}


def _chance(found: "Odds") -> str:
    return " / ".join(f"{each:.0%}" for each in found.chances) if found.chances else "–"


def consent(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The targets as they shall be, a YAML file.")],
    given_by: Annotated[
        str, typer.Option(help="Who consents: the holder of a person's target, else agreement:<number>.")
    ],
    document: Annotated[str, typer.Option(help="The document that says so.")],
    by: ByOption,
    given_on: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="When; default: today.")
    ] = None,
    since: SinceOption = None,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Record the consent to the harder values of a file; then `targets import` takes it in. It binds to just these values."""
    from dashboard.commands.aim import text_of
    from kpis.workflows import aim

    snapshot = opened.snapshot(folder)
    day = given_on.date() if given_on else snapshot.workspace.today
    asked = aim.Change(by, "", since and since.date(), aim.Consent(given_by, day, document))
    given = aim.read(snapshot, text_of(file), file.name)
    names = [each.id for each in aim.consent(snapshot, given, asked, opened.now())]
    told = f"Recorded for {', '.join(names)}." if names else "Nothing gets harder: no consent is needed."
    shell.say(told, as_json, targets=names, given_by=given_by, document=document, given_on=day)
