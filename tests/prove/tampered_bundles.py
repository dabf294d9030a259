"""Tamperings of an exported bundle, by someone who may mend the manifest, the ledger's chain and every hash afterwards."""

import csv
import io
import json
from collections.abc import Callable
from random import Random
from typing import Any

from kpis.incentives import checker, evidence, ledger, parts
from tests.prove.tampered_records import other

Files = dict[str, bytes]
TABLES = ("facts.csv", "figures.csv", "lines.csv", "payouts.csv", "targets.csv")
DOCUMENTS = (
    "decisions.json",
    "kpis.json",
    "ledger.json",
    "participants.json",
    "plan.json",
    "run.json",
    "manifest.json",
)


def tamper(draw: Random, files: Files) -> str:
    """One random tampering of the files, and in half of the cases a manifest that fits them again; its name."""
    name = draw.choice(sorted(OPERATIONS))
    OPERATIONS[name](draw, files)
    if name in MENDED and draw.random() < 0.5 and "manifest.json" in files:
        mend(files)
        return f"{name}, manifest mended"
    return name


def mend(files: Files) -> None:
    """The manifest made to fit the files; its head that of the ledger as it now is."""
    try:
        manifest, entries = json.loads(files["manifest.json"]), json.loads(files["ledger.json"])
        manifest["head"] = {"position": len(entries), "hash": entries[-1]["hash"]}
    except (ValueError, LookupError, TypeError):
        return
    manifest["files"] = {name: checker.sha256(text) for name, text in files.items() if name != "manifest.json"}
    files["manifest.json"] = json.dumps(manifest).encode()


def _table(files: Files, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(files[name].decode())))


