"""A simulation's walk through the engine of a run: many draws of everybody at once, paid in integers as a run pays them.

Figures are drawn and rounded as in `walk`. What they earn is looked up or asked of the rules (`earning`), all that
follows is the engine's, and a pool is settled draw by draw (`pooling`).
"""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kpis.incentives.blocks import feed, key, sources
from kpis.incentives.columns import Columns, Figures, held
from kpis.incentives.earning import LOST, OUT, Earning, distinct
from kpis.incentives.engine import Payouts, pay
from kpis.incentives.paid import Frame, Participant
from kpis.incentives.plan import Plan
from kpis.incentives.pooling import Pooling
from kpis.incentives.resample import Floats, History, Ints, Terms
from kpis.incentives.settled import settled
from kpis.incentives.walk import Ready, to_rows

ROWS = 1 << 16  # draws × people at once
Paid = tuple[tuple[Ints, Ints], Columns, Payouts]  # whose rows (draws, people), what they read, what they are paid


class Crew:
    """People with the same number of segments, `at` their places among everybody.

    Raises ValueError for what only the rules of a row pay.
    """

    def __init__(
        self, plan: Plan, frame: Frame, at: Sequence[int], people: Sequence[Participant], history: History, terms: Terms
    ) -> None:
        _fits(plan, people)
        self.plan, self.frame, self.at, self.people = plan, frame, np.array(at), people
        order = [source for source, _ in sources(plan, people[0])]
        keys = [[key(reading) for _, reading in sources(plan, each)] for each in people]
        self.feeds = [
            (source, *feed([each[place] for each in keys], history, source.nearest))
            for place, source in enumerate(order)
        ]
        self.ready = Ready(plan, [each for _, each, _ in self.feeds], terms)
        self.earning = [
            Earning(plan, component, [each.segments[place] for each in people])
            for place in range(len(people[0].segments))
            for component in plan.components
        ]
        self.held = held(plan, people)
        self.entitled = np.array([_entitled(plan, each) for each in people])

    def paid(self, picks: Ints) -> list[Paid]:
        """Everybody who has a result in these draws, by what stands for their components."""
        drawn = [to_rows(self.ready.figures(source, each, picks), each) for source, each, _ in self.feeds]
        lines, whole = self._lines(drawn, picks), len(drawn) - len(self.plan.person_sources)
        lost = np.tile(~self.entitled, len(picks)) | _nothing(self.plan, lines)
        for values in drawn[whole:]:
            lost |= np.isnan(values.ravel())
        out, found = [each.numerator == OUT for each in lines], []
        _, alike = distinct([lost, *(each for each in out if each.any())])
        for kind in np.unique(alike[~lost]):
            rows = np.flatnonzero(~lost & (alike == kind))
            given = self._columns(rows, lines, [each.ravel() for each in drawn[whole:]])
            day, who = np.divmod(rows, len(self.people))
            found.append(((day, self.at[who]), given, pay(self.plan, self.frame, given, split=False)))
        return found

    def funding(self, picks: Ints) -> Floats | None:
        """The figure of each draw that funds a pool."""
        source, each, _ = self.feeds[-1]
        if not self.plan.pool or not self.plan.pool.figure:
            return None
        return self.ready.figures(source, each, picks)[:, 0]

    def _lines(self, drawn: Sequence[Floats], picks: Ints) -> list[Figures]:
        """What every component earns, segment by segment."""
        names, size, found = [each.id for each in self.plan.segment_sources], len(self.plan.components), []
        for at, each in enumerate(self.earning):
            first = at // size * len(names)
            read = {name: values.ravel() for name, values in zip(names, drawn[first:], strict=False)}
            if each.component.segments_by == "n":
                one = self.feeds[names.index(each.component.id)][1]
                answered = to_rows(self.ready.answered(one, picks), one).ravel()
                read[each.component.id] = np.where(answered, read[each.component.id], np.nan)
            found.append(each.of(read))
        return found

    def _columns(self, rows: Ints, lines: Sequence[Figures], drawn: Sequence[Floats]) -> Columns:
        """What the engine reads for these rows."""
        plan, who, size = self.plan, rows % len(self.people), len(self.plan.components)
        whole = []
        for values, (source, each, targets) in zip(drawn, self.feeds[-len(drawn) or len(self.feeds) :], strict=True):
            numbers = each.targets if each.rows is None else each.targets.take(each.rows)
            unit = np.full(len(rows), 10 ** plan.places(source))
            whole.append(Figures(values[rows].astype(np.int64), unit, numbers.take(who), tuple(targets)))
        gates, modifiers = len(plan.gates), len(plan.gates) + len(plan.modifiers)
        out = [each.numerator[rows[0]] == OUT for each in lines]
        return Columns(
            **{name: each[who] if isinstance(each, np.ndarray) else each for name, each in self.held.items()},
            components=tuple(_beside(list(lines[at::size]), rows) for at in range(size)),
            gates=tuple(whole[:gates]),
            modifiers=tuple(whole[gates:modifiers]),
            kickers=tuple(whole[modifiers : modifiers + len(plan.kickers)]),
            pattern=tuple("out" if each else "" for each in out) if any(out) else (),
            earned=True,
        )


