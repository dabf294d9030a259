"""A simulation's walk over blocks of people: figures drawn, looked up and paid, a few draws of a few people at a time.

Arrays are so small that they stay in a core's cache, and numpy lets go of the interpreter's lock, so threads share the
blocks.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpis.incentives.blocks import Block, Feed, Model
from kpis.incentives.paid import rule_of
from kpis.incentives.plan import Component, Plan, Source
from kpis.incentives.resample import Floats, Ints, Sums, Terms, sums
from kpis.incentives.swift import holds, share

CELLS = 1 << 16  # draws × rows at once


def cost(made: Model, blocks: Iterable[Block], picks: Ints, terms: Terms) -> tuple[Floats, float]:
    """Costs (draws, units) in minor units over all blocks, and how many people a draw leaves without a result.

    Blocks are taken as they come, a few at a time, so that a million people need no more memory than a thousand.
    """
    total, lost = np.zeros((len(picks), len(made.units))), 0.0
    with ThreadPoolExecutor(terms.threads) as pool:
        for found in _bounded(pool, made, blocks, picks, terms):
            costs, missing = found.result()
            total += costs
            lost += missing
    return total, lost


def _bounded(
    pool: ThreadPoolExecutor, made: Model, blocks: Iterable[Block], picks: Ints, terms: Terms
) -> Iterator["Future[tuple[Floats, float]]"]:
    coming = iter(blocks)
    queue = [pool.submit(_of_block, made, block, picks, terms) for block in islice(coming, terms.threads)]
    while queue:
        yield queue.pop(0)
        queue += [pool.submit(_of_block, made, block, picks, terms) for block in islice(coming, 1)]


def _of_block(made: Model, block: Block, picks: Ints, terms: Terms) -> tuple[Floats, float]:
    ready, lost = Paying(made, block, terms), 0.0
    costs = np.zeros((len(picks), block.money.shape[1]))
    held = [(at, *_span(column)) for at, column in enumerate(block.money.T) if column.any()]
    step = max(1, CELLS // max(len(block.people), 1))
    for first in range(0, len(picks), step):
        paid = ready.shares(picks[first : first + step])
        none = np.isnan(paid)
        if none.any():
            lost += float((none * block.people).sum())
            paid[none] = 0
        for at, low, high in held:
            money = block.money[low:high, at].astype(paid.dtype)
            costs[first : first + step, at] = np.einsum("dr,r->d", paid[:, low:high], money)
    return costs / 100, lost / len(picks)


def _span(column: Floats) -> tuple[int, int]:
    held = np.flatnonzero(column)
    return int(held[0]), int(held[-1]) + 1


class Ready:
    """Feeds whose runs are summed, to be asked for the figures of any draws."""

    def __init__(self, plan: Plan, feeds: Iterable[Feed], terms: Terms) -> None:
        self.plan = plan
        self.sums: dict[int, Sums] = {}
        for feed in feeds:
            for series in (feed.own, feed.team):
                if series is not None and id(series) not in self.sums:
                    self.sums[id(series)] = sums(series, terms.take, terms.run)

    def figures(self, source: Source, feed: Feed, picks: Ints) -> Floats:
        """The figures that pay (draws, columns): own, team or credibility, whole numbers over the plan's decimals.

        Of a source that rounds to the nearest multiple, whose feed counts those already, the multiples.
        """
        plan, unit = self.plan, 1 if source.nearest else 10 ** self.plan.places(source)
        needed = (source.min_n if isinstance(source, Component) else None) or 0
        rule = rule_of(plan, source)
        own = self.sums[id(feed.own)]
        found, few = own.figures(picks, unit, needed)
        if rule == "own":
            return found
        if feed.team is None:
            if few is not None:
                found[few] = np.nan
            return found
        team, lacking = self.sums[id(feed.team)], np.isnan(found)
        if rule == "credibility" and few is not None:
            found = np.where(few, self._blend(own, team, picks, unit), found)
        elif few is not None:
            lacking |= few
        if not lacking.any():
            return found
        return np.where(lacking, team.figures(picks, unit)[0], found)

    def answered(self, feed: Feed, picks: Ints) -> NDArray[np.bool_]:
        """Which figures (draws, columns) are one's own and have answers behind them."""
        own = self.sums[id(feed.own)]
        found = ~np.isnan(own.figures(picks, 1)[0])
        return found & (own.answers(picks) > 0) if own.n is not None else np.zeros_like(found)

    def _blend(self, own: Sums, team: Sums, picks: Ints, unit: int) -> Floats:
        """Z·own + (1−Z)·team with Z = n/(n+k), halves up; nothing where the team has no figure."""
        n = own.answers(picks)
        weight = n / (n + float(self.plan.credibility_k or 1))
        blend = (weight * own.values(picks) + (1 - weight) * team.values(picks)) * unit
        return np.where(np.isnan(team.figures(picks, unit)[0]), np.nan, np.floor(blend + 0.5))


class Paying(Ready):
    """A block, to be asked for the payouts of any draws."""

    def __init__(self, made: Model, block: Block, terms: Terms) -> None:
        super().__init__(made.plan, (*block.lines, *block.gates, *block.modifiers), terms)
        self.made, self.block = made, block

    def shares(self, picks: Ints) -> Floats:
        """Payouts in percent of the opportunity (draws, rows); NaN where a figure is missing."""
        made, block, plan = self.made, self.block, self.made.plan
        lines, many = [], len(plan.components)
        for at, feed in enumerate(block.lines):
            figures = self.figures(plan.components[at % many], feed, picks)
            lines.append(to_rows(made.components[at % many].at(figures, feed.targets), feed))
        passed, missing = [], []
        for gate, feed in zip(plan.gates, block.gates, strict=True):
            figures = self.figures(gate, feed, picks)
            passed.append(to_rows(holds(gate.passes, figures, 10 ** plan.places(gate)), feed))
            missing += [to_rows(np.isnan(figures), feed)] * bool(np.isnan(figures).any())
        factors = [
            to_rows(table.at(self.figures(modifier, feed, picks), feed.targets), feed)
            for modifier, table, feed in zip(plan.modifiers, made.modifiers, block.modifiers, strict=True)
        ]
        total = share(plan, lines, passed, factors, block.parts)
        for each in missing:
            total[each] = np.nan
        return total


def to_rows(values: Any, feed: Feed) -> Any:
    """What a feed's columns (draws, columns) are to its rows (draws, rows)."""
    return values if feed.rows is None else values.take(feed.rows, axis=1)
