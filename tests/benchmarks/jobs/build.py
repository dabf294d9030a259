"""A build of the facts of a workspace, whole or what is new; its last line is the cost, the one before what was built.

Usage: python -m tests.benchmarks.jobs.build WORKSPACE [everything]
"""

import json
import sys
from pathlib import Path

import ibis

from kpis.workflows.build import build
from tests.benchmarks.jobs.company import opened
from tests.benchmarks.measure import Clock


def main(folder: Path, everything: bool) -> None:
    """Build with the clock on; imports and the workspace's own files are read before."""
    workspace, clock = opened(folder), Clock()
    ibis.duckdb.connect().disconnect()  # what Ibis imports late
    with clock.running():
        built = build(workspace, everything)
    print(json.dumps({"facts": built.facts, "version": built.version}))
    clock.report()


if __name__ == "__main__":
    main(Path(sys.argv[1]), "everything" in sys.argv[2:])
