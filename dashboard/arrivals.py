"""Receipts as the texts and frames of the page on data quality."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from dashboard.formats import Formats
from dashboard.words import _, ngettext
from data_contracts.problems import Problem
from data_contracts.receipts import ADMITTED, REFUSED, Receipt

DAYS = 14


@dataclass(frozen=True)
class Quality:
    """Everything the page says, as texts and small frames."""

    verdict: str
    more: str
    arrival: str
    days: pd.DataFrame
    contracts: pd.DataFrame
    heads: list[str]
    accounted: list[list[str]]
    totals: frozenset[int]
    reasons: list[list[str]]
    waiting: int
    waiting_text: str
    refused: list[Problem]
    listed: list[list[str]]


def quality(write: Formats, receipts: Sequence[Receipt]) -> Quality:
    """The page of these receipts, at least one, in the order they were given."""
    names = sorted({each.dataset for each in receipts})
    newest = {
        name: [each for each in receipts if each.dataset == name and each.state in (ADMITTED, REFUSED)][-1:]
        for name in names
    }
    bad = [name for name, last in newest.items() if last and last[0].state == REFUSED]
    last_day = max(_day(each) for each in receipts)
    span = [last_day - timedelta(days=DAYS - 1 - at) for at in range(DAYS)]
    waiting = sum(each.quarantined for each in receipts if each.state == ADMITTED)
    fit = ngettext("{n} of {all} contract is fit for pay.", "{n} of {all} contracts are fit for pay.", len(names))
    return Quality(
        fit.format(n=len(names) - len(bad), all=len(names)), _told(bad),
        _("{what} did not arrive as agreed").format(what=", ".join(bad)) if bad else _("Every source arrived as its contract says"),
        pd.DataFrame([_mark(receipts, name, at, day) for at, name in enumerate(names) for day in enumerate(span)]),
        pd.DataFrame([_verdict(name, name in bad) for name in names]),
        [str(day.day) for day in span], _accounted(write, receipts, names), frozenset({len(names)}), _reasons(write, receipts),
        waiting, write.number(waiting), [problem for name in bad for problem in newest[name][0].problems], _listed(write, receipts),
    )  # fmt: skip


def _day(each: Receipt) -> date:
    return datetime.fromisoformat(each.at).date()


def _verdict(name: str, bad: bool) -> dict[str, object]:
    return {"name": name, "verdict": _("refused: see below") if bad else _("fit for pay"), "bad": bad}


def _told(bad: Sequence[str]) -> str:
    return (
        _("The newest delivery of {what} was refused; figures after it wait.").format(what=", ".join(bad))
        if bad
        else ""
    )


def _mark(receipts: Sequence[Receipt], name: str, row: int, day: tuple[int, date]) -> dict[str, object]:
    found = [each for each in receipts if each.dataset == name and _day(each) == day[1]]
    state = "none due"
    if found:
        worst = REFUSED if any(each.state == REFUSED for each in found) else ""
        state = worst or ("part quarantined" if any(each.quarantined for each in found) else "admitted")
    return {"contract": row, "day": day[0], "state": state, "text": f"{name}, {day[1]}: {state}"}


def _accounted(write: Formats, receipts: Sequence[Receipt], names: Sequence[str]) -> list[list[str]]:
    parts = ("received", "admitted", "quarantined", "repeats")
    sums = {
        name: [
            sum(getattr(each, part) for each in receipts if each.dataset == name and each.state == ADMITTED)
            for part in parts
        ]
        for name in names
    }
    total = [sum(row[at] for row in sums.values()) for at in range(len(parts))]
    return [[name, *map(write.number, row)] for name, row in (*sums.items(), (_("All"), total))]


def _reasons(write: Formats, receipts: Sequence[Receipt]) -> list[list[str]]:
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], date] = {}
    for each in receipts:
        for reason, count in each.reasons.items() if each.state == ADMITTED else ():
            counts[each.dataset, reason] += count
            first.setdefault((each.dataset, reason), _day(each))
    return [
        [name, reason, write.number(count), write.short_day(first[name, reason])]
        for (name, reason), count in counts.most_common()
    ]


def of_kpi(write: Formats, receipts: Sequence[Receipt]) -> list[list[str]]:
    """Receipts behind a KPI as rows of a table, newest first, every row accounted for."""
    whole = zip(_listed(write, receipts), reversed(receipts), strict=True)
    return [[*row[:7], write.number(each.quarantined), write.number(each.repeats), row[7]] for row, each in whole]


def _listed(write: Formats, receipts: Sequence[Receipt]) -> list[list[str]]:
    return [
        [
            str(each.sequence), write.short_day(_day(each)), each.dataset, each.file, each.state, write.number(each.received),
            write.number(each.admitted), each.delivery[:12],
        ]
        for each in reversed(receipts)
    ]  # fmt: skip
