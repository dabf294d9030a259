"""B3, the product's side: 10,000 periods drawn from history for people who each have figures of their own.

Usage: python -m tests.benchmarks.jobs.simulate PEOPLE OUT.npz; histories, people and draws are those of the baseline.
"""

import sys
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from kpis.incentives.blocks import Block, Feed, Model
from kpis.incentives.plan import Plan, parse
from kpis.incentives.resample import Series, Terms, extremes, starts
from kpis.incentives.swift import lookup
from kpis.incentives.walk import cost
from tests.benchmarks.jobs.pay import baseline
from tests.benchmarks.measure import Clock

PLAN = """
id: b3
opportunity: {amount: 10000}
decimals: 1
gates:
  - {id: errors, on: component:c4, passes: {at_most: 6}}
  - {id: cost, decimals: 2, passes: {at_most: 15}, otherwise: {cap: 50}}
modifiers:
  - {id: audit, decimals: 0, curve: {axis: figure, points: [[0, 90], [100, 110]]}}
cap: 140
components:
"""
COMPONENT = "  - {{id: c{at}, weight: {weight}, curve: {{points: [[0, 50], [100, 100], [200, 150]], cap: 150}}}}\n"
ROWS = 1024
Given = dict[str, np.ndarray]


def plan(weights: tuple[int, ...]) -> Plan:
    """The plan the baseline computes."""
    return parse(PLAN + "".join(COMPONENT.format(at=at, weight=weight) for at, weight in enumerate(weights)))


def model(made: Plan, given: Given, departments: int) -> Model:
    """The plan as tables: a target for each component and department."""
    aims = [
        [tuple(Fraction(int(given[name][at, each]), 10) for name in ("threshold", "target", "stretch")) for each in range(departments)]
        for at in range(5)
    ]  # fmt: skip
    tables = tuple(lookup(each, 1, aims[at], 0, 1001) for at, each in enumerate(made.components))
    audits = extremes(shared(given, "passed", "audits", 100), 1)
    modifier = lookup(made.modifiers[0], 0, [None], *audits)
    return Model(made, tables, (modifier,), (), tuple(map(str, range(departments))), {}, {})


def shared(given: Given, top: str, bottom: str, times: int) -> Series:
    """A figure of each department, or of the company."""
    above, below = (given[name].reshape(len(given[name]), -1) for name in (top, bottom))
    return Series(above, below, None, times)


def blocks(given: Given, departments: int) -> Iterator[Block]:
    """A thousand people at a time; histories are views of what lies in memory."""
    where = given["department"]
    none, one = np.zeros(departments, dtype=np.int64), np.zeros(1, dtype=np.int64)
    errors, audit = shared(given, "errors", "cases", 100), shared(given, "passed", "audits", 100)
    spent = shared(given, "cost", "visits", 1)
    for low in range(0, len(where), ROWS):
        at = slice(low, low + ROWS)
        mine, rows = where[at], len(where[at])
        lines = tuple(
            Feed(Series(given["good"][:, each, at], given["answers"][:, each, at], None, 100), None, mine)
            for each in range(5)
        )
        money = np.zeros((rows, departments))
        money[np.arange(rows), mine] = given["opportunity"][at]
        gates = (Feed(errors, None, none, mine), Feed(spent, None, one, mine * 0))
        yield Block(
            lines, gates, (Feed(audit, None, none, mine),), np.ones((1, rows), np.float32), money, np.ones(rows)
        )


def main(people: int, out: str) -> None:
    """Simulate everyone once."""
    other, clock = baseline("simulate_numpy"), Clock()
    given = other.generate(people)
    terms = Terms(other.TAKE, other.DRAWN, other.SEED, other.RUN)
    with clock.running():
        made = model(plan(other.WEIGHTS), given, other.DEPARTMENTS)
        picks = starts(np.random.default_rng(terms.seed), other.SLICES, terms.take, terms.draws, terms.run)
        costs, _ = cost(made, blocks(given, other.DEPARTMENTS), picks, terms)
    np.savez(out, costs=costs)
    clock.report()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
