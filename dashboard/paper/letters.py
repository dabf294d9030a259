"""The target letter as a document."""

from datetime import date

from dashboard.letters import LetterText
from dashboard.paper.pictures import Sized
from dashboard.paper.press import pdf

CURVE = 230, 140


def letter(text: LetterText, company: str, on: date) -> bytes:
    """One person's target letter, A4 upright; `on` is the day it was written."""
    plans = [
        {
            "title": plan.title, "results": plan.results, "note": plan.note, "heads": plan.heads, "rows": plan.rows,
            "curves": [{"title": each.title, "about": each.about, "picture": Sized(each.picture, *CURVE)} for each in plan.curves],
        }
        for plan in text.plans
    ]  # fmt: skip
    parts = [{"title": part.title, "words": part.words, "heads": part.heads, "rows": part.rows} for part in text.parts]
    data = {"to": text.to, "lead": text.lead, "plans": plans, "parts": parts}
    return pdf("letter", data, title=text.title, on=on, head=company, foot=text.foot)
