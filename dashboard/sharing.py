"""Whose pay may stand in a sum that others read: no sum, and no difference of two sums, may tell what few people earn."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kpis.alignment import LEAST, Path

Use = tuple[str, str, object]  # person, department, what the person is paid on there


@dataclass(frozen=True)
class Crowds:
    """People by the sums they may stand in: those of departments and of the whole, or of the whole alone."""

    everywhere: frozenset[str]
    whole: frozenset[str]


def crowds(uses: Iterable[Use], but: str | None = None, least: int = LEAST) -> Crowds:
    """The people who share everything they are paid on with at least `least`, not counting the one who looks (`but`).

    Two sums over targets or departments then differ by `least` people or by nobody. Who shares it only across departments
    may stand in sums of the whole, where those left over are as many: else a department's sum and the whole would tell.
    """
    paid: dict[str, set[object]] = defaultdict(set)
    where: dict[str, set[str]] = defaultdict(set)
    for person, department, what in uses:
        paid[person].add((department, what))
        where[person].add(department)
    near = _alike({person: frozenset(each) for person, each in paid.items()}, but, least)
    rest = {person: frozenset(what for _, what in each) for person, each in paid.items() if person not in near}
    return Crowds(near, near | _alike(rest, but, least))


def _alike(marks: Mapping[str, object], but: str | None, least: int) -> frozenset[str]:
    groups: dict[object, set[str]] = defaultdict(set)
    for person, mark in marks.items():
        groups[mark].add(person)
    return frozenset().union(*(each for each in groups.values() if len(each - {but}) >= least))


def of_paths(paths: Iterable[Path], but: str | None = None) -> Crowds:
    """The crowds of everyone whose pay runs along these paths."""
    return crowds(
        ((person, department, (each.pay, each.target)) for each in paths for department, person in each.parts), but
    )


def only(paths: Sequence[Path], people: Collection[str | None]) -> list[Path]:
    """The paths with the parts of these people; `hidden` where others were left out."""
    cut = [{key: amount for key, amount in each.parts.items() if key[1] in people} for each in paths]
    return [
        replace(each, parts=parts, hidden=each.hidden or len(parts) < len(each.parts))
        for each, parts in zip(paths, cut, strict=True)
    ]
