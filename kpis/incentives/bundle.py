"""A run as files a stranger can open: plain CSV and JSON, with the checker beside them; the same run gives the same bytes.

What each file holds says README.txt, which is the checker's own first words.
"""

import ast
import csv
import io
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from kpis.incentives import acts, evidence, parts
from kpis.incentives.acts import PEOPLE
from kpis.incentives.ledger import START, Entry, begun, content

FORMAT = "golden-thread-bundle/3"
MOMENTS = ("n", "w", "w2", "x", "wx", "xx")
PARTS = ("plan", "figures", "targets", "participants")
FIGURE = ("of", "numerator", "denominator", "n")
Json = Mapping[str, Any]


def files(
    run: str,
    document: Json,
    outcome: Json,
    entries: Sequence[Entry],
    checker: str,
    decisions: Sequence[Json] = (),
    person: str = "",
) -> dict[str, bytes]:
    """The files of a bundle by name, of a whole run or of one `person`.

    `document` and `outcome` as the run's entry in the ledger holds their hashes, `entries` the whole ledger, `checker` the
    text of checker.py, `decisions` the rows that the ledger holds of what was decided and paid (`entry` and `row`).
    """
    document, outcome, decisions, paths = _seen_by(person, document, outcome, decisions)
    shown, since, inner, how = {each["entry"] for each in decisions}, begun(entries), document["run"], _how(checker)
    rest = {name: value for name, value in document.items() if name not in ("facts", "kpis")}
    rest["run"] = {name: value for name, value in inner.items() if name not in PARTS}
    made = {
        "README.txt": ast.get_docstring(ast.parse(checker), clean=False) or "",
        "checker.py": checker,
        "decisions.json": _json(list(decisions)),
        "facts.csv": _facts(document["facts"]),
        "figures.csv": _figures(inner["figures"], document["kpis"], how),
        "kpis.json": _json(document["kpis"]),
        "ledger.json": _json(
            [_entry(each, bare=bool(person) and not _open(each, run, shown, since)) for each in entries]
        ),
        "lines.csv": _lines(outcome),
        "participants.json": _json(inner["participants"]),
        "payouts.csv": _payouts(outcome),
        "plan.json": _json({"hash": evidence.digest(inner["plan"]), "plan": inner["plan"]}),
        "run.json": _json(rest),
        "targets.csv": _targets(inner["targets"]),
    }
    texts = {name: text.encode() for name, text in made.items()}
    head = {"position": len(entries), "hash": entries[-1].hash if entries else START}
    manifest = {"format": FORMAT, "run": run, "person": person, "paths": paths, "head": head}
    manifest["files"] = {name: sha256(text).hexdigest() for name, text in texts.items()}
    return {"manifest.json": _json(manifest).encode(), **texts}


def _seen_by(
    person: str, document: Json, outcome: Json, decisions: Sequence[Json]
) -> tuple[Json, Json, Sequence[Json], dict[str, parts.Path]]:
    """One person's part of a run and of what followed, and the hashes beside it by which the ledger vouches for each; or all."""
    if not person:
        return document, outcome, decisions, {}
    mine, paths = acts.mine(person, decisions)
    return *parts.part_of(person, document, outcome), mine, {"run": parts.beside(person, document, outcome), **paths}


def _how(checker: str) -> Mapping[str, str]:
    """How each kind of measure comes from its facts, in the checker's own words."""
    for node in ast.parse(checker).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "HOW":
            return dict(ast.literal_eval(node.value))
    raise ValueError("the checker says nowhere how figures come from facts")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return text.getvalue()


def _open(each: Entry, run: str, acts: Collection[int], since: int) -> bool:
    """Whether one person may see what an entry says: it is a hash of everybody's part of the run, or of one of these acts.

    One of an earlier version, up to `since`, could not be followed to the head.
    """
    of_act = each.payload.get("kind") == PEOPLE and each.payload.get("of") in acts
    return each.position > since and (parts.vouches(each, run) or of_act)


def _entry(each: Entry, bare: bool) -> dict[str, Any]:
    """An entry of the ledger; `bare` with the hash of its content alone, which tells of others."""
    told = {"position": each.position, "previous": each.previous, "hash": each.hash}
    if not bare:
        return told | {"payload": dict(each.payload)}
    return told | ({} if begun([each]) else {"content": content(each.payload)})


def _facts(facts: Json) -> str:
    return _csv(("figure", "bucket", *MOMENTS), ([name, *row] for name in sorted(facts) for row in facts[name]))


def _figures(figures: Json, kpis: Json, how: Mapping[str, str]) -> str:
    def rule(of: str) -> str:
        kpi = kpis.get(of.split("@")[0])
        return how[kpi["measure"]["kind"]] if kpi else ""

    rows = ([name, *(each.get(part) for part in FIGURE), rule(each["of"])] for name, each in figures.items())
    return _csv(("name", *FIGURE, "how"), rows)


def _targets(targets: Json) -> str:
    def parts(each: Json) -> str:
        return "; ".join(" ".join([part["figure"], *part["values"]]) for part in each.get("parts", ()))

    rows = ([name, each["of"], *each["values"], parts(each)] for name, each in targets.items())
    return _csv(("name", "of", "threshold", "target", "stretch", "parts"), rows)


def _payouts(outcome: Json) -> str:
    head = ("person", "payout", "steps")
    return _csv(head, ([each[name] for name in head] for each in outcome["payouts"]))


def _lines(outcome: Json) -> str:
    rows = (
        [each["person"], line["segment"], line["component"], line["amount"]]
        for each in outcome["payouts"]
        for line in each["lines"]
    )
    return _csv(("person", "segment", "component", "amount"), rows)
