"""Two ways of doing the same work, side by side: what each costs, in turns, and the ratio of every round."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = int(os.environ.get("ROUNDS", "5"))  # fewer only to see that a benchmark runs


@dataclass(frozen=True)
class Cost:
    """CPU seconds (user and system, with children), wall seconds, and peak memory in MiB of one piece of work."""

    cpu: float
    wall: float
    memory: float


@dataclass(frozen=True)
class Comparison:
    """The costs of each round, baseline and product."""

    baseline: tuple[Cost, ...]
    product: tuple[Cost, ...]

    def told(self) -> dict[str, object]:
        """Medians of both, and the ratio of their CPU: median, lowest and highest of the rounds."""
        ratios = [b.cpu / a.cpu for a, b in zip(self.baseline, self.product, strict=True)]
        baseline, product = _middle(self.baseline), _middle(self.product)
        spread = {"cpu": round(median(ratios), 5), "low": round(min(ratios), 5), "high": round(max(ratios), 5)}
        others = {name: round(getattr(product, name) / getattr(baseline, name), 3) for name in ("wall", "memory")}
        return {"baseline": asdict(baseline), "measured": asdict(product), "ratio": spread | others}


def _middle(costs: tuple[Cost, ...]) -> Cost:
    return Cost(*(round(median(getattr(cost, each.name) for cost in costs), 4) for each in fields(Cost)))


def alternate(baseline: Callable[[], Cost], product: Callable[[], Cost], rounds: int = ROUNDS) -> Comparison:
    """A B A B …, after a warm-up of both."""
    baseline(), product()
    pairs = [(baseline(), product()) for _ in range(rounds)]
    return Comparison(*zip(*pairs, strict=True))


def cost(*command: object, **environment: str) -> Cost:
    """The cost that a Python program reports as JSON in its last line of output."""
    return Cost(**said(*command, **environment)[-1])


def said(*command: object, **environment: str) -> list[Any]:
    """The lines of JSON that a Python program prints."""
    line, given = [sys.executable, *map(str, command)], os.environ | environment
    answer = subprocess.run(line, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(f"{command[:2]} failed:\n{answer.stderr[-2000:]}")
    return [json.loads(line) for line in answer.stdout.splitlines()]


class Clock:
    """Adds up what pieces of work cost this process and its children; what lies between them is preparation."""

    def __init__(self) -> None:
        self.cpu = self.wall = self.memory = 0.0
        self.since = (0.0, 0.0)

    def start(self) -> None:
        """Begin to count."""
        self.since = _spent(), time.perf_counter()

    def stop(self) -> None:
        """Add what it has cost since; the peak of memory is the one until now."""
        self.cpu += _spent() - self.since[0]
        self.wall += time.perf_counter() - self.since[1]
        self.memory = peak()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what happens inside."""
        self.start()
        yield
        self.stop()

    def report(self, repeats: int = 1) -> None:
        """Print the cost of one repeat as the last line."""
        print(json.dumps({"cpu": self.cpu / repeats, "wall": self.wall / repeats, "memory": self.memory}))


def _spent() -> float:
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def peak(process: object = "self") -> float:
    """Peak memory of a process in MiB; unlike ru_maxrss without what its parent held."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
