"""Setting targets: what a viewer may spread over whom, what it comes to at every step, and the one way to save it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction

from dashboard import access
from dashboard.access import Viewer
from dashboard.aiming import Telling
from dashboard.data.core import agreement, allow, cached, formats, snapshot, workspace
from dashboard.data.mine import scope_name
from dashboard.data.payouts import acting
from dashboard.words import _
from data_contracts.problems import Problem, Problems
from kpis.odds import Odds
from kpis.spread import Proposal, Values
from kpis.targets import Target, scope
from kpis.workflows import aim, identities, people, review, spreading, target_history
from kpis.workflows.aim import Change, Consent
from kpis.workflows.spreading import REST, Below
from kpis.workspace import Snapshot

Written = Mapping[str, tuple[Fraction, Values]]  # by scope: planned share and the three values


@dataclass(frozen=True)
class AimStep:
    """What a cascade comes to: the proposal, whether it closes, the chances of parent and parts, and what gets harder."""

    found: Below
    made: Proposal
    closes: bool
    odds: Mapping[str, Odds]
    harder: Sequence[str]


def aimed_kpis(viewer: Viewer) -> dict[str, str]:
    """The KPIs a target may be set for, by id, with their titles: those that hold facts and add up."""
    allow(access.may_see_page(viewer, "targets"))
    known = workspace().kpis
    return {name: known[name].title for name in sorted(snapshot().built) if known[name].measure.kind != "quantile"}


def default_aim(viewer: Viewer, names: Sequence[str]) -> str:
    """The KPI whose cascade the viewer finds first: one that is spread over others and theirs to spread."""
    tree, held = snapshot().organisation, aim.newest(workspace())
    parents = {each.parent for each in held.values()}
    mine = [
        each.kpi for each in held.values() if each.id in parents and access.may_spread_target(viewer, each.scope, tree)
    ]
    return next((each for each in mine if each in names), names[0])


def aim_periods(viewer: Viewer) -> list[str]:
    """The periods that hold targets, and the quarters of today and next; newest first."""
    allow(access.may_see_page(viewer, "targets"))
    calendar, now = workspace().settings.calendar, review.to_date(snapshot(), "quarter")
    names = {each.period for each in aim.newest(workspace()).values()}
    names |= {now.name, calendar.containing(now.end, "quarter").name}
    return [
        each.name for each in sorted(map(calendar.parse, names), key=lambda each: (each.start, each.end), reverse=True)
    ]


def parents(viewer: Viewer, kpi: str, period: str) -> dict[str, str]:
    """The targets of a KPI and period that the viewer may spread, by id, with the name of their scope."""
    allow(access.may_see_page(viewer, "targets"))
    tree = snapshot().organisation
    mine = [each for each in aim.newest(workspace()).values() if (each.kpi, each.period) == (kpi, period)]
    found = [
        each
        for each in mine
        if not each.scope.startswith("person:") and access.may_spread_target(viewer, each.scope, tree)
    ]
    spread_already = {each.parent for each in mine}
    order = sorted(found, key=lambda each: (each.id not in spread_already, each.scope != "company", each.id))
    return {each.id: scope_name(each.scope) for each in order}


def below_names(viewer: Viewer, parent: str) -> dict[str, str]:
    """Everybody the parent may be spread over, by scope, with their names."""
    target = _parent(viewer, parent)
    names = identities.names(workspace())
    return {each: name_below(each, names) for each in cached(_choices, viewer, target.id)}


def _choices(now: Snapshot, parent: str) -> list[str]:
    return spreading.choices(now, spreading.parent_of(now.workspace, parent))


def name_below(each: str, names: Mapping[str, str]) -> str:
    """What a part is called: a department by name, a person by theirs, the rest as such."""
    kind, _colon, key = each.partition(":")
    return _("Everybody else") if each == REST else names.get(key, key) if kind == "person" else scope_name(each)


def spread_over(viewer: Viewer, parent: str) -> list[str]:
    """Those the parent is spread over, or would be."""
    return cached(_candidates, viewer, _parent(viewer, parent).id)


def _candidates(now: Snapshot, parent: str) -> list[str]:
    return spreading.candidates(now, spreading.parent_of(now.workspace, parent))


def starting(
    viewer: Viewer, parent: str, scopes: Sequence[str], way: str, benchmark: str = ""
) -> tuple[Below, Proposal]:
    """The parts with their history, and what a way of spreading gives them; by hand begins at what they have."""
    found = _below(viewer, parent, scopes, benchmark)
    if way != "hand":
        return found, spreading.proposed(snapshot(), found, way)
    held = spreading.as_held(found) if found.held else found
    values = spreading.held_values(held) if found.held else dict(spreading.proposed(snapshot(), found, "volume").values)
    return held, spreading.by_hand(snapshot(), held, {each.name: each.share for each in held.parts}, values)


def _below(viewer: Viewer, parent: str, scopes: Sequence[str], benchmark: str) -> Below:
    target = _parent(viewer, parent)
    allowed = set(below_names(viewer, parent))
    for each in scopes:
        inside = each in allowed or (
            scope(each).kind == "joint" and {f"department:{one}" for one in scope(each).members} <= allowed
        )
        allow(
            access.Allowed() if inside else access.Refused(_("It is not below this target."), _("Choose another one."))
        )
    hidden = tuple(each for each in scopes if each.startswith("person:") and not _may_read(viewer, each))
    return cached(_read_below, viewer, target.id, tuple(scopes), hidden, benchmark)


def _may_read(viewer: Viewer, whose: str) -> bool:
    """Whether a person's own level and chance may be shown: theirs, and the manager's where the agreement says so."""
    person = scope(whose).members[0]
    return bool(
        access.may_see_figures(viewer, whose, snapshot().organisation, people.manager(snapshot(), person), agreement())
    )


def _read_below(now: Snapshot, parent: str, scopes: tuple[str, ...], hidden: tuple[str, ...], benchmark: str) -> Below:
    return spreading.below(now, spreading.parent_of(now.workspace, parent), scopes, hidden, benchmark)


def step(viewer: Viewer, found: Below, written: Written) -> AimStep:
    """What the shares and values written come to, with the chance of each and what they make harder."""
    kpi = workspace().kpi(found.parent.kpi)
    allow(access.may_spread_target(viewer, found.parent.scope, snapshot().organisation))
    shares, values = (
        {name: each[0] for name, each in written.items()},
        {name: each[1] for name, each in written.items()},
    )
    made = spreading.by_hand(snapshot(), found, shares, values)
    seed = target_history.seed_of(found.parent)
    known = {found.parent.scope: found.parent.values, **values}
    odds = {
        name: target_history.chances(kpi, known[name], held, seed + at)
        for at, (name, held) in enumerate(found.history.items()) if name in known
    }  # fmt: skip
    closes = made.gap.closes(spreading.tolerance(kpi)) and sum(shares.values()) == 1
    worse = aim.worsened(workspace(), _targets(found, written))
    return AimStep(found, made, closes, odds, [each.scope for each, _names in worse])


def _targets(found: Below, written: Written) -> list[Target]:
    shares, values = (
        {name: each[0] for name, each in written.items()},
        {name: each[1] for name, each in written.items()},
    )
    return spreading.as_targets(found, shares, values)


def save_cascade(viewer: Viewer, found: Below, written: Written, change: Change) -> int:
    """Keep the cascade as new versions; everything is looked at again here. Returns how many targets changed."""
    allow(access.may_see_page(viewer, "targets"))
    _parent(viewer, found.parent.id)
    if {each.name for each in found.parts} != set(written):
        raise Problems([Problem(_("Targets"), _("the parts that were shown"), _("others"), _("Load the page again."))])
    _below(viewer, found.parent.id, [each.name for each in found.parts if each.asked], "")
    return len(aim.save(snapshot(), _targets(found, written), change, datetime.now(UTC)))


def _parent(viewer: Viewer, parent: str) -> Target:
    target = spreading.parent_of(workspace(), parent)
    allow(access.may_spread_target(viewer, target.scope, snapshot().organisation))
    return target


def joined(viewer: Viewer, parent: str, chosen: Sequence[str], together: Sequence[str]) -> list[str]:
    """The parts a viewer chose: several departments may count as one. Who is left out leaves the cascade."""
    _parent(viewer, parent)
    one = [f"joint:{'+'.join(sorted(each.partition(':')[2] for each in together))}"] if len(together) > 1 else []
    apart = [each for each in chosen if not one or each not in together]
    return list(dict.fromkeys([*apart, *one]))


def taken_out(step: AimStep) -> str:
    """Who leaves the cascade with this step, and what that means, in a line; empty where nobody does."""
    told = telling(step.found.parent)
    left = [told.named(each) for each in step.found.held if each not in {part.name for part in step.found.parts}]
    if not left:
        return ""
    return _("Taken out when you save: {names}. Their targets stay, and are no part of this one.").format(
        names=", ".join(left)
    )


def telling(parent: Target) -> Telling:
    """What a cascade is told with."""
    names = identities.names(workspace())
    return Telling(formats(), workspace().kpi(parent.kpi), lambda each: name_below(each, names))


def why_not_set(step: AimStep) -> str:
    """Why nothing may be saved: the period has ended; empty while it has not."""
    window = workspace().settings.calendar.parse(step.found.parent.period)
    return _("It ended before today; no target of it is edited.") if workspace().today >= window.end else ""


def first_day(step: AimStep) -> date:
    """The first day a change may count from: today, or the period's first."""
    return max(workspace().today, workspace().settings.calendar.parse(step.found.parent.period).start)


def rule(step: AimStep) -> str:
    """What a change means for its holders, in one line."""
    if step.harder:
        names = ", ".join(telling(step.found.parent).named(each) for each in step.harder)
        return _("Harder within the running period for {names}: it needs recorded consent.").format(names=names)
    return _("A change within the period counts from its day on: what pays is weighted by the days of each version.")


def change_of(viewer: Viewer, reason: str, since: date, given: tuple[str, str, date] | None, token: str) -> Change:
    """The change a viewer makes, as the person or the address they are; raises Problems for somebody who looks as a role."""
    consent = Consent(given[0], given[2], given[1]) if given else None
    if not acting(viewer):
        step = _("Choose a person at the top right, or sign in.")
        raise Problems([Problem(_("Targets"), _("a person who sets them"), _("you look as a role"), step)])
    return Change(acting(viewer), reason, since, consent, token)
