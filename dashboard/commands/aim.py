"""Commands on targets and plans, as YAML in both directions."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard import shell
from dashboard.commands import ahead, aims, calculator, lifecycle, opened
from dashboard.commands.calculator import FileArgument, text_of
from dashboard.shell import Column, JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from kpis.workflows.cascades import Settled

PANEL = "Targets and pay"
TARGETS = "Targets of company, departments and people: the cascade as YAML, both ways."
PLANS = "Incentive plans as YAML, both ways, and the calculator HR tests them with."

SETTLED = (
    Column("parent", "Target"), Column("difference", "Figure − target", right=True), Column("served", "Served", right=True),
    Column("mix", "Mix", right=True), Column("residual", "Residual", right=True), Column("reason", "Why not"),
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    targets = typer.Typer(no_args_is_help=True, help=TARGETS)
    targets.command("import")(import_targets)
    targets.command("export")(export_targets)
    targets.command("settle")(settle_targets)
    targets.command("spread")(aims.spread)
    targets.command("chance")(aims.chance)
    targets.command("consent")(aims.consent)
    plan = typer.Typer(no_args_is_help=True, help=PLANS)
    plan.command("import")(import_plan)
    plan.command("check")(check_plan)
    plan.command("export")(export_plan)
    calculator.register(plan)
    ahead.register(plan)
    lifecycle.add(plan)
    app.add_typer(targets, name="targets", rich_help_panel=PANEL)
    app.add_typer(plan, name="plan", rich_help_panel=PANEL)


def import_targets(
    file: FileArgument,
    by: aims.ByOption,
    reason: aims.ReasonOption = "",
    since: aims.SinceOption = None,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Take in targets; a change is a new version from today on, and a cascade that does not close is refused.

    What gets harder within a running period needs a consent first: targets consent.
    """
    from kpis.workflows import aim

    snapshot = opened.snapshot(folder)
    change = aim.Change(by, reason, since and since.date())
    names = [each.id for each in aim.import_targets(snapshot, text_of(file), change, opened.now(), file.name)]
    told = (
        f"{shell.counted(len(names), 'target')} new or changed."
        if names
        else "Nothing new: the targets are as in the file."
    )
    shell.say(told, as_json, changed=names)


def export_targets(folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """The current targets as YAML on stdout; importing it again changes nothing."""
    import yaml

    from kpis.workflows import aim

    text = aim.export_targets(opened.workspace(folder))
    if as_json:
        shell.print_json(yaml.safe_load(text))
    else:
        sys.stdout.write(text)


def settle_targets(
    period: Annotated[str, typer.Option(help="The period, such as 2026-Q3.")],
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Hold every cascade against the figures: what children did (served), and who had how much of it (mix)."""
    from kpis.workflows import cascades

    found = cascades.settled(opened.snapshot(folder), period)
    rows = [
        {"parent": each.parent.id, "kpi": each.parent.kpi, "reason": each.reason, **_settled(each)} for each in found
    ]
    empty = f"No cascade in {period}: no target names a parent."
    shell.show(rows, SETTLED, as_json, title=f"Figure − target = served + mix − residual, {period}", empty=empty)


def _settled(each: "Settled") -> dict[str, str]:
    if each.closure is None:
        return {}
    parts = ("difference", "served", "mix", "residual")
    return {name: f"{float(getattr(each.closure, name)):+.4f}" for name in parts}


def import_plan(file: FileArgument, folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Take in a plan as a new version, after `plan check`."""
    from kpis.workflows import plans

    text = text_of(file)
    record = plans.import_plan(opened.snapshot(folder), text, opened.now(), file.name)
    told = f"Plan {record.id}, version {record.version}, content hash {record.digest[:12]}."
    shell.say(told, as_json, plan=record.id, version=record.version, digest=record.digest)


def check_plan(file: FileArgument, folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Check a plan and recompute the examples printed in it; inside a workspace also the names it uses."""
    from kpis.workflows import plans
    from kpis.workspace import SETTINGS

    text = text_of(file)
    inside = folder != Path() or (folder / SETTINGS).is_file()
    plan = plans.check_plan(opened.snapshot(folder) if inside else None, text, file.name)
    beside = "with the workspace's names" if inside else "by itself, outside a workspace"
    held = (
        f"{shell.counted(len(plan.components), 'component')}, {shell.counted(len(plan.expect), 'example')} recomputed"
    )
    told = f"Plan {plan.id} holds: {held}, {beside}."
    shell.say(told, as_json, plan=plan.id, examples=len(plan.expect), digest=plan.digest(), names_checked=inside)


def export_plan(
    name: Annotated[str, typer.Argument(metavar="PLAN", help="A plan's id.")],
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """The newest version of a plan as YAML on stdout; importing it again changes nothing."""
    import yaml

    from kpis.workflows import plans

    text = plans.export_plan(opened.workspace(folder), name)
    if as_json:
        shell.print_json(yaml.safe_load(text))
    else:
        sys.stdout.write(text)
