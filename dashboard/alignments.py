"""Departments' variable pay by promise as frames, texts and the rows of a spreadsheet: formatted once, no formula."""

from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard.components import Column
from dashboard.formats import Formats
from dashboard.threads import PEOPLE, Row, Threads, bounds, breaks, money, name
from dashboard.words import _, plain
from kpis.alignment import Path
from kpis.promises import Promises
from kpis.targets import Target


def lead(write: Formats, found: Threads, rows: Sequence[Row]) -> str:
    """How much of the pay is traced and joint, and who is paid on nothing promised, as Markdown."""
    sure, _labelled, joint, every = found.whole
    if not every:
        return f"**{_('No variable pay runs along these threads.')}**"
    told = _("{traced} of variable pay traces to a promise; {joint} is held jointly.").format(
        traced=write.percent(sure / every), joint=write.percent(joint / every)
    )
    outside = [row.name for row in rows if row.pay and set(row.pay) == {None}]
    aimless = _("{who} is paid on nothing a customer was promised.").format(who=plain(", ".join(outside)))
    said = f"**{told}**", aimless if outside else breaks(write, found), bounds(found)
    return " ".join(each for each in said if each)


def title(found: Threads) -> str:
    """The matrix in one sentence."""
    lost = [*found.broken.promises_without_kpi, *found.broken.promises_without_pay]
    if not lost:
        return _("Every promise is paid on somewhere")
    return _("Nobody is paid for: {what}").format(what=", ".join(name(found, each) for each in lost))


def heads(promises: Promises) -> list[tuple[str | None, str]]:
    """The columns of the matrix: each promise with its short name, then none."""
    named = [(f"promise:{each.id}", _broken(each.short or each.title)) for each in promises.promises]
    return [*named, (None, _broken(_("No promise")))]


def _broken(text: str) -> str:
    """A line break at the space nearest the middle."""
    spaces = [at for at, letter in enumerate(text) if letter == " "]
    if not spaces:
        return text
    at = min(spaces, key=lambda place: abs(place - len(text) / 2))
    return f"{text[:at]}\n{text[at + 1 :]}"


def cells(write: Formats, rows: Sequence[Row], columns: Sequence[tuple[str | None, str]]) -> pd.DataFrame:
    """The cells of `charts.matrix`."""
    found = [
        {
            "row": i,
            "column": j,
            "share": row.pay.get(promise, 0) / sum(row.pay.values()),
            "text": write.percent(row.pay.get(promise, 0) / sum(row.pay.values())),
            "outside": promise is None,
        }
        for i, row in enumerate(rows)
        if not row.note
        for j, (promise, _head) in enumerate(columns)
    ]
    return pd.DataFrame(found, columns=["row", "column", "share", "text", "outside"])


def matrix_rows(write: Formats, rows: Sequence[Row]) -> pd.DataFrame:
    """The rows of `charts.matrix`."""
    totals = ["" if row.note else write.money_short(sum(row.pay.values())) for row in rows]
    return pd.DataFrame(
        [{"name": row.name, "total": total, "note": row.note} for row, total in zip(rows, totals, strict=True)]
    )


def joint_bars(write: Formats, rows: Sequence[Row]) -> pd.DataFrame:
    """The joint share of each department's pay, largest first."""
    shares = sorted(((row.joint / sum(row.pay.values()), row.name) for row in rows if not row.note), reverse=True)
    return pd.DataFrame(
        [{"name": who, "value": share, "text": write.percent(share)} for share, who in shares],
        columns=["name", "value", "text"],
    )


def joint_title(rows: Sequence[Row]) -> str:
    """Who holds nothing jointly."""
    if all(row.note for row in rows):
        return _("No joint share to show")
    alone = [row.name for row in rows if not row.note and not row.joint]
    if not alone:
        return _("Every department is paid for something held jointly")
    if len(alone) > 3:
        return _("{n} departments are paid for nothing held jointly").format(n=len(alone))
    return _("Paid for nothing held jointly: {who}").format(who=", ".join(alone))


def columns() -> list[Column]:
    """The heads of the spreadsheet of targets and weights."""
    texts = (_("Promise"), _("KPI"), _("Target"), _("Held by"), _("Period"))
    numbers = (_("Threshold"), _("Target value"), _("Stretch"))
    more = (_("Parent"), _("Joint"), _("Paid through"))
    return [
        *map(Column, texts),
        *(Column(each, number=True) for each in numbers),
        *map(Column, more),
        Column(_("Weight, %"), number=True),
        Column(_("Pay at target"), number=True),
    ]


def sheet(write: Formats, found: Threads, targets: Sequence[Target], weights: Mapping[str, str]) -> list[list[object]]:
    """A row for every target and every component that pays on it; then what pays without a target."""
    known = {f"target:{each.id}": each for each in targets}
    used = {each.target for each in found.fine}
    rows = [
        _line(write, found, each, known.get(each.target or ""), weights)
        for each in found.fine
        if each.target or each.pay
    ]
    loose = [Path(None, f"kpi:{each.kpi}", node, None) for node, each in known.items() if node not in used]
    return rows + [_line(write, found, each, known[each.target or ""], weights) for each in loose]


def _line(
    write: Formats, found: Threads, path: Path, target: Target | None, weights: Mapping[str, str]
) -> list[object]:
    def told(node: str | None) -> str:
        return name(found, node) if node else ""

    values = [float(each) for each in (target.threshold, target.target, target.stretch)] if target else [None] * 3
    held = target.scope if target else PEOPLE.partition(":")[2] if path.target else ""
    holder = told(f"target:{held}") if held else ""
    amount = path.amount / 100 if path.amount else money(write, [path]) if path.hidden else None
    weight = float(weights[path.pay]) if path.pay in weights else None
    return [
        told(path.promise), told(path.kpi), target.id if target else "", holder, target.period if target else "", *values,
        (target.parent or "") if target else "", _("yes") if path.joint else "", told(path.pay), weight, amount,
    ]  # fmt: skip
