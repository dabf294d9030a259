"""Commands on pay: a run, a statement, what verifies them, and the agreement that individual figures need."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.formats import Formats
from dashboard.shell import Column, JsonOption, WorkspaceOption
from dashboard.steps import told

PAYOUTS = (Column("person", "Person"), Column("name", "Name"), Column("amount", "Payout", right=True))
STEPS = (
    Column("name", "Step"),
    Column("told", "Rule and inputs"),
    Column("result", "Result", right=True),
    Column("paid", "Paid", right=True),
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (pay, statement, verify, agreement):
        app.command()(command)


def pay(
    plan: Annotated[str, typer.Argument(help="A plan's id.")],
    period: Annotated[str, typer.Option(help="The period, such as 2026-Q3.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compute and show, keep nothing.")] = False,
    by: Annotated[str, typer.Option(help="Who runs it.")] = "command line",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """A payout run: every payout with its evidence, kept under the ledger's hash chain."""
    from kpis.workflows import identities
    from kpis.workflows import pay as workflow

    snapshot = opened.snapshot(folder)
    if dry_run:
        found, run = workflow.calculate(snapshot, plan, period), None
    else:
        run, found = workflow.run(snapshot, plan, period, by, opened.now())
    company = snapshot.workspace.settings.company
    write = Formats(company.locale, found.plan.currency)
    names = identities.names(snapshot.workspace)
    outcome = found.outcome
    if as_json:
        shell.print_json({"run": run and run.id, **outcome, "blocked": [each.as_dict() for each in found.blocked]})
        return
    rows = [
        {"person": each["person"], "name": names.get(each["person"]), "amount": write.amount(each["payout"])}
        for each in outcome["payouts"]
    ]
    shell.show(
        rows,
        PAYOUTS,
        as_json,
        title=f"{found.plan.title or plan}, {period}",
        empty="The plan pays nobody in this period.",
    )
    kept = f"Run {run.id}" if run else "Dry run, nothing kept"
    shell.say(
        f"{kept}: {len(rows)} payouts, {write.money(outcome['total'])} in all, {len(found.blocked)} blocked.", as_json
    )
    if found.blocked:
        shell.tell(found.blocked, as_json)


def statement(
    run: Annotated[str, typer.Argument(help="A run's id.")],
    person: Annotated[str, typer.Argument(help="An employee number or a surrogate key.")],
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """One person's payout, step by step, rebuilt from the run's own evidence."""
    from kpis.workflows import identities
    from kpis.workflows import pay as workflow

    workspace = opened.workspace(folder)
    found = workflow.statement(workspace, run, identities.surrogate(workspace, person))
    write = Formats(workspace.settings.company.locale, found.plan.currency)
    rows: list[dict[str, Any]] = [
        {
            "name": step.name,
            "told": told(write, step),
            "result": step.result,
            "paid": "" if step.amount is None else write.amount(step.amount),
        }
        for step in found.steps
    ]
    if as_json:
        shell.print_json({"run": run, "person": found.work.person, "payout": found.work.payout, "steps": rows})
        return
    shell.show(rows, STEPS, as_json, title=f"{found.plan.title or found.plan.id}, {found.run.period}")
    shell.say(f"Payout {write.money(found.work.payout)}", as_json)


def verify(folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> int:
    """Every receipt, hash and payout of the workspace, recomputed."""
    from kpis.workflows import verify as workflow

    found = workflow.everything(opened.workspace(folder))
    counts = f"{found.receipts} receipts, {found.runs} runs, {found.payouts} payouts, {found.entries} ledger entries"
    how = "rebuilt from the lake as well" if found.rebuilt else "from the runs' own evidence, the lake being gone"
    if found.problems:
        shell.tell(found.problems, as_json)
        return shell.PROBLEMS
    shell.say(f"All holds: {counts}, {how}.", as_json, **{**found.__dict__, "problems": []})
    return shell.DONE


def agreement(
    parties: Annotated[str, typer.Option(help="Who agreed, such as 'works council, HR'.")],
    scope: Annotated[str, typer.Option(help="Whom it covers.")],
    kpis: Annotated[str, typer.Option(help="Which KPIs.")],
    purposes: Annotated[str, typer.Option(help="What for.")],
    viewers: Annotated[str, typer.Option(help="self, or self and manager.")] = "self",
    retention: Annotated[str, typer.Option(help="How long.")] = "24 months",
    agreed_on: Annotated[str, typer.Option("--date", help="The day it was signed; default today.")] = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Record the agreement without which individual figures stay off."""
    from kpis.workflows import agreements

    workspace = opened.workspace(folder)
    day = date.fromisoformat(agreed_on) if agreed_on else opened.now().date()
    agreements.record(
        workspace, day, parties=parties, scope=scope, kpis=kpis, purposes=purposes, viewers=viewers, retention=retention
    )
    shell.say(f"Recorded: {parties}, {day}.", as_json, agreed_on=day, parties=parties)
