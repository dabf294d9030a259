"""How often charts cry wolf, and how soon they see a real shift, on drawn weeks in which the truth is known."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kpis.signals import DEPARTMENT_RULES, RULES, Baseline, Signal, across_charts, chart, frozen
from tests.prove.run import Progress, Proved

CHARTS, WEEKS, WATCHED, TOGETHER = 1200, 156, 52, 40
SHIFT, WITHIN = 2.0, 8
HEADS = (
    "weeks in which nothing happens", "history", "false, plain XmR", "false, ours", "told to expect", "false, rule 1 alone",
    "plain sees a shift (without one)", "ours sees it (without one)", "left of 40 charts read together",
)  # fmt: skip
Drawn = tuple[np.ndarray, np.ndarray | None]


@dataclass(frozen=True)
class World:
    """Weeks in which nothing happens: `draw` gives figures (charts, weeks) of standard deviation `spread`, and n."""

    name: str
    draw: Callable[[np.random.Generator, int], Drawn]
    spread: float = 1.0


def leaning(phi: float, season: float = 0.0) -> Callable[[np.random.Generator, int], Drawn]:
    """Weeks that lean on the one before by phi, around a yearly wave of that height, its phase drawn."""

    def draw(rng: np.random.Generator, charts: int) -> Drawn:
        weeks = rng.normal(size=(charts, WEEKS)) * np.sqrt(1 - phi**2)
        weeks[:, 0] /= np.sqrt(1 - phi**2)
        for week in range(1, WEEKS):
            weeks[:, week] += phi * weeks[:, week - 1]
        phase = rng.uniform(size=(charts, 1))
        return weeks + season * np.sin(2 * np.pi * (np.arange(WEEKS) / 52 + phase)), None

    return draw


def shares(varies: Callable[[np.random.Generator, int], np.ndarray]) -> Callable[[np.random.Generator, int], Drawn]:
    """Shares of 70% among n answers a week."""

    def draw(rng: np.random.Generator, charts: int) -> Drawn:
        n = varies(rng, charts)
        return rng.binomial(n, 0.7) / n, n.astype(float)

    return draw


def every_other(rng: np.random.Generator, charts: int) -> np.ndarray:
    """400 answers a week for two years, then 50 in every other week."""
    del rng
    weeks = np.arange(WEEKS)
    return np.tile(np.where((weeks >= WEEKS - WATCHED) & (weeks % 2 > 0), 50, 400), (charts, 1))


WORLDS = (
    World("independent weeks", leaning(0.0)),
    World("lag-1 correlation 0.3", leaning(0.3)),
    World("lag-1 correlation 0.6", leaning(0.6)),
    World("season of 1.5 sd", leaning(0.0, season=1.5)),
    World("season of 1.5 sd, lag-1 0.3", leaning(0.3, season=1.5)),
    World("share, n from 50 to 500", shares(lambda rng, k: rng.integers(50, 501, size=(k, WEEKS))), 0.028),
    World("share, n 400, later 50 at times", shares(every_other), 0.023),
)
KNOWN = {"20 weeks": 20, "two years": 104}


def prove(scale: float = 1.0, tell: Progress = print) -> Proved:
    """The table of false signals, what was told to expect, and power, `scale` × 1,200 charts a line; its page."""
    charts = max(TOGETHER, round(CHARTS * scale / TOGETHER) * TOGETHER)
    rows = []
    for at, world in enumerate(WORLDS):
        figures, n = world.draw(np.random.default_rng(at), charts)
        for known, weeks in KNOWN.items():
            rows.append({"weeks": world.name, "baseline": known, **measured(world, figures, n, weeks)})
            tell(f"{world.name}, {known}: {percent(rows[-1], 'ours', 2)} false, {percent(rows[-1], 'told', 2)} told")
    return Proved(rows, all(holds(row, charts) for row in rows), page(rows, charts))


def measured(world: World, figures: np.ndarray, n: np.ndarray | None, weeks: int) -> dict[str, float]:
    """Shares of false signals a chart-week and of shifts seen, ours and plain; reviews of 40 charts before and after."""
    sizes = [None] * len(figures) if n is None else list(n)
    bases = [_known(v, size, weeks) for v, size in zip(figures, sizes, strict=True)]
    plains = [plain(v, weeks) for v in figures]

    def read(values: np.ndarray, usual: list[Baseline], rules: tuple[int, ...] = RULES) -> list[list[Signal]]:
        rows = zip(values, usual, sizes, strict=True)
        start = WEEKS - WATCHED - weeks
        return [chart(v, "higher", [(start, base)], size, rules)[-WATCHED:] for v, base, size in rows]

    shifted = figures.copy()
    shifted[:, -WATCHED // 2 :] += SHIFT * world.spread
    ours, alone, naive = read(figures, bases), read(figures, bases, DEPARTMENT_RULES), read(figures, plains)
    reviews = [[row[week] for row in group] for group in _together(ours) for week in range(0, WATCHED, 4)]
    return {
        "plain": _spoke(naive),
        "ours": _spoke(ours),
        "told": _told(ours),
        "rule 1": _spoke(alone),
        "rule 1 told": _told(alone),
        "plain sees": _saw(read(shifted, plains)),
        "plain without": _saw(naive),
        "ours sees": _saw(read(shifted, bases)),
        "ours without": _saw(ours),
        "read across 40": float(
            np.mean([sum(p.signal in ("better", "worse") for p in across_charts(r)) for r in reviews])
        ),
    }


def holds(row: dict[str, object], charts: int) -> bool:
    """What a line must keep: the number told is right or more, and reading across charts leaves nearly nothing.

    A baseline of 20 weeks cannot know a season; it is held to half of what a plain chart gives.
    """
    ours, told, naive, left = (float(str(row[name])) for name in ("ours", "told", "plain", "read across 40"))
    if "season" in str(row["weeks"]) and row["baseline"] == "20 weeks":
        return ours < naive / 2
    return ours < told * 1.2 + 0.05 * charts**-0.5 and left < 0.25 + 3 * charts**-0.5


def plain(v: np.ndarray, weeks: int) -> Baseline:
    """The chart of the textbook: mean and mean moving range of the same weeks, and nothing else."""
    past = v[WEEKS - WATCHED - weeks : WEEKS - WATCHED]
    return Baseline(len(past), float(past.mean()), 0.0, float(np.abs(np.diff(past)).mean()), by_n=False)


def _known(v: np.ndarray, n: np.ndarray | None, weeks: int) -> Baseline:
    past = slice(WEEKS - WATCHED - weeks, WEEKS - WATCHED)
    found = frozen(v[past], None if n is None else n[past])
    assert found is not None
    return found


def _together(read: list[list[Signal]]) -> list[list[list[Signal]]]:
    return [read[at : at + TOGETHER] for at in range(0, len(read), TOGETHER)]


def _spoke(read: list[list[Signal]]) -> float:
    return float(np.mean([[point.rule > 0 for point in row] for row in read]))


def _told(read: list[list[Signal]]) -> float:
    return float(np.mean([[point.chance for point in row] for row in read]))


def _saw(read: list[list[Signal]]) -> float:
    start = WATCHED - WATCHED // 2
    return float(np.mean([any(p.signal == "better" for p in row[start : start + WITHIN]) for row in read]))


def page(rows: list[dict[str, object]], charts: int) -> str:
    """docs/signals.md: what the chart does, the table, and how to read it."""
    lines = [f"| {' | '.join(HEADS)} |", f"|{' --- |' * len(HEADS)}"]
    for row in rows:
        cells = [percent(row, "plain"), percent(row, "ours"), percent(row, "told"), percent(row, "rule 1")]
        cells += [
            f"{percent(row, f'{who} sees', 0)} ({percent(row, f'{who} without', 0)})" for who in ("plain", "ours")
        ]
        cells += [f"{row['read across 40']:.2f}"]
        lines.append(f"| {row['weeks']} | {row['baseline']} | {' | '.join(cells)} |")
    return PAGE.format(table="\n".join(lines), charts=charts, watched=WATCHED)


def percent(row: dict[str, object], name: str, decimals: int = 1) -> str:
    """A share of the table in percent."""
    return f"{float(str(row[name])) * 100:.{decimals}f}%"


PAGE = """# Signal or could be chance

