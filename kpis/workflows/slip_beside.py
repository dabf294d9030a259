"""What stands beside a payout's calculation: lines that are held and why, adjustments with their cause, and disputes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from kpis.incentives.owed import BESIDE
from kpis.records.runs import Adjustment, Dispute, DisputeDecision
from kpis.records.tables import utc
from kpis.workflows.clawbacks import Claimed
from kpis.workflows.exceptional import people_of
from kpis.workflows.looked import PAYS, Looked

LINES = ("paid", "due", "held")


@dataclass(frozen=True)
class HeldLine:
    """A line that waits: component ('' for the whole payout), what would be paid now in minor units, and every reason."""

    component: str
    amount: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Adjusted:
    """An amount beside the calculation, in minor units: its kind and cause, who, when (UTC), and where it stands.

    `state` is `paid`, `due` or `held` for a line of its own. Late data is `proposed`: it moves the lines themselves. A clawback
    of this payout is `claimed`, `accepted`, `settled` or `dropped`: what is set off of it is a line of the run that does so.
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

    @property
    def extra(self) -> int:
        """What adjustments add to the payout, or take off it, in minor units."""
        return sum(each.amount for each in self.adjustments if each.state in LINES)


def beside(at: Looked, person: str, today: date, claims: Sequence[Claimed] = ()) -> Beside:
    """What stands beside one person's payout of a run as it stands; `claims` are the workspace's clawbacks."""
    mine = [each for each in claims if each.claim.person == person]
    adjustments = (
        *(_adjusted(at, each) for each in at.adjustments if each.person == person),
        *(_claimed(each) for each in mine if each.claim.run == at.run.id),
        *(_set_off(at, each) for each in mine if each.claim.entry in {one.clawback for one in at.set_off}),
    )
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


def _claimed(each: Claimed) -> Adjusted:
    row, state = each.claim, {"proposed": "claimed"}.get(each.state, each.state)
    why = f" {each.decision.reason}" if each.decision else ""
    cause = f"{row.cause}, {row.event}: {row.reason}{why}"
    return Adjusted(row.entry, "clawback", -row.amount, cause, row.by, utc(row.at), state)


def _set_off(at: Looked, each: Claimed) -> Adjusted:
    row = each.claim
    taken = sum(one.amount for one in at.set_off if one.clawback == row.entry)
    cause = f"Clawback {row.entry} of {row.run}: {row.cause}"
    by = each.decision.by if each.decision else row.by
    return Adjusted(row.entry, "set off", -taken, cause, by, utc(row.at), "paid")


def _contested(at: Looked, dispute: Dispute, decision: DisputeDecision | None, today: date) -> Contested:
    granted = sum(each.amount for each in at.adjustments if decision and each.entry == decision.entry)
    overdue = decision is None and today > dispute.decide_until
    outcome, reason, by = (decision.outcome, decision.reason, decision.by) if decision else ("open", "", "")
    return Contested(
        dispute.entry, dispute.component, dispute.text, utc(dispute.at), dispute.decide_until, outcome, reason, by,
        utc(decision.at) if decision else None, granted, overdue,
    )  # fmt: skip
