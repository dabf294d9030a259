"""A run as it stands: its exceptions with what was decided on each, its steps, what is due, and what must be opened."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

import rfc8785
from sqlmodel import Session, SQLModel, col, select

from data_contracts.problems import Problem, Problems, did_you_mean
from kpis.incentives import clawback, exceptions, owed
from kpis.incentives.clawback import Open
from kpis.incentives.owed import Beside, Held, Place
from kpis.records.runs import (
    Adjustment,
    ClawbackClaim,
    ClawbackDecision,
    ClawbackSetOff,
    Dispute,
    DisputeDecision,
    PaidLine,
    RunDecision,
    RunDecisionPerson,
    RunException,
    RunOpened,
    RunStep,
)
from kpis.records.tables import Evidence, LineRecord, PayoutRecord, Run
from kpis.workflows import chain, exceptional

CALCULATED, CHECKED, APPROVED, CLOSED = "calculated", "checked", "approved", "closed"
PAYS = ("decided", "dispute")


@dataclass(frozen=True)
class Looked:
    """Everything about one run that a decision rests on. Amounts are minor units.

    `steps` are those of the newest round (after the last sending back); `paid` is what was paid before on each line of
    this plan and period, by whichever run.
    """

    run: Run
    newest: bool
    exceptions: tuple[RunException, ...]
    decided: tuple[RunDecision, ...]
    steps: tuple[RunStep, ...]
    adjustments: tuple[Adjustment, ...]
    disputes: tuple[tuple[Dispute, DisputeDecision | None], ...]
    payouts: Mapping[str, int]
    lines: Mapping[Place, int]
    paid: Mapping[Place, int]
    opened: frozenset[tuple[str, str]]
    ever_closed: bool
    content: str
    sent_back: tuple[RunStep, ...] = field(default=())
    set_off: tuple[ClawbackSetOff, ...] = field(default=())
    claims: tuple[Open, ...] = field(default=())
    named: Mapping[tuple[int, int], frozenset[str]] = field(default_factory=dict)  # by entry and number

    @property
    def state(self) -> str:
        """Calculated, checked, approved or closed."""
        return self.steps[-1].step if self.steps else CALCULATED

    def step(self, name: str) -> RunStep | None:
        """The newest step of that name in this round."""
        return next((each for each in reversed(self.steps) if each.step == name), None)

    @cached_property
    def decisions(self) -> dict[int, RunDecision]:
        """The newest decision on each exception."""
        return {each.number: each for each in self.decided}

    def choices(self, row: RunException) -> dict[str, str]:
        """What was decided about each person of an exception: the newest decision that is about them.

        Until there is one, `hold` where it is held and `open` elsewhere. An adjustment is about the one it adjusts, no other.
        """
        found = dict.fromkeys(exceptional.people_of(row), "hold" if row.held else "open")
        for each in self.decided:
            if each.number == row.number:
                found |= dict.fromkeys(self.named.get((each.entry, each.number), found), each.choice)
        return found

    def choice(self, row: RunException) -> str:
        """What was decided on an exception as a whole: `open` or `hold` while anybody in it is, then the newest choice."""
        of_each = set(self.choices(row).values())
        waits = next((each for each in ("open", "hold") if each in of_each), "")
        decided = self.decisions.get(row.number)
        return waits or (decided.choice if decided else "open")

    def amount(self, row: RunException) -> int:
        """What is to be paid on the lines of an exception, held or not, in minor units."""
        whose, line = set(exceptional.people_of(row)), exceptional.line_of(row)
        left = {**self.due, **self.waiting}
        return sum(each for (person, _, name), each in left.items() if person in whose and line in ("", name))

    @cached_property
    def held(self) -> frozenset[Held]:
        """The lines that are kept back: of people whom a held exception names and nobody released, and lines in dispute."""
        kept = {
            (person, exceptional.line_of(row))
            for row in self.exceptions
            for person, choice in self.choices(row).items()
            if choice == "hold"
        }
        return frozenset(kept | {(each.person, each.component) for each, decided in self.disputes if decided is None})

    @cached_property
    def whole(self) -> dict[Place, int]:
        """What people are entitled to: the lines of this run, and every accepted adjustment of the period."""
        beside = (Beside(each.person, each.amount, each.entry) for each in self.adjustments if each.kind in PAYS)
        kept = (Beside(each.person, -each.amount, each.clawback) for each in self.set_off)
        return owed.entitled(self.lines, [*beside, *kept])

    @cached_property
    def due(self) -> dict[Place, int]:
        """What closing pays now: differences of lines that are not held."""
        return owed.due(self.whole, self.paid, self.held)

    @cached_property
    def setting_off(self) -> dict[int, int]:
        """By accepted claim, what closing keeps of what is due now."""
        return clawback.set_off(owed.by_person(self.due), self.claims)

    @property
    def pays(self) -> int:
        """What closing pays in all: what is due less what it sets off."""
        return sum(self.due.values()) - sum(self.setting_off.values())

    @cached_property
    def waiting(self) -> dict[Place, int]:
        """What is held, and paid when released."""
        every = owed.due(self.whole, self.paid, ())
        return {place: amount for place, amount in every.items() if place not in self.due}

    @cached_property
    def to_open(self) -> frozenset[str]:
        """The payouts an approver opens first: held, ±25%, fallbacks, late differences, and a random twentieth."""
        kinds = exceptional.by_kind(self.exceptions)
        held = {person for person, _ in self.held} | {place[0] for place in self.waiting}
        held |= {each.person for each in self.adjustments if each.run == self.run.id}
        movers, fallbacks = kinds.get("big mover", frozenset()), kinds.get("too few answers", frozenset())
        return exceptions.must_open(held, movers, fallbacks, self.payouts, self.run.evidence)

    def unopened(self, by: str) -> frozenset[str]:
        """What somebody has still to open before they may approve."""
        return self.to_open - {person for person, who in self.opened if who == by}

    def before(self) -> list[tuple[str, str]]:
        """(step, who) of everything that four eyes are counted over."""
        found = [(CALCULATED, self.run.made_by), *((each.step, each.by) for each in self.steps)]
        found += [("decided", each.by) for each in self.adjustments if each.kind == "decided"]
        approved = self.step(APPROVED)
        for each in self.decided:
            found.append(("released" if approved and each.entry > approved.entry else "decided", each.by))
        found += [("released", decided.by) for _, decided in self.disputes if decided]
        return found


def look(records: Session, name: str) -> Looked:
    """The run of that id as it stands; raises Problems with a suggestion when there is none."""
    run = records.get(Run, name)
    if run is None:
        known = records.exec(select(Run.id)).all()
        raise Problems([Problem("run", "a run of this workspace", repr(name), did_you_mean(name, known))])
    siblings = _siblings(records, run)
    found = _rows(records, run)
    every = records.exec(select(RunStep).where(RunStep.run == name).order_by(col(RunStep.entry))).all()
    back = [each for each in every if each.step == "sent back"]
    steps = [each for each in every if each.step != "sent back" and (not back or each.entry > back[-1].entry)]
    lines = {(each.person, each.segment, each.component): each.amount for each in found["lines"]}
    adjustments = _many(records, Adjustment, siblings)
    return Looked(
        run, siblings[-1] == name, tuple(found["exceptions"]), tuple(found["decisions"]), tuple(steps), tuple(adjustments),
        tuple(_disputes(records, siblings)), {each.person: each.amount for each in found["payouts"]}, lines,
        _paid(records, siblings), frozenset((each.person, each.by) for each in found["opened"]),
        bool(_closed(records, siblings)), _content(records, run, found, adjustments), tuple(back),
        *_claims(records, run, siblings), named=_named(found["named"]),
    )  # fmt: skip


def _claims(
    records: Session, run: Run, siblings: Collection[str]
) -> tuple[tuple[ClawbackSetOff, ...], tuple[Open, ...]]:
    """What was set off by the runs of this plan and period, one row a claim, and the accepted claims this run may set off."""
    every = records.exec(select(ClawbackSetOff).order_by(col(ClawbackSetOff.entry))).all()
    taken = Counter({each.clawback: 0 for each in every})
    here: dict[int, ClawbackSetOff] = {}
    for each in every:
        taken[each.clawback] += each.amount
        if each.run in siblings:
            before = here[each.clawback].amount if each.clawback in here else 0
            here[each.clawback] = ClawbackSetOff(**{**each.model_dump(), "amount": before + each.amount})
    accepted = (
        select(ClawbackClaim, Run)
        .join(ClawbackDecision, col(ClawbackDecision.clawback) == col(ClawbackClaim.entry))
        .join(Run, col(Run.id) == col(ClawbackClaim.run))
        .where(ClawbackDecision.outcome == "accepted", Run.currency == run.currency)
    )
    open_ = [
        Open(claim.entry, claim.person, claim.amount - taken[claim.entry])
        for claim, of in records.exec(accepted).all()
        if claim.amount > taken[claim.entry] and (of.plan == run.plan or claim.any_plan)
    ]
    return tuple(here.values()), tuple(open_)


def _named(rows: Collection[RunDecisionPerson]) -> dict[tuple[int, int], frozenset[str]]:
    found: dict[tuple[int, int], frozenset[str]] = {}
    for each in rows:
        found[each.entry, each.number] = found.get((each.entry, each.number), frozenset()) | {each.person}
    return found


def _siblings(records: Session, run: Run) -> list[str]:
    """The runs of the same plan and period, oldest first."""
    same = select(Run.id).where(Run.plan == run.plan, Run.period == run.period).order_by(col(Run.made_at), col(Run.id))
    return list(records.exec(same).all())


def _rows(records: Session, run: Run) -> dict[str, list[Any]]:
    def of(table: type[SQLModel], *order: Any) -> list[Any]:
        return list(records.exec(select(table).where(table.run == run.id).order_by(*order)).all())  # type: ignore[attr-defined]

    decisions = of(RunDecision, col(RunDecision.entry), col(RunDecision.id))
    named = select(RunDecisionPerson).where(col(RunDecisionPerson.entry).in_({each.entry for each in decisions}))
    return {
        "decisions": decisions,
        "named": list(records.exec(named).all()),
        "exceptions": of(RunException, col(RunException.number)),
        "opened": of(RunOpened, col(RunOpened.person)),
        "payouts": of(PayoutRecord, col(PayoutRecord.person)),
        "lines": of(LineRecord, col(LineRecord.person), col(LineRecord.segment), col(LineRecord.component)),
    }


def _many(records: Session, table: type[Any], runs: Collection[str]) -> list[Any]:
    return list(records.exec(select(table).where(col(table.run).in_(runs)).order_by(col(table.entry))).all())


def _disputes(records: Session, runs: Collection[str]) -> list[tuple[Dispute, DisputeDecision | None]]:
    ended = {each.dispute: each for each in records.exec(select(DisputeDecision)).all()}
    return [(each, ended.get(each.entry)) for each in _many(records, Dispute, runs)]


def _paid(records: Session, runs: Collection[str]) -> dict[Place, int]:
    found: dict[Place, int] = {}
    for each in _many(records, PaidLine, runs):
        place = (each.person, each.segment, each.component)
        found[place] = found.get(place, 0) + each.amount
    return found


def _closed(records: Session, runs: Collection[str]) -> list[RunStep]:
    return list(records.exec(select(RunStep).where(col(RunStep.run).in_(runs), RunStep.step == "closed")).all())


def _content(records: Session, run: Run, found: Mapping[str, list[Any]], adjustments: Collection[Adjustment]) -> str:
    """SHA-256 over everything an approval binds, byte for byte: change one, and it does not hold any more."""
    kept = records.get(Evidence, run.evidence)
    parts = {
        "run": chain.digest([run]),
        "evidence": sha256(kept.document.encode()).hexdigest() if kept else "",
        "payouts": chain.digest(found["payouts"]),
        "lines": chain.digest(found["lines"]),
        "exceptions": chain.digest(found["exceptions"]),
        "decisions": chain.digest([*found["decisions"], *found["named"]]),
        "adjustments": chain.digest(each for each in adjustments if each.kind != "dispute"),
    }
    return sha256(rfc8785.dumps(parts)).hexdigest()
