"""Kept letters as texts and as PDF files, from a snapshot: what pages and commands share."""

import json
from collections.abc import Sequence
from datetime import date
from functools import partial

from dashboard import paper
from dashboard.formats import Formats
from dashboard.letters import LetterText, Reader, text
from kpis.records.aims import Letter
from kpis.workflows import align, identities
from kpis.workspace import Snapshot


def reader(snapshot: Snapshot) -> Reader:
    """What letters of a workspace are told with."""
    company, tree = snapshot.workspace.settings.company, snapshot.organisation
    write = Formats(company.locale, company.currency)
    return Reader(write, snapshot.workspace.kpis, partial(align.scope_name, tree))


def told(snapshot: Snapshot, letter: Letter, read: Reader | None = None) -> LetterText:
    """A letter in words, with its holder's name as the record has it today."""
    workspace = snapshot.workspace
    who, window = identities.one(workspace, letter.person), workspace.settings.calendar.parse(letter.period)
    document = json.loads(letter.document)
    return text(read or reader(snapshot), document, who.name or who.external, window, letter.edition, letter.digest)


def one(snapshot: Snapshot, letter: Letter, read: Reader | None = None) -> bytes:
    """A letter as PDF, dated as it was written."""
    on = date.fromisoformat(json.loads(letter.document)["on"])
    return paper.letter(told(snapshot, letter, read), snapshot.workspace.settings.company.name, on)


def zipped(snapshot: Snapshot, held: Sequence[Letter]) -> bytes:
    """Letters as PDF under the names of their holders and a part of their hash, in one zip."""
    read, names = reader(snapshot), identities.names(snapshot.workspace)
    return paper.zipped(
        (
            f"{names.get(each.person, each.person)} {each.period} {each.digest[:6]}.pdf",
            lambda each=each: one(snapshot, each, read),
        )  # type: ignore[misc]
        for each in held
    )
