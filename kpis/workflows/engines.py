"""Engines: where the build's Ibis expressions run. DuckDB in this process, or Spark where one machine is outgrown.

Both read the Parquet files of a Delta version by their list, in the company's time zone, and give the same integers.
"""

import os
import re
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr import types as ir

from data_contracts.lake import FACTS, read_files
from data_contracts.problems import Problem, Problems
from kpis import settings
from kpis.workspace import Workspace

BATCH = 122_880  # rows a batch, one Parquet row group
NAMES = BATCH  # members of an enumeration at most: it is written with every row group
SPARK_TYPES = {"VARCHAR": "STRING", "TIMESTAMPTZ": "TIMESTAMP"}


@dataclass(frozen=True, eq=False)
class Numbers:
    """Rows in memory; columns of text as places among the names of what follows their underscore, or as text where it has no names."""

    rows: pa.Table
    names: Mapping[str, pa.Array]


class Engine(Protocol):
    """Something that reads files as Ibis tables and streams what an expression over them gives."""

    def table(self, name: str, files: Sequence[str], columns: Mapping[str, str]) -> ir.Table:
        """The rows of those Parquet files as a table of that name; none without files.

        `columns` gives the DuckDB type of each column that is expected; a file written before a column came has nulls there.
        """
        ...

    def stream(self, rows: ir.Table, schema: pa.Schema) -> pa.RecordBatchReader:
        """What the expression gives, cast to `schema` batch by batch; read once, in the expression's order."""
        ...

    def code(self, name: str, texts: ir.Table) -> None:
        """All that columns called `name` or `_name` of what is kept next hold: an engine may keep numbers in their place."""
        ...

    def numbers(self, rows: ir.Table) -> Numbers | None:
        """What the expression gives, in memory; None where rows lie elsewhere."""
        ...

    def keep(self, name: str, rows: ir.Table) -> ir.Table:
        """What the expression gives, computed once and held under that name until the next of that name."""
        ...

    def write(self, rows: ir.Table, file: Path, schema: pa.Schema, coded: Collection[str] = ()) -> None:
        """What the expression gives as one Parquet file, in the expression's order; `coded` hold nothing that `code` was not told."""
        ...


@contextmanager
def opened(workspace: Workspace) -> Iterator[Engine]:
    """The engine that the workspace's settings name; raises Problems when the machine lacks what it needs."""
    wanted, zone = workspace.settings.engine, workspace.settings.company.zone
    with TemporaryDirectory(prefix="goldenthread-") as scratch:
        if wanted.kind == "duckdb":
            engine = DuckDB(wanted, zone, Path(scratch))
            try:
                yield engine
            finally:
                engine.connection.disconnect()
        else:
            with spark(wanted.master, zone) as session:
                yield Spark(session, zone, str(workspace.lake), wanted.lake)


