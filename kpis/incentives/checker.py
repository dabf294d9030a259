"""Recompute a payout run from this folder alone, without the program that made it.

    python checker.py BUNDLE [--head FILE]

BUNDLE is a folder or a .zip. You need Python 3.11 or newer and nothing else. The answer is one sentence, or a list of every
difference with its place, what was expected and what was found. The exit code is 0 when everything agrees, else 1.

What lies here, all of it plain text:

  manifest.json       the SHA-256 of every other file, and the head of the ledger
  plan.json           the plan with every default written out, and its hash
  kpis.json           how each KPI is defined
  facts.csv           how many answers fell in each bucket, for every figure that paid. All counts are in millionths
  figures.csv         each figure as an exact ratio of two whole numbers, and how it comes from its facts
  targets.csv         threshold, target and stretch; `parts` are the periods one is mixed from, weighted by the denominators
                      of their figures
  participants.json   pay, days, hours and shares of everyone, and which figure each component reads
  payouts.csv         what each person gets, in the smallest unit of the currency (cents)
  lines.csv           the same by component and part of the period
  decisions.json      who checked, approved, decided, adjusted, claimed back and closed, what was contested, what was paid
  ledger.json         the chain of hashes in which every run is written down
  run.json            everything else the run was computed from
  checker.py          this program; better use a copy that you got from somewhere else

What is checked, in this order: the hash of every file; that each entry of the ledger holds the hash of the one before;
that plan, facts, figures, targets and participants are those the ledger names; every figure from its facts; every mixed
target from its parts; every payout and line from figures, plan, targets and pay, to the cent; and of what followed, that
each row is the one the ledger holds, that nobody took two steps that need two people, that no more is claimed back than
was paid, and that each closing paid what was due and nothing that was held.

--head FILE holds a head of the ledger that was kept elsewhere: printed on a statement or an approval, exported, or signed.
Only against it can a cut tail, or a chain written anew from start to end, be seen. The file may be any text that has the
head in it: its 64 characters, or number and beginning as they are printed on paper (12:0123456789abcdef).

A bundle made for one person (`person` in manifest.json) has that person's rows only, and of plan and decisions nothing that
tells of others. Its arithmetic is checked in full. The ledger holds one hash made of everybody's part of the run, and one of
what each later act said to everybody; `paths` in manifest.json has the few hashes beside one's own that give it. So one's part
is held against the ledger and a head on paper without seeing anybody else's. An act that was left out whole shows where it
changed what was due; of the rest only the whole bundle tells.

People are keys, never names. Amounts are exact: no number here is ever a binary fraction.
"""

import csv
import hashlib
import hmac
import io
import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import floor
from pathlib import Path
from typing import Any, NamedTuple

FORMAT = "golden-thread-bundle/3"
START = "0" * 64
MILLION = 1_000_000
MOMENTS = ("n", "w", "w2", "x", "wx", "xx")
FIGURE = ("of", "numerator", "denominator", "n")
AIMS = ("threshold", "target", "stretch")
ZERO = Fraction(0)
Json = dict[str, Any]


class Difference(NamedTuple):
    """One thing that does not agree."""

    place: str
    expected: str
    actual: str


Found = Iterator[Difference]


class NoResult(Exception):  # noqa: N818 (not a fault: the plan finds no figure to pay on)
    """There is no payout, for this reason."""


def differ(place: str, expected: object, actual: object) -> Found:
    """A difference, where there is one."""
    if expected != actual:
        yield Difference(place, str(expected), str(actual))


# Reading


def files_of(bundle: Path) -> dict[str, bytes]:
    """The files of a bundle, a folder or a zip, by name."""
    if bundle.is_dir():
        return {str(each.relative_to(bundle)): each.read_bytes() for each in bundle.rglob("*") if each.is_file()}
    with zipfile.ZipFile(bundle) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def once(pairs: Iterable[tuple[str, Any]]) -> Json:
    """Values by name, no name twice."""
    pairs = list(pairs)
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def parsed(text: bytes) -> Any:
    """JSON, exact."""
    return json.loads(text.decode(), object_pairs_hook=once)


