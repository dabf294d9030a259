"""Moments as they are kept."""

from datetime import UTC, datetime


def utc(moment: datetime) -> datetime:
    """The moment in UTC; raises ValueError for a naive one, which SQLite would silently misread."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a time zone: {moment}")
    return moment.astimezone(UTC)
