"""Commands that make a workspace or show one: init, demo, example, serve."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from dashboard import serving, shell
from dashboard.commands import calculator, opened
from dashboard.shell import JsonOption, WorkspaceOption

PANEL = "Start and look"
PortOption = Annotated[int, typer.Option(min=1, max=65535, help="The port on this machine.")]
NEXT = """Made {folder} with {files} files; each says in its comments what it is for.
Next:
  1. read {folder}/goldenthread.toml and {folder}/promises.yaml
  2. goldenthread admit orders YOUR.csv --workspace {folder}
  3. goldenthread build --workspace {folder}, then goldenthread figures on_time --workspace {folder}
Figures of single people stay off until an agreement is recorded: goldenthread agreement --help"""


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (init, demo, example, serve):
        app.command(rich_help_panel=PANEL)(command)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or an empty folder; nothing is overwritten.")],
    as_json: JsonOption = False,
) -> None:
    """An empty workspace with commented definitions that already work."""
    from kpis.workflows import make

    files = make.init(folder)
    text = NEXT.format(folder=folder, files=len(files))
    shell.say(text, as_json, workspace=folder, files=[str(each.relative_to(folder)) for each in files])


def demo(
    folder: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Where it is made; kept as it is when it exists.")
    ] = Path("demo"),
    people: Annotated[int, typer.Option(min=1, help="How many people work there.")] = 1200,
    weeks: Annotated[int, typer.Option(min=1, help="How many weeks of history.")] = 104,
    seed: Annotated[int, typer.Option(help="The same seed is the same company; another seed is another one.")] = 7,
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve", help="Open the dashboard afterwards.")] = True,
    port: PortOption = 8501,
    as_json: JsonOption = False,
) -> None:
    """Make a company with two years of history and show it."""
    from seeds import demo as seed_demo

    made = not seed_demo.finished(folder)
    if made:
        with opened.bar("the demo company") as progress:
            seed_demo.make_workspace(folder, people=people, weeks=weeks, seed=seed, now=opened.now(), progress=progress)
        shell.note(f"Made {folder}. The company, its stories and where to find them: docs/demo-company.md.")
    else:
        shell.note(f"{folder} exists and is kept; remove it for a new company.")
    if as_json:
        shell.print_json({"workspace": folder, "made": made})
    if serve_it:
        serving.serve(folder, serving.Door(port=port), as_json)


def example(
    name: Annotated[
        Literal["olist", "airport", "hospital"],
        typer.Argument(
            help="olist: a marketplace, with pay. airport: a passenger survey, without. hospital: a plan file against a public scheme."
        ),
    ],
    data: Annotated[Path, typer.Option(metavar="DIR", help="The folder with the public data set.")],
    folder: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="Where the workspace is made; default: the example's name."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """A known public data set as a workspace; or, for hospital, a plan held against what was published."""
    from seeds import examples, hospital

    if name == "hospital":
        found = hospital.evaluated(data)
        shell.say(calculator.agreement(found), as_json, agree=found.agree, of=len(found.published))
        return
    where = folder or Path(name)
    with opened.bar(name) as progress:
        examples.make(name, data, where, opened.now(), progress)
    text = f"Made {where}. Look at it with `goldenthread serve --workspace {where} --as leader`."
    shell.say(text, as_json, workspace=where)


def serve(
    viewer: Annotated[
        str, typer.Option("--as", help="Whose eyes: an employee number, or leader, hr, steward. Loopback only.")
    ] = "",
    address: Annotated[
        str, typer.Option(help="The address to listen on; others than loopback need sign-in.")
    ] = "127.0.0.1",
    port: PortOption = 8501,
    host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A name browsers reach it by, such as figures.company.example; may be repeated."
        ),
    ] = None,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Open the dashboard in a browser; it runs until you stop it with Ctrl-C."""
    door = serving.Door(viewer, address, port, tuple(host or ()))
    serving.check(folder, door)
    if as_json:
        shell.print_json({"address": door.link, "workspace": folder.resolve(), "viewer": viewer})
    serving.serve(folder, door, as_json)
