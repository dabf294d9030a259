"""Payout runs: what a viewer may see of them, and what they do about them, each decided again by the workflows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import streamlit as st
from sqlmodel import Session

from dashboard import access
from dashboard.access import Viewer
from dashboard.data.core import allow, cached, snapshot, workspace
from dashboard.data.plainly import plainly
from dashboard.words import _
from data_contracts.problems import Problem
from kpis.calendar import FREQUENCIES
from kpis.incentives import evidence
from kpis.records.session import session
from kpis.records.tables import Run
from kpis.workflows import actors, chain, clawbacks, identities, inforce, kept, pay, payruns
from kpis.workflows.looked import CHECKED, Looked
from kpis.workflows.looked import look as look_at
from kpis.workspace import Snapshot

ACTS: Mapping[str, Callable[..., Any]] = {
    "decide": payruns.decide, "check": payruns.check, "approve": payruns.approve, "send back": payruns.send_back,
    "close": payruns.close,
}  # fmt: skip


@dataclass(frozen=True)
class PayoutRun:
    """A run as the viewer may see it: everything about it, everybody's name, and pay at target in minor units; the plan's budget."""

    at: Looked
    names: Mapping[str, str]
    opportunity: Mapping[str, int]
    head: str
    me: str = ""
    budget: int | None = None


def acting(viewer: Viewer) -> str:
    """Whom the viewer acts as: a person, or an address with a role; nobody for someone who looks as a role."""
    return viewer.person or (viewer.name if "@" in viewer.name else "")


def payout_runs(viewer: Viewer) -> list[Run]:
    """The runs of the viewer's page, newest first: HR's are all; others see those they approve or decide a dispute of, or are paid by."""
    allow(access.may_see_page(viewer, "payout"))
    every = list(reversed(pay.runs(workspace())))
    if "hr" in viewer.roles:
        return every
    with session(workspace().engine) as records:
        return [each for each in every if _concerns(records, viewer, each.id)]


def _concerns(records: Session, viewer: Viewer, run: str) -> bool:
    at = look_at(records, run)
    asked, paid = stands(viewer, at)
    open_ = any(decided is None for _dispute, decided in at.disputes)
    open_ |= any(each.decision is None for each in clawbacks.every(workspace(), run))
    return asked or paid or (open_ and bool(access.may_decide_disputes(viewer, asked, paid)))


def stands(viewer: Viewer, at: Looked) -> tuple[bool, bool]:
    """Whether the viewer is asked to approve a run, and whether it pays them."""
    me, checked = acting(viewer), at.step(CHECKED)
    return bool(me and checked and checked.asked == me), bool(viewer.person and viewer.person in at.payouts)


def payout_run(viewer: Viewer, run: str) -> PayoutRun | access.Refused:
    """A run with everybody's amounts, or why not."""
    allow(access.may_see_page(viewer, "payout"))
    with session(workspace().engine) as records:
        at = look_at(records, run)
    decision = access.may_see_run(viewer, *stands(viewer, at))
    if isinstance(decision, access.Refused):
        return decision
    names, head = identities.names(workspace()), chain.head(workspace()).short()
    return PayoutRun(at, names, cached(_opportunity, viewer, run), head, acting(viewer), cached(_budget, viewer, run))


def _budget(now: Snapshot, run: str) -> int | None:
    """The budget of the plan that a run pays, in minor units."""
    return evidence.read(pay.document(now.workspace, run)["run"]).plan.budget_minor


def _opportunity(now: Snapshot, run: str) -> dict[str, int]:
    return kept.opportunity(now.workspace, run)


def why_not(viewer: Viewer, at: Looked) -> list[str]:
    """What keeps the viewer from approving the run now, in words; nothing means that they may."""
    if not acting(viewer):
        return [_("You look as a role, not as a person.")]
    who = actors.actor(snapshot(), acting(viewer))
    with session(workspace().engine) as records:
        return [_said(each) for each in payruns.why_not_approve(snapshot(), records, at, who, datetime.now(UTC))]


def _said(problem: Problem) -> str:
    return _("Expected {expected}; it is: {actual}.").format(
        expected=problem.expected, actual=plainly(problem.actual).rstrip(".")
    )


def approver_name(found: PayoutRun, key: str) -> str:
    """What people call somebody who acted."""
    return found.names.get(key, key)


def open_payout(viewer: Viewer, run: str, people: Sequence[str]) -> list[pay.Statement]:
    """Open payouts: their steps, and the note that the viewer did."""
    allow(access.may_see_page(viewer, "payout"))
    return payruns.opened(snapshot(), run, people, acting(viewer), datetime.now(UTC))


def acted(viewer: Viewer, name: str, run: str, *what: Any, **more: Any) -> None:
    """Do something about a run as the viewer, once: a second click of the same button carries the same token."""
    allow(access.may_see_page(viewer, "payout"))
    act, key = ACTS[name], f"token {name} {run}"
    token = st.session_state.setdefault(key, token_hex(16))
    act(snapshot(), run, *what, acting(viewer), datetime.now(UTC), token, **more)
    st.session_state.pop(key, None)


def calculable(viewer: Viewer) -> list[tuple[str, str]]:
    """(plan, period) of the last two whole periods of every plan that was in force then, newest first."""
    allow(access.may_see_page(viewer, "payout"))
    where, whole = workspace(), []
    for kind in FREQUENCIES:
        period = where.settings.calendar.containing(where.today, kind)
        for _each in range(2):
            period = where.settings.calendar.containing(period.start - timedelta(days=1), kind)
            whole.append(period)
    found = [(plan.id, period.name) for plan, period in inforce.of_periods(where, whole)]
    return sorted(found, key=lambda each: (each[1], each[0]), reverse=True)


def calculated(viewer: Viewer, plan: str, period: str) -> Run:
    """Calculate a plan's run of a period as the viewer; the same evidence again is the same run. Raises Problems as it does."""
    allow(access.may_see_page(viewer, "payout"))
    return payruns.calculate(snapshot(), plan, period, acting(viewer), datetime.now(UTC))[0]


def restated(viewer: Viewer, run: str) -> Run:
    """Calculate a closed period anew as the viewer; where nothing changed it is the run as it stands. Raises Problems."""
    allow(access.may_see_page(viewer, "payout"))
    return payruns.restate(snapshot(), run, acting(viewer), datetime.now(UTC))[0]
