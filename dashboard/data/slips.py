"""Whole statements: one's own, and for HR those of everybody a run pays; each authorised before it is asked for."""

from dataclasses import replace

from dashboard import access, slip_files
from dashboard.access import Viewer
from dashboard.components.once import spent, token
from dashboard.data.core import allow, cached, formats, moment, snapshot, workspace
from dashboard.slip_beside import line_names
from dashboard.slip_texts import SlipText
from dashboard.words import _
from data_contracts.problems import Problem, Problems
from kpis.workflows import disputes, identities, pay
from kpis.workflows.slips import Book
from kpis.workflows.slips import book as opened
from kpis.workspace import Snapshot


def own_statement(viewer: Viewer, run: str) -> SlipText:
    """The statement of the person who looks."""
    return statement_of(viewer, run, _me(viewer))


def own_statement_pdf(viewer: Viewer, run: str) -> bytes:
    """The same as PDF."""
    return statement_pdf(viewer, run, _me(viewer))


def contestable(viewer: Viewer, run: str) -> dict[str, str]:
    """The lines of the viewer's own payout that may be contested now, by component, with name and amount."""
    full = book(snapshot(), run).of(_me(viewer))
    names, write = line_names(full), replace(formats(), currency=full.plan.currency)
    found = full.contestable(moment())
    return {each: f"{names.get(each, each)}, {write.money(worth)}" for each, worth in found.items()}


def contest(viewer: Viewer, run: str, line: str, text: str) -> int:
    """Open a dispute on a line of the viewer's own payout, once; returns its number. Raises Problems with what hinders it."""
    me, key = _me(viewer), f"contest {run} {line}"
    done = disputes.open_(snapshot(), run, me, line, text, me, moment(), token(key))
    spent(key)
    return done.entry


def _me(viewer: Viewer) -> str:
    allow(access.may_see_page(viewer, "me"))
    if viewer.person is None:
        step = _("Look as a person to see a statement of your own.")
        raise Problems([Problem(_("My targets"), _("a person of this company"), viewer.name, step)])
    return viewer.person


def statement_of(viewer: Viewer, run: str, person: str) -> SlipText:
    """The statement of a person, for those who may see their pay."""
    allow(access.may_see_pay(viewer, f"person:{person}", snapshot().organisation))
    return cached(_text, viewer, run, person)


def statement_pdf(viewer: Viewer, run: str, person: str) -> bytes:
    """The same as PDF."""
    allow(access.may_see_pay(viewer, f"person:{person}", snapshot().organisation))
    return slip_files.pdf(snapshot(), book(snapshot(), run).of(person))


def _text(now: Snapshot, run: str, person: str) -> SlipText:
    return slip_files.told(now, book(now, run).of(person))


def book(now: Snapshot, run: str) -> Book:
    """The statements of a run, read once for a snapshot."""
    return now.once(("book", run), lambda: opened(now, run))


def runs_paid(viewer: Viewer) -> dict[str, str]:
    """Every run, newest first, by id: HR only."""
    allow(access.may_see_page(viewer, "statements"))
    return {each.id: each.id for each in reversed(pay.runs(workspace()))}


def payouts_of(viewer: Viewer, run: str) -> tuple[str, list[tuple[str, str, int]]]:
    """The currency of a run, and person, name and payout (minor units) of everybody it pays, by name: HR only."""
    allow(access.may_see_page(viewer, "statements"))
    allow(access.may_see_pay(viewer, "company", snapshot().organisation))
    names, held = identities.names(workspace()), book(snapshot(), run)
    rows = [(each, names.get(each, each), amount) for each, amount in held.amounts().items()]
    return held.record.currency, sorted(rows, key=lambda row: (row[1], row[0]))


def statement_parts(viewer: Viewer, run: str) -> list[list[str]]:
    """Whose statements one file holds, by name, so that no file is larger than a page can hand out: HR only."""
    _currency, rows = payouts_of(viewer, run)
    return [list(each) for each in slip_files.batched([person for person, _name, _amount in rows], slip_files.PART)]


def statements_zip(viewer: Viewer, run: str, part: int = 0) -> bytes:
    """The statements of a part of those a run pays as PDF, in one file: HR only."""
    return slip_files.zipped(book(snapshot(), run), statement_parts(viewer, run)[part])


def statements_csv(viewer: Viewer, run: str, part: int = 0) -> bytes:
    """Every step of a part of those a run pays: HR only."""
    return slip_files.csv(book(snapshot(), run), statement_parts(viewer, run)[part])


def statements_json(viewer: Viewer, run: str, part: int = 0) -> bytes:
    """The statements of a part of those a run pays, as data: HR only."""
    return slip_files.json_of(book(snapshot(), run), statement_parts(viewer, run)[part])
