"""What is planted in the demo company, as data: where to look, since when, and between which values the truth lies.

`stories(last_day, weeks)` places them in time; the generator reads the same effects from here, so that the two cannot part.
"""

from dataclasses import dataclass
from datetime import date, timedelta

SLIP = {"region": "coast", "weeks": 12, "before": 0.92, "after": 0.76}
APART = {"weeks": 20, "service": (0.66, 0.71), "planning": (0.70, 0.48)}
GAMED = {"unit": "complaints", "days": 10, "within": 0.82, "reopened": 0.45, "usual": 0.05}
DECISION = {"unit": "service", "weeks": 38, "before": 0.66, "after": 0.73}
CANDIDATES = {"a_quarter": 7, "survey": "candidate"}


@dataclass(frozen=True)
class Check:
    """A share or mean of the delivered rows (`value` and `where` in DuckDB's SQL) that lies from `low` to `high`."""

    what: str
    dataset: str
    value: str
    where: str
    low: float
    high: float


@dataclass(frozen=True)
class Story:
    """One planted truth: told in a sentence, with the KPI and scope that show it and the day it begins."""

    id: str
    title: str
    told: str
    kpi: str
    scope: str
    since: date
    checks: tuple[Check, ...]


def weeks_before(last_day: date, weeks: int) -> date:
    """The first day of the week that many weeks before the end (a Monday where the last day is a Sunday)."""
    return last_day - timedelta(days=7 * weeks - 1)


