"""Targets and pay of a department or of the person who looks, each amount authorised before it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from dashboard import access
from dashboard.access import Viewer
from dashboard.data.core import agreement, allow, cached, snapshot, workspace
from dashboard.sharing import crowds
from dashboard.words import _
from data_contracts.problems import Problem, Problems
from kpis.alignment import LEAST
from kpis.targets import Target
from kpis.workflows import aim, align, chances, pay, review, stake
from kpis.workflows.cascades import Settled, by_scope, settled
from kpis.workflows.chances import Chance
from kpis.workflows.stake import Held, Line, Preview
from kpis.workspace import Snapshot


@dataclass(frozen=True)
class Unit:
    """A department's targets with their figures; money only where the viewer may see it and enough people share it."""

    held: Sequence[Held]
    money: bool
    why_no_money: str
    few: frozenset[str] = frozenset()
    chances: Sequence[Chance] = ()


@dataclass(frozen=True)
class Share:
    """What a department accounts for in its parent's distance from target, in the KPI's display unit, beside the others."""

    parent: Target
    difference: float
    own: float
    parts: Sequence[tuple[str, float]]


def headed(viewer: Viewer) -> dict[str, str]:
    """The departments whose page the viewer may open, by id, with their names."""
    allow(access.may_see_page(viewer, "department"))
    tree = snapshot().organisation
    seen = access.visible_departments(viewer, tree)
    return {each.id: each.name for each in tree.departments if each.id in seen}


def default_unit(viewer: Viewer, units: Sequence[str]) -> str:
    """Where the page opens: the department the viewer heads, else the first that holds a target of its own."""
    holders = {each.scope for each in aim.current(workspace()).values()}
    wanted = [*sorted(viewer.heads), *(each for each in units if f"department:{each}" in holders)]
    return next((each for each in wanted if each in units), units[0])


def target_periods(viewer: Viewer, page: str, kind: str = "quarter") -> list[str]:
    """The periods of that kind that hold targets, newest first; those of today's year stand even where none are set."""
    allow(access.may_see_page(viewer, page))
    kinds = [kind] if review.periods(snapshot(), kind) else ["year", "half", "month"]
    return [name for each in kinds for name in review.periods(snapshot(), each)] or [
        review.to_date(snapshot(), kind).name
    ]


def unit(viewer: Viewer, department: str, period: str) -> Unit:
    """The targets of a department and those it is paid on, with what they pay; individual targets are for the person alone.

    Money is left out of those who share what they are paid on with too few: sums of other targets and departments would
    tell it by subtraction.
    """
    tree, scope = snapshot().organisation, f"department:{department}"
    allow(access.may_see_figures(viewer, scope, tree))
    decision = access.may_see_pay(viewer, scope, tree)
    below = tree.descendants(department)
    lines = [each for each in _lines(viewer, period) if each.department in below] if decision else []
    crowd = _crowd(viewer, period) if lines and "hr" not in viewer.roles else {each.person for each in lines}
    found = stake.held(snapshot(), scope, period, [each for each in lines if each.person in crowd])
    shared = [each for each in found if not each.target.scope.startswith("person:")]
    told = {each.target.id for each in shared if each.lines}
    few = {each.target for each in lines if each.person not in crowd and each.target not in told}
    own = {each.target.id for each in stake.held(snapshot(), scope, period, ())}
    kept = [each for each in shared if each.target.id in own or each.target.id not in few]
    if isinstance(decision, access.Refused):
        return Unit(kept, False, decision.reason)
    whole = {each.person for each in lines} <= crowd
    around = cached(chances.at_stake, viewer, department, period) if whole and lines else []
    left_out = _("Amounts that fewer than {n} people share are left out to protect them.").format(n=LEAST)
    return Unit(kept, True, "" if whole else left_out, frozenset(few), around)


def _crowd(viewer: Viewer, period: str) -> frozenset[str]:
    """Whose pay may stand in a sum of the viewer's: of everyone paid for the period, not only of the unit's people."""
    kinds = {each.id: each.scope for each in aim.current(workspace()).values()}
    uses = (
        (
            each.person,
            each.department,
            (each.plan, each.component, "" if kinds.get(each.target, "").startswith("person:") else each.target),
        )
        for each in _lines(viewer, period)
    )
    return crowds(uses, viewer.person).everywhere


