"""The demo company's people: who works where, since when, with which hours and pay."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seeds.chance import Array, Span, stream
from seeds.organisation import AT, MOVES, PARENT, SPLITS, UNITS

FIRST = "Ada Amir Anouk Bela Bram Carla Cem Dana Daan Eline Emre Femke Finn Greta Hugo Ines Iris Jasper Joris Kaya Lars Lena Luca"
FIRST += " Mara Mees Milan Nadia Niels Nora Olga Otto Pia Quinn Rana Ruben Sanne Sem Tara Tess Timo Uma Vera Viktor Wout Yara Zoe"
LAST = "Achterberg Bakker Brandt Castellan Dekker Dijkstra Eriksen Faber Gerritsen Haas Hendriks Ivens Jansen Kaplan Keller Kuiper"
LAST += " Larsen Lindqvist Maas Meijer Moretti Novak Okafor Peeters Petrov Quist Reinders Romero Schouten Silva Smit Tanaka Timmer"
LAST += " Ueda Verhoeven Visser Vos Wagner Weber Willems Yilmaz Zandstra"
NEVER = np.datetime64("NaT", "D")
FIRST_LINE = 24  # agents of the service desk who take most calls, and have targets of their own


@dataclass(frozen=True)
class Staff:
    """One entry per person: unit numbers, dates (NaT for never), hours and effects; the first of a unit is its head."""

    unit: NDArray[np.int64]
    hired: Array
    left: Array
    moved: Array
    to: NDArray[np.int64]
    beside: NDArray[np.int64]
    hours: NDArray[np.int64]
    salary: NDArray[np.int64]
    level: Array
    manager: NDArray[np.int64]
    skill: NDArray[np.float64]
    load: NDArray[np.float64]
    away_from: Array
    away_to: Array
    away_as: Array

    @cached_property
    def number(self) -> Array:
        """Employee numbers, E00001 and on."""
        return np.char.mod("E%05d", np.arange(1, len(self.unit) + 1))

    def first_line(self) -> list[int]:
        """The agents of the service desk with targets of their own: there from first to last day, no move, no split."""
        stays = (self.unit == AT["service"]) & np.isnat(self.left) & np.isnat(self.moved) & (self.beside < 0)
        stays &= np.isnat(self.away_from) & (self.level == "agent") & (self.load > 2)
        return [int(at) for at in np.flatnonzero(stays)]


def headcounts(people: int) -> list[int]:
    """People per unit: at least a head and one more, the remainders to the largest units."""
    exact = np.array([unit.people for unit in UNITS]) * people / 1000
    counts = np.maximum(2, np.floor(exact).astype(int))
    order = np.argsort(counts - exact, kind="stable")
    while counts.sum() < people:
        counts[order[: people - counts.sum()]] += 1
    while counts.sum() > people and counts.max() > 2:
        counts[counts.argmax()] -= 1
    return [int(count) for count in counts]


def staff(people: int, over: Span, seed: int) -> Staff:
    """Everyone who worked there in the span: movers, split assignments, part-timers, hires, leavers and absences among them."""
    rng = stream(seed, "people")
    unit = np.repeat(np.arange(len(UNITS)), headcounts(people))
    size = len(unit)
    head = np.concatenate([[True], unit[1:] != unit[:-1]])
    hired, left = _employed(rng, over, head, size)
    fixed = head | (hired >= over.first) | ~np.isnat(left)
    beside = _other(rng, unit, SPLITS, fixed, 0.03)
    to = _other(rng, unit, MOVES, fixed | (beside >= 0), 0.05)
    moved = np.where(to >= 0, _monday(over, rng, size), NEVER)
    level = np.array([each.level for each in UNITS])[unit]
    level = np.where(head, np.where(np.array(PARENT)[unit] < 1, "director", "head"), level)
    pay = np.array([each.salary for each in UNITS])[unit] * np.where(head & (level == "head"), 1.7, 1.0)
    load = rng.gamma(5, 0.2, size) * np.where(head, 0.1, 1.0)
    first = np.flatnonzero((unit == AT["service"]) & ~fixed & (beside < 0) & (to < 0))[: min(FIRST_LINE, people // 20)]
    load[first] = 3.0 + rng.random(len(first))
    away = _away(rng, over, fixed | np.isin(np.arange(size), first), size)
    return Staff(
        unit, hired, left, moved, to, beside,
        hours=np.where(head, 40, rng.choice([40, 32, 24], size, p=[0.74, 0.16, 0.10])),
        salary=np.rint(pay * np.exp(rng.normal(0, 0.09, size)) / 100).astype(np.int64) * 100,
        level=level, manager=_managers(unit, head), skill=rng.normal(0, 0.3, size), load=load,
        away_from=away[0], away_to=away[1], away_as=away[2],
    )  # fmt: skip


def _employed(rng: np.random.Generator, over: Span, head: Array, size: int) -> tuple[Array, Array]:
    """First and last days of work: one in twelve is hired in the span, one in sixteen leaves."""
    hired = over.first - rng.integers(60, 5000, size)
    inside = over.first + rng.integers(7, max(8, over.days - 21), size)
    chance = rng.random(size)
    hired = np.where(~head & (chance < 1 / 12), inside, hired)
    left = np.where(~head & (chance > 15 / 16), inside, NEVER)
    return hired, left


def _other(rng: np.random.Generator, unit: NDArray[np.int64], pairs: dict[str, str], fixed: Array, share: float) -> NDArray[np.int64]:
    """For that share of people, the unit that `pairs` names for theirs; −1 for everybody else."""
    partner = np.full(len(UNITS), -1)
    for name, other in pairs.items():
        partner[AT[name]] = AT[other]
    return np.where(~fixed & (rng.random(len(unit)) < share), partner[unit], -1)


def _monday(over: Span, rng: np.random.Generator, size: int) -> Array:
    weeks = max(2, over.days // 7)
    return over.first + 7 * rng.integers(1, weeks, size)


def _away(rng: np.random.Generator, over: Span, fixed: Array, size: int) -> tuple[Array, Array, Array]:
    """Absences of a few weeks by their effect on pay: one person in twenty."""
    away = ~fixed & (rng.random(size) < 0.05)
    start = _monday(over, rng, size)
    weeks = rng.integers(3, 17, size)
    kind = rng.choice(["counts", "pro_rata", "protected"], size, p=[0.3, 0.3, 0.4])
    return np.where(away, start, NEVER), np.where(away, start + 7 * weeks - 1, NEVER), np.where(away, kind, "")


def _managers(unit: NDArray[np.int64], head: Array) -> NDArray[np.int64]:
    """The head of the unit; for a head, that of the unit above; −1 for the one at the top."""
    heads = np.flatnonzero(head)
    above = np.array([heads[parent] if parent >= 0 else -1 for parent in PARENT])
    return np.where(head, above[unit], heads[unit])
