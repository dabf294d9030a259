"""Great Expectations' SQL engine inside DuckDB: a dialect of our own whose results are read before the connection closes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import duckdb
from duckdb_engine import ConnectionWrapper, Dialect
from sqlalchemy.dialects import registry
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

NAME = "goldenthread"
_open: dict[str, duckdb.DuckDBPyConnection] = {}


class BufferedContext(Dialect.execution_ctx_cls):  # type: ignore[misc]
    """Fetches every result at once: nothing that it runs may return many rows."""

    def post_exec(self) -> None:
        """Swap in a buffered fetch; duckdb-engine alone fails with `list index out of range`."""
        super().post_exec()
        if self.cursor is not None and self.cursor.description:
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
                self.cursor, self.cursor.description, self.cursor.fetchall()
            )


class StagingDialect(Dialect):  # type: ignore[misc]
    """DuckDB by the name of a connection that is already open."""

    name = NAME
    supports_statement_cache = False
    execution_ctx_cls = BufferedContext

    def connect(self, *_: Any, **parameters: Any) -> ConnectionWrapper:
        """A cursor of the connection that the URL's database names."""
        return ConnectionWrapper(_open[str(parameters["database"])].cursor())

    def create_connect_args(self, url: Any) -> tuple[tuple[()], dict[str, str]]:
        """The name alone: it is no file."""
        return (), {"database": str(url.database)}


registry.register(NAME, __name__, "StagingDialect")


@contextmanager
def address(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """The SQLAlchemy URL under which Great Expectations reaches this open connection, for as long as the block lasts."""
    name = uuid4().hex
    _open[name] = con
    try:
        yield f"{NAME}:///{name}"
    finally:
        del _open[name]
