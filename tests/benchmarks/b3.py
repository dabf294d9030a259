"""B3: a simulation of 10,000 periods for 100,000 people with figures of their own, against plain numpy draw by draw."""

from dataclasses import replace

import numpy as np

from tests.benchmarks import material
from tests.benchmarks.measure import Comparison, Cost, alternate, cost

WHAT = "simulation, 10,000 draws × 100,000 people × 5 components, each with figures of their own, gates, modifier, cap"
BASELINE = "plain numpy floats draw by draw, measured on 100 draws and multiplied by 100"
JUDGED_AT = None
GOAL, OF = 60.0, "seconds"
PEOPLE, DRAWN, SHARE = 100_000, 10_000, 100
SCRIPTS = (material.BASELINES / "simulate_numpy.py",)


def measure(rows: int) -> Comparison:
    """Both sides, in turns; raises AssertionError when a department's cost in a draw differs by more than single precision."""
    folder = material.folder("simulate", rows)
    ours, theirs = folder / "ours.npz", folder / "theirs.npz"
    made = alternate(
        lambda: _whole(cost(SCRIPTS[0], PEOPLE, DRAWN // SHARE, theirs)),
        lambda: cost("-m", "tests.benchmarks.jobs.simulate", PEOPLE, ours),
    )
    exact, found = np.load(theirs)["costs"], np.load(ours)["costs"]
    assert found.shape == (DRAWN, exact.shape[1])
    assert np.allclose(found[: len(exact)], exact, rtol=2e-6)
    return made


def _whole(part: Cost) -> Cost:
    return replace(part, cpu=part.cpu * SHARE, wall=part.wall * SHARE)
