"""A real PostgreSQL for the tests of records and pay; a company with targets that a test may change."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kpis.workspace import Workspace, open_workspace
from tests.conftest import postgresql
from tests.dashboard.company import company
from tests.kpis.small import NOW


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server of our own, gone afterwards."""
    with postgresql() as url:
        yield url


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a company with departments, targets and plans."""
    folder = tmp_path_factory.mktemp("company")
    company(folder)
    return folder


@pytest.fixture
def where(made: Path, tmp_path: Path) -> Workspace:
    """A workspace of that company, which a test may change."""
    shutil.copytree(made, tmp_path / "company")
    return open_workspace(tmp_path / "company", NOW)
