"""What an agreement is about and who recorded it; who acknowledged a letter, and the document that says so."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns; every agreement there is already is about individual figures."""
    for table, name, default in (
        ("agreement", "about", "figures"),
        ("agreement", "recorded_by", ""),
        ("letter", "acknowledged_by", ""),
        ("letter", "proof", ""),
    ):
        op.add_column(table, sa.Column(name, sa.String(), nullable=False, server_default=default))
