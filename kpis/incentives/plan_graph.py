"""What moves what in a company's pay: datasets, KPIs, targets, plans and people, as `conflict` reads it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kpis.definitions import KpiDefinition
from kpis.incentives.conflict import Moves
from kpis.incentives.plan import Plan
from kpis.organisation import Organisation
from kpis.targets import Target, scope

Graph = dict[str, tuple[Moves, ...]]
CONTRACTS = ("assignments", "pay_basis", "employment", "absences")  # what everyone's opportunity is read from


@dataclass(frozen=True)
class Payee:
    """Somebody a plan pays, and the departments whose figures it reads for them."""

    person: str
    departments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paying:
    """A plan with the people it pays."""

    plan: Plan
    people: Sequence[Payee]


def graph(
    paying: Iterable[Paying], targets: Mapping[str, Target], kpis: Mapping[str, KpiDefinition], tree: Organisation
) -> Graph:
    """Everything that moves pay: dataset → KPI → target ↔ target → component → person, and contracts → plan → person."""
    moves: dict[str, dict[str, str]] = defaultdict(dict)
    for kpi in kpis.values():
        _kpi(kpi, moves)
    for each in targets.values():
        moves[f"kpi:{each.kpi}"][f"target:{each.id}"] = f"target {each.id} reads {each.kpi}"
    for target, other, words in ties(targets, tree):
        moves[f"target:{target}"][f"target:{other}"] = words
    for one in paying:
        _plan(one, targets, tree, moves)
    return {thing: tuple(Moves(to, words) for to, words in found.items()) for thing, found in moves.items()}


def _kpi(kpi: KpiDefinition, moves: dict[str, dict[str, str]]) -> None:
    for dataset in kpi.reads:
        moves[f"dataset:{dataset}"][f"kpi:{kpi.id}"] = f"{kpi.id} is measured on {dataset}"
    for part in kpi.parts:
        moves[f"kpi:{part}"][f"kpi:{kpi.id}"] = f"{kpi.id} is made of {part}"


def ties(targets: Mapping[str, Target], tree: Organisation) -> list[tuple[str, str, str]]:
    """(target, target it moves, words): parents and children both ways, and scopes of one KPI and period that overlap."""
    found = []
    for each in targets.values():
        if each.parent in targets:
            found.append((each.id, str(each.parent), f"target {each.parent} is the parent of {each.id}"))
            found.append((str(each.parent), each.id, f"target {each.id} is a child of {each.parent}"))
    groups: dict[tuple[str, str], list[Target]] = defaultdict(list)
    for each in targets.values():
        groups[each.kpi, each.period].append(each)
    for group in groups.values():
        covered = {each.id: _covers(each.scope, tree) for each in group}
        for each in group:
            for other in group:
                if each.id != other.id and scope(other.scope).kind == "joint" and covered[each.id] & covered[other.id]:
                    found.append((each.id, other.id, f"{each.id} counts in the joint target {other.id}"))
                    found.append((other.id, each.id, f"{each.id} is part of the joint target {other.id}"))
    return found


def _covers(whose: str, tree: Organisation) -> frozenset[str]:
    """The departments of a scope with everything below them; a company's overlap is by its cascade alone."""
    parts = scope(whose)
    if parts.kind not in ("department", "joint"):
        return frozenset()
    return frozenset().union(*(tree.descendants(each) or frozenset({each}) for each in parts.members))


def _plan(each: Paying, targets: Mapping[str, Target], tree: Organisation, moves: dict[str, dict[str, str]]) -> None:
    plan = each.plan
    for dataset in CONTRACTS:
        moves[f"dataset:{dataset}"][f"plan:{plan.id}"] = f"plan {plan.id} reads {dataset}"
    for payee in each.people:
        moves[f"plan:{plan.id}"][f"person:{payee.person}"] = f"plan {plan.id} pays you"
    for source in plan.sources:
        here = f"pay:{plan.id}.{source.id}"
        for payee in each.people:
            moves[here][f"person:{payee.person}"] = f"you are paid by plan {plan.id} through {source.id}"
        if source.kpi:
            moves[f"kpi:{source.kpi}"][here] = f"plan {plan.id} pays on {source.kpi}"
        if isinstance(source.target, str):
            moves[f"target:{source.target}"][here] = f"plan {plan.id} pays on target {source.target}"
        elif source.kpi:
            _reads(plan, source.id, source.kpi, str(source.scope), each.people, targets, tree, moves)


def _reads(
    plan: Plan, source: str, kpi: str, whose: str, people: Sequence[Payee], targets: Mapping[str, Target],
    tree: Organisation, moves: dict[str, dict[str, str]],
) -> None:  # fmt: skip
    """The targets that a component finds by scope, person by person: own department, oneself, or the scope it names."""
    for target in targets.values():
        if target.kpi != kpi:
            continue
        for payee in people:
            if _is_for(target, whose, payee, tree):
                words = f"you are paid by plan {plan.id} through target {target.id} ({source})"
                moves[f"target:{target.id}"][f"person:{payee.person}"] = words


def _is_for(target: Target, whose: str, payee: Payee, tree: Organisation) -> bool:
    upwards = {f"department:{above}" for each in payee.departments for above in tree.ancestors(each)} | {"company"}
    if whose == "own_department":
        return target.scope in upwards
    if whose == "self":
        return target.scope == f"person:{payee.person}" or target.scope in upwards
    return target.scope == whose or str(scope(target.scope)) == whose
