"""What arrives already counted: checks of systems, costs of visits, and what employees say."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from seeds.demo.company import UNITS
from seeds.demo.draws import Span, stream, write

COLUMNS = ("kpi", "day", "department", "person", "segment", "channel", "n", "ones", "bucket", "total", "squares")
FIELD = ("field_north", "field_south")


def file(folder: Path, people: int, seed: int, over: Span) -> Path:
    """Write kpi_aggregates: checks a day, costs a Monday, employees' answers on the first of a month."""
    rng = stream(seed, "counted")
    days = np.datetime64(over.first) + np.arange(over.days - 1)
    rows = [*_checks(rng, days), *_costs(rng, days, people), *_employees(rng, days, people)]
    kinds = {"n": pa.int64(), "ones": pa.int64(), "bucket": pa.int64()}
    columns = {name: pa.array([row.get(name) for row in rows], kinds.get(name, pa.string())) for name in COLUMNS}
    return write(folder / "kpi_aggregates.csv", columns)


def _checks(rng: np.random.Generator, days: np.ndarray) -> list[dict[str, object]]:
    """Checks of web, app and phone every five minutes; one day in forty something is down for hours."""
    found: list[dict[str, object]] = []
    for channel in ("web", "app", "phone"):
        down = np.where(rng.random(len(days)) < 0.025, rng.integers(6, 60, len(days)), 0) + rng.binomial(
            288, 0.001, len(days)
        )
        place = {"kpi": "systems_available", "department": "it", "channel": channel, "n": 288}
        found += [place | {"day": str(day), "ones": 288 - n} for day, n in zip(days, down.tolist(), strict=True)]
    return found


def _costs(rng: np.random.Generator, days: np.ndarray, people: int) -> list[dict[str, object]]:
    """Sums and sums of squares of the visits' costs in cents, rising 2% a year."""
    found: list[dict[str, object]] = []
    for at, day in enumerate(days):
        if at % 7 == 0:
            for name in FIELD:
                cents = rng.normal(8_300 * 1.02 ** (at / 365), 2_100, max(8, people // 3)).clip(2_000).round()
                sums = {"n": len(cents), "total": f"{cents.sum():.0f}", "squares": f"{(cents * cents).sum():.0f}"}
                found.append({"kpi": "cost_per_visit", "day": str(day), "department": name} | sums)
    return found


def _employees(rng: np.random.Generator, days: np.ndarray, people: int) -> list[dict[str, object]]:
    """Answers 0 to 10 by department, in buckets: a third answers each month."""
    chances = np.array([1, 1, 1, 2, 2, 5, 8, 20, 27, 20, 13]) / 100
    found: list[dict[str, object]] = []
    for day in days[np.char.endswith(days.astype(str), "-01")]:
        for each in UNITS:
            counts = rng.multinomial(max(1, each.people * people // 3000), chances)
            place = {"kpi": "employee_nps", "day": str(day), "department": each.id}
            found += [place | {"bucket": at, "n": n} for at, n in enumerate(counts.tolist()) if n]
    return found
