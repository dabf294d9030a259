"""Figures on the axis of their curve, for whole arrays at once: `curves.attainment` in integers."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpis.incentives.paid import Values
from kpis.incentives.shapes import Curve

Ints = NDArray[Any]
SAFE = 2**62


def largest(values: Ints) -> int:
    """The largest absolute value, 0 of none."""
    return max(int(values.max()), -int(values.min())) if values.size else 0


@dataclass(frozen=True)
class Attained:
    """Attainment as numerator ÷ scale, arrays that broadcast; `scales` holds one scale for each target."""

    numerator: Ints
    scale: Ints
    scales: tuple[int, ...]
    refused: Ints


def attained(curve: Curve, targets: Sequence[Values | None], places: int, figures: Ints, numbers: Ints) -> Attained:
    """Whole figures of 10^-places on a curve's axis; `numbers` name each one's target.

    Axes with a rounding are not here.
    """
    if curve.axis in ("position", "percent_of_target"):
        return _to_target(curve, targets, places, figures, numbers)
    base = curve.base or Fraction(0) if curve.axis == "change" else Fraction(0)
    scale = lcm(10**places, base.denominator)
    numerator = _wide(figures, scale) * (scale // 10**places) - int(base * scale)
    whole = np.array(scale, dtype=numerator.dtype)
    return Attained(numerator, whole, (scale,) * len(targets), np.array(False))


def _to_target(curve: Curve, targets: Sequence[Values | None], places: int, figures: Ints, numbers: Ints) -> Attained:
    """Position, 100·F/T and 100·(2 − F/T), over the lengths between threshold, target and stretch."""
    filled = [target or (Fraction(0), Fraction(1), Fraction(2)) for target in targets]
    unit = lcm(10**places, *(value.denominator for target in filled for value in target))
    rows = [[value.numerator * (unit // value.denominator) for value in target] for target in filled]
    position = curve.axis == "position"
    scales = [lcm(middle - low, high - middle) if position else abs(middle) or 1 for low, middle, high in rows]
    reach = 300 * max(scales) * (largest(figures) * unit + max(abs(value) for row in rows for value in row) + 1)
    wide: Any = object if reach >= SAFE else np.int64
    figure = figures.astype(wide) * (unit // 10**places)
    low, middle, high, scale = (np.array(each, dtype=wide).take(numbers) for each in (*zip(*rows, strict=True), scales))
    missing = [target is None or (not position and target[1] == 0) for target in targets]
    refused = np.array(missing).take(numbers)
    if not position:
        ratio = figure * np.where(middle < 0, -100, 100)
        return Attained(
            ratio if curve.form == "figure_over_target" else 200 * scale - ratio, scale, tuple(scales), refused
        )
    over = figure - middle
    first = (over != 0) & ((over < 0) == (low < middle))
    length = np.where(first, middle - low, high - middle)
    return Attained(100 * scale + 100 * over * (scale // length), scale, tuple(scales), refused)


def _wide(figures: Ints, scale: int) -> Ints:
    return figures.astype(object) if largest(figures) * scale >= SAFE else figures
