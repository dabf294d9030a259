"""The thread, its money and what hangs on a KPI, narrowed to what the viewer may see before anything leaves."""

from collections.abc import Callable, Mapping, Sequence

from dashboard import access, sharing
from dashboard.access import Viewer
from dashboard.data.core import agreement, allow, cached, snapshot, workspace
from dashboard.threads import PEOPLE, Place, Row, Threads
from dashboard.words import _
from kpis import alignment
from kpis.alignment import Broken, Path
from kpis.exact import shown
from kpis.figures import Figure
from kpis.targets import Target, scope
from kpis.workflows import aim, align, inforce, measure, review
from kpis.workspace import Snapshot

NOBODY = Viewer(None, "", frozenset())  # what is computed once for everybody is narrowed below, never returned
WHOLE_YEAR = "whole year"


def thread(viewer: Viewer) -> Threads:
    """The thread of this viewer."""
    allow(access.may_see_page(viewer, "thread"))
    found, still_open = _all()
    fine = _narrowed(viewer, found)
    company = bool(access.may_see_pay(viewer, "company", snapshot().organisation))
    everything = alignment.renamed(found, folding(viewer))
    broken = alignment.broken(everything, [each.id for each in workspace().promises.promises])
    seen = {node for each in fine for node in each.nodes}
    if not company:
        broken = Broken(*(tuple(node for node in part if node in seen) for part in _parts(broken)))
    holders = _holders()
    drawn = alignment.renamed(fine, lambda node: holders.get(node, node))
    held = alignment.renamed(everything, lambda node: holders.get(node, node))
    paid = {node for each in held if each.pay for node in each.nodes}
    unpaid = frozenset(node for each in held for node in each.nodes if node and node not in paid)
    return Threads(fine, drawn, holders, _names(viewer), broken, _whole(fine), still_open, company, unpaid)


def _parts(broken: Broken) -> tuple[tuple[str, ...], ...]:
    return (
        broken.promises_without_kpi,
        broken.promises_without_pay,
        broken.pay_without_promise,
        broken.targets_without_pay,
    )


def _whole(paths: Sequence[Path]) -> tuple[int, int, int, int]:
    sure, labelled, every = alignment.traced(paths)
    return sure, labelled, alignment.joint(paths), every


def open_paths() -> list[Path]:
    """Every path with the pay of open periods, computed once a snapshot: to be narrowed before anything leaves."""
    found: list[Path] = cached(align.paths, NOBODY)
    return found


def _all() -> tuple[list[Path], bool]:
    """Every path; of the whole year where no period is open any more."""
    found = open_paths()
    if any(each.amount for each in found):
        return found, True
    year: list[Path] = cached(align.paths, NOBODY, WHOLE_YEAR)
    return year, not any(each.amount for each in year)


def _narrowed(viewer: Viewer, found: Sequence[Path]) -> list[Path]:
    """The viewer's paths: theirs to see, with the pay they may see, and no amount that few others share."""
    targets = _targets()
    concerns = [each for each in found if _concerns(viewer, each, targets)]
    folded = alignment.renamed(concerns, folding(viewer))
    kept = alignment.restricted(folded, _may_see(viewer, found))
    if "hr" in viewer.roles:
        return kept
    company = bool(access.may_see_pay(viewer, "company", snapshot().organisation))
    return alignment.protected(sharing.only(kept, _crowd(viewer, found, not company)), but=viewer.person)


def _targets() -> dict[str, Target]:
    """Every target by its node."""
    found: dict[str, Target] = cached(_known_targets, NOBODY)
    return found


def _known_targets(now: Snapshot) -> dict[str, Target]:
    return {f"target:{each.id}": each for each in aim.current(now.workspace).values()}


def guarded(viewer: Viewer, found: Sequence[Path], apart: bool = False) -> list[Path]:
    """The paths as HR sees them, and without what few share as anybody else does; `apart` for sums of departments."""
    folded = alignment.renamed(found, folding(viewer))
    if "hr" in viewer.roles:
        return folded
    return alignment.protected(sharing.only(folded, _crowd(viewer, found, apart)), but=viewer.person)


def _crowd(viewer: Viewer, found: Sequence[Path], apart: bool) -> frozenset[str | None]:
    """Whose pay may stand in the viewer's sums, of departments or of the whole; the own may always."""
    crowds = sharing.of_paths(alignment.renamed(found, folding(viewer)), viewer.person)
    return (crowds.everywhere if apart else crowds.whole) | {viewer.person}


def _concerns(viewer: Viewer, path: Path, targets: Mapping[str, Target]) -> bool:
    """Whether a path is the viewer's to see: by the scope of its target, or by being paid along it."""
    wide = viewer.roles & {"leader", "hr", "head"}
    if path.target is None:
        return bool(wide) or _paid(viewer, path)
    whose = targets[path.target].scope
    if scope(whose).kind == "person":
        return whose == f"person:{viewer.person}" or bool(wide)
    return _paid(viewer, path) or bool(access.may_see_figures(viewer, whose, snapshot().organisation))


def _paid(viewer: Viewer, path: Path) -> bool:
    return viewer.person is not None and viewer.person in alignment.people([path])


