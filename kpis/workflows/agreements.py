"""The agreement without which individual figures stay off."""

from datetime import date
from typing import Any

from sqlmodel import col, select

from kpis.incentives.plan import Plan
from kpis.records.session import session
from kpis.records.tables import Agreement
from kpis.workspace import Workspace


def record(workspace: Workspace, agreed_on: date, **terms: Any) -> None:
    """Record an agreement: parties, scope, kpis, purposes, viewers, retention."""
    with session(workspace.engine) as records:
        records.add(Agreement(agreed_on=agreed_on, **terms))


def current(workspace: Workspace) -> Agreement | None:
    """The newest agreement, or none."""
    with session(workspace.engine) as records:
        return records.exec(
            select(Agreement).order_by(col(Agreement.agreed_on).desc(), col(Agreement.id).desc())
        ).first()


def lacking(workspace: Workspace, plan: Plan) -> bool:
    """Whether a plan reads figures of single people, and no agreement on them is recorded: nothing of it is told then."""
    return any(source.scope == "self" for source in plan.sources) and current(workspace) is None
