"""Groups against the rest and a period against the one before, as small frames and sentences; no formula."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard import asking, shapes
from dashboard.formats import Formats
from dashboard.words import _, ngettext
from kpis.comparisons import Split
from kpis.definitions import KpiDefinition
from kpis.figures import Figure
from kpis.mix import Part
from kpis.workflows.compare import Compared, Comparison
from kpis.workflows.measure import Asked
from kpis.workflows.review import SHOWN
from kpis.workflows.seconds import Second

LEANS = 0.05  # of a figure that is borrowed, from which the second figure is worth drawing


def kinds() -> dict[str, str]:
    """What the kinds of groups are called."""
    return {"department": _("Departments"), "channel": _("Channels"), "segment": _("Segments")}


def groups(
    write: Formats, kpi: KpiDefinition, found: Sequence[Compared], borrowed: Mapping[str, Second]
) -> pd.DataFrame:
    """Groups as the rows of `charts.dots`; one that differs from the rest has the look of a signal."""
    return pd.DataFrame([_group(write, kpi, each, borrowed.get(each.figure.scope)) for each in found])


def _group(write: Formats, kpi: KpiDefinition, each: Compared, second: Second | None) -> dict[str, Any]:
    figure, named = each.figure, {"group": each.cut, "name": each.name or _("unknown")}
    if figure.value is None or figure.state not in SHOWN:
        nothing = dict.fromkeys(("value", "low", "high", "second")) | dict.fromkeys(
            ("text", "ends", "n", "second_text", "signal"), ""
        )
        return named | nothing | {"note": shapes.not_shown(figure)}
    leans = second is not None and second.borrowed >= LEANS
    ends = {"value": figure.value, "low": figure.low, "high": figure.high, "second": second.value if leans else None}
    said = borrowing(write, kpi, second, figure.n) if leans else ""
    texts = {
        "text": shapes.value(write, kpi, figure),
        "ends": shapes.interval(write, kpi, figure),
        "n": write.n(figure.n),
        "second_text": said,
    }
    return named | ends | texts | {"signal": side(kpi, each), "note": ""}


def side(kpi: KpiDefinition, each: Compared) -> str:
    """'better' or 'worse' for a group that differs from the rest, '' for one that could be chance."""
    if not each.differs:
        return ""
    return "better" if (each.direction == "above") == (kpi.direction == "higher") else "worse"


def borrowing(write: Formats, kpi: KpiDefinition, second: Second, n: float) -> str:
    """A shrunken figure in words: its value, and how much of it is the others'."""
    told = write.value(second.value, kpi.unit, kpi.decimals, n)
    return _("{value} with {share} borrowed").format(value=told, share=write.percent(second.borrowed))


def differing(kpi: KpiDefinition, found: Sequence[Compared]) -> str:
    """Which groups differ from the rest, in one sentence."""
    named = {word: [each.name or _("unknown") for each in found if side(kpi, each) == word] for word in shapes.SIGNALS}
    told = [
        form.format(names=_listed(named[word]))
        for word, form in (("worse", _("worse than the rest: {names}")), ("better", _("better: {names}")))
        if named[word]
    ]
    text = "; ".join(told) if told else _("no group differs from the rest by more than chance")
    return f"{text[:1].upper()}{text[1:]}"


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return _("{some} and {last}").format(some=", ".join(names[:-1]), last=names[-1])


def why_differs(found: Sequence[Compared], seconds: bool) -> str:
    """How to read the groups: against what each is held, and what an open circle is."""
    told = [
        _("With 95% interval; n at the right. The line is the whole unit."),
        ngettext("Shape and colour: differs from the rest, {n} group read together (Holm).",
                 "Shape and colour: differs from the rest, {n} groups read together (Holm).", len(found)).format(n=len(found)),
    ]  # fmt: skip
    if seconds:
        told.append(_("Open circle: the figure when a small group borrows from all groups of its kind."))
    return " ".join(told)


def asked(write: Formats, kpi: KpiDefinition, found: Sequence[Compared], who: Sequence[Asked | None]) -> str:
    """Who is behind the survey figures of groups; nothing where that is not known, which the head of the page says."""
    named = [
        f"{each.name or _('unknown')} {asking.short(write, kpi, of)}" for each, of in zip(found, who, strict=True) if of
    ]
    return _("Answered: {groups}.").format(groups="; ".join(named)) if named else ""


def steps(write: Formats, kpi: KpiDefinition, found: Comparison, split: Split | None) -> pd.DataFrame:
    """From the figure before to the figure now, as the rows of `charts.change`."""
    before, after = found.before, found.after
    rows = [_figure(write, kpi, before)]
    if split is not None and before.value is not None and after.value is not None:
        middle = before.value + float(split.parts.moved)
        rows.append(_step(write, kpi, _("Customers moved"), before.value, middle))
        rows.append(_step(write, kpi, _("Served differently"), middle, after.value))
    return pd.DataFrame([*rows, _figure(write, kpi, after)])


