"""Studies as small frames and sentences: what goes with a KPI, and what follows it. "Goes with", never "causes"."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from dashboard.formats import Formats
from dashboard.words import _
from kpis.definitions import KpiDefinition
from kpis.drivers import CORRELATED, Effect, Study
from kpis.grades import Step
from kpis.outcomes import OutcomeLink
from kpis.survivors import Group

PLAIN: dict[str, Any] = {"second": None, "second_text": "", "signal": "", "note": ""}
MOST = 12  # effects in one picture, the largest of them


def outcomes() -> dict[str, str]:
    """The outcomes a KPI can be linked to, with what readers call them."""
    return {
        "retention": _("Retention"),
        "repeat": _("Repeat purchase"),
        "revenue": _("Revenue"),
        "cost": _("Cost to serve"),
    }


def drawn(found: Study) -> list[Effect]:
    """The effects that are drawn: the largest, in the order of the study."""
    kept = sorted(found.effects, key=lambda each: -abs(each.effect))[:MOST]
    return [each for each in found.effects if each in kept]


def drivers(write: Formats, kpi: KpiDefinition, found: Study) -> pd.DataFrame:
    """The effects of a study as the rows of `charts.dots`, against no effect; the colours of signals are not theirs."""
    return pd.DataFrame([_effect(write, kpi, each) for each in drawn(found)])


def _effect(write: Formats, kpi: KpiDefinition, each: Effect) -> dict[str, Any]:
    text, low, high = (
        write.change(size, kpi.unit, kpi.decimals, bare=True) for size in (each.effect, each.low, each.high)
    )
    at = {"value": each.effect, "low": each.low, "high": each.high}
    texts = {"text": text, "ends": _("{low} to {high}").format(low=low, high=high), "n": write.n(each.n)}
    return {"group": each.factor, "name": named(each)} | at | texts | PLAIN | {"second_text": _sure(each)}


def _sure(each: Effect) -> str:
    """Whether an effect is a signal among all that were looked at."""
    return _("could be chance") if each.verdict == "could be chance" else _("a signal")


def named(each: Effect) -> str:
    """An effect without what it is held against, which `read_drivers` tells once for all of its factor."""
    return plainly(each.label.partition(_(", against "))[0])


def plainly(factor: str) -> str:
    """A factor without the table it stands in."""
    return factor.removeprefix("customers.")


def strongest(write: Formats, kpi: KpiDefinition, found: Study) -> str:
    """What moves with the KPI most, or that everything could be chance, in one sentence."""
    sure = _signals(found)
    if not sure:
        return _("Nothing studied goes with {kpi} by more than chance").format(kpi=kpi.title)
    most = max(sure, key=lambda each: abs(each.effect))
    told = _("{what} goes with {change} of {kpi}")
    return told.format(what=named(most), change=write.change(most.effect, kpi.unit, kpi.decimals), kpi=kpi.title)


def read_drivers(write: Formats, found: Study) -> str:
    """How to read the effects of a study."""
    told = [_("Difference from the usual case, all else alike, with 95% interval. It goes with, it need not cause.")]
    usual = {plainly(each.factor): each.against for each in drawn(found) if each.against}
    if usual:
        told.append(_("Held against {usual}.").format(usual=", ".join(f"{name} {at}" for name, at in usual.items())))
    told.append(_signals_told(found))
    if len(found.effects) > MOST:
        told.append(_("The {most} largest of {all} are drawn.").format(most=MOST, all=len(found.effects)))
    told.append(_("{n} answers from the whole company.").format(n=write.number(found.n)))
    if found.explained is not None:
        share, low, high = found.explained
        ends = write.interval(low, high, "percent", 0)
        told.append(
            _("All of it explains {share} of the differences ({ends}).").format(share=write.percent(share), ends=ends)
        )
    return " ".join(told)


def _signals(found: Study) -> list[Effect]:
    return [each for each in drawn(found) if each.verdict != "could be chance"]


def _signals_told(found: Study) -> str:
    """Which effects are signals when all are tested together, in a sentence."""
    several = _("Tested together ({n} comparisons, Holm), ").format(n=len(found.effects))
    sure = _signals(found)
    if not sure:
        return several + _("every difference could be chance.")
    rest = _("; the others could be chance.") if len(sure) < len(drawn(found)) else "."
    return several + _("signals are {names}").format(names=", ".join(map(named, sure))) + rest


def made(found: Study) -> str:
    """How a study was made and what to mind, in sentences."""
    told = (f"{found.method[:1].upper()}{found.method[1:]}", found.source, *found.notes)
    return " ".join(f"{each.rstrip('.')}." for each in told if each)


def factors(write: Formats, found: Study) -> list[list[str]]:
    """How much of all differences each factor explains."""
    return [
        [plainly(each.name), write.percent(each.share, 1), write.interval(each.low, each.high, "percent", 1),
         _("goes with the others") if each.together > CORRELATED else ""]
        for each in found.factors
    ]  # fmt: skip


def link(write: Formats, found: OutcomeLink) -> list[list[str]]:
    """An outcome link as rows of a table: what it says, what it is worth, why that grade, what it cannot say."""
    counts = {"n": write.number(found.n), "events": write.number(found.events), "days": found.within}
    followed = _("{n} customers, {events} of them with the outcome within {days} days").format(**counts)
    rows = [
        (_("Worth"), worth(write, found)), *((each.asks[:1].upper() + each.asks[1:], _held(each)) for each in found.steps),
        (_("Followed"), followed), (_("Method"), found.method), (_("Made from"), found.source),
        (_("Cannot say"), " ".join(found.cannot)),
    ]  # fmt: skip
    return [[name, text] for name, text in rows if text]


def _held(step: Step) -> str:
    return _("{holds}: {found}").format(holds=_("Yes") if step.holds else _("No"), found=step.found)


def grades() -> str:
    """What the grades of evidence mean."""
    return _("A: lots were drawn. B: more than the differences that the data hold. C: more than chance. D: not shown.")


def read_link(kpi: KpiDefinition, found: OutcomeLink) -> str:
    """How to read the groups of an outcome link."""
    told = _("Share of customers with the outcome within {days} days, by their {kpi}, with 95% interval.")
    return told.format(days=found.within, kpi=kpi.title)


def worth(write: Formats, found: OutcomeLink) -> str:
    """What one point of the KPI is worth, with its interval."""
    if found.worth is None:
        return _("Not in money: nothing here says what the outcome is worth.")
    told = _("One point more goes with {value} ({low} to {high}) per 1,000 customers within {days} days.")
    value, low, high = (write.money_headline(each) for each in (found.worth.value, found.worth.low, found.worth.high))
    by_chance = _(" Could be chance: the interval holds zero.") if found.worth.low <= 0 <= found.worth.high else ""
    return told.format(value=value, low=low, high=high, days=found.within) + by_chance


def survivors(write: Formats, found: Sequence[Group]) -> pd.DataFrame:
    """The outcome by group of score, as the rows of `charts.dots`."""
    return pd.DataFrame([_dot(write, each) for each in found])


def _dot(write: Formats, each: Group) -> dict[str, Any]:
    texts = {"text": write.percent(each.share, 1), "ends": write.interval(each.low, each.high, "percent", 1)}
    at = {"value": each.share, "low": each.low, "high": each.high}
    return {"group": "", "name": each.name.rpartition(": ")[2], "n": write.n(each.n)} | at | texts | PLAIN
