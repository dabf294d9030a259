"""The figures of every cell: value, n and interval by slice, department, segment and channel, and by slice and person.

Usage: python -m tests.benchmarks.jobs.cells WORKSPACE OUT. A file for each KPI and cube, as the product exports them.
"""

import sys
from pathlib import Path

from kpis.workflows import every
from kpis.workspace import open_snapshot
from tests.benchmarks.jobs.company import opened
from tests.benchmarks.measure import Clock


def main(folder: Path, out: Path) -> None:
    """Write every figure with the clock on."""
    workspace, clock = opened(folder), Clock()
    with clock.running():
        every.write(open_snapshot(workspace, keep=False), out, tuple(every.CUBES))
    clock.report()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
