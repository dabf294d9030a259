"""Who may see what. Decided here for every query, page and download; nothing else compares roles.

Roles: leader, head (derived: heads a department), employee (derived: is a person of the company), hr, steward, approver
(approves plans and runs, and may be nobody of the company).
A viewer with several roles may do what any of them may.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from dashboard.words import _
from kpis.organisation import Organisation
from kpis.workflows import identities

GIVEN = ("leader", "hr", "steward", "approver")
PAGES: Mapping[str, frozenset[str]] = {
    "review": frozenset({"leader", "head", "hr", "steward"}),
    "thread": frozenset({"leader", "head", "employee", "hr"}),
    "kpi": frozenset({"leader", "head", "employee", "hr", "steward"}),
    "me": frozenset({"leader", "head", "employee", "hr", "steward"}),
    "department": frozenset({"leader", "head", "hr"}),
    "targets": frozenset({"leader", "head", "hr"}),
    "alignment": frozenset({"leader", "hr"}),
    "plan": frozenset({"hr", "leader", "head", "approver"}),
    "letters": frozenset({"hr"}),
    "statements": frozenset({"hr"}),
    "compare": frozenset({"hr"}),
    "payout": frozenset({"leader", "head", "hr", "approver"}),
    "quality": frozenset({"steward"}),
}
EVERY_DEPARTMENT = frozenset({"leader", "hr", "steward"})


@dataclass(frozen=True)
class Viewer:
    """Whose eyes: the person's surrogate (None for someone who is not in the company's data), and what they answer for.

    `heads` are the departments the viewer heads; `departments` those the viewer is assigned to now.
    """

    person: str | None
    name: str
    roles: frozenset[str]
    heads: frozenset[str] = field(default_factory=frozenset)
    departments: frozenset[str] = field(default_factory=frozenset)

    @property
    def scope(self) -> str:
        """The part of a cache key that keeps one viewer's answers from another."""
        parts = (self.person or "-", *("+".join(sorted(each)) for each in (self.roles, self.heads, self.departments)))
        return "|".join(parts)


@dataclass(frozen=True)
class Agreement:
    """The recorded agreement on individual figures, as far as access needs it: who may see them besides the person."""

    managers: bool = False


@dataclass(frozen=True)
class Allowed:
    """Yes."""

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True)
class Refused:
    """No, with the reason and who to ask; falsy."""

    reason: str
    ask: str

    def __bool__(self) -> bool:
        return False


Decision = Allowed | Refused


def viewer_of(
    person: str | None,
    name: str,
    email: str,
    given: Mapping[str, Collection[str]],
    tree: Organisation,
    departments: Collection[str],
) -> Viewer:
    """The viewer with every role that holds now.

    `given` are the e-mail addresses by role from the settings; `departments` the person's assignments of today.
    """
    heads = frozenset(each.id for each in tree.departments if person and each.head == person)
    mail = identities.address(email)
    roles = {role for role in GIVEN if mail and mail in map(identities.address, given.get(role, ()))}
    roles |= {"head"} if heads else set()
    roles |= {"employee"} if person else set()
    return Viewer(person, name, frozenset(roles), heads, frozenset(departments))


def may_see_page(viewer: Viewer, page: str) -> Decision:
    """Whether the page opens at all; a page nobody knows is refused."""
    if viewer.roles & PAGES.get(page, frozenset()):
        return Allowed()
    return Refused(_("It is not a page for your role."), _("Ask the people who run this workspace for access."))


def pages(viewer: Viewer) -> tuple[str, ...]:
    """The pages of this viewer's menu, in order."""
    return tuple(page for page in PAGES if may_see_page(viewer, page))


def landing(viewer: Viewer) -> str | None:
    """Where the viewer starts: leaders, HR and stewards at the review, heads at their department, others at `me`."""
    if viewer.roles == {"approver"}:
        return "payout"
    wanted = "review" if viewer.roles & EVERY_DEPARTMENT else "department" if "head" in viewer.roles else "me"
    return wanted if wanted in pages(viewer) else None


def may_see_receipts(viewer: Viewer) -> Decision:
    """Whether the receipts behind a KPI may be sent: to those who steer by it. They hold counts, never values."""
    if viewer.roles & (EVERY_DEPARTMENT | {"head"}):
        return Allowed()
    return Refused(_("Receipts of every delivery are with leaders, heads and data stewards."), _("Ask one of them."))


def visible_departments(viewer: Viewer, tree: Organisation) -> frozenset[str]:
    """Departments whose figures the viewer may see: all, or the headed ones with what is below, and the viewer's own."""
    if viewer.roles & EVERY_DEPARTMENT:
        return frozenset(tree.by_id)
    below = (tree.descendants(each) for each in viewer.heads if "head" in viewer.roles)
    own = viewer.departments if "employee" in viewer.roles else frozenset()
    return frozenset().union(*below, own) & frozenset(tree.by_id)


def visible_scopes(viewer: Viewer, tree: Organisation) -> frozenset[str]:
    """Company and department scopes whose figures the viewer may choose; nobody without a role sees anything."""
    if not viewer.roles:
        return frozenset()
    return frozenset({"company"} | {f"department:{each}" for each in visible_departments(viewer, tree)})


