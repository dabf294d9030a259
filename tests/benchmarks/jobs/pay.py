"""B1, the product's side: a payout run from columns in memory to lines in memory, with all integer steps.

Usage: python -m tests.benchmarks.jobs.pay PEOPLE OUT.npz; the inputs are those of the baseline.
"""

import importlib.util
import sys
from fractions import Fraction
from types import ModuleType

import numpy as np

from kpis.incentives.columns import Columns, Figures
from kpis.incentives.engine import pay
from kpis.incentives.paid import Frame
from kpis.incentives.plan import parse
from tests.benchmarks.material import BASELINES
from tests.benchmarks.measure import Clock

PLAN = """
id: b1
opportunity: {percent_of_salary: 15}
decimals: 1
gates:
  - {id: errors, on: component:c4, passes: {at_most: 7}}
  - {id: cost, decimals: 2, passes: {at_most: 15}, otherwise: {cap: 50}}
modifiers:
  - {id: audit, decimals: 0, curve: {axis: figure, points: [[0, 90], [100, 110]]}}
cap: 140
components:
"""
COMPONENT = "  - {{id: c{at}, weight: {weight}, curve: {{points: [[0, 50], [100, 100], [200, 150]], cap: 150}}}}\n"
FRAME = Frame("2026-Q3", 92, 365)
REPEATS = 10


def baseline(name: str = "pay_numpy_float") -> ModuleType:
    """A baseline's module, for its inputs and its weights."""
    spec = importlib.util.spec_from_file_location(name, BASELINES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def columns(given: dict[str, np.ndarray], departments: int) -> Columns:
    """The baseline's inputs as the engine's columns."""
    one = np.ones_like(given["salary"])

    def column(values: np.ndarray) -> np.ndarray:
        return values.reshape(-1, 1)

    def figures(at: int) -> Figures:
        own = departments if at < 3 else 1  # the last two have one target for the company
        values = [
            [Fraction(int(given[name][at, each]), 10) for name in ("threshold", "target", "stretch")]
            for each in range(own)
        ]
        which = given["department"] if own > 1 else one * 0
        return Figures(
            column(given["good"][at] * 100), column(given["answers"][at]), column(which), tuple(map(tuple, values))
        )

    def source(name: str, denominator: int) -> Figures:
        return Figures(given[name], one * denominator, one * 0, (None,))

    hours = (column(given["hours"]), column(one * 40))
    components = tuple(figures(at) for at in range(5))
    gates, modifiers = (source("errors", 1), source("cost", 100)), (source("audit", 1),)
    return Columns(
        column(given["salary"]), column(given["days"]), *hours, column(one * 1_000_000), components, gates, modifiers
    )


def main(people: int, out: str) -> None:
    """Pay everyone several times, each time from scratch."""
    other, clock = baseline(), Clock()
    plan = parse(PLAN + "".join(COMPONENT.format(at=at, weight=weight) for at, weight in enumerate(other.WEIGHTS)))
    given = columns(other.generate(people), other.DEPARTMENTS)
    pay(plan, FRAME, given)
    for _ in range(REPEATS):
        with clock.running():
            pay(plan, FRAME, given)
    found = pay(plan, FRAME, given)
    np.savez(out, payout=found.payout.astype(np.int64), lines=np.array(found.lines, dtype=np.int64))
    clock.report(REPEATS)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
