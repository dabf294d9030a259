"""Targets from the KPI's own history: shares, levels and reach of those below a parent, and what chance would do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from math import ceil

import numpy as np

from data_contracts.problems import Problem, Problems, did_you_mean, raise_if
from kpis import spread as rules
from kpis.calendar import Period
from kpis.cascade import VALUES, children
from kpis.definitions import KpiDefinition
from kpis.exact import number, shown
from kpis.figures import as_table
from kpis.odds import Odds, Seen, Week, odds
from kpis.spread import Part, Proposal, Values
from kpis.targets import Rest, Target, scale, scope
from kpis.workflows import aim, cells, measure
from kpis.workspace import Snapshot, Workspace

WEEKS, QUARTER = 52, 13
DAY, WEEK = timedelta(days=1), timedelta(days=7)
REST = "rest"


@dataclass(frozen=True)
class History:
    """One scope's own history: what was seen of it, its level, its best quarter, and the period that comes.

    `level` and `best` are in the display unit, None without answers enough to show. `left` are the weeks still to come.
    """

    seen: Seen
    level: Fraction | None
    best: Fraction | None
    denominator: int
    so_far: Week
    left: int


@dataclass(frozen=True)
class Below:
    """What a parent may be spread over: the parts with their history, the untargeted rest last where there is one."""

    parent: Target
    parts: tuple[Part, ...]
    history: Mapping[str, History]
    held: Mapping[str, Target]


def history(snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], period: Period) -> dict[str, History]:
    """The last 52 whole ripe weeks of every scope, and what of the period has been seen.

    Raises Problems for a quantile, which adds up to nothing.
    """
    if kpi.measure.kind == "quantile":
        step = 'Aim at a KPI of measure share, "share within x": it is exact and adds up.'
        raise Problems([Problem(f"KPI {kpi.id}", "a KPI that adds up", "a quantile", step)])
    ripe = _ripe(snapshot, kpi)
    weeks = _weeks(snapshot, kpi, ripe)
    cut = min(max(period.start, ripe), period.end)
    so_far = [Period(period.start, cut, "to date", "to date")] if cut > period.start else []
    whole = [Period(weeks[0].start, weeks[-1].end, "weeks", "whole")] if weeks else []
    figures = measure.figures(snapshot, kpi, scopes, [*weeks, *so_far]) if weeks or so_far else []
    by_key = {(each.scope, each.window): each for each in figures}
    estimated = measure.estimated(snapshot, kpi, scopes, whole) if whole else None
    told = as_table(kpi, estimated, snapshot.workspace.today) if estimated else None
    sizes = {} if told is None else {row["scope"]: row for row in told.to_dict("records")}
    times, left = 100 if kpi.unit == "percent" else 1, max(ceil((period.end - cut) / WEEK - 0.5), 0)
    found = {}
    for each in scopes:
        rows = [by_key[each, week.name] for week in weeks]
        parts = tuple(Week((row.numerator or 0) * times, row.denominator or 0) for row in rows)
        ahead = by_key.get((each, "to date"))
        done = Week((ahead.numerator or 0) * times, ahead.denominator or 0) if ahead else Week(0, 0)
        found[each] = _history(kpi, parts, sizes.get(each, {}), done, left)
    return found


def _ripe(snapshot: Snapshot, kpi: KpiDefinition) -> date:
    """The Monday up to which every week is whole and ripe."""
    day = snapshot.workspace.today + DAY - (kpi.matures_after or timedelta())
    return day - timedelta(days=day.weekday())


def _weeks(snapshot: Snapshot, kpi: KpiDefinition, ripe: date) -> list[Period]:
    extent = cells.extent(snapshot, kpi)
    if extent is None:
        return []
    first = max(extent[0] - timedelta(days=extent[0].weekday()), ripe - WEEKS * WEEK)
    return snapshot.workspace.settings.calendar.between(first, ripe, "week")


def _history(
    kpi: KpiDefinition, weeks: tuple[Week, ...], size: Mapping[object, object], so_far: Week, left: int
) -> History:
    n, effective, sd = (_number(size.get(name)) for name in ("n", "effective_n", "sd"))
    times = 100 if kpi.unit == "percent" else 1
    seen = Seen(weeks, n or 0.0, effective, None if sd is None else (sd * times) ** 2)
    quarters = [weeks[at : at + QUARTER] for at in range(len(weeks) % QUARTER, len(weeks), QUARTER)]
    reached = [_level(each) for each in quarters if len(each) == QUARTER]
    best = (max if kpi.direction == "higher" else min)((each for each in reached if each is not None), default=None)
    few = seen.n < kpi.min_n_show
    total = sum(each.denominator for each in weeks)
    return History(seen, None if few else _level(weeks), None if few else best, total, so_far, left)


def _level(weeks: Sequence[Week]) -> Fraction | None:
    bottom = sum(each.denominator for each in weeks)
    return Fraction(sum(each.numerator for each in weeks), bottom) if bottom else None


def _number(value: object) -> float | None:
    return None if value is None or np.isnan(float(value)) else float(value)  # type: ignore[arg-type]


def chances(kpi: KpiDefinition, values: Values, held: History, seed: int) -> Odds:
    """The chance of each value for a scope whose history is given; the same seed is the same answer."""
    return odds(values, held.seen, held.left, held.so_far, kpi.min_n_show, np.random.default_rng(seed))


def seed_of(target: Target) -> int:
    """A seed of the target's own, so that two of them are drawn apart and each is drawn alike again."""
    return int(sha256(f"{target.kpi} {target.scope} {target.period}".encode()).hexdigest()[:8], 16)