class _Compiling:
    """What both engines share: an expression is compiled once, however often it runs."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.compiled: dict[Any, str] = {}

    def _sql(self, rows: ir.Table) -> str:
        if (known := rows.op()) not in self.compiled:
            with _unfused():
                self.compiled[known] = self.connection.compile(rows)
        return self.compiled[known]


@contextmanager
def _unfused() -> Iterator[None]:
    """Inside, Ibis leaves it to the engine to merge a SELECT with the one below: a fifth of what compiling costs."""
    options = ibis.options.sql
    before, options.fuse_selects = options.fuse_selects, False
    try:
        yield
    finally:
        options.fuse_selects = before


class DuckDB(_Compiling):
    """DuckDB in this process: memory bounded by the settings, what exceeds it lies in a scratch folder meanwhile."""

    def __init__(self, wanted: settings.Engine, zone: str, scratch: Path) -> None:
        options = {"threads": wanted.threads, "memory_limit": wanted.memory, "temp_directory": str(scratch)}
        super().__init__(ibis.duckdb.connect(**options))
        self.connection.raw_sql(
            f"SET TimeZone = '{zone}'; SET preserve_insertion_order = false"
        )  # facts are in no order
        self.coded: dict[str, pa.Array] = {}

    def table(self, name: str, files: Sequence[str], columns: Mapping[str, str]) -> ir.Table:
        """The rows of those files (see `Engine`)."""
        self.connection.raw_sql(f'CREATE OR REPLACE VIEW "{name}" AS {_selected(self.connection.con, files, columns)}')
        return self.connection.table(name)

    def stream(self, rows: ir.Table, schema: pa.Schema) -> pa.RecordBatchReader:
        """What the expression gives (see `Engine`)."""
        return _cast(self.connection.con.sql(self._sql(rows)).to_arrow_reader(BATCH), schema)

    def code(self, name: str, texts: ir.Table) -> None:
        """Texts as an enumeration (see `Engine`), unless they are too many: small numbers to group, a Parquet dictionary already made."""
        one, run = texts.columns[0], self.connection.raw_sql
        held = f'SELECT DISTINCT "{one}" FROM ({self._sql(texts)}) WHERE "{one}" IS NOT NULL'
        run(f'CREATE OR REPLACE TEMP TABLE "{name} coded" AS {held}')
        [(count,)] = run(f'SELECT count(*) FROM "{name} coded"').fetchall()
        self.coded.pop(name, None)
        if count <= NAMES:
            run(f'CREATE OR REPLACE TYPE "{name}" AS ENUM (SELECT "{one}" FROM "{name} coded" ORDER BY 1)')
            names = self.connection.con.sql(f'SELECT unnest(enum_range(NULL::"{name}")) AS text').to_arrow_table()
            self.coded[name] = names.column(0).cast(pa.string()).combine_chunks()

    def numbers(self, rows: ir.Table) -> Numbers | None:
        """What the expression gives, in memory (see `Engine`)."""
        texts = [column for column, kind in rows.schema().items() if kind.is_string()]
        casts = [f'enum_code("{each}")::INT AS "{each}"' for each in texts if each.lstrip("_") in self.coded]
        replaced = f"REPLACE ({', '.join(casts)})" if casts else ""
        found = self.connection.con.sql(f"SELECT * {replaced} FROM ({self._coded(rows, texts)})").to_arrow_table()
        return Numbers(found, self.coded)

    def _coded(self, rows: ir.Table, columns: Collection[str]) -> str:
        casts = [_as(each, name) for each in columns if (name := each.lstrip("_")) in self.coded]
        return f"SELECT * REPLACE ({', '.join(casts)}) FROM ({self._sql(rows)})" if casts else self._sql(rows)

    def keep(self, name: str, rows: ir.Table) -> ir.Table:
        """What the expression gives, held (see `Engine`); Ibis is told its columns: it would read every name of an enumeration."""
        texts = [column for column, kind in rows.schema().items() if kind.is_string()]
        self.connection.raw_sql(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {self._coded(rows, texts)}')
        return ibis.table(rows.schema(), name=name)

    def write(self, rows: ir.Table, file: Path, schema: pa.Schema, coded: Collection[str] = ()) -> None:
        """What the expression gives as a file (see `Engine`); its columns have the types of `schema` already."""
        assert rows.columns == tuple(schema.names)
        into = f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {BATCH})"
        self.connection.raw_sql(f"COPY ({self._coded(rows, coded)}) TO '{_quoted(file)}' {into}")


class Spark(_Compiling):
    """A Spark session. `lake` is the lake's folder as the executors see it, such as s3a://bucket/lake; empty where it is the same."""

    def __init__(self, session: Any, zone: str, here: str = "", lake: str = "") -> None:
        self.session, self.here, self.lake = session, here, lake
        self.kept: dict[str, Any] = {}
        options = {"session.timeZone": zone, "execution.arrow.maxRecordsPerBatch": str(BATCH)}
        super().__init__(ibis.pyspark.connect(session, **{f"spark.sql.{name}": each for name, each in options.items()}))

    def table(self, name: str, files: Sequence[str], columns: Mapping[str, str]) -> ir.Table:
        """The rows of those files (see `Engine`)."""
        schema = ", ".join(f"`{column}` {SPARK_TYPES.get(kind, kind)}" for column, kind in columns.items())
        if self.lake and any(each.startswith(f"{self.here}/{FACTS}/") for each in files):  # written here a moment ago
            connection = duckdb.connect()
            found = self.session.createDataFrame(connection.sql(_selected(connection, files, columns)).to_arrow_table())
        elif files:
            paths = [self.lake + each.removeprefix(self.here) if self.lake else each for each in files]
            read = self.session.read.schema(schema) if columns else self.session.read.option("mergeSchema", "true")
            found = read.parquet(*map(_plain, paths))
        else:
            found = self.session.createDataFrame([], schema)
        found.createOrReplaceTempView(_word(name))
        return self.connection.table(_word(name))

    def stream(self, rows: ir.Table, schema: pa.Schema) -> pa.RecordBatchReader:
        """What the expression gives (see `Engine`): a partition at a time, so that this process holds no more than one."""

        def packed(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:  # runs on the executors, by value
            for batch in batches:
                sink = pa.BufferOutputStream()
                with pa.ipc.new_stream(sink, batch.schema) as stream:
                    stream.write_batch(batch)
                yield pa.record_batch({"batch": pa.array([sink.getvalue().to_pybytes()], pa.binary())})

        answer = self.session.sql(self._sql(rows)).mapInArrow(packed, "batch binary")
        batches = (batch for row in answer.toLocalIterator() for batch in pa.ipc.open_stream(bytes(row.batch)))
        return _cast(batches, schema)

    def code(self, name: str, texts: ir.Table) -> None:
        """Nothing: Spark keeps text (see `Engine`)."""

    def numbers(self, rows: ir.Table) -> Numbers | None:
        """Nothing: the rows stay on the executors (see `Engine`)."""

    def keep(self, name: str, rows: ir.Table) -> ir.Table:
        """What the expression gives, held (see `Engine`)."""
        if name in self.kept:
            self.kept[name].unpersist()
        self.kept[name] = self.session.sql(self._sql(rows)).persist()
        self.kept[name].createOrReplaceTempView(_word(name))
        return self.connection.table(_word(name))

    def write(self, rows: ir.Table, file: Path, schema: pa.Schema, _: Collection[str] = ()) -> None:
        """What the expression gives as a file (see `Engine`), through this process."""
        with pq.ParquetWriter(file, schema, compression="zstd", compression_level=1) as into:
            for batch in self.stream(rows, schema):
                into.write_batch(batch, row_group_size=BATCH)


@contextmanager
def spark(master: str, zone: str) -> Iterator[Any]:
    """A Spark session on that master, or the one that is active already; raises Problems without pyspark or Java.

    Everything else about a cluster stands in its own spark-defaults.conf.
    """
    try:
        from pyspark.errors import PySparkException  # late: an extra
        from pyspark.sql import SparkSession
    except ImportError as error:
        step = 'Install goldenthread[spark], or set kind = "duckdb".'
        raise Problems([Problem("goldenthread.toml, engine.kind", "pyspark", "not installed", step)]) from error
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java", path=str(Path(home, "bin")) if home else None):
        step = 'Install Java 17 or newer and put it on PATH or into JAVA_HOME, or set kind = "duckdb".'
        raise Problems([Problem("goldenthread.toml, engine.kind", "Java, which Spark runs on", "none found", step)])
    before = SparkSession.getActiveSession()
    builder = SparkSession.builder.appName("Golden Thread").master(master)
    options = {"sql.session.timeZone": zone, "sql.ansi.enabled": "true", "ui.enabled": "false"}
    if master.startswith("local"):
        options |= {"driver.host": "127.0.0.1"}
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # its workers need the libraries of this Python
    for name, value in (options | {"ui.showConsoleProgress": "false"}).items():
        builder = builder.config(f"spark.{name}", value)
    try:
        session = before or builder.getOrCreate()
    except PySparkException as error:
        step = "Spark 4 needs Java 17 or newer, and a master that answers."
        raise Problems([Problem("goldenthread.toml, engine.master", "a Spark session", str(error), step)]) from error
    try:
        yield session
    finally:
        if before is None:
            session.stop()


def _plain(path: str) -> str:
    """A path in which Spark finds no pattern."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", path)


def _selected(connection: Any, files: Sequence[str], columns: Mapping[str, str]) -> str:
    """DuckDB's SELECT over files, with nulls for the columns that none of them has."""
    relation = read_files(files) if files else "(SELECT 1 WHERE false)"
    held = {row[0] for row in connection.execute(f"DESCRIBE FROM {relation}").fetchall()} if files else set()
    nulls = [f'CAST(NULL AS {kind}) AS "{column}"' for column, kind in columns.items() if column not in held]
    return f"SELECT {', '.join(['*'] * bool(files) + nulls)} FROM {relation}"


def _word(name: str) -> str:
    """A name that Spark takes for a view: other characters by their number."""
    return re.sub(r"\W", lambda found: f"_{ord(found[0]):x}_", name, flags=re.ASCII)


def _quoted(file: Path) -> str:
    return str(file).replace("'", "''")


def _cast(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(schema, (batch.cast(schema) for batch in batches))


def _as(column: str, kind: str) -> str:
    """A column as an enumeration: TRY_CAST looks a Parquet dictionary up instead of rows; what it does not find is an error after all."""
    return f'coalesce(TRY_CAST("{column}" AS "{kind}"), CAST("{column}" AS "{kind}")) AS "{column}"'
