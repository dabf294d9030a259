"""A plan while it is written, in words and small frames: what its curve pays, what changed. Formatted once, no formula."""

from collections.abc import Callable, Sequence
from fractions import Fraction

import pandas as pd

from dashboard.formats import Formats
from dashboard.words import _, ngettext, plain
from kpis.definitions import KpiDefinition
from kpis.incentives.backtest import Backtest
from kpis.incentives.changed import Change
from kpis.incentives.deciding import Deciding
from kpis.incentives.effect import Effect
from kpis.incentives.outline import named, outline
from kpis.incentives.plan import Component, Plan
from kpis.incentives.readiness import Ready
from kpis.workflows.drafts import Draft, Past, Read
from kpis.workflows.simulate import Outlook

Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
Say = Callable[[float], str]
DEAREST = 8  # how many sensitivities are listed
TELLING = 0.5  # points of pay from which a difference is drawn


def lead(draft: Draft, name: str, changed: Sequence[Change], kept: Plan | None) -> str:
    """What state the draft is in, as Markdown."""
    plan, count = draft.plan, len(draft.problems)
    title = plain((plan.title or plan.id) if plan else name)
    if count:
        told = ngettext("{n} thing keeps it from being kept.", "{n} things keep it from being kept.", count)
        return f"*{title}*. **{told.format(n=count)}**"
    if kept is None:
        return f"*{title}*. **{_('A new plan: nothing of it is kept yet.')}**"
    paying = sum(each.pays for each in changed)
    if not changed:
        return f"*{title}*, {_('version {n}').format(n=kept.version)}. **{_('As it is kept.')}**"
    told = ngettext("{n} change to what it pays", "{n} changes to what it pays", paying).format(n=paying)
    return f"*{title}*. **{told}** {_('against version {n}.').format(n=kept.version)}"


def state_words(state: str) -> str:
    """Where a kept version stands, in words."""
    return {
        "draft": _("Not approved: it pays nobody."),
        "reviewed": _("Waiting for two people who are not paid by it."),
        "approved": _("Approved, not in force yet."),
        "active": _("Approved and in force."),
        "superseded": _("A later version is in force."),
    }.get(state, _("Changed after its approval, which is void."))


def weights(write: Formats, plan: Plan) -> str:
    """The sum of the weights, as it is read out."""
    found = [each.weight for each in plan.components if each.weight is not None]
    if not found:
        return _("No weights: the components pay money.")
    shown = " + ".join(write.number(each, _places(each)) for each in found)
    return _("Weights: {parts} = {sum}.").format(parts=shown, sum=write.number(sum(found), _places(sum(found))))


def _places(value: Fraction) -> int:
    return next((at for at in (0, 1, 2) if (value * 10**at).denominator == 1), 3)


