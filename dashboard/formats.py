"""Numbers, dates and money as readers see them, in the workspace's locale: formatted once, here, and sent as text."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

from babel.dates import format_date, format_skeleton
from babel.numbers import format_compact_currency, get_currency_precision

from dashboard.numerals import written
from dashboard.words import _, ngettext

Number = int | float | Decimal | Fraction
WHOLE_PERCENT_BELOW = 1000  # answers; with fewer a decimal would be noise


def rounded(value: Number, decimals: int) -> Decimal:
    """Half up, the way payouts round; exact for integers, decimals and fractions, and for a float as it prints."""
    exact = Decimal(value.numerator) / value.denominator if isinstance(value, Fraction) else Decimal(str(value))
    return exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _minus(text: str) -> str:
    return text.replace("-", "−")


@dataclass(frozen=True)
class Formats:
    """How one workspace writes: locale (`en_GB`) and currency (`EUR`)."""

    locale: str = "en_GB"
    currency: str = "EUR"

    @lru_cache(20_000)  # noqa: B019 - a workspace has one Formats, and numbers repeat
    def number(self, value: Number, decimals: int = 0, sign: bool = False) -> str:
        """3,870 or 5.6; with `sign`, +38 and −38; a dash for what is not told (NaN)."""
        if value != value:
            return "–"
        whole = rounded(value, decimals) or Decimal(0)  # never a minus before nothing
        text = written(whole, decimals, "number", self.locale)
        return f"+{text}" if sign and whole > 0 else text

    def n(self, n: Number) -> str:
        """Sample size: n 3,870."""
        return _("n {n}").format(n=self.number(n))

    def percent(self, share: Number, decimals: int = 0) -> str:
        """A share 0..1 as 67.1%."""
        exact = share * 100 if isinstance(share, int | Decimal | Fraction) else Decimal(str(share)) * 100
        return written(rounded(exact, decimals), decimals, "percent", self.locale)

    def value(self, value: Number, unit: str, decimals: int = 1, n: Number | None = None) -> str:
        """A KPI figure in its unit: shares come as 0..1, everything else as shown (money in whole currency)."""
        if unit == "percent":
            return self.percent(value, self._share_decimals(decimals, n))
        if unit == "money":
            return self._currency(Decimal(str(float(value))).scaleb(self._precision()), decimals)
        text = self.number(value, decimals, sign=unit == "points")
        return self._with_word(text, unit, value)

    def bare(self, value: Number, unit: str, decimals: int = 1, n: Number | None = None) -> str:
        """The figure without its unit, for intervals."""
        if unit == "percent":
            return self.number(Decimal(str(float(value))) * 100, self._share_decimals(decimals, n))
        if unit == "money":
            return self.number(Decimal(str(float(value))), decimals)
        return self.number(value, decimals, sign=unit == "points")

    def interval(self, low: Number, high: Number, unit: str, decimals: int = 1, n: Number | None = None) -> str:
        """65.6 to 68.6: never ±, which hides skew."""
        return _("{low} to {high}").format(
            low=self.bare(low, unit, decimals, n), high=self.bare(high, unit, decimals, n)
        )

    def change(self, value: Number, unit: str, decimals: int = 1, bare: bool = False) -> str:
        """A difference between two figures, with its sign: +4.3 points, −2.0 h, or without its unit; shares come as 0..1."""
        exact = Decimal(str(float(value))) * 100 if unit == "percent" else value
        if bare or unit in ("percent", "points"):
            text = self.number(exact, decimals, sign=True)
            return text if bare else _("{n} points").format(n=text)
        text = self.value(value, unit, decimals)
        return f"+{text}" if rounded(value, decimals) > 0 else text

    def changes(self, unit: str, decimals: int = 0) -> Callable[[float], str]:
        """How an axis of differences in that unit writes its numbers."""
        return lambda value: self.change(value, unit, decimals)

    def axis(self, unit: str, decimals: int = 0) -> Callable[[float], str]:
        """How an axis of that unit writes its numbers."""
        return lambda value: self.value(value, unit, decimals)

    def _share_decimals(self, decimals: int, n: Number | None) -> int:
        return 0 if n is not None and n < WHOLE_PERCENT_BELOW else decimals

    def _with_word(self, text: str, unit: str, value: Number) -> str:
        if unit == "hours":
            return _("{hours} h").format(hours=text)
        if unit == "days":
            return ngettext("{n} day", "{n} days", 1 if value == 1 else 2).format(n=text)
        return text

    def _precision(self) -> int:
        return get_currency_precision(self.currency)

    def _currency(self, minor: Decimal, decimals: int) -> str:
        amount = rounded(minor.scaleb(-self._precision()), decimals)
        return written(amount, decimals, "money", self.locale, self.currency)

    def money(self, minor: int) -> str:
        """Minor units to the cent, for statements and ledgers: €833.32."""
        return self._currency(Decimal(minor), self._precision())

    def minor(self, amount: Number) -> int:
        """An amount of whole currency in minor units."""
        return int(rounded(amount, self._precision()).scaleb(self._precision()))

    def amount(self, minor: int) -> str:
        """Minor units to the cent without the currency sign, for a column that names it: 833.32."""
        return self.number(Decimal(minor).scaleb(-self._precision()), self._precision())

    def money_headline(self, minor: int) -> str:
        """Minor units in whole currency: €184,000."""
        return self._currency(Decimal(minor), 0)

    def money_short(self, minor: int) -> str:
        """Minor units in thousands, for labels in pictures: €126k."""
        amount = Decimal(minor).scaleb(-self._precision())
        if abs(amount) < 1000:
            return self.money_headline(minor)
        digits = 0 if abs(amount) < 1_000_000 else 1
        text = format_compact_currency(amount, self.currency, locale=self.locale, fraction_digits=digits)
        return _minus(text.replace("K", "k").replace("M", "m"))

    def day(self, day: date) -> str:
        """22 November."""
        return format_skeleton("MMMMd", day, locale=self.locale)

    def short_day(self, day: date) -> str:
        """22 Nov, for tables and axes."""
        return format_skeleton("MMMd", day, locale=self.locale)

    def full_day(self, day: date) -> str:
        """22 November 2026."""
        return format_date(day, "long", self.locale)

    def month(self, day: date) -> str:
        """November 2026."""
        return format_skeleton("yMMMM", day, locale=self.locale)

    def span(self, start: date, last: date) -> str:
        """16 to 22 November; both days are included."""
        same = (start.year, start.month) == (last.year, last.month)
        return _("{start} to {end}").format(start=start.day if same else self.day(start), end=self.day(last))

    def period(self, name: str) -> str:
        """A period's name for readers: Week 47, 2026; November 2026; Quarter 3, 2026; Half 1, 2026; 2026."""
        year, part = [*name.split("-", 1), ""][:2]
        words = {"W": _("Week {n}, {year}"), "Q": _("Quarter {n}, {year}"), "H": _("Half {n}, {year}")}
        if part[:1] in words:
            return words[part[:1]].format(n=int(part[1:]), year=year)
        return self.month(date(int(year), int(part), 1)) if part else year


def spelled(n: int) -> str:
    """Small counts as words, for sentences; larger ones as digits."""
    small = [
        _("no"),
        _("one"),
        _("two"),
        _("three"),
        _("four"),
        _("five"),
        _("six"),
        _("seven"),
        _("eight"),
        _("nine"),
        _("ten"),
    ]
    return small[n] if 0 <= n < len(small) else str(n)
