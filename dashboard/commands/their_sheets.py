"""`pay compare`: HR's own sheet beside a run."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from dashboard import shell
from dashboard.commands import opened
from dashboard.shell import Column, JsonOption, WorkspaceOption

SHEET = typer.Argument(
    metavar="THEIRS.xlsx", help="A sheet with an employee number and a payout; formulas count as what they showed last."
)
DIFFERENCES = (
    Column("number", "Employee"), Column("theirs", "Theirs", right=True), Column("ours", "Ours", right=True),
    Column("difference", "Difference", right=True), Column("cause", "Cause"), Column("why", "Found"), Column("where", "Cell"),
)  # fmt: skip


class RunOrMore(TyperGroup):
    """`pay PLAN --period P` runs a plan; `pay compare` and its like are commands of their own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Arguments that begin with no command of the group are those of a run."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["run", *args]
        return super().parse_args(ctx, args)


def compare_sheet(
    file: Annotated[Path, SHEET],
    run: Annotated[str, typer.Option(help="The run to compare with.")] = "",
    plan: Annotated[str, typer.Option(help="Or: a plan, as it would pay now …")] = "",
    period: Annotated[str, typer.Option(help="… for this period.")] = "",
    layout: Annotated[
        Path | None, typer.Option(metavar="YAML", help="Their titles: {sheet: …, columns: {person: …, payout: …}}.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="XLSX", help="Write the differences as a workbook too.")] = None,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """HR's own sheet beside ours: who is paid another amount, by how much, and the cause where a calculation finds it."""
    from dashboard import their_sheets as words
    from dashboard.commands.aim import text_of
    from kpis.workflows import identities, their_sheets

    snapshot = opened.snapshot(folder)
    given = (layout.name, text_of(layout)) if layout else None
    found = their_sheets.compared(snapshot, file, their_sheets.Against(run, plan, period), given)
    write = opened.formats(snapshot.workspace, found.currency)
    if out:
        names = identities.names(snapshot.workspace)
        out.write_bytes(words.to_workbook(write, found, names, snapshot.workspace.settings.company.name))
    if as_json:
        shell.print_json(_plainly(found))
        return
    shell.show(
        [words.row(write, each) for each in found.found.differences],
        DIFFERENCES,
        as_json,
        title=f"{file.name} beside {found.ours}",
    )
    for line in words.totals(write, found):
        shell.say(line, as_json)


def _plainly(found: Any) -> dict[str, Any]:
    """The comparison for machines; amounts in minor units, people as surrogate keys where they are known."""
    counts = {kind: {"n": n, "difference_minor": amount} for kind, (n, amount) in found.found.counts().items()}
    rows = [
        {
            "person": each.person or None, "where": each.where or None, "theirs_minor": each.theirs, "ours_minor": each.ours,
            "difference_minor": each.difference, "cause": each.kind, "found": [str(told) for told in each.told],
            "also_differs": [str(told) for told in each.beside], "rows_reproduced": each.support,
        }
        for each in found.found.differences
    ]  # fmt: skip
    return {
        "ours": found.ours,
        "currency": found.currency,
        "equal": found.found.equal,
        "causes": counts,
        "differences": rows,
    }
