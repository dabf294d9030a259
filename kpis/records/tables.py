"""The record tables. Money is integer minor units, moments are UTC, documents are canonical JSON text."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from kpis.records.moments import utc as utc
from kpis.records.vouching import Kept


def _text() -> Column[str]:
    return Column(Text, nullable=False)


class Identity(SQLModel, table=True):
    """Who a surrogate key stands for. Erasing a row leaves lake, facts and ledger intact."""

    __table_args__ = (
        UniqueConstraint("kind", "external"),
        CheckConstraint("kind IN ('person', 'customer')"),
        Index("ix_identity_email", "email"),
    )
    surrogate: str = Field(primary_key=True)
    kind: str
    external: str
    name: str | None = None
    email: str | None = None


class Agreement(Kept, table=True):
    """What was agreed: what allows individual `figures`, or `terms` that somebody alone may not make worse."""

    id: int | None = Field(default=None, primary_key=True)
    agreed_on: date
    parties: str
    scope: str
    kpis: str
    purposes: str
    viewers: str
    retention: str
    about: str = "figures"
    recorded_by: str = ""


class ChartBaseline(Kept, table=True):
    """What was usual for a KPI of a scope from a day on: frozen once; a later one restarts the chart and says why."""

    __tablename__ = "chart_baseline"
    kpi: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    since: date = Field(primary_key=True)
    document: str = Field(sa_column=_text())
    frozen_at: datetime
    frozen_by: str
    reason: str


class DefinitionVersion(Kept, table=True):
    """One accepted version of a KPI definition: the text people reviewed, under its hash."""

    __tablename__ = "definition_version"
    __table_args__ = (CheckConstraint("version >= 1"), CheckConstraint("length(digest) = 64"))
    kpi: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    digest: str
    text: str = Field(sa_column=_text())
    accepted_at: datetime
    accepted_by: str
    reason: str


class TargetRecord(Kept, table=True):
    """One version of one target; values are decimals as text in the KPI's display unit."""

    __tablename__ = "target"
    __table_args__ = (CheckConstraint("version >= 1"),)
    id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    valid_from: date
    document: str = Field(sa_column=_text())
    imported_at: datetime


class PlanRecord(Kept, table=True):
    """One version of one plan: the text people wrote, and its normal form under a hash."""

    __tablename__ = "plan"
    __table_args__ = (CheckConstraint("version >= 1"), CheckConstraint("length(digest) = 64"))
    id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    digest: str
    text: str = Field(sa_column=_text())
    imported_at: datetime


class Evidence(SQLModel, table=True):
    """Everything a run was computed from, canonical, under its hash."""

    __table_args__ = (CheckConstraint("length(digest) = 64"),)
    digest: str = Field(primary_key=True)
    document: str = Field(sa_column=_text())


class Run(SQLModel, table=True):
    """One payout run of one plan over one period."""

    id: str = Field(primary_key=True)
    plan: str
    plan_version: int
    period: str
    evidence: str = Field(foreign_key="evidence.digest")
    made_at: datetime
    made_by: str
    currency: str
    total: int = Field(sa_column=Column(BigInteger, nullable=False))


class PayoutRecord(SQLModel, table=True):
    """What one person gets from one run, in minor units, with the hash of the steps that led there."""

    __tablename__ = "payout"
    __table_args__ = (CheckConstraint("length(steps) = 64"),)
    run: str = Field(primary_key=True, foreign_key="run.id")
    person: str = Field(primary_key=True, index=True)
    amount: int = Field(sa_column=Column(BigInteger, nullable=False))
    steps: str


class LineRecord(SQLModel, table=True):
    """One component of one payout in one segment of the period, in minor units."""

    __tablename__ = "payout_line"
    __table_args__ = (ForeignKeyConstraint(["run", "person"], ["payout.run", "payout.person"]),)
    run: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    segment: int = Field(primary_key=True)
    component: str = Field(primary_key=True)
    amount: int = Field(sa_column=Column(BigInteger, nullable=False))


class LedgerRecord(SQLModel, table=True):
    """One entry of the hash chain. The database refuses to change or delete a row."""

    __tablename__ = "ledger"
    __table_args__ = (CheckConstraint("length(digest) = 64"), CheckConstraint("length(previous) = 64"))
    sequence: int = Field(primary_key=True)
    previous: str
    digest: str = Field(unique=True)
    payload: str = Field(sa_column=_text())
