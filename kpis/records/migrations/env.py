"""Alembic's entry: runs on the connection it is given."""

from alembic import context
from sqlmodel import SQLModel

from kpis.records import aims, payroll, runs, tables  # noqa: F401 - they fill the metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata)
with context.begin_transaction():
    context.run_migrations()
