"""Commands on targets and plans, as YAML in both directions."""

import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard import shell
from dashboard.commands import lifecycle, opened
from dashboard.shell import Column, JsonOption, WorkspaceOption
from data_contracts.problems import Problem, Problems

if TYPE_CHECKING:
    from kpis.incentives.plan import Plan
    from kpis.incentives.reckon import Work
    from kpis.workflows.cascades import Settled

PANEL = "Targets and pay"
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A YAML file.")]
TARGETS = "Targets of company, departments and people: the cascade as YAML, both ways."
PLANS = "Incentive plans as YAML, both ways, and the calculator HR tests them with."
ACTUALS = "A CSV file: participant, salary, days, fte and a column for each component's actual value."


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
    plan = typer.Typer(no_args_is_help=True, help=PLANS)
    plan.command("import")(import_plan)
    plan.command("check")(check_plan)
    plan.command("export")(export_plan)
    plan.command("evaluate")(evaluate_plan)
    lifecycle.add(plan)
    app.add_typer(targets, name="targets", rich_help_panel=PANEL)
    app.add_typer(plan, name="plan", rich_help_panel=PANEL)


def text_of(file: Path) -> str:
    """The text of a file; raises Problems when there is none or it is not UTF-8."""
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        step = "Check the path and how it was saved."
        raise Problems([Problem(str(file), "a readable UTF-8 file", str(error), step)]) from error


def import_targets(file: FileArgument, folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Take in targets; a change is a new version, and a cascade that does not close is refused."""
    from kpis.workflows import aim

    text = text_of(file)
    names = [each.id for each in aim.import_targets(opened.snapshot(folder), text, opened.now(), file.name)]
    told = f"{len(names)} targets new or changed." if names else "Nothing new: the targets are as in the file."
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
    told = f"Plan {plan.id} holds: {len(plan.components)} components, {len(plan.expect)} examples recomputed, {beside}."
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


def evaluate_plan(
    file: FileArgument,
    actuals: Annotated[Path, typer.Option(metavar="CSV", help=ACTUALS)],
    as_json: JsonOption = False,
) -> None:
    """Apply a plan to given actual values per participant: a calculator, without a workspace."""
    from dashboard.formats import Formats
    from kpis.workflows import plans

    plan, works = plans.evaluate_plan(text_of(file), text_of(actuals), file.name, actuals.name)
    rows = [_paid(plan, work) for work in works]
    if as_json:
        shell.print_json(rows)
        return
    write = Formats("en_GB", plan.currency)
    shown = [
        {"participant": row["participant"], "payout": write.amount(row["payout_minor"])}
        | {f"component {name}": write.amount(amount) for name, amount in row["components_minor"].items()}
        for row in rows
    ]
    columns = [Column("participant", "Participant"), Column("payout", f"Payout, {plan.currency}", right=True)]
    columns += [Column(f"component {each.id}", each.name, right=True) for each in plan.components]
    shell.show(shown, columns, as_json, title=plan.title or plan.id, empty="The file holds no participants.")


def _paid(plan: "Plan", work: "Work") -> dict[str, Any]:
    parts: dict[str, int] = defaultdict(int)
    for line in work.lines:
        parts[line.component.id] += line.amount
    told = {"participant": work.person, "currency": plan.currency, "payout_minor": work.payout}
    return told | {"components_minor": dict(parts)}
