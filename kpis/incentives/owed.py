"""What is due now: what people are entitled to, less what was paid before, without the lines that are held."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

Place = tuple[str, int, str]  # person, segment, component
Held = tuple[str, str]  # person, component; '' holds the whole payout
BESIDE = -1  # the segment of an adjustment


@dataclass(frozen=True)
class Beside:
    """An accepted amount beside the calculation, a line of its own: `decided adjustment`, by its ledger entry."""

    person: str
    amount: int
    entry: int

    @property
    def place(self) -> Place:
        """Where it stands among a person's lines."""
        return self.person, BESIDE, f"adjustment {self.entry}"


def entitled(lines: Mapping[Place, int], adjustments: Iterable[Beside]) -> dict[Place, int]:
    """Every line with the adjustments beside it, in minor units."""
    return {**lines, **{each.place: each.amount for each in adjustments}}


def due(whole: Mapping[Place, int], paid: Mapping[Place, int], held: Collection[Held]) -> dict[Place, int]:
    """The difference of every line that is not held; lines without one are left out.

    A line that was paid and is not due any more comes back as a negative difference.
    """
    kept = frozenset(held)
    differences = {place: whole.get(place, 0) - paid.get(place, 0) for place in {**whole, **paid}}
    return {
        place: amount
        for place, amount in sorted(differences.items())
        if amount and (place[0], "") not in kept and (place[0], place[2]) not in kept
    }


def by_person(lines: Mapping[Place, int]) -> dict[str, int]:
    """Each person's sum."""
    found: dict[str, int] = defaultdict(int)
    for (person, _segment, _component), amount in lines.items():
        found[person] += amount
    return dict(found)
