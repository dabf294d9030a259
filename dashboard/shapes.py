"""Workflow results as the small frames and texts that charts and tables take: formatted once, no formula."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard import asking
from dashboard.formats import Formats, spelled
from dashboard.words import _
from kpis.definitions import KpiDefinition
from kpis.figures import Figure
from kpis.targets import Target
from kpis.workflows.review import SHOWN, TO_DATE, Course, attained
from kpis.workflows.stake import Held

SIGNALS = ("better", "worse")


def value(write: Formats, kpi: KpiDefinition, figure: Figure) -> str:
    """The figure in its unit, or the state that stands for it; an end alone where too few have ended for more."""
    if figure.value is None:
        return state(figure) if figure.low is None else _at_least(write, kpi, figure)
    return write.value(figure.value, kpi.unit, kpi.decimals, figure.n)


def _at_least(write: Formats, kpi: KpiDefinition, figure: Figure) -> str:
    return _("at least {value}").format(value=write.value(figure.low or 0, kpi.unit, kpi.decimals, figure.n))


def interval(write: Formats, kpi: KpiDefinition, figure: Figure) -> str:
    """The interval without its unit; where an end cannot close, "at least" or "at most"; why there is none."""
    if figure.value is None:
        return _("to protect people") if figure.state == "suppressed" else figure.reason
    ends = figure.low, figure.high
    if ends[0] is not None and ends[1] is not None:
        return write.interval(ends[0], ends[1], kpi.unit, kpi.decimals, figure.n)
    if ends[0] is not None:
        return _("at least {low}").format(low=write.bare(ends[0], kpi.unit, kpi.decimals, figure.n))
    if ends[1] is not None:
        return _("at most {high}").format(high=write.bare(ends[1], kpi.unit, kpi.decimals, figure.n))
    return _("no interval")


def told(write: Formats, kpi: KpiDefinition, figure: Figure) -> str:
    """Value, interval and n in one line; where an end cannot close, from how many answers it would."""
    if figure.value is None:
        return figure.reason
    ends = _("95% interval {ends}").format(ends=interval(write, kpi, figure))
    parts = [value(write, kpi, figure), ends, write.n(figure.n)]
    if figure.closes:
        parts.append(_("both ends close from {n} answers").format(n=write.number(figure.closes)))
    return " · ".join(parts)


def least(write: Formats, kpi: KpiDefinition, figure: Figure) -> str:
    """The smallest change that would show with as many answers, in a sentence; nothing where an end is open."""
    if figure.detectable is None or not figure.detectable > 0:
        return ""
    told = write.change(figure.detectable, kpi.unit, max(kpi.decimals, 1)).lstrip("+")
    return _("With so many answers a change of {size} or more would show, four times in five.").format(size=told)


def state(figure: Figure) -> str:
    """A state in the reader's words."""
    words = {
        "too few": _("too few"),
        "suppressed": _("not shown"),
        "no data": _("no data"),
        "ripening": _("not ripe yet"),
        "not validated": _("not validated"),
        "open": _("too few have ended"),
    }
    return words.get(figure.state, figure.state)


def not_shown(figure: Figure) -> str:
    """That a figure is not shown, and why, in few words."""
    if figure.state == "suppressed":
        return _("not shown to protect people")
    return _("not shown: {why}").format(why=state(figure))


def trend(write: Formats, course: Course) -> pd.DataFrame:
    """A course as the points of `charts.xmr`."""
    return pd.DataFrame([_point(write, course, at) for at in range(len(course.windows))])


def _point(write: Formats, course: Course, at: int) -> dict[str, Any]:
    window, figure, signal = course.windows[at], course.figures[at], course.signals[at]
    shown = figure.value is not None and figure.state in SHOWN
    usual = (signal.low, signal.mean, signal.high) if signal.mean == signal.mean else (None, None, None)
    changed = "; ".join(why for since, why in course.restarts if window.start <= since < window.end)
    short = f"{value(write, course.kpi, figure)}, {write.n(figure.n)}" if shown else ""
    return {
        "start": window.start, "when": write.period(window.name), "text": told(write, course.kpi, figure), "short": short,
        "value": figure.value if shown else None, "low": figure.low if shown else None, "high": figure.high if shown else None,
        "usual_low": usual[0], "usual_mean": usual[1], "usual_high": usual[2],
        "signal": signal.signal if signal.signal in SIGNALS and shown else "", "changed": changed,
    }  # fmt: skip


