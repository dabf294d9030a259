"""Approvals, run steps, exceptions, decisions, disputes, what was paid, and heads of the ledger kept elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create every table of approvals and runs."""
    _acts()
    _steps()
    _exceptions()
    _opened()
    _disputes()
    _paid()


def _acts() -> None:
    op.create_table(
        "act",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.UniqueConstraint("entry"),
        sa.ForeignKeyConstraint(["entry"], ["ledger.sequence"]),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_table(
        "plan_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("text_digest", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("step IN ('reviewed', 'approved', 'active')"),
        sa.CheckConstraint("length(text_digest) = 64"),
        sa.CheckConstraint("(step = 'active') = (valid_from IS NOT NULL)"),
        sa.CheckConstraint("length(digest) = 64"),
        sa.UniqueConstraint("plan", "version", "step", "by"),
        sa.ForeignKeyConstraint(["entry"], ["ledger.sequence"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_plan_step_entry", "plan_step", ["entry"])


def _steps() -> None:
    op.create_table(
        "run_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("step IN ('checked', 'sent back', 'approved', 'closed')"),
        sa.CheckConstraint("length(content) = 64"),
        sa.ForeignKeyConstraint(["run"], ["run.id"]),
        sa.ForeignKeyConstraint(["entry"], ["ledger.sequence"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_run_step_entry", "run_step", ["entry"])
    op.create_index("ix_run_step_run", "run_step", ["run"])


def _exceptions() -> None:
    op.create_table(
        "run_exception",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("people", sa.String(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["ledger.sequence"]),
        sa.ForeignKeyConstraint(["run"], ["run.id"]),
        sa.PrimaryKeyConstraint("run", "number"),
    )
    op.create_index("ix_run_exception_entry", "run_exception", ["entry"])
    op.create_table(
        "run_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("choice IN ('pay', 'hold', 'adjust')"),
        sa.CheckConstraint("length(reason) > 0"),
        sa.ForeignKeyConstraint(["entry"], ["ledger.sequence"]),
        sa.ForeignKeyConstraint(["run"], ["run.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_run_decision_run", "run_decision", ["run"])
    op.create_index("ix_run_decision_entry", "run_decision", ["entry"])


def _opened() -> None:
    op.create_table(
        "run_opened",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["run.id"]),
        sa.PrimaryKeyConstraint("run", "person", "by"),
    )
    op.create_table(
        "adjustment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('decided', 'dispute', 'late data')"),
        sa.CheckConstraint("length(cause) > 0"),
        sa.ForeignKeyConstraint(["run"], ["run.id"]),
        sa.ForeignKeyConstraint(["entry"], ["ledger.sequence"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_adjustment_run", "adjustment", ["run"])
    op.create_index("ix_adjustment_entry", "adjustment", ["entry"])


def _disputes() -> None:
    op.create_table(
        "dispute",
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("decide_until", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(text) > 0"),
        sa.ForeignKeyConstraint(["run"], ["run.id"]),
        sa.ForeignKeyConstraint(["entry"], ["ledger.sequence"]),
        sa.PrimaryKeyConstraint("entry"),
    )
    op.create_index("ix_dispute_run", "dispute", ["run"])
    op.create_table(
        "dispute_decision",
        sa.Column("dispute", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(reason) > 0"),
        sa.CheckConstraint("outcome IN ('granted', 'refused')"),
        sa.ForeignKeyConstraint(["dispute"], ["dispute.entry"]),
        sa.ForeignKeyConstraint(["entry"], ["ledger.sequence"]),
        sa.PrimaryKeyConstraint("dispute"),
    )
    op.create_index("ix_dispute_decision_entry", "dispute_decision", ["entry"])


def _paid() -> None:
    op.create_table(
        "paid_line",
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("segment", sa.Integer(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["run.id"]),
        sa.ForeignKeyConstraint(["entry"], ["ledger.sequence"]),
        sa.PrimaryKeyConstraint("entry", "person", "segment", "component"),
    )
    op.create_index("ix_paid_line_run", "paid_line", ["run"])
    op.create_table(
        "kept_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
