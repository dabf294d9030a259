"""How every command talks: results on stdout (a table, or JSON alone), progress and problems on stderr, four exit codes."""

import json
import sys
import tempfile
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from data_contracts.problems import Problem, Problems

DONE, PROBLEMS, USAGE, FAULT = 0, 1, 2, 3
FEW = 5
errors = Console(stderr=True, soft_wrap=True)
WorkspaceOption = Annotated[
    Path,
    typer.Option(
        "--workspace",
        metavar="DIR",
        envvar="GOLDENTHREAD_WORKSPACE",
        show_default="the current folder",
        help="The company's folder, as `goldenthread init` made it.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="For machines: JSON alone on stdout; money in minor units.")]


@dataclass(frozen=True)
class Column:
    """A column of a printed table: the key in each row, the heading, right-aligned for numbers."""

    key: str
    title: str
    right: bool = False


def show(
    rows: Sequence[Mapping[str, Any]], columns: Iterable[Column], as_json: bool, title: str = "", empty: str = ""
) -> None:
    """Print rows as a table for people, or as a JSON list for machines."""
    if as_json:
        print_json(list(rows))
        return
    if not rows and empty:
        Console(soft_wrap=True).print(empty)
        return
    table = Table(title=title or None, title_justify="left", box=None, header_style="bold", pad_edge=False)
    shown = list(columns)
    for column in shown:
        table.add_column(column.title, justify="right" if column.right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(_text(row.get(column.key))) for column in shown))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def say(text: str, as_json: bool, **document: Any) -> None:
    """One sentence for people, or the document as JSON for machines."""
    if as_json:
        print_json(document)
    else:
        Console(soft_wrap=True).print(text, markup=False, highlight=False)


def counted(n: int, one: str, many: str = "") -> str:
    """A number of things: 1 row, 2 rows, 1,000 entries; `many` where it is no s that makes the plural."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def note(text: str) -> None:
    """Progress and asides: stderr, so that stdout holds the result alone."""
    errors.print(text, markup=False, highlight=False)


def print_json(document: Any) -> None:
    """The document as JSON on stdout; dates in ISO form, decimals as text."""
    sys.stdout.write(json.dumps(document, default=_plain, ensure_ascii=False, indent=2) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal | Path):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    return str(value)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def tell(problems: Iterable[Problem], as_json: bool) -> None:
    """Every problem at once: JSON on stdout for machines, sentences on stderr for people."""
    found = tuple(problems)
    if as_json:
        print_json({"problems": told_plainly(found)})
        return
    errors.print(f"[bold]{len(found)} problem{'s' if len(found) != 1 else ''}[/bold]")
    for problem in folded(found):
        errors.print(f"  [bold]{escape(problem.where)}[/bold]")
        errors.print(f"    expected {escape(problem.expected)}, got {escape(problem.actual)}", highlight=False)
        errors.print(f"    {escape(problem.next_step)}", highlight=False)


def folded(problems: Iterable[Problem]) -> list[Problem]:
    """What more than a few places have alike as one problem that names them all."""
    alike: dict[Problem, list[str]] = {}
    for each in problems:
        alike.setdefault(replace(each, where=""), []).append(each.where)
    found = []
    for each, places in alike.items():
        told = [f"{len(places):,} alike: {', '.join(places)}"] if len(places) > FEW else places
        found += [replace(each, where=where) for where in told]
    return found


def told_plainly(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """Problems as plain text fields, for JSON."""
    return [problem.as_dict() for problem in problems]


def run(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Run the command line and turn whatever happens into one of the four exit codes."""
    as_json = "--json" in arguments
    try:
        result = app(args=list(arguments), prog_name="goldenthread", standalone_mode=False)
        return int(result or DONE)
    except Problems as found:
        tell(found.problems, as_json)
        return PROBLEMS
    except typer.Exit as stop:
        return int(stop.exit_code)
    except typer.Abort:
        return USAGE
    except Exception as error:
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):
            return _misused(error, as_json)
        return _fault(error, as_json)


def _misused(error: Any, as_json: bool) -> int:
    """Wrong usage: one sentence, and where the right one is written."""
    message, context = error.format_message().replace("Value error, ", ""), getattr(error, "ctx", None)
    step = f"See `{context.command_path if context else 'goldenthread'} --help`."
    if as_json:
        print_json({"problems": told_plainly([Problem("usage", "a command as its help says", message, step)])})
    else:
        errors.print(f"{escape(message)}\n{escape(step)}", highlight=False)
    return USAGE


def _fault(error: Exception, as_json: bool) -> int:
    handle = tempfile.NamedTemporaryFile("w", prefix="goldenthread-", suffix=".log", delete=False, encoding="utf-8")  # noqa: SIM115 - outlives us
    with handle:
        handle.write(f"{datetime.now(UTC).isoformat()} {' '.join(sys.argv)}\n{traceback.format_exc()}")
    problem = Problem(
        "goldenthread",
        "the command to finish",
        f"{type(error).__name__}: {error}",
        f"A fault of ours. Details: {handle.name}",
    )
    tell([problem], as_json)
    return FAULT