def candidates(snapshot: Snapshot, parent: Target) -> list[str]:
    """The scopes a parent may be spread over: those it is spread over already, else the departments directly below."""
    held = children(list(aim.newest(snapshot.workspace).values()), parent.id)
    if held:
        return [each.scope for each in held]
    whose, tree = scope(parent.scope), snapshot.organisation
    roots = [each.id for each in tree.departments if not each.parent] if whose.kind == "company" else whose.members
    return [f"department:{each.id}" for root in roots for each in tree.children(root)]


def below(
    snapshot: Snapshot, parent: Target, scopes: Sequence[str] = (), hidden: Sequence[str] = (), benchmark: str = ""
) -> Below:
    """The parts below a parent with their planned shares from volume, and what is left as the rest.

    `hidden` are scopes whose own figures may not be read here (people): they share what their parent's level is, evenly.
    `benchmark` is the best level within reach of everybody; without it, each one's own best quarter. Raises Problems.
    """
    kpi, window = snapshot.workspace.kpi(parent.kpi), snapshot.workspace.settings.calendar.parse(parent.period)
    chosen = list(scopes) or candidates(snapshot, parent)
    if not chosen:
        raise Problems([Problem(f"target {parent.id}", "somebody below it", "nobody", "Name who shares it out.")])
    read = history(snapshot, kpi, [parent.scope, *(each for each in chosen if each not in hidden)], window)
    if not scopes:  # a department that holds none of it has nothing to answer for
        chosen = [each for each in chosen if each not in read or read[each].denominator] or chosen
    whole = read[parent.scope].denominator
    counts = [read[each].denominator if each in read else 0 for each in chosen]
    left = max(whole - sum(counts), 0)
    if hidden:
        counts, left = [1] * len(chosen), 0
    portions = rules.shares([*counts, left] if left else counts)
    reach = number(benchmark) if benchmark else None
    names = [*chosen, *([REST] if left else [])]
    parts = [_part(name, share, read, reach) for name, share in zip(names, portions, strict=True)]
    if left:
        known = [(each.share, each.now) for each in parts[:-1] if each.now is not None]
        parts[-1] = Part(REST, parts[-1].share, _rest(read[parent.scope].level, parts[-1].share, known), asked=False)
    held = {each.scope: each for each in children(list(aim.newest(snapshot.workspace).values()), parent.id)}
    return Below(parent, tuple(parts), read, held)