def _write(files: Files, name: str, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    files[name] = text.getvalue().encode()


def a_byte(draw: Random, files: Files) -> None:
    """Any byte of any file."""
    name = draw.choice(sorted(files))
    text, at = bytearray(files[name]), draw.randrange(len(files[name]))
    text[at] = (text[at] + draw.randrange(1, 256)) % 256
    files[name] = bytes(text)


def a_cell(draw: Random, files: Files) -> None:
    """Any cell of any table."""
    name = draw.choice(TABLES)
    rows = _table(files, name)
    row = draw.choice(rows[1:])
    at = draw.choice([at for at, cell in enumerate(row) if cell])
    row[at] = str(other(draw, int(row[at]))) if row[at].isdigit() else other(draw, row[at])
    _write(files, name, rows)


def a_cent(draw: Random, files: Files) -> None:
    """A cent more for one line and its payout."""
    lines, payouts = _table(files, "lines.csv"), _table(files, "payouts.csv")
    line = draw.choice(lines[1:])
    payout = next(row for row in payouts if row[0] == line[0])
    line[-1], payout[1] = str(int(line[-1]) + 1), str(int(payout[1]) + 1)
    _write(files, "lines.csv", lines)
    _write(files, "payouts.csv", payouts)


def two_people(draw: Random, files: Files) -> None:
    """Two people's payouts swapped."""
    one, two = draw.choice(["p_0", "p_1", "p_2"]), draw.choice(["p_3", "p_4", "p_5"])
    for name in ("lines.csv", "payouts.csv"):
        rows = [[{one: two, two: one}.get(row[0], row[0]), *row[1:]] for row in _table(files, name)]
        _write(files, name, rows)


def a_row_less(draw: Random, files: Files) -> None:
    """Any row taken out."""
    name = draw.choice(TABLES)
    rows = _table(files, name)
    rows.pop(draw.randrange(1, len(rows)))
    _write(files, name, rows)


def a_row_twice(draw: Random, files: Files) -> None:
    """Any row there twice, or changed and there twice."""
    name = draw.choice(TABLES)
    rows = _table(files, name)
    row = [*draw.choice(rows[1:])]
    row[0] = draw.choice([row[0], f"{row[0]}x"])
    rows.insert(draw.randrange(1, len(rows) + 1), row)
    _write(files, name, rows)


def files_swapped(draw: Random, files: Files) -> None:
    """Two files with each other's content."""
    one, two = draw.sample(sorted(files), 2)
    files[one], files[two] = files[two], files[one]


def a_file_less(draw: Random, files: Files) -> None:
    """A file taken away."""
    del files[draw.choice(sorted(files))]


def a_file_more(draw: Random, files: Files) -> None:
    """A file that nobody listed."""
    files[f"more{draw.randrange(9)}.csv"] = b"person,payout\n"


def a_leaf(draw: Random, files: Files) -> None:
    """Any value of any document."""
    name = draw.choice([each for each in DOCUMENTS if list(_leaves(json.loads(files[each])))])
    content = json.loads(files[name])
    holder, key = draw.choice(list(_leaves(content)))
    value = holder[key]
    holder[key] = not value if isinstance(value, bool) else other(draw, value)
    files[name] = json.dumps(content).encode()


def _leaves(content: Any) -> Any:
    """Every place that holds a number or a text."""
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in items:
        if isinstance(value, dict | list):
            yield from _leaves(value)
        elif value is not None:
            yield content, key


def the_tail(draw: Random, files: Files) -> None:
    """The last entries of the ledger cut off."""
    entries = json.loads(files["ledger.json"])
    files["ledger.json"] = json.dumps(entries[: draw.randrange(len(entries))]).encode()
    mend(files)


def the_chain(draw: Random, files: Files) -> None:
    """An entry changed and the chain hashed anew from there."""
    entries = json.loads(files["ledger.json"])
    _rewritten(draw, entries)
    rehash(files, entries)


def an_entry(draw: Random, files: Files) -> None:
    """An entry changed, its hash and the link to it made to fit, and every later hash kept."""
    entries = json.loads(files["ledger.json"])
    at = _rewritten(draw, entries)
    entries[at]["hash"] = ledger.digest(at + 1, entries[at]["previous"], entries[at]["payload"])
    if at + 1 < len(entries):
        entries[at + 1]["previous"] = entries[at]["hash"]
    files["ledger.json"] = json.dumps(entries).encode()
    mend(files)


def _rewritten(draw: Random, entries: list[Any]) -> int:
    """One value of one entry that is seen, changed; which entry."""
    at = draw.choice([at for at, each in enumerate(entries) if "payload" in each])
    payload = entries[at]["payload"]
    name = draw.choice(sorted(name for name, value in payload.items() if isinstance(value, str)))
    payload[name] = other(draw, payload[name])
    return at


def rehash(files: Files, entries: list[Any]) -> None:
    """The chain hashed anew; of some entries only the hash of their content is known."""
    previous = ledger.START
    for at, each in enumerate(entries, 1):
        told = ledger.content(each["payload"]) if "payload" in each else each["content"]
        digest = ledger.chained(at, previous, told)
        each |= {"position": at, "previous": previous, "hash": digest}
        previous = digest
    files["ledger.json"] = json.dumps(entries).encode()
    mend(files)


def everything(draw: Random, files: Files) -> None:
    """A salary raised, everyone's payout computed anew, and every hash, the chain and the manifest with it."""
    people = json.loads(files["participants.json"])
    segment = draw.choice(people)["segments"][0]
    segment["annual"] = str(int(segment["annual"]) + draw.randrange(100_000, 1_000_000))
    files["participants.json"] = json.dumps(people).encode()
    manifest = json.loads(files["manifest.json"])
    document = checker.Bundle(files, manifest).document
    outcome = evidence.outcome(evidence.read(document["run"]), evidence.recompute(document["run"]))
    paid = [[each["person"], str(each["payout"]), each["steps"]] for each in outcome["payouts"]]
    _write(files, "payouts.csv", [_table(files, "payouts.csv")[0], *paid])
    lines = [
        [each["person"], str(line["segment"]), line["component"], str(line["amount"])]
        for each in outcome["payouts"]
        for line in each["lines"]
    ]
    _write(files, "lines.csv", [_table(files, "lines.csv")[0], *lines])
    entries = json.loads(files["ledger.json"])
    held = {each["payload"]["kind"]: each["payload"] for each in entries if _of(each, manifest["run"])}
    held["people"] |= parts.vouched(manifest["run"], document, outcome)
    if manifest["person"]:
        held["people"]["people"] = _root(manifest["paths"]["run"], next(iter(parts.leaves(document, outcome).values())))
    else:
        found = {"evidence": evidence.digest(document), "outcome": evidence.digest(outcome)}
        held["run"] |= {**found, "total": str(outcome["total"])}
    rehash(files, entries)


def _of(entry: Any, run: str) -> bool:
    payload = entry.get("payload", {})
    return payload.get("run") == run and payload["kind"] in ("run", "people") and "of" not in payload


def _root(path: list[list[str]], leaf: str) -> str:
    """What somebody's leaf and the hashes beside it give."""
    for side, beside in path:
        leaf = parts.above([beside, leaf] if side == "left" else [leaf, beside])[0]
    return leaf


OPERATIONS: dict[str, Callable[[Random, Files], None]] = {
    "any byte": a_byte, "any cell": a_cell, "one cent, all sums kept": a_cent, "two people swapped": two_people,
    "a row taken out": a_row_less, "a row twice": a_row_twice, "two files swapped": files_swapped,
    "a file taken away": a_file_less, "a file more": a_file_more, "any value of a document": a_leaf,
    "the ledger's tail cut": the_tail, "the chain rewritten": the_chain, "an entry forged, later hashes kept": an_entry,
    "a run forged with all its hashes": everything,
}  # fmt: skip
MENDED = {
    "any cell",
    "one cent, all sums kept",
    "two people swapped",
    "a row taken out",
    "a row twice",
    "any value of a document",
}
