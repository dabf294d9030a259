"""Scored components: points for achievement, for improvement over one's own baseline, and for consistency.

The shape of the rule is that of the US hospital value-based purchasing programme (42 CFR 412.160 ff.); every number of it
stands in the plan.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from kpis.exact import Number, Strict, round_half_up
from kpis.incentives.shapes import Places


class Ramp(Strict):
    """Points on the way: slope × share of the way + addend, rounded half up to decimals, kept within two bounds."""

    slope: Number
    addend: Number = Fraction(0)
    within: tuple[Number, Number]
    decimals: Places = 0

    def points(self, way: Fraction) -> Fraction:
        """Points for a share of the way."""
        low, high = self.within
        return min(high, max(low, round_half_up(self.slope * way + self.addend, self.decimals)))


class Achievement(Ramp):
    """The way from threshold to benchmark; `floor` is where the way to the threshold begins, for consistency."""

    threshold: Number
    benchmark: Number
    floor: Number | None = None
    below_threshold: Number = Fraction(0)
    at_or_above_benchmark: Number


class Improvement(Ramp):
    """The way from one's own baseline to the benchmark."""

    benchmark: Number
    at_or_below_baseline: Number = Fraction(0)
    at_or_above_benchmark: Number


class Consistency(Ramp):
    """The lowest of several components' ways from floor to threshold."""

    of: Annotated[tuple[str, ...], Field(min_length=1)]
    all_at_threshold: Number


class Score(Strict):
    """The higher of achievement and improvement, or consistency alone; at most a maximum."""

    achievement: Achievement | None = None
    improvement: Improvement | None = None
    consistency: Consistency | None = None
    at_most: Number | None = None
    lower_is_better: bool = False


@dataclass(frozen=True)
class Scored:
    """Points and what they are made of; None where a part has none, such as improvement without a baseline."""

    points: Fraction
    achievement: Fraction | None = None
    improvement: Fraction | None = None
    lowest: Fraction | None = None


def scored(score: Score, figure: Fraction, baseline: Fraction | None) -> Scored:
    """The points of a figure, given the baseline where there is one."""
    sign = -1 if score.lower_is_better else 1
    achieved = _achieved(score.achievement, figure, sign) if score.achievement else None
    improved = (
        _improved(score.improvement, figure, baseline, sign) if score.improvement and baseline is not None else None
    )
    points = max((part for part in (achieved, improved) if part is not None), default=Fraction(0))
    return Scored(_at_most(score, points), achieved, improved)


def consistent(score: Score, rule: Consistency, ways: Sequence[Fraction]) -> Scored:
    """The points for the lowest of several ways from floor to threshold."""
    lowest = min(ways)
    points = rule.all_at_threshold if lowest >= 1 else rule.points(lowest)
    return Scored(_at_most(score, points), lowest=lowest)


def way(rule: Achievement, figure: Fraction) -> Fraction:
    """The share of the way from floor to threshold; a rule without a floor has the floor 0."""
    floor = rule.floor or Fraction(0)
    return (figure - floor) / (rule.threshold - floor)


def _achieved(rule: Achievement, figure: Fraction, sign: int) -> Fraction:
    if sign * figure >= sign * rule.benchmark:
        return rule.at_or_above_benchmark
    if sign * figure < sign * rule.threshold:
        return rule.below_threshold
    return rule.points((figure - rule.threshold) / (rule.benchmark - rule.threshold))


def _improved(rule: Improvement, figure: Fraction, baseline: Fraction, sign: int) -> Fraction:
    if sign * figure <= sign * baseline:
        return rule.at_or_below_baseline
    if sign * figure >= sign * rule.benchmark:
        return rule.at_or_above_benchmark
    return rule.points((figure - baseline) / (rule.benchmark - baseline))


def _at_most(score: Score, points: Fraction) -> Fraction:
    return points if score.at_most is None else min(score.at_most, points)
