"""Payroll files and what was paid of them; accruals as booked."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the five tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "payroll_file",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("run", sa.String(), sa.ForeignKey("run.id"), nullable=False),
        sa.Column("layout", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.UniqueConstraint("run", "digest"),
        sa.CheckConstraint("length(digest) = 64"),
        sa.CheckConstraint("lines >= 0"),
    )
    op.create_index("ix_payroll_file_run", "payroll_file", ["run"])
    _payments(moment)
    _accruals(moment)


def _payments(moment: sa.DateTime) -> None:
    op.create_table(
        "payment_file",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("run", sa.String(), sa.ForeignKey("run.id"), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("read_at", moment, nullable=False),
        sa.Column("read_by", sa.String(), nullable=False),
        sa.UniqueConstraint("run", "digest"),
        sa.CheckConstraint("length(digest) = 64"),
    )
    op.create_index("ix_payment_file_run", "payment_file", ["run"])
    op.create_table(
        "payment",
        sa.Column("file", sa.Integer(), sa.ForeignKey("payment_file.id"), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("person", sa.String()),
        sa.Column("row", sa.Integer()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("file", "line"),
        sa.CheckConstraint("state IN ('paid', 'differs', 'missing', 'unknown')"),
        sa.CheckConstraint("state <> 'paid' OR expected = paid"),
    )
    op.create_index("ix_payment_person", "payment", ["person"])


def _accruals(moment: sa.DateTime) -> None:
    op.create_table(
        "accrual_booking",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("booked_at", moment, nullable=False),
        sa.Column("booked_by", sa.String(), nullable=False),
        sa.CheckConstraint("length(digest) = 64"),
    )
    op.create_index("ix_accrual_booking_month", "accrual_booking", ["month"])
    op.create_table(
        "accrual",
        sa.Column("booking", sa.Integer(), sa.ForeignKey("accrual_booking.id"), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("cost_centre", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger()),
        sa.Column("high", sa.BigInteger()),
        sa.PrimaryKeyConstraint("booking", "plan", "period", "cost_centre"),
        sa.CheckConstraint("(low IS NULL) = (high IS NULL)"),
        sa.CheckConstraint("low IS NULL OR low <= high"),
    )