def may_see_figures(
    viewer: Viewer, scope: str, tree: Organisation, manager: str | None = None, agreement: Agreement | None = None
) -> Decision:
    """Whether KPI figures of the scope may be sent to the viewer.

    A joint scope is visible to whoever may see one of its members. A person's figures need an agreement, and then are
    for the person, and for the person's `manager` (surrogate) where the agreement says so.
    """
    kind, _colon, name = scope.partition(":")
    if kind == "person":
        return _person(viewer, name, manager, agreement)
    if not viewer.roles:
        return Refused(_("You have no role in this workspace."), _("Ask the people who run this workspace for access."))
    if kind == "company":
        return Allowed()
    members = frozenset(name.split("+")) if kind == "joint" else frozenset({name} if kind == "department" else ())
    if members & visible_departments(viewer, tree) and members <= frozenset(tree.by_id):
        return Allowed()
    return Refused(_("It shows figures of other departments."), _("Ask the head of that department."))


def _person(viewer: Viewer, person: str, manager: str | None, agreement: Agreement | None) -> Decision:
    if agreement is None:
        return Refused(_("No agreement on individual figures is recorded."), _("Ask HR to record one."))
    if viewer.person is not None and viewer.person == person:
        return Allowed()
    if agreement.managers and viewer.person is not None and viewer.person == manager:
        return Allowed()
    return Refused(
        _("Individual figures are for the person, and for the manager only where the agreement says so."),
        _("Ask the person."),
    )


def may_see_pay(viewer: Viewer, scope: str, tree: Organisation) -> Decision:
    """Whether amounts of pay of the scope may be sent: one's own; HR everyone's; leaders and heads department sums only.

    Whether a sum covers enough people to be shown is not access but suppression, and decided with the figures.
    """
    kind, _colon, name = scope.partition(":")
    if kind == "person":
        own = viewer.person is not None and viewer.person == name
        return Allowed() if own or "hr" in viewer.roles else Refused(_("It shows another person’s pay."), _("Ask HR."))
    if viewer.roles & {"leader", "hr"} and (kind == "company" or _known(kind, name, tree)):
        return Allowed()
    if "head" in viewer.roles and _known(kind, name, tree) and _members(kind, name) <= _headed(viewer, tree):
        return Allowed()
    return Refused(_("It shows pay of other departments."), _("Ask HR for access."))


def may_spread_target(viewer: Viewer, scope: str, tree: Organisation) -> Decision:
    """Whether the viewer may set targets below one of this scope: leaders and HR everywhere, heads in what they head.

    Whether their own pay hangs on one is not access but a conflict of interest, and looked at when it is saved.
    """
    kind, _colon, name = scope.partition(":")
    if viewer.roles & {"leader", "hr"} and (kind == "company" or _known(kind, name, tree)):
        return Allowed()
    if "head" in viewer.roles and _known(kind, name, tree) and _members(kind, name) <= _headed(viewer, tree):
        return Allowed()
    return Refused(_("It is a target of other departments."), _("Ask the head of that department, or HR."))


def may_see_run(viewer: Viewer, asked: bool, paid: bool) -> Decision:
    """Whether everybody's amounts of a payout run may be sent: to HR, and to who is `asked` to approve it.

    Somebody who is `paid` by the run is told that someone else approves it.
    """
    if "hr" in viewer.roles or (asked and not paid):
        return Allowed()
    if paid:
        return Refused(_("You are paid by this run; someone else approves it."), _("Your own amount is on My targets."))
    return Refused(_("Amounts of others are for HR and for who is asked to approve the run."), _("Ask HR."))


def may_design(viewer: Viewer) -> Decision:
    """Whether the viewer writes plans: HR alone."""
    return Allowed() if "hr" in viewer.roles else Refused(_("Plans are written by HR."), _("Ask HR."))


def may_judge_plan(viewer: Viewer, conflict: str) -> Decision:
    """Whether a plan's terms and cost may be sent to who reviews and approves it: HR, or an approver whom it does not pay.

    `conflict` says in words how the viewer's own pay hangs on it; empty where it does not.
    """
    if "hr" in viewer.roles:
        return Allowed()
    if not viewer.roles & PAGES["plan"]:
        return Refused(_("It is not a page for your role."), _("Ask HR."))
    return Refused(conflict, _("Somebody else decides on it.")) if conflict else Allowed()


def may_decide_disputes(viewer: Viewer, asked: bool, paid: bool) -> Decision:
    """Whether the contested lines of a run may be sent, and decided on: to HR, to approvers, to who is `asked` to approve it.

    Nobody who is `paid` by the run decides; the workflow computes further conflicts of interest.
    """
    if "hr" in viewer.roles or ((asked or "approver" in viewer.roles) and not paid):
        return Allowed()
    return Refused(_("Contested lines are for HR and for approvers whom the run does not pay."), _("Ask HR."))


def _members(kind: str, name: str) -> frozenset[str]:
    return frozenset(name.split("+") if kind == "joint" else [name])


def _known(kind: str, name: str, tree: Organisation) -> bool:
    return kind in ("department", "joint") and _members(kind, name) <= frozenset(tree.by_id)


def _headed(viewer: Viewer, tree: Organisation) -> frozenset[str]:
    return frozenset().union(*(tree.descendants(each) for each in viewer.heads))
