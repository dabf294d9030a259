"""Paths as the frames and texts of the thread and of the alignment of pay: formatted once, no formula."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard import shapes
from dashboard.formats import Formats, spelled
from dashboard.words import _, ngettext, plain
from kpis import alignment
from kpis.alignment import Broken, Path
from kpis.definitions import KpiDefinition
from kpis.figures import Figure
from kpis.targets import Target

Texts = list[list[str]]
EVERYTHING = ""
PEOPLE = "target:people"  # individual targets of others, as one


@dataclass(frozen=True)
class Threads:
    """What a viewer may see: `fine` paths name targets and components, `drawn` their holders and plans (`holders`).

    `whole`: (traced, labelled only, joint, all) pay in minor units of what the viewer may see. `open` is False where
    every period of the year is paid, and the amounts are those of the whole year. `company`: these are everybody's paths.
    `unpaid` nodes carry nobody's pay at all.
    """

    fine: Sequence[Path]
    drawn: Sequence[Path]
    holders: Mapping[str, str]
    names: Mapping[str, str]
    broken: Broken
    whole: tuple[int, int, int, int]
    open: bool
    company: bool
    unpaid: frozenset[str]


@dataclass(frozen=True)
class Place:
    """Where the thread stands at a target: the figure of its period to date, and its attainment (0, 100, 200)."""

    target: Target
    figure: Figure | None
    attained: float | None


@dataclass(frozen=True)
class Row:
    """A department's variable pay by promise (None: no promise), minor units; `note` where there is none to show."""

    department: str
    name: str
    pay: Mapping[str | None, int]
    joint: int
    note: str


def drawn(paths: Sequence[Path]) -> list[Path]:
    """The paths worth a line: a KPI without target only where its promise has nothing better."""
    aimed = {each.promise for each in paths if each.target or each.pay}
    return [each for each in paths if each.target or each.pay or (each.promise not in aimed and each.promise)]


def choices(found: Threads) -> dict[str, str]:
    """Everything, and every node of the picture with its name."""
    nodes = {node: name(found, node) for column in columns(drawn(found.drawn)) for node in column}
    twice = [each for each in nodes.values() if list(nodes.values()).count(each) > 1]
    told = {node: f"{text} ({kind(node)})" if text in twice else text for node, text in nodes.items()}
    return {EVERYTHING: _("Everything"), **told}


def name(found: Threads, node: str) -> str:
    """What people call a node."""
    return found.names.get(node, node.partition(":")[2])


def kind(node: str) -> str:
    """The level of a node in the reader's words."""
    words = {"promise": _("Promise"), "kpi": _("KPI"), "target": _("Target"), "pay": _("Pay")}
    return words[node.partition(":")[0]]


def columns(paths: Sequence[Path]) -> list[list[str]]:
    """The nodes of each column: those that money runs through first, each near what it serves."""
    along = alignment.amounts(paths)
    paid = sorted(
        paths, key=lambda each: (-along.get(each.promise or "", -1), -along.get(each.kpi or "", 0), -each.amount)
    )
    found = [list(dict.fromkeys(each.nodes[at] for each in paid if each.nodes[at])) for at in range(4)]
    broken = {node for column in found for node in column if node and not any(_pays(paths, node))}
    return [sorted((node for node in column if node), key=lambda node: node in broken) for column in found]


def _pays(paths: Sequence[Path], node: str) -> list[bool]:
    return [True for each in alignment.through(paths, node) if each.pay and (each.amount or each.hidden)]


def nodes(write: Formats, found: Threads) -> pd.DataFrame:
    """The nodes of `charts.thread`."""
    paths = drawn(found.drawn)
    return pd.DataFrame(
        [_node(write, found, paths, at, node) for at, column in enumerate(columns(paths)) for node in column],
        columns=["id", "column", "name", "note", "broken"],
    )


