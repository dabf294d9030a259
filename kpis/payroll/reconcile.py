"""What was paid against what was handed over, person by person, to the cent."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

STATES = ("paid", "differs", "missing", "unknown")


@dataclass(frozen=True)
class Payment:
    """One row of what payroll says it paid: the person's key, or none where nobody here has that number."""

    row: int
    person: str | None
    amount: int


@dataclass(frozen=True)
class Settled:
    """One person, or one row nobody knows: what was handed over, what was paid, and what that makes it. Minor units."""

    state: str
    person: str | None
    row: int | None
    expected: int
    paid: int

    @property
    def difference(self) -> int:
        """Paid less handed over."""
        return self.paid - self.expected


def reconcile(expected: Mapping[str, int], payments: Iterable[Payment]) -> list[Settled]:
    """Everybody once: paid, differs, missing (nothing paid) or unknown (paid, but not by this run); differences first.

    Several rows of a person add up. Σ paid − Σ expected is Σ of the differences, to the cent.
    """
    sums: dict[str, int] = defaultdict(int)
    first: dict[str, int] = {}
    found = []
    for each in payments:
        if each.person is None:
            found.append(Settled("unknown", None, each.row, 0, each.amount))
            continue
        sums[each.person] += each.amount
        first.setdefault(each.person, each.row)
    for person in sorted({*expected, *sums}):
        due, paid, row = expected.get(person, 0), sums.get(person, 0), first.get(person)
        if person not in expected:
            state = "unknown"
        elif person not in sums and due:
            state = "missing"
        else:
            state = "paid" if paid == due else "differs"
        found.append(Settled(state, person, row, due, paid))
    return sorted(
        found, key=lambda each: (each.state == "paid", STATES.index(each.state), each.person or "", each.row or 0)
    )


def counts(found: Iterable[Settled]) -> dict[str, int]:
    """How many of each state."""
    told = dict.fromkeys(STATES, 0)
    for each in found:
        told[each.state] += 1
    return told
