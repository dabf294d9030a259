"""Every word a reader sees passes through `_` (gettext); what others wrote passes through `plain`."""

import gettext
import re
import string
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
ESCAPES = {ord(each): f"\\{each}" for each in string.punctuation}
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
    apart = " ".join(str(text).split())
    if "@" in apart or "://" in apart or "www." in apart.lower():
        apart = LINK.sub("\N{WORD JOINER}", apart)  # browsers link addresses after escapes are undone
    return apart.translate(ESCAPES)


class Markdown(str):
    """Text that is Markdown already, so that tables leave it as it is."""

    __slots__ = ()


def code(text: object) -> str:
    """An expression or an identity as Markdown that shows exactly it, in the font of code."""
    return f"`{' '.join(str(text).split()).replace('`', '´')}`"