def curve_title(write: Formats, past: Sequence[Past]) -> str:
    """What the middle half of earlier periods would have paid."""
    paid = sorted(each.paid for each in past if each.paid is not None)
    if len(paid) < 4:
        return _("What it pays at each result")
    low, high = paid[len(paid) // 4], paid[-1 - len(paid) // 4]
    told = _("Half of the past periods would have paid between {low} and {high}")
    return told.format(low=write.percent(low / 100), high=write.percent(high / 100))


def curve_about(read: Read | None, past: Sequence[Past], scope: str) -> str:
    """Whose earlier periods stand on the curve, and how to read them."""
    if read is None or not past:
        return _("Its figure is given by hand: no earlier period can be shown.")
    told = _("Dots: earlier periods of {scope} at today’s target; bars: 95% interval of the result.").format(
        scope=scope
    )
    return f"{told} {_('It stands for those whose own figure pays.')}" if read.typical else told


def curve_frames(
    write: Formats, component: Component, kpi: KpiDefinition | None, read: Read | None, past: Sequence[Past]
) -> tuple[Frames, Say, Say]:
    """The line, its named points and the past periods for `charts.curve`, and how both axes are written."""
    say_x, say_y = _axis(write, component, kpi), _pay(write, component)
    target = read.target if read else None
    line = outline(component.curve, target, [each.at for each in past if each.at is not None])
    points = named(component.curve, target)
    words = {"threshold": _("threshold"), "target": _("target"), "stretch": _("stretch")}
    said = _("{name} {at} pays {pays}")
    told = [
        {"x": x, "y": y, "text": said.format(name=words[name], at=say_x(x), pays=say_y(y))}
        for name, x, y in ((name, float(x), float(y)) for name, (x, y) in points)
    ]
    times = 100 if kpi and kpi.unit == "percent" else 1
    dots = [_dot(write, each, times, say_x, say_y) for each in past if each.at is not None and each.paid is not None]
    frames = (
        pd.DataFrame([(float(x), float(y)) for x, y in line], columns=["x", "y"]),
        pd.DataFrame(told, columns=["x", "y", "text"]),
        pd.DataFrame(dots, columns=["x", "y", "low", "high", "text"]),
    )
    return frames, say_x, say_y


def _dot(write: Formats, each: Past, times: int, say_x: Say, say_y: Say) -> dict[str, object]:
    figure, at, paid = each.figure, float(each.at or 0), float(each.paid or 0)
    told = _("{period}: {figure} pays {pays}, {n}").format(
        period=write.period(figure.window), figure=say_x(at), pays=say_y(paid), n=write.n(figure.n)
    )
    low, high = (None if end is None else end * times for end in (figure.low, figure.high))
    return {"x": at, "y": paid, "low": low, "high": high, "text": told}


def _axis(write: Formats, component: Component, kpi: KpiDefinition | None) -> Say:
    if kpi is None or component.curve.axis not in ("position", "figure"):
        return lambda value: write.number(value, 0 if value == int(value) else 1)
    times = 100 if kpi.unit == "percent" else 1
    return lambda value: write.value(value / times, kpi.unit, 0 if round(value, 6) == int(value) else 1)


def _pay(write: Formats, component: Component) -> Say:
    if component.curve.pays_money:
        return lambda value: write.number(value, 2)
    return lambda value: write.percent(value / 100, 0 if round(value, 6) == int(value) else 1)


def along(component: Component) -> str:
    """The head of the column of a curve's places."""
    return {"position": _("Attainment"), "figure": _("At")}.get(component.curve.axis, _("At"))


def axis_words(component: Component) -> str:
    """What the places of a curve mean."""
    return {
        "position": _("Attainment: 0 is the threshold, 100 the target, 200 the stretch."),
        "figure": _("Places are figures in the unit of the KPI."),
        "percent_of_target": _("Places are percent of the target."),
        "change": _("Places are changes against a frozen base."),
        "scored": _("Places are scores."),
    }[component.curve.axis] + (" " + _("The higher pay counts at a boundary."))


def paid_by() -> dict[str, str]:
    """Whose figure pays where somebody has too few answers, by the plan's word."""
    return {
        "": _("as the plan says"),
        "own": _("one’s own all the same"),
        "team": _("the team’s"),
        "credibility": _("part own, part the team’s"),
    }


def change_rows(changed: Sequence[Change]) -> list[list[str]]:
    """Every field that differs, what changes pay first: place, before, after, what it does."""
    order = sorted(changed, key=lambda each: not each.pays)
    effect = {True: _("changes what is paid"), False: _("changes no amount")}
    return [[each.place, each.before or "–", each.after or "–", effect[each.pays]] for each in order]


def effect_title(write: Formats, found: Sequence[Effect]) -> str:
    """What the draft would have cost more or less."""
    whole = found[0]
    if whole.before is None or whole.after is None or whole.before == whole.after:
        return _("It would have cost the same")
    more = whole.after - whole.before
    told = _("It would have cost {amount} more") if more > 0 else _("It would have cost {amount} less")
    return told.format(amount=write.money_headline(abs(more)))


def effect_rows(write: Formats, found: Sequence[Effect]) -> list[list[str]]:
    """Each group's pay under both versions."""
    rows = []
    for each in found:
        if each.before is None or each.after is None:
            rows.append([each.group, write.number(each.people), _("not shown"), _("not shown"), ""])
            continue
        amounts = [write.money(each.before), write.money(each.after), write.money(each.after - each.before)]
        rows.append([each.group, write.number(each.people), *amounts])
    return rows


def cliff_title(write: Formats, found: Outlook) -> str:
    """How much money stands near the worst cliff."""
    if not found.cliffs:
        return _("No cliff that anybody stands near")
    most = max(found.cliffs, key=lambda each: each.money)
    told = _("{money} hang on one side of “{cliff}” at {at}")
    return told.format(money=write.money_short(round(most.money)), cliff=most.title, at=write.number(most.at, 1))


def cliff_rows(write: Formats, found: Outlook) -> list[list[str]]:
    """Each cliff with the money and the people near it, the worst first."""
    order = sorted(found.cliffs, key=lambda each: -each.money)
    return [
        [
            f"{each.title}, {write.number(each.at, 1)}",
            write.money_headline(round(each.money)),
            write.number(each.people),
        ]
        for each in order
    ]


def sensitivity_rows(write: Formats, found: Outlook) -> list[list[str]]:
    """What one percent more of each weight and point costs, the dearest first: component, what of it, cost."""
    names = {each.id: each.name for each in found.cost.plan.components}
    order = sorted(found.sensitivities, key=lambda each: -abs(each.cost))[:DEAREST]
    return [
        [
            names.get(each.source, each.source),
            f"{each.what} {write.number(each.at, _places(Fraction(each.at)))}",
            write.money_headline(round(each.cost)),
        ]
        for each in order
    ]


def ready_title(found: Sequence[Ready], deciding: Sequence[Deciding] = ()) -> str:
    """Whether all can be paid on, or which cannot."""
    lacking = [each.asked.component.name for each in found if not each.ready]
    lacking += [each.source.name for each in deciding if not each.ready]
    if not lacking:
        return _("Everything that decides money can be paid on")
    return _("Not ready to pay on: {names}").format(names=", ".join(lacking))


def luckiest(found: Sequence[Ready]) -> Ready | None:
    """The component in which the number of answers moves expected pay most; None where it moves it nowhere."""
    rows = [
        (abs(max(each.by_answers)[1] - min(each.by_answers)[1]), at) for at, each in enumerate(found) if each.by_answers
    ]
    most = max(rows, default=(0.0, 0))
    return found[most[1]] if most[0] >= TELLING else None


def answers_title(write: Formats, found: Ready) -> str:
    """What few answers cost somebody of equal quality."""
    least, most = min(found.by_answers), max(found.by_answers)
    told = _("{name}: at equal quality {few} answers are paid {low}%, {many} {high}%")
    return told.format(
        name=found.asked.component.name, few=write.number(least[0]), low=write.number(least[1], 1),
        many=write.number(most[0]), high=write.number(most[1], 1),
    )  # fmt: skip


def groups_title(found: Backtest) -> str:
    """Which groups differ."""
    differ = [each.group for each in found.groups if each.answer == "differ"]
    if differ:
        return _("Paid otherwise than the rest: {groups}").format(groups=", ".join(differ))
    known = [each for each in found.groups if each.answer == "alike"]
    return (
        _("Groups that can be told are paid alike") if known else _("It cannot be told whether groups are paid alike")
    )


def backtest_about(write: Formats, found: Backtest) -> str:
    """Over which periods, and what the answers mean."""
    span = f"{write.period(found.periods[0])} – {write.period(found.periods[-1])}"
    told = _("Pay in percent of the opportunity, {span}. Alike: within 5 points by both one-sided tests, by person.")
    return told.format(span=span)


def stability(write: Formats, found: Backtest) -> str:
    """How alike the order of people is from period to period."""
    rank = found.stability.rank
    if rank is None:
        return _("Too few people or periods to say how stable it is.")
    told = _("From period to period the order of people correlates by {rank} (0: a lottery, 1: always the same).")
    return told.format(rank=write.number(rank, 2))
