"""What a weekly review needs beside its figures: the pay that hangs on them, whose they are, what was refused."""

from dashboard import access
from dashboard.access import Viewer
from dashboard.data.core import allow, snapshot, workspace
from dashboard.data.threads import guarded, open_paths
from dashboard.words import _
from kpis import alignment
from kpis.targets import scope
from kpis.workflows import identities


def hangs(viewer: Viewer, unit: str) -> dict[str, int | None] | None:
    """Pay at target of open periods on every KPI in the unit, minor units; None where too few share it.

    None for the whole where the viewer may not see the unit's pay.
    """
    allow(access.may_see_page(viewer, "review"))
    tree = snapshot().organisation
    if not access.may_see_pay(viewer, unit, tree):
        return None
    every, shown = open_paths(), guarded(viewer, open_paths(), apart=unit != "company")
    if unit != "company":
        below = frozenset().union(*(tree.descendants(each) for each in scope(unit).members))
        shown = shown if "hr" in viewer.roles else alignment.crowded(shown, but=viewer.person)
        every, shown = (alignment.restricted(each, lambda where, _person: where in below) for each in (every, shown))
    held, told = alignment.amounts(every), alignment.amounts(shown)
    kpis = {node for node in held if node.startswith("kpi:")}
    return {node.partition(":")[2]: told.get(node) or (None if held[node] else 0) for node in kpis}


def owners(viewer: Viewer) -> dict[str, str]:
    """Who owns each KPI: the department, and the name of its head."""
    allow(access.may_see_page(viewer, "kpi"))
    tree, names = snapshot().organisation, identities.names(workspace())
    found = {each.id: tree.by_id.get(each.owner or "") for each in workspace().kpis.values()}
    return {
        kpi: f"{owner.name} ({names[owner.head]})" if owner.head in names else owner.name
        for kpi, owner in found.items()
        if owner
    }


def refused(viewer: Viewer) -> list[str]:
    """The datasets whose newest delivery was refused, of those that some KPI reads."""
    allow(access.may_see_page(viewer, "review"))
    read = {workspace().kpis[name].dataset for name in snapshot().built if name in workspace().kpis}
    return sorted(name for name in read if not snapshot().deliveries.get(name, True))


def review_units(viewer: Viewer) -> dict[str, str]:
    """The scopes a viewer may review: the company and the tree, or only one's own departments."""
    allow(access.may_see_page(viewer, "review"))
    tree = snapshot().organisation
    wide = viewer.roles & access.EVERY_DEPARTMENT
    seen = access.visible_departments(viewer, tree)
    found = {"company": _("Whole company")} if wide else {}
    order = sorted(tree.departments, key=lambda each: each.id not in viewer.heads) if not wide else tree.departments
    return found | {f"department:{each.id}": each.name for each in order if each.id in seen}
