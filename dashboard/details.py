"""One KPI in words and small frames: what its figure says, whose it is, and where it comes from. Formatted once, no formula."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from dashboard import asking, shapes
from dashboard.formats import Formats
from dashboard.words import Markdown, _, code, plain
from data_contracts.receipts import ADMITTED, Receipt
from kpis.definitions import KpiDefinition
from kpis.workflows.measure import Response
from kpis.workflows.review import Course

if TYPE_CHECKING:
    from kpis.records.tables import DefinitionVersion


LEAST_ODDS = 0.001
WIDER = 1.05  # design effect from which it is worth a sentence


@dataclass(frozen=True)
class Standing:
    """What a KPI may be used for, and whose it is: why it is not fit for pay (empty: it is), the newest delivery's receipt."""

    unfit: tuple[str, ...]
    receipt: Receipt | None
    promise: str
    owner: str

    @property
    def admitted(self) -> bool:
        """Whether the newest delivery passed its contract."""
        return self.receipt is not None and self.receipt.state == ADMITTED


def passed(write: Formats, standing: Standing) -> str:
    """What became of the newest delivery, short enough for a badge; nothing before the first."""
    if standing.receipt is None:
        return ""
    day = write.short_day(datetime.fromisoformat(standing.receipt.at).date())
    return (_("Contract passed {day}") if standing.admitted else _("Contract refused {day}")).format(day=day)


def serves(standing: Standing) -> str:
    """The promise a KPI serves and who owns it, as Markdown."""
    serves_it = _("Serves the promise *{promise}*.").format(promise=plain(standing.promise))
    whose = _("Owner: {owner}.").format(owner=plain(standing.owner))
    return " ".join([
        serves_it if standing.promise else _("Serves no promise."), whose if standing.owner else _("Nobody owns it."),
    ])  # fmt: skip


def verdict(write: Formats, course: Course) -> str:
    """Signal or chance, in plain words, and why, as Markdown."""
    signal, kpi = course.signal, course.kpi
    if signal.signal == "not enough history":
        return f"**{_('Cannot be judged yet.')}** {plain(signal.reason)}"
    words = {"better": _("A signal, for the better."), "worse": _("A signal, for the worse.")}
    told = [f"**{words.get(signal.signal, _('Could be chance.'))}**", plain(signal.reason)]
    told.append(_("Usual is {range}.").format(range=write.interval(signal.low, signal.high, kpi.unit, kpi.decimals)))
    if signal.signal in words:
        rare = signal.p < LEAST_ODDS
        share = (
            _("less than {share}").format(share=write.percent(LEAST_ODDS, 1)) if rare else write.percent(signal.p, 1)
        )
        told.append(_("Chance alone does this in {share} of weeks.").format(share=share))
        told.append(_("It stands out among all charts read together."))
    return " ".join(told)


def reading(write: Formats, course: Course) -> str:
    """How to read the chart of a course: what a point is, what the band is, and how the interval was found."""
    now = course.now
    told = [course.kpi.question, _("Per week, with 95% interval.")]
    if any(each.mean == each.mean for each in course.signals):
        told.append(_("Band: the range expected from the weeks it was frozen on."))
    if now.method:
        told.append(_("Interval: {method}.").format(method=now.method))
    if now.design and now.design >= WIDER:
        wider = _("Answers that hang together make its variance {times} times that of independent ones.")
        told.append(wider.format(times=write.number(now.design, 1)))
    if now.assumption:
        told.append(f"{now.assumption[:1].upper()}{now.assumption[1:]}.")
    return " ".join(told)


def answered(write: Formats, kpi: KpiDefinition, found: Response) -> str:
    """Who was asked, who answered, who was not asked and why; what the interval does not cover. `kpi` is the rate's."""
    if found.asked != found.asked:
        return f"{asking.protected()} {asking.covers()}"
    told = _("{asked} of {eligible} were asked, {answered} answered: {rate}.")
    if not found.asked:
        told = _("Answered by {answered}; who was asked is not known for this period.")
    counts = {name: write.number(getattr(found, name)) for name in ("asked", "eligible", "answered")}
    parts = [told.format(rate=shapes.told(write, kpi, found.rate), **counts)]
    if found.not_asked:
        why = ", ".join(f"{reason or _('unknown')} {write.number(n)}" for reason, n in found.why.items())
        parts.append(
            _("Not asked: {n} ({why}).").format(n=write.number(found.not_asked), why=why or _("no reason given"))
        )
    if found.rate.state not in ("ok", "no data") and found.rate.value is not None:
        parts.append(_("Of the response rate: {why}").format(why=found.rate.reason))
    return " ".join([*parts, asking.days(), asking.covers()])


