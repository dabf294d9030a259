"""Each closing handed over to payroll once, which of them a file of payments paid, and whom a decision is about."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the tables, and add the closing to files of payments; those read before paid the first one."""
    op.create_table(
        "payroll_handover",
        sa.Column("entry", sa.Integer(), sa.ForeignKey("ledger.sequence"), nullable=False),
        sa.Column("run", sa.String(), sa.ForeignKey("run.id"), nullable=False),
        sa.Column("closing", sa.Integer(), sa.ForeignKey("ledger.sequence"), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("repeat", "lines")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("layout", "digest", "made_by")),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("entry"),
        sa.UniqueConstraint("closing", "repeat"),
        sa.CheckConstraint("length(digest) = 64"),
        sa.CheckConstraint("lines >= 0 AND repeat >= 0"),
    )
    op.create_index("ix_payroll_handover_run", "payroll_handover", ["run"])
    op.execute("ALTER TABLE payment_file ADD COLUMN closing INTEGER REFERENCES ledger (sequence)")
    op.create_table(
        "run_decision_person",
        sa.Column("entry", sa.Integer(), sa.ForeignKey("ledger.sequence"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "number", "person"),
    )
