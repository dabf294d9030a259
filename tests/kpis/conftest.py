"""A real PostgreSQL for the tests of records and pay."""

from collections.abc import Iterator

import pytest

from tests.conftest import postgresql


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server of our own, gone afterwards."""
    with postgresql() as url:
        yield url
