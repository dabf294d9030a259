"""Target letters: the viewer's own, and for HR where everybody's stand; each asked for, and each PDF made, after it is allowed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from dashboard import access, letter_files
from dashboard.access import Viewer
from dashboard.data.core import allow, cached, formats, snapshot, workspace
from dashboard.data.payouts import acting
from dashboard.lettering import way
from dashboard.letters import LetterText
from dashboard.words import _
from data_contracts.problems import Problem, Problems
from kpis import letters as rules
from kpis.records.aims import Letter
from kpis.workflows import identities, plans, review
from kpis.workflows import letters as workflow
from kpis.workflows.letters import Sent, Told, day
from kpis.workspace import Snapshot

STATES = ("never told", "sent", "opened", "acknowledged")  # what is still to be done comes first


@dataclass(frozen=True)
class Standing:
    """Where one holder's letter stands, for HR: who, state, and the days of its way."""

    person: str
    name: str
    state: str
    sent: date | None
    opened: date | None
    acknowledged: date | None
    late: bool
    outdated: bool
    proof: str = ""


def letters_of(viewer: Viewer, period: str) -> list[Standing]:
    """Where the letter of everyone a period concerns stands: HR only."""
    allow(access.may_see_page(viewer, "letters"))
    names = identities.names(workspace())
    found = [_standing(each, names.get(each.person, each.person)) for each in cached(_status, viewer, period)]
    return sorted(found, key=lambda each: (STATES.index(each.state), not each.late, each.name))


def _status(now: Snapshot, period: str) -> list[Told]:
    return workflow.status(now, period)


def _standing(each: Told, name: str) -> Standing:
    held = each.letter
    moments = [held.sent_at, held.opened_at, held.acknowledged_at] if held else [None, None, None]
    sent, opened, acknowledged = (moment and day(workspace(), moment) for moment in moments)
    return Standing(
        each.person, name, each.state, sent, opened, acknowledged, each.late, each.outdated, held.proof if held else ""
    )


def letter_periods(viewer: Viewer) -> list[str]:
    """The periods that hold targets and that some plan pays, newest first."""
    allow(access.may_see_page(viewer, "letters"))
    kinds = sorted({plan.frequency for plan in plans.current(workspace()).values()})
    found = [name for kind in kinds for name in review.periods(snapshot(), kind)]
    return found or [review.to_date(snapshot(), "quarter").name]


def letter_rule(period: str) -> str:
    """Until when a letter of the period is in time."""
    day_due = rules.due(workspace().settings.calendar.parse(period))
    return _("In time until {day}, a quarter of the period.").format(day=formats().day(day_due))


def letter_dates(held: Letter) -> str:
    """The way of one letter, in a line."""
    moments = (held.sent_at, held.opened_at, held.acknowledged_at)
    sent, opened, acknowledged = (moment and day(workspace(), moment) for moment in moments)
    assert sent is not None  # what is kept was sent
    late = workflow.is_late(workspace(), held, workspace().settings.calendar.parse(held.period))
    return way(formats(), sent, opened, acknowledged, late, held.proof)


def send_letters(viewer: Viewer, period: str, token: str) -> Sent:
    """Send every letter of a period that was not sent, or says something else by now: HR only."""
    allow(access.may_see_page(viewer, "letters"))
    return workflow.send(snapshot(), period, acting(viewer), datetime.now(UTC), token=token)


def my_letter(viewer: Viewer, period: str) -> Letter | None:
    """The newest letter to the person who looks."""
    found = workflow.sent(workspace(), period, _me(viewer))
    return found[0] if found else None


def open_letter(viewer: Viewer, period: str) -> LetterText:
    """The letter to the person who looks, and the note that they opened it."""
    letter = workflow.one(workspace(), _me(viewer), period)
    workflow.opened(workspace(), letter, datetime.now(UTC))
    return letter_files.told(snapshot(), letter)


def acknowledge_letter(viewer: Viewer, period: str) -> None:
    """The person who looks says they have read their letter."""
    workflow.acknowledged(snapshot(), workflow.one(workspace(), _me(viewer), period), _me(viewer), datetime.now(UTC))


def letter_text(viewer: Viewer, person: str, period: str) -> LetterText:
    """The letter to a person, for those who may see their pay; reading it so leaves no mark."""
    allow(access.may_see_pay(viewer, f"person:{person}", snapshot().organisation))
    return letter_files.told(snapshot(), workflow.one(workspace(), person, period))


def letter_pdf(viewer: Viewer, person: str, period: str) -> bytes:
    """The same as PDF."""
    allow(access.may_see_pay(viewer, f"person:{person}", snapshot().organisation))
    return letter_files.one(snapshot(), workflow.one(workspace(), person, period))


def letters_zip(viewer: Viewer, period: str) -> bytes:
    """Every letter of a period as PDF, in one file: HR only."""
    allow(access.may_see_page(viewer, "letters"))
    return letter_files.zipped(snapshot(), workflow.sent(workspace(), period))


def _me(viewer: Viewer) -> str:
    allow(access.may_see_page(viewer, "me"))
    if viewer.person is None:
        step = _("Look as a person to see letters of your own.")
        raise Problems([Problem(_("My letters"), _("a person of this company"), viewer.name, step)])
    return viewer.person
