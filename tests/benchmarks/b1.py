"""B1: a payout run, exact to the minor unit, against the same arithmetic in floats."""

import numpy as np

from tests.benchmarks import material
from tests.benchmarks.measure import Comparison, alternate, cost

WHAT = "payout run, 100,000 people × 5 components, gates, caps, proration, exact, every integer step kept"
BASELINE = "numpy float doing the same arithmetic inexactly"
JUDGED_AT = None
GOAL = 1.2
PEOPLE = 100_000
# Freed memory stays with the process on both sides: else the kernel's page faults are most of the CPU and hide the work.
KEEP = {"MALLOC_TRIM_THRESHOLD_": "4000000000", "MALLOC_MMAP_THRESHOLD_": "4000000000"}
SCRIPTS = (material.BASELINES / "pay_numpy_float.py",)


def measure(rows: int) -> Comparison:
    """Both sides, in turns; raises AssertionError when amounts differ by more than the float's rounding."""
    folder = material.folder("pay", rows)
    ours, theirs = folder / "ours.npz", folder / "theirs.npz"
    made = alternate(
        lambda: cost(SCRIPTS[0], PEOPLE, theirs, **KEEP),
        lambda: cost("-m", "tests.benchmarks.jobs.pay", PEOPLE, ours, **KEEP),
    )
    exact, inexact = np.load(ours), np.load(theirs)
    assert (exact["lines"].sum(axis=0) == exact["payout"]).all()
    for name in ("payout", "lines"):  # a float may fall on the other side of half a cent
        apart = np.abs(exact[name] - inexact[name])
        assert apart.max() <= 1, name
        assert (apart > 0).mean() < 1e-3, name
    return made
