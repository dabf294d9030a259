"""Commands on statements: one person's, as steps, data, PDF or CSV, and everybody's of a run at once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.shell import Column, JsonOption, WorkspaceOption
from data_contracts.problems import Problem, Problems

if TYPE_CHECKING:
    from dashboard.slip_texts import SlipText

PANEL = "Targets and pay"
STEPS = (Column("name", "Step"), Column("told", "Rule and inputs"), Column("result", "Result", right=True))
POINTS = (Column("what", "One more point of"), Column("better", "Figure"), Column("more", "Would pay more", right=True))


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (statement, statements):
        app.command(rich_help_panel=PANEL)(command)


def statement(
    run: Annotated[str, typer.Argument(help="A run's id, as `pay` printed it.")],
    person: Annotated[str, typer.Argument(help="An employee number or a surrogate key.")],
    pdf: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as PDF.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write its steps as CSV.")] = None,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """One person's payout, step by step, with what one more point would have paid, rebuilt from the run's own evidence."""
    from dashboard import slip_files
    from kpis.workflows import identities, slips

    snapshot = opened.snapshot(folder)
    book = slips.book(snapshot, run)
    full = book.of(identities.surrogate(snapshot.workspace, person))
    read = slip_files.reader(snapshot)
    if pdf:
        pdf.write_bytes(slip_files.pdf(snapshot, full, read))
    if csv:
        csv.write_bytes(slip_files.csv(book, [full.participant.person]))
    if as_json:
        shell.print_json(slip_files.data(read, full))
        return
    _show(slip_files.told(snapshot, full, read), f"{full.plan.title or full.plan.id}, {full.run.period}")


def _show(text: "SlipText", title: str) -> None:
    rows: list[dict[str, Any]] = [{"name": name, "told": told, "result": result} for name, told, result in text.steps]
    shell.show(rows, STEPS, False, title=title)
    points = [{"what": what, "better": better, "more": more} for what, better, more in text.points.rows]
    shell.show(points, POINTS, False, title=text.points.title)
    label, amount = text.amounts[0]
    told = [f"{label} {amount}", text.chance, *(f"{each.title}: {each.words}" for each in text.says)]
    shell.say("\n".join(each for each in told if each), False)


def statements(
    run: Annotated[str, typer.Argument(help="A run's id, as `pay` printed it.")],
    to: Annotated[
        Path, typer.Option(metavar="FILE", help="A .zip of PDF files, a .csv of every step, or a .json of everything.")
    ],
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """The statements of everybody a run pays, in one file."""
    from dashboard import slip_files
    from kpis.workflows import slips

    if to.suffix not in (".zip", ".csv", ".json"):
        raise Problems([Problem("--to", "a .zip, .csv or .json", repr(to.name), "Choose one by the file's name.")])
    book = slips.book(opened.snapshot(folder), run)
    with to.open("wb") as out, opened.bar("Statements") as tell:
        if to.suffix == ".zip":
            slip_files.zipped_to(out, book, tell)
        else:
            (slip_files.json_to if to.suffix == ".json" else slip_files.csv_to)(out, book)
    size, count = to.stat().st_size, len(book.people)
    shell.say(f"{shell.counted(count, 'statement')} in {to}, {size:,} bytes.", as_json, statements=count, file=to)