def cascades(viewer: Viewer, department: str, period: str) -> list[Share]:
    """Cascades that the department is a part of: what each part accounts for, those that are not the viewer's as one."""
    tree, scope = snapshot().organisation, f"department:{department}"
    allow(access.may_see_figures(viewer, scope, tree))
    found = [
        each
        for each in cached(settled, viewer, period)
        if each.closure and scope in {child.scope for child in each.children} - each.hidden
    ]
    return [_share(viewer, each, scope) for each in found]


def _share(viewer: Viewer, each: Settled, scope: str) -> Share:
    tree, parts = snapshot().organisation, by_scope(each)
    assert each.closure is not None  # looked at by the caller
    told = [name for name in parts if name != "rest" and name not in each.hidden]
    seen = {name: parts[name] for name in told if access.may_see_figures(viewer, name, tree)}
    others = sum((part for name, part in parts.items() if name not in seen), Fraction(0))
    named = [(scope_name(name), float(part)) for name, part in seen.items()]
    return Share(
        each.parent, float(each.closure.difference), float(parts[scope]), [*named, (_("Everybody else"), float(others))]
    )


def _lines(viewer: Viewer, period: str) -> list[Line]:
    return cached(stake.lines, viewer, period)


def own_targets(viewer: Viewer, period: str) -> list[Held]:
    """The targets that the viewer holds or is paid on, with their figures to date."""
    person = _person(viewer)
    mine = [each for each in cached(stake.agreed_lines, viewer, period) if each.person == person]
    found = stake.held(snapshot(), f"person:{person}", period, mine)
    return [each for each in found if not each.target.scope.startswith("person:") or _own(viewer, each.target.scope)]


def _own(viewer: Viewer, scope: str) -> bool:
    return bool(access.may_see_figures(viewer, scope, snapshot().organisation, agreement=agreement()))


def previews(viewer: Viewer, period: str) -> list[Preview]:
    """What the viewer would be paid if the period closed today."""
    return cached(_previews, viewer, _person(viewer), period)


def _previews(now: Snapshot, person: str, period: str) -> list[Preview]:
    return stake.previews(now, person, period)


def own_chances(viewer: Viewer, period: str) -> dict[str, Chance]:
    """What chance does to the viewer's payout of each plan, and the luck share of its group, by plan.

    Nothing of a payout that another version of its plan made.
    """
    paid = {each.plan.id: each.plan.digest() for each in statements(viewer, period)}
    found = cached(chances.of_person, viewer, _person(viewer), period)
    return {each.plan.id: each for each in found if paid.get(each.plan.id) in (None, each.plan.digest())}


def statements(viewer: Viewer, period: str) -> list[pay.Statement]:
    """The viewer's payouts of a period, as they were run; the newest run of each plan."""
    person = _person(viewer)
    runs = [run for run, _payout in pay.paid(workspace(), person) if run.period == period]
    newest = {run.plan: run.id for run in reversed(runs)}
    return [pay.statement(workspace(), each, person) for each in newest.values()]


def _person(viewer: Viewer) -> str:
    """The person who looks; raises Problems for a role without one."""
    allow(access.may_see_page(viewer, "me"))
    if viewer.person is None:
        step = _("Look as a person to see targets and a statement.")
        raise Problems([Problem(_("My targets"), _("a person of this company"), viewer.name, step)])
    allow(access.may_see_pay(viewer, f"person:{viewer.person}", snapshot().organisation))
    return viewer.person


def now_in(periods: Sequence[str]) -> str:
    """The period that today lies in, or the newest."""
    calendar, today = workspace().settings.calendar, workspace().today
    return next(
        (name for name in periods if calendar.parse(name).start <= today < calendar.parse(name).end), periods[0]
    )


def who(viewer: Viewer) -> str:
    """The viewer in a line: name and departments."""
    tree = snapshot().organisation
    return ", ".join([viewer.name, *(tree.name(each) for each in sorted(viewer.departments))]) + "."


def scope_name(scope: str) -> str:
    """What people call a scope."""
    return align.scope_name(snapshot().organisation, scope)
