"""A month's accrual as finance books it: last month's reversed, this month's booked, debit equal to credit to the cent."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from kpis.exact import largest_remainder, round_half_away
from kpis.payroll.layouts import amount
from kpis.payroll.mapping import Accounts

HEADS = ("date", "account", "cost_centre", "debit", "credit", "currency", "text")


@dataclass(frozen=True)
class Accrued:
    """What one plan owes for one period by the end of a month, in one cost centre; minor units.

    `low` and `high` are its chance range, or nothing where it is not computed.
    """

    plan: str
    period: str
    cost_centre: str
    amount: int
    low: int | None = None
    high: int | None = None


def elapsed(start: date, end: date, until: date) -> Fraction:
    """The part of a period [start, end) that lies before `until`, in days: between 0 and 1."""
    return Fraction(max(0, min((until - start).days, (end - start).days)), (end - start).days)


def spread(of: Accrued, part: Fraction, by_centre: dict[str, int]) -> list[Accrued]:
    """The part of what a plan would pay that is owed now, over cost centres by what each would be paid.

    `of` carries the whole expected payout; the parts sum to its rounded part (largest remainder).
    """
    names = sorted(by_centre)
    owed = largest_remainder(round_half_away(of.amount * part), [by_centre[name] for name in names])
    lows, highs = (
        [None] * len(names)
        if whole is None
        else list(largest_remainder(round_half_away(whole * part), [by_centre[name] for name in names]))
        for whole in (of.low, of.high)
    )
    return [
        replace(of, cost_centre=name, amount=owed[at], low=lows[at], high=highs[at]) for at, name in enumerate(names)
    ]


@dataclass(frozen=True)
class Entry:
    """One line of a journal; one of `debit` and `credit` is 0. Minor units."""

    day: date
    account: str
    cost_centre: str
    debit: int
    credit: int
    text: str


def entries(
    before: Iterable[Accrued], now: Iterable[Accrued], accounts: Accounts, day: date, month: str
) -> list[Entry]:
    """The reversal of what was booked before, then what is owed now; debit and credit of each pair are one amount."""
    return [
        line
        for kind, held in (("Reversal of accrual", before), (f"Accrual {month}", now))
        for each in sorted(held, key=lambda each: (each.plan, each.period, each.cost_centre))
        if each.amount
        for line in _pair(each, accounts, day, f"{kind}, {each.plan} {each.period}", kind.startswith("Reversal"))
    ]


def _pair(each: Accrued, accounts: Accounts, day: date, text: str, back: bool) -> list[Entry]:
    forward = back == (each.amount < 0)
    debit, credit = (accounts.debit, accounts.credit) if forward else (accounts.credit, accounts.debit)
    size = abs(each.amount)
    return [
        Entry(day, debit, each.cost_centre, size, 0, text),
        Entry(day, credit, each.cost_centre, 0, size, text),
    ]


def balance(found: Sequence[Entry]) -> int:
    """Debit less credit, which is 0."""
    return sum(each.debit - each.credit for each in found)


def to_csv(found: Sequence[Entry], currency: str, exponent: int) -> bytes:
    """The journal as CSV (UTF-8), amounts with a point; a text that a spreadsheet would run is led by an apostrophe."""
    assert balance(found) == 0, "a journal that does not balance"
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADS)
    for each in found:
        money = [
            amount(each.debit, exponent, ".") if each.debit else "",
            amount(each.credit, exponent, ".") if each.credit else "",
        ]
        writer.writerow(
            [each.day.isoformat(), *map(_safe, (each.account, each.cost_centre)), *money, currency, _safe(each.text)]
        )
    return out.getvalue().encode()


def _safe(text: str) -> str:
    return f"'{text}" if text.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text
