"""The planted truths: what happens in the demo company, since when, where a reader finds it, and the check that it is there."""

from dataclasses import dataclass
from datetime import date

from seeds.demo.company import APP_SINCE, BURSTS, LEFT_OUT_SINCE, PULL_SINCE, QUEUES_SINCE, SLIP_SINCE


@dataclass(frozen=True)
class Shift:
    """A KPI's figure of one scope (or `segment:…`, `channel:…`) moved between two periods by `least` to `most` display units."""

    kpi: str
    scope: str
    before: str
    after: str
    least: float
    most: float


@dataclass(frozen=True)
class Story:
    """One planted truth; `shifts` are what the figures must show at any size of company."""

    id: str
    title: str
    what: str
    where: str
    since: date | None
    shifts: tuple[Shift, ...] = ()


STORIES = (
    Story(
        "slip",
        "A promise slips in one region",
        "On the coast, one visit in four now comes after the moment the customer chose; it was one in thirteen. The other "
        "three regions keep the moment as before, so the company's figure moves little at first.",
        "Weekly review: Delivered as promised. Then My department: Field service South. "
        "`goldenthread figures delivered_by_region --by segment --period month` names the coast.",
        SLIP_SINCE,
        (
            Shift("delivered_by_region", "segment:coast", "2026-Q2", "2026-Q4", -30, -10),
            Shift("delivered_by_region", "segment:north", "2026-Q2", "2026-Q4", -6, 6),
            Shift("delivered_as_promised", "department:field_south", "2026-Q2", "2026-Q4", -15, -3),
        ),
    ),
    Story(
        "pulled_apart",
        "Two departments pull a joint target apart",
        "Since the handover rule of March the service desk solves more within two days, because it hands what is hard to "
        "Complaints and recovery, which solves far less. Their joint figure hardly moves, and both are paid on it.",
        "My department: Service desk and Complaints and recovery, the joint target on Resolved within 48 hours. "
        "`goldenthread figures resolved_within_48h --by department --period quarter`.",
        PULL_SINCE,
        (
            Shift("resolved_within_48h", "department:service", "2025-Q4", "2026-Q3", 0.3, 9),
            Shift("resolved_within_48h", "department:complaints", "2025-Q4", "2026-Q3", -26, -5),
            Shift("resolved_within_48h", "joint:complaints+service", "2025-Q4", "2026-Q3", -4, 5),
        ),
    ),
    Story(
        "period_end",
        "A KPI is gamed at the end of the quarter",
        "In the last five days of the second and third quarter the service desk closes nearly every case within two days. "
        "Three in ten of those are opened again, six times as many as usual. Both quarters stay below the gate.",
        "Weekly review, week 2026-W40: Opened again rises with Resolved within 48 hours. "
        "`goldenthread figures reopened_share --by department --period week --from 2026-W35 --to 2026-W42`.",
        BURSTS[-1][0],
        (
            Shift("resolved_within_48h", "department:service", "2026-W36", "2026-W40", 1, 30),
            Shift("reopened_share", "department:service", "2026-W36", "2026-W40", 4, 45),
        ),
    ),
    Story(
        "no_customer_pay",
        "A department is not paid for customers",
        "Sales and advice is paid on revenue and cost alone. No part of its pay leads to a promise.",
        "Incentive alignment: the row Sales and advice, and pay that serves no promise. `goldenthread thread pay:sales.revenue --up`.",
        None,
    ),
    Story(
        "too_few",
        "A KPI with too few answers",
        "Three to five people who applied for a job answer in a quarter. That is too few to say anything, and the page says so.",
        "`goldenthread figures candidate_experience --period quarter`: too few.",
        None,
    ),
    Story(
        "improvement",
        "One decision that worked",
        "Since 13 April 2026 an appointment can be moved in the app. Attempts in the app succeed far more often; the web, "
        "where nothing was changed, stays where it was.",
        "Weekly review: Done online. `goldenthread figures goal_completion --by channel --period month`.",
        APP_SINCE,
        (
            Shift("goal_completion", "channel:app", "2026-Q1", "2026-Q3", 2, 14),
            Shift("goal_completion", "channel:web", "2026-Q1", "2026-Q3", -5, 5),
        ),
    ),
    Story(
        "faulty_week",
        "Last week's answers came with faults",
        "The newest file of survey answers holds scores beyond the scale, two people nobody knows and four answers that had "
        "come before. It was then delivered once more, which changed nothing.",
        "Data quality: the last two deliveries of survey_responses. `goldenthread receipts`.",
        date(2026, 11, 22),
    ),
    Story(
        "refused",
        "A delivery was refused",
        "The newest file of invitations calls a column has_responded that the contract calls answered. It was refused whole, "
        "and the response rate is marked not validated until the file is mended. No pay hangs on it.",
        "Data quality: the last delivery of invitations.",
        date(2026, 11, 22),
    ),
    Story(
        "orphan",
        "A promise that nothing measures",
        "Less energy every year is promised, and no KPI, target or pay serves it.",
        "Promises: Less energy every year.",
        None,
    ),
    Story(
        "every_queue_better",
        "Every queue improves, and the whole gets worse",
        "Since July 2026 fewer callers give up in each of the three queues. Yet far more of them call about their bill, where "
        "people wait longest, so of all callers more give up than before (Simpson's paradox).",
        "KPI page of Callers who give up: mix and rate by channel. "
        "`goldenthread figures abandonment --by channel --period quarter`, then without `--by`.",
        QUEUES_SINCE,
        (
            Shift("abandonment", "company", "2026-Q1", "2026-Q3", 0.5, 12),
            Shift("answered_within_20s", "company", "2026-Q1", "2026-Q3", -30, -3),
            Shift("abandonment", "channel:emergency", "2026-Q1", "2026-Q3", -8, 0),
            Shift("abandonment", "channel:appointment", "2026-Q1", "2026-Q3", -12, 0),
            Shift("abandonment", "channel:bill", "2026-Q1", "2026-Q3", -18, 0),
        ),
    ),
    Story(
        "not_asked",
        "Angry customers are not asked",
        "Since June 2026 Complaints and recovery leaves out half of the customers who complained or whose case was opened again. "
        "Its satisfaction looks better for it, and the share of those asked at all tells on it.",
        "KPI page of Satisfied customers, department Complaints and recovery: who was not asked, and why. "
        "`goldenthread figures survey_asked_share --by department --period quarter`.",
        LEFT_OUT_SINCE,
        (
            Shift("survey_asked_share", "department:complaints", "2026-Q1", "2026-Q3", -60, -15),
            Shift("survey_asked_share", "department:field_north", "2026-Q1", "2026-Q3", -3, 3),
        ),
    ),
    Story(
        "stays_away",
        "Who waited in vain stays away",
        "Four in ten customers whose visit came late do not order again for 200 days, and for half a year after it they leave four "
        "times as often. What a late visit costs stands on no bill.",
        "`goldenthread outcomes delivered_as_promised --on repeat`, and the outcome link on the KPI page.",
        None,
    ),
    Story(
        "meters",
        "What is not solved at once",
        "Requests about a meter are solved at the first contact far less often than others; with landlords it is those about the "
        "contract.",
        "`goldenthread drivers first_contact_resolution --by segment`, and the drivers on the KPI page.",
        None,
    ),
    Story(
        "never_told",
        "Two people were never told their targets",
        "Target letters went out before each quarter, and most people acknowledged theirs. In the fourth quarter one engineer was told "
        "on 10 November, long after a quarter of it was over, and two were never told.",
        "Pay: Target letters, Quarter 4. `goldenthread letters list --period 2026-Q4`.",
        date(2026, 10, 1),
    ),
)  # fmt: skip
