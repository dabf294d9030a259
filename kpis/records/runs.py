"""The record tables of approvals, run steps, exceptions, decisions, disputes and what was paid.

Rows are only added. Each carries the number of the ledger entry that holds their hash, so that a changed row shows.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from kpis.records.payroll import Handover
from kpis.records.vouching import Kept

PLAN_STEPS = ("reviewed", "approved", "active")
RUN_STEPS = ("checked", "sent back", "approved", "closed")
CHOICES = ("pay", "hold", "adjust")


def _one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(each) for each in words)})")


def _entry() -> int:
    return Field(foreign_key="ledger.sequence", index=True)  # type: ignore[no-any-return]


class Act(SQLModel, table=True):
    """One thing that somebody did, under the one-time token it came with: the same token again is the same act."""

    token: str = Field(primary_key=True)
    entry: int = Field(foreign_key="ledger.sequence", unique=True)
    kind: str
    subject: str


class PlanStep(SQLModel, table=True):
    """A step of a plan version: who, when, and the hashes of the content and of the bytes it binds."""

    __tablename__ = "plan_step"
    __table_args__ = (
        UniqueConstraint("plan", "version", "step", "by"),
        _one_of("step", PLAN_STEPS),
        CheckConstraint("length(digest) = 64"),
        CheckConstraint("length(text_digest) = 64"),
        CheckConstraint("(step = 'active') = (valid_from IS NOT NULL)"),
    )
    id: int | None = Field(default=None, primary_key=True)
    entry: int = _entry()
    plan: str
    version: int
    step: str
    digest: str
    text_digest: str
    valid_from: date | None = None
    by: str
    at: datetime


class RunStep(SQLModel, table=True):
    """A step of a run after its calculation; `content` is the hash of what was looked at, `asked` who is to approve."""

    __tablename__ = "run_step"
    __table_args__ = (_one_of("step", RUN_STEPS), CheckConstraint("length(content) = 64"))
    id: int | None = Field(default=None, primary_key=True)
    entry: int = _entry()
    run: str = Field(foreign_key="run.id", index=True)
    step: str
    content: str
    asked: str = ""
    reason: str = ""
    by: str
    at: datetime


class RunException(SQLModel, table=True):
    """Something about a run that a person looks at; `people` are surrogates in JSON, `held` keeps their payout back."""

    __tablename__ = "run_exception"
    run: str = Field(primary_key=True, foreign_key="run.id")
    number: int = Field(primary_key=True)
    entry: int = _entry()
    kind: str
    component: str
    people: str
    told: str
    held: bool


class RunDecision(SQLModel, table=True):
    """What somebody decided on an exception, and why; the newest one counts."""

    __tablename__ = "run_decision"
    __table_args__ = (_one_of("choice", CHOICES), CheckConstraint("length(reason) > 0"))
    id: int | None = Field(default=None, primary_key=True)
    entry: int = _entry()
    run: str = Field(foreign_key="run.id", index=True)
    number: int
    choice: str
    reason: str
    by: str
    at: datetime


class RunDecisionPerson(SQLModel, table=True):
    """Whom a decision is about, where it is not everybody whom the exception names."""

    __tablename__ = "run_decision_person"
    entry: int = Field(primary_key=True, foreign_key="ledger.sequence")
    number: int = Field(primary_key=True)
    person: str = Field(primary_key=True)


class RunOpened(Kept, table=True):
    """A payout that somebody opened before deciding; the approval holds the hash of the list."""

    __tablename__ = "run_opened"
    run: str = Field(primary_key=True, foreign_key="run.id")
    person: str = Field(primary_key=True)
    by: str = Field(primary_key=True)
    at: datetime


class Adjustment(SQLModel, table=True):
    """An amount beside the calculation, in minor units, with its cause: a decision, a granted dispute, or late data."""

    __table_args__ = (_one_of("kind", ("decided", "dispute", "late data")), CheckConstraint("length(cause) > 0"))
    id: int | None = Field(default=None, primary_key=True)
    entry: int = _entry()
    run: str = Field(foreign_key="run.id", index=True)
    person: str
    kind: str
    amount: int = Field(sa_column=Column(BigInteger, nullable=False))
    cause: str
    by: str
    at: datetime


class Dispute(SQLModel, table=True):
    """A person's contest of one line of a payout, by its ledger entry: the line waits, the payout does not."""

    __table_args__ = (CheckConstraint("length(text) > 0"),)
    entry: int = Field(primary_key=True, foreign_key="ledger.sequence")
    run: str = Field(foreign_key="run.id", index=True)
    person: str
    component: str
    text: str
    decide_until: date
    at: datetime


