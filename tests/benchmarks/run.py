"""`make bench`: the goals measured side by side with their baselines; ONLY=A1,B1 for some, SCALE=10 for 10 million rows.

Writes build/bench.json and the table in docs/benchmarks.md; what was measured at another size before stays in both.
"""

import hashlib
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.benchmarks import a1, a2, a3, a4, a5, a6, a7, b1, b3, c1, d1, material
from tests.benchmarks.measure import ROOT, Comparison

OUT = ROOT / "build" / "bench.json"
DOC = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- begin table -->\n", "<!-- end table -->"
LIBRARIES = (
    "duckdb",
    "ibis-framework",
    "numpy",
    "pandas",
    "streamlit",
    "altair",
    "great-expectations",
    "deltalake",
    "pyarrow",
    "polars",
)
Entry = dict[str, Any]
MEMORY = 200.0


@dataclass(frozen=True)
class Goal:
    """One goal of the list: how it is measured, what it asks for, and at how many rows it is judged (None: at any).

    `of` is what the ratio is of: CPU, or memory. A goal of `seconds` is absolute: wall seconds, and MEMORY in MiB.
    """

    id: str
    what: str
    baseline: str
    limit: float
    judged_at: int | None
    scripts: tuple[Path, ...]
    measure: Callable[[int], Comparison]
    of: str = "cpu"


def goal(name: str, module: ModuleType) -> Goal:
    """The goal that a module of this folder measures."""
    constants = (module.WHAT, module.BASELINE, module.GOAL, module.JUDGED_AT, module.SCRIPTS, module.measure)
    return Goal(name, *constants, getattr(module, "OF", "cpu"))


def variants(name: str, module: ModuleType, key: str, values: Sequence[str]) -> list[Goal]:
    """The goal once for each value of a parameter of its measurement, which its texts name too."""
    whole = goal(name, module)
    return [
        replace(
            whole,
            id=f"{name}-{value}",
            what=whole.what.replace(f"{{{key}}}", value),
            baseline=whole.baseline.replace(f"{{{key}}}", value),
            measure=partial(module.measure, **{key: value}),
        )
        for value in values
    ]


def goals() -> list[Goal]:
    """All goals that are measured so far."""
    page = goal("C1", c1)
    again = replace(page, what=page.what.replace("{kind}", "remembered as the dashboard does"))
    first = replace(page, id="C1-first", what=page.what.replace("{kind}", "computed anew each time"))
    first = replace(first, measure=partial(c1.measure, remember=False))
    facts = [goal(f"A{at + 1}", module) for at, module in enumerate((a1, a2, a3, a4, a5))]
    every = replace(goal("A1", a1), id="A1-figures", what=a1.WHAT + a1.FIGURES, limit=2.0)
    facts.insert(1, replace(every, measure=partial(a1.measure, figures=True)))
    asked = [*variants("A6", a6, "tool", a6.TOOLS), *variants("A7", a7, "level", a7.LEVELS)]
    return [*facts, *asked, goal("B1", b1), goal("B3", b3), again, first, goal("D1", d1)]


def entry(wanted: Goal, rows: int) -> Entry:
    """What is written of one goal."""
    told = wanted.measure(rows).told()
    judged = wanted.judged_at in (None, rows)
    return {
        "id": wanted.id,
        "rows": rows,
        "what": wanted.what.format(rows=rows),
        "baseline_is": wanted.baseline,
        **told,
        "goal": wanted.limit,
        "judged_at": wanted.judged_at,
        "of": wanted.of,
        "holds": _held(wanted, told) if judged else None,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
        "hashes": {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in (*wanted.scripts, GENERATOR)},
        "load": round(os.getloadavg()[0], 1),
    }


def _held(wanted: Goal, told: dict[str, Any]) -> bool:
    if wanted.of == "seconds":
        return told["measured"]["wall"] <= wanted.limit and told["measured"]["memory"] <= MEMORY
    return told["ratio"][wanted.of] <= wanted.limit


GENERATOR = material.shared("bench", "generate.py")


def table(entries: list[Entry]) -> str:
    """The entries as a Markdown table."""
    lines = [
        "| goal | work | baseline | ours | ratio (spread) | goal | holds |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in entries:
        ratio, holds = each["ratio"], {True: "yes", False: "**no**", None: "not judged at this size"}[each["holds"]]
        costs = [f"{_time(each[side]['cpu'])}, {each[side]['memory']:,.0f} MiB" for side in ("baseline", "measured")]
        spread = f"{_ratio(ratio['cpu'])} ({_ratio(ratio['low'])} to {_ratio(ratio['high'])})"
        spread = f"{_ratio(ratio['memory'])} of memory" if each.get("of") == "memory" else spread
        limit = f"{each['goal']:.0f} s wall, {MEMORY:.0f} MiB" if each.get("of") == "seconds" else f"{each['goal']}"
        spread += f"; {each['measured']['wall']:.1f} s wall" if each.get("of") == "seconds" else ""
        work = f"{each['what']}; against {each['baseline_is']}"
        lines.append(f"| {each['id']} | {work} | {costs[0]} | {costs[1]} | {spread} | ≤ {limit} | {holds} |")
    return "\n".join(lines) + "\n"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def write(entries: list[Entry]) -> None:
    """Keep the entries, instead of older ones of the same goal and size."""
    before = json.loads(OUT.read_text()) if OUT.is_file() else []
    fresh = {(each["id"], each["rows"]) for each in entries}
    kept = [each for each in before if (each["id"], each["rows"]) not in fresh]
    found = sorted([*kept, *entries], key=lambda each: (each["id"], each["rows"]))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1) + "\n")
    head, _, rest = DOC.read_text("utf-8").partition(BEGIN)
    DOC.write_text(head + BEGIN + table(found) + END + rest.partition(END)[2], "utf-8")


def _reached(found: Entry) -> str:
    if found["of"] == "seconds":
        return f"{found['measured']['wall']:.1f} s wall, {found['measured']['memory']:.0f} MiB"
    return f"{found['ratio'][found['of']]} of the baseline's {found['of']}"


def main() -> int:
    """Measure what was asked for; 1 for a name that is no goal."""
    known = {each.id: each for each in goals()}
    names = [name for name in os.environ.get("ONLY", ",".join(known)).split(",") if name]
    rows = int(os.environ.get("SCALE", "1")) * material.MILLION
    if unknown := [name for name in names if name not in known]:
        print(f"ONLY: expected some of {', '.join(known)}, got {', '.join(unknown)}", file=sys.stderr)
        return 1
    for name in names:
        found = entry(known[name], rows)
        write([found])
        print(
            f"{name} at {rows:,} rows: {_reached(found)}, goal {found['goal']}, holds {found['holds']}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
