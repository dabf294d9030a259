"""Commands on workbooks: people, targets and plans as XLSX in both directions."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.commands.data import BY
from dashboard.shell import JsonOption, WorkspaceOption

HELP = "People, targets and plans as XLSX, both ways, by the same rules as YAML and CSV."
What = Annotated[Literal["people", "targets", "plans"], typer.Argument(help="What the workbook holds.")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="A workbook.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    sheets = typer.Typer(no_args_is_help=True, help=HELP)
    sheets.command("export")(export_sheet)
    sheets.command("import")(import_sheet)
    app.add_typer(sheets, name="sheets", rich_help_panel="Targets and pay")


def export_sheet(
    what: What,
    file: FileArgument,
    plan: Annotated[str, typer.Option(help="The plan's id, where the workspace has several.")] = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """A workbook of what is there; where nothing is, a template with its explanations."""
    from kpis.workflows import people_sheets, sheets

    snapshot = opened.snapshot(folder)
    if what == "plans":
        content = sheets.export_plan(snapshot, plan)
    else:
        content = people_sheets.export_people(snapshot) if what == "people" else sheets.export_targets(snapshot)
    file.write_bytes(content)
    personal = " It names people and what they earn." if what == "people" else ""
    shell.say(
        f"{file}: {what}.{personal} Change it and take it in with `sheets import {what}`.",
        as_json,
        file=file,
        what=what,
    )


def import_sheet(
    what: What,
    file: FileArgument,
    by: Annotated[str, typer.Option(help=f"Of people: {BY} Of targets: who sets them.")] = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Take in a workbook; every problem names its sheet and cell, and an unchanged export changes nothing."""
    from kpis.workflows import people_sheets, sheets

    snapshot, now = opened.snapshot(folder), opened.now()
    if what == "targets":
        names = [each.id for each in sheets.import_targets(snapshot, file, by, now)]
        told = (
            f"{shell.counted(len(names), 'target')} new or changed."
            if names
            else "Nothing new: the targets are as in the file."
        )
        shell.say(told, as_json, changed=names)
    elif what == "plans":
        record = sheets.import_plan(snapshot, file, now)
        told = f"Plan {record.id}, version {record.version}, content hash {record.digest[:12]}."
        shell.say(told, as_json, plan=record.id, version=record.version, digest=record.digest)
    else:
        with opened.bar(file.name) as progress:
            found = people_sheets.import_people(snapshot, file, now, progress, by)
        rows = {each.dataset: each.admitted for each in found}
        told = ", ".join(f"{name}: {shell.counted(count, 'row')}" for name, count in rows.items())
        shell.say(f"Admitted {told}." if rows else "Nothing new: people are as in the file.", as_json, admitted=rows)
