"""What people decide, and who surrogate keys stand for: SQLModel tables, migrations, the one way to a session."""
