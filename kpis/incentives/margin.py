"""What one more point would have paid: each figure one point better, and the whole plan applied again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from kpis.definitions import KpiDefinition
from kpis.exact import shown
from kpis.incentives.curves import NoResultError, pieces
from kpis.incentives.paid import Participant, Ratio, Reading, Run
from kpis.incentives.pool import Claim, settled
from kpis.incentives.reckon import Line, Work, reckon
from kpis.incentives.steps_line import first_figure

ZERO, ONE = Fraction(0), Fraction(1)
REASONS = {
    "below": "Nothing: the curve begins at {first}.",
    "above": "Nothing: the curve pays no more from here.",
    "flat": "Nothing: the curve is flat here.",
    "gate": "Nothing: the gate {name} holds it back.",
    "weight": "Nothing: it has no weight here.",
    "limit": "Nothing: {name} is reached.",
    "pool": "Nothing: the pool is shared out.",
    "settled": "Nothing: what was paid before takes it up.",
    "rounding": "Nothing: it is less than the least coin.",
    "end": "Nothing: the figure is at the end of its scale.",
    "missing": "Not defined: no figure of yours pays here.",
    "transactions": "Not defined: each transaction pays by itself.",
    "answers": "Not defined: several figures pay here together.",
    "refused": "Not defined: {why}.",
}


@dataclass(frozen=True)
class Scale:
    """What a point of a KPI is, in its display unit, which way is better without a target, and the ends of its scale."""

    point: Fraction = ONE
    higher: bool = True
    least: Fraction | None = None
    most: Fraction | None = None


@dataclass(frozen=True)
class Margin:
    """A figure, the same one point better, and what that would have paid more, in minor units; None where not defined.

    `lines` are the (segment, component) that read the figure: they move together, so margins of one payout may be
    compared, but a figure is never counted twice. `reason` is a sentence of REASONS where nothing more is paid.
    """

    of: str
    figure: Fraction | None
    better: Fraction | None
    amount: int | None
    lines: tuple[tuple[int, str], ...]
    reason: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> str:
        """The reason as a sentence, empty where something more is paid."""
        return REASONS[self.reason].format(**self.inputs) if self.reason else ""


def scale_of(kpi: KpiDefinition) -> Scale:
    """The scale of a KPI: a percentage point, a point, an hour, a day; a tenth of a score that is told with decimals."""
    point = Fraction(1, 10) if kpi.unit == "score" and kpi.decimals else ONE
    ends = {"share": (0, 100), "top_box": (0, 100), "nps": (-100, 100)}
    least, most = ends.get(kpi.measure.kind, (kpi.measure.low, kpi.measure.high))
    bounds = (None if each is None else Fraction(each) for each in (least, most))
    return Scale(point, kpi.direction == "higher", *bounds)


def payer(run: Run) -> Callable[[Participant], Work]:
    """How a participant of a run is paid anew, with everybody else, and their claims on a pool, as they were."""
    pool, frame = run.frame.pool, replace(run.frame, pool=None)
    if pool is None:
        return lambda each: reckon(run.plan, each, frame)
    claims = {work.person: _claim(work) for work in (reckon(run.plan, each, frame) for each in run.participants)}

    def again(each: Participant) -> Work:
        mine = claims | {each.person: _claim(reckon(run.plan, each, frame))}
        whole = settled(replace(run, frame=frame), list(mine.values()), pool.key)
        share = next(one.share for one in whole.participants if one.person == each.person)
        return reckon(run.plan, replace(each, share=share), whole.frame)

    return again


def _claim(work: Work) -> Claim:
    return Claim(work.person, work.before_pool, work.opportunity)


def margins(
    participant: Participant, work: Work, again: Callable[[Participant], Work], scales: Mapping[str, Scale]
) -> list[Margin]:
    """A margin for every figure that pays a line, in the order of the lines; `scales` by KPI id (default: a point is 1)."""
    found: dict[object, list[Line]] = {}
    for line in work.lines:
        ratios = _paying(line, _reading(participant, line))
        key = tuple(each.of for each in ratios)
        found.setdefault(key if key and all(key) else (line.segment, line.component.id), []).append(line)
    return [_margin(participant, work, lines, again, scales) for lines in found.values()]


def _reading(participant: Participant, line: Line) -> Reading:
    return participant.segments[line.segment].readings.get(line.component.id, Reading())


def _paying(line: Line, reading: Reading) -> tuple[Ratio, ...]:
    """The ratios the paid figure is made of."""
    which = {"own": (reading.own,), "team": (reading.team,), "credibility": (reading.own, reading.team)}
    return tuple(each for each in which.get(line.paid.basis, ()) if each is not None)


def _margin(
    participant: Participant, work: Work, lines: Sequence[Line], again: Callable[[Participant], Work],
    scales: Mapping[str, Scale],
) -> Margin:  # fmt: skip
    line, reads = lines[0], tuple((each.segment, each.component.id) for each in lines)
    reading = _reading(participant, line)
    ratios, of = _paying(line, reading), " + ".join(each.of for each in _paying(line, reading))
    figure = line.paid.figure if line.paid.terms else None
    undefined = _undefined(line, reading, ratios)
    if undefined:
        return Margin(of, figure, None, None, reads, undefined)
    scale = scales.get(ratios[0].of.split("@")[0], Scale())
    up = reading.target[2] > reading.target[0] if reading.target else scale.higher
    step = scale.point if up else -scale.point
    if _beyond(scale, line.paid.figure + step):
        return Margin(of, figure, None, 0, reads, "end")
    try:
        moved = again(changed(participant, line, ratios, step))
    except NoResultError as none:
        return Margin(of, figure, line.paid.figure + step, None, reads, "refused", {"why": str(none)})
    now = {(each.segment, each.component.id): each for each in moved.lines}
    pairs = [(each, now[each.segment, each.component.id]) for each in lines]
    more = moved.payout - work.payout
    reason, inputs = ("", {}) if more else _why(work, moved, pairs, reading)
    return Margin(of, figure, pairs[0][1].paid.figure, more, reads, reason, inputs)


def _undefined(line: Line, reading: Reading, ratios: Sequence[Ratio]) -> str:
    """Why one more point of a line's figure says nothing; empty where it does."""
    if line.component.score and line.component.score.consistency:
        return "answers"
    if not ratios or line.paid.basis in ("missing", "fallback"):
        return "missing"
    return "transactions" if reading.transactions and line.component.curve.basis == "each_transaction" else ""


