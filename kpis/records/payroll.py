"""What left for payroll and finance and what came back. Money is integer minor units; people are surrogate keys."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from kpis.records.vouching import Kept


def _money(nullable: bool = False) -> Column[int]:
    return Column(BigInteger, nullable=nullable)


class Handover(SQLModel, table=True):
    """One closing handed over to payroll, by its ledger entry: form, hash, lines and sum of the file; `repeat` counts from 0."""

    __tablename__ = "payroll_handover"
    __table_args__ = (
        UniqueConstraint("closing", "repeat"),
        CheckConstraint("length(digest) = 64"),
        CheckConstraint("lines >= 0 AND repeat >= 0"),
    )
    entry: int = Field(primary_key=True, foreign_key="ledger.sequence")
    run: str = Field(foreign_key="run.id", index=True)
    closing: int = Field(foreign_key="ledger.sequence")
    repeat: int
    layout: str
    digest: str
    lines: int
    total: int = Field(sa_column=_money())
    made_at: datetime
    made_by: str


class PayrollFile(Kept, table=True):
    """One payroll file of everything a run had paid, as they were made before each closing was handed over by itself."""

    __tablename__ = "payroll_file"
    __table_args__ = (
        UniqueConstraint("run", "digest"),
        CheckConstraint("length(digest) = 64"),
        CheckConstraint("lines >= 0"),
    )
    id: int | None = Field(default=None, primary_key=True)
    run: str = Field(foreign_key="run.id", index=True)
    layout: str
    digest: str
    lines: int
    total: int = Field(sa_column=_money())
    made_at: datetime
    made_by: str


class PaymentFile(Kept, table=True):
    """One file of what payroll says it paid of a closing of a run, by its hash; read once. The newest of a closing counts."""

    __tablename__ = "payment_file"
    __table_args__ = (UniqueConstraint("run", "digest"), CheckConstraint("length(digest) = 64"))
    id: int | None = Field(default=None, primary_key=True)
    run: str = Field(foreign_key="run.id", index=True)
    closing: int | None = Field(default=None, foreign_key="ledger.sequence")
    digest: str
    expected: int = Field(sa_column=_money())
    paid: int = Field(sa_column=_money())
    read_at: datetime
    read_by: str


class PaymentRecord(Kept, table=True):
    """One person of a payment file, or one row of it that nobody here stands behind: handed over, paid, and what that makes it."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("state IN ('paid', 'differs', 'missing', 'unknown')"),
        CheckConstraint("state <> 'paid' OR expected = paid"),
    )
    file: int = Field(primary_key=True, foreign_key="payment_file.id")
    line: int = Field(primary_key=True)
    person: str | None = Field(default=None, index=True)
    row: int | None = None
    state: str
    expected: int = Field(sa_column=_money())
    paid: int = Field(sa_column=_money())


class AccrualBooking(Kept, table=True):
    """A month's accrual as it was booked; booked again it is a new one, and the newest counts."""

    __tablename__ = "accrual_booking"
    __table_args__ = (CheckConstraint("length(digest) = 64"),)
    id: int | None = Field(default=None, primary_key=True)
    month: str = Field(index=True)
    digest: str
    currency: str
    booked_at: datetime
    booked_by: str


class AccrualRecord(Kept, table=True):
    """What a booking owes for one plan, period and cost centre; `low` and `high` are its chance range where it was computed."""

    __tablename__ = "accrual"
    __table_args__ = (CheckConstraint("(low IS NULL) = (high IS NULL)"), CheckConstraint("low IS NULL OR low <= high"))
    booking: int = Field(primary_key=True, foreign_key="accrual_booking.id")
    plan: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    cost_centre: str = Field(primary_key=True)
    amount: int = Field(sa_column=_money())
    low: int | None = Field(default=None, sa_column=_money(nullable=True))
    high: int | None = Field(default=None, sa_column=_money(nullable=True))