def _node(write: Formats, found: Threads, paths: Sequence[Path], at: int, node: str) -> dict[str, object]:
    through = alignment.through(paths, node)
    paid = any(each.pay for each in through)
    aimless = node.startswith("pay:") and not any(each.promise for each in through)
    lost = not paid and node in found.unpaid
    amount = money(write, through) if paid else _("not paid on") if lost else _("not in this pay")
    note = _("{amount}, serves no promise").format(amount=amount) if aimless else amount
    return {"id": node, "column": at, "name": name(found, node), "note": note, "broken": aimless or lost}


def money(write: Formats, paths: Sequence[Path], short: bool = True) -> str:
    """The amount along paths, or why there is none."""
    amount = sum(each.amount for each in paths)
    if not amount and any(each.hidden for each in paths):
        return _("not shown to protect people")
    return write.money_short(amount) if short else write.money_headline(amount)


def ways(found: Threads) -> pd.DataFrame:
    """The paths of `charts.thread`."""
    rows = [(*each.nodes, each.amount) for each in drawn(found.drawn)]
    return pd.DataFrame(rows, columns=["promise", "kpi", "target", "pay", "amount"]).astype({"amount": "int64"})


def lead(write: Formats, found: Threads) -> str:
    """The traced share and the breaks, as Markdown."""
    sure, labelled, _joint, every = found.whole
    if not every:
        return f"**{_('No variable pay runs along these threads.')}** {breaks(write, found)}"
    whole = _("{share} of variable pay traces to a promise.")
    mine = _("{share} of the variable pay that you may see traces to a promise.")
    told = (whole if found.company else mine).format(share=write.percent(sure / every))
    more = _("{share} is labelled only: its KPI is not ready to be paid on.").format(
        share=write.percent(labelled / every)
    )
    return " ".join(
        each for each in (f"**{told}**", more if labelled else "", breaks(write, found), bounds(found)) if each
    )


def bounds(found: Threads) -> str:
    """What the amounts leave out, and what they cover."""
    few = _("Amounts that fewer than {n} people share are left out.").format(n=alignment.LEAST)
    closed = _("Every period of this year is paid; amounts are those of the whole year.")
    hidden = any(each.hidden for each in found.fine)
    return " ".join(text for text, holds in ((few, hidden), (closed, not found.open)) if holds)


def breaks(write: Formats, found: Threads) -> str:
    """How many promises are not paid on, and what serves none."""
    lost = len(found.broken.promises_without_kpi) + len(found.broken.promises_without_pay)
    aimless = [each for each in found.fine if each.pay in found.broken.pay_without_promise]
    told = []
    if lost:
        text = ngettext("{n} promise is not paid on", "{n} promises are not paid on", lost)
        told.append(text.format(n=spelled(lost).capitalize()))
    if aimless:
        amount = sum(each.amount for each in aimless)
        text = _("{amount} serves no promise") if amount else _("Some pay serves no promise")
        told.append(text.format(amount=write.money_headline(amount)))
    return f"{'; '.join(told)}." if told else ""


def title(write: Formats, found: Threads, at: str) -> str:
    """What hangs on the chosen node, or on everything."""
    through = alignment.through(found.drawn, at) if at else [each for each in found.drawn if each.pay]
    amount, whose = sum(each.amount for each in through), name(found, at)
    if not amount:
        return _("No pay to show hangs on {what}").format(what=whose) if at else _("The thread from promise to pay")
    text = write.money_headline(amount)
    told = _("{amount} of pay hangs on {what}").format(amount=text, what=whose)
    mostly = 2 * alignment.joint(through) > amount
    return (
        (told + (_(", most of it jointly") if mostly else ""))
        if at
        else _("{amount} of pay hangs on the thread").format(amount=text)
    )


def everything(write: Formats, found: Threads) -> Texts:
    """The whole picture as rows: kind, name, variable pay."""
    return [[kind(each["id"]), str(each["name"]), str(each["note"])] for each in nodes(write, found).to_dict("records")]


