"""Which groups are not shown, so that no group too small to show is worked out from the others and the whole.

Complementary suppression (Cox 1980; Hundepool et al., Statistical Disclosure Control, 2012): where one part of a
shown whole is too small, or several that are too small hold fewer answers together than may be shown, the next smallest is
hidden too. Then what is left of the whole is that of at least two parts and of enough answers, and tells of neither.
"""

import numpy as np
from numpy.typing import NDArray

from kpis.distributions import Floats, Ints

Flags = NDArray[np.bool_]
TIMES = 10  # how much larger than the small ones beside it a part is that is shown in one with them


def withheld(line: Ints, n: Floats, least: float, rest: Floats | None = None, beneath: Flags | None = None) -> Flags:
    """Which parts of wholes are not shown (cells,); those without answers are not asked.

    line: (cells,) which whole each part is of; n: (cells,) its answers; least: how many are enough to show. rest: (lines,)
    answers of the whole that belong to none of the parts. beneath: (lines,) whether the whole itself is not shown: then a
    part of it is not either, as all of them together would tell it.
    """
    return completed(line, n, least, (n > 0) & (n < least), rest, beneath)


def completed(
    line: Ints, n: Floats, least: float, hidden: Flags, rest: Floats | None = None, beneath: Flags | None = None
) -> Flags:
    """The same where some parts are hidden already, for whatever reason."""
    lines = int(line.max(initial=-1)) + 1
    left = np.zeros(lines) if rest is None else np.maximum(rest[:lines], 0)
    below = np.zeros(lines, dtype=bool) if beneath is None else beneath[:lines]
    small = (left > 0) & (left < least)
    if not (hidden.any() or small.any() or below.any()):
        return hidden.copy()
    parts = np.bincount(line, hidden, lines) + (left > 0)
    covered = np.bincount(line, np.where(hidden, n, 0.0), lines) + left
    asked = (np.bincount(line, hidden, lines) > 0) | small | below
    wanted = np.where(below, 1, 2)
    open_ = asked & ((parts < wanted) | (covered < least))
    rows = np.flatnonzero(open_[line] & (n > 0) & ~hidden)
    rows = rows[np.lexsort((n[rows], line[rows]))]  # the smallest first, as they stand where they are equal
    at, size = line[rows], n[rows]
    first = np.r_[True, at[1:] != at[:-1]] if len(rows) else np.zeros(0, dtype=bool)
    start = np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))
    before = np.cumsum(size) - size
    taken = np.arange(len(rows)) - start, before - before[start]
    found = hidden.copy()
    found[rows] = (parts[at] + taken[0] < wanted[at]) | (covered[at] + taken[1] < least)
    return found


def joined(
    line: Ints, n: Floats, least: float, hidden: Flags, rest: Floats | None = None, beneath: Flags | None = None
) -> Flags:
    """Which hidden parts may be shown in one with the other hidden parts of their whole (cells,): at most one of a whole.

    One that is large enough itself, at least ten times the others, where nothing else of the whole is untold: what the
    two come to is the whole less the parts that are shown, so it tells nothing new.
    """
    if not hidden.any():
        return hidden.copy()
    lines = int(line.max(initial=-1)) + 1
    left = np.zeros(lines) if rest is None else rest[:lines]
    below = np.zeros(lines, dtype=bool) if beneath is None else beneath[:lines]
    large = hidden & (n >= least)
    others = np.bincount(line, np.where(hidden & ~large, n, 0.0), lines)
    alone = (np.bincount(line, large, lines) == 1) & (others > 0) & (left <= 0) & ~below
    found: Flags = large & alone[line] & (n >= TIMES * others[line])
    return found


def crossed(lines: list[Ints], n: Floats, least: float) -> Flags:
    """Which cells of a table are not shown, where the sums along each of several sets of lines may be known elsewhere."""
    hidden, before = (n > 0) & (n < least), -1
    while hidden.sum() != before:
        before = int(hidden.sum())
        for line in lines:
            hidden = completed(line, n, least, hidden)
    return hidden
