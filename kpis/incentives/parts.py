"""One person's part of a run, and the tree of hashes by which the ledger vouches for everyone's part and shows nobody's.

A person's leaf is the hash of all that their payout rests on and of what it is. The leaves in the order of the people's keys are the
lowest row of a tree; each node above hashes two below it; the ledger holds the root. A leaf and the nodes beside its way give the root.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any

import rfc8785

from kpis.incentives.ledger import Entry

Json = Mapping[str, Any]
Path = list[tuple[str, str]]


def part_of(person: str, document: Json, outcome: Json) -> tuple[Json, Json]:
    """One person's part of evidence and outcome: their rows, and the figures, targets, facts and definitions that these read."""
    inner = document["run"]
    mine = [each for each in inner["participants"] if each["person"] == person]
    named = _named(mine[0], inner["targets"]) if mine else set()
    figures = {name: each for name, each in inner["figures"].items() if name in named}
    of = {each["of"] for each in figures.values()}
    kpis = {each.split("@")[0] for each in of}
    payouts = [each for each in outcome["payouts"] if each["person"] == person]
    part = {
        **document,
        "run": {
            **{name: value for name, value in inner.items() if name != "pool"},
            "plan": alone(inner["plan"], person),
            "figures": figures,
            "targets": {name: each for name, each in inner["targets"].items() if name in named},
            "participants": mine,
        },
        "facts": {name: rows for name, rows in document["facts"].items() if name in of},
        "kpis": {name: each for name, each in document["kpis"].items() if name in kpis},
        "blocked": [],
    }
    return part, {**outcome, "payouts": payouts, "total": sum(each["payout"] for each in payouts)}


def alone(plan: Json, person: str = "") -> Json:
    """The plan without what it says of other people by name; its hash is then that of what is left."""
    terms = {name: each for name, each in plan["opportunity"].get("by_person", {}).items() if name == person}
    people = [each for each in plan["participants"]["people"] if each == person]
    opportunity = plan["opportunity"] | ({"by_person": terms} if "by_person" in plan["opportunity"] else {})
    return {**plan, "opportunity": opportunity, "participants": {**plan["participants"], "people": people}}


def _named(participant: Json, targets: Json) -> set[str]:
    """The figures and targets that somebody's readings name, and the figures that weigh those targets."""
    named = set(_texts([participant["readings"], *(each["readings"] for each in participant["segments"])]))
    return named | {part["figure"] for name in named & targets.keys() for part in targets[name].get("parts", ())}


def _texts(value: Any) -> Iterable[str]:
    """Every text anywhere in a value of dicts and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def digest(value: Any) -> str:
    """SHA-256 of canonical JSON (RFC 8785)."""
    return sha256(rfc8785.dumps(value)).hexdigest()


def shared(document: Json) -> str:
    """The hash of what everybody's part holds alike: the plan without anybody's name, the period, the versions."""
    inner = {
        name: value
        for name, value in document["run"].items()
        if name not in ("pool", "figures", "targets", "participants")
    }
    rest = {name: value for name, value in document.items() if name not in ("facts", "kpis", "blocked")}
    return digest({**rest, "run": {**inner, "plan": alone(inner["plan"])}})


def leaves(document: Json, outcome: Json) -> dict[str, str]:
    """Everybody's leaf, in the order of their keys."""
    inner = document["run"]
    plan, paid = inner["plan"], {each["person"]: each for each in outcome["payouts"]}

    @cache
    def figure(name: str) -> str:
        """The hash of a figure, its facts and its definition."""
        each = inner["figures"][name]
        kpi = document["kpis"].get(each["of"].split("@")[0])
        return digest({"figure": each, "facts": document["facts"].get(each["of"], []), "kpi": kpi})

    def leaf(each: Json) -> str:
        """The hash of one person's part."""
        person, named = each["person"], _named(each, inner["targets"])
        return digest({
            "participant": each,
            "payout": paid.get(person),
            "terms": plan["opportunity"].get("by_person", {}).get(person),
            "named": person in plan["participants"]["people"],
            "figures": {name: figure(name) for name in named if name in inner["figures"]},
            "targets": {name: inner["targets"][name] for name in named if name in inner["targets"]},
        })  # fmt: skip

    return {each["person"]: leaf(each) for each in sorted(inner["participants"], key=lambda each: each["person"])}


def above(row: Sequence[str]) -> list[str]:
    """The row of nodes above: each the hash of two; the last of an odd number goes up as it is."""
    pairs = [row[at : at + 2] for at in range(0, len(row), 2)]
    return [sha256("".join(pair).encode()).hexdigest() if len(pair) == 2 else pair[0] for pair in pairs]


def root(row: Sequence[str]) -> str:
    """The node above everybody's leaf; that of nobody is the hash of nothing."""
    while len(row) > 1:
        row = above(row)
    return row[0] if row else sha256(b"").hexdigest()


def path(row: Sequence[str], at: int) -> Path:
    """The nodes beside the way from a leaf to the root, lowest first, each with its side."""
    found: Path = []
    while len(row) > 1:
        beside = at ^ 1
        if beside < len(row):
            found.append(("left" if beside < at else "right", row[beside]))
        row, at = above(row), at // 2
    return found


def beside(person: str, document: Json, outcome: Json) -> Path:
    """What a person's bundle brings: the nodes beside the way from their leaf to the root."""
    held = leaves(document, outcome)
    return path(list(held.values()), list(held).index(person))


def vouches(each: Entry, run: str) -> bool:
    """Whether a ledger entry is the one that holds the hash of everybody's part of the run as it was calculated."""
    return (each.payload.get("kind"), each.payload.get("run")) == ("people", run) and "of" not in each.payload


def vouched(run: str, document: Json, outcome: Json) -> dict[str, str]:
    """What the ledger says of everybody's part of a run, without a sum that would tell of others."""
    held = list(leaves(document, outcome).values())
    return {"kind": "people", "run": run, "shared": shared(document), "people": root(held)}