def behind(found: Threads, at: str) -> list[Path]:
    """The paths, with their targets and components, behind what is drawn through a node."""
    return [each for each in found.fine if at in {node and found.holders.get(node, node) for node in each.nodes}]


def in_words(
    write: Formats, found: Threads, at: str, places: Sequence[Place], figures: Mapping[str, Figure],
    weights: Mapping[str, str], kpis: Mapping[str, KpiDefinition],
) -> Texts:  # fmt: skip
    """The chosen thread as rows: kind, name, now."""
    chosen = behind(found, at)
    promises, measured, _aims, paid = columns(chosen)
    rows = [
        [kind(node), name(found, node), money(write, alignment.through(chosen, node), short=False)] for node in promises
    ]
    for node in measured:
        kpi = kpis[node.partition(":")[2]]
        figure = figures.get(kpi.id)
        rows.append([kind(node), kpi.title, _figure(write, kpi, figure) if figure else kpi.question])
    for each in places:
        holder, kpi = name(found, f"target:{each.target.scope}"), kpis[each.target.kpi]
        rows.append([_("Target"), f"{holder}: {kpi.title}" if len(measured) > 1 else holder, target(write, kpi, each)])
    return rows + [[kind(node), name(found, node), _pay(write, weights, chosen, node)] for node in paid]


def _figure(write: Formats, kpi: KpiDefinition, figure: Figure) -> str:
    told = shapes.told(write, kpi, figure)
    told = _("{figure} · to date").format(figure=told) if figure.to_date and figure.value is not None else told
    return told if figure.value is None or figure.state == "ok" else f"{told} · {shapes.state(figure)}"


def _pay(write: Formats, weights: Mapping[str, str], chosen: Sequence[Path], node: str) -> str:
    amount = money(write, alignment.through(chosen, node), short=False)
    told = _("{amount}, weight {weight}%") if node in weights else "{amount}"
    return told.format(amount=amount, weight=weights.get(node))


def target(write: Formats, kpi: KpiDefinition, place: Place) -> str:
    """Threshold, target and stretch, and where the figure to date stands."""
    values = shapes.aimed(write, kpi, place.target)
    if place.figure is None:
        return values
    if place.attained is None:
        return f"{values} · {shapes.state(place.figure)}"
    told = shapes.value(write, kpi, place.figure)
    told = _("{figure} to date").format(figure=told) if place.figure.to_date else told
    return f"{values} · {told}, {standing(place.attained)}"


def standing(attained: float) -> str:
    """Attainment in words: threshold is 0, target 100, stretch 200."""
    if attained < 0:
        return _("below threshold")
    if attained < 100:
        return _("between threshold and target")
    return _("at stretch or better") if attained >= 200 else _("at target or better")


def breaks_told(write: Formats, found: Threads) -> list[str]:
    """Every kind of break as a Markdown sentence."""
    gone = found.broken
    unpaid = [(_("Promise without KPI."), gone.promises_without_kpi, _("Nothing measures it."))]
    unpaid += [(_("Promise without pay."), gone.promises_without_pay, _("It is measured, and no one is paid on it."))]
    aimless = [
        f"{name(found, node)}, {money(write, alignment.through(found.fine, node), short=False)}"
        for node in gone.pay_without_promise
    ]
    lines = [_break(head, [name(found, node) for node in which], why) for head, which, why in unpaid]
    lines.append(_break(_("Pay without promise."), aimless, _("It serves none of the promises.")))
    kpis = {each.target: each.kpi for each in found.fine}
    held = [f"{name(found, node)} ({name(found, kpis.get(node) or '')})" for node in gone.targets_without_pay]
    return [*lines, _break(_("Target without pay."), list(dict.fromkeys(held)), _("It moves nobody’s pay."))]


def _break(head: str, which: Sequence[str], why: str) -> str:
    if not which:
        return f":material/link: **{head}** {_('None.')}"
    return f":material/link_off: **{head}** *{', '.join(map(plain, which))}*. {why}"
