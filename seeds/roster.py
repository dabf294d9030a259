"""Who can take a piece of work: people of a department, present in that week and the five after it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seeds.chance import Array, Span
from seeds.people import Staff

AHEAD = 5


@dataclass(frozen=True)
class Roster:
    """Weeks (rows) × people (columns) of the unit each works in; −1 where absent or not employed."""

    over: Span
    staff: Staff
    place: NDArray[np.int64]

    def pick(self, rng: np.random.Generator, unit: NDArray[np.int64], moments: Array) -> NDArray[np.int64]:
        """One person per row of that unit and moment, in proportion to their load; −1 where nobody is there."""
        week = self.over.week(moments)
        code = unit * len(self.place) + week
        order = np.argsort(code, kind="stable")
        found = np.full(len(unit), -1)
        draws = rng.random(len(unit))
        starts = np.flatnonzero(np.r_[True, np.diff(code[order]) > 0]) if len(order) else np.array([], int)
        for rows in np.split(order, starts[1:]):
            people = self._present(int(unit[rows[0]]), int(week[rows[0]]))
            if len(people):
                load = np.cumsum(self.staff.load[people])
                found[rows] = people[np.searchsorted(load, draws[rows] * load[-1], side="right")]
        return found

    def _present(self, unit: int, week: int) -> NDArray[np.int64]:
        now, later = self.place[week], self.place[min(week + AHEAD, len(self.place) - 1)]
        both = now == unit
        return np.flatnonzero(both & (later == unit)) if (both & (later == unit)).any() else np.flatnonzero(both)


def roster(staff: Staff, over: Span) -> Roster:
    """The roster of a span."""
    starts = (over.first + 7 * np.arange((over.days + 6) // 7))[:, None]
    ends = starts + 6
    unit = np.where(~np.isnat(staff.moved) & (starts >= staff.moved), staff.to, staff.unit)
    gone = (staff.hired > starts) | (~np.isnat(staff.left) & (staff.left < ends))
    away = ~np.isnat(staff.away_from) & (staff.away_from <= ends) & (staff.away_to >= starts)
    return Roster(over, staff, np.where(gone | away, -1, unit))
