"""Where a plan's money hangs on little: cliffs, and what each weight and point of it costs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from kpis.incentives.blocks import Block, Model, model
from kpis.incentives.paid import Frame, Participant, Values
from kpis.incentives.plan import Component, Gate, Passes, Plan
from kpis.incentives.resample import Floats, History, Ints, Terms, starts
from kpis.incentives.simulate import simulate
from kpis.incentives.swift import unknown
from kpis.incentives.walk import Paying

DRAWS = 1_000
STEEP = 2.0  # how many times the curve's usual slope makes a cliff
FAR = Fraction(10**9)
LATER: Mapping[str, object] = {"kickers": (), "pool": None, "year_to_date": None, "draw": None, "rounding": "half_away"}


@dataclass(frozen=True)
class Cliff:
    """A place where one point of figure moves much money.

    at: the figure, in the KPI's unit. moves: percent of the part it stands on. money: minor units of those who stand
    near it in the middle draw, `people` of `reading`. chance: the share of draws near it. Near is within one point, or
    within a quarter of the way from threshold to target where that is less, as on a scale from 1 to 7.
    """

    source: str
    title: str
    at: float
    moves: float
    money: float
    people: int
    reading: int
    chance: float


@dataclass(frozen=True)
class Sensitivity:
    """What the mean cost changes by, in minor units, when one weight (the others shrink) or point rises by one percent."""

    source: str
    title: str
    what: str
    at: Fraction
    cost: float


def cliffs(plan: Plan, frame: Frame, people: Sequence[Participant], history: History, terms: Terms) -> list[Cliff]:
    """The cliffs of components and gates with somebody near, most money first; none where tables do not hold the curves.

    What components move is told before kickers, pool, draws and what was paid this year; what gates move, after them.
    """
    curves = plan.model_copy(update=LATER)
    if unknown(curves) or not history:
        return []
    few = replace(terms, draws=min(terms.draws, DRAWS), periods=1)
    made = model(curves, frame, people, history)
    slices = len(next(iter(history.values())).top)
    picks = starts(np.random.default_rng(terms.seed), slices, few.take, few.draws, few.run)
    found = [each for block in made.blocks for each in _of_block(made, block, picks, few)]
    found = _together(found) + list(_of_gates(plan, made, frame, people, history, picks, few))
    return sorted((each for each in found if each.people), key=lambda each: -each.money)


def _of_block(made: Model, block: Block, picks: Ints, terms: Terms) -> Iterator[Cliff]:
    ready, many = Paying(made, block, terms), len(made.plan.components)
    figures = [ready.figures(made.plan.components[at % many], feed, picks) for at, feed in enumerate(block.lines)]
    for component in range(many):
        lines = range(component, len(block.lines), many)
        for edge, moves, target in _steps(made, component):
            yield _of_place(made, block, {at: figures[at] for at in lines}, edge, moves, target)


def _of_place(made: Model, block: Block, figures: Mapping[int, Floats], edge: int, moves: float, target: int) -> Cliff:
    """Who of a block reads the figure and stands near the place, in any segment, and the money of those."""
    each = made.plan.components[next(iter(figures)) % len(made.plan.components)]
    unit, opportunity = 10 ** made.plan.places(each), block.money.sum(axis=1)
    reach = unit * _near(made.targets[each.id][target])
    near, reading = np.zeros(len(opportunity), dtype=bool), np.zeros(len(opportunity), dtype=bool)
    money, often = 0.0, np.zeros(len(opportunity))
    for at, values in figures.items():
        feed, part = block.lines[at], block.parts[at // len(made.plan.components)]
        rows = np.arange(len(opportunity)) if feed.rows is None else feed.rows
        mine = (feed.targets == target)[rows]
        inside = mine & (np.abs(np.nanmedian(values, axis=0) - edge) <= reach)[rows]
        money += float((opportunity * part)[inside].sum())
        often = np.maximum(often, (np.abs(values - edge) <= reach).mean(axis=0)[rows] * mine)
        near, reading = near | inside, reading | mine
    heads, all_heads = float(block.people[near].sum()), float(block.people[reading].sum())
    money *= float(each.weight or 0) / 100 * abs(moves) / 100
    chance = float(often[reading] @ block.people[reading]) / max(all_heads, 1)
    return Cliff(each.id, each.name, edge / unit, moves, money, int(heads), int(all_heads), chance)


def _near(target: Values | None) -> float:
    """How far from a place is near it, in the KPI's unit."""
    return 1.0 if target is None else float(min(Fraction(1), abs(target[1] - target[0]) / 4))


