"""Agreements: the one without which individual figures stay off, and those that speak for more people than one."""

import re
from datetime import date
from typing import Any

from sqlmodel import col, select

from data_contracts.problems import Problem, raise_if
from kpis.incentives.plan import Plan
from kpis.records.session import session
from kpis.records.tables import Agreement
from kpis.workflows import actors
from kpis.workspace import Workspace, open_snapshot

NUMBERED = re.compile(r"agreement:([0-9]{1,9})")
TERMS = "terms"


def record(workspace: Workspace, agreed_on: date, about: str = "figures", by: str = "", **terms: Any) -> int:
    """Record an agreement: parties, scope, kpis, purposes, viewers, retention. Returns its number.

    One about `terms` (harder targets, a plan for a period that has ended) is recorded by HR or leadership; raises
    Problems for anybody else.
    """
    if about == TERMS:
        who = actors.actor(open_snapshot(workspace), by)
        raise_if(actors.refuse(who, "record an agreement"))
        by = who.key
    told = dict.fromkeys(("parties", "scope", "kpis", "purposes", "viewers", "retention"), "") | terms
    row = Agreement(agreed_on=agreed_on, about=about, recorded_by=by, **told)
    with session(workspace.engine) as records:
        records.add(row)
    assert row.id is not None  # the database numbered it
    return row.id


def current(workspace: Workspace) -> Agreement | None:
    """The newest agreement on individual figures, or none."""
    with session(workspace.engine) as records:
        return records.exec(
            select(Agreement)
            .where(Agreement.about == "figures")
            .order_by(col(Agreement.agreed_on).desc(), col(Agreement.id).desc())
        ).first()


def on_terms(workspace: Workspace, named: str, where: str) -> list[Problem]:
    """Why `agreement:<number>` names no agreement on terms; none when it does."""
    found = NUMBERED.fullmatch(named)
    with session(workspace.engine) as records:
        held = records.get(Agreement, int(found[1])) if found else None
    if held and held.about == TERMS and held.agreed_on <= workspace.today:
        return []
    step = "Record it with `goldenthread agreement --about terms`, and name it by the number that it tells."
    return [Problem(where, "an agreement of this workspace on terms", repr(named), step)]


def lacking(workspace: Workspace, plan: Plan) -> bool:
    """Whether a plan reads figures of single people, and no agreement on them is recorded: nothing of it is told then."""
    return any(source.scope == "self" for source in plan.sources) and current(workspace) is None