class DisputeDecision(SQLModel, table=True):
    """How a dispute ended, and why."""

    __tablename__ = "dispute_decision"
    __table_args__ = (_one_of("outcome", ("granted", "refused")), CheckConstraint("length(reason) > 0"))
    dispute: int = Field(primary_key=True, foreign_key="dispute.entry")
    entry: int = _entry()
    outcome: str
    reason: str
    by: str
    at: datetime


class ClawbackClaim(SQLModel, table=True):
    """A proposal to claim back a part of a payout, by its ledger entry: cause, day of the event, what it was computed from."""

    __tablename__ = "clawback"
    __table_args__ = (CheckConstraint("amount > 0 AND amount <= paid"), CheckConstraint("length(reason) > 0"))
    entry: int = Field(primary_key=True, foreign_key="ledger.sequence")
    run: str = Field(foreign_key="run.id", index=True)
    person: str
    cause: str
    event: date
    share: str
    months_left: int
    any_plan: bool
    paid: int = Field(sa_column=Column(BigInteger, nullable=False))
    amount: int = Field(sa_column=Column(BigInteger, nullable=False))
    reason: str
    by: str
    at: datetime


class ClawbackDecision(SQLModel, table=True):
    """Whether another person accepted a claim or dropped it, and why."""

    __tablename__ = "clawback_decision"
    __table_args__ = (_one_of("outcome", ("accepted", "dropped")), CheckConstraint("length(reason) > 0"))
    clawback: int = Field(primary_key=True, foreign_key="clawback.entry")
    entry: int = _entry()
    outcome: str
    reason: str
    by: str
    at: datetime


class ClawbackSetOff(SQLModel, table=True):
    """What a closing kept of somebody's variable pay for an accepted claim, in minor units."""

    __tablename__ = "clawback_set_off"
    __table_args__ = (CheckConstraint("amount > 0"),)
    entry: int = Field(primary_key=True, foreign_key="ledger.sequence")
    clawback: int = Field(primary_key=True, foreign_key="clawback.entry")
    run: str = Field(foreign_key="run.id", index=True)
    person: str
    amount: int = Field(sa_column=Column(BigInteger, nullable=False))


class PaidLine(SQLModel, table=True):
    """What a closing paid on one line, in minor units: the difference to what was paid before."""

    __tablename__ = "paid_line"
    entry: int = Field(primary_key=True, foreign_key="ledger.sequence")
    run: str = Field(foreign_key="run.id", index=True)
    person: str = Field(primary_key=True)
    segment: int = Field(primary_key=True)
    component: str = Field(primary_key=True)
    amount: int = Field(sa_column=Column(BigInteger, nullable=False))


class KeptHead(Kept, table=True):
    """A head of the ledger that was given to somebody to keep: exported, signed, or printed on an approval."""

    __tablename__ = "kept_head"
    id: int | None = Field(default=None, primary_key=True)
    sequence: int
    digest: str
    place: str
    at: datetime


HELD_BY_THE_LEDGER: tuple[type[Any], ...] = (
    PlanStep, RunStep, RunException, RunDecision, RunDecisionPerson, Adjustment, Dispute, DisputeDecision, PaidLine,
    ClawbackClaim, ClawbackDecision, ClawbackSetOff, Handover,
)  # fmt: skip
