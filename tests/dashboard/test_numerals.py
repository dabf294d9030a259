"""Numbers in their shapes against Babel's, in every locale that it knows."""

from decimal import Decimal

import pytest
from babel.localedata import locale_identifiers
from hypothesis import given
from hypothesis import strategies as st

from dashboard.numerals import _asked, _shape, written

LOCALES = sorted(locale_identifiers())
KINDS = (("number", ""), ("percent", ""), ("money", "EUR"), ("money", "JPY"), ("money", "CHF"))
Amounts = st.decimals(-(10**15), 10**15, allow_nan=False, places=4)


@pytest.mark.parametrize("kind", KINDS)
@given(Amounts, st.integers(0, 4), st.sampled_from(LOCALES))
def test_a_number_is_written_as_babel_writes_it(
    kind: tuple[str, str], value: Decimal, decimals: int, locale: str
) -> None:
    whole = round(value, decimals)
    name, currency = kind
    assert written(whole, decimals, name, locale, currency) == _asked(whole, decimals, name, locale, currency)


def test_every_locale_writes_what_is_near_zero_and_what_is_large_as_babel_does() -> None:
    for locale in LOCALES:
        for text in ("-0.0", "0.0", "-0.5", "999.9", "1000.0", "-9999.9", "10000.0", "-123456789.0"):
            for name, currency in KINDS[:3]:
                said = written(Decimal(text), 1, name, locale, currency)
                assert said == _asked(Decimal(text), 1, name, locale, currency), (locale, text, name)


@pytest.mark.parametrize("locale", ["en_GB", "nl_NL", "de_DE", "fr_FR", "de_CH", "es_ES", "pl_PL", "sv_SE"])
def test_where_most_read_babel_is_asked_once(locale: str) -> None:
    assert all(_shape(decimals, name, locale, currency) for name, currency in KINDS for decimals in range(4))
