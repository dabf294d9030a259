"""The one way to the record database: SQLite by default, PostgreSQL by URL."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlmodel import Session

from kpis.records.vouching import vouch, watch

MIGRATIONS = Path(__file__).parent / "migrations"
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000")


def engine_for(url: str) -> Engine:
    """An engine for the URL, migrated to the newest schema; SQLite gets WAL, synchronous FULL and foreign keys."""
    engine = create_engine(url, hide_parameters=True)  # an error is logged, and its parameters are names and amounts
    if engine.dialect.name == "sqlite":
        _private(engine.url.database)
        event.listen(engine, "connect", _pragmas)
    migrate(engine)
    return engine


def _private(file: str | None) -> None:
    """Make the file its owner's alone before SQLite does; its journals take the mode from it."""
    if file and file != ":memory:":
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        os.chmod(file, 0o600)


def _pragmas(connection: Any, _record: Any) -> None:
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema; safe to call at every start."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def session(engine: Engine) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back whole when anything raises; the ledger vouches for what it kept."""
    with Session(engine, expire_on_commit=False) as open_session, open_session.begin():
        added, filled = watch(open_session)
        yield open_session
        vouch(open_session, added, filled)
