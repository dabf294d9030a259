"""What the page of one KPI shows beside its course: groups, the period before, who was asked, where the number comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboard import access, arrivals, details, lineage
from dashboard.access import Viewer
from dashboard.data.core import allow, cached, formats, snapshot, windows, workspace
from dashboard.data.figures import kpis
from dashboard.data.reviews import owners
from dashboard.details import Standing
from dashboard.words import _
from data_contracts.receipts import ALREADY, Receipt
from kpis import kinds
from kpis.definitions import KpiDefinition
from kpis.kinds import Kind
from kpis.workflows import admit, align, compare, identities, measure, seconds
from kpis.workflows import citing as decided
from kpis.workflows.compare import Compared, Comparison
from kpis.workflows.measure import Asked, Response
from kpis.workflows.review import Course
from kpis.workflows.seconds import Second
from kpis.workspace import Snapshot

NEWEST = 20
LEVELS = ("department", "channel", "segment")


def may_see_cuts(viewer: Viewer, scope: str) -> access.Decision:
    """Whether the scope's figures may be cut: every scope for those who see every department, else one's own departments."""
    if viewer.roles & access.EVERY_DEPARTMENT or scope != "company":
        return access.may_see_figures(viewer, scope, snapshot().organisation)
    return access.Refused(_("It shows figures of other departments."), _("Choose your own unit above."))


def groups(viewer: Viewer, kpi: str, scope: str, period: str) -> list[Compared]:
    """The groups of a scope against the rest, all read together; only departments that the viewer may see."""
    allow(may_see_cuts(viewer, scope))
    tree = snapshot().organisation
    seen = access.visible_departments(viewer, tree)
    found: list[Compared] = cached(_groups, viewer, kpi, scope, period)
    held = [each for each in found if each.figure.state != "no data"]
    named = [
        replace(each, name=tree.name(each.name)) for each in held if each.cut == "department" and each.name in seen
    ]
    return [*named, *(each for each in held if each.cut != "department")]


def _groups(now: Snapshot, kpi: str, scope: str, period: str) -> list[Compared]:

    return compare.groups(now, now.workspace.kpi(kpi), scope, windows([period])[0])


def who_was_asked(viewer: Viewer, kpi: str, scope: str, period: str) -> Asked | None:
    """Who is behind a survey figure of a scope; None where the KPI does not say which KPIs tell it."""
    allow(access.may_see_figures(viewer, scope, snapshot().organisation))
    found: Asked | None = cached(_who_was_asked, viewer, kpi, scope, period)
    return found


def _who_was_asked(now: Snapshot, kpi: str, scope: str, period: str) -> Asked | None:
    definition, window = now.workspace.kpi(kpi), windows([period])[0]
    figures = measure.figures(now, definition, [scope], [window])
    return measure.asked(now, definition, figures, [window]).get((scope, window.name))


def asked_in_groups(viewer: Viewer, kpi: str, scope: str, period: str, found: Sequence[Compared]) -> list[Asked | None]:
    """Who is behind the survey figures of groups that the viewer may see, in their order."""
    allow(may_see_cuts(viewer, scope))
    held: Mapping[tuple[str, str], Asked] = cached(_asked, viewer, kpi, scope, period)
    return [held.get((each.figure.scope, each.figure.window)) for each in found]


def _asked(now: Snapshot, kpi: str, scope: str, period: str) -> dict[tuple[str, str], Asked]:
    definition, window = now.workspace.kpi(kpi), windows([period])[0]
    found = compare.groups(now, definition, scope, window) if definition.response else []
    return {
        key: who
        for cut in LEVELS
        for key, who in measure.asked(
            now, definition, [each.figure for each in found if each.cut == cut], [window], cut, scope
        ).items()
    }


def borrowed(viewer: Viewer, kpi: str, scope: str, period: str) -> Mapping[str, Second]:
    """The second figure of every group of a scope, which leans on the others of its kind, by the group's scope."""
    allow(may_see_cuts(viewer, scope))
    seen = access.visible_scopes(viewer, snapshot().organisation)
    found: Mapping[str, Second] = cached(_borrowed, viewer, kpi, scope, period)
    return {name: each for name, each in found.items() if not name.startswith("department:") or name in seen}


def _borrowed(now: Snapshot, kpi: str, scope: str, period: str) -> dict[str, Second]:
    definition, window = now.workspace.kpi(kpi), windows([period])[0]
    levels = [each for each in LEVELS if each == "department" or each in definition.cuts]
    return {
        name: each
        for level in levels
        for (name, _window), each in seconds.shrunken(now, definition, level, [window], scope).items()
    }


def period_before(viewer: Viewer, course: Course) -> Comparison:
    """The newest period of a course against the one before it; split by group only for those who may see the groups."""
    allow(access.may_see_figures(viewer, course.scope, snapshot().organisation))
    names = [each.name for each in course.windows[-2:]]
    found: Comparison = cached(_period_before, viewer, course.kpi.id, course.scope, *names)
    return found if may_see_cuts(viewer, course.scope) else replace(found, mix={}, traps={})


