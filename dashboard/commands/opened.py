"""Open what a command works on, with progress on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.shell import errors

if TYPE_CHECKING:
    from dashboard.formats import Formats
    from kpis.workspace import Snapshot, Workspace


def now() -> datetime:
    """The moment of the command, in UTC."""
    return datetime.now(UTC)


def workspace(folder: Path) -> "Workspace":
    """The workspace of that folder."""
    from kpis.workspace import open_workspace

    return open_workspace(folder.resolve(), now())


def snapshot(folder: Path) -> "Snapshot":
    """The newest snapshot of that folder's workspace."""
    from kpis.workspace import open_snapshot

    return open_snapshot(workspace(folder))


def formats(of: "Workspace", currency: str = "") -> "Formats":
    """How a workspace writes numbers and money."""
    from dashboard.formats import Formats

    return Formats(of.settings.company.locale, currency or of.settings.company.currency)


@contextmanager
def bar(title: str) -> Iterator[Callable[[str, float], None]]:
    """A progress bar on stderr; it is told the step and the share done."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task(title, total=1.0)
        yield lambda step, done: progress.update(task, description=f"{title}: {step}", completed=done)
