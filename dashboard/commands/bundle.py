"""The command that hands a payout run to a stranger: `export-run`."""

from pathlib import Path
from typing import Annotated

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.commands.pay import PANEL
from dashboard.shell import JsonOption, WorkspaceOption


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(name="export-run", rich_help_panel=PANEL)(export_run)


def export_run(
    run: Annotated[str, typer.Argument(help="A run's id, as `pay` printed it.")],
    to: Annotated[Path, typer.Option(metavar="DIR|FILE.zip", help="A new or empty folder, or a new .zip.")],
    person: Annotated[
        str, typer.Option(help="An employee number or a surrogate key: that person's own rows alone.")
    ] = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """A run as plain CSV and JSON with a checker that needs nothing of ours: facts, figures, plan, targets, payouts, hashes."""
    from kpis.workflows import bundles, identities

    workspace = opened.workspace(folder)
    whose = identities.surrogate(workspace, person) if person else ""
    if whose:
        bundles.vouch(workspace, run, opened.now())
    names = bundles.export(workspace, run, to, whose)
    text = f"Wrote {to}: {shell.counted(len(names), 'file')}. Anyone can check it: python {bundles.CHECKER} {to} --head FILE"
    shell.say(text, as_json, run=run, to=to, person=whose, files=names)
