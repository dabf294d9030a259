"""People as rows that a simulation walks: whoever reads the same figures against the same targets is one row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Values
from kpis.incentives.plan import Plan, Source
from kpis.incentives.reckon import due
from kpis.incentives.resample import Floats, History, Ints, Series, extremes, stacked
from kpis.incentives.swift import Lookup, lookup

Key = tuple[str, str, Values | None]  # own figure, team figure, target
NOTHING: Key = ("", "", None)


@dataclass(frozen=True, eq=False)
class Feed:
    """What one source reads: its own figures and those of the team (columns alike), and each column's target.

    `rows` says which column each row reads; None: row i reads column i.
    """

    own: Series
    team: Series | None
    targets: Ints
    rows: Ints | None = None


@dataclass(frozen=True, eq=False)
class Block:
    """Rows of people with the same number of segments.

    lines: a feed for each segment and component; parts (segments, rows): each segment's part of the opportunity; money
    (rows, units): the opportunity in minor units by department; people (rows,): how many stand behind a row.
    """

    lines: tuple[Feed, ...]
    gates: tuple[Feed, ...]
    modifiers: tuple[Feed, ...]
    parts: Floats
    money: Floats
    people: Floats


@dataclass(frozen=True, eq=False)
class Model:
    """A plan with its people, ready to be simulated: one table a component and modifier, blocks of rows, department names.

    left_out: who reads a figure that has no history, with the source. targets: by source, as its table numbers them.
    """

    plan: Plan
    components: tuple[Lookup, ...]
    modifiers: tuple[Lookup, ...]
    blocks: tuple[Block, ...]
    units: tuple[str, ...]
    left_out: Mapping[str, str]
    targets: Mapping[str, Sequence[Values | None]]


def name_of(ratio: Ratio | None) -> str:
    """The history a figure belongs to: its KPI and scope, without the period."""
    return ratio.of.rsplit("@", 1)[0] if ratio else ""


def key(reading: Reading | None) -> Key:
    """What a reading reads, whatever its value."""
    return (name_of(reading.own), name_of(reading.team), reading.target) if reading else NOTHING


def sources(plan: Plan, person: Participant) -> Iterator[tuple[Source, Reading | None]]:
    """Every source with its reading: components and second figures segment by segment, then what reads one for the person."""
    for segment in person.segments:
        for source in plan.segment_sources:
            yield source, segment.readings.get(source.id)
    for source in plan.person_sources:
        yield source, person.readings.get(source.id)


def names_of(plan: Plan, person: Participant) -> set[str]:
    """Every figure a person reads, and those that stand in for it: KPI@scope."""
    read = (reading for _, reading in sources(plan, person) if reading is not None)
    return {name for each in read for name in (name_of(each.own), name_of(each.team)) if name}


def without_history(plan: Plan, person: Participant, history: History) -> str:
    """The first source without which a person has no result and that has no figure in history; nothing where each has one."""
    eased = {
        source.id
        for each in plan.components
        for source in (each, each.second)
        if source and (each.missing or plan.missing) != "no_payout"
    }
    for source, reading in sources(plan, person):
        own, team, _ = key(reading)
        if source.id in eased or (reading and reading.transactions):
            continue
        if own not in history and team not in history:
            return source.name
    return "" if person.segments else "no day in the period"


def model(plan: Plan, frame: Frame, people: Sequence[Participant], history: History) -> Model:
    """The model of a plan's people over histories of their figures; raises ValueError where a table would be too wide."""
    missing = {each.person: without_history(plan, each, history) for each in people}
    held = [each for each in people if not missing[each.person]]
    units = tuple(sorted({segment.department for each in held for segment in each.segments}))
    counts = sorted({len(each.segments) for each in held})
    read = {
        source.id: sorted({key(one) for each in held for other, one in sources(plan, each) if other is source}, key=str)
        for source in plan.sources
    }
    targets = {name: list(dict.fromkeys(target for _, _, target in keys)) for name, keys in read.items()}
    tables = {
        source.id: _table(plan, source, read[source.id], targets[source.id], history)
        for source in (*plan.components, *plan.modifiers)
    }
    blocks = tuple(
        _block(plan, frame, [each for each in held if len(each.segments) == count], units, targets, history)
        for count in counts
    )
    components, modifiers = (tuple(tables[each.id] for each in part) for part in (plan.components, plan.modifiers))
    return Model(plan, components, modifiers, blocks, units, {who: why for who, why in missing.items() if why}, targets)


