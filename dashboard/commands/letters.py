"""Commands on target letters: send, list, print, acknowledge."""

from pathlib import Path
from typing import Annotated

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.commands.lifecycle import ByOption
from dashboard.shell import Column, JsonOption, WorkspaceOption

PANEL = "Targets and pay"
HELP = "Target letters: what each holder is told of plan and targets, when it was sent, opened and acknowledged."
PeriodOption = Annotated[str, typer.Option(help="The period, such as 2026-Q4.")]
LISTED = (
    Column("person", "Person"), Column("name", "Name"), Column("state", "State"), Column("sent", "Sent"), Column("opened", "Opened"),
    Column("acknowledged", "Acknowledged"), Column("remark", "Remark"),
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    letters = typer.Typer(no_args_is_help=True, help=HELP)
    letters.command("send")(send)
    letters.command("list")(list_letters)
    letters.command("pdf")(pdf)
    letters.command("acknowledge")(acknowledge)
    app.add_typer(letters, name="letters", rich_help_panel=PANEL)


def send(
    period: PeriodOption,
    person: Annotated[list[str] | None, typer.Option(help="Only to this employee number; may be repeated.")] = None,
    by: ByOption = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Send the letters of a period to everyone in a plan that pays it; who was told the same already is left alone."""
    from kpis.workflows import identities, letters

    snapshot = opened.snapshot(folder)
    people = [identities.surrogate(snapshot.workspace, each) for each in person or ()]
    done = letters.send(
        snapshot, snapshot.workspace.settings.calendar.parse(period, "--period").name, by, opened.now(), people
    )
    sent = shell.counted(len(done.first) + len(done.again), "letter")
    told = f"{sent} sent, {len(done.again)} of them anew as terms changed, {len(done.same)} told already."
    counts = {"first": list(done.first), "again": list(done.again), "same": list(done.same)}
    shell.say(told, as_json, **counts)


def list_letters(period: PeriodOption, folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Where every letter of a period stands: never told, sent, opened, acknowledged; late, or of terms that have changed."""
    from kpis.workflows import identities, letters

    snapshot = opened.snapshot(folder)
    workspace = snapshot.workspace
    names = identities.names(workspace)
    rows = []
    for each in letters.status(snapshot, workspace.settings.calendar.parse(period, "--period").name):
        moments = {name: getattr(each.letter, f"{name}_at", None) for name in ("sent", "opened", "acknowledged")}
        days = {name: moment and letters.day(workspace, moment) for name, moment in moments.items()}
        remarks = [*(["late"] if each.late else []), *(["terms have changed"] if each.outdated else [])]
        remarks += [f"acknowledged for them: {each.letter.proof}"] if each.letter and each.letter.proof else []
        rows.append(
            {
                "person": each.person,
                "name": names.get(each.person),
                "state": each.state,
                **days,
                "remark": ", ".join(remarks),
            }
        )
    shell.show(rows, LISTED, as_json, title=f"Target letters, {period}", empty=f"No plan pays {period}.")
    never = sum(row["state"] == "never told" for row in rows)
    if not as_json:
        shell.say(
            f"{shell.counted(len(rows), 'holder')}, {never} never told, {sum('late' in row['remark'] for row in rows)} told late.",
            as_json,
        )


def pdf(
    period: PeriodOption,
    out: Annotated[Path, typer.Option(metavar="FILE", help="A .pdf for one person, a .zip for all.")],
    person: Annotated[str, typer.Option(help="Only the letter of this employee number.")] = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """The letters that were sent, as PDF: one person's, or everybody's in a zip."""
    from dashboard import letter_files
    from kpis.workflows import identities, letters

    snapshot = opened.snapshot(folder)
    workspace = snapshot.workspace
    name = workspace.settings.calendar.parse(period, "--period").name
    if person:
        held = [letters.one(workspace, identities.surrogate(workspace, person), name)]
        made = letter_files.one(snapshot, held[0])
    else:
        held = letters.sent(workspace, name)
        made = letter_files.zipped(snapshot, held)
    out.write_bytes(made)
    shell.say(
        f"{shell.counted(len(held), 'letter')} in {out}, {len(made):,} bytes.", as_json, letters=len(held), file=out
    )


def acknowledge(
    person: Annotated[str, typer.Argument(help="An employee number.")],
    period: PeriodOption,
    by: Annotated[str, typer.Option(help="Who says so: the holder, or somebody of HR, by number or address.")],
    proof: Annotated[str, typer.Option(help="The document that says so; HR names one.")] = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Note that a holder has read their letter, such as one signed on paper."""
    from kpis.workflows import identities, letters

    snapshot = opened.snapshot(folder)
    held = letters.one(snapshot.workspace, identities.surrogate(snapshot.workspace, person), period)
    done = letters.acknowledged(snapshot, held, by, opened.now(), proof)
    told = f"Acknowledged: letter {done.edition} of {period}, hash {done.digest[:16]}."
    shell.say(told, as_json, digest=done.digest, acknowledged_by=done.acknowledged_by, proof=done.proof)
