"""A pool over many draws at once: what funds it in each, and everybody's share by the largest remainder.

Funds are exact. Payouts before the pool are whole minor units and a float for what is left of the next one, so that equal
remainders may be told apart wrongly: one minor unit then goes to another person.
"""

from collections.abc import Sequence
from fractions import Fraction
from hmac import digest
from math import floor, lcm

import numpy as np

from kpis.incentives.blocks import key
from kpis.incentives.columns import integers
from kpis.incentives.curves import NoResultError, attainment, pays
from kpis.incentives.earned import reading
from kpis.incentives.earning import unit_of
from kpis.incentives.paid import Frame, Participant
from kpis.incentives.plan import Plan
from kpis.incentives.pool import key as key_of
from kpis.incentives.reckon import due
from kpis.incentives.resample import Floats
from kpis.incentives.tables import Ints

EASED = 1e-7  # what floats may be off by, far less than remainders that differ


class Pooling:
    """The pool of a plan's people, those who have an opportunity `entitled`."""

    def __init__(self, plan: Plan, frame: Frame, people: Sequence[Participant], entitled: Sequence[bool]) -> None:
        assert plan.pool is not None  # made for plans with one
        self.plan, self.pool = plan, plan.pool
        secret = bytes.fromhex(key_of(plan, frame.period))
        ties = [digest(secret, each.person.encode(), "sha256") for each in people]
        self.ties = np.argsort(np.argsort(np.array(ties, dtype=object), kind="stable"))
        owed = [
            sum((due(plan, segment, frame, each.person).amount for segment in each.segments), Fraction(0)) * known
            for each, known in zip(people, entitled, strict=True)
        ]
        self.unit = lcm(*(each.denominator for each in owed))
        self.owed = integers([int(each * self.unit * len(people)) for each in owed], (len(people),))
        self.many = len(people)
        figure = self.pool.figure
        if figure and len({key(each.readings.get(figure.id)) for each in people}) > 1:
            raise ValueError(f"{figure.name}: another figure for some")
        self.target = reading(people[0].readings, figure.id).target if figure else None

    def shares(self, whole: Ints, part: Floats, held: Ints, figures: Floats | None) -> tuple[Ints, Ints]:
        """Everybody's share (draws, people), and in which draws (draws,) the pool has a result.

        whole + part is what those `held` would be paid without a pool; figures (draws,) fund it where one does.
        """
        funds = self._funds(held, figures)
        sums = whole.sum(axis=1).astype(np.float64) + part.sum(axis=1)
        known = np.array([each is not None for each in funds])
        total = np.array([each or 0 for each in funds], dtype=np.float64)
        if self.pool.scaling == "down":
            total = np.minimum(total, np.floor(sums + 0.5 + EASED))
        total[sums == 0] = 0
        quotas = (whole.astype(np.float64) + part) * (total / np.where(sums == 0, 1, sums))[:, None]
        floors = np.floor(quotas + EASED)
        left = np.round((quotas - floors) / EASED)
        order = np.lexsort((np.broadcast_to(self.ties, left.shape), -left), axis=1)
        ranks = np.empty_like(order)
        np.put_along_axis(ranks, order, np.arange(self.many)[None, :], axis=1)
        return (floors + (ranks < (total - floors.sum(axis=1))[:, None])).astype(np.int64), known

    def _funds(self, held: Ints, figures: Floats | None) -> list[int | None]:
        if self.pool.amount is not None:
            return [floor(self.pool.amount * 10**self.plan.minor_units)] * len(held)
        owed = np.where(held, self.owed, 0).sum(axis=1)
        if self.pool.percent is not None:
            percents: list[Fraction | None] = [self.pool.percent] * len(held)
        else:
            assert figures is not None  # a pool has an amount, a percentage or a figure
            known = {float(each): self._percent(each) for each in np.unique(figures) if not np.isnan(each)}
            percents = [known.get(float(each)) for each in figures]
        return [
            None if percent is None else floor(percent * int(each) / (100 * self.unit * self.many))
            for percent, each in zip(percents, owed, strict=True)
        ]

    def _percent(self, figure: float) -> Fraction | None:
        """What the pool's curve pays on its figure; None without a result."""
        source = self.pool.figure
        assert source is not None  # asked only where a figure funds it
        try:
            return pays(source.curve, attainment(source.curve, int(figure) * unit_of(self.plan, source), self.target))
        except NoResultError:
            return None
