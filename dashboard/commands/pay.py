"""Commands on pay: a run and its steps, what verifies them, and the agreement that individual figures need."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dashboard import shell
from dashboard.commands import clawback, disputes, opened, payruns
from dashboard.commands.their_sheets import RunOrMore, compare_sheet
from dashboard.shell import Column, JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from kpis.records.tables import Run
    from kpis.workflows.pay import Payout
    from kpis.workspace import Snapshot

PANEL = "Targets and pay"
PAY = "A payout run: `pay PLAN --period 2026-Q3` calculates it; its steps are checked, approved by somebody else, and closed."
PAYOUTS = (Column("person", "Person"), Column("name", "Name"), Column("amount", "Payout", right=True))


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    runs = typer.Typer(cls=RunOrMore, no_args_is_help=True, help=PAY)
    runs.command("run")(run)
    runs.command("compare")(compare_sheet)
    payruns.add(runs)
    runs.add_typer(clawback.group(), name="clawback")
    app.add_typer(runs, name="pay", rich_help_panel=PANEL)
    for command in (verify, agreement):
        app.command(rich_help_panel=PANEL)(command)
    disputes.register(app)


def run(
    plan: Annotated[str, typer.Argument(help="A plan's id, as `plan import` printed it.")],
    period: Annotated[str, typer.Option(help="The period it pays, such as 2026-Q3.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Compute and show, keep nothing; also of a draft.")
    ] = False,
    by: Annotated[str, typer.Option(help=payruns.BY)] = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Calculate a payout run: every payout with its evidence and exceptions, kept under the ledger's hash chain.

    Who cannot be paid yet is listed with the reason. Nothing is paid before it was checked, approved and closed.
    """
    from kpis.workflows import pay as workflow
    from kpis.workflows import payruns as steps

    snapshot = opened.snapshot(folder)
    if dry_run:
        found, run = workflow.calculate(snapshot, plan, period), None
    else:
        run, found = steps.calculate(snapshot, plan, period, by, opened.now())
    if as_json:
        told = {"run": run and run.id, "plan": plan, "period": period, "standing": found.standing}
        told |= _minor(found.outcome)
        shell.print_json({**told, "blocked": shell.told_plainly(found.blocked)})
        return
    _show(snapshot, found, run, as_json)


def _show(snapshot: "Snapshot", found: "Payout", run: "Run | None", as_json: bool) -> None:
    from kpis.workflows import identities

    write, names = opened.formats(snapshot.workspace, found.plan.currency), identities.names(snapshot.workspace)
    rows = [
        {"person": each["person"], "name": names.get(each["person"]), "amount": write.amount(each["payout"])}
        for each in found.outcome["payouts"]
    ]
    empty = "Nobody can be paid yet." if found.blocked else "The plan pays nobody in this period."
    shell.show(rows, PAYOUTS, as_json, title=f"{found.plan.title or found.plan.id}, {found.period}", empty=empty)
    draft = "" if found.standing == "active" else f" of a plan that is {found.standing}"
    kept, total = f"Run {run.id}" if run else f"Dry run{draft}, nothing kept", write.money(found.outcome["total"])
    shell.say(f"{kept}: {shell.counted(len(rows), 'payout')}, {total} in all, {len(found.blocked)} blocked.", as_json)
    if found.blocked:
        shell.tell(found.blocked, as_json)


def _minor(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """What a run pays, with every amount named as the minor units it is."""
    payouts = [
        {
            "person": each["person"],
            "payout_minor": each["payout"],
            "lines": [
                {"segment": line["segment"], "component": line["component"], "amount_minor": line["amount"]}
                for line in each["lines"]
            ],
        }
        for each in outcome["payouts"]
    ]
    return {"currency": outcome["currency"], "total_minor": outcome["total"], "payouts": payouts}


def verify(
    head: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A head of the ledger that was kept elsewhere.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="PEM", help="The public key the head was signed with.")] = None,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> int:
    """Recompute every receipt, hash and payout of the workspace; exit code 1 when one does not hold.

    Edits, deletions and swaps show by themselves; a cut tail or a chain written anew only against a head kept elsewhere.
    """
    from kpis.workflows import verify as workflow

    found = workflow.everything(opened.workspace(folder), disputes.kept_head(head, key))
    again = f", {found.rebuilt} of them with facts rebuilt from the lake" if found.runs else ""
    parts = (
        shell.counted(found.receipts, "receipt"), shell.counted(found.payouts, "payout"),
        shell.counted(found.entries, "ledger entry", "ledger entries"), shell.counted(found.runs, "run"),
    )  # fmt: skip
    counts = f"{', '.join(parts)}{again}"
    if as_json:
        shell.print_json({**vars(found), "problems": shell.told_plainly(found.problems)})
    elif found.problems:
        shell.tell(found.problems, as_json)
    else:
        shell.say(f"All holds: {counts}; {found.head}.", as_json)
    return shell.PROBLEMS if found.problems else shell.DONE


def agreement(
    parties: Annotated[str, typer.Option(help="Who agreed, such as 'works council, HR'.")],
    scope: Annotated[str, typer.Option(help="Whom it covers, such as 'everyone in service'.")],
    kpis: Annotated[str, typer.Option(help="Which KPIs.")],
    purposes: Annotated[str, typer.Option(help="What the figures may be used for.")],
    viewers: Annotated[
        Literal["self", "self and manager"], typer.Option(help="Who may see a person's figures.")
    ] = "self",
    retention: Annotated[str, typer.Option(help="How long they are kept.")] = "24 months",
    agreed_on: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day it was signed; default: today.")
    ] = None,
    about: Annotated[
        Literal["figures", "terms"],
        typer.Option(help="Individual figures; or terms: harder targets, a plan for a period that has ended."),
    ] = "figures",
    by: Annotated[str, typer.Option(help=f"Who records it, which terms need. {payruns.BY}")] = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Record an agreement: on individual figures, which stay off without one, or on terms; the number names it."""
    from kpis.workflows import agreements

    workspace = opened.workspace(folder)
    day = (agreed_on or opened.now()).date()
    terms = {"scope": scope, "kpis": kpis, "purposes": purposes, "viewers": viewers, "retention": retention}
    number = agreements.record(workspace, day, about, by, parties=parties, **terms)
    told = f"Recorded: agreement:{number}, {parties}, {day}."
    shell.say(told, as_json, number=number, about=about, agreed_on=day, parties=parties, **terms)
