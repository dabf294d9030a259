"""Figures that hold each other, drawn together: a person's answers are in their department's figure, and both in the company's.

Two figures of one KPI share the answers both count: their correlation is n of those over √(n·n) of the two. So every part of the
company, and every person within one, gets a standard normal score, and a figure's score is that of its parts, each weighed by the
root of its share. The figures keep their own draws, put in the order of their scores (Iman and Conover 1982).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]


@dataclass(frozen=True)
class Inside:
    """The answers a figure counts, by part of the company (a department without those below it); `one`: of one person."""

    parts: tuple[tuple[str, float], ...]
    one: bool = False


def scores(held: Mapping[str, Inside], rng: np.random.Generator, draws: int) -> dict[str, Floats]:
    """A standard normal score (draws,) for every figure of one KPI, correlated as they share answers."""
    people = {name: each for name, each in held.items() if each.one}
    found = {name: rng.standard_normal(draws) for name in people}
    inside: dict[str, list[tuple[float, Floats]]] = defaultdict(list)
    for name, each in people.items():
        for part, n in each.parts:
            inside[part].append((n, found[name]))
    whole: dict[str, float] = {}
    for each in held.values():
        whole |= {} if each.one else dict(each.parts)
    parts = {part: _of_part(whole[part], inside[part], rng, draws) for part in sorted(whole)}
    for name, each in held.items():
        if not each.one:
            total = sum(n for _, n in each.parts) or 1.0
            found[name] = np.sum([np.sqrt(n / total) * parts[part] for part, n in each.parts], axis=0)
    return found


def _of_part(n: float, people: list[tuple[float, Floats]], rng: np.random.Generator, draws: int) -> Floats:
    """The score of a part: that of its people, and of the answers of nobody who is looked at."""
    total = max(n, sum(own for own, _ in people), 1e-9)
    rest = 1 - sum(own for own, _ in people) / total
    found: Floats = np.sqrt(max(rest, 0.0)) * rng.standard_normal(draws)
    for own, score in people:
        found += np.sqrt(own / total) * score
    return found


def in_order(values: Floats, score: Floats) -> Floats:
    """The same values in the order of a score."""
    found = np.empty_like(values)
    found[np.argsort(score, kind="stable")] = np.sort(values)
    return found