def quarter(day: date) -> tuple[date, date]:
    """First and last day of the calendar quarter that holds `day`."""
    first = date(day.year, day.month - (day.month - 1) % 3, 1)
    following = date(first.year + first.month // 10, (first.month + 2) % 12 + 1, 1)
    return first, following - timedelta(days=1)


def gamed_days(last_day: date) -> list[tuple[date, date]]:
    """The last days of each quarter of the last year that has ended: since then the figure is paid on."""
    ends, at = [], quarter(last_day)[0] - timedelta(days=1)
    while at.year == last_day.year:
        ends.append((at - timedelta(days=GAMED["days"] - 1), at))
        at = quarter(at)[0] - timedelta(days=1)
    return ends[::-1]


def stories(last_day: date, weeks: int) -> tuple[Story, ...]:
    """Every planted truth of a company whose history ends on `last_day`."""
    start = last_day - timedelta(days=7 * weeks - 1)
    return (_slip(start, last_day), _apart(start, last_day), _gamed(last_day), _unlinked(), _few(last_day), _decision(start, last_day))


def _between(column: str, start: date, end: date) -> str:
    return f"CAST({column} AS DATE) BETWEEN DATE '{start}' AND DATE '{end}'"


def _around(column: str, since: date, start: date, last_day: date) -> tuple[str, str]:
    """The time before a change, and after it."""
    return _between(column, start, since - timedelta(days=1)), _between(column, since, last_day)


def _slip(start: date, last_day: date) -> Story:
    since = weeks_before(last_day, SLIP["weeks"])
    before, after = _around("promised_at", since, start, last_day)
    kept = "CAST(delivered_at AS DATE) <= CAST(promised_at AS DATE)"
    done = "status = 'delivered' AND customer {} (SELECT customer FROM customers WHERE region = 'coast') AND "
    return Story(
        "slip", "The promised day slips on the coast",
        f"Since {since:%-d %B %Y} visits on the coast keep the promised day three times in four instead of nine times in ten; everywhere else nothing changed.",
        "delivered_as_promised", "department:field_south", since,
        (
            Check("coast before", "orders", kept, done.format("IN") + before, 0.88, 0.95),
            Check("coast since", "orders", kept, done.format("IN") + after, 0.70, 0.82),
            Check("elsewhere since", "orders", kept, done.format("NOT IN") + after, 0.87, 0.95),
        ),
    )  # fmt: skip


def _apart(start: date, last_day: date) -> Story:
    since = weeks_before(last_day, APART["weeks"])
    before, after = _around("opened_at", since, start, last_day)
    now = _between("opened_at", last_day - timedelta(days=55), last_day)
    both = "department IN ('service', 'planning') AND "
    return Story(
        "apart", "A joint target that two departments pull apart",
        f"Customers told before they ask: since {since:%-d %B %Y} the service desk tells more of them and planning fewer, so that the joint figure hardly moves.",
        "status_told", "joint:planning+service", since,
        (
            Check("service before", "service_cases", "status_told", "department = 'service' AND " + before, 0.62, 0.70),
            Check("service, last eight weeks", "service_cases", "status_told", "department = 'service' AND " + now, 0.67, 0.77),
            Check("planning before", "service_cases", "status_told", "department = 'planning' AND " + before, 0.66, 0.74),
            Check("planning, last eight weeks", "service_cases", "status_told", "department = 'planning' AND " + now, 0.42, 0.58),
            Check("joint before", "service_cases", "status_told", both + before, 0.63, 0.71),
            Check("joint since", "service_cases", "status_told", both + after, 0.63, 0.71),
        ),
    )  # fmt: skip


def _gamed(last_day: date) -> Story:
    spans = gamed_days(last_day)
    last = " OR ".join(_between("opened_at", *days) for days in spans) or "false"
    ours = "department = 'complaints' AND closed_at IS NOT NULL AND "
    year = f"opened_at >= DATE '{last_day.year}-01-01'"
    quick = "date_diff('second', opened_at, closed_at) <= 172800"
    return Story(
        "gamed", "Complaints closed at the end of the quarter, and opened again",
        "In the last ten days of each quarter that pays, complaints are closed within 48 hours far more often, and almost every second one of those is reopened.",
        "resolved_within_48h", "department:complaints", date(last_day.year, 1, 1),
        (
            Check("closed within 48 h in a quarter's last ten days", "service_cases", quick, f"{ours} ({last})", 0.78, 0.96),
            Check("closed within 48 h on other days", "service_cases", quick, f"{ours} {year} AND NOT ({last})", 0.40, 0.62),
            Check("reopened, of the last ten days", "service_cases", "reopened", f"{ours} ({last})", 0.15, 0.45),
            Check("reopened, of other days", "service_cases", "reopened", f"{ours} {year} AND NOT ({last})", 0.01, 0.09),
        ),
    )  # fmt: skip


def _unlinked() -> Story:
    return Story(
        "unlinked", "A department with no customer-linked pay",
        "Sales and advice is paid on revenue per order and cost alone: no component of its plan serves a promise.",
        "revenue_per_order", "department:sales", date(2000, 1, 1), (),
    )  # fmt: skip


def _few(last_day: date) -> Story:
    first, _ = quarter(quarter(last_day)[0] - timedelta(days=1))
    days = _between("answered_at", first, quarter(last_day)[0] - timedelta(days=1))
    return Story(
        "few", "A KPI with too few answers",
        "Candidates are asked how they were treated; fewer than ten answer in a quarter, so that nothing can be said and nothing is paid on it.",
        "candidate_experience", "department:hr", date(2000, 1, 1),
        (Check("answers of the last whole quarter", "survey_responses", "true", f"survey = 'candidate' AND {days}", 1, 1),),
    )  # fmt: skip


def _decision(start: date, last_day: date) -> Story:
    since = weeks_before(last_day, DECISION["weeks"])
    before, after = _around("opened_at", since, start, last_day)
    ours = "department = 'service' AND "
    return Story(
        "decision", "An improvement after a decision",
        f"Since {since:%-d %B %Y} agents of the service desk may decide on goodwill up to €75 themselves; problems solved at the first contact rose by seven points and stayed there.",
        "first_contact_resolution", "department:service", since,
        (
            Check("service before", "service_cases", "first_contact_resolved", ours + before, 0.63, 0.69),
            Check("service since", "service_cases", "first_contact_resolved", ours + after, 0.70, 0.76),
        ),
    )  # fmt: skip