def source(
    write: Formats,
    course: Course,
    standing: Standing,
    built: Mapping[str, Any],
    uncredited: Mapping[str, float],
    guardrail: str = "",
    since: date | None = None,
) -> list[list[str]]:
    """Where a number comes from: the definition and datasets it was built from, the newest delivery, what is left out."""
    kpi = course.kpi
    left = "; ".join(f"{reason}: {write.number(n)}" for reason, n in uncredited.items())
    named = f"{kpi.id}@{built['definition'][:7]}"
    begun = _(", in force since {day}").format(day=write.full_day(since)) if since else ""
    rows = [
        (_("Definition"), Markdown(measured(kpi))),
        (_("Version"), Markdown(f"{code(named)}, {made_by(kpi, built)}{begun}")),
        (_("Source"), ", ".join(_("{name} v{version}").format(name=name, version=at) for name, at in built["datasets"].items())),
        (_("Contract"), _accounted(write, standing)),
        (_("Guardrail"), guardrail),
        (_("Target"), shapes.aimed(write, kpi, course.target) if course.target else _("none")),
        (_("Pay"), ("; ".join(standing.unfit) and _("Monitored: {why}.").format(why="; ".join(standing.unfit))) or _("Fit for pay.")),
        (_("No department’s"), left),
    ]  # fmt: skip
    return [[name, text] for name, text in rows if text]


def made_by(kpi: KpiDefinition, built: Mapping[str, Any]) -> str:
    """The version of the definition that the figures were made by, and the one that waits for a build."""
    number = built.get("version", kpi.version)
    told, waits = _("version {version}").format(version=number), _("build to see version {version}")
    return told if built["definition"] == kpi.digest() else f"{told}; {waits.format(version=kpi.version)}"


def waiting(kpi: KpiDefinition, built: Mapping[str, Any]) -> str:
    """Beside figures whose definition has changed since they were built; nothing beside others."""
    if not built or built["definition"] == kpi.digest():
        return ""
    told = _("Built with version {built}; run `goldenthread build` to see version {next}.")
    return told.format(built=built.get("version", "?"), next=kpi.version)


def _accounted(write: Formats, standing: Standing) -> str:
    """The newest delivery, every row accounted for."""
    receipt = standing.receipt
    if receipt is None:
        return ""
    day = write.short_day(datetime.fromisoformat(receipt.at).date())
    if not standing.admitted:
        return _("{dataset}: refused {day}").format(dataset=receipt.dataset, day=day)
    counts = (receipt.received, receipt.admitted, receipt.quarantined, receipt.repeats)
    n = dict(zip(("received", "admitted", "quarantined", "repeats"), map(write.number, counts), strict=True))
    told = _(
        "{dataset}: passed {day}; {received} received = {admitted} admitted + {quarantined} quarantined + {repeats} repeats"
    )
    return told.format(dataset=receipt.dataset, day=day, **n)


def measured(kpi: KpiDefinition) -> str:
    """What is measured, as Markdown: the kind of measure over its expressions."""
    measure = kpi.measure
    kinds = {
        "nps": _("Promoters less detractors, of {value}"), "share": _("Share with {value}"), "mean": _("Mean of {value}"),
        "top_box": _("Share of answers {boxes} to {value}"), "quantile": _("{q} quantile of {value}"),
        "rate": _("{value} per {exposure}"), "ratio": _("{numerator} over {denominator}"),
    }  # fmt: skip
    parts = {"value": measure.value or measure.events, "exposure": measure.exposure}
    if measure.numerator and measure.denominator:
        parts |= {"numerator": measure.numerator.kpi, "denominator": measure.denominator.kpi}
    named = {name: code(text) for name, text in parts.items() if text}
    return kinds[measure.kind].format(q=measure.q, boxes=", ".join(map(str, measure.boxes)), **named)


def definition(kpi: KpiDefinition, goal: str, guardrail: str) -> list[list[str]]:
    """The whole definition in a reader's words, the way a KPI can be gamed and what guards it among them."""
    ripe = _("{n} days").format(n=kpi.matures_after.days) if kpi.matures_after else ""
    one = kpi.one_answer_per and _("the last of a {who} in {n} days").format(
        who=kpi.one_answer_per.by, n=kpi.one_answer_per.within.days
    )
    rows = [
        (_("Question"), kpi.question), (_("What good looks like"), kpi.good or ""), (_("How it can be gamed"), kpi.gaming or ""),
        (_("Guardrail against that"), guardrail or _("None named: it cannot be paid on.")), (_("Customer’s goal"), goal),
        (_("Measure"), Markdown(measured(kpi))), (_("Counts when"), Markdown(f"{code(kpi.when)} ({kpi.period_of})")),
        (_("Only"), Markdown(code(kpi.filter)) if kpi.filter else _("every row")), (_("Ripe after"), ripe), (_("Answers that count"), one),
        (_("Answers that hang together"), Markdown(code(kpi.cluster)) if kpi.cluster else _("assuming independent answers")),
        (_("Shown from"), _("{n} answers").format(n=kpi.min_n_show)),
    ]  # fmt: skip
    return [[name, text] for name, text in rows if text]


def versions(write: Formats, held: Sequence["DefinitionVersion"]) -> list[list[str]]:
    """The accepted versions of a definition, newest first: number, hash, since when, by whom, why."""
    return [
        [str(each.version), Markdown(code(each.digest[:7])), write.full_day(each.accepted_at.date()), each.accepted_by, each.reason]
        for each in sorted(held, key=lambda each: -each.version)
    ]  # fmt: skip
