"""The people: who works where, since when, with which hours, pay and absences."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from seeds.demo.company import AT, MOVES, SPLITS, UNITS
from seeds.demo.draws import NEVER, Bools, Floats, Ints, Span, Texts, Times, day_of, pick, shown, stream, write

FIRST = "Ada Amir Anouk Bela Bram Carla Cem Dana Daan Eline Emre Femke Finn Greta Hugo Ines Iris Jasper Joris Kaya Lars Lena"
FIRST += (
    " Mara Mees Milan Nadia Niels Nora Olga Otto Pia Quinn Rana Ruben Sanne Sem Tara Tess Timo Uma Vera Viktor Wout Zoe"
)
LAST = "Achterberg Bakker Brandt Castellan Dekker Dijkstra Eriksen Faber Gerritsen Haas Hendriks Ivens Jansen Kaplan Keller"
LAST += (
    " Larsen Lindqvist Maas Meijer Moretti Novak Okafor Peeters Petrov Quist Reinders Romero Schouten Silva Smit Tanaka"
)
LAST += " Timmer Ueda Verhoeven Visser Vos Wagner Weber Willems Yilmaz Zandstra Kuiper"
FULL_TIME = 38
TRIES = 40


@dataclass(frozen=True)
class Staff:
    """One entry per person; the first of a unit is its head, and the first agents of the service desk take most cases."""

    unit: Ints
    hired: Times
    left: Times
    moved: Times
    to: Ints
    beside: Ints
    hours: Ints
    salary: Ints
    head: Bools
    skill: Floats
    load: Floats
    away: Times
    back: Times
    effect: Texts

    @property
    def number(self) -> Texts:
        """Employee numbers, E00001 and on."""
        return np.char.mod("E%05d", np.arange(1, len(self.unit) + 1))

    @property
    def first_line(self) -> Ints:
        """The agents who take most cases: they stay where they are, and have targets of their own."""
        return np.flatnonzero(self.load > 10)

    def unit_on(self, who: Ints, day: Times) -> Ints:
        """The department (of a split: the first) each person works for on a day."""
        return np.where(day >= self.moved[who], self.to[who], self.unit[who])  # NaT is never reached

    def there(self, who: Ints, day: Times) -> Bools:
        """Whether each person is employed, and not away."""
        inside = (day >= self.hired[who]) & ~(day > self.left[who])
        return inside & ~((day >= self.away[who]) & (day <= self.back[who]))


def staff(people: int, seed: int, over: Span) -> Staff:
    """Draw that many people."""
    rng = stream(seed, "people")
    unit = np.repeat(np.arange(len(UNITS)), _headcounts(people)).astype(np.int64)
    size = len(unit)
    head = np.r_[True, unit[1:] != unit[:-1]]
    place = np.arange(size) - np.flatnonzero(head)[unit]
    first_line = (unit == AT["service"]) & (place > 0) & (place <= max(2, people // 100))
    fixed = head | first_line | (place < 3)
    hired, left = _employed(rng, size, over, fixed)
    moved, to, beside = _moved(rng, unit, over, fixed | ~np.isnat(left) | (hired > np.datetime64(over.first)))
    away, back, effect = _absent(rng, size, over, fixed)
    middle = np.array([each.salary for each in UNITS])[unit] * np.where(head, 1.45, 1.0)
    return Staff(
        unit, hired, left, moved, to, beside,
        np.where(fixed | (rng.random(size) > 0.28), FULL_TIME, rng.choice([19, 24, 30, 32], size)).astype(np.int64),
        (middle * rng.normal(1, 0.09, size).clip(0.8, 1.3) / 50).round().astype(np.int64) * 50,
        head, rng.normal(0, 1, size), np.where(first_line, 24.0, rng.gamma(6, 1 / 6, size)), away, back, effect,
    )  # fmt: skip


def _headcounts(people: int) -> list[int]:
    """People per unit: three at least, what rounding leaves at the service desk."""
    counts = [max(3, round(each.people * people / 1000)) for each in UNITS]
    counts[AT["service"]] += people - sum(counts)
    if counts[AT["service"]] < 5:
        raise ValueError(f"a company of {people} people has no service desk: make it 60 or more")
    return counts


def _days(rng: np.random.Generator, size: int, first: date, last: date) -> Times:
    return np.datetime64(first) + rng.integers(0, (last - first).days + 1, size)


def _employed(rng: np.random.Generator, size: int, over: Span, fixed: Bools) -> tuple[Times, Times]:
    """Hire and exit: one in six came within the history, one in ten left."""
    before = _days(rng, size, over.first - timedelta(days=4000), over.first - timedelta(days=30))
    new = (rng.random(size) < 0.17) & ~fixed
    hired = np.where(new, _days(rng, size, over.first + timedelta(days=10), over.last - timedelta(days=40)), before)
    gone = (rng.random(size) < 0.10) & ~fixed & ~new
    return hired, np.where(gone, _days(rng, size, over.first + timedelta(days=60), over.last), NEVER)


def _moved(rng: np.random.Generator, unit: Ints, over: Span, fixed: Bools) -> tuple[Times, Ints, Ints]:
    """One in twenty moves to another department; a few work 60/40 for two, from the start."""
    size, draw = len(unit), rng.random(len(unit))
    partner = np.array([AT[MOVES[each.id]] if each.id in MOVES else -1 for each in UNITS])[unit]
    beside = np.array([AT[SPLITS[each.id]] if each.id in SPLITS else -1 for each in UNITS])[unit]
    moves, splits = (draw < 0.05) & (partner >= 0) & ~fixed, (draw > 0.96) & (beside >= 0) & ~fixed
    days = _days(rng, size, over.first + timedelta(days=90), over.last - timedelta(days=30))
    return np.where(moves, days, NEVER), np.where(moves, partner, unit), np.where(splits, beside, -1)


def _absent(rng: np.random.Generator, size: int, over: Span, fixed: Bools) -> tuple[Times, Times, Texts]:
    """One in eight is away once for some weeks; the effect on pay is stated, a reason never."""
    absent = (rng.random(size) < 0.12) & ~fixed
    away = _days(rng, size, over.first + timedelta(days=20), over.last - timedelta(days=100))
    back = away + rng.integers(5, 95, size)
    effect = np.array(["counts", "pro_rata", "protected"])[pick(rng, size, (3, 2, 2))]
    return np.where(absent, away, NEVER), np.where(absent, back, NEVER), effect


def served_by(rng: np.random.Generator, who: Staff, unit: Ints, moment: Times) -> Ints:
    """A person of each unit who was there at that moment, by load; the head where nobody is found."""
    found, day = np.full(len(unit), -1, dtype=np.int64), day_of(moment)
    for each in np.unique(unit):
        pool = np.flatnonzero(((who.unit == each) | (who.to == each)) & ~who.head)
        left = np.flatnonzero(unit == each)
        for _ in range(TRIES):
            tried = pool[pick(rng, len(left), who.load[pool])]
            fits = who.there(tried, day[left]) & (who.unit_on(tried, day[left]) == each)
            found[left[fits]] = tried[fits]
            left = left[~fits]
            if not len(left):
                break
        found[left] = np.flatnonzero((who.unit == each) & who.head)[0]
    return found


def files(folder: Path, who: Staff, seed: int, over: Span) -> dict[str, Path]:
    """Write departments, people, employment, assignments, pay basis and absences."""
    return {
        "departments": _departments(folder, who),
        "people": _people(folder, who, seed),
        "employment": _employment(folder, who),
        "assignments": _assignments(folder, who),
        "pay_basis": _pay_basis(folder, who, over),
        "absences": _absences(folder, who),
    }


def _departments(folder: Path, who: Staff) -> Path:
    columns = {name: [getattr(each, name) for each in UNITS] for name in ("id", "name", "parent", "function")}
    columns["department"] = columns.pop("id")
    return write(folder / "departments.csv", columns | {"head": who.number[who.head]})


def _people(folder: Path, who: Staff, seed: int) -> Path:
    rng, size = stream(seed, "names"), len(who.unit)
    first, last = (np.array(names.split())[rng.integers(0, len(names.split()), size)] for names in (FIRST, LAST))
    mail = [f"{a}.{b}.{at}@ardenmoor.example".lower() for at, (a, b) in enumerate(zip(first, last, strict=True), 1)]
    heads = np.flatnonzero(who.head)
    above = np.array([AT.get(each.parent, 0) for each in UNITS])[who.unit]
    manager = who.number[np.where(who.head, heads[above], heads[who.unit])]
    named = np.char.add(np.char.add(first, " "), last)
    columns = {"person": who.number, "name": named, "email": mail, "level": _level(who)}
    return write(folder / "people.csv", columns | {"manager": shown(np.arange(size) > 0, manager)})


def _level(who: Staff) -> Texts:
    level = np.array([each.level for each in UNITS])[who.unit]
    return np.where(who.head, np.where(who.unit < 4, "director", "head"), level)


def _employment(folder: Path, who: Staff) -> Path:
    hours = {"contract_hours": who.hours, "full_time_hours": np.full(len(who.unit), FULL_TIME)}
    spans = {"person": who.number, "hired_on": who.hired, "left_on": who.left}
    return write(folder / "employment.csv", spans | hours | {"pay_category": _level(who)})


def _assignments(folder: Path, who: Staff) -> Path:
    """A row for each department and span; shares in force on one day sum to 1."""
    ids, everyone = np.array([each.id for each in UNITS]), np.arange(len(who.unit))
    split, moves = np.flatnonzero(who.beside >= 0), np.flatnonzero(~np.isnat(who.moved))
    share = np.where(who.beside >= 0, "0.6", "1")
    until = np.where(np.isnat(who.moved), who.left, who.moved - np.timedelta64(1, "D"))
    person = np.concatenate([everyone, split, moves])
    columns = {
        "person": who.number[person],
        "department": ids[np.concatenate([who.unit, who.beside[split], who.to[moves]])],
        "share": np.concatenate([share, np.full(len(split), "0.4"), np.full(len(moves), "1")]),
        "valid_from": np.concatenate([who.hired, who.hired[split], who.moved[moves]]),
        "valid_to": np.concatenate([until, who.left[split], who.left[moves]]),
    }
    return write(folder / "assignments.csv", columns)


def _pay_basis(folder: Path, who: Staff, over: Span) -> Path:
    """Full-time amounts; a raise of 3% on 1 January of the last year for whoever was there before."""
    raised = np.datetime64(date(over.last.year, 1, 1))
    has = (who.hired < raised) & ~(who.left < raised)
    again = np.flatnonzero(has)
    person = np.concatenate([np.arange(len(who.unit)), again])
    higher = (who.salary[again] * 103 + 50) // 100
    return write(
        folder / "pay_basis.csv",
        {
            "person": who.number[person],
            "valid_from": np.concatenate([who.hired, np.full(len(again), raised)]),
            "valid_to": np.concatenate([np.where(has, raised - np.timedelta64(1, "D"), who.left), who.left[again]]),
            "amount": np.concatenate([who.salary, higher]),
            "currency": np.full(len(person), "EUR"),
            "amount_is": np.full(len(person), "full_time"),
            "level": _level(who)[person],
        },
    )


def _absences(folder: Path, who: Staff) -> Path:
    has = np.flatnonzero(~np.isnat(who.away))
    spans = {"person": who.number[has], "valid_from": who.away[has], "valid_to": who.back[has]}
    return write(folder / "absences.csv", spans | {"effect": pa.array(who.effect[has])})
