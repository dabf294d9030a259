"""How a locale writes numbers, asked of Babel once: afterwards a number is digits between two marks, as Babel would write it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, format_decimal, format_percent, get_decimal_symbol, get_group_symbol

PROBES = [
    Decimal(text).scaleb(-9) for text in ("0", "7", "1234", "12345678901", "1234567890123", "12345678901234567890123")
]


@dataclass(frozen=True)
class Shape:
    """What stands before and after the digits, of numbers with and without a minus, and what the digits are parted by."""

    around: tuple[tuple[str, str], tuple[str, str]]
    marks: dict[int, str]
    decimals: int

    def write(self, value: Decimal) -> str:
        """The number, already rounded to as many decimals."""
        before, after = self.around[value.is_signed()]
        return f"{before}{_digits(value, self.decimals).translate(self.marks)}{after}"


def written(value: Decimal, decimals: int, kind: str, locale: str, currency: str = "") -> str:
    """A number rounded to so many decimals as Babel writes it, but for the minus, which is a true one.

    kind: "number", "percent" (the number of hundredths) or "money" of a currency.
    """
    shape = _shape(decimals, kind, locale, currency) if value.is_finite() else None
    return shape.write(value) if shape else _asked(value, decimals, kind, locale, currency)


@lru_cache(1000)
def _shape(decimals: int, kind: str, locale: str, currency: str) -> Shape | None:
    """The shape of such numbers; None where Babel does not write some of the probes like that."""

    def ask(value: Decimal) -> str:
        return _asked(value, decimals, kind, locale, currency)

    marks = {ord(","): get_group_symbol(locale), ord("."): get_decimal_symbol(locale)}
    digits = _digits(Decimal(1), decimals).translate(marks)
    plus, minus = (ask(Decimal(each)).partition(digits) for each in (1, -1))
    found = Shape(((plus[0], plus[2]), (minus[0], minus[2])), marks, decimals)
    return found if _holds(found, ask) else None


def _holds(shape: Shape, ask: Callable[[Decimal], str]) -> bool:
    probes = [each.quantize(Decimal(1).scaleb(-shape.decimals)) for each in PROBES]
    return all(shape.write(each) == ask(each) for probe in probes for each in (probe, -probe))


def _digits(value: Decimal, decimals: int) -> str:
    return f"{value.copy_abs():,.{max(decimals, 0)}f}"


def _asked(value: Decimal, decimals: int, kind: str, locale: str, currency: str) -> str:
    """The same by Babel, number by number."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    if kind == "number":
        text = format_decimal(value, pattern, locale)
    elif kind == "percent":
        pattern = Locale.parse(locale).percent_formats[None].pattern.replace("#,##0", pattern)
        text = format_percent(value / 100, pattern, locale)
    else:
        pattern = Locale.parse(locale).currency_formats["standard"].pattern.replace("#,##0.00", pattern)
        text = format_currency(value, currency, pattern, locale, currency_digits=False)
    return text.replace("-", "−")
