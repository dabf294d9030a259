"""Plans that wait to be reviewed, approved or put into force: what whoever may judge them sees, and each step, once."""

from dataclasses import dataclass
from datetime import date, datetime

from dashboard import access
from dashboard.access import Viewer
from dashboard.components.once import spent, token
from dashboard.data.core import allow, cached, moment, snapshot, workspace
from dashboard.data.payouts import acting
from dashboard.data.plainly import plainly
from dashboard.words import _
from data_contracts.problems import Problem, Problems
from kpis.incentives.changed import Change, changes
from kpis.incentives.plan import Plan
from kpis.records.session import session
from kpis.records.tables import LedgerRecord
from kpis.workflows import chain, identities, inforce, lifecycle, plans
from kpis.workflows.inforce import Standing
from kpis.workspace import Snapshot

PAGE = "plan"
NEXT = {"draft": "review", "reviewed": "approve", "approved": "activate"}


@dataclass(frozen=True)
class Taken:
    """A step that was taken: reviewed, approved or active, by whom, when (UTC), and why."""

    step: str
    who: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Judged:
    """The newest version of a plan: its text, where it stands and since when, the version in force before it, what differs."""

    plan: Plan
    text: str
    state: str
    since: date | None
    before: Plan | None
    changed: tuple[Change, ...]
    taken: tuple[Taken, ...]
    begins: date

    @property
    def step(self) -> str:
        """What comes next: review, approve or activate; nothing where it is in force."""
        return NEXT.get(self.state, "")


def plans_to_judge(viewer: Viewer) -> dict[str, str]:
    """Every plan, those that wait for somebody first, by id, with its name."""
    allow(access.may_see_page(viewer, PAGE))
    current = plans.current(workspace())
    waits = {name: inforce.of(workspace(), name)[-1].state in NEXT for name in current}
    return {name: current[name].title or name for name in sorted(current, key=lambda each: (not waits[each], each))}


def may_read(viewer: Viewer, name: str) -> access.Decision:
    """Whether the terms and the cost of a plan may be sent: to HR, and to approvers without a conflict of interest."""
    if "hr" in viewer.roles:
        return access.may_judge_plan(viewer, "")
    if not acting(viewer):
        return access.Refused(_("You look as a role, not as a person."), _("Choose a person."))
    return access.may_judge_plan(viewer, cached(_conflict, viewer, name, acting(viewer)))


def _conflict(now: Snapshot, name: str, by: str) -> str:
    return " ".join(plainly(each.actual) for each in lifecycle.conflicts(now, name, by, moment()))


def judged(viewer: Viewer, name: str) -> Judged | access.Refused:
    """The newest version of a plan for who may judge it, or why not."""
    allow(access.may_see_page(viewer, PAGE))
    decision = may_read(viewer, name)
    if isinstance(decision, access.Refused):
        return decision
    found = inforce.of(workspace(), name)
    newest, calendar, today = found[-1], workspace().settings.calendar, workspace().today
    before = inforce.in_force(found[:-1], newest.since or date.max)
    differs = changes(before.plan, newest.plan) if before else ()
    begins = calendar.containing(today, newest.plan.frequency).end
    return Judged(
        newest.plan, newest.record.text, newest.state, newest.since, before and before.plan, differs,
        tuple(_taken(newest)), begins,
    )  # fmt: skip


def _taken(newest: Standing) -> list[Taken]:
    names = identities.names(workspace())
    with session(workspace().engine) as records:
        held = {each.entry: records.get(LedgerRecord, each.entry) for each in newest.steps}
    why = {entry: str(chain.entry_of(row).payload.get("reason", "")) for entry, row in held.items() if row}
    return [Taken(each.step, names.get(each.by, each.by), each.at, why.get(each.entry, "")) for each in newest.steps]


def why_not_step(viewer: Viewer, name: str, step: str) -> list[str]:
    """What keeps the viewer from the next step of a plan, in words; nothing means that they may."""
    if not acting(viewer):
        return [_("You look as a role, not as a person.")]
    return [plainly(each.actual) for each in lifecycle.why_not(snapshot(), name, step, acting(viewer), moment())]


def take_step(viewer: Viewer, name: str, step: str, reason: str, since: date) -> None:
    """Review, approve or activate the newest version as the viewer, once, with a reason. Raises Problems with what hinders it."""
    allow(access.may_see_page(viewer, PAGE))
    if not reason.strip():
        raise Problems([Problem(name, _("a reason"), _("none"), _("Say why in a sentence."))])
    key = f"{step} {name} {inforce.of(workspace(), name)[-1].record.version}"
    who, now, once = acting(viewer), moment(), token(key)
    if step == "activate":
        lifecycle.activate(snapshot(), name, since, who, now, once, reason)
    elif step == "approve":
        lifecycle.approve(snapshot(), name, who, now, once, reason=reason)
    else:
        lifecycle.review(snapshot(), name, who, now, once, reason)
    spent(key)
