"""Two ways of doing the same work, side by side: what each costs, in turns, and the ratio of every round."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5


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
        spread = {"cpu": round(median(ratios), 3), "low": round(min(ratios), 3), "high": round(max(ratios), 3)}
        others = {name: round(getattr(product, name) / getattr(baseline, name), 3) for name in ("wall", "memory")}
        return {"baseline": asdict(baseline), "measured": asdict(product), "ratio": spread | others}


def _middle(costs: tuple[Cost, ...]) -> Cost:
    return Cost(*(round(median(getattr(cost, each.name) for cost in costs), 4) for each in fields(Cost)))


def alternate(baseline: Callable[[], Cost], product: Callable[[], Cost], rounds: int = ROUNDS) -> Comparison:
    """A B A B …, after a warm-up of both."""
    baseline(), product()
    pairs = [(baseline(), product()) for _ in range(rounds)]
    return Comparison(*zip(*pairs, strict=True))


def cost(*command: object) -> Cost:
    """The cost that a Python program reports as JSON in its last line of output."""
    answer = subprocess.run([sys.executable, *map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(f"{command[:2]} failed:\n{answer.stderr[-2000:]}")
    return Cost(**json.loads(answer.stdout.splitlines()[-1]))


class Clock:
    """Adds up what pieces of work cost this process and its children; what lies between them is preparation."""

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what happens inside."""
        cpu, wall = _spent(), time.perf_counter()
        yield
        self.cpu += _spent() - cpu
        self.wall += time.perf_counter() - wall

    def report(self, repeats: int = 1) -> None:
        """Print the cost of one repeat as the last line."""
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"cpu": self.cpu / repeats, "wall": self.wall / repeats, "memory": memory}))


def _spent() -> float:
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)
