"""Baseline for B1: the arithmetic of a payout run in numpy floats, inexactly. Stand-alone.

Imports nothing of the product.

python pay_numpy_float.py PEOPLE OUT.npz makes the inputs from a fixed seed, pays them and writes payouts and lines.
Its last line of output is what one payment of everyone costs: CPU and wall seconds, and peak memory in MiB.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

WEIGHTS = (30, 25, 20, 15, 10)
DEPARTMENTS = 20
SEED = 20261122
REPEATS = 10


def generate(people: int) -> dict[str, np.ndarray]:
    """Whole-number inputs: salaries in cents, days, hours, five figures as ratios, three values of each target."""
    random = np.random.default_rng(SEED)
    answers = random.integers(60, 400, (5, people))
    middle = random.integers(130, 170, (5, DEPARTMENTS)) * 5  # tenths of a point, as all targets
    middle[3:] = middle[3:, :1]  # the last two components have one target for the whole company
    gaps = random.integers(4, 10, (2, 5, DEPARTMENTS)) * 5
    gaps[:, 3:] = gaps[:, 3:, :1]
    return {
        "salary": random.integers(2_400_000, 9_600_000, people),
        "days": np.where(random.random(people) < 0.9, 92, random.integers(1, 92, people)),
        "hours": np.where(random.random(people) < 0.6, 40, random.integers(16, 40, people)),
        "department": random.integers(0, DEPARTMENTS, people),
        "good": (answers * random.normal(0.75, 0.06, (5, people)).clip(0, 1)).astype(np.int64),
        "answers": answers,
        "threshold": middle - gaps[0],
        "target": middle,
        "stretch": middle + gaps[1],
        "cost": random.integers(900, 1700, people),
        "errors": random.integers(0, 10, people),
        "audit": random.integers(40, 101, people),
    }


def pay(given: dict[str, np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Payout and lines in cents: figure, curve, gates, weight, modifier, caps, one rounding, largest remainder."""
    opportunity = given["salary"] * 0.15 * (given["hours"] / 40) * (given["days"] / 365)
    fine = given["errors"] <= 7
    lines = []
    for at, weight in enumerate(WEIGHTS):
        figure = np.floor(given["good"][at] * 1000 / given["answers"][at] + 0.5)
        if at < 3:
            low, middle, high = (
                given[name][at].take(given["department"]) for name in ("threshold", "target", "stretch")
            )
        else:
            low, middle, high = (float(given[name][at, 0]) for name in ("threshold", "target", "stretch"))
        over = figure - middle
        position = 100 + 100 * np.where(over < 0, over / (middle - low), over / (high - middle))
        curve = np.where(position < 0, 0.0, np.minimum(50 + position / 2, 150))
        if at == 4:
            curve = np.where(fine, curve, 0.0)
        lines.append(curve * weight)
    total = lines[0] + lines[1] + lines[2] + lines[3] + lines[4]
    modified = total * (0.9 + given["audit"] * 0.002)
    gated = np.where(given["cost"] <= 1500, modified, np.minimum(modified, 5_000.0))
    capped = np.minimum(gated, 14_000.0)
    payout = np.floor(opportunity * capped / 10_000 + 0.5)
    return payout.astype(np.int64), shares(payout, lines, total)


def shares(payout: np.ndarray, lines: list[np.ndarray], total: np.ndarray) -> list[np.ndarray]:
    """Lines in whole cents that sum to the payout: floors, and what is left to the largest remainders."""
    scale = payout / np.maximum(total, 1)
    quotas = [line * scale for line in lines]
    parts = [np.floor(quota + 1e-9) for quota in quotas]
    rests = [quota - part for quota, part in zip(quotas, parts, strict=True)]
    left = payout - (parts[0] + parts[1] + parts[2] + parts[3] + parts[4])
    ranks = [np.zeros(len(payout), dtype=np.int8) for _ in lines]
    for right in range(len(lines)):
        for before in range(right):
            first = rests[before] >= rests[right] - 1e-9
            ranks[right] += first
            ranks[before] += ~first
    return [(part + (rank < left)).astype(np.int64) for part, rank in zip(parts, ranks, strict=True)]


def peak() -> float:
    """Peak memory of this process in MiB; what a parent held before does not count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def spent() -> float:
    """CPU seconds of this process."""
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


if __name__ == "__main__":
    inputs = generate(int(sys.argv[1]))
    pay(inputs)
    cpu, wall = spent(), time.perf_counter()
    for _ in range(REPEATS):
        pay(inputs)
    cpu, wall = (spent() - cpu) / REPEATS, (time.perf_counter() - wall) / REPEATS
    amounts, parts = pay(inputs)
    np.savez(sys.argv[2], payout=amounts, lines=np.array(parts))
    print(json.dumps({"cpu": cpu, "wall": wall, "memory": peak()}))
