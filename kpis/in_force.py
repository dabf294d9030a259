"""Targets in time: which version counts on which days of its period, and what a change of one needs.

The first version counts for the whole period. A later one counts from its date onwards, whatever an earlier one said of
those days. Where more than one was in force within the period, the values that pay are theirs, weighted by days: exact
ratios, so a cascade that closes at each version closes at the mixture.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from hashlib import sha256

import rfc8785

from data_contracts.problems import Problem
from kpis.calendar import Period
from kpis.targets import Target

NAMES = ("threshold", "target", "stretch")
FIXED = ("kpi", "scope", "period")


@dataclass(frozen=True)
class Version:
    """One version of a target, and the day it was said to count from."""

    number: int
    since: date
    target: Target


@dataclass(frozen=True)
class Span:
    """Days from `start` to `end` (exclusive) on which a version is in force."""

    start: date
    end: date
    version: Version

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.start).days


class Prorated(Target):
    """A target whose versions shared its period: the newest one's text, and values weighted by the days of each."""

    parts: tuple[tuple[int, Target], ...]

    @property
    def values(self) -> tuple[Fraction, Fraction, Fraction]:
        """Threshold, target and stretch, each Σ days · value ÷ Σ days, exact."""
        days = sum(count for count, _ in self.parts)
        low, middle, high = (
            sum((n * each.values[at] for n, each in self.parts), Fraction(0)) / days for at in range(3)
        )
        return low, middle, high


def spans(versions: Sequence[Version], period: Period) -> tuple[Span, ...]:
    """The days of the period by the version in force, oldest first; `versions` are in the order they were recorded."""
    found: list[Span] = []
    for each in versions:
        start = max(each.since, period.start) if found else period.start
        if start < period.end:
            kept = [Span(span.start, min(span.end, start), span.version) for span in found if span.start < start]
            found = [*kept, Span(start, period.end, each)]
    return tuple(found)


def in_force(versions: Sequence[Version], period: Period) -> Target:
    """The target as it counts for its period: one version, or the mixture of those that were in force."""
    held = spans(versions, period)
    newest = held[-1].version.target
    if len({span.version.target.values for span in held}) == 1:
        return newest
    fields = {name: getattr(newest, name) for name in Target.model_fields}
    return Prorated(**fields, parts=tuple((span.days, span.version.target) for span in held))


def harder(new: Target, old: Target) -> tuple[str, ...]:
    """The values that moved away from the holder; the order of the three says which way that is."""
    sign = 1 if new.direction == "higher" else -1
    moved = zip(NAMES, new.values, old.values, strict=True)
    return tuple(name for name, after, before in moved if sign * (after - before) > 0)


def terms(each: Target, since: date) -> str:
    """SHA-256 of exactly what somebody consents to: the target, its three values, and the day they count from."""
    said = {"target": each.id, "since": since.isoformat()} | {name: str(getattr(each, name)) for name in NAMES}
    return sha256(rfc8785.dumps(said)).hexdigest()


def worsens(versions: Sequence[Version], new: Target, since: date, today: date, period: Period) -> tuple[str, ...]:
    """The values that get harder than those in force on a day from `since` on, within a running period; else none."""
    if not period.start <= today < period.end:
        return ()
    later = [span.version.target for span in spans(versions, period) if span.end > since]
    return tuple(name for name in NAMES if any(name in harder(new, old) for old in later))


def check(
    versions: Sequence[Version], new: Target, since: date, today: date, period: Period, consented: Collection[str]
) -> list[Problem]:
    """What stands against a change of a known target from a day on; `consented` are the terms somebody accepted."""
    where, old = f"target {new.id}", versions[-1].target
    found = [
        Problem(
            f"{where}, {name}", f"{name} as it was", repr(getattr(new, name)), "Set it as a target with another id."
        )
        for name in FIXED
        if getattr(new, name) != getattr(old, name)
    ]
    if today >= period.end:
        step = "It stays as it is; what was paid is corrected by an adjustment."
        return [*found, Problem(where, "a period that has not ended", f"{period}, ended {period.end}", step)]
    if period.start <= today and since < today:
        found.append(Problem(where, f"a change from {today} on", str(since), "A change applies from its date onwards."))
    if since >= period.end:
        found.append(Problem(where, f"a day before {period.end}", str(since), "Name a day within its period."))
    worse = worsens(versions, new, since, today, period)
    if worse and terms(new, since) not in consented:
        step = "Record who consented, when and in which document (`goldenthread targets consent`), or leave the values."
        told = f"none for a harder {' and '.join(worse)} from {since}"
        found.append(Problem(where, "a recorded consent or agreement", told, step))
    return found
