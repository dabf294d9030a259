"""The demo company, small, made once for all tests that look at it."""

from datetime import UTC, datetime

import pytest

from kpis.workspace import Snapshot, Workspace, open_snapshot
from seeds import demo

NOW = datetime(2026, 11, 22, 22, tzinfo=UTC)
SMALL = {"people": 200, "weeks": 60}


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Its workspace; no test changes it."""
    return demo.make_workspace(tmp_path_factory.mktemp("demo") / "w", **SMALL, now=NOW)


@pytest.fixture(scope="session")
def snapshot(company: Workspace) -> Snapshot:
    """Its state."""
    return open_snapshot(company)
