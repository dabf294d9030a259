"""A change between two periods, split exactly: customers moved between groups, or were served differently.

Kitagawa (1955), symmetric: Δ = Σ (s′ − s)(r̄ − R̄) [moved] + Σ (r′ − r) s̄ [served], with s a group's share of the
denominator, r its figure, bars for the mean of before and after. Fractions, so the parts sum to the change exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from kpis.intervals import LEVEL, normal

Ratio = tuple[int, int]
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Part:
    """One group's part of the change: what its share's move did, and what its own figure did; exact, in the unit.

    share and figure are (before, after); a figure is None where the group holds nothing then.
    """

    group: str
    moved: Fraction
    served: Fraction
    share: tuple[Fraction, Fraction]
    figure: tuple[Fraction | None, Fraction | None]


@dataclass(frozen=True)
class Parts:
    """The change, its two parts, and the same by group: change = moved + served = Σ over groups of both.

    `opposite`: the two parts differ in sign. `paradox`: no group went the way the whole did, and one the other way
    (Simpson 1951).
    """

    change: Fraction
    moved: Fraction
    served: Fraction
    groups: tuple[Part, ...]
    opposite: bool
    paradox: bool


def mix_and_rate(before: Mapping[str, Ratio], after: Mapping[str, Ratio]) -> Parts | None:
    """The split of a change, from numerator and denominator of every group in either period; None if one is empty.

    A group is measured against the mean of the whole, so one that grows while below it lowers the whole. A group that
    has a figure in one period only, as it appears or vanishes, was not served differently: all it did counts as moved.
    """
    whole = _whole(before), _whole(after)
    if whole[0][1] <= 0 or whole[1][1] <= 0:
        return None
    level = HALF * (Fraction(*whole[0]) + Fraction(*whole[1]))
    names = [*before, *(name for name in after if name not in before)]
    groups = tuple(_part(name, before.get(name, (0, 0)), after.get(name, (0, 0)), whole, level) for name in names)
    moved, served = sum((each.moved for each in groups), Fraction()), sum((each.served for each in groups), Fraction())
    change = Fraction(*whole[1]) - Fraction(*whole[0])
    return Parts(change, moved, served, groups, moved * served < 0, _paradox(change, groups))


def margins(
    parts: Parts, errors: Mapping[str, tuple[float, float]], n: tuple[float, float], level: float = LEVEL
) -> tuple[float, float]:
    """± around the moved and the served part at that level, by the delta method, in the unit of the figure.

    errors: the standard errors of each group's figure before and after, in that unit, 0 where it has none. n: the
    effective answers of the whole before and after.
    """
    middle = {each.group: [float(f) for f in each.figure if f is not None] for each in parts.groups}
    shares = np.array([[float(share) for share in each.share] for each in parts.groups])
    figure = np.array([sum(middle[each.group]) / max(len(middle[each.group]), 1) for each in parts.groups])
    squares = np.array([sum(error**2 for error in errors[each.group]) for each in parts.groups])
    spread = shares.T @ figure**2 - (shares.T @ figure) ** 2
    step, mean = shares[:, 1] - shares[:, 0], shares.mean(axis=1)
    moved, served = spread @ (1 / np.array(n)) + step**2 @ squares / 4, mean**2 @ squares
    return normal(level) * float(np.sqrt(moved)), normal(level) * float(np.sqrt(served))


def _whole(groups: Mapping[str, Ratio]) -> Ratio:
    return sum(int(top) for top, _ in groups.values()), sum(int(bottom) for _, bottom in groups.values())


def _part(name: str, before: Ratio, after: Ratio, whole: tuple[Ratio, Ratio], level: Fraction) -> Part:
    was, now = _figure(before), _figure(after)
    share, later = Fraction(int(before[1]), whole[0][1]), Fraction(int(after[1]), whole[1][1])
    served = Fraction() if was is None or now is None else (now - was) * HALF * (share + later)
    added = Fraction(int(after[0]), whole[1][1]) - Fraction(int(before[0]), whole[0][1])
    return Part(name, added - level * (later - share) - served, served, (share, later), (was, now))


def _figure(of: Ratio) -> Fraction | None:
    return Fraction(int(of[0]), int(of[1])) if of[1] else None


def _paradox(change: Fraction, groups: tuple[Part, ...]) -> bool:
    ways = {_sign(each.served) for each in groups} - {0}
    return change != 0 and ways == {-_sign(change)}


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)
