"""Targets from history: over whom a parent may be spread, with which shares, and the targets a proposal comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from data_contracts.problems import Problem, Problems, did_you_mean, raise_if
from kpis import spread as rules
from kpis.cascade import VALUES, children
from kpis.definitions import KpiDefinition
from kpis.exact import number, shown
from kpis.spread import Part, Proposal, Values
from kpis.targets import Rest, Target, scale, scope
from kpis.workflows import aim, measure
from kpis.workflows.target_history import History, history, weeks_of
from kpis.workspace import Snapshot, Workspace

REST = "rest"


@dataclass(frozen=True)
class Below:
    """What a parent may be spread over: the parts with their history, the untargeted rest last where there is one."""

    parent: Target
    parts: tuple[Part, ...]
    history: Mapping[str, History]
    held: Mapping[str, Target]


def candidates(snapshot: Snapshot, parent: Target) -> list[str]:
    """The scopes a parent may be spread over: those it is already, else the departments directly below that hold any of it."""
    held = children(list(aim.newest(snapshot.workspace).values()), parent.id)
    if held:
        return [each.scope for each in held]
    whose, tree, kpi = scope(parent.scope), snapshot.organisation, snapshot.workspace.kpi(parent.kpi)
    roots = [each.id for each in tree.departments if not each.parent] if whose.kind == "company" else whose.members
    holding = measure.members(snapshot, kpi, "department", weeks_of(snapshot, kpi))
    return [name for root in roots for each in tree.children(root) if (name := f"department:{each.id}") in holding]


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


def choices(snapshot: Snapshot, parent: Target) -> list[str]:
    """Everybody a parent may be spread over: those it is, the departments below it, and the people who work in it now."""
    whose, tree = scope(parent.scope), snapshot.organisation
    held = [each.scope for each in children(list(aim.newest(snapshot.workspace).values()), parent.id)]
    places = (
        [] if whose.kind == "company" else sorted({one for each in whose.members for one in tree.descendants(each)})
    )
    inside = [f"department:{each}" for each in places if each not in whose.members]
    if whose.kind == "company":
        inside = [f"department:{each.id}" for each in tree.departments if each.parent]
    sql = """SELECT DISTINCT person FROM assignments WHERE list_contains($places, department) AND valid_from <= $today
             AND (valid_to IS NULL OR valid_to >= $today) ORDER BY 1"""
    people = (
        snapshot.rows(sql, places=places, today=snapshot.workspace.today).column("person").to_pylist() if places else []
    )
    return list(dict.fromkeys([*held, *inside, *(f"person:{each}" for each in people)]))


def as_held(found: Below) -> Below:
    """The same parts with the shares they have been given, and the rest as the parent names it; where they are held."""
    mine = {name: Fraction(each.share) for name, each in found.held.items() if each.share is not None}
    parts = [replace(each, share=mine.get(each.name, each.share)) for each in found.parts if each.asked]
    if found.parent.rest:
        now = next((each.now for each in found.parts if not each.asked), None)
        parts.append(Part(REST, Fraction(found.parent.rest.share), now, asked=False))
    return replace(found, parts=tuple(parts))


def held_values(found: Below) -> dict[str, Values]:
    """The values the children and the rest have; of those without, the parent's."""
    told = {name: each.values for name, each in found.held.items()}
    rest = found.parent.rest
    told |= {REST: (Fraction(rest.threshold), Fraction(rest.target), Fraction(rest.stretch))} if rest else {}
    return {each.name: told.get(each.name, found.parent.values) for each in found.parts}


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
    """Parent and children as targets to be saved; a child keeps the id it has, and one that is left out is its own from now on."""
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
    alone = [
        each.model_copy(update={"parent": None, "share": None})
        for name, each in found.held.items()
        if name not in values
    ]
    return [parent, *made, *alone]


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
