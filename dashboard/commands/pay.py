"""Commands on pay: a run, what verifies it, and the agreement that individual figures need."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.commands.their_sheets import RunOrMore, compare_sheet
from dashboard.shell import Column, JsonOption, WorkspaceOption

PANEL = "Targets and pay"
PAYOUTS = (Column("person", "Person"), Column("name", "Name"), Column("amount", "Payout", right=True))


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    runs = typer.Typer(cls=RunOrMore, no_args_is_help=True, help="A payout run, and what is held beside it.")
    runs.command("run")(pay)
    runs.command("compare")(compare_sheet)
    app.add_typer(runs, name="pay", rich_help_panel=PANEL)
    for command in (verify, agreement):
        app.command(rich_help_panel=PANEL)(command)


def pay(
    plan: Annotated[str, typer.Argument(help="A plan's id, as `plan import` printed it.")],
    period: Annotated[str, typer.Option(help="The period it pays, such as 2026-Q3.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compute and show, keep nothing.")] = False,
    by: Annotated[str, typer.Option(help="Who runs it; the ledger keeps the name.")] = "command line",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """A payout run: every payout with its evidence, kept under the ledger's hash chain.

    Who cannot be paid yet is listed with the reason; the others are paid.
    """
    from kpis.workflows import identities
    from kpis.workflows import pay as workflow

    snapshot = opened.snapshot(folder)
    if dry_run:
        found, run = workflow.calculate(snapshot, plan, period), None
    else:
        run, found = workflow.run(snapshot, plan, period, by, opened.now())
    if as_json:
        told = {"run": run and run.id, "plan": plan, "period": period, **_minor(found.outcome)}
        shell.print_json({**told, "blocked": shell.told_plainly(found.blocked)})
        return
    write, names = opened.formats(snapshot.workspace, found.plan.currency), identities.names(snapshot.workspace)
    rows = [
        {"person": each["person"], "name": names.get(each["person"]), "amount": write.amount(each["payout"])}
        for each in found.outcome["payouts"]
    ]
    title, empty = f"{found.plan.title or plan}, {period}", "The plan pays nobody in this period."
    shell.show(rows, PAYOUTS, as_json, title=title, empty=empty)
    kept, total = f"Run {run.id}" if run else "Dry run, nothing kept", write.money(found.outcome["total"])
    shell.say(f"{kept}: {len(rows)} payouts, {total} in all, {len(found.blocked)} blocked.", as_json)
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


def verify(folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> int:
    """Recompute every receipt, hash and payout of the workspace; exit code 1 when one does not hold."""
    from kpis.workflows import verify as workflow

    found = workflow.everything(opened.workspace(folder))
    again = f", {found.rebuilt} of them with facts rebuilt from the lake" if found.runs else ""
    counts = (
        f"{found.receipts} receipts, {found.payouts} payouts, {found.entries} ledger entries, {found.runs} runs{again}"
    )
    if as_json:
        shell.print_json({**vars(found), "problems": shell.told_plainly(found.problems)})
    elif found.problems:
        shell.tell(found.problems, as_json)
    else:
        shell.say(f"All holds: {counts}.", as_json)
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
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Record the agreement without which individual figures stay off."""
    from kpis.workflows import agreements

    workspace = opened.workspace(folder)
    day = (agreed_on or opened.now()).date()
    terms = {"scope": scope, "kpis": kpis, "purposes": purposes, "viewers": viewers, "retention": retention}
    agreements.record(workspace, day, parties=parties, **terms)
    shell.say(f"Recorded: {parties}, {day}.", as_json, agreed_on=day, parties=parties, **terms)
