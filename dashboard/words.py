"""Every word a reader sees passes through `_` (gettext); what others wrote passes through `plain`."""

import gettext
import re
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
LINK = re.compile(r"(?i)(?<=http)(?=://)|(?<=https)(?=://)|(?<=www)(?=\.)|(?<=\w)(?=@\w)")

_translation: gettext.NullTranslations = gettext.NullTranslations()


def use(locale: str) -> None:
    """Speak the language of this locale (`nl_NL`) from now on; English where no translation ships."""
    global _translation
    _translation = gettext.translation("goldenthread", LOCALES, [locale], fallback=True)


def _(message: str) -> str:
    return _translation.gettext(message)


def ngettext(one: str, many: str, n: int) -> str:
    """The form of a message for `n` things; both forms may hold `{n}`."""
    return _translation.ngettext(one, many, n)


def plain(text: object) -> str:
    """Text from data or definitions as Markdown that shows exactly that text: no link, no markup, no directive."""
    apart = LINK.sub("\N{WORD JOINER}", " ".join(str(text).split()))  # browsers link addresses after escapes are undone
    return PUNCTUATION.sub(r"\\\1", apart)


class Markdown(str):
    """Text that is Markdown already, so that tables leave it as it is."""

    __slots__ = ()


def code(text: object) -> str:
    """An expression or an identity as Markdown that shows exactly it, in the font of code."""
    return f"`{' '.join(str(text).split()).replace('`', '´')}`"
