"""A parent's target spread over those below it: by volume, by headroom or by hand, and whether it closes.

What is spread is the gap T − Σ s·F between the parent's target and where its parts stand now, s being their planned
shares of the denominator. A part carries s·(T_c − F_c) of it, in the KPI's unit. Everything is signed, so lower-is-better
needs no case of its own. Around its target each part gets the parent's own band, which keeps the three values in order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kpis.cascade import VALUES, Gap
from kpis.exact import largest_remainder, round_half_up

WAYS = ("volume", "headroom", "hand")
SHARE_PLACES = 3
Values = tuple[Fraction, Fraction, Fraction]


@dataclass(frozen=True)
class Part:
    """Somebody below the parent: planned share of its denominator, the level now, and the best level within reach.

    `now` is None where there is no history that may be shown; `asked` is False for the untargeted rest, which stays.
    """

    name: str
    share: Fraction
    now: Fraction | None = None
    best: Fraction | None = None
    asked: bool = True


@dataclass(frozen=True)
class Proposal:
    """Values for every part, what is left open at each of the three, what each carries, and what speaks against it.

    `carries` is s·(T − F) at target, in the KPI's unit, None where nobody knows the level; `remarks` are sentences.
    """

    values: Mapping[str, Values]
    gap: Gap
    carries: Mapping[str, Fraction | None]
    remarks: tuple[str, ...] = ()


def shares(counts: Sequence[int], places: int = SHARE_PLACES) -> list[Fraction]:
    """Planned shares from denominators: decimals that sum to 1 exactly, each at least the smallest one can write.

    Empty counts share evenly. Raises ValueError for more parts than there are smallest shares.
    """
    unit = 10**places
    if len(counts) > unit:
        raise ValueError(f"{len(counts)} parts cannot share 1 in steps of {Fraction(1, unit)}")
    left = largest_remainder(unit - len(counts), list(counts) if sum(counts) else [1] * len(counts))
    return [Fraction(each + 1, unit) for each in left]


def spread(parent: Values, parts: Sequence[Part], way: str, decimals: int | None = None) -> Proposal:
    """The parent's values spread over parts whose shares sum to 1, rounded half up to `decimals` (None: exact).

    volume: each carries the gap in proportion to its share, so all move alike. headroom: each closes the same fraction
    of its own distance to the best level within reach. A part without a level stands where the parent does.
    """
    level = _levels(parts)
    asked = [each for each in parts if each.asked]
    gap = parent[1] - sum((each.share * level[each.name] for each in parts), Fraction(0))
    moves, remarks = (_by_headroom if way == "headroom" else _by_volume)(parent, gap, asked, level)
    values: dict[str, Values] = {}
    for each in parts:
        away = level[each.name] + moves.get(each.name, Fraction(0)) - parent[1]
        low, middle, high = (_rounded(value + away, decimals) for value in parent)
        values[each.name] = (low, middle, high)
    return proposal(parent, parts, values, remarks)


def proposal(
    parent: Values, parts: Sequence[Part], values: Mapping[str, Values], remarks: Sequence[str] = ()
) -> Proposal:
    """Values given by hand (or by `spread`), with what they leave open and what each part carries."""
    sums = [sum((each.share * values[each.name][at] for each in parts), Fraction(0)) for at in range(len(VALUES))]
    carries = {
        each.name: None if each.now is None else each.share * (values[each.name][1] - each.now) for each in parts
    }
    gaps = [whole - found for whole, found in zip(parent, sums, strict=True)]
    return Proposal(values, Gap(*gaps), carries, tuple(remarks))


def _levels(parts: Sequence[Part]) -> dict[str, Fraction]:
    """The level of each part; one that is not known stands where the known ones do together."""
    known = [each for each in parts if each.now is not None]
    weight = sum((each.share for each in known), Fraction(0))
    mean = sum((each.share * each.now for each in known if each.now is not None), Fraction(0)) / (weight or 1)
    return {each.name: mean if each.now is None else each.now for each in parts}


def _by_volume(
    _parent: Values, gap: Fraction, asked: Sequence[Part], _level: Mapping[str, Fraction]
) -> tuple[dict[str, Fraction], list[str]]:
    whole = sum((each.share for each in asked), Fraction(0))
    return {each.name: gap / whole for each in asked}, []


def _by_headroom(
    parent: Values, gap: Fraction, asked: Sequence[Part], level: Mapping[str, Fraction]
) -> tuple[dict[str, Fraction], list[str]]:
    up = 1 if parent[2] > parent[0] else -1
    room = {
        each.name: max(up * (each.best - level[each.name]), Fraction(0)) if each.best is not None else Fraction(0)
        for each in asked
    }
    whole = sum((each.share * room[each.name] for each in asked), Fraction(0))
    if up * gap <= 0:
        return _by_volume(parent, gap, asked, level)[0], ["The target asks for no more than today: spread by volume."]
    if not whole:
        return _by_volume(parent, gap, asked, level)[0], ["Nobody has headroom: spread by volume."]
    part = up * gap / whole
    told = [] if part <= 1 else ["It asks more than the best level within reach of everybody."]
    return {name: up * part * each for name, each in room.items()}, told


def _rounded(value: Fraction, decimals: int | None) -> Fraction:
    return value if decimals is None else round_half_up(value, decimals)


def beyond(values: Mapping[str, Values], scale: tuple[Fraction, Fraction] | None) -> tuple[str, ...]:
    """The parts one of whose values lies outside the KPI's scale; none where it has no ends."""
    if scale is None:
        return ()
    return tuple(name for name, each in values.items() if min(each) < scale[0] or max(each) > scale[1])