def rows(write: Formats, courses: Sequence[Course], newest: int = 26) -> pd.DataFrame:
    """Courses as the rows of `charts.review_rows`, the newest periods as sparks."""
    return pd.DataFrame([_row(write, each, newest) for each in courses])


def _row(write: Formats, course: Course, newest: int) -> dict[str, Any]:
    kpi, figure, told_signal = course.kpi, course.now, course.signal
    told_value = figure.value is not None
    spark = [each.value if each.state in SHOWN else None for each in course.figures[-newest:]] if told_value else []
    usual = next(((each.low, each.high) for each in reversed(course.signals) if each.mean == each.mean), (None, None))
    at, low, high = attained(course.target, figure, kpi) if course.target else (None, None, None)
    waits = _("not judged: {why}").format(why=state(figure)) if told_value else not_shown(figure)
    note = waits if figure.state not in SHOWN else "" if course.target else _("no target")
    return {
        "name": kpi.title, "n": write.n(figure.n), "value": value(write, kpi, figure),
        "interval": interval(write, kpi, figure), "spark": spark, "usual_low": usual[0] if spark else None,
        "usual_high": usual[1] if spark else None, "signal": told_signal.signal if told_signal.signal in SIGNALS else "",
        "attained": at, "attained_low": low, "attained_high": high, "note": note,
    }  # fmt: skip


def asked_once(kpis: Mapping[str, KpiDefinition], held: Sequence[Held]) -> str:
    """Said once where survey figures stand with who was asked; nothing where there are none."""
    surveys = [each for each in held if kpis[each.target.kpi].surveyed]
    return asking.once(kpis[surveys[0].target.kpi], [each.asked for each in surveys]) if surveys else ""


def aimed(write: Formats, kpi: KpiDefinition, target: Target) -> str:
    """Threshold, target and stretch in the KPI's unit."""
    scale = 100 if kpi.unit == "percent" else 1
    return " / ".join(write.value(float(each) / scale, kpi.unit, kpi.decimals) for each in target.values)


def signal(course: Course) -> str:
    """'better', 'worse' or '' of the newest figure."""
    return course.signal.signal if course.signal.signal in SIGNALS else ""


def rising(course: Course) -> bool:
    """Whether the newest figure stands above its mean: the direction of the number, not whether that is good."""
    return course.now.value is not None and course.now.value > course.signal.mean


def sentence(course: Course) -> str:
    """What happened, in one sentence."""
    title = course.kpi.title
    if course.now.value is None:
        return _("{kpi}: {why}").format(kpi=title, why=_why(course.now))
    if course.signal.signal == "not enough history":
        return _("{kpi}: too short a history to say what is usual").format(kpi=title)
    if not signal(course):
        return _("{kpi} stayed within its usual range").format(kpi=title)
    if course.signal.rule != 1:
        drift = _("{kpi} has drifted up") if rising(course) else _("{kpi} has drifted down")
        return drift.format(kpi=title)
    moved = _("{kpi} rose above its usual range") if rising(course) else _("{kpi} fell below its usual range")
    return moved.format(kpi=title)


def aim(course: Course) -> float | None:
    """The target in the figure's own scale (shares 0 to 1)."""
    if course.target is None:
        return None
    return float(course.target.target) / (100 if course.kpi.unit == "percent" else 1)


def bullets(
    write: Formats, kpis: Mapping[str, KpiDefinition], held: Sequence[Held], named: Callable[[str], str]
) -> pd.DataFrame:
    """Targets with their figures as the rows of `charts.bullet_rows`; of a KPI in several rows, whose each is."""
    times = Counter(each.target.kpi for each in held)
    whose = [named(each.target.scope) if times[each.target.kpi] > 1 else "" for each in held]
    return pd.DataFrame([_bullet(write, kpis[each.target.kpi], each, of) for each, of in zip(held, whose, strict=True)])


def _bullet(write: Formats, kpi: KpiDefinition, each: Held, whose: str) -> dict[str, Any]:
    at, low, high = attained(each.target, each.figure, kpi, TO_DATE)
    shown = each.figure.value is not None
    said = interval(write, kpi, each.figure), write.n(each.figure.n)
    return {
        "name": kpi.title, "about": _about(write, each, whose), "value": value(write, kpi, each.figure),
        "interval": " · ".join(filter(None, said)) if shown else said[0],
        "asked": asking.short(write, kpi, each.asked) if shown else "",
        "attained": at, "attained_low": low, "attained_high": high, "note": "" if at is not None else _why(each.figure),
    }  # fmt: skip


