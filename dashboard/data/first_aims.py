"""The first target of a KPI in a period: over what it may be set, what history says of it, and the one way to keep it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from dashboard import access
from dashboard.access import Viewer
from dashboard.aiming import Telling
from dashboard.data.aims import change_of, name_below
from dashboard.data.core import allow, cached, formats, snapshot, workspace
from dashboard.data.mine import scope_name
from dashboard.words import _
from data_contracts.problems import Problem, Problems
from kpis.odds import Odds
from kpis.targets import Target
from kpis.workflows import aim, identities, target_history
from kpis.workflows.target_history import History
from kpis.workspace import Snapshot


@dataclass(frozen=True)
class First:
    """A target that is none yet: what its scope has reached, and the chance of each of its values if nothing changes."""

    target: Target
    history: History
    odds: Odds


def first_scopes(viewer: Viewer) -> dict[str, str]:
    """Over what the viewer may set a target: the company, or departments, with their names."""
    allow(access.may_see_page(viewer, "targets"))
    tree = snapshot().organisation
    every = ["company", *(f"department:{each.id}" for each in tree.departments)]
    return {each: scope_name(each) for each in every if access.may_spread_target(viewer, each, tree)}


def level_of(viewer: Viewer, kpi: str, scope: str, period: str) -> History:
    """What a scope has reached in the last 52 whole weeks."""
    allow(access.may_spread_target(viewer, scope, snapshot().organisation))
    return cached(_history, viewer, kpi, scope, period)


def _history(now: Snapshot, kpi: str, scope: str, period: str) -> History:
    window = now.workspace.settings.calendar.parse(period)
    return target_history.history(now, now.workspace.kpi(kpi), [scope], window)[scope]


def first(viewer: Viewer, kpi: str, scope: str, period: str, values: Sequence[str]) -> First:
    """A target as it was written, with the chance of each value. Raises Problems for what is no number."""
    held = level_of(viewer, kpi, scope, period)
    low, middle, high = (_decimal(each) for each in values)
    bare = {"kpi": kpi, "scope": scope, "period": period, "threshold": low, "target": middle, "stretch": high}
    target = Target.model_validate({"id": f"{kpi}.{scope.replace(':', '.')}.{period}".lower(), **bare})
    known = workspace().kpi(kpi)
    three = Fraction(low), Fraction(middle), Fraction(high)
    return First(target, held, target_history.chances(known, three, held, target_history.seed_of(target)))


def _decimal(text: str) -> Decimal:
    try:
        found = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Problems([Problem(_("Target"), _("a number such as 72.5"), repr(text), _("Write one."))])
    return found


def save_first(viewer: Viewer, made: First, reason: str, token: str) -> int:
    """Keep the target, as the viewer and once; everything is looked at again. Raises Problems with what hinders it."""
    allow(access.may_spread_target(viewer, made.target.scope, snapshot().organisation))
    start = workspace().settings.calendar.parse(made.target.period).start
    change = change_of(viewer, reason, max(workspace().today, start), None, token)
    return len(aim.save(snapshot(), [made.target], change, datetime.now(UTC)))


def first_telling(kpi: str) -> Telling:
    """What it is told with."""
    names = identities.names(workspace())
    return Telling(formats(), workspace().kpi(kpi), lambda each: name_below(each, names))


def period_over(period: str) -> bool:
    """Whether a period has ended: nothing is set for it any more."""
    return workspace().today >= workspace().settings.calendar.parse(period).end