def _steps(made: Model, component: int) -> Iterator[tuple[int, float, int]]:
    """The jumps of a component's table: the first figure beyond each, by how many percent it moves, the target's number."""
    table, each = made.components[component], made.plan.components[component]
    weight = float(each.weight or 0) / 100
    if not weight:
        return
    values = table.values.reshape(-1, table.width) / weight
    for target, row in enumerate(values):
        rises = np.nan_to_num(np.diff(row))
        usual = float(np.abs(rises[rises != 0]).mean()) if (rises != 0).any() else 0.0
        for at in np.flatnonzero(np.abs(rises) > np.maximum(STEEP * usual, 5.0)):
            yield int(at) + 1 + table.low, float(rises[at]), target


def _together(found: Sequence[Cliff]) -> list[Cliff]:
    """The same place in several blocks as one."""
    by_place: dict[tuple[str, float, float], list[Cliff]] = {}
    for each in found:
        by_place.setdefault((each.source, each.at, round(each.moves, 6)), []).append(each)
    return [
        replace(
            parts[0], money=sum(each.money for each in parts), people=sum(each.people for each in parts),
            reading=sum(each.reading for each in parts),
            chance=sum(each.chance * each.reading for each in parts) / max(sum(each.reading for each in parts), 1),
        )
        for parts in by_place.values()
    ]  # fmt: skip


def _of_gates(
    plan: Plan, made: Model, frame: Frame, people: Sequence[Participant], history: History, picks: Ints, terms: Terms
) -> Iterator[Cliff]:
    """A gate moves what it takes when it fails, in the mean draw."""
    for number, gate in enumerate(made.plan.gates):
        limit = next(
            each
            for each in (gate.passes.at_least, gate.passes.at_most, gate.passes.above, gate.passes.below)
            if each is not None
        )
        passing, failing = (
            simulate(_with_gate(plan, gate, rule), frame, people, history, terms).total.mean()
            for rule in (Passes(at_least=-FAR), Passes(at_least=FAR))
        )
        unit, heads, near, often = 10 ** made.plan.places(gate), 0, 0, 0.0
        for block in made.blocks:
            feed = block.gates[number]
            figures = Paying(made, block, terms).figures(gate, feed, picks)
            distance = np.abs(figures - float(limit) * unit) <= unit
            middle = np.abs(np.nanmedian(figures, axis=0) - float(limit) * unit) <= unit
            which = np.arange(len(block.people)) if feed.rows is None else feed.rows
            heads += int(block.people.sum())
            near += int(block.people[middle[which]].sum())
            often += float((distance.mean(axis=0)[which] * block.people).sum())
        whole = float(sum(block.money.sum() for block in made.blocks)) or 1.0
        money = float(passing - failing) * near / max(heads, 1)
        yield Cliff(
            gate.id,
            gate.name,
            float(limit),
            100 * float(passing - failing) / whole,
            money,
            near,
            heads,
            often / max(heads, 1),
        )


def _with_gate(plan: Plan, gate: Gate, rule: Passes) -> Plan:
    gates = tuple(each.model_copy(update={"passes": rule}) if each.id == gate.id else each for each in plan.gates)
    return plan.model_copy(update={"gates": gates})


def sensitivities(
    plan: Plan, frame: Frame, people: Sequence[Participant], history: History, terms: Terms
) -> list[Sensitivity]:
    """What one percent of each weight and of each point costs on average, on the same draws; largest first."""
    few = replace(terms, draws=min(terms.draws, DRAWS))
    base = simulate(plan, frame, people, history, few).total
    found = [
        replace(each, cost=_mean(simulate(changed, frame, people, history, few).total, base))
        for each, changed in _changes(plan)
    ]
    return sorted(found, key=lambda each: -abs(each.cost))


def _mean(costs: Floats, base: Floats) -> float:
    return float((costs - base).mean())


def _changes(plan: Plan) -> Iterator[tuple[Sensitivity, Plan]]:
    for component in plan.components:
        if component.weight is not None and component.weight < 100:
            others = (99 - component.weight) / (100 - component.weight)
            weights = {each.id: (each.weight or 0) * others for each in plan.components} | {
                component.id: component.weight + 1
            }
            parts = tuple(each.model_copy(update={"weight": weights[each.id]}) for each in plan.components)
            told = Sensitivity(component.id, component.name, "weight", component.weight, 0.0)
            yield told, plan.model_copy(update={"components": parts})
        for number, point in enumerate(component.curve.points):
            told = Sensitivity(component.id, component.name, "point", point.at, 0.0)
            yield told, _with_point(plan, component, number)


def _with_point(plan: Plan, component: Component, number: int) -> Plan:
    points = list(component.curve.points)
    points[number] = points[number].model_copy(update={"pays": points[number].pays + 1})
    curve = component.curve.model_copy(update={"points": tuple(points)})
    parts = tuple(
        each.model_copy(update={"curve": curve}) if each.id == component.id else each for each in plan.components
    )
    return plan.model_copy(update={"components": parts})
