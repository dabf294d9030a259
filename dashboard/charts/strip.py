"""The strip of threshold, target and stretch that review rows and bullet rows share."""

from collections.abc import Sequence
from typing import Any

from dashboard.words import _

Row = dict[str, Any]
THRESHOLD, TARGET, STRETCH = 0.2, 0.55, 0.9  # where the three stand on the strip


def place(attained: float) -> float:
    """Attainment (0 threshold, 100 target, 200 stretch) as a place 0..1 on the strip; beyond it, its end."""
    return min(max(THRESHOLD + (TARGET - THRESHOLD) * attained / 100, 0.0), 1.0)


def reach(row: Row) -> Row:
    low, high = (row[name] if row[name] is not None else row["attained"] for name in ("attained_low", "attained_high"))
    return {"i": row["i"], "at": place(row["attained"]), "low": place(low), "high": place(high)}


def marks() -> list[Row]:
    return [
        {"at": THRESHOLD, "text": _("threshold"), "role": "muted", "line": "band2"},
        {"at": TARGET, "text": _("target"), "role": "accent", "line": "accent"},
        {"at": STRETCH, "text": _("stretch"), "role": "muted", "line": "band2"},
    ]


def told(title: str, rows: Sequence[Row]) -> str:
    return " ".join(
        [
            title.rstrip(".") + ".",
            *(f"{row['name']}: {row['value']}, {row['interval'] or row['note']}." for row in rows),
        ]
    )
