"""From a template and data to a PDF: texts as values, no network, no file beside the templates, no clock."""

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from importlib import resources
from typing import IO, Any

import typst

from dashboard.charts import Picture
from dashboard.paper.pictures import Sized, svg

HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
START = (1980, 1, 1, 0, 0, 0)  # a zip holds moments too


def pdf(template: str, data: Mapping[str, Any], *, title: str, on: date, head: str = "", foot: str = "") -> bytes:
    """The document of `templates/{template}.typ` as PDF; the same arguments give the same bytes."""
    given = {"title": title, "on": [on.year, on.month, on.day], "head": head, "foot": foot, "d": data}
    moment = datetime.combine(on, time(), UTC)
    made = typst.compile(
        _source(template), font_paths=_fonts(), ignore_system_fonts=True, root=str(_folder()), format="pdf",
        sys_inputs={"data": json.dumps(_plain(given), ensure_ascii=False)}, timestamp=moment,
    )  # fmt: skip
    assert isinstance(made, bytes)  # one document was asked for
    return made


def zipped(documents: Iterable[tuple[str, Callable[[], bytes]]]) -> bytes:
    """Documents by file name, packed; each is made when its turn comes. The same documents are the same bytes."""
    out = io.BytesIO()
    zipped_to(out, documents)
    return out.getvalue()


def zipped_to(out: IO[bytes], documents: Iterable[tuple[str, Callable[[], bytes]]]) -> None:
    """The same into an open file: no more than one document is in memory."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:  # a PDF is compressed already
        for name, make in documents:
            packed.writestr(zipfile.ZipInfo(_name(name), START), make())


def _name(text: str) -> str:
    """A file name that stays in its folder, whatever a person is called."""
    kept = "".join(each if each.isalnum() or each in " -_.," else "_" for each in unicodedata.normalize("NFC", text))
    return kept.strip(" .") or "_"


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)


def _folder() -> Any:
    return resources.files("dashboard.paper") / "templates"


@cache
def _source(template: str) -> bytes:
    """The house's own definitions, then the template."""
    return b"\n".join((_folder() / f"{name}.typ").read_bytes() for name in ("house", template))


def _plain(value: Any) -> Any:
    """Data as JSON knows it: pictures drawn, texts without what could turn or hide others."""
    if isinstance(value, Picture):
        value = Sized(value)
    if isinstance(value, Sized):
        return {"svg": safe(svg(value)), "words": safe(value.picture.words)}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return safe(value) if isinstance(value, str) else value


def safe(text: str) -> str:
    """The text with control characters, and those that turn the direction of text, written out as [U+202E]."""
    return HIDDEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)
