"""Baseline for B3: what a plan costs in periods drawn from history, in plain numpy floats, draw by draw. Stand-alone.

Imports nothing of the product.

python simulate_numpy.py PEOPLE DRAWS OUT.npz makes histories and people from a fixed seed, draws that many periods and
writes the cost of each by department. Its last line of output is what these draws cost: CPU and wall seconds, and peak
memory in MiB.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

WEIGHTS = (30, 25, 20, 15, 10)
DEPARTMENTS, SLICES, TAKE, RUN = 20, 52, 13, 4
SEED, DRAWN = 20261122, 10_000


def generate(people: int) -> dict[str, np.ndarray]:
    """Histories of a year, week by week: answers and good ones of each person and component, errors, cost and audits."""
    random = np.random.default_rng(SEED)
    answers = random.integers(0, 13, (SLICES, 5, people), dtype=np.uint8)
    answers[:4] += 1  # everybody has answers
    level = random.normal(0.75, 0.05, (5, people)).astype(np.float32)
    week = random.normal(0, 0.03, (SLICES, 1, 1)).astype(np.float32)  # a good week is good for all
    good = np.empty_like(answers)
    for at in range(SLICES):
        good[at] = random.binomial(answers[at], np.clip(level + week[at], 0, 1))
    middle = random.integers(140, 160, (5, DEPARTMENTS)) * 5  # tenths of a percent
    middle[3:] = middle[3:, :1]  # the last two components have one target for the whole company
    gaps = random.integers(8, 16, (2, 5, DEPARTMENTS)) * 5
    gaps[:, 3:] = gaps[:, 3:, :1]
    visits = random.integers(800, 1200, SLICES)
    return {
        "opportunity": random.integers(60_000, 360_000, people).astype(np.float64),  # of the quarter, in cents
        "department": np.sort(random.integers(0, DEPARTMENTS, people)),
        "answers": answers,
        "good": good,
        "threshold": middle - gaps[0],
        "target": middle,
        "stretch": middle + gaps[1],
        "cases": random.integers(200, 300, (SLICES, DEPARTMENTS)),
        "errors": random.integers(8, 22, (SLICES, DEPARTMENTS)),
        "visits": visits,
        "cost": (visits * random.normal(14.5, 0.9, SLICES)).astype(np.int64),
        "audits": random.integers(10, 20, (SLICES, DEPARTMENTS)),
        "passed": random.integers(6, 10, (SLICES, DEPARTMENTS)),
    }


def draws() -> np.ndarray:
    """The slices of each draw: runs of four neighbours and a last run of one, the end joined to the start."""
    random = np.random.default_rng(SEED)
    starts = random.integers(0, SLICES, (DRAWN, -(-TAKE // RUN)), dtype=np.int32)
    steps = [(starts[:, at, None] + np.arange(min(RUN, TAKE - RUN * at))) % SLICES for at in range(starts.shape[1])]
    return np.concatenate(steps, axis=1)


def pay(given: dict[str, np.ndarray], slices: np.ndarray) -> np.ndarray:
    """The cost of one draw by department, in cents."""
    where, count = given["department"], np.bincount(slices, minlength=SLICES)
    held = np.flatnonzero(count)

    def drawn(name: str) -> np.ndarray:
        return np.tensordot(count[held].astype(np.float64), given[name][held].astype(np.float64), axes=1)

    good, answers = drawn("good"), drawn("answers")
    figure = np.floor(good * 1000 / answers + 0.5)
    fine = (np.floor(drawn("errors") * 1000 / drawn("cases") + 0.5) <= 60)[where]
    total = np.zeros(len(where))
    for at, weight in enumerate(WEIGHTS):
        low, middle, high = (given[name][at].take(where) for name in ("threshold", "target", "stretch"))
        over = figure[at] - middle
        position = 100 + 100 * np.where(over < 0, over / (middle - low), over / (high - middle))
        curve = np.where(position < 0, 0.0, np.minimum(50 + position / 2, 150))
        total += (np.where(fine, curve, 0.0) if at == 4 else curve) * weight
    audit = np.floor(drawn("passed") * 100 / drawn("audits") + 0.5)[where]
    total *= 0.9 + audit * 0.002
    if not np.floor(drawn("cost") * 100 / drawn("visits") + 0.5) <= 1500:
        total = np.minimum(total, 5_000.0)
    total = np.minimum(total, 14_000.0)
    return np.bincount(where, given["opportunity"] * total / 10_000, DEPARTMENTS)


def peak() -> float:
    """Peak memory of this process in MiB; what a parent held before does not count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def spent() -> float:
    """CPU seconds of this process."""
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


if __name__ == "__main__":
    inputs, periods = generate(int(sys.argv[1])), draws()[: int(sys.argv[2])]
    pay(inputs, periods[0])
    cpu, wall = spent(), time.perf_counter()
    costs = np.array([pay(inputs, each) for each in periods])
    cpu, wall = spent() - cpu, time.perf_counter() - wall
    np.savez(sys.argv[3], costs=costs)
    print(json.dumps({"cpu": cpu, "wall": wall, "memory": peak()}))
