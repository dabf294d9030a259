"""Which ledger entry holds a row, for everything that is kept beside runs: targets, plans, letters, payroll and what was opened."""

from alembic import op

revision = "0006"
down_revision = "0005"
TABLES = (
    "agreement", "chart_baseline", "definition_version", "target", "plan", "target_change", "target_consent", "letter",
    "used_token", "run_opened", "kept_head", "payroll_file", "payment_file", "payment", "accrual_booking", "accrual",
)  # fmt: skip


def upgrade() -> None:
    """Add the column; what is there already has none until the first new row is kept, whose entry takes it in."""
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN entry INTEGER REFERENCES ledger (sequence)")
        op.create_index(f"ix_{table}_entry", table, ["entry"])
