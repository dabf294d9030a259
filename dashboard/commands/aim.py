"""Commands on targets and plans, as YAML in both directions."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.shell import Column, JsonOption, WorkspaceOption
from data_contracts.problems import Problem, Problems

FileArgument = Annotated[Path, typer.Argument(help="A YAML file.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    targets = typer.Typer(no_args_is_help=True, help="Targets: the cascade as YAML, both ways.")
    targets.command("import")(import_targets)
    targets.command("export")(export_targets)
    plan = typer.Typer(
        no_args_is_help=True, help="Incentive plans as YAML, both ways, and the calculator HR tests them with."
    )
    plan.command("import")(import_plan)
    plan.command("check")(check_plan)
    plan.command("export")(export_plan)
    plan.command("evaluate")(evaluate_plan)
    app.add_typer(targets, name="targets")
    app.add_typer(plan, name="plan")


def text_of(file: Path) -> str:
    """The text of a file; raises Problems when there is none or it is not UTF-8."""
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Problems(
            [Problem(str(file), "a readable UTF-8 file", str(error), "Check the path and how it was saved.")]
        ) from error


def import_targets(file: FileArgument, folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Take in targets; a change is a new version, and a cascade that does not close is refused."""
    from kpis.workflows import aim

    changed = aim.import_targets(opened.snapshot(folder), text_of(file), opened.now(), file.name)
    names = [each.id for each in changed]
    shell.say(
        f"{len(names)} targets new or changed." if names else "Nothing new: the targets are as in the file.",
        as_json,
        changed=names,
    )


def export_targets(folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """The current targets as YAML on stdout; importing it again changes nothing."""
    from kpis.workflows import aim

    workspace = opened.workspace(folder)
    if as_json:
        shell.print_json([each.model_dump(mode="json", exclude_none=True) for each in aim.current(workspace).values()])
    else:
        sys.stdout.write(aim.export_targets(workspace))


def import_plan(file: FileArgument, folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Take in a plan as a new version, after `plan check`."""
    from kpis.workflows import plans

    record = plans.import_plan(opened.snapshot(folder), text_of(file), opened.now(), file.name)
    text = f"Plan {record.id}, version {record.version}, content hash {record.digest[:12]}."
    shell.say(text, as_json, plan=record.id, version=record.version, digest=record.digest)


def check_plan(file: FileArgument, folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Check a plan and recompute the examples printed in it; inside a workspace also the names it uses."""
    from kpis.workflows import plans
    from kpis.workspace import SETTINGS

    snapshot = opened.snapshot(folder) if (folder / SETTINGS).is_file() else None
    plan = plans.check_plan(snapshot, text_of(file), file.name)
    beside = "with the workspace's names" if snapshot else "by itself, outside a workspace"
    text = f"Plan {plan.id} holds: {len(plan.components)} components, {len(plan.expect)} examples recomputed, {beside}."
    shell.say(text, as_json, plan=plan.id, examples=len(plan.expect), digest=plan.digest())


def export_plan(name: Annotated[str, typer.Argument(help="A plan's id.")], folder: WorkspaceOption = Path()) -> None:
    """The newest version of a plan as YAML on stdout."""
    from kpis.workflows import plans

    sys.stdout.write(plans.export_plan(opened.workspace(folder), name))


def evaluate_plan(
    file: FileArgument,
    actuals: Annotated[
        Path, typer.Option(help="A CSV file: participant, salary, days, fte and one column per component.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Apply a plan to given actual values, without a workspace."""
    from kpis.workflows import plans

    rows = plans.evaluate_plan(text_of(file), text_of(actuals), file.name, actuals.name)
    columns = [Column(name, name, right=name != "participant") for name in (rows[0] if rows else {})]
    shell.show(rows, columns, as_json, title="Payouts in minor units", empty="The file holds no participants.")
