"""Commands that make a workspace or show one: init, demo, example, serve."""

from pathlib import Path
from typing import Annotated

import typer

from dashboard import serving, shell
from dashboard.commands import opened
from dashboard.shell import JsonOption, WorkspaceOption

PortOption = Annotated[int, typer.Option(help="The port on this machine.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (init, demo, example, serve):
        app.command()(command)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")], as_json: JsonOption = False
) -> None:
    """An empty workspace with commented definitions that already work."""
    from kpis.workflows import make

    files = make.init(folder)
    text = f"Made {folder} with {len(files)} files. Next: read {folder}/goldenthread.toml, then `goldenthread admit`."
    shell.say(text, as_json, folder=folder, files=[str(each.relative_to(folder)) for each in files])


def demo(
    folder: Annotated[Path, typer.Option("--dir", help="Where it is made; kept as it is when it exists.")] = Path(
        "demo"
    ),
    people: Annotated[int, typer.Option(help="How many people.")] = 1200,
    weeks: Annotated[int, typer.Option(help="How many weeks of history.")] = 104,
    seed: Annotated[int, typer.Option(help="Another seed is another company.")] = 7,
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve", help="Open the dashboard afterwards.")] = True,
    port: PortOption = 8501,
) -> None:
    """Make the demo company and show it."""
    from kpis.workspace import SETTINGS
    from seeds import demo as seed_demo

    if (folder / SETTINGS).is_file():
        shell.note(f"{folder} exists and is kept; remove it for a new company.")
    else:
        with opened.bar("the demo company") as progress:
            seed_demo.make_workspace(folder, people=people, weeks=weeks, seed=seed, now=opened.now(), progress=progress)
        shell.note(f"Made {folder}. The company, its stories and where to find them: docs/demo-company.md.")
    if serve_it:
        serving.serve(folder, port=port)


def example(
    name: Annotated[str, typer.Argument(help="olist or airport.")],
    data: Annotated[Path, typer.Option(help="The folder with the public data set.")],
    folder: Annotated[
        Path | None, typer.Option("--dir", help="Where the workspace is made; default: the example's name.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """A known public data set as a workspace."""
    from seeds import examples

    where = folder or Path(name)
    with opened.bar(name) as progress:
        examples.make(name, data, where, opened.now(), progress)
    text = f"Made {where}. Look at it with `goldenthread serve --workspace {where} --as leader`."
    shell.say(text, as_json, workspace=where)


def serve(
    viewer: Annotated[
        str, typer.Option("--as", help="Whose eyes: an employee number, or leader, hr, steward. Loopback only.")
    ] = "",
    address: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: PortOption = 8501,
    folder: WorkspaceOption = Path(),
) -> None:
    """The dashboard."""
    serving.serve(folder, viewer=viewer, address=address, port=port)