def rows_of(text: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file, every one with every column."""
    head, *rows = csv.reader(io.StringIO(text.decode(), newline=""), strict=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def whole(text: str) -> int:
    """A whole number, written in the one way."""
    if str(int(text)) != text:
        raise ValueError(f"expected a whole number, found {text!r}")
    return int(text)


@lru_cache(maxsize=100_000)
def number(text: str) -> Fraction:
    """An exact number such as 70, 37.5 or 10/3."""
    return Fraction(text)


class Bundle:
    """The files put together again to what was hashed when the run was made, its outcome, and what followed."""

    def __init__(self, files: Mapping[str, bytes], manifest: Json) -> None:
        self.manifest, self.run_id, self.person = manifest, manifest["run"], manifest["person"]
        facts: dict[str, list[list[Any]]] = {}
        for row in rows_of(files["facts.csv"]):
            facts.setdefault(row["figure"], []).append([whole(row["bucket"]), *(row[name] or None for name in MOMENTS)])
        figures = rows_of(files["figures.csv"])
        self.how = {row["name"]: row["how"] for row in figures}
        self.plan_hash = parsed(files["plan.json"])["hash"]
        self.document: Json = parsed(files["run.json"])
        self.document |= {"facts": facts, "kpis": parsed(files["kpis.json"])}
        self.run: Json = self.document["run"] | {
            "plan": parsed(files["plan.json"])["plan"],
            "figures": once((row["name"], {part: row[part] for part in FIGURE if row[part]}) for row in figures),
            "targets": once((row["name"], target_of(row)) for row in rows_of(files["targets.csv"])),
            "participants": parsed(files["participants.json"]),
        }
        self.document["run"] = self.run
        self.payouts = once((row["person"], payout_row(row)) for row in rows_of(files["payouts.csv"]))
        for row in rows_of(files["lines.csv"]):
            line = {"segment": whole(row["segment"]), "component": row["component"], "amount": whole(row["amount"])}
            self.payouts[row["person"]]["lines"].append(line)
        self.entries: list[Json] = parsed(files["ledger.json"])
        self.decisions: list[Json] = parsed(files["decisions.json"])
        self.hashes: dict[str, str] = {}

    def outcome(self) -> Json:
        """What was paid, as it was hashed."""
        payouts = list(self.payouts.values())
        total = sum(each["payout"] for each in payouts)
        return {"currency": self.run["plan"]["currency"], "payouts": payouts, "total": total}

    def held(self, kind: str) -> Json:
        """What the ledger says of the run as it was calculated (`run`), or of everybody's part of it (`people`)."""
        told = (each.get("payload", {}) for each in self.entries)
        mine = (each for each in told if (each.get("kind"), each.get("run")) == (kind, self.run_id))
        return next((each for each in reversed([*mine]) if "of" not in each), {})

    def figure(self, name: str) -> str:
        """The hash of a figure with its facts and its definition."""
        if name not in self.hashes:
            figure, of = self.run["figures"][name], self.run["figures"][name]["of"]
            kpi = self.document["kpis"].get(of.split("@")[0])
            self.hashes[name] = sha256({"figure": figure, "facts": self.document["facts"].get(of, []), "kpi": kpi})
        return self.hashes[name]


def payout_row(row: Mapping[str, str]) -> Json:
    """A payout as it was hashed, its lines still to come."""
    return {**row, "payout": whole(row["payout"]), "lines": []}


def target_of(row: Mapping[str, str]) -> Json:
    """A target as it was hashed; a mixed one with the figures whose answers weigh its parts."""
    told: Json = {"of": row["of"], "values": [row[part] for part in AIMS]}
    parts = [part.split(" ") for part in row.get("parts", "").split("; ") if part]
    return told | ({"parts": [{"figure": name, "values": values} for name, *values in parts]} if parts else {})


# Hashes and the ledger


def canonical(value: Any) -> str:
    """Canonical JSON (RFC 8785) of what occurs here: names sorted by UTF-16 code units, no spaces."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def sha256(value: Any) -> str:
    """The SHA-256 of bytes, or of a value's canonical JSON."""
    return hashlib.sha256(value if isinstance(value, bytes) else canonical(value).encode()).hexdigest()


def hash_of(rows: Iterable[Json]) -> str:
    """The SHA-256 of rows, whatever their order."""
    return sha256(b"\n".join(sorted(canonical(row).encode() for row in rows)))


def joined(pair: Sequence[str]) -> str:
    """The node above two; one alone goes up as it is."""
    return sha256("".join(pair).encode()) if len(pair) == 2 else pair[0]


def root(leaves: Sequence[str], path: Sequence[Sequence[str]] | None = None) -> str:
    """The top of a tree of hashes, from all its leaves; or from one leaf and the path of hashes beside it."""
    row = list(leaves)
    for side, beside in path or ():
        row = [joined({"left": [beside, row[0]], "right": [row[0], beside]}[side])]
    while len(row) > 1:
        row = [joined(row[at : at + 2]) for at in range(0, len(row), 2)]
    return row[0] if row else sha256(b"")


def check_files(files: Mapping[str, bytes], manifest: Json) -> Found:
    """Every file against the manifest, and README.txt and checker.py against this program."""
    yield from differ("manifest.json, format", FORMAT, manifest["format"])
    yield from differ("manifest.json, names", ["files", "format", "head", "paths", "person", "run"], sorted(manifest))
    yield from differ("manifest.json, paths", {}, {} if manifest["person"] else manifest["paths"])
    found = {name: sha256(text) for name, text in files.items() if name != "manifest.json"}
    for name in sorted(manifest["files"].keys() | found.keys()):
        yield from differ(f"{name}, SHA-256", manifest["files"].get(name, "not listed"), found.get(name, "no file"))
    mine = {"README.txt": (__doc__ or "").encode(), "checker.py": Path(__file__).read_bytes()}
    for name, text in mine.items():
        yield from differ(f"{name}, against the checker that runs", sha256(text), found.get(name))


def check_chain(bundle: Bundle) -> Found:
    """Each entry of the ledger holds the hash of the one before it, and the last one is the head of the manifest.

    One person sees of most entries the hash of their content alone: with it the chain is followed from the first entry that
    tells of them. Entries of earlier versions held the content itself.
    """
    previous, begun = START, not bundle.person
    for at, each in enumerate(bundle.entries, 1):
        place = f"ledger.json, entry {at}"
        yield from differ(f"{place}, position", at, each["position"])
        yield from differ(f"{place}, previous", previous, each["previous"])
        previous, begun = each["hash"], begun or "payload" in each
        told = sha256(each["payload"]) if "payload" in each else each.get("content") if bundle.person else None
        held = {"position": each["position"], "previous": each["previous"]}
        if (begun or told) and previous != sha256({**held, "payload": each.get("payload", "")}):
            yield from differ(f"{place}, hash", sha256({**held, "payload": told}), previous)
    head = {"position": len(bundle.entries), "hash": previous}
    yield from differ("manifest.json, head", head, bundle.manifest["head"])


def check_head(entries: Sequence[Json], head: str, run: str) -> Found:
    """The head that was kept elsewhere is one of the ledger's hashes, and the run lies at or before it."""
    hashes = [each["hash"] for each in entries]
    known = [hashes.index(each) + 1 for each in re.findall(r"\b[0-9a-f]{64}\b", head) if each in hashes]
    for place, start in re.findall(r"\b([0-9]+):([0-9a-f]{16})\b", head):  # as it is printed on paper
        known += [int(place)] if "".join(hashes[int(place) - 1 : int(place)]).startswith(start) else []
    made = [each["position"] for each in entries if each.get("payload", {}).get("run") == run]
    if not known:
        yield Difference("ledger.json", "the head that was kept elsewhere", "no entry with that hash")
    elif made and made[0] > max(known):
        place = f"ledger.json, entry {made[0]}"
        yield Difference(place, f"run {run} at or before the head", "a head older than the run")


def check_hashes(bundle: Bundle) -> Found:
    """Plan, evidence and outcome against their hashes; of one person's part only the plan can be."""
    yield from differ("plan.json, hash", sha256(bundle.run["plan"]), bundle.plan_hash)
    if bundle.person:
        people = [each["person"] for each in bundle.run["participants"]]
        yield from differ("participants.json", [bundle.person], people)
        return
    held, outcome = bundle.held("run"), bundle.outcome()
    actual = {"evidence": sha256(bundle.document), "outcome": sha256(outcome)}
    actual |= {"total": str(outcome["total"]), "currency": outcome["currency"]}
    for name, each in actual.items():
        yield from differ(f"run {bundle.run_id}, {name} as the ledger holds it", held.get(name), each)


# Everybody's part of a run: a leaf of a tree of hashes whose root the ledger holds


def check_parts(bundle: Bundle) -> Found:
    """Everybody's part, or the one in the bundle, against the hash that the ledger holds."""
    held, run = bundle.held("people"), bundle.run
    if not held:  # a run that was kept before the ledger held the hash
        yield from differ("ledger.json, an entry of everybody's part", "one", "none") if bundle.person else ()
        return
    yield from differ("what all parts share, as the ledger holds it", held["shared"], sha256(shared(bundle)))
    people = sorted(run["participants"], key=lambda each: str(each["person"]))
    path = bundle.manifest["paths"]["run"] if bundle.person else None
    top = root([leaf(bundle, each) for each in people], path)
    yield from differ("everybody's part, as the ledger holds it", held["people"], top)
    if bundle.person:  # nothing lies there that nothing vouches for
        names, facts = read_by(run, people[0]), bundle.document["facts"].keys()
        of = {run["figures"][name]["of"] for name in names & run["figures"].keys()}
        read = names | of & facts | {each.split("@")[0] for each in of}
        kept = facts | bundle.document["kpis"].keys() | run["figures"].keys() | run["targets"].keys()
        yield from differ("what is read of figures, targets, facts and KPIs", sorted(read), sorted(kept))


def read_by(run: Json, participant: Json) -> set[str]:
    """The figures and targets that somebody's readings name, and the figures that weigh these targets."""
    parts = [participant["readings"], *(part["readings"] for part in participant["segments"])]
    found = [each for part in parts for reading in part.values() for each in reading.values()]
    names = {text for each in found for text in (each if isinstance(each, list) else [each])}
    mixed = (run["targets"][name].get("parts", ()) for name in names & run["targets"].keys())
    return names | {part["figure"] for parts in mixed for part in parts}


def shared(bundle: Bundle) -> Json:
    """What everybody's part holds alike: the plan without anybody's name, the period, the versions."""
    run = {each: bundle.run[each] for each in bundle.run.keys() - {"pool", "figures", "targets", "participants"}}
    plan, bare = run["plan"], {"participants": run["plan"]["participants"] | {"people": []}}
    if "by_person" in plan["opportunity"]:
        bare["opportunity"] = plan["opportunity"] | {"by_person": {}}
    rest = {each: bundle.document[each] for each in bundle.document.keys() - {"facts", "kpis", "blocked"}}
    return rest | {"run": run | {"plan": plan | bare}}


def leaf(bundle: Bundle, participant: Json) -> str:
    """The hash of all that one payout rests on, and of what it is."""
    run, person = bundle.run, participant["person"]
    names = read_by(run, participant)
    part = {
        "participant": participant,
        "payout": bundle.payouts.get(person),
        "terms": run["plan"]["opportunity"].get("by_person", {}).get(person),
        "named": person in run["plan"]["participants"]["people"],
        "figures": {name: bundle.figure(name) for name in names & run["figures"].keys()},
        "targets": {name: run["targets"][name] for name in names & run["targets"].keys()},
    }
    return sha256(part)


# Figures from facts, and targets from their parts

HOW = {
    "nps": "(9 and 10, minus 0 to 6) per hundred of all",
    "share": "1 of all",
    "top_box": "the top boxes of all",
    "mean": "sum over all",
    "rate": "events over exposure",
    "ratio": "bucket 1 over bucket 0",
}
STORED = {"hours": 3_600, "days": 86_400, "money": 100}  # seconds and cents are what is counted


def score_of(measure: Json, bucket: int) -> int:
    """What an answer in a bucket adds to the numerator."""
    kind = measure["kind"]
    if kind == "nps":
        return 100 * ((bucket >= 9) - (bucket <= 6))
    return bucket if kind == "mean" else int(bucket in (measure.get("boxes") or [1]))


def figure_of(kpi: Json, rows: Sequence[Sequence[Any]]) -> tuple[Fraction, Fraction]:
    """The figure in its display unit, and its answers, from rows of bucket and moments. Missing weights are ones."""
    measure, kind = kpi["measure"], kpi["measure"]["kind"]
    facts = [(row[0], {name: int(each) for name, each in zip(MOMENTS, row[1:], strict=True) if each}) for row in rows]
    weighted = MILLION if any("w" in each for _, each in facts) else 1
    buckets = kind in ("nps", "share", "top_box") or (kind == "mean" and "low" in measure)
    summed = not buckets or kpi.get("count", {}).get("form") == "moments"
    above = below = n = 0
    for bucket, each in facts:
        weight = each.get("w", each["n"] * weighted)
        amount = each.get("wx", each.get("x", 0) * weighted) if weighted > 1 else each.get("x", 0)
        value = amount if summed else score_of(measure, bucket) * weight
        above += value if kind != "ratio" or bucket == 1 else 0
        below += (amount if bucket == 0 else 0) if kind == "ratio" else weight
        n += each["n"] if kind != "ratio" or bucket == 0 else 0
    if not below:
        raise NoResult("nothing was counted")
    stored = STORED.get(kpi["unit"], 1) if summed and kind != "rate" else 1
    return Fraction(above * (100 if kpi["unit"] == "percent" else 1), below * stored), Fraction(n, MILLION)


def check_figures(bundle: Bundle) -> Found:
    """Every figure against its facts."""
    for name, each in bundle.run["figures"].items():
        place, kpi = f"figures.csv, {name} {each['of']}", bundle.document["kpis"][each["of"].split("@")[0]]
        yield from differ(f"{place}, how", HOW[kpi["measure"]["kind"]], bundle.how[name])
        try:
            value, n = figure_of(kpi, bundle.document["facts"].get(each["of"], []))
        except NoResult as none:
            yield Difference(place, f"no figure: {none}", f"{each['numerator']}/{each['denominator']}")
            continue
        told = Fraction(whole(each["numerator"]), whole(each["denominator"]))
        yield from differ(f"{place}, from its facts", value, told)
        yield from differ(f"{place}, n from its facts", n, number(each["n"]) if "n" in each else n)


def check_targets(bundle: Bundle) -> Found:
    """Every target mixed from those of several periods: their values weighted by the denominators of the figures."""
    for name, each in bundle.run["targets"].items():
        parts = each.get("parts", ())
        weights = [whole(bundle.run["figures"][part["figure"]]["denominator"]) for part in parts]
        for at, told in enumerate(each["values"] if parts else ()):
            sums = (weight * number(part["values"][at]) for weight, part in zip(weights, parts, strict=True))
            yield from differ(f"targets.csv, {name} {AIMS[at]}", sum(sums, ZERO) / sum(weights), number(told))


# What curves pay

Start = tuple[Fraction, str | None]  # a place on the axis, and the side it belongs to
Piece = tuple[Fraction, Fraction] | None  # c and m of the line c + m·x; None refuses


def half_up(value: Fraction, decimals: int) -> Fraction:
    """Rounded to decimals, halves up."""
    return Fraction(floor(value * 10**decimals + Fraction(1, 2)), 10**decimals)


def half_away(value: Fraction) -> int:
    """Rounded to a whole number, halves away from zero."""
    return floor(abs(value) + Fraction(1, 2)) * (-1 if value < 0 else 1)


ROUNDINGS: dict[str, Callable[[Fraction], int]] = {"half_away": half_away, "half_even": round, "down": floor}


def largest_remainder(total: int, weights: Sequence[Fraction], order: Callable[[int], Any] = int) -> list[int]:
    """A whole total shared by weights; of equal remainders the first in order comes first."""
    if not sum(weights):
        return [0] * len(weights)
    exact = [total * each / sum(weights) for each in weights]
    parts = [floor(each) for each in exact]
    for at in sorted(range(len(parts)), key=lambda at: (parts[at] - exact[at], order(at)))[: total - sum(parts)]:
        parts[at] += 1
    return parts


def at_most(value: Fraction, rule: Json, name: str) -> Fraction:
    """A value held by a cap, where the rule has one."""
    return min(value, number(rule[name])) if name in rule else value


def position(x: Fraction, low: Fraction, middle: Fraction, high: Fraction) -> Fraction:
    """0 at threshold, 100 at target, 200 at stretch, linear between, the outer parts continued."""
    below = x != middle and (x < middle) == (low < middle)
    return 100 + 100 * (x - middle) / (middle - low if below else high - middle)


def of_target(form: str, x: Fraction, target: Fraction) -> Fraction:
    """Percent of the target, by the form the plan names."""
    if not (x if form == "target_over_figure" else target):
        raise NoResult("no percentage of the target")
    if form == "target_over_figure":
        return 100 * target / x
    return 100 * x / target if form == "figure_over_target" else 100 * (2 - x / target)


def ramp(part: Json, way: Fraction) -> Fraction:
    """Slope × share of the way + addend, rounded half up and kept within two bounds."""
    low, high = map(number, part["within"])
    return min(high, max(low, half_up(number(part["slope"]) * way + number(part["addend"]), part["decimals"])))


def curve_pays(curve: Json, at: Fraction, across: Fraction = ZERO) -> Fraction:
    """4. What a curve pays at a place: percent of the opportunity or, with rates of the figure, currency."""
    found = matrix(curve, at, across) if curve["kind"] == "matrix" else along(curve, at)
    return at_most(max(number(curve["floor"]), found), curve, "cap")


def along(curve: Json, at: Fraction) -> Fraction:
    """The axis is cut at starts, each piece is a line; at a start the named side counts, else the larger pay."""
    starts, pieces = (tiers if curve.get("tiers") else points)(curve)
    sides = [pieces[sum(start < at for start, _ in starts)], pieces[sum(start <= at for start, _ in starts)]]
    named = next((side for start, side in starts if start == at and side), None)
    if named and None not in sides:
        sides = sides[:1] if named == "below" else sides[1:]
    found = [each[0] + each[1] * at for each in sides if each]
    if not found:
        raise NoResult("the figure lies outside the curve, and the plan refuses that")
    return max(found)


def points(curve: Json) -> tuple[list[Start], list[Piece]]:
    """Lines or steps between points."""
    given = [(number(each["at"]), number(each["pays"])) for each in curve["points"]]
    inner: list[Piece] = []
    for (x, y), (x2, y2) in pairwise(given):
        slope = ZERO if curve["kind"] == "stepped" or x == x2 else (y2 - y) / (x2 - x)
        inner.append(((y2 if x == x2 and curve["kind"] == "linear" else y) - slope * x, slope))
    ends = []
    for rule, (_, pays), piece in (("below_first", given[0], inner[0]), ("above_last", given[-1], inner[-1])):
        ends.append(beyond(curve[rule], pays, piece if piece and piece[1] else (pays, ZERO)))
    starts = [(number(each["at"]), each.get("belongs_to")) for each in curve["points"]]
    return starts, [ends[0], *inner, ends[1]]


def tiers(curve: Json) -> tuple[list[Start], list[Piece]]:
    """Bands, each with its own rate or one rate for all. `2%` is currency, 2 percent of the figure."""
    starts: list[Start] = [(number(tier["at"]), tier.get("belongs_to")) for tier in curve["tiers"]]
    inner: list[tuple[Fraction, Fraction]] = []
    paid = ZERO
    for tier, (at, _) in zip(curve["tiers"], starts, strict=True):
        money = tier["rate"].endswith("%")
        rate = number(tier["rate"].removesuffix("%")) / (100 if money else 1)
        one_rate = (ZERO, rate) if money else (rate, ZERO)
        inner.append((paid - rate * at, rate) if curve["kind"] == "marginal" else one_rate)
        paid += rate * (number(tier.get("to", tier["at"])) - at)
    first, last = starts[0][0], curve["tiers"][-1].get("to")
    pieces = [beyond(curve["below_first"], inner[0][0] + inner[0][1] * first, inner[0]), *inner]
    if last is not None:
        starts.append((number(last), None))
        pieces.append(beyond(curve["above_last"], inner[-1][0] + inner[-1][1] * number(last), inner[-1]))
    return starts, pieces


def beyond(rule: str, flat: Fraction, piece: Piece) -> Piece:
    """What counts before the first or after the last start: a number, flat, continued, or nothing."""
    if rule in ("continue", "refuse"):
        return piece if rule == "continue" else None
    return (flat if rule == "flat" else number(rule), ZERO)


def matrix(curve: Json, at: Fraction, across: Fraction) -> Fraction:
    """Two figures find a row and a column, by steps or with lines between; on an edge the largest pay counts."""
    found = []
    for row in beside(curve, curve["rows"], at):
        for column in beside(curve, curve["columns"], across):
            if row and column:
                found.append(sum((number(curve["cells"][i][j]) * u * v for i, u in row for j, v in column), ZERO))
            elif curve["below_first"] != "refuse":
                found.append(number(curve["below_first"]))
    if not found:
        raise NoResult("the figure lies outside the matrix, and the plan refuses that")
    return max(found)


def beside(curve: Json, edges: Sequence[Json], x: Fraction) -> list[list[tuple[int, Fraction]]]:
    """The rows that may count, each as edges and their shares: two on an edge, unless it names its side."""
    places = [number(each["at"]) for each in edges]
    if x > places[-1] and curve["above_last"] == "refuse":
        raise NoResult("the figure lies outside the matrix, and the plan refuses that")
    at = sum(place <= x for place in places) - 1
    side = edges[at].get("belongs_to", "both") if x in places else "above"
    return [shares(curve, places, each, x) for each, out in ((at - 1, "above"), (at, "below")) if side != out]


def shares(curve: Json, places: Sequence[Fraction], at: int, x: Fraction) -> list[tuple[int, Fraction]]:
    """A row as its edge, or as the two it lies between; none before the first, unless the curve is flat there."""
    if at < 0:
        return [(0, Fraction(1))] if curve["below_first"] == "flat" else []
    if curve["between"] == "stepped" or at == len(places) - 1:
        return [(at, Fraction(1))]
    part = (x - places[at]) / (places[at + 1] - places[at])
    return [(at, 1 - part), (at + 1, part)]


# Payouts from figures: the fifteen kinds of step. Amounts are in the smallest unit of the currency, exact until step 14


@dataclass
class Line:
    """One component in one part of the period: its weight, the opportunity it stands on, what its curve pays, its value."""

    segment: int
    component: Json
    weight: Fraction = ZERO
    base: Fraction = ZERO
    pays: Fraction | None = None
    value: Fraction = ZERO


class Work:
    """One person's payout while it comes about."""

    def __init__(self, run: Json, person: Json) -> None:
        self.run, self.person, self.plan = run, person, run["plan"]
        self.unit: int = 10 ** self.plan["minor_units"]
        self.parts: list[Json] = person["segments"]
        self.lines = [Line(at, each) for at in range(len(self.parts)) for each in self.plan["components"]]
        self.failed: list[Json] = []
        self.opportunities: list[Fraction] = []
        self.whole = ZERO  # the opportunity of all parts
        self.kickers: list[tuple[str, Fraction]] = []
        self.factor, self.total = Fraction(1), ZERO
        self.pay = self.payout = 0
        self.amounts: list[tuple[int, str, int]] = []

    def value(self, name: str) -> Fraction:
        """A figure's exact value."""
        each = self.run["figures"][name]
        if not int(each["denominator"]):
            raise NoResult(f"{each['of']}: the denominator is 0")
        return Fraction(int(each["numerator"]), int(each["denominator"]))

    def ratio(self, reading: Json, part: str) -> Fraction | None:
        """A figure that a reading names; None where it names none."""
        return self.value(reading[part]) if part in reading else None

    def answers(self, reading: Json) -> Fraction | None:
        """How many answers one's own figure rests on, where they are counted."""
        text = self.run["figures"][reading["own"]].get("n") if "own" in reading else None
        return None if text is None else number(text)

    def rounded(self, source: Json, value: Fraction) -> Fraction:
        """A figure rounded as its source says: to decimals, or to the nearest multiple."""
        if "nearest" in source:
            return number(source["nearest"]) * half_up(value / number(source["nearest"]), 0)
        return half_up(value, (source if "decimals" in source else self.plan)["decimals"])

    def figure(self, source: Json, reading: Json) -> Fraction:
        """1. The figure that pays: own, the team's, or credibility Z·own + (1−Z)·team with Z = n ÷ (n + k); rounded once."""
        own, team, n = self.ratio(reading, "own"), self.ratio(reading, "team"), self.answers(reading)
        rule = source.get("paid_figure", self.plan["paid_figure"])
        if own is not None and (rule == "own" or "min_n" not in source or n is None or n >= source["min_n"]):
            return self.rounded(source, own)
        if team is None or rule == "own":
            raise NoResult(f"{source['id']}: no figure")
        if own is not None and n is not None and rule == "credibility":
            z = n / (n + number(self.plan["credibility_k"]))
            team = z * own + (1 - z) * team
        return self.rounded(source, team)

    def own_figure(self, source: Json) -> Fraction:
        """1. The figure of a gate, modifier, kicker or pool."""
        return self.figure(source, self.person["readings"].get(source["id"], {}))

    def figures(self, component: Json, reading: Json) -> list[tuple[int, Fraction]]:
        """1. The figures of a component with their signs: several where each transaction, or the year so far, pays."""
        basis = component["curve"]["basis"]
        if basis == "each_transaction" and "transactions" in reading:
            return [(1, self.rounded(component, self.value(name))) for name in reading["transactions"]]
        found, before = [(1, self.figure(component, reading))], self.ratio(reading, "before")
        if basis == "year_to_date" and before is not None:
            found.append((-1, self.rounded(component, before)))
        return found

    def score(self, component: Json, reading: Json, x: Fraction) -> Fraction:
        """2. Points for achievement or for improvement over one's own baseline, whichever is more."""
        rule, base, found = component["score"], self.ratio(reading, "baseline"), list[Fraction]()
        sign, lows = -1 if rule["lower_is_better"] else 1, dict[str, Fraction]()
        if "achievement" in rule:
            lows["achievement"] = number(rule["achievement"]["threshold"])
        if "improvement" in rule and base is not None:
            lows["improvement"] = self.rounded(component, base)
        for kind, low in lows.items():
            part, high = rule[kind], number(rule[kind]["benchmark"])
            if kind == "achievement" and sign * x < sign * low:
                found.append(number(part["below_threshold"]))
            elif kind == "improvement" and sign * x <= sign * low:
                found.append(number(part["at_or_below_baseline"]))
            elif sign * x >= sign * high:
                found.append(number(part["at_or_above_benchmark"]))
            else:
                found.append(ramp(part, (x - low) / (high - low)))
        return at_most(max(found, default=ZERO), rule, "at_most")

    def consistency(self, component: Json, readings: Json) -> Fraction:
        """2. Points for the lowest of several components' ways from floor to threshold."""
        rule, ways = component["score"]["consistency"], []
        for each in self.plan["components"]:
            if each["id"] in rule["of"]:
                part = each["score"]["achievement"]
                low, x = number(part.get("floor", "0")), self.figure(each, readings.get(each["id"], {}))
                ways.append((x - low) / (number(part["threshold"]) - low))
        found = number(rule["all_at_threshold"]) if min(ways) >= 1 else ramp(rule, min(ways))
        return at_most(found, component["score"], "at_most")

    def attain(self, curve: Json, reading: Json, x: Fraction) -> Fraction:
        """3. Where a figure lies on the curve's axis."""
        axis = curve["axis"]
        if axis in ("position", "percent_of_target"):
            if "target" not in reading:
                raise NoResult("no target")
            low, middle, high = map(number, self.run["targets"][reading["target"]]["values"])
            x = position(x, low, middle, high) if axis == "position" else of_target(curve["form"], x, middle)
        elif axis == "change":
            x -= number(curve["base"])
        elif axis == "scored":
            scale = curve["scale"] | {"kind": "linear", "below_first": "flat", "above_last": "flat"}
            x = along(scale, x)
            if "decimals" in scale:
                unit = 10 ** scale["decimals"]
                x = Fraction(floor(x * unit), unit) if scale["rounding"] == "down" else half_up(x, scale["decimals"])
        return half_up(x, curve["decimals"]) if "decimals" in curve else x

    def earned(self, component: Json, readings: Json, instead: Fraction | None = None) -> Fraction:
        """Steps 1 to 4 of a component in one part of the period; `instead` stands for a missing figure."""
        curve, reading = component["curve"], readings.get(component["id"], {})
        if "consistency" in component.get("score", {}):
            return curve_pays(curve, self.consistency(component, readings))
        given = self.figures(component, reading) if instead is None else [(1, self.rounded(component, instead))]
        found = across = ZERO
        if curve["kind"] == "matrix":
            second = component["second"]
            other = readings.get(second["id"], {})
            across = self.attain(curve["across"], other, self.figure(second, other))
        for sign, x in given:
            at = self.score(component, reading, x) if "score" in component else self.attain(curve, reading, x)
            found += sign * curve_pays(curve, at, across)
        return found

    def missing(self, component: Json, readings: Json) -> Fraction | None:
        """5. What a component without a result pays: no payout, the plan's fallback, or nothing while other weights grow."""
        rule = (component if "missing" in component else self.plan).get("missing", "no_payout")
        stands: Json = (component if "fallback" in component else self.plan).get("fallback", {})
        if rule == "renormalise":
            return None
        if rule == "no_payout" or not stands:
            raise NoResult(f"{component['id']}: no figure")
        if "pays" in stands:
            return number(stands["pays"])
        return self.earned(component, readings, number(stands["figure"]))

    def curves(self, lines: Sequence[Line]) -> None:
        """Steps 1 to 5 for the components of one part of the period."""
        for each in lines:
            component, readings = each.component, self.parts[each.segment]["readings"]
            each.weight, by_n = number(component.get("weight", "0")), self.counts(component)
            try:
                if by_n and not sum(by_n):
                    raise NoResult(f"{component['id']}: no answers")
                each.pays = self.earned(component, readings) if not by_n or by_n[each.segment] else ZERO
            except NoResult:
                each.pays = self.missing(component, readings)
        if any(each.pays is None for each in lines):
            every = sum((each.weight for each in lines), ZERO)
            left = sum((each.weight for each in lines if each.pays is not None), ZERO)
            if not left:
                raise NoResult("no component has a figure")
            for each in lines:
                each.weight = ZERO if each.pays is None else each.weight * every / left

    def counts(self, component: Json) -> list[Fraction]:
        """The answers of a component in each part of the period, where these share it."""
        readings = [part["readings"].get(component["id"], {}) for part in self.parts]
        return [self.answers(each) or ZERO for each in readings] if component.get("segments_by") == "n" else []

    def opportunity(self, part: Json) -> Fraction:
        """6. Annual base × percent × FTE × share × eligible days ÷ days of the year."""
        everyone, decimals, yearly = self.plan["opportunity"], self.plan["proration"].get("decimals"), ZERO
        by_person, by_level = everyone.get("by_person", {}), everyone.get("by_level", {})
        given = by_person.get(self.person["person"]) or by_level.get(part.get("level", "")) or everyone
        fte = Fraction(1) if "percent_of_salary" in given and part["amount_is"] == "actual" else number(part["fte"])
        if "percent_of_salary" in given:
            yearly = number(part["annual"]) * number(given["percent_of_salary"]) / 100
        elif "amount" in given:
            yearly = number(given["amount"]) * self.unit
        elif not all(money(each) for each in self.plan["components"]):
            raise NoResult("no opportunity")
        days = Fraction(part["days"], self.run["period"]["year_days"])
        return yearly * (days if decimals is None else half_up(days, decimals)) * fte * number(part["share"])

    def gate(self, each: Json) -> bool:
        """7. Whether a condition holds."""
        ((side, limit),) = each["passes"].items()
        x, at = self.own_figure(each), number(limit)
        return {"at_least": x >= at, "at_most": x <= at, "above": x > at, "below": x < at}[side]

    def limits(self, *places: str) -> list[Fraction]:
        """7. The caps, in percent, of the failed gates on any of these places."""
        found = (each["otherwise"] for each in self.failed if each["on"] in places)
        return [number(each["cap"]) for each in found if not each.get("only")]

    def line(self, each: Line) -> None:
        """8. What the curve pays, held by the gates on it, × weight × opportunity; or the currency it pays."""
        name, by_n = each.component["id"], self.counts(each.component)
        only = (gate["otherwise"].get("only") for gate in self.failed)
        others = [ZERO for names in only if names and name not in names]
        pays = min([each.pays or ZERO, *others, *self.limits(f"component:{name}")])
        each.base = self.opportunities[each.segment]
        if sum(by_n):
            each.base = self.whole * by_n[each.segment] / sum(by_n)
        each.value = pays * self.unit if money(each.component) else pays * each.weight * each.base / 10_000

    def section(self, each: Json) -> None:
        """9. The sum of a section, held by its gates, then by its cap: percent of its part of the opportunity."""
        lines = [one for one in self.lines if one.component.get("section") == each["id"]]
        before, base = sum((one.value for one in lines), ZERO), sum((one.weight * one.base for one in lines), ZERO)
        caps = [*self.limits(f"section:{each['id']}"), *(number(each[name]) for name in ("cap",) if name in each)]
        after = min([before, *(cap * base / 10_000 for cap in caps)])
        for one in lines:
            one.value = one.value * after / before if before else ZERO

    def modifier(self, each: Json) -> Fraction:
        """10. The factor that a figure's curve pays."""
        reading = self.person["readings"].get(each["id"], {})
        return curve_pays(each["curve"], self.attain(each["curve"], reading, self.own_figure(each))) / 100

    def kicker(self, each: Json) -> Fraction:
        """11. What is added when a condition holds, else nothing: percent of the opportunity, or an amount."""
        return self.part_of(each["adds"], self.whole) if self.gate(each) else ZERO

    def part_of(self, terms: Json, base: Fraction) -> Fraction:
        """Percent of an opportunity, or an amount of currency."""
        return number(terms["percent"]) * base / 100 if "percent" in terms else number(terms["amount"]) * self.unit

    def limit(self) -> None:
        """12. Gates on the payout, its cap in percent of the prorated opportunity, and the pool factor."""
        caps = [
            *self.limits("payout", "company", "person"),
            *(number(self.plan[c]) for c in ("cap",) if c in self.plan),
        ]
        held = min([self.total, *(cap * self.whole / 100 for cap in caps)])
        self.total = held * number(self.plan["pool_factor"]) / 100

    def settle(self) -> None:
        """14. Rounded once; less what the year already paid; never below a draw, which later pay may make good."""
        person, plan = self.person, self.plan
        rounding = ROUNDINGS[plan.get("rounding", "half_away")]
        self.pay = int(person["share"]) if "share" in person else rounding(self.total)
        if "year_to_date" in plan:
            self.pay = max(0, self.pay - int(person.get("paid_before", 0)) - int(person.get("carried", 0)))
        self.payout = self.pay
        if "draw" in plan:
            ahead = half_away(self.part_of(plan["draw"], self.whole))
            back = int(person.get("draw_balance", 0)) if plan["draw"]["recoverable"] else 0
            self.payout = max(ahead, self.pay - back)

    def share(self) -> None:
        """15. The lines of the payout, by largest remainder in the plan's order; what was paid ahead is a line of its own."""
        named = [(each.segment, each.component["id"], each.value * self.factor) for each in self.lines]
        named += [(0, name, amount) for name, amount in self.kickers]
        parts = largest_remainder(min(self.pay, self.payout), [value for _, _, value in named])
        self.amounts = [(at, name, part) for (at, name, _), part in zip(named, parts, strict=True)]
        if "draw" in self.plan:
            self.amounts.append((0, "draw", max(0, self.payout - self.pay)))


def money(component: Json) -> bool:
    """Whether a component's curve pays currency."""
    return any(each["rate"].endswith("%") for each in component["curve"]["tiers"])


def pool(run: Json, works: Sequence[Work]) -> tuple[int, Fraction, list[int]]:
    """13. The pool, the sum of what people would get without it, and each one's share."""
    rule, wanted = run["plan"]["pool"], sum((work.total for work in works), ZERO)
    funded = sum((work.whole for work in works), ZERO)
    found = floor(works[0].modifier(rule["figure"]) * funded if "figure" in rule else works[0].part_of(rule, funded))
    total = (found if rule["scaling"] == "to_pool" else min(found, half_away(wanted))) if wanted else 0
    key = bytes.fromhex(run["pool"]["key"])
    order = [hmac.digest(key, work.person["person"].encode(), "sha256") for work in works]
    return total, wanted, largest_remainder(total, [work.total for work in works], order.__getitem__)


STEPS = (
    Work.figure, Work.score, Work.attain, curve_pays, Work.missing, Work.opportunity, Work.gate, Work.line, Work.section,
    Work.modifier, Work.kicker, Work.limit, pool, Work.settle, Work.share,
)  # fmt: skip


def before_pool(run: Json, person: Json) -> Work:
    """Steps 1 to 12 for one person; raises NoResult where the plan finds nothing to pay on."""
    work, plan = Work(run, person), run["plan"]
    work.failed = [each for each in plan["gates"] if not work.gate(each)]
    work.opportunities = [work.opportunity(part) for part in work.parts]
    work.whole = sum(work.opportunities, ZERO)
    for at in range(len(work.parts)):
        work.curves([each for each in work.lines if each.segment == at])
    for line in work.lines:
        work.line(line)
    for section in plan["sections"]:
        work.section(section)
    for modifier in plan["modifiers"]:
        work.factor *= work.modifier(modifier)
    work.kickers = [(each["id"], work.kicker(each)) for each in plan.get("kickers", ())]
    work.total = sum((each.value for each in work.lines), ZERO) * work.factor + sum(added for _, added in work.kickers)
    work.limit()
    return work


def payout_of(run: Json, person: Json) -> Work:
    """One person's payout and lines; raises NoResult where there is none."""
    work = before_pool(run, person)
    work.settle()
    work.share()
    return work


def check_payouts(bundle: Bundle) -> Found:
    """Every payout and line against its recomputation."""
    stored, works = dict(bundle.payouts), []
    for person in bundle.run["participants"]:
        try:
            works.append(before_pool(bundle.run, person))
        except NoResult as none:
            yield Difference(f"payouts.csv, {person['person']}", f"no payout: {none}", "a payout")
    if "pool" in bundle.run["plan"] and not bundle.person:
        yield from check_pool(bundle.run, works)
    for work in works:
        work.settle()
        work.share()
        name = work.person["person"]
        told = stored.pop(name, {"payout": "no row", "lines": []})
        yield from differ(f"payouts.csv, {name}", work.payout, told["payout"])
        yield from differ(f"lines.csv, {name}, how many", len(work.amounts), len(told["lines"]))
        mine = {(at, component): amount for at, component, amount in work.amounts}
        theirs = {(each["segment"], each["component"]): each["amount"] for each in told["lines"]}
        for at in mine | theirs:
            place = f"lines.csv, {name}, part {at[0]}, {at[1]}"
            yield from differ(place, mine.get(at, "no line"), theirs.get(at, "no line"))
    for name, each in stored.items():
        yield from differ(f"payouts.csv, {name}", "no row: nobody in participants.json", each["payout"])


def check_pool(run: Json, works: Sequence[Work]) -> Found:
    """The pool and everyone's share of it."""
    total, wanted, given = pool(run, works)
    yield from differ("run.json, pool, total", str(total), run["pool"]["total"])
    yield from differ("run.json, pool, sum", wanted, number(run["pool"]["sum"]))
    for work, part in zip(works, given, strict=True):
        yield from differ(f"participants.json, {work.person['person']}, share", str(part), work.person.get("share"))


# What followed: steps, decisions, disputes, adjustments, clawback, payments. A row is as the ledger hashed it, with its table

Place = tuple[str, int, str]  # person, segment, component
OF_ANOTHER = ("clawback", "clawback_decision")  # a claim on another run may be set off by this one


def place_of(row: Json) -> Place:
    """The line a payment is for."""
    return row["person"], int(row["segment"]), row["component"]


class Story:
    """What was true of a run, act after act of the ledger."""

    def __init__(self, bundle: Bundle) -> None:
        self.run, self.terms = bundle.run_id, bundle.run["plan"].get("clawback", {})
        lines = ((payout["person"], each) for payout in bundle.payouts.values() for each in payout["lines"])
        self.lines = {(who, each["segment"], each["component"]): each["amount"] for who, each in lines}
        self.beside: dict[Place, int] = {}  # adjustments and set-offs, a line of its own each
        self.paid: dict[Place, int] = {}
        self.received: dict[tuple[str, str], int] = {}  # by run and person
        self.exceptions: dict[str, Json] = {}  # of this run
        self.chosen: dict[tuple[str, str], str] = {}  # by exception and person
        self.contested: dict[str, tuple[str, str]] = {}
        self.claims: dict[str, Json] = {}
        self.dropped: set[str] = set()
        self.left: dict[str, int] = {}  # what of each claim was accepted and not set off yet
        self.looked: list[str] = []  # who calculated and decided
        self.released: list[str] = []
        self.steps: dict[str, Json] = {}

    def follow(self, at: int, rows: Sequence[Json]) -> Found:
        """An act: what is true after it, and what should not have been done before."""
        for row in rows:
            table, own, place = row["table"], row.get("run") == self.run, f"decisions.json, entry {at}"
            if table == "adjustment" and row["kind"] != "late data":
                self.beside[row["person"], -1, f"adjustment {at}"] = int(row["amount"])
                self.looked += [row["by"]] if row["kind"] == "decided" else []
            elif table == "dispute":
                self.contested[str(at)] = (row["person"], row["component"])
            elif table == "dispute_decision":
                self.contested.pop(row["dispute"], None)
                self.released.append(row["by"])
            elif table == "clawback":
                yield from self.claim(at, row)
            elif table == "clawback_decision":
                claim = self.claims[row["clawback"]]
                self.left[row["clawback"]] = int(claim["amount"]) if row["outcome"] == "accepted" else 0
                self.dropped |= {row["clawback"]} if row["outcome"] == "dropped" else set()
                if row["by"] == claim["by"]:
                    yield Difference(f"{place}, by", "another person than proposed it", row["by"])
            elif table == "run_exception" and own:
                line = f"adjustment {at}" if row["kind"] == "beyond opportunity" else row["component"]
                self.exceptions[row["number"]] = row | {"component": line, "people": json.loads(row["people"])}
            elif table == "run_decision" and own:
                named = (each for each in rows if each["table"] == "run_decision_person")
                people = [each["person"] for each in named if each["number"] == row["number"]]
                for person in people or self.exceptions[row["number"]]["people"]:
                    self.chosen[row["number"], person] = row["choice"]
                (self.released if "approved" in self.steps else self.looked).append(row["by"])
            elif table == "run_step":
                yield from self.step(at, row, rows) if own else ()
                for each in rows:
                    if each["table"] == "paid_line":
                        who = (each["run"], each["person"])
                        self.paid[place_of(each)] = self.paid.get(place_of(each), 0) + int(each["amount"])
                        self.received[who] = self.received.get(who, 0) + int(each["amount"])

    def claim(self, at: int, row: Json) -> Found:
        """A claim of clawback: for a cause and of a share that the plan names, and with those before it of no more than was paid."""
        self.claims[str(at)], self.left[str(at)] = row, 0
        if row["run"] != self.run:
            return  # its terms are in the bundle of its own run
        place, terms, who = f"decisions.json, entry {at}, clawback", self.terms, (row["run"], row["person"])
        yield from differ(f"{place}, cause", True, row["cause"] in terms.get("causes", ()))
        yield from differ(f"{place}, share", number(terms.get("share", "100")) / 100, number(row["share"]))
        yield from differ(f"{place}, paid", self.received.get(who, 0), int(row["paid"]))
        same = (each for name, each in self.claims.items() if name not in self.dropped)
        standing = sum(int(each["amount"]) for each in same if (each["run"], each["person"]) == who)
        yield from differ(f"{place}, more than was paid", 0, max(0, standing - int(row["paid"])))

    def due(self) -> dict[Place, int]:
        """What a closing pays: the difference of every line that is not held."""
        kept = set(self.contested.values())
        for at, each in self.exceptions.items():
            first = "hold" if each["held"] else ""
            kept |= {(who, each["component"]) for who in each["people"] if self.chosen.get((at, who), first) == "hold"}
        entitled = self.lines | self.beside
        owed = {place: entitled.get(place, 0) - self.paid.get(place, 0) for place in entitled | self.paid}
        return {at: each for at, each in owed.items() if each and not {(at[0], ""), (at[0], at[2])} & kept}

    def set_off(self, rows: Sequence[Json]) -> dict[Place, int]:
        """What a closing keeps for accepted claims: a line of its own for each, which is then due no more."""
        kept: dict[Place, int] = {}
        for each in rows:
            if each["table"] == "clawback_set_off":
                claim, amount = each["clawback"], int(each["amount"])
                at = (each["person"], -1, f"adjustment {claim}")
                kept[at], self.beside[at] = -amount, self.beside.get(at, 0) - amount
                self.left[claim] = self.left.get(claim, 0) - amount
        return kept

    def step(self, at: int, row: Json, rows: Sequence[Json]) -> Found:
        """A step of the run: another person's where it must be, of the same content, and a closing pays what is due."""
        name, place = row["step"], f"decisions.json, entry {at}, {row['step']}"
        if name == "sent back":
            self.steps = {}
            return
        first, others = {"approved": ("checked", self.looked), "closed": ("approved", self.released)}.get(
            name, ("", [])
        )
        before: Json = self.steps.get(first, {})
        yield from differ(f"{place}, after", bool(first), bool(before))
        if name == "approved":
            yield from differ(f"{place}, by who was asked", before.get("asked"), row["by"])
        if first and row["by"] in [*others, before.get("by")]:
            yield Difference(f"{place}, by", "another person", row["by"])
        if before and "closed" not in self.steps:
            yield from differ(f"{place}, content", before["content"], row["content"])
        if name == "closed":
            told = {place_of(each): int(each["amount"]) for each in rows if each["table"] == "paid_line"}
            owed, kept = self.due(), self.set_off(rows)
            yield from differ(f"{place}, paid", sorted({**owed, **kept}.items()), sorted(told.items()))
            short = sorted({who for who, *_ in kept if sum(n for (one, *_), n in told.items() if one == who) < 0})
            yield from differ(f"{place}, set off against more than is due", [], short)
            more = sorted(claim for claim, left in self.left.items() if left < 0)
            yield from differ(f"{place}, set off beyond what was accepted", [], more)
        self.steps[name] = row


def check_decisions(bundle: Bundle) -> Found:
    """Every row against its ledger entry, every step against those before it, every closing against what was due."""
    rows, story = dict[int, list[Json]](), Story(bundle)
    for each in bundle.decisions:
        rows.setdefault(each["entry"], []).append(each["row"])
    told: list[Json] = [each.get("payload", {}) for each in bundle.entries]
    views = {each["of"]: each for each in told if "of" in each}
    for at, payload in enumerate(told, 1):
        mine, place = rows.pop(at, []), f"decisions.json, rows of entry {at}"
        if bundle.person:
            yield from check_views(bundle, at, mine, views.get(at, {})) if mine or at in views else ()
        elif str(payload.get("run")).rpartition(".")[0] == bundle.run_id.rpartition(".")[0]:
            yield from differ(place, payload.get("rows", hash_of([])), hash_of(mine))
        elif mine:  # a claim on another run, which this one sets off
            yield from differ(place, payload["rows"], hash_of(mine))
            yield from differ(f"{place}, of another run", set(), {row["table"] for row in mine} - set(OF_ANOTHER))
        if (payload.get("kind"), payload.get("run")) == ("run", bundle.run_id):
            story.looked.append(payload["by"])
        yield from story.follow(at, mine)
    yield from differ("decisions.json, rows of entries that are not there", [], sorted(rows))


def check_views(bundle: Bundle, at: int, rows: Sequence[Json], held: Json) -> Found:
    """What an act said to everybody, and to the one whose bundle it is, against the hashes that the ledger holds."""
    place, path = f"decisions.json, rows of entry {at}", bundle.manifest["paths"].get(str(at))
    steps = [row for row in rows if row["table"] == "run_step"]
    mine = [row for row in rows if row["table"] != "run_step"]
    yield from differ(f"{place}, for everybody, as the ledger holds it", held.get("shared"), hash_of(steps))
    yield from differ(f"{place}, for one person", bool(mine), path is not None)
    if path is not None:
        top = root([sha256({"person": bundle.person, "rows": hash_of(mine)})], path)
        yield from differ(f"{place}, for one person, as the ledger holds it", held.get("people"), top)


# The whole


def check(files: Mapping[str, bytes], head: str | None = None) -> tuple[list[Difference], str]:
    """Every difference of a bundle, and what was looked at."""
    found: list[Difference] = []

    def attempt(place: str, work: Callable[[], Any]) -> Any:
        """What cannot even be read is a difference as well."""
        try:
            return work()
        except Exception as error:  # whatever a changed file brings about is told, never a traceback
            found.append(Difference(place, "something that can be read", f"{type(error).__name__}: {error}"))
            return None

    manifest = attempt("manifest.json", lambda: dict(parsed(files["manifest.json"]))) or {}
    bundle = attempt("the files", lambda: Bundle(files, manifest))
    if bundle is None:
        return found, ""
    parts: dict[str, Callable[[], Found]] = {
        "the files": lambda: check_files(files, manifest),
        "ledger.json": lambda: check_chain(bundle),
        "the hashes": lambda: check_hashes(bundle),
        "everybody's part": lambda: check_parts(bundle),
        "decisions.json": lambda: check_decisions(bundle),
        "figures.csv": lambda: check_figures(bundle),
        "targets.csv": lambda: check_targets(bundle),
        "payouts.csv": lambda: check_payouts(bundle),
        "the head": lambda: iter(()) if head is None else check_head(bundle.entries, head, bundle.run_id),
    }
    for place, part in parts.items():
        attempt(place, lambda part=part: found.extend(part()))  # type: ignore[misc]
    lines = sum(len(each["lines"]) for each in bundle.payouts.values())
    counts = f"{len(files)} files, {len(bundle.entries)} ledger entries, {len(bundle.run['figures'])} figures"
    return found, f"{counts}, {len(bundle.payouts)} payouts, {lines} lines"


def main(arguments: Sequence[str]) -> int:
    """Check a bundle and tell what was found; 0 when everything agrees."""
    if len(arguments) not in (1, 3) or (len(arguments) == 3 and arguments[1] != "--head"):
        print("python checker.py BUNDLE [--head FILE]", file=sys.stderr)
        return 2
    try:
        head = Path(arguments[2]).read_text("utf-8") if len(arguments) == 3 else None
        files = files_of(Path(arguments[0]))
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        print(f"It cannot be read: {error}", file=sys.stderr)
        return 2
    found, counts = check(files, head)
    for each in found:
        print(f"{each.place}\n    expected: {each.expected}\n    actual:   {each.actual}")
    print(f"{len(found)} differences." if found else f"Everything agrees to the cent: {counts}.")
    if head is None:
        print("No head was given (--head FILE): a cut tail, or a ledger written anew throughout, cannot be seen.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