def _part(name: str, share: Fraction, read: Mapping[str, History], reach: Fraction | None) -> Part:
    mine = read.get(name)
    return Part(name, share, mine.level if mine else None, reach if reach is not None else mine.best if mine else None)


def _rest(level: Fraction | None, share: Fraction, known: Sequence[tuple[Fraction, Fraction]]) -> Fraction | None:
    """The level of the rest: what is left of the parent's, by the planned shares."""
    return None if level is None else (level - sum((part * now for part, now in known), Fraction(0))) / share


def proposed(snapshot: Snapshot, found: Below, way: str) -> Proposal:
    """The parent's values spread over its parts, in the decimals the KPI shows; values beyond its scale are remarked on."""
    raise_if(
        [] if way in rules.WAYS[:2] else [Problem("--by", "volume or headroom", way, did_you_mean(way, rules.WAYS))]
    )
    kpi = snapshot.workspace.kpi(found.parent.kpi)
    made = rules.spread(found.parent.values, found.parts, way, kpi.decimals)
    return with_remarks(kpi, found, made)


def by_hand(snapshot: Snapshot, found: Below, shares: Mapping[str, Fraction], values: Mapping[str, Values]) -> Proposal:
    """Shares and values somebody wrote, with what they leave open and what each part carries."""
    kpi = snapshot.workspace.kpi(found.parent.kpi)
    parts = [Part(each.name, shares[each.name], each.now, each.best, each.asked) for each in found.parts]
    return with_remarks(kpi, found, rules.proposal(found.parent.values, parts, values))


def with_remarks(kpi: KpiDefinition, found: Below, made: Proposal) -> Proposal:
    """The proposal, with a remark on what lies beyond the KPI's scale."""
    asked = {each.name: made.values[each.name] for each in found.parts if each.asked}
    off = rules.beyond(asked, scale(kpi))
    told = [f"Beyond the scale of {kpi.title}: {', '.join(off)}. Spread by headroom or by hand."] if off else []
    return Proposal(made.values, made.gap, made.carries, (*made.remarks, *told))


def tolerance(kpi: KpiDefinition) -> Fraction:
    """Within what a cascade closes: half the last decimal the KPI shows."""
    return Fraction(1, 2 * 10**kpi.decimals)


def as_targets(found: Below, shares: Mapping[str, Fraction], values: Mapping[str, Values]) -> list[Target]:
    """Parent and children as targets to be saved; a child keeps the id it has."""
    parent, made = found.parent, []
    if REST in values:
        told = {name: _decimal(value) for name, value in zip(VALUES, values[REST], strict=True)}
        parent = parent.model_copy(update={"rest": Rest(share=_decimal(shares[REST]), **told)})
    elif parent.rest:
        parent = parent.model_copy(update={"rest": None})
    for name in (each for each in values if each != REST):
        told = {part: _decimal(value) for part, value in zip(VALUES, values[name], strict=True)}
        told |= {"share": _decimal(shares[name])}
        old = found.held.get(name)
        fresh = {
            "id": identity(parent, name),
            "kpi": parent.kpi,
            "scope": name,
            "period": parent.period,
            "parent": parent.id,
        }
        made.append(old.model_copy(update=told) if old else Target.model_validate(fresh | told))
    return [parent, *made]


def identity(parent: Target, whose: str) -> str:
    """The id a new target gets: KPI, scope and period."""
    return f"{parent.kpi}.{whose.replace(':', '.').replace('+', '.')}.{parent.period}".lower()


def _decimal(value: Fraction) -> Decimal:
    return Decimal(shown(value))


def parent_of(workspace: Workspace, name: str) -> Target:
    """The target of that id; raises Problems with a suggestion when there is none."""
    held = aim.newest(workspace)
    if name not in held:
        raise Problems([Problem("target", "a target of this workspace", repr(name), did_you_mean(name, held))])
    return held[name]
