"""Heads of the ledger for keeping elsewhere: exported, signed, and what was given out remembered."""

from datetime import datetime
from typing import Any

from kpis.incentives import heads
from kpis.incentives.heads import Head
from kpis.records.runs import KeptHead
from kpis.records.session import session
from kpis.workflows import chain
from kpis.workspace import Workspace


def export(workspace: Workspace, now: datetime, place: str, key: bytes | None = None) -> dict[str, Any]:
    """The head of the ledger as a document to keep elsewhere, signed where a private key (PEM) is given."""
    with session(workspace.engine) as records:
        last = chain.newest(records)
        head = Head(last.position, last.hash, now.isoformat()) if last else heads.head_of([], now.isoformat())
        told = heads.signed(head, key) if key else heads.document(head)
        records.add(KeptHead(sequence=head.sequence, digest=head.hash, place=place, at=now))
    return told
