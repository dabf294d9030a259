"""A whole statement as texts and one picture, for the page and for paper alike: formatted once, no formula."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from dashboard import charts, forecasts, slip_beside
from dashboard.charts import Picture
from dashboard.formats import Formats
from dashboard.letters import Part
from dashboard.reading import Reader
from dashboard.steps import Rows, rows
from dashboard.words import _
from kpis.exact import number, round_half_away
from kpis.incentives.margin import REASONS, Margin
from kpis.workflows.chances import Chance
from kpis.workflows.disputes import TO_DECIDE
from kpis.workflows.slip_figures import Read
from kpis.workflows.slip_sources import Delivery, Source
from kpis.workflows.slips import FullStatement

STEPS = {
    "calculated": "Calculated", "checked": "Checked", "sent back": "Sent back", "approved": "Approved", "closed": "Closed",
}  # fmt: skip


@dataclass(frozen=True)
class SlipText:
    """A whole statement; `chance` is empty where it is not told, `bullets` None where no line has a target."""

    title: str
    to: str
    lead: str
    amounts: Sequence[tuple[str, str]]
    steps: Rows
    totals: frozenset[int]
    currency: str
    points: Part
    figures: Part
    bullets: Picture | None
    chance: str
    sources: Sequence[Part]
    versions: Part
    says: Sequence[Part]
    beside: Sequence[Part]
    steps_title: str
    sources_title: str
    foot: str


def text(read: Reader, full: FullStatement) -> SlipText:
    """A statement in words; the holder's name is the record's of today."""
    read = replace(read, write=replace(read.write, currency=full.plan.currency))
    write, plan, run = read.write, full.plan, full.run
    title = _("Your variable pay, {period}").format(period=write.period(run.period))
    name = _("{plan}, version {version},").format(plan=plan.title or plan.id, version=plan.version)
    amounts = [
        (_("Payout"), write.money(full.work.payout)),
        (_("At target"), write.money(round_half_away(full.work.opportunity))),
        *slip_beside.amounts(write, full.beside),
    ]
    lead = (
        _("{plan} pays {amount} for the period. Every step to it stands below.")
        if full.closed
        else _(
            "{plan} pays {amount} for the period, as calculated; it is not approved yet. Every step to it stands below."
        )
    )
    foot = _("Run {run}, evidence {digest}").format(run=run.id, digest=run.evidence[:16])
    return SlipText(
        title, read.name(full.participant.person), lead.format(plan=name, amount=amounts[0][1]), amounts,
        *rows(write, plan, full.steps, read.named), plan.currency, _points(read, full), _figures(read, full),
        _bullets(read, full.figures), forecasts.chance_sentence(write, Chance(plan, full.chance, full.luck)),
        [_source(read, each) for each in full.sources], _versions(full),
        [Part(_("Who decided"), _decided(read, full)), Part(_("How to contest"), contest(read, full)), _rebuild(full)],
        slip_beside.parts(read, full),
        _("How {amount} comes about").format(amount=amounts[0][1]), _("Where the figures come from"), foot,
    )  # fmt: skip


def contest(read: Reader, full: FullStatement) -> str:
    """How to contest, and until when."""
    told = _(
        "You may contest any line until {day}, on the page My targets or by telling HR which line of run {run} is wrong and "
        "why, in words of your own; nobody may hold it against you. The line waits, the rest is paid. Somebody who is not "
        "paid by it decides within {n} days, with a reason you can read."
    )
    return told.format(day=read.day(full.contest_until), run=full.run.id, n=TO_DECIDE.days)


def _rebuild(full: FullStatement) -> Part:
    told = _("Anyone with the records can: goldenthread verify; goldenthread statement {run} {person}.")
    return Part(_("To rebuild it"), told.format(run=full.run.id, person=full.participant.person))


def _points(read: Reader, full: FullStatement) -> Part:
    """What one more point would have paid, figure by figure."""
    heads = [(_("What counts"), False), (_("One point better"), False), (_("Would pay more"), False)]
    words = _(
        "The whole plan applied once more, with this figure alone one point better and everybody else as they are."
    )
    return Part(
        _("What one more point would have paid"), words, heads, [_point(read, full, each) for each in full.margins]
    )


def _point(read: Reader, full: FullStatement, each: Margin) -> list[str]:
    names = {component.id: component.name for component in full.plan.components}
    what = ", ".join(dict.fromkeys(names[component] for _segment, component in each.lines))
    figure = next((one for one in full.figures if one.of in each.of.split(" + ")), None)
    if figure is None or each.figure is None or each.better is None:
        return [what, "–", _more(read, each, figure)]
    told = (value(read.write, figure, one) for one in (each.figure, each.better))
    return [what, " → ".join(told), _more(read, each, figure)]


def _more(read: Reader, each: Margin, figure: Read | None) -> str:
    if each.amount:
        sign = "+" if each.amount > 0 else ""
        return sign + read.write.money(each.amount)
    inputs = dict(each.inputs)
    if "first" in inputs and figure is not None:
        inputs["first"] = value(read.write, figure, number(inputs["first"]))
    return _(REASONS[each.reason]).format(**inputs)


def value(write: Formats, figure: Read, exact: object) -> str:
    """An exact value in the unit of a figure, at its decimals."""
    share = figure.unit == "percent"
    return write.value(exact / 100 if share else exact, figure.unit, figure.decimals)  # type: ignore[operator, arg-type]


def _figures(read: Reader, full: FullStatement) -> Part:
    heads = [(_("Figure"), False), (_("Measured for"), False), (_("Result"), True), (_("Interval (95%)"), True)]
    heads += [(_("n"), True), (_("Threshold, target, stretch"), True)]
    rows = [_figure(read, each) for each in full.figures]
    words = _("Intervals show what chance does to a figure; what pays is the exact ratio of its answers.")
    return Part(_("The figures behind it"), words, heads, rows)


def _figure(read: Reader, each: Read) -> list[str]:
    write, held = read.write, each.figure
    low, high = (None, None) if held is None else (held.low, held.high)
    span = _("none") if low is None or high is None else write.interval(low, high, each.unit, each.decimals)
    aims = " / ".join(value(write, each, one) for one in each.values or ())
    numbers = ", ".join(str(at) for at, _since, _hash in each.versions)
    aims += _(" (version {n})").format(n=numbers) if aims and numbers else ""
    whose = f"{read.named(each.scope)}, {write.period(each.window)}"
    n = "–" if each.n is None else write.number(each.n)
    return [each.title, whose, value(write, each, each.exact), span, n, aims or "–"]


def _bullets(read: Reader, figures: Sequence[Read]) -> Picture | None:
    """Each figure against its target, as on the page of targets."""
    held = [each for each in figures if each.attained[0] is not None]
    if not held:
        return None
    rows = pd.DataFrame([
        {
            "name": each.title, "about": read.named(each.scope), "value": value(read.write, each, each.exact),
            "interval": _(" · n ").join(_figure(read, each)[3:5]), "note": "",
            **dict(zip(("attained", "attained_low", "attained_high"), each.attained, strict=True)),
        }
        for each in held
    ])  # fmt: skip
    return charts.bullet_rows(rows, title=_("Figures against their targets"), pays=False)


def _source(read: Reader, each: Source) -> Part:
    """A KPI's definition and the deliveries it was counted from."""
    told = _("Definition {version}, hash {digest}. Data: {datasets}.")
    held = ", ".join(_("{name} at version {n}").format(name=name, n=n) for name, n in each.datasets.items())
    heads = [(_("Delivery"), False), (_("Into"), False), (_("Admitted"), False), (_("Rows of the period"), True)]
    words = told.format(version=each.version, digest=each.digest[:16], datasets=held)
    return Part(each.title, words, heads, [_delivery(read, one) for one in each.deliveries])


