"""Read figures: facts summed for scopes and windows, then estimated by the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kpis import figures as rules
from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.figures import Figure, Figures
from kpis.measured import Clusters, Measured, measured
from kpis.protection import Flags
from kpis.states import UNTOLD
from kpis.sums import MOMENTS as MOMENTS
from kpis.targets import scope
from kpis.workflows import cells, shield, spans
from kpis.workflows.cells import CUTS as CUTS
from kpis.workflows.cells import extent as extent
from kpis.workflows.cells import summed as summed
from kpis.workspace import Snapshot


@dataclass(frozen=True)
class Response:
    """Who is behind a survey figure: how many were eligible, asked, and answered; why the others were not asked.

    Counts are credited invitations, NaN where they would tell of people who are not shown; rate is the share of those
    asked that answered, ripening while they still have time.
    """

    eligible: float
    asked: float
    answered: float
    rate: Figure
    why: Mapping[str, float]

    @property
    def not_asked(self) -> float:
        """How many were eligible and not asked."""
        return self.eligible - self.asked


@dataclass(frozen=True)
class Asked:
    """Who is behind one survey figure, as credited invitations: invited, those of them who answered, eligible but not asked.

    rate is the share that answered, with the state and reason of its figure: ripening while they still have time. What
    is not cut like the figure is None; beside a figure that is not shown to protect people nothing is told (NaN).
    """

    invited: float
    answered: float
    not_asked: float | None
    rate: float | None
    state: str
    reason: str


def figures(snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], windows: Sequence[Period]) -> Figures:
    """One figure per scope (company, department:…, joint:…, person:…) and window, scopes first, as it may be shown."""
    found = estimated(snapshot, kpi, scopes, windows)
    shown = listed(snapshot, kpi, found, scopes, windows, shield.of_departments(snapshot, kpi, found, windows))
    beside = shield.together(snapshot, kpi, found, windows)
    return replace(shown, instead=_instead(snapshot, kpi, beside, windows)) if beside else shown


def _instead(
    snapshot: Snapshot, kpi: KpiDefinition, beside: Mapping[tuple[str, str], tuple[str, ...]], windows: Sequence[Period]
) -> dict[tuple[str, str], Figure]:
    """Figures of departments in one with the small ones beside them, which say so."""
    wholes = {key: "+".join(["joint:" + key[0].partition(":")[2], *others]) for key, others in beside.items()}
    found = {(each.scope, each.window): each for each in exact(snapshot, kpi, sorted(set(wholes.values())), windows)}
    tree = snapshot.organisation
    return {
        key: rules.together(found[wholes[key], key[1]], key[0], [tree.name(each) for each in others])
        for key, others in beside.items()
    }


def exact(snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], windows: Sequence[Period]) -> Figures:
    """The same for what is computed from them: also those that are not shown beside others, to protect people."""
    return listed(snapshot, kpi, estimated(snapshot, kpi, scopes, windows), scopes, windows)


def by_cut(
    snapshot: Snapshot, kpi: KpiDefinition, cut: str, windows: Sequence[Period], within: str = "company"
) -> Figures:
    """One figure per value of a cut (segment, channel) and window, inside a scope; the figure's scope is `cut:value`."""
    found = group(snapshot, kpi, cut, windows, within)
    hidden = withheld(snapshot, kpi, cut, found, windows, within)
    return listed(snapshot, kpi, found, sorted(set(found.keys["scope"])), windows, hidden)


def estimated(snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], windows: Sequence[Period]) -> Measured:
    """The estimates behind `figures`: a cell for each scope and window that holds facts."""
    known = clusters(snapshot, kpi, scopes, windows)
    return measured(kpi, cells.ready(snapshot, kpi, scopes, windows), known, cells.read_on(snapshot, kpi))


def group(snapshot: Snapshot, kpi: KpiDefinition, by: str, windows: Sequence[Period], within: str) -> Measured:
    """The estimates of the groups of a scope: the departments directly below it, or the values of a cut."""
    if by not in CUTS:
        return estimated(snapshot, kpi, cells.below(snapshot, within), windows)
    found = cells.cut(snapshot, kpi, by, windows, within)
    effects = dict.fromkeys(found.keys.values["scope"].tolist(), design(snapshot, kpi, within))
    return measured(kpi, found, Clusters(None, effects) if kpi.cluster else None, cells.read_on(snapshot, kpi))


def withheld(
    snapshot: Snapshot, kpi: KpiDefinition, by: str, found: Measured, windows: Sequence[Period], within: str
) -> Flags:
    """Which of the groups of a scope are not shown, to protect people (cells,)."""
    if by in CUTS:
        return shield.of_cut(snapshot, kpi, found, windows, within)
    return shield.of_departments(snapshot, kpi, found, windows)


def listed(
    snapshot: Snapshot,
    kpi: KpiDefinition,
    found: Measured,
    scopes: Sequence[str],
    windows: Sequence[Period],
    hidden: Flags | None = None,
) -> Figures:
    """Estimates as figures; after a refused delivery only the windows it was due for wait. hidden: (cells,) not shown."""
    flags = [validated(snapshot, kpi, window) for window in windows]
    return rules.listed(kpi, found, scopes, windows, snapshot.workspace.today, flags, hidden)


