"""Who changed a target and why, consents, target letters, and tokens that were used."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables of changes, consents, letters and tokens."""
    op.create_table(
        "target_change",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("harder", sa.Boolean(), nullable=False),
        sa.Column("after_end", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["id", "version"], ["target.id", "target.version"]),
        sa.PrimaryKeyConstraint("id", "version"),
    )
    op.create_table(
        "target_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("length(terms) = 64"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_target_consent_terms", "target_consent", ["terms"], unique=False)
    _letters()


def _letters() -> None:
    op.create_table(
        "letter",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("edition >= 1"),
        sa.CheckConstraint("length(digest) = 64"),
        sa.CheckConstraint("acknowledged_at IS NULL OR opened_at IS NOT NULL"),
        sa.PrimaryKeyConstraint("person", "period", "edition"),
        sa.UniqueConstraint("token"),
    )
    op.create_index("ix_letter_period", "letter", ["period"], unique=False)
    op.create_table(
        "used_token",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_for", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