def _delivery(read: Reader, each: Delivery) -> list[str]:
    at = read.day(datetime.fromisoformat(each.at)) if each.at else _("without a receipt")
    rows = _("reference data") if each.rows is None else read.write.number(each.rows)
    return [each.file or each.delivery[:16], each.dataset, at, rows]


def _versions(full: FullStatement) -> Part:
    """What the statement binds: plan, targets, evidence, ledger entry, facts."""
    heads = [(_("What"), False), (_("Version"), True), (_("Hash"), False)]
    rows = [[_("Plan {name}").format(name=full.plan.id), str(full.plan.version), full.plan_hash[:32]]]
    aims = {each.target: each.versions for each in full.figures if each.target}
    rows += [[name, str(at), digest[:32]] for name, held in aims.items() for at, _since, digest in held]
    rows.append([_("Evidence of the run"), "", full.run.evidence[:32]])
    if full.sealed:
        rows.append([_("Entry of the ledger"), str(full.sealed.number), full.sealed.hash[:32]])
    rows.append([_("Facts"), "–" if full.facts_version is None else str(full.facts_version), ""])
    words = _("Keep this: a chain of records that was written anew cannot give the same hashes.")
    return Part(_("What this statement binds"), words, heads, rows)


def _decided(read: Reader, full: FullStatement) -> str:
    told = _("{step} by {who} on {day}.")
    return " ".join(
        told.format(step=_(STEPS.get(each.step, each.step)), who=read.name(each.who), day=read.day(each.at))
        for each in full.decided
    )
