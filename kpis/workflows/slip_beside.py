"""What stands beside a payout's calculation: lines that are held and why, adjustments with their cause, and disputes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from kpis.incentives.owed import BESIDE
from kpis.records.runs import Adjustment, Dispute, DisputeDecision
from kpis.records.tables import utc
from kpis.workflows.exceptional import people_of
from kpis.workflows.looked import PAYS, Looked


@dataclass(frozen=True)
class HeldLine:
    """A line that waits: component ('' for the whole payout), what would be paid now in minor units, and every reason."""

    component: str
    amount: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Adjusted:
    """An amount beside the calculation, in minor units: its kind and cause, who, when (UTC), and where it stands.

    `state` is `paid`, `due`, `held`, or `proposed` for what is no line of its own: late data moves the lines themselves.
    """

    entry: int
    kind: str
    amount: int
    cause: str
    by: str
    at: datetime
    state: str


@dataclass(frozen=True)
class Contested:
    """A dispute by its number: `outcome` is open, granted or refused, and `amount` what was granted, in minor units.

    `by` and `decided` are empty while it is open; `overdue` when its day has passed.
    """

    number: int
    component: str
    text: str
    opened: datetime
    until: date
    outcome: str
    reason: str
    by: str
    decided: datetime | None
    amount: int
    overdue: bool


@dataclass(frozen=True)
class Beside:
    """All of it, of one person of one run; `lines` are what each line is worth, adjustments among them, in minor units."""

    held: tuple[HeldLine, ...] = ()
    adjustments: tuple[Adjusted, ...] = ()
    disputes: tuple[Contested, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        """What is held in all, in minor units."""
        return sum(each.amount for each in self.held)

    @property
    def in_dispute(self) -> frozenset[str]:
        """The lines with an open dispute: they take no second one."""
        return frozenset(each.component for each in self.disputes if each.outcome == "open")


def beside(at: Looked, person: str, today: date) -> Beside:
    """What stands beside one person's payout of a run as it stands."""
    adjustments = tuple(_adjusted(at, each) for each in at.adjustments if each.person == person)
    disputes = tuple(_contested(at, *each, today) for each in at.disputes if each[0].person == person)
    lines: dict[str, int] = {}
    for (whose, _segment, component), amount in at.whole.items():
        if whose == person:
            lines[component] = lines.get(component, 0) + amount
    return Beside(tuple(_held(at, person)), adjustments, disputes, lines)


def _held(at: Looked, person: str) -> Iterator[HeldLine]:
    reasons: dict[str, list[str]] = {}
    for row in at.exceptions:
        if person in people_of(row) and at.choice(row) == "hold":
            decided = at.decisions.get(row.number)
            reasons.setdefault(row.component, []).append(f"{row.told} {decided.reason if decided else ''}".strip())
    for dispute, decision in at.disputes:
        if dispute.person == person and decision is None:
            reasons.setdefault(dispute.component, []).append(f"You contest it: {dispute.text}")
    for component, told in reasons.items():
        amounts = [a for (who, _s, line), a in at.waiting.items() if who == person and component in ("", line)]
        if amounts:  # what was paid before does not wait any more
            yield HeldLine(component, sum(amounts), tuple(told))


def _adjusted(at: Looked, each: Adjustment) -> Adjusted:
    place = (each.person, BESIDE, f"adjustment {each.entry}")
    states = (
        ("proposed", each.kind not in PAYS),
        ("paid", at.paid.get(place) == each.amount),
        ("held", place in at.waiting),
    )
    state = next((name for name, holds in states if holds), "due")
    return Adjusted(each.entry, each.kind, each.amount, each.cause, each.by, utc(each.at), state)


def _contested(at: Looked, dispute: Dispute, decision: DisputeDecision | None, today: date) -> Contested:
    granted = sum(each.amount for each in at.adjustments if decision and each.entry == decision.entry)
    overdue = decision is None and today > dispute.decide_until
    outcome, reason, by = (decision.outcome, decision.reason, decision.by) if decision else ("open", "", "")
    return Contested(
        dispute.entry, dispute.component, dispute.text, utc(dispute.at), dispute.decide_until, outcome, reason, by,
        utc(decision.at) if decision else None, granted, overdue,
    )  # fmt: skip
