"""The demo company's target letters: on time and acknowledged by most; in the fourth quarter one came late, two never."""

from datetime import UTC, datetime, timedelta

from kpis.records.session import session
from kpis.records.tables import Identity
from kpis.workflows import letters
from kpis.workflows.writing import holders
from kpis.workspace import Snapshot

SENT = {
    "2026-Q2": datetime(2026, 3, 26, 9, tzinfo=UTC),
    "2026-Q3": datetime(2026, 6, 25, 9, tzinfo=UTC),
    "2026-Q4": datetime(2026, 9, 24, 9, tzinfo=UTC),
}
STORY, PLAN, FORGOTTEN = "2026-Q4", "field", 2
LATE = datetime(2026, 11, 10, 9, tzinfo=UTC)
DAYS = (3, 5, 6, 9, 14)  # after how many days they are opened
UNOPENED, UNREAD = 11, 7  # one in so many is never opened, and of those opened never acknowledged


def send(snapshot: Snapshot, clerk: str) -> None:
    """Send the letters of each quarter as HR's clerk, and note who opened and acknowledged them: by employee number, so by seed."""
    for period, moment in SENT.items():
        order = _numbers(snapshot, period)
        told = list(order)
        if period == STORY:
            field = [each for each in order if order[each] == PLAN]
            late = field[FORGOTTEN]
            told = [each for each in told if each not in field[: FORGOTTEN + 1]]
            letters.send(snapshot, period, clerk, LATE, [late])
        letters.send(snapshot, period, clerk, moment, told)
        _read(snapshot, period, told, moment)


def _numbers(snapshot: Snapshot, period: str) -> dict[str, str]:
    """Holders in the order of their employee numbers, each with their first plan."""
    held = holders(snapshot, period)
    with session(snapshot.workspace.engine) as records:
        people = [each for each in (records.get(Identity, person) for person in held) if each]
    return {each.surrogate: held[each.surrogate][0].plan.id for each in sorted(people, key=lambda each: each.external)}


def _read(snapshot: Snapshot, period: str, told: list[str], moment: datetime) -> None:
    by_person = {each.person: each for each in letters.sent(snapshot.workspace, period)}
    for at, person in enumerate(told):
        if at % UNOPENED:
            when = moment + timedelta(days=DAYS[at % len(DAYS)])
            letters.opened(snapshot.workspace, by_person[person], when)
            if at % UNREAD:
                letters.acknowledged(snapshot, by_person[person], person, when + timedelta(minutes=8))
