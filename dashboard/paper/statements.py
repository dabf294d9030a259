"""The statement of a payout as a document."""

from datetime import date

from dashboard.letters import Part
from dashboard.paper.pictures import Sized
from dashboard.paper.press import pdf
from dashboard.slip_texts import SlipText

WIDE = 550  # drawn so wide and set into the text width, its words are those of tables


def statement(text: SlipText, company: str, on: date) -> bytes:
    """One person's statement, A4 upright; `on` is the day of its run."""
    totals = [at in text.totals for at in range(len(text.steps))]
    data = {
        "to": text.to, "lead": text.lead, "amounts": text.amounts, "steps": text.steps, "totals": totals,
        "currency": text.currency, "points": _part(text.points), "figures": _part(text.figures),
        "bullets": [Sized(text.bullets, WIDE)] if text.bullets else [], "chance": text.chance,
        "sources": [_part(each) for each in text.sources], "versions": _part(text.versions),
        "says": [_part(each) for each in text.says], "beside": [_part(each) for each in text.beside],
        "steps_title": text.steps_title, "sources_title": text.sources_title,
    }  # fmt: skip
    return pdf("statement", data, title=text.title, on=on, head=company, foot=text.foot)


def _part(part: Part) -> dict[str, object]:
    return {"title": part.title, "words": part.words, "heads": part.heads, "rows": part.rows}
