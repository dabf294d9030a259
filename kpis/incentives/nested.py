"""Figures drawn together: those that hold each other, and those of different KPIs that the same customers answered.

Every figure gets a standard normal score, and keeps its own draws, put in the order of their scores (Iman and Conover 1982).
Where the 20 groups of a KPI's clusters speak, a score is what the figure did in each group times one random factor for the group, the
same for all figures of the clusters (a multiplier bootstrap, Wu 1986): KPIs and departments are then correlated as the groups are.

Elsewhere, two figures of one KPI share the answers both count: their correlation is n of those over √(n·n) of the two. So every part of
the company, and every person within one, gets a score, and a figure's score is that of its parts, each weighed by the root of its share.
People are never in groups: their scores are drawn given that of their department, correlated between KPIs as it is. What they borrow
from the mean of their level is an error they have in common, so that part of each score is the same for all of them; of departments too.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
EASED = 1e-9
MOST = 0.9  # of the variance of what people have in common may be that of their departments
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
    lengths = {each.groups.cluster: len(each.groups.moved) for each in held.values() if each.groups}
    shaken, again, beside = (
        {cluster: rng.standard_normal((length, draws)) for cluster, length in sorted(lengths.items())} for _ in range(3)
    )
    known = {name: each.groups.moved @ shaken[each.groups.cluster] for name, each in held.items() if each.groups}
    people = {name: each for name, each in held.items() if each.one}
    own, found = _own(people, rng, draws), {name: each for name, each in known.items() if name not in people}
    for names in _by(held, lambda name: name.partition("@")[0]).values():
        parts = _parts({name: held[name] for name in names}, known, common)
        shared = _shared([held[name].groups for name in names if name in people], again, rng, draws)
        others = {name: _shared([each.groups], beside, rng, draws) for name, each in parts.items()}
        found |= _of_people(parts, shared, own, others, common)
        for name in (each for each in names if each not in found):
            total = sum(n for _, n in held[name].parts) or 1.0
            found[name] = np.sum([np.sqrt(n / total) * found[part] for part, n in held[name].parts], axis=0)
        for name in (each for each in names if each not in people and common.get(each)):
            found[name] = np.sqrt(1 - common[name]) * found[name] + np.sqrt(common[name]) * shared
    return {name: found[name] for name in held}


@dataclass(frozen=True, eq=False)
class _Part:
    """A part of the company: the roots of its people's shares, the rest's share, its score and groups where these tell of it.

    leans: its correlation with what its people have in common.
    """

    roots: Mapping[str, float]
    rest: float
    known: Floats | None
    groups: Groups | None
    leans: float


def _parts(held: Mapping[str, Inside], known: Mapping[str, Floats], common: Mapping[str, float]) -> dict[str, _Part]:
    """The parts that the figures of one KPI count, by name."""
    inside: dict[str, list[tuple[str, float]]] = defaultdict(list)
    whole: dict[str, float] = {}
    for name, each in held.items():
        for part, n in each.parts:
            if each.one:
                inside[part].append((name, n))
            else:
                whole[part] = n
    found = {}
    for part in sorted({*whole, *inside}):
        told = next((name for name, _ in inside[part] if name in known), "")
        groups = held[told].groups if told else None
        found[part] = _part(whole.get(part, 0.0), inside[part], (known.get(told), groups), common)
    return found


def _part(
    n: float,
    people: Sequence[tuple[str, float]],
    told: tuple[Floats | None, Groups | None],
    common: Mapping[str, float],
) -> _Part:
    total = max(n, sum(each for _, each in people), 1e-9)
    shares = {name: each / total for name, each in people}
    rest = max(1 - sum(shares.values()), 0.0)
    if not shares:
        return _Part({}, rest, *told, 0.0)
    part = float(np.mean([common.get(name, 0.0) for name in shares]))
    each = float(np.mean(list(shares.values())))
    spread = (1 - part) * (sum(share**2 for share in shares.values()) + rest * each) + part
    leans = (1 - rest) * np.sqrt(part / spread) if part else 0.0
    return _Part({name: float(np.sqrt(share)) for name, share in shares.items()}, rest, *told, float(leans))


def _of_people(
    parts: Mapping[str, _Part], shared: Floats, own: Mapping[str, Floats], others: Mapping[str, Floats],
    common: Mapping[str, float],
) -> dict[str, Floats]:  # fmt: skip
    """The scores of one KPI's people and parts, given the parts that groups tell of and what people have in common.

    others: scores of the answers of nobody who is looked at, by part.
    """
    told = [each for each in parts.values() if each.known is not None and each.leans]
    leaning = sum(each.leans**2 for each in told)
    eased = min(1.0, np.sqrt(MOST / leaning)) if leaning else 1.0
    shared = np.sqrt(1 - leaning * eased**2) * shared
    for each in told:
        assert each.known is not None  # chosen so
        shared = shared + each.leans * eased * each.known
    found: dict[str, Floats] = {}
    for name, each in parts.items():
        leans = each.leans * eased
        alone = np.sqrt(each.rest) * others[name]
        for person, root in each.roots.items():
            alone += root * own[person]
        aside = alone if each.known is None else (each.known - leans * shared) / np.sqrt(1 - leans**2)
        found[name] = each.known if each.known is not None else np.sqrt(1 - leans**2) * alone + leans * shared
        for person, root in each.roots.items():
            part = common.get(person, 0.0)
            found[person] = np.sqrt(1 - part) * (own[person] + root * (aside - alone)) + np.sqrt(part) * shared
    return found


def _shared(
    groups: Sequence[Groups | None], shaken: Mapping[str, Floats], rng: np.random.Generator, draws: int
) -> Floats:
    """A score of one for all of these groups, correlated between KPIs as they are: what a level's people have in common, or others."""
    told = [each for each in groups if each]
    if not told:
        return rng.standard_normal(draws)
    mean: Floats = np.mean([each.moved for each in told], axis=0)
    score: Floats = mean @ shaken[told[0].cluster] / np.sqrt(mean @ mean)
    return score


def _by(names: Iterable[str], part: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        found[part(name)].append(name)
    return found


def _own(people: Mapping[str, Inside], rng: np.random.Generator, draws: int) -> dict[str, Floats]:
    """A score for each person and KPI, correlated between the KPIs of one person as those of their department are."""
    found: dict[str, Floats] = {}
    for names in _by(people, lambda name: name.partition("@")[2]).values():
        groups = [people[name].groups for name in names]
        shared = [[each.shared(other) if each else 0.0 for other in groups] for each in groups]
        matrix = np.array(shared) * (1 - EASED)
        np.fill_diagonal(matrix, 1.0)
        root = np.linalg.cholesky(matrix + EASED * np.eye(len(names)))
        found |= dict(zip(names, root @ rng.standard_normal((len(names), draws)), strict=True))
    return found


def in_order(values: Floats, score: Floats) -> Floats:
    """The same values in the order of a score."""
    found = np.empty_like(values)
    found[np.argsort(score, kind="stable")] = np.sort(values)
    return found