def _why(figure: Figure) -> str:
    """Why no bar is drawn, in the room of one."""
    return not_shown(figure) if figure.state == "suppressed" else figure.reason


def _about(write: Formats, each: Held, whose: str) -> str:
    weights = sorted({write.number(line.weight) for line in each.lines})
    unpaid = _("too few to pay on") if each.replaced else _("monitored, not paid")
    told_parts = [_("weight {weight}%").format(weight=" / ".join(weights)) if weights else unpaid]
    kinds = {"joint": _("joint"), "company": _("company")}
    told_parts += filter(None, [whose or kinds.get(each.target.scope.partition(":")[0])])
    told_parts += [_("to date")] if each.figure.to_date else []
    told_parts += [_("with {names}").format(names=", ".join(each.figure.beside))] if each.figure.beside else []
    return " · ".join([*told_parts, _("not ripe yet")] if each.figure.state == "ripening" else told_parts)


def reached(held: Sequence[Held], kpis: Mapping[str, KpiDefinition]) -> str:
    """How many targets are reached and how many are below threshold, in one sentence."""
    found = [attained(each.target, each.figure, kpis[each.target.kpi], TO_DATE)[0] for each in held]
    if len(found) == 1:
        return _alone(found[0])
    told_parts = _("{reached} of {all} targets reached, {below} below threshold").format(
        reached=_count(sum(at is not None and at >= 100 for at in found)), all=spelled(len(found)),
        below=_count(sum(at is not None and at < 0 for at in found)),
    )  # fmt: skip
    missing = sum(at is None for at in found)
    waiting = _("; {n} without a figure yet").format(n=spelled(missing)) if missing else ""
    return (told_parts + waiting + ".").capitalize()


def _alone(at: float | None) -> str:
    if at is None:
        return _("The one target is without a figure yet.")
    if at < 0:
        return _("The one target is below threshold.")
    return _("The one target is reached.") if at >= 100 else _("The one target is not reached yet.")


def _count(n: int) -> str:
    return spelled(n) if n else _("none")


def target_table(
    write: Formats, kpis: Mapping[str, KpiDefinition], held: Sequence[Held], named: Callable[[str], str]
) -> tuple[list[tuple[str, bool]], list[list[str]]]:
    """Targets in words: heads (with whether they are numbers) and rows."""
    heads = [(_("KPI"), False), (_("Held by"), False), (_("Threshold / target / stretch"), False)]
    dated = bool(held) and all(each.figure.to_date for each in held)
    heads += [
        (_("Figure to date") if dated else _("Figure"), True),
        (_("95% interval"), True),
        (_("n"), True),
        (_("Answered, of those asked"), False),
    ]
    heads += [(_("Attainment"), True)]
    rows_found = []
    for each in held:
        kpi = kpis[each.target.kpi]
        at = attained(each.target, each.figure, kpi, TO_DATE)[0]
        cells = [kpi.title, named(each.target.scope), aimed(write, kpi, each.target), value(write, kpi, each.figure)]
        rows_found.append(
            [
                *cells,
                interval(write, kpi, each.figure),
                write.number(each.figure.n),
                asking.short(write, kpi, each.asked),
                "–" if at is None else write.number(at),
            ]
        )
    return heads, rows_found


def contributions(write: Formats, kpi: KpiDefinition, parts: Sequence[tuple[str, float]]) -> pd.DataFrame:
    """What each part accounts for, as the rows of `charts.contributions`."""
    up = kpi.direction == "higher"
    rows_found = [
        {
            "name": name,
            "value": part,
            "text": write.number(part, max(kpi.decimals, 1), sign=True),
            "better": (part > 0) == up,
        }
        for name, part in parts
    ]
    return pd.DataFrame(rows_found)


def accounts_for(write: Formats, kpi: KpiDefinition, own: float, whole: float) -> str:
    """What a unit accounts for of its parent's distance from target, in one sentence."""
    places = max(kpi.decimals, 1)
    told_own, told_whole = write.number(own, places, sign=True), write.number(whole, places, sign=True)
    return _("{kpi}: {own} of {whole} points against target are from here").format(
        kpi=kpi.title, own=told_own, whole=told_whole
    )