Every KPI has a chart with its usual range. A point outside is a *signal*; a point inside *could be chance*. This page
says how the range is drawn, and how often it is wrong. `python -m tests.prove.run signals` draws the table again.

## How the range is drawn

1. **A frozen baseline.** The mean and the mean moving range of at least 20 weeks, stored, so that the range does not
   follow what it should warn of. Where history is longer, the first year is taken, or two years if they show a season.
   Limits are 2.66 moving ranges above and below the mean (XmR, Wheeler 1993).
2. **Weeks that lean on the one before.** If their lag-1 correlation is, or within one standard error could be, above
   0.2, the chart expects each week to stay near the last, and judges what is left (AR(1) residuals, Alwan and Roberts
   1988). The correlation of a short series comes out too small; that is corrected (Marriott and Pope 1954), and limits
   are wider after an extreme week, since the lean is an estimate.
3. **A season.** Where 20 weeks or more correlate with their like a year before by more than a half, the chart judges the
   difference from the same week a year before.
4. **Shares whose n varies by more than 25%.** Limits follow n: wider in a week of few answers (Laney's p′, 2002). A week
   whose n is more than 25% off gets its own limits even where the baseline's n was steady.
5. **Rules.** A point outside the limits (1), eight in a row on one side of the mean (2), three of four nearer to one limit
   than to the mean (3). Departments answer to rule 1 alone, and so does a chart of leaning weeks until its baseline holds
   a year: before that, a lean and a run look alike.
6. **Many charts.** The newest points of all charts on a page are read together (Benjamini and Hochberg 1995): of those
   left as signals, one in ten is chance on average. The lead sentence says how many signals chance alone would give
   before that.
7. **A restart.** After a marked change (a new price, a new questionnaire) a new baseline starts, with its reason.

## How often it is wrong

{charts} charts a line. Nothing happens in the {watched} weeks after the baseline, so each signal is false; the shares are
of chart-weeks. *Told to expect* is what the program says chance would give. *Sees a shift*: the level moves by two
standard deviations for good, and a signal that says so comes within eight weeks; in brackets, how often the same is said
when nothing moved. The last column: how many signals are left when the newest points of 40 such charts are read together.

{table}

## How to read it

- A plain chart gives false signals in 3 of 100 weeks when weeks are independent, in 6 to 10 when they lean a little, and
  in 24 to 47 when they lean more or have a season. Its better eye for shifts is then mostly nervousness: the brackets say
  how much.
- With two years of history the false share is about 2 in 100 whatever the weeks are like, and the number told is about
  right or high.
- **From 20 weeks a season cannot be known.** Until a year is over, such a chart takes the season for a change more often
  than it tells. When a year of history shows a season, the baseline is frozen anew, with that reason.
- A chart judged against the same week a year before sees less: two weeks of chance instead of one, and an odd week a year
  ago makes this one look odd. The reason beside the signal says what it was compared with.
- Weeks that lean are harder to judge: a real shift looks like one more lean. Fewer shifts are seen, and those that are
  can be trusted.
- More history helps twice: fewer false signals, and more shifts seen.
"""