def _beyond(scale: Scale, figure: Fraction) -> bool:
    return (scale.most is not None and figure > scale.most) or (scale.least is not None and figure < scale.least)


def changed(participant: Participant, line: Line, ratios: Sequence[Ratio], step: Fraction) -> Participant:
    """The participant with those ratios moved by a step wherever the plan reads them; unnamed ones in their line alone."""
    names = {each.of for each in ratios if each.of}

    def moved(ratio: Ratio | None, mine: bool) -> Ratio | None:
        if ratio is None or not (ratio.of in names if ratio.of else mine and ratio in ratios):
            return ratio
        bottom = ratio.denominator * step.denominator
        return replace(
            ratio, numerator=ratio.numerator * step.denominator + step.numerator * ratio.denominator, denominator=bottom
        )

    def read(readings: Mapping[str, Reading], at: int) -> dict[str, Reading]:
        here = {name: at == line.segment and name == line.component.id for name in readings}
        return {
            name: replace(each, own=moved(each.own, here[name]), team=moved(each.team, here[name]))
            for name, each in readings.items()
        }

    segments = tuple(replace(each, readings=read(each.readings, at)) for at, each in enumerate(participant.segments))
    return replace(participant, segments=segments, readings=read(participant.readings, -1))


def _why(before: Work, after: Work, pairs: Sequence[tuple[Line, Line]], reading: Reading) -> tuple[str, dict[str, str]]:
    """The first place on the way from figure to payout where the point is lost."""
    if all(one.curve_pays == two.curve_pays for one, two in pairs):
        return _on_curve(pairs[0][0], reading)
    if all(one.gated == two.gated for one, two in pairs):
        return "gate", {"name": ", ".join(_gates(before))}
    if before.total == after.total:
        return "weight", {}
    for one, two in zip(before.limits, after.limits, strict=True):
        if one.before != two.before and one.after == two.after:
            return "limit", {"name": one.name}
    if before.before_pool == after.before_pool:
        return "weight", {}
    if before.settled.due != after.settled.due:
        return "settled", {}
    return ("pool" if before.exact != before.before_pool else "rounding"), {}


def _on_curve(line: Line, reading: Reading) -> tuple[str, dict[str, str]]:
    """Whether the figure is short of the curve, past it, or on a flat piece of it."""
    if line.attained is None or line.component.second or line.component.score:
        return "flat", {}
    starts = pieces(line.component.curve).starts
    first = first_figure(line.component.curve, reading.target)
    if line.attained < starts[0] and first is not None:
        return "below", {"first": shown(first)}
    return ("above" if line.attained >= starts[-1] else "flat"), {}


def _gates(work: Work) -> Iterator[str]:
    yield from (each.gate.name for each in work.gates if not each.passed)