def _figure(write: Formats, kpi: KpiDefinition, figure: Figure) -> dict[str, Any]:
    at = {"start": figure.value, "end": figure.value, "low": figure.low, "high": figure.high}
    when = write.period(figure.window)
    when = _("{period} to date").format(period=when) if figure.to_date else when
    return {"name": when, "text": shapes.value(write, kpi, figure)} | at


def _step(write: Formats, kpi: KpiDefinition, name: str, start: float, end: float) -> dict[str, Any]:
    text = write.change(end - start, kpi.unit, places(kpi), bare=True)
    return {"name": name, "text": text, "start": start, "end": end, "low": None, "high": None}


def places(kpi: KpiDefinition) -> int:
    """Decimals of a difference: parts of it are small."""
    return max(kpi.decimals, 1)


def changed(write: Formats, kpi: KpiDefinition, found: Comparison) -> str:
    """How much a KPI changed, and whether that is more than chance, in one sentence."""
    if not found.value:
        return _("{kpi} is what it was").format(kpi=kpi.title)
    sure = (_("{kpi} rose by {by}: a signal"), _("{kpi} fell by {by}: a signal"))
    chance = (_("{kpi} rose by {by}: could be chance"), _("{kpi} fell by {by}: could be chance"))
    by = write.change(abs(found.value), kpi.unit, places(kpi)).lstrip("+")
    return (sure if found.signal else chance)[found.value < 0].format(kpi=kpi.title, by=by)


def why_changed(write: Formats, kpi: KpiDefinition, found: Comparison) -> str:
    """The interval of a change, and why it is a signal or could be chance."""
    if found.low is None or found.high is None:
        return found.words
    low, high = (write.change(each, kpi.unit, places(kpi), bare=True) for each in (found.low, found.high))
    return " ".join([_("95% interval of the change {low} to {high}.").format(low=low, high=high), found.words])


def fullest(found: Comparison) -> tuple[str, Split | None]:
    """The cut that tells most of a change by customers moving, and its parts."""
    held = sorted(found.mix.items(), key=lambda each: -abs(each[1].parts.moved))
    return held[0] if held else ("", None)


def moved_or_served(write: Formats, kpi: KpiDefinition, split: Split) -> str:
    """How much because customers moved, how much because they were served differently; Simpson's trap told."""
    parts = split.parts
    moved, served = (write.change(float(each), kpi.unit, places(kpi)) for each in (parts.moved, parts.served))
    told = _("{moved} because customers moved, {served} because they were served differently")
    if not (parts.paradox and split.certain):
        return told.format(moved=moved, served=served)
    trap = _("The whole rose though no group did") if parts.change > 0 else _("The whole fell though no group did")
    return f"{trap}: {told.format(moved=moved, served=served)}"


def why_split(write: Formats, kpi: KpiDefinition, found: Comparison, cut: str) -> str:
    """How to read the split of a change: its intervals, and Simpson's trap in words."""
    split, told = found.mix[cut], [_("By {cut}; the parts sum to the change.").format(cut=kinds()[cut].lower())]
    sides = ((float(split.parts.moved), split.moved), (float(split.parts.served), split.served))
    if all(margin == margin for _part, margin in sides):
        ends = [
            write.change(part + side * margin, kpi.unit, places(kpi), bare=True)
            for part, margin in sides
            for side in (-1, 1)
        ]
        form = _("95% intervals: moved {} to {}, served {} to {}.")
        told.append(form.format(*ends))
    return " ".join([*told, *([found.traps[cut]] if cut in found.traps else [])])


def by_group(write: Formats, kpi: KpiDefinition, split: Split) -> tuple[list[tuple[str, bool]], list[list[str]]]:
    """What each group added to a change: heads (with whether they are numbers) and rows, the sum last."""
    parts = split.parts
    heads = [(_("Group"), False), (_("Of all, before and now"), True), (_("Figure, before and now"), True)]
    heads += [(_("Moved"), True), (_("Served"), True)]
    sums = [write.change(float(each), kpi.unit, places(kpi), bare=True) for each in (parts.moved, parts.served)]
    return heads, [*(_row(write, kpi, each) for each in parts.groups), [_("All"), "", "", *sums]]


def _row(write: Formats, kpi: KpiDefinition, part: Part) -> list[str]:
    arrow = " → "
    shares = arrow.join(write.percent(float(each)) for each in part.share)
    held = arrow.join("–" if each is None else write.value(float(each), kpi.unit, kpi.decimals) for each in part.figure)
    added = [write.change(float(each), kpi.unit, places(kpi), bare=True) for each in (part.moved, part.served)]
    return [part.group or _("others, each too few"), shares, held if part.group else "", *added]