def clusters(
    snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], windows: Sequence[Period]
) -> Clusters | None:
    """What is known of repeating answers in those scopes; None where the KPI does not say what repeats."""
    if not kpi.cluster:
        return None
    homes = cells.homes(snapshot, kpi, scopes, windows)
    effects = {each: design(snapshot, kpi, f"department:{homes[each]}" if each in homes else each) for each in scopes}
    placed = any(scope(each).kind != "person" for each in scopes)
    return Clusters(cells.replicated(snapshot, kpi, scopes, windows) if placed else None, effects)


def design(snapshot: Snapshot, kpi: KpiDefinition, whose: str) -> float:
    """The stored design effect of a scope: its department's, the largest of joint ones', else the company's; NaN if unknown."""
    stored = snapshot.designs.get(kpi.id, {})
    members = scope(whose).members if scope(whose).kind in ("department", "joint") else ()
    return max([stored[each] for each in members if each in stored], default=stored.get("", float("nan")))


def members(snapshot: Snapshot, kpi: KpiDefinition, level: str, windows: Sequence[Period]) -> list[str]:
    """The scopes of a level that hold at least one fact in the windows: departments with everything above them, or people."""
    if level == "company":
        return ["company"]
    found = cells.held(snapshot, kpi, level, windows)
    if level == "person":
        return [f"person:{each}" for each in found]
    tree = snapshot.organisation
    held = {above for each in found for above in tree.ancestors(each) or (each,)}
    order = [each.id for each in tree.departments if each.id in held]
    return [f"department:{each}" for each in [*order, *sorted(held - set(order))]]


def uncredited(snapshot: Snapshot, kpi: KpiDefinition, window: Period) -> dict[str, float]:
    """Answers that are in the company's figure and in no department's, by reason."""
    sql = """SELECT uncredited, sum(n) / 1e6 AS n FROM facts_department JOIN days USING (slice)
             WHERE kpi = $kpi AND uncredited IS NOT NULL GROUP BY 1 ORDER BY 1"""
    rows = cells.asked(snapshot, sql, kpi, days=spans.days(snapshot, kpi, [window])).to_pylist()
    return {row["uncredited"]: float(row["n"]) for row in rows}


def validated(snapshot: Snapshot, kpi: KpiDefinition, window: Period) -> bool:
    """Whether the newest delivery of the KPI's dataset was admitted, or the window lies within what was held before it."""
    if snapshot.deliveries.get(kpi.dataset, True):
        return True
    held = extent(snapshot, kpi)
    return held is not None and window.end <= held[1]


def response(snapshot: Snapshot, kpi: KpiDefinition, whose: str, window: Period) -> Response | None:
    """How many were eligible, asked and answered behind a survey figure; None where the KPI names no such KPIs.

    Through facts alone: the share asked (of those eligible, its channel saying why not) and the share that answered.
    """
    if kpi.response is None:
        return None
    shown = figures(snapshot, kpi, [whose], [window])[0]
    asked, answered = (snapshot.workspace.kpi(name) for name in (kpi.response.asked, kpi.response.answered))
    sent, rate = (figures(snapshot, each, [whose], [window])[0] for each in (asked, answered))
    why: dict[str, float] = {}
    for each in by_cut(snapshot, asked, "channel", [window], whose):
        left = each.n - _ones(each)
        why |= {each.scope.partition(":")[2]: left} if left > 0 else {}
    if "suppressed" in (shown.state, sent.state, rate.state):
        return Response(UNTOLD, UNTOLD, UNTOLD, rate, {})
    return Response(sent.n, _ones(sent), _ones(rate), rate, why)


def asked(
    snapshot: Snapshot,
    kpi: KpiDefinition,
    found: Sequence[Figure],
    windows: Sequence[Period],
    cut: str = "",
    within: str = "company",
) -> dict[tuple[str, str], Asked]:
    """Who is behind each figure of scopes and windows, or of a cut inside a scope, by (scope, window).

    Empty where the KPI names no such KPIs; without the figures whose group no invitation names.
    """
    if kpi.response is None:
        return {}
    sent, answered = (snapshot.workspace.kpi(name) for name in (kpi.response.asked, kpi.response.answered))
    scopes = list(dict.fromkeys(each.scope for each in found))

    def told(each: KpiDefinition) -> dict[tuple[str, str], Figure]:
        held = by_cut(snapshot, each, cut, windows, within) if cut in CUTS else figures(snapshot, each, scopes, windows)
        return {(figure.scope, figure.window): figure for figure in held}

    by = {str(name): text for name, text in sent.cuts.items()}.get(cut)
    shares = told(sent) if cut not in CUTS or (cut, by) in answered.cuts.items() else {}
    rates = told(answered) if cut not in CUTS or cut in answered.cuts else {}
    named = [each for each in found if not (cut in CUTS and each.scope.endswith(":"))]
    keys = [(each.scope, each.window) for each in named if (each.scope, each.window) in rates]
    told_of = {key: behind(shares.get(key), rates[key]) for key in keys}
    gone = {(each.scope, each.window): each.reason for each in found if each.state == "suppressed"}
    return told_of | {
        key: Asked(UNTOLD, UNTOLD, None, None, "suppressed", why) for key, why in gone.items() if key in told_of
    }


def behind(share: Figure | None, rate: Figure) -> Asked:
    """Who is behind a survey figure, from the share of those eligible that was asked (where known) and the share that answered."""
    invited, left = (rate.n, None) if share is None else (_ones(share), share.n - _ones(share))
    return Asked(invited, _ones(rate), left, rate.value, rate.state, rate.reason)


def _ones(share: Figure) -> float:
    return share.n * (share.numerator or 0) / (share.denominator or 1)
