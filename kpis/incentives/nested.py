"""Figures drawn together: those that hold each other, and those of different KPIs that the same customers answered.

Every figure gets a standard normal score, and keeps its own draws, put in the order of their scores (Iman and Conover 1982).
Two figures of one KPI share the answers both count: their correlation is n of those over √(n·n) of the two. So every part of the
company, and every person within one, gets a score, and a figure's score is that of its parts, each weighed by the root of its share.
What people borrow from the mean of their level is an error they have in common, so part of each score is the same for all of them.

Two KPIs have one correlation, that of the two answers of a customer, for everything their scores are made of. The 20 groups of their
clusters tell it, wherever both have a figure: what each did in a group, times what the other did (a delete-group jackknife), held
against the answers the two figures share, by least squares. Many places tell one number, so that little of it is noise.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
NOTHING: Mapping[str, float] = {}


@dataclass(frozen=True, eq=False)
class Groups:
    """What a figure did in each group of its clusters, window by window, of length one together; `cluster` says what repeats."""

    cluster: str
    moved: Floats

    def shared(self, other: "Groups | None") -> float:
        """The correlation with another figure: 0 where something else repeats."""
        return 0.0 if other is None or self.cluster != other.cluster else float(self.moved @ other.moved)


@dataclass(frozen=True)
class Inside:
    """The answers a figure counts, by part of the company (a department without those below it); `one`: of one person.

    groups: those of the figure, of a person those of their department.
    """

    parts: tuple[tuple[str, float], ...]
    one: bool = False
    groups: Groups | None = None


def grouped(cluster: str, deviations: Sequence[Floats]) -> Groups | None:
    """The groups of one figure from its jackknife deviations in each window, zeros where they do not speak; None where none do."""
    lengths = [np.sqrt((each**2).sum()) for each in deviations]
    moved = np.concatenate([each / (length or 1.0) for each, length in zip(deviations, lengths, strict=True)])
    whole = np.sqrt((moved**2).sum())
    return Groups(cluster, moved / whole) if whole > 0 else None


def scores(
    held: Mapping[str, Inside], rng: np.random.Generator, draws: int, common: Mapping[str, float] = NOTHING
) -> dict[str, Floats]:
    """A standard normal score (draws,) for every figure, by KPI@scope; `common`: the part of a figure's variance that all share."""
    if not held:
        return {}
    by_kpi: dict[str, dict[str, Inside]] = defaultdict(dict)
    for name, each in held.items():
        by_kpi[name.partition("@")[0]][name.partition("@")[2]] = each
    root = _root([[_correlation(one, other) for other in by_kpi.values()] for one in by_kpi.values()])
    places = {f"part:{part}" for each in held.values() for part, _ in each.parts} | {"common"}
    places |= {name.partition("@")[2] for name, each in held.items() if each.one}
    drawn = {place: root @ rng.standard_normal((len(root), draws)) for place in sorted(places)}
    found: dict[str, Floats] = {}
    for at, (kpi, figures) in enumerate(by_kpi.items()):
        shared = {name: common.get(f"{kpi}@{name}", 0.0) for name in figures}
        mine = _of_kpi(figures, {place: each[at] for place, each in drawn.items()}, shared)
        found |= {f"{kpi}@{name}": score for name, score in mine.items()}
    return {name: found[name] for name in held}


def _of_kpi(
    figures: Mapping[str, Inside], drawn: Mapping[str, Floats], common: Mapping[str, float]
) -> dict[str, Floats]:
    """The scores of one KPI's figures, by scope, from those of its people, parts and what all have in common."""
    parts: dict[str, Floats] = {}
    found: dict[str, Floats] = {}
    for name, part in _parts(figures, common).items():
        alone = np.sqrt(part.rest) * drawn[f"part:{name}"]
        for person, root in part.roots.items():
            alone += root * drawn[person]
        parts[name] = np.sqrt(1 - part.leans**2) * alone + part.leans * drawn["common"]
    for name, each in figures.items():
        total = sum(n for _, n in each.parts) or 1.0
        alone = (
            drawn[name] if each.one else np.sum([np.sqrt(n / total) * parts[part] for part, n in each.parts], axis=0)
        )
        found[name] = np.sqrt(1 - common[name]) * alone + np.sqrt(common[name]) * drawn["common"]
    return found


def _correlation(one: Mapping[str, Inside], other: Mapping[str, Inside]) -> float:
    """The correlation of two KPIs: what their groups tell at every pair of figures, over the part of the answers both count."""
    if one is other:
        return 1.0
    told = weight = 0.0
    for mine in _apart(one):
        for theirs in _apart(other):
            part = _overlap(mine, theirs)
            if part and mine.groups:
                told, weight = told + part * mine.groups.shared(theirs.groups), weight + part**2
    return float(np.clip(told / weight, -1, 1)) if weight else 0.0


def _apart(figures: Mapping[str, Inside]) -> list[Inside]:
    """Figures whose groups differ: people of one department have the same."""
    return list({id(each.groups): each for each in figures.values() if each.groups}.values())


def _overlap(one: Inside, other: Inside) -> float:
    """The root of the part of the answers that two figures share; a person stands for their department."""
    mine, theirs = dict(one.parts), dict(other.parts)
    if mine.keys() == theirs.keys():
        return 1.0
    if one.one or other.one:
        return 0.0
    both = sum(min(mine[part], theirs[part]) for part in mine.keys() & theirs.keys())
    return float(both / np.sqrt(sum(mine.values()) * sum(theirs.values()) or 1.0))


def _root(matrix: Sequence[Sequence[float]]) -> Floats:
    """A root of the nearest matrix of correlations: negative parts left out, rows of length one."""
    values, vectors = np.linalg.eigh(np.array(matrix))
    root: Floats = vectors * np.sqrt(np.maximum(values, 0))
    root /= np.sqrt((root**2).sum(axis=1, keepdims=True))
    return root


@dataclass(frozen=True, eq=False)
class _Part:
    """A part of the company: the roots of its people's shares, the rest's share, its correlation with what they have in common."""

    roots: Mapping[str, float]
    rest: float
    leans: float


def _parts(figures: Mapping[str, Inside], common: Mapping[str, float]) -> dict[str, _Part]:
    """The parts that the figures of one KPI count, by name."""
    inside: dict[str, list[tuple[str, float]]] = defaultdict(list)
    whole: dict[str, float] = {}
    for name, each in figures.items():
        for part, n in each.parts:
            if each.one:
                inside[part].append((name, n))
            else:
                whole[part] = n
    return {part: _part(whole.get(part, 0.0), inside[part], common) for part in sorted({*whole, *inside})}


def _part(n: float, people: Sequence[tuple[str, float]], common: Mapping[str, float]) -> _Part:
    total = max(n, sum(each for _, each in people), 1e-9)
    shares = {name: each / total for name, each in people}
    rest = max(1 - sum(shares.values()), 0.0)
    if not shares:
        return _Part({}, rest, 0.0)
    part = float(np.mean([common[name] for name in shares]))
    each = float(np.mean(list(shares.values())))
    spread = (1 - part) * (sum(share**2 for share in shares.values()) + rest * each) + part
    leans = (1 - rest) * np.sqrt(part / spread) if part else 0.0
    return _Part({name: float(np.sqrt(share)) for name, share in shares.items()}, rest, float(leans))


def in_order(values: Floats, score: Floats) -> Floats:
    """The same values in the order of a score."""
    found = np.empty_like(values)
    found[np.argsort(score, kind="stable")] = np.sort(values)
    return found