def _table(plan: Plan, source: Any, keys: Sequence[Key], targets: Sequence[Values | None], history: History) -> Lookup:
    names = {name for own, team, _ in keys for name in (own, team) if name in history}
    ends = [extremes(history[name], 10 ** plan.places(source)) for name in names] or [(0, 0)]
    return lookup(
        source, plan.places(source), targets or [None], min(low for low, _ in ends), max(high for _, high in ends)
    )


def _block(
    plan: Plan,
    frame: Frame,
    people: Sequence[Participant],
    units: Sequence[str],
    targets: Mapping[str, Sequence[Values | None]],
    history: History,
) -> Block:
    """People of one number of segments as rows; the money of those who read alike is added up."""
    keys = [[key(reading) for _, reading in sources(plan, each)] for each in people]
    order = [source for source, _ in sources(plan, people[0])]
    columns = [list(dict.fromkeys(each[at] for each in keys)) for at in range(len(order))]
    dues = [[float(due(plan, segment, frame, each.person).amount) for segment in each.segments] for each in people]
    marks = [(tuple(each), parts(owed)) for each, owed in zip(keys, dues, strict=True)]
    rows = {mark: row for row, mark in enumerate(dict.fromkeys(marks))}
    money, heads = np.zeros((len(rows), len(units))), np.zeros(len(rows))
    for mark, each, owed in zip(marks, people, dues, strict=True):
        heads[rows[mark]] += 1
        for segment, amount in zip(each.segments, owed, strict=True):
            money[rows[mark], units.index(segment.department)] += amount
    feeds = [
        _feed(columns[at], [mark[0][at] for mark in rows], targets[source.id], history)
        for at, source in enumerate(order)
    ]
    lines, gates = len(order) - len(plan.gates) - len(plan.modifiers), len(plan.gates)
    held = np.array([mark[1] for mark in rows], dtype=np.float32).T
    return Block(
        tuple(feeds[:lines]), tuple(feeds[lines : lines + gates]), tuple(feeds[lines + gates :]), held, money, heads
    )


def parts(owed: Sequence[float]) -> tuple[float, ...]:
    """Each segment's part of the opportunity; equal ones where there is none."""
    whole = sum(owed)
    return tuple(each / whole if whole else 1 / len(owed) for each in owed)


def feed(keys: Sequence[Key], history: History, nearest: Fraction | None) -> tuple[Feed, Sequence[Values | None]]:
    """The feed of people who read these, and its targets; figures count multiples of `nearest` where there is one."""
    columns = list(dict.fromkeys(keys))
    targets = list(dict.fromkeys(target for _, _, target in columns))
    if nearest:
        history = {name: _multiples(each, nearest) for name, each in history.items()}
    return _feed(columns, keys, targets, history), targets


def _multiples(series: Series, of: Fraction) -> Series:
    return replace(series, bottom=series.bottom * of.numerator, times=series.times * of.denominator)


def _feed(columns: Sequence[Key], rows: Sequence[Key], targets: Sequence[Values | None], history: History) -> Feed:
    some = next(iter(history.values()))
    owns, teams = [own for own, _, _ in columns], [team for _, team, _ in columns]
    kept = [history[name] for name in (*owns, *teams) if name in history]
    nothing, like = np.zeros((len(some.top), 1)), kept[0] if kept else some
    empty = Series(nothing.astype(np.int64), nothing.astype(np.int64), nothing, like.times, like.least)
    own, team = (stacked([history.get(name, empty) for name in names]) for names in (owns, teams))
    place = {each: at for at, each in enumerate(columns)}
    at = np.array([place[each] for each in rows], dtype=np.int64)
    alike = len(columns) == len(rows) and bool((at == np.arange(len(at))).all())
    numbers = np.array([targets.index(target) for _, _, target in columns], dtype=np.int64)
    return Feed(own, team if any(teams) else None, numbers, None if alike else at)
