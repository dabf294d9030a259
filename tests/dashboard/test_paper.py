"""Typeset paper: what people wrote stays text, the same is the same to the byte, and nothing is asked of anybody."""

import io
import zipfile
from datetime import date

import pandas as pd
import pypdf
import pytest

from dashboard import charts, paper
from dashboard.letters import CurveText, LetterText, Part, PlanText
from dashboard.paper.press import safe

DAY = date(2026, 10, 1)
ATTACKS = [
    '#read("/etc/passwd")', "#import \"@preview/x:0.1.0\": *", "*bold* _em_ $x^2$ `raw` <label> @ref // gone", "= Heading",
    "#{while true {}}", "]#panic()[", '"); #eval("1")',
]  # fmt: skip


def curve() -> charts.Picture:
    line = pd.DataFrame({"x": [60.0, 70.0, 80.0], "y": [0.0, 100.0, 150.0]})
    points = pd.DataFrame({"x": [70.0], "y": [100.0], "text": ["target <b>"]})
    past = pd.DataFrame(columns=["x", "y", "low", "high", "text"])
    return charts.curve(line, points, past, title="What it pays", say_x=lambda x: f"{x:g}%", say_y=lambda y: f"{y:g}%")


def letter(name: str = "Ana") -> bytes:
    plan = PlanText(
        "Service", [("All at threshold", "€0.00"), ("All at target", "€504.11"), ("All at stretch", "€756.16")], "Before gates.",
        [("What counts", False), ("Target", True)], [[name, "70%"]], [CurveText("First contact", "70%: 100%", curve())],
    )  # fmt: skip
    text = LetterText(
        "Your targets", name, "You are paid €504.11.", [plan], [Part("How to contest", "Tell HR.")], "Hash 7F3A"
    )
    return paper.letter(text, "Brightwater", DAY)


def words(made: bytes) -> str:
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages)


@pytest.mark.parametrize("attack", ATTACKS)
def test_markup_in_a_name_stays_the_characters_it_is(attack: str) -> None:
    told = "".join(words(letter(attack)).split())
    assert "".join(attack.split()) in told
    assert "root:" not in told


def test_characters_that_turn_or_hide_text_are_written_out() -> None:
    assert safe("a\u202eb\x00\u2066c\nd") == "a[U+202E]b[U+0000][U+2066]c\nd"
    assert "[U+202E]gnp.exe" in words(letter("\u202egnp.exe"))


def test_the_same_letter_is_the_same_to_the_byte_and_carries_its_own_date() -> None:
    first = letter()
    assert first == letter()
    told = pypdf.PdfReader(io.BytesIO(first)).metadata
    assert told is not None
    assert (told.title, told.creation_date.date()) == ("Your targets", DAY)


def test_a_letter_is_a4_and_says_who_what_and_how_to_contest() -> None:
    page = pypdf.PdfReader(io.BytesIO(letter())).pages[0]
    assert [round(float(each)) for each in page.mediabox[2:]] == [595, 842]
    told = page.extract_text()
    for text in ("Brightwater", "Your targets", "Ana", "€504.11", "Tell HR.", "Hash 7F3A", "1 / 1", "target <b>"):
        assert text in told


def test_fonts_are_inside_the_document_and_none_of_the_machine_is_used() -> None:
    fonts = set()
    for page in pypdf.PdfReader(io.BytesIO(letter())).pages:
        for font in page["/Resources"]["/Font"].values():
            held = font.get_object()["/DescendantFonts"][0].get_object()
            fonts.add(str(held["/BaseFont"]).partition("+")[2])
            assert any(name.startswith("/FontFile") for name in held["/FontDescriptor"].get_object())
    assert all(name.startswith("LibertinusSerif") for name in fonts)


def test_a_picture_on_paper_is_drawn_in_the_light_theme_without_a_link() -> None:
    drawn = paper.svg(paper.Sized(curve(), 240, 150))
    assert 'width="240"' in drawn
    assert "#8A6100" in drawn
    assert "href" not in drawn


def test_many_documents_are_packed_under_names_that_stay_in_their_folder() -> None:
    made = paper.zipped([("../../Jan O'Neil/\u202e.pdf", lambda: b"one"), ("Åse 2026-Q4.pdf", lambda: b"two")])
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        assert packed.namelist() == ["_.._Jan O_Neil__.pdf", "Åse 2026-Q4.pdf"]
        assert packed.read(packed.namelist()[1]) == b"two"
    assert made == paper.zipped([("../../Jan O'Neil/\u202e.pdf", lambda: b"one"), ("Åse 2026-Q4.pdf", lambda: b"two")])
