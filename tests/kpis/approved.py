"""The small company with its plan approved: HR, two people outside its data who approve, and everybody's steps."""

from datetime import date, datetime
from pathlib import Path
from secrets import token_hex

from kpis.records.tables import Run
from kpis.workflows import letters, lifecycle, payruns
from kpis.workspace import Workspace, open_snapshot, open_workspace
from tests.kpis.small import NOW, SETTINGS, company

HR, SECOND, BOARD, AUDIT = "hr@example.org", "payroll@example.org", "board@example.org", "audit@example.org"
ACCESS = f'[access]\nhr = ["{HR}", "{SECOND}"]\napprover = ["{BOARD}", "{AUDIT}"]\n'


def token() -> str:
    """A token of its own for each act."""
    return token_hex(8)


def activate(where: Workspace, plan: str = "service", since: date = date(2026, 1, 1), now: datetime = NOW) -> None:
    """Take a plan from draft to active by people who may."""
    snapshot = open_snapshot(where)
    lifecycle.review(snapshot, plan, HR, now, token())
    for who in (BOARD, AUDIT):
        lifecycle.approve(snapshot, plan, who, now, token(), lifecycle.nothing)
    lifecycle.activate(snapshot, plan, since, HR, now, token())
    letters.send(snapshot, "2026-Q3", HR, now)


def approved_company(folder: Path, more: str = "") -> Workspace:
    """The small company whose plan is active."""
    company(folder, SETTINGS + ACCESS + more)
    where = open_workspace(folder, NOW)
    activate(where)
    return where


def checked(where: Workspace, now: datetime = NOW, asked: str = BOARD) -> Run:
    """A run of the third quarter, calculated, decided on, and checked."""
    snapshot = open_snapshot(where)
    run, _ = payruns.calculate(snapshot, "service", "2026-Q3", HR, now)
    if any(payruns.looked(where, run.id).choice(each) == "open" for each in payruns.looked(where, run.id).exceptions):
        payruns.decide(snapshot, run.id, payruns.ALL, "pay", "Looked at.", HR, now, token())
    payruns.check(snapshot, run.id, asked, HR, now, token())
    return run


def approve(where: Workspace, run: str, by: str = BOARD, now: datetime = NOW) -> None:
    """Open what must be opened, and approve."""
    snapshot = open_snapshot(where)
    payruns.opened(snapshot, run, sorted(payruns.looked(where, run).to_open), by, now)
    payruns.approve(snapshot, run, by, now, token())


def closed(where: Workspace, now: datetime = NOW) -> Run:
    """A run through all its steps."""
    run = checked(where, now)
    approve(where, run.id, now=now)
    payruns.close(open_snapshot(where), run.id, HR, now, token())
    return run
