"""A chain of entries in which each holds the hash of the one before: an edit, a deletion or a swap shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import rfc8785

from data_contracts.problems import Problem

START = "0" * 64


@dataclass(frozen=True)
class Entry:
    """One entry: its place from 1, the hash before it, its payload and its own hash.

    Numbers past 2⁵³ are written as text.
    """

    position: int
    previous: str
    payload: Mapping[str, Any]
    hash: str


def entry(last: Entry | None, payload: Mapping[str, Any]) -> Entry:
    """The entry that follows `last` (None begins a chain).

    Raises rfc8785's ValueError for what JSON cannot hold exactly.
    """
    position, previous = (last.position + 1, last.hash) if last else (1, START)
    return Entry(position, previous, payload, digest(position, previous, payload))


def digest(position: int, previous: str, payload: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON (RFC 8785) of place, hash before and the hash of the payload.

    Of the payload its hash alone, so that the chain is followed to its head by somebody who may not see every payload.
    """
    return chained(position, previous, content(payload))


def content(payload: Mapping[str, Any]) -> str:
    """SHA-256 of a payload's canonical JSON."""
    return sha256(rfc8785.dumps(dict(payload))).hexdigest()


def chained(position: int, previous: str, payload: object) -> str:
    """The hash of an entry: of place, hash before, and the payload's hash; entries of earlier versions held the payload itself."""
    return sha256(rfc8785.dumps({"position": position, "previous": previous, "payload": payload})).hexdigest()


def begun(entries: Iterable[Entry]) -> int:
    """The number of the last entry of an earlier version, 0 for none: later ones are followed without seeing what they say."""
    earlier = (each.position for each in entries if each.hash != _digest_or_none(each))
    return max(earlier, default=0)


def broken(entries: Iterable[Entry], head: str | None = None) -> list[Problem]:
    """Every place where the chain does not hold, entries in their order.

    A cut tail or a chain written anew throughout shows only against a `head` kept elsewhere.
    """
    problems: list[Problem] = []
    position, previous = 0, START
    for at, each in enumerate(entries, 1):
        problems += _faults(each, at, position + 1, previous)
        position, previous = each.position, each.hash
    if head is not None and previous != head:
        step = "Entries were cut off, or all written anew."
        problems.append(Problem("ledger, head", f"{head[:12]}…", f"{previous[:12]}…", step))
    return problems


def _faults(each: Entry, at: int, position: int, previous: str) -> list[Problem]:
    """What is wrong with one entry, given the place and the hash before it that it should have."""
    place, own = f"ledger, entry {at}", _digest_or_none(each)
    own = each.hash if each.hash == _digest_or_none(each, before=True) else own
    held = (
        (f"place {position}", f"place {each.position}", "An entry was taken out, added or moved."),
        (f"the hash before it {previous}", f"the hash before it {each.previous}", "The chain was changed here."),
        (f"the hash of its content {own}", f"the hash of its content {each.hash}", "Its content was changed."),
    )
    return [Problem(place, expected, actual, step) for expected, actual, step in held if expected != actual]


def _digest_or_none(each: Entry, before: bool = False) -> str | None:
    """The hash that an entry should have, or (`before`) should have had in an earlier version; None for what is no JSON."""
    try:
        told = dict(each.payload) if before else content(each.payload)
        return chained(each.position, each.previous, told)
    except (ValueError, TypeError):
        return None
