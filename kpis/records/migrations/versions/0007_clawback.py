"""Claims on what was paid, who accepted them, and what was set off against later pay."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def _entry() -> sa.Column[int]:
    return sa.Column("entry", sa.Integer(), sa.ForeignKey("ledger.sequence"), nullable=False)


def upgrade() -> None:
    """Create the three tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "clawback",
        _entry(),
        sa.Column("run", sa.String(), sa.ForeignKey("run.id"), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("person", "cause")),
        sa.Column("event", sa.Date(), nullable=False),
        sa.Column("share", sa.String(), nullable=False),
        sa.Column("months_left", sa.Integer(), nullable=False),
        sa.Column("any_plan", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("paid", "amount")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("reason", "by")),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("entry"),
        sa.CheckConstraint("amount > 0 AND amount <= paid"),
        sa.CheckConstraint("length(reason) > 0"),
    )
    op.create_index("ix_clawback_run", "clawback", ["run"])
    _decisions(moment)


def _decisions(moment: sa.DateTime) -> None:
    op.create_table(
        "clawback_decision",
        sa.Column("clawback", sa.Integer(), sa.ForeignKey("clawback.entry"), nullable=False),
        _entry(),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("outcome", "reason", "by")),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("clawback"),
        sa.CheckConstraint("outcome IN ('accepted', 'dropped')"),
        sa.CheckConstraint("length(reason) > 0"),
    )
    op.create_index("ix_clawback_decision_entry", "clawback_decision", ["entry"])
    op.create_table(
        "clawback_set_off",
        _entry(),
        sa.Column("clawback", sa.Integer(), sa.ForeignKey("clawback.entry"), nullable=False),
        sa.Column("run", sa.String(), sa.ForeignKey("run.id"), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "clawback"),
        sa.CheckConstraint("amount > 0"),
    )
    op.create_index("ix_clawback_set_off_run", "clawback_set_off", ["run"])
