"""Factors of a study as columns of a regression: levels against a reference, numbers in standard deviations.

A yes/no is coded against `no`, other words against their most frequent level. Levels with fewer than 10 observations are joined
as `all other`, and left out when they are fewer than 10 together: no group that small is ever shown. What is not known of a
factor has a column of its own, which is never shown. Columns that others already say are left out, and a level at which every
observation has the lowest or the highest value, too: both are told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
LEAST, MOST_LEVELS = 10, 12
MOST_WORDS, ALIKE = 30, 0.7  # more different words are names; above 0.7 two factors share half of what they say
OTHER, UNKNOWN = "all other", "which factors are known"
NO_ODDS = " They are left out: no odds fit that."


@dataclass(frozen=True)
class Term:
    """One column: a level of a factor or a number; `shown` is False for what only says that the factor is not known.

    `base` is the column's value at the reference level: columns are centred on the rows where the factor is known and 0 elsewhere,
    so that a factor that only some rows can have (a late visit) is compared with those that cannot at its own average.
    """

    factor: str
    level: str
    against: str
    label: str
    n: int
    base: float = 0.0
    shown: bool = True
    column: int = 0


@dataclass(frozen=True)
class Coded:
    """x (rows, columns), the factor of each column, the terms in their order, factors as name and known n, kept rows of the frame.

    `known` says by factor and kept row whether the factor is known there. Columns for what is not known are one factor of their own.
    """

    rows: Ints
    x: Floats
    of: Ints
    terms: tuple[Term, ...]
    factors: tuple[tuple[str, int], ...]
    known: dict[str, Bools]
    notes: tuple[str, ...]

    def contrast(self, term: Term) -> tuple[Floats, Floats]:
        """The rows where the factor is known, at the reference and at the term's level (a number: half an SD below and above)."""
        before = self.x[self.known[term.factor]].copy()
        for each in self.terms if term.against else ():
            if each.factor == term.factor:
                before[:, each.column] = each.base
        after = before.copy()
        before[:, term.column] -= 0.0 if term.against else 0.5
        after[:, term.column] += 1.0 if term.against else 0.5
        return before, after


