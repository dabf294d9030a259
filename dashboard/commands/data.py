"""Commands on what arrives: admit, receipts, build."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.shell import Column, JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from data_contracts.receipts import Receipt

PANEL = "Data"
BY = "Who releases it: an employee number, or an address with a role. Needed where somebody's pay hangs on it."
COLUMNS = (
    Column("sequence", "No.", right=True), Column("at", "Received at"), Column("dataset", "Dataset"), Column("file", "File"),
    Column("state", "State"), Column("received", "Received", right=True), Column("admitted", "Admitted", right=True),
    Column("quarantined", "Quarantined", right=True), Column("repeats", "Repeats", right=True), Column("why", "Why"),
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (admit, receipts, build):
        app.command(rich_help_panel=PANEL)(command)


def _row(receipt: "Receipt") -> dict[str, Any]:
    reasons = [f"{count:,} × {reason}" for reason, count in receipt.reasons.items()]
    problems = [f"{each.where}: expected {each.expected}, got {each.actual}" for each in receipt.problems]
    return asdict(receipt) | {"why": "; ".join([*reasons, *problems])}


def admit(
    dataset: Annotated[str, typer.Argument(help="The contract the files must keep, such as orders.")],
    files: Annotated[list[Path], typer.Argument(help="CSV or Parquet files, as delivered.")],
    layout: Annotated[
        str, typer.Option(metavar="NAME", help="A file of layouts/ that maps somebody else's columns.")
    ] = "",
    by: Annotated[str, typer.Option(help=BY)] = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> int:
    """Validate files against a contract and admit what holds; the rest is quarantined with its reasons.

    The same file twice does nothing and says so. Exit code 1 when a file was refused whole.
    """
    from data_contracts.receipts import REFUSED
    from kpis.workflows import admit as workflow

    workspace, found = opened.workspace(folder), []
    workflow.check(workspace, dataset, files, layout)
    for file in files:
        with opened.bar(f"{dataset} ← {file.name}") as progress:
            found.append(workflow.admit(workspace, dataset, file, opened.now(), layout, progress, by))
    shell.show([_row(each) for each in found], COLUMNS, as_json)
    refused = [problem for each in found if each.state == REFUSED for problem in each.problems]
    if refused and not as_json:
        shell.tell(refused, as_json)
    return shell.PROBLEMS if refused else shell.DONE


def receipts(
    dataset: Annotated[str, typer.Option(help="Only this dataset's.")] = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """What came in, when, how much was admitted and quarantined, and why."""
    from kpis.workflows import admit as workflow

    workspace = opened.workspace(folder)
    if dataset:
        workflow.check(workspace, dataset)
    rows = [_row(each) for each in workflow.receipts(workspace) if dataset in ("", each.dataset)]
    shell.show(rows, COLUMNS, as_json, empty="Nothing was delivered yet. Start with `goldenthread admit DATASET FILE`.")


def build(
    everything: Annotated[bool, typer.Option("--all", help="Every KPI and period, not only what changed.")] = False,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Bring the facts that figures are read from up to date with what was admitted."""
    from kpis.workflows.refresh import refresh

    workspace = opened.workspace(folder)
    with opened.bar("facts") as progress:
        found = refresh(workspace, opened.now(), everything, progress)
    slices = {name: "all" if days is None else [str(day) for day in days] for name, days in found.kpis.items()}
    text = (
        f"{shell.counted(found.facts, 'fact')} of {shell.counted(len(slices), 'KPI')}, version {found.version} of the table."
        if slices
        else "Nothing new: the facts are up to date."
    )
    shell.say(text, as_json, kpis=slices, facts=found.facts, version=found.version)
