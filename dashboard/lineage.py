"""What rests on a KPI and what it rests on, in words and rows: decisions that cite it, kinds of evidence, receipts."""

from collections.abc import Mapping, Sequence

from dashboard.formats import Formats
from dashboard.words import _
from kpis.definitions import KpiDefinition
from kpis.kinds import KINDS, Kind
from kpis.workflows.citing import Decision

MOST = 12
Mix = Mapping[Kind, Sequence[KpiDefinition]]


def title() -> str:
    """What the part of a KPI's page is called that holds them; links name it in the address."""
    return _("Decisions and receipts")


def decisions(write: Formats, found: Sequence[Decision], who: Mapping[str, str]) -> list[list[str]]:
    """Decisions that cite a KPI, newest first: day, what, by whom, why."""
    about = {
        "target": _("Target: {what}"), "plan": _("Plan {what}"), "baseline": _("Usual range anew from {what}"),
        "definition": _("Definition, {what}"),
    }  # fmt: skip
    return [
        [write.full_day(each.on), about[each.kind].format(what=each.what), who.get(each.by, each.by), each.reason]
        for each in found[:MOST]
    ]


def kinds() -> dict[Kind, str]:
    """What the kinds of evidence are called."""
    return {
        "direct feedback": _("What customers say (surveys)"), "contact centre": _("What they ask for (cases, calls)"),
        "behaviour": _("What they do (orders, digital journeys)"), "own records": _("What the company writes down itself"),
    }  # fmt: skip


def mixed(promise: str, found: Mix) -> str:
    """On how many of the three kinds of evidence a promise rests, in one sentence."""
    held = [each for each in KINDS if each in found]
    if not promise:
        return _("It serves no promise: it is looked at by itself")
    if len(held) == 1:
        return _("“{promise}” rests on one kind of evidence alone").format(promise=promise)
    told = {0: _("none"), 2: _("two"), 3: _("all")}[len(held)]
    return _("“{promise}” rests on {n} of three kinds of evidence").format(promise=promise, n=told)


def evidence(found: Mix) -> list[list[str]]:
    """Each kind of evidence with the KPIs that tell it."""
    rows = [(kind, found.get(kind, ())) for kind in (*KINDS, *(("own records",) if "own records" in found else ()))]
    return [[kinds()[kind], ", ".join(each.title for each in held) or _("nothing")] for kind, held in rows]