def _beside(lines: Sequence[Figures], rows: Ints) -> Figures:
    """One component's segments side by side."""
    top = np.stack([np.maximum(each.numerator[rows], 0) for each in lines], axis=1)
    bottom = np.stack([each.denominator[rows] for each in lines], axis=1)
    return Figures(top, bottom, np.zeros(top.shape, dtype=np.int64), (None,))


def _fits(plan: Plan, people: Sequence[Participant]) -> None:
    odd = [f"{each.name} to the nearest {each.nearest}" for each in plan.person_sources if each.nearest]
    if len(people[0].segments) > 1:
        odd += [f"{each.name} shared by answers" for each in plan.components if each.segments_by == "n"]
    if any((part.share * 1_000_000).denominator > 1 for each in people for part in each.segments):
        odd.append("parts of an assignment that are no whole millionths")
    if odd:
        raise ValueError(", ".join(odd))


def _entitled(plan: Plan, each: Participant) -> bool:
    """Whether a person has an opportunity in every segment, where the plan knows any."""
    known = [plan.opportunity.of(each.person, segment.level) for segment in each.segments]
    return not plan.opportunity.everything or None not in known


def _nothing(plan: Plan, lines: Sequence[Figures]) -> Ints:
    """Which rows have no result: where a component has none, or none of a segment that weighs has a part."""
    lost, size = np.zeros(len(lines[0].numerator), dtype=bool), len(plan.components)
    for first in range(0, len(lines), size):
        tops = [each.numerator for each in lines[first : first + size]]
        weighs = [(top != OUT) & bool(each.weight) for top, each in zip(tops, plan.components, strict=True)]
        lost |= np.any([top == LOST for top in tops], axis=0)
        lost |= np.any([top == OUT for top in tops], axis=0) & ~np.any(weighs, axis=0)
    return lost


def cost(
    plan: Plan, frame: Frame, people: Sequence[Participant], history: History, picks: Ints, terms: Terms, parts: Floats
) -> tuple[Floats, float]:
    """Costs (draws, units) in minor units, and how many people a draw leaves without a result.

    parts (people, units): which part of each person's payout a unit bears. Raises ValueError for what only the rules of a
    row pay.
    """
    by_size: dict[int, list[int]] = defaultdict(list)
    for at, each in enumerate(people):
        by_size[len(each.segments)].append(at)
    crews = [Crew(plan, frame, at, [people[each] for each in at], history, terms) for at in by_size.values()]
    entitled = np.zeros(len(people), dtype=bool)
    for crew in crews:
        entitled[crew.at] = crew.entitled
    pool = Pooling(plan, frame, people, entitled.tolist()) if plan.pool else None

    def of(first: int) -> tuple[Floats, int]:
        payouts, known = _paid(plan, crews, pool, picks[first : first + step], len(people))
        return payouts @ parts, int((~known).sum())

    step = max(1, ROWS // len(people))
    with ThreadPoolExecutor(terms.threads) as threads:
        found = list(threads.map(of, range(0, len(picks), step)))
    return np.concatenate([each for each, _ in found]), sum(lost for _, lost in found) / len(picks)


def _paid(plan: Plan, crews: Sequence[Crew], pool: Pooling | None, picks: Ints, many: int) -> tuple[Floats, Ints]:
    """Everybody's payout (draws, people) in minor units, and who has a result."""
    done = [each for crew in crews for each in crew.paid(picks)]
    payouts, known = np.zeros((len(picks), many)), np.zeros((len(picks), many), dtype=bool)
    for at, _, each in done:
        known[at] = ~each.inputs.refused
    shares = None
    if pool:
        whole, part = np.zeros((len(picks), many), dtype=np.int64), np.zeros((len(picks), many))
        for at, _, each in done:
            whole[at], part[at] = each.parted()
        shares, has = pool.shares(np.where(known, whole, 0), np.where(known, part, 0), known, crews[0].funding(picks))
        known &= has[:, None]
    for at, given, each in done:
        payouts[at] = each.payout if shares is None else settled(plan, each.inputs, given, shares[at])[2]
    return np.where(known, payouts, 0), known
