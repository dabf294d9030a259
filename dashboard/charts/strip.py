"""The strip of threshold, target and stretch that review rows and bullet rows share."""

from dashboard.charts.grammar import Row
from dashboard.words import _

THRESHOLD, TARGET, STRETCH = 0.2, 0.55, 0.9  # where the three stand on the strip


def place(attained: float) -> float:
    """Attainment (0 threshold, 100 target, 200 stretch) as a place 0..1 on the strip; beyond it, its end."""
    return min(max(THRESHOLD + (TARGET - THRESHOLD) * attained / 100, 0.0), 1.0)


def reach(row: Row) -> Row:
    """Figure and interval as places on the strip; without an interval it has no length."""
    low, high = (row[name] if row[name] is not None else row["attained"] for name in ("attained_low", "attained_high"))
    return {"i": row["i"], "at": place(row["attained"]), "low": place(low), "high": place(high)}


def marks() -> list[Row]:
    """Threshold, target and stretch with their names."""
    return [
        {"at": THRESHOLD, "text": _("threshold"), "role": "muted"},
        {"at": TARGET, "text": _("target"), "role": "accent"},
        {"at": STRETCH, "text": _("stretch"), "role": "muted"},
    ]


def said(row: Row) -> str:
    """A row in words: name, figure, interval or why there is none."""
    return f"{row['name']}: {row['value']}, {row['note'] or row['interval'] or ''}".rstrip(", ")
