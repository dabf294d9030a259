"""How often studies hold the truth, and how often they cry wolf, on drawn customers of whom the truth is known."""

from collections.abc import Callable

import numpy as np

from kpis import drivers, outcomes
from kpis.definitions import KpiDefinition
from tests.kpis.test_drivers import EFFORT, HOURS, NPS, SHARE, effect, frame, truth, valued, visits
from tests.kpis.test_outcomes import FULL, customers
from tests.prove.run import Progress, Proved

HEAD = "| what is drawn | customers | studies | found | it should be |\n| --- | --- | --- | --- | --- |\n"
TEXT = """# Studies, checked on drawn data

What [studies](studies.md) say of chance, held against drawn customers of whom the truth is known. `python -m tests.prove.run studies`
draws this page again.

{table}

A row holds when what was found lies in its range, give or take the chance of its own number of studies (2.6 standard errors).

- Intervals of drivers: two effects a study, all four models; a hit is an interval that holds the true effect.
- False drivers: three factors that move nothing; a miss is a study that calls any of them a signal (Holm holds that to 5%).
- Intervals of money: one point is truly worth 150.00 for 1,000 customers.
- Links without any truth: how many get grade C or better, and how many get B.
- Links that a customer's nature makes (it moves score and orders alike; what was bought before shows it): how many get B.
"""
KINDS = {"share": SHARE, "NPS": NPS, "scale of seven": EFFORT, "amount": HOURS}


def prove(scale: float, tell: Progress) -> Proved:
    """All rows: share found, and the bounds it has to lie in."""
    rows: list[dict[str, object]] = []

    def add(what: str, n: int, draws: int, one: Callable[[int], float], low: float, high: float) -> None:
        size = max(20, round(draws * scale))
        found = float(np.mean([one(seed) for seed in range(size)]))
        slack = 2.6 * np.sqrt(max(found * (1 - found), 0.01) / size)
        held = low - slack <= found <= high + slack
        rows.append({"what": what, "n": n, "draws": size, "found": found, "low": low, "high": high, "held": held})
        tell(f"{what}: {found:.1%}")

    for name, definition in KINDS.items():
        true = {factor: truth(definition, factor) for factor in ("late", "channel")}
        draws = 400 if definition in (NPS, EFFORT) else 1000
        add(
            f"intervals of drivers, {name}",
            300,
            draws,
            lambda seed, d=definition, t=true: _driver(d, t, seed),
            0.94,
            0.96,
        )  # type: ignore[misc]
    add("false drivers among three", 300, 1000, _false, 0.0, 0.05)
    add("intervals of one point in money, orders", 600, 500, lambda seed: _worth("repeat", seed), 0.94, 0.96)
    add("intervals of one point in money, revenue", 600, 500, lambda seed: _worth("revenue", seed), 0.94, 0.96)
    add("links without any truth: C or better", 500, 1000, lambda seed: _grade(seed, "BC"), 0.0, 0.05)
    add("links without any truth: B", 500, 1000, lambda seed: _grade(seed, "B"), 0.0, 0.001)
    add("links by nature alone: B", 2000, 200, lambda seed: _grade(seed, "B", 2000, 1.0), 0.0, 0.05)
    lines = [
        f"| {each['what']} | {each['n']:,} | {each['draws']:,} | {each['found']:.1%} | {_bounds(each)} |"
        for each in rows
    ]
    return Proved(rows, all(bool(each["held"]) for each in rows), TEXT.format(table=HEAD + "\n".join(lines)))


def _bounds(row: dict[str, object]) -> str:
    return f"{row['low']:.0%} to {row['high']:.0%}" if row["low"] else f"at most {row['high']:.1%}"


def _driver(definition: KpiDefinition, true: dict[str, float], seed: int) -> float:
    found, felt = visits(seed, 300)
    study = drivers.study(definition, frame(valued(definition, felt), **found), ["late", "channel"])
    both = (effect(study, "late"), effect(study, "channel", "web"))
    return float(np.mean([each.low <= true[each.factor] <= each.high for each in both]))


def _false(seed: int) -> float:
    rng = np.random.default_rng(seed)
    data = frame(rng.random(300) < 0.6, a=rng.random(300) < 0.5, b=rng.choice(list("xyz"), 300), c=rng.normal(size=300))
    return float(any(each.verdict != "could be chance" for each in drivers.study(SHARE, data, ["a", "b", "c"]).effects))


def _worth(outcome: str, seed: int) -> float:
    data = customers(seed, 600)
    data = data.assign(after=data["worth"], before=data["before"] * 5_000) if outcome == "revenue" else data
    worth = outcomes.link(SHARE, outcome, data, FULL).worth
    assert worth is not None
    return float(worth.low <= 15_000 <= worth.high)


def _grade(seed: int, grades: str, n: int = 500, trait: float = 0.0) -> float:
    return float(outcomes.link(SHARE, "repeat", customers(seed, n, gain=0.0, trait=trait), FULL).grade in grades)
