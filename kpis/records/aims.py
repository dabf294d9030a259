"""Record tables of what was aimed at and who was told: changes of targets, consents, letters, tokens that were used."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlmodel import Field

from kpis.records.tables import _text
from kpis.records.vouching import Kept


class TargetChange(Kept, table=True):
    """Who set a version of a target, and why; `harder` for its holder in a running period, `after_end` of its period."""

    __tablename__ = "target_change"
    __table_args__ = (ForeignKeyConstraint(["id", "version"], ["target.id", "target.version"]),)
    id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    made_by: str
    reason: str
    harder: bool
    after_end: bool


class TargetConsent(Kept, table=True):
    """That a holder or an agreement accepted harder values of a target from a day on; `terms` is the hash of just these."""

    __tablename__ = "target_consent"
    __table_args__ = (CheckConstraint("length(terms) = 64"),)
    id: int | None = Field(default=None, primary_key=True)
    target: str
    terms: str = Field(index=True)
    given_by: str
    given_on: date
    document: str
    recorded_at: datetime
    recorded_by: str


class Letter(Kept, table=True):
    """What one person was told of a period's targets, canonical, under its hash; a later edition tells a change.

    Acknowledged by the holder, or for them by somebody who names a document as `proof`.
    """

    __table_args__ = (
        CheckConstraint("edition >= 1"),
        CheckConstraint("length(digest) = 64"),
        CheckConstraint("acknowledged_at IS NULL OR opened_at IS NOT NULL"),
    )
    noted: ClassVar[tuple[str, ...]] = ("opened_at", "acknowledged_at", "acknowledged_by", "proof")
    person: str = Field(primary_key=True)
    period: str = Field(primary_key=True, index=True)
    edition: int = Field(primary_key=True)
    digest: str
    document: str = Field(sa_column=_text())
    token: str = Field(unique=True)
    sent_at: datetime
    sent_by: str
    opened_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    proof: str = ""


class UsedToken(Kept, table=True):
    """A token that a write carried: the same one again changes nothing."""

    __tablename__ = "used_token"
    token: str = Field(primary_key=True)
    used_at: datetime
    used_for: str