def _may_see(viewer: Viewer, found: Sequence[Path]) -> Callable[[str, str], bool]:
    """Which (department, person) may count in an amount: everyone's, those of headed departments, or one's own."""
    tree = snapshot().organisation
    if access.may_see_pay(viewer, "company", tree):
        return lambda department, person: True  # noqa: ARG005 - the question has two sides, the answer none
    shown = alignment.crowds(guarded(viewer, found, apart=True), but=viewer.person)
    headed = {each for each in shown if access.may_see_pay(viewer, f"department:{each}", tree)}
    return lambda department, person: (
        department in headed
        or bool(access.may_see_pay(viewer, f"person:{person}", tree) if person == viewer.person else False)
    )


def folding(viewer: Viewer) -> Callable[[str], str]:
    """Individual targets of others under one name."""
    others = {
        node
        for node, each in _targets().items()
        if scope(each.scope).kind == "person" and each.scope != f"person:{viewer.person}"
    }
    return lambda node: PEOPLE if node in others else node


def _holders() -> dict[str, str]:
    """A target as the one who holds it, a component as its plan."""
    held = {node: f"target:{each.scope}" for node, each in _targets().items()}
    return held | {
        f"pay:{plan.id}.{part.id}": f"pay:{plan.id}" for plan in inforce.known(workspace()) for part in plan.components
    }


def _names(viewer: Viewer) -> dict[str, str]:
    tree, targets = snapshot().organisation, _targets().values()
    found = cached(align.names, NOBODY) | {PEOPLE: _("Individual targets")}
    found |= {f"target:{each.scope}": align.scope_name(tree, each.scope) for each in targets}
    found |= {f"pay:{each.id}": each.title or each.id for each in inforce.known(workspace())}
    return found | {f"target:person:{viewer.person}": _("You")}


def places(viewer: Viewer, paths: Sequence[Path]) -> list[Place]:
    """The targets on these paths (the newest period of each), with their figures to date where the viewer may see them."""
    known, today = _targets(), workspace().today
    calendar = workspace().settings.calendar
    wanted = [known[each.target] for each in paths if each.target and each.target != PEOPLE]
    started = sorted(wanted, key=lambda each: (calendar.parse(each.period).start <= today, each.period))
    newest = {(each.kpi, each.scope): each for each in started}
    return [_place(viewer, each) for each in newest.values()]


def _place(viewer: Viewer, target: Target) -> Place:
    if not access.may_see_figures(viewer, target.scope, snapshot().organisation, agreement=agreement()):
        return Place(target, None, None)
    figure = cached(_figure, viewer, target.kpi, target.scope, target.period)
    return Place(target, figure, review.attained(target, figure, workspace().kpi(target.kpi))[0])


def to_date(viewer: Viewer, kpis: Sequence[str]) -> dict[str, Figure]:
    """The company's figure of each KPI in the quarter to date."""
    allow(access.may_see_figures(viewer, "company", snapshot().organisation))
    quarter = review.to_date(snapshot(), "quarter").name
    return {kpi: cached(_figure, viewer, kpi, "company", quarter) for kpi in kpis if kpi in snapshot().built}


def _figure(now: Snapshot, kpi: str, whose: str, period: str) -> Figure:
    window = now.workspace.settings.calendar.parse(period)
    return measure.figures(now, now.workspace.kpi(kpi), [whose], [window])[0]


def weights(viewer: Viewer) -> dict[str, str]:
    """The weight in percent of every plan component on the viewer's thread, by node."""
    allow(access.may_see_page(viewer, "thread"))
    return {
        f"pay:{plan.id}.{part.id}": shown(part.weight)
        for plan in [*inforce.known(workspace()), *inforce.paying(workspace(), workspace().today)]
        for part in plan.components
        if part.weight is not None
    }


def known_targets(viewer: Viewer) -> list[Target]:
    """Every target of the company, departments and several of them; individual ones are in no list."""
    allow(access.may_see_page(viewer, "alignment"))
    return [each for each in _targets().values() if scope(each.scope).kind != "person"]


def alignment_rows(viewer: Viewer) -> list[Row]:
    """Departments with their variable pay by promise, those that have none to show last, and why."""
    allow(access.may_see_page(viewer, "alignment"))
    tree, (found, _open) = snapshot().organisation, _all()
    allow(access.may_see_pay(viewer, "company", tree))
    kept = guarded(viewer, found, apart=True)
    kept = kept if "hr" in viewer.roles else alignment.crowded(kept)
    paid = {department for each in found for department, _person in each.parts}
    holds = {name for each in _targets().values() for name in scope(each.scope).members}
    made = [_row(each.id, each.name, kept, each.id in paid, each.id in holds) for each in tree.departments]
    return sorted(made, key=lambda row: (bool(row.note), -sum(row.pay.values())))


def _row(department: str, name: str, kept: Sequence[Path], paid: bool, holds: bool) -> Row:
    mine = alignment.restricted([each for each in kept if each.pay], lambda where, _person: where == department)
    pay = alignment.by_department(mine).get(department, {})
    if sum(pay.values()):
        return Row(department, name, pay, alignment.joint(mine), "")
    none = _("holds a target, no variable pay") if holds else _("no variable pay")
    return Row(department, name, {}, 0, _("Not shown to protect people") if paid else none)
