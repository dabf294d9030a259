"""Paper: typeset documents as PDF, by Typst, with the charts that pages draw. Nothing is fetched, nothing is evaluated.

To make a document, write `templates/NAME.typ` and one function that gives its texts:

    paper.pdf("letter", data, title="Your targets", on=day, head="Ardenmoor", foot="Letter 1, hash 7F3A…")

- `data` is JSON-like: texts, numbers, lists, mappings. Every text arrives in the template as a *value* (`d.name`), never
  as source, so `#read("/etc/passwd")` is twenty characters on paper. Control characters and those that turn the direction
  of text are written out as [U+202E].
- a `Picture` of dashboard.charts anywhere in `data`, or `Sized(picture, width, height)` in points, is drawn in the light
  theme, as SVG: `picture(d.curve)`.
- `on` is the date of the document: the same data and date are the same bytes. Words belong into `data`, through `_()`.
- `templates/house.typ` is put before every template: page, palette, `lead`, `note`, `sheet` (a table), `big` (amounts).
- fonts are those inside Typst (Libertinus Serif: Latin, Greek, Cyrillic); none of the machine's are looked at.
- `zipped` packs many documents, each made as it is asked for. A page takes about 10 ms, a new chart about 50 ms once.

What stands out does so in black and white as well: by weight, shape and words, colour being a second sign.
"""

from dashboard.paper.letters import letter
from dashboard.paper.pictures import Sized, svg
from dashboard.paper.press import pdf, zipped, zipped_to
from dashboard.paper.statements import statement

__all__ = ["Sized", "letter", "pdf", "statement", "svg", "zipped", "zipped_to"]