def distinct(frame: pd.DataFrame, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The factors among `names` that vary and do not say nearly what an earlier one says (Cramér's V), and a note for each other."""
    kept: list[str] = []
    notes: list[str] = []
    for name in names:
        if not 1 < frame[name].nunique() <= MOST_WORDS:
            continue
        twin = next((each for each in kept if _alike(frame[each], frame[name]) > ALIKE), None)
        if twin is None:
            kept.append(name)
        else:
            notes.append(f"{name} says nearly the same as {twin} and was not asked about; name it with --factors.")
    return kept, notes


def _alike(one: pd.Series, other: pd.Series) -> float:
    """Cramér's V (1946) where both are known; 0 where too few are."""
    table = pd.crosstab(one, other).to_numpy()
    if table.sum() < LEAST or min(table.shape) < 2:
        return 0.0
    return float(stats.contingency.association(table, method="cramer"))


def coded(frame: pd.DataFrame, factors: Sequence[str], values: Floats | None) -> Coded:
    """The factors' columns over the rows that can be used; `values` (of a scale) tell which levels have only its end."""
    columns = {name: _levels(frame[name]) for name in factors}
    rows, notes = _usable(columns, len(frame), values)
    made = [each for name, column in columns.items() for each in _columns(name, column.iloc[rows], notes)]
    used, same = _independent([column for _, column in made])
    notes += [f"{made[at][0].label}: left out, the other factors say the same." for at in same if made[at][0].shown]
    names = list(dict.fromkeys(made[at][0].factor for at in used if made[at][0].shown))
    terms = tuple(replace(made[old][0], column=new) for new, old in enumerate(used))
    x = np.column_stack([made[at][1] for at in used]) if used else np.empty((len(rows), 0))
    known = {name: columns[name].iloc[rows].notna().to_numpy() for name in names}
    of = np.array([names.index(each.factor) if each.shown else len(names) for each in terms], dtype=np.int64)
    counted = [(name, int(known[name].sum())) for name in names]
    if (of == len(names)).any():
        counted.append((UNKNOWN, len(rows)))
    return Coded(rows, x, of, terms, tuple(counted), known, tuple(notes))


def _usable(columns: Mapping[str, pd.Series], size: int, values: Floats | None) -> tuple[Ints, list[str]]:
    """The rows that can be used and why the others cannot; leaving some out may make another level too small, so until none is."""
    rows = np.arange(size)
    notes: list[str] = []
    while True:
        kept = {name: column.iloc[rows] for name, column in columns.items()}
        worth = None if values is None else values[rows]
        found = [(name, *each) for name, column in kept.items() for each in _unusable(name, column, worth)]
        if not found:
            return rows, notes
        notes += [why for _, _, why in found]
        bad = np.any([(kept[name] == level).to_numpy(dtype=bool, na_value=False) for name, level, _ in found], axis=0)
        rows = rows[~bad]


def _levels(column: pd.Series) -> pd.Series:
    """Numbers as they are; everything else as words, rare ones joined."""
    if (
        pd.api.types.is_numeric_dtype(column.dtype)
        and not pd.api.types.is_bool_dtype(column.dtype)
        and column.nunique() > 2
    ):
        return column.astype("float64")
    words = column.map(lambda each: {True: "yes", False: "no"}.get(each, str(each)), na_action="ignore").astype(
        "object"
    )
    counts = words.value_counts()
    often = [name for name, n in counts.items() if n >= LEAST][:MOST_LEVELS]
    return words.where(words.isin(often) | words.isna(), OTHER)


def _unusable(name: str, column: pd.Series, values: Floats | None) -> list[tuple[str, str]]:
    """Levels whose rows must go, with the reason: too few to show, or every value at one end of the scale."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return []
    found = []
    for level, n in column.value_counts().items():
        end = _at_an_end(values, column == level)
        if n < LEAST:
            found.append((str(level), f"{name}: {level} has fewer than {LEAST} answers and is left out."))
        elif end:
            found.append((str(level), f"{name}: all {n:,} answers with {level} have the {end} value.{NO_ODDS}"))
    return found


def _at_an_end(values: Floats | None, here: pd.Series) -> str:
    """Whether every value of those rows is the lowest or the highest of all."""
    if values is None or values.min() == values.max():
        return ""
    of = values[here.to_numpy(dtype=bool, na_value=False)]
    return "lowest" if of.max() == values.min() else "highest" if of.min() == values.max() else ""


def _columns(name: str, column: pd.Series, notes: list[str]) -> list[tuple[Term, Floats]]:
    missing = column.isna().to_numpy()
    made = _number(name, column) if pd.api.types.is_numeric_dtype(column.dtype) else _words(name, column, missing)
    if not made:
        notes.append(f"{name} does not vary and is left out.")
    elif missing.any():
        made.append((Term(name, "not known", "", "", int(missing.sum()), shown=False), missing.astype(np.float64)))
    return made


def _number(name: str, column: pd.Series) -> list[tuple[Term, Floats]]:
    size = float(column.std())
    label = f"{name}: one standard deviation ({size:.3g}) more"
    around = ((column - column.mean()) / size).fillna(0.0).to_numpy()
    return [(Term(name, "", "", label, int(column.notna().sum())), around)]


def _words(name: str, column: pd.Series, missing: Bools) -> list[tuple[Term, Floats]]:
    levels = list(column.value_counts().index)
    reference = "no" if set(levels) == {"yes", "no"} else next(iter(levels), "")
    made: list[tuple[Term, Floats]] = []
    for level in levels:
        if level != reference:
            here = (column == level).to_numpy(dtype=bool, na_value=False)
            base = -float(here.sum() / (~missing).sum())
            label = f"{name}: {level}, against {reference}"
            made.append(
                (Term(name, level, reference, label, int(here.sum()), base), np.where(missing, 0.0, here + base))
            )
    return made


def _independent(columns: Sequence[Floats]) -> tuple[list[int], list[int]]:
    """The columns that say something the earlier ones do not, and the others; from the diagonal of a QR decomposition."""
    if not columns:
        return [], []
    table = np.column_stack([np.ones(len(columns[0])), *columns])
    size = np.linalg.norm(table, axis=0)
    own = np.abs(np.diag(np.linalg.qr(table, mode="r")))
    alone = np.zeros(len(size), dtype=np.bool_)
    alone[: len(own)] = own > 1e-8 * size[: len(own)]
    return [int(at) for at in np.flatnonzero(alone[1:])], [int(at) for at in np.flatnonzero(~alone[1:])]
