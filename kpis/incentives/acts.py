"""What an act on a run says to each person whom it concerns, and the hash of it all that the ledger holds.

A person's view of an act are its rows that are about them, without what those tell of others. The hashes of everybody's views are the
lowest row of a tree (parts.py), so that one person's can be held against the ledger and shows nobody else's.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import rfc8785

from kpis.incentives import parts

Json = Mapping[str, Any]
PEOPLE = "people"
STEP, EXCEPTION, DECISION, NAMED = "run_step", "run_exception", "run_decision", "run_decision_person"
ENDS = {"dispute_decision": "dispute", "clawback_decision": "clawback"}
OF_SEVERAL = frozenset({"told", "reason"})  # words about several people may tell one of another


@dataclass
class Context:
    """Whom earlier rows name: the people of an exception by run and number, the person of a dispute or claim by its entry."""

    people: dict[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    whose: dict[str, str] = field(default_factory=dict)

    def learn(self, entry: int, rows: Iterable[Json]) -> None:
        """Remember whom these rows of an entry name."""
        for row in rows:
            if row["table"] == EXCEPTION:
                self.people[row["run"], row["number"]] = json.loads(row["people"])
            elif row["table"] in ENDS.values():
                self.whose[str(entry)] = row["person"]


def views(rows: Sequence[Json], known: Context) -> tuple[list[Json], dict[str, list[Json]]]:
    """What an act's rows say to everybody (the steps of a run, without their reasons), and to each person."""
    steps: list[Json] = [
        {name: each for name, each in row.items() if name != "reason"} for row in rows if row["table"] == STEP
    ]
    found: dict[str, list[Json]] = {}
    for row in rows:
        people = _concerned(row, rows, known)
        hidden = OF_SEVERAL if len(people) > 1 else frozenset()
        for person in people:
            view = {name: each for name, each in row.items() if name not in hidden}
            found.setdefault(person, []).append(
                view | ({"people": json.dumps([person])} if row["table"] == EXCEPTION else {})
            )
    return steps, found


def _concerned(row: Json, rows: Sequence[Json], known: Context) -> Sequence[str]:
    """Whom a row is about; nobody for the steps of a run and for its hand-over."""
    if "person" in row:
        return [row["person"]]
    table = row["table"]
    if table == EXCEPTION:
        return list(json.loads(row["people"]))
    if table == DECISION:
        same = (each for each in rows if each["table"] == NAMED and each["number"] == row["number"])
        named = [each["person"] for each in same]
        return named or known.people[row["run"], row["number"]]
    return [known.whose[row[ENDS[table]]]] if table in ENDS else []


def in_order(decided: Iterable[Json]) -> Iterator[tuple[int, list[Json], Context]]:
    """The acts among rows with their `entry`, oldest first, each with whom it and those before it name."""
    known, rows = Context(), dict[int, list[Json]]()
    for each in decided:
        rows.setdefault(each["entry"], []).append(each["row"])
    for at in sorted(rows):
        known.learn(at, rows[at])
        yield at, rows[at], known


def mine(person: str, decided: Iterable[Json]) -> tuple[list[Json], dict[str, parts.Path]]:
    """One person's views of the acts that concern them, and the steps of their runs; and the nodes beside each view's way, by act."""
    seen: list[Json] = []
    paths = {}
    for at, rows, known in in_order(decided):
        steps, found = views(rows, known)
        seen += ({"entry": at, "row": row} for row in (*steps, *found.get(person, ())))
        if person in found:
            row = leaves(found)
            paths[str(at)] = parts.path(list(row.values()), list(row).index(person))
    return sorted(seen, key=lambda each: (each["entry"], rfc8785.dumps(dict(each["row"])))), paths


def leaves(found: Mapping[str, Sequence[Json]]) -> dict[str, str]:
    """The hash of everybody's views, in the order of their keys."""
    return {person: parts.digest({"person": person, "rows": rows_digest(found[person])}) for person in sorted(found)}


def rows_digest(rows: Iterable[Json]) -> str:
    """SHA-256 of rows in canonical JSON (RFC 8785), whatever their order."""
    return sha256(b"\n".join(sorted(rfc8785.dumps(dict(row)) for row in rows))).hexdigest()


def vouched(run: str, of: int, rows: Sequence[Json], known: Context) -> dict[str, Any] | None:
    """What the ledger says of the views of an act, the entry `of`, on a run; None where it concerns nobody."""
    steps, found = views(rows, known)
    if not steps and not found:
        return None
    people = parts.root(list(leaves(found).values()))
    return {"kind": PEOPLE, "run": run, "of": of, "shared": rows_digest(steps), "people": people}