def _period_before(now: Snapshot, kpi: str, scope: str, before: str, after: str) -> Comparison:

    return compare.periods(now, now.workspace.kpi(kpi), scope, *windows([before, after]))


def response(viewer: Viewer, kpi: str, scope: str, period: str) -> Response | None:
    """Who was asked and who answered, where the KPI says which KPIs tell it."""
    allow(access.may_see_figures(viewer, scope, snapshot().organisation))
    found: Response | None = cached(_response, viewer, kpi, scope, period)
    return found


def _response(now: Snapshot, kpi: str, scope: str, period: str) -> Response | None:
    return measure.response(now, now.workspace.kpi(kpi), scope, windows([period])[0])


def standing(viewer: Viewer, kpi: str) -> Standing:
    """What the KPI may be used for, its newest delivery, the promise it serves and who owns it."""
    allow(access.may_see_page(viewer, "kpi"))
    definition, promised = workspace().kpi(kpi), workspace().promises
    unfit: tuple[str, ...] = cached(_unfit, viewer, kpi)
    receipt: Receipt | None = cached(_receipt, viewer, definition.dataset)
    promise = promised.title(definition.promise_id) if definition.promise_id else ""
    return Standing(unfit, receipt, promise, owners(viewer).get(kpi, ""))


def _unfit(now: Snapshot, kpi: str) -> tuple[str, ...]:
    return align.unready(now, now.workspace.kpi(kpi))


def _receipt(now: Snapshot, dataset: str) -> Receipt | None:
    found = [each for each in admit.receipts(now.workspace) if each.dataset == dataset and each.state != ALREADY]
    return found[-1] if found else None


def source(viewer: Viewer, course: Course) -> list[list[str]]:
    """Where a figure's number comes from, as rows of a table."""
    allow(access.may_see_figures(viewer, course.scope, snapshot().organisation))
    now, window = snapshot(), course.windows[-1]
    left = measure.uncredited(now, course.kpi, window) if course.scope == "company" else {}
    guard = workspace().kpis.get(course.kpi.guardrail or "")
    named = guard.title if guard else course.kpi.guardrail or ""
    built, stands = now.built[course.kpi.id], standing(viewer, course.kpi.id)
    since = decided.since(now, course.kpi.id, built["definition"])
    return details.source(formats(), course, stands, built, left, named, since)


def citing(viewer: Viewer, kpi: str, scope: str) -> list[list[str]]:
    """The decisions that cite a KPI in a unit the viewer may see, as rows of a table; plans for those who see plans."""
    allow(access.may_see_figures(viewer, scope, snapshot().organisation))
    with_plans = bool(access.may_see_page(viewer, "plan"))
    found = decided.decisions(snapshot(), kpi, [scope], with_plans)
    return lineage.decisions(formats(), found, identities.names(workspace()))


def source_mix(viewer: Viewer, kpi: str) -> tuple[str, Mapping[Kind, Sequence[KpiDefinition]]]:
    """The promise a KPI serves, and the KPIs with data behind it by kind of evidence."""
    held, promised = kpis(viewer), workspace().promises
    definition = workspace().kpi(kpi)
    promise = promised.title(definition.promise_id) if definition.promise_id else ""
    return promise, kinds.mix(definition, held.values())


def receipts(viewer: Viewer, kpi: str) -> list[list[str]]:
    """The receipts of every delivery a KPI reads, newest first, as rows of a table."""
    allow(access.may_see_receipts(viewer))
    read = {workspace().kpi(kpi).dataset, *snapshot().built.get(kpi, {}).get("datasets", {})}
    return arrivals.of_kpi(formats(), [each for each in admit.receipts(workspace()) if each.dataset in read][-NEWEST:])


def waiting(viewer: Viewer, kpi: str) -> str:
    """That a newer version of the definition waits for a build; nothing where none does."""
    allow(access.may_see_page(viewer, "kpi"))
    return details.waiting(workspace().kpi(kpi), snapshot().built.get(kpi, {}))


def goal(viewer: Viewer, kpi: str) -> str:
    """The customer's goal that the KPI helps, in the customer's words; nothing where it names none."""
    allow(access.may_see_page(viewer, "kpi"))
    wanted = workspace().kpi(kpi).customer_goal
    return next((each.title for each in workspace().promises.customer_goals if each.id == wanted), "")


def versions(viewer: Viewer, kpi: str) -> list[list[str]]:
    """The accepted versions of a definition, newest first, as rows of a table."""
    allow(access.may_see_page(viewer, "kpi"))

    from kpis.workflows.versions import history  # late: it brings the build along, which no other page needs

    return details.versions(formats(), history(workspace(), kpi))
