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
  decisions.json      who checked, approved, decided, adjusted and closed, what was contested, and what was paid
  ledger.json         the chain of hashes in which every run is written down
  run.json            everything else the run was computed from
  checker.py          this program; better use a copy that you got from somewhere else

What is checked, in this order: the hash of every file; that each entry of the ledger holds the hash of the one before;
that plan, facts, figures, targets and participants are those the ledger names; every figure from its facts; every mixed
target from its parts; every payout and line from figures, plan, targets and pay, to the cent; and of what followed, that
each row is the one the ledger holds, that nobody took two steps that need two people, and that each closing paid what was
due and nothing that was held.

--head FILE holds a head of the ledger that was kept elsewhere: printed on a statement or an approval, exported, or signed.
Only against it can a cut tail, or a chain written anew from start to end, be seen. The file may be any text that has the
head in it: its 64 characters, or number and beginning as they are printed on paper (12:0123456789abcdef).

A bundle made for one person (`person` in manifest.json) has that person's rows only, and of the plan nothing that names others.
Its arithmetic is checked in full. The ledger holds one hash made of everybody's part; `path` in manifest.json has the few hashes
beside one's own that give it, so that one's part is held against the ledger and a head on paper without seeing anybody else's.

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
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import floor
from pathlib import Path
from typing import Any, NamedTuple

FORMAT = "golden-thread-bundle/2"
START = "0" * 64
MILLION = 1_000_000
MOMENTS = ("n", "w", "w2", "x", "wx", "xx")
FIGURE = ("of", "numerator", "denominator", "n")
AIMS = ("threshold", "target", "stretch")
ZERO = Fraction(0)
Json = dict[str, Any]
Start = tuple[Fraction, str | None]  # a place on the axis, and the side it belongs to
Piece = tuple[Fraction, Fraction] | None  # c and m of the line c + m·x; None refuses


class Difference(NamedTuple):
    """One thing that does not agree."""

    place: str
    expected: str
    actual: str


class NoResult(Exception):  # noqa: N818 (not a fault: the plan finds no figure to pay on)
    """There is no payout, for this reason."""


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


def differ(place: str, expected: object, actual: object) -> Iterator[Difference]:
    """A difference, where there is one."""
    if expected != actual:
        yield Difference(place, str(expected), str(actual))


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


def check_files(files: Mapping[str, bytes], manifest: Json) -> Iterator[Difference]:
    """Every file against the manifest, and README.txt and checker.py against this program."""
    yield from differ("manifest.json, format", FORMAT, manifest["format"])
    yield from differ("manifest.json, names", ["files", "format", "head", "path", "person", "run"], sorted(manifest))
    yield from differ("manifest.json, path", [], manifest["path"]) if not manifest["person"] else ()
    found = {name: sha256(text) for name, text in files.items() if name != "manifest.json"}
    for name in sorted(manifest["files"].keys() | found.keys()):
        yield from differ(f"{name}, SHA-256", manifest["files"].get(name, "not listed"), found.get(name, "no file"))
    mine = {"README.txt": (__doc__ or "").encode(), "checker.py": Path(__file__).read_bytes()}
    for name, text in mine.items():
        yield from differ(f"{name}, against the checker that runs", sha256(text), found.get(name))


def check_chain(entries: Sequence[Json], manifest: Json) -> Iterator[Difference]:
    """Each entry of the ledger holds the hash of the one before it, and the last one is the head of the manifest."""
    previous = START
    for at, each in enumerate(entries, 1):
        place = f"ledger.json, entry {at}"
        yield from differ(f"{place}, position", at, each["position"])
        yield from differ(f"{place}, previous", previous, each["previous"])
        previous = each["hash"]
        if "payload" in each or not manifest["person"]:  # one person's part has no payloads
            content = {name: each[name] for name in ("position", "previous", "payload")}
            yield from differ(f"{place}, hash", sha256(content), previous)
    yield from differ("manifest.json, head", {"position": len(entries), "hash": previous}, manifest["head"])


def check_head(entries: Sequence[Json], head: str, run: str) -> Iterator[Difference]:
    """The head that was kept elsewhere is one of the ledger's hashes, and the run lies at or before it."""
    hashes = [each["hash"] for each in entries]
    known = [hashes.index(each) + 1 for each in re.findall(r"\b[0-9a-f]{64}\b", head) if each in hashes]
    for place, start in re.findall(r"\b([0-9]+):([0-9a-f]{16})\b", head):  # as it is printed on paper
        known += [int(place)] if "".join(hashes[int(place) - 1 : int(place)]).startswith(start) else []
    made = [each["position"] for each in entries if each.get("payload", {}).get("run") == run]
    if not known:
        yield Difference("ledger.json", "the head that was kept elsewhere", "no entry with that hash")
    elif made and made[0] > max(known):
        yield Difference(
            f"ledger.json, entry {made[0]}", f"run {run} at or before the head", "a head older than the run"
        )


# What the run was computed from


@dataclass
class Bundle:
    """The content of the files: what the run was computed from, what it paid, and the ledger."""

    manifest: Json
    document: Json
    outcome: Json
    entries: list[Json]
    decisions: list[Json]

    hashes: Json = field(default_factory=dict)

    @property
    def run(self) -> Json:
        """What the payouts are computed from."""
        return dict(self.document["run"])

    def figure(self, name: str) -> str:
        """The hash of a figure with its facts and its definition."""
        if name not in self.hashes:
            figure, of = self.run["figures"][name], self.run["figures"][name]["of"]
            kpi = self.document["kpis"].get(of.split("@")[0])
            self.hashes[name] = sha256({"figure": figure, "facts": self.document["facts"].get(of, []), "kpi": kpi})
        return str(self.hashes[name])


def read(files: Mapping[str, bytes], manifest: Json) -> Bundle:
    """The files put together again to what was hashed when the run was made."""
    document, plan = parsed(files["run.json"]), parsed(files["plan.json"])["plan"]
    facts: dict[str, list[list[Any]]] = {}
    for row in rows_of(files["facts.csv"]):
        facts.setdefault(row["figure"], []).append([whole(row["bucket"]), *(row[name] or None for name in MOMENTS)])
    figures = once(
        (row["name"], {part: row[part] for part in FIGURE if row[part]}) for row in rows_of(files["figures.csv"])
    )
    targets = once(
        (row["name"], {"of": row["of"], "values": [row[part] for part in AIMS]} | parts_of(row.get("parts", "")))
        for row in rows_of(files["targets.csv"])
    )
    people = parsed(files["participants.json"])
    document["run"] |= {"plan": plan, "figures": figures, "targets": targets, "participants": people}
    document |= {"facts": facts, "kpis": parsed(files["kpis.json"])}
    outcome = outcome_of(rows_of(files["payouts.csv"]), rows_of(files["lines.csv"]), plan["currency"])
    return Bundle(manifest, document, outcome, parsed(files["ledger.json"]), parsed(files["decisions.json"]))


def parts_of(told: str) -> Json:
    """The figures whose answers weigh a mixed target, each with its three values; nothing for any other target."""
    parts = [{"figure": name, "values": values} for name, *values in (part.split(" ") for part in told.split("; "))]
    return {"parts": parts} if told else {}


def outcome_of(payouts: Sequence[dict[str, str]], lines: Sequence[dict[str, str]], currency: str) -> Json:
    """What was paid, as it was hashed."""
    told = once((row["person"], row | {"payout": whole(row["payout"]), "lines": []}) for row in payouts)
    for row in lines:
        line = {"segment": whole(row["segment"]), "component": row["component"], "amount": whole(row["amount"])}
        told[row["person"]]["lines"].append(line)
    return {
        "currency": currency,
        "payouts": list(told.values()),
        "total": sum(each["payout"] for each in told.values()),
    }


def check_hashes(bundle: Bundle, plan_hash: str) -> Iterator[Difference]:
    """Plan, evidence and outcome against their hashes; of one person's part only the plan can be."""
    yield from differ("plan.json, hash", sha256(bundle.run["plan"]), plan_hash)
    run, person = bundle.manifest["run"], bundle.manifest["person"]
    if person:
        yield from differ("participants.json", [person], [each["person"] for each in bundle.run["participants"]])
        return
    named = [each["payload"] for each in bundle.entries if each["payload"].get("run") == run]
    entry: Json = next((each for each in named if each["kind"] == "run"), {})
    held = {"evidence": sha256(bundle.document), "outcome": sha256(bundle.outcome)}
    held |= {"total": str(bundle.outcome["total"]), "currency": bundle.outcome["currency"]}
    for name, actual in held.items():
        yield from differ(f"run {run}, {name} as the ledger holds it", entry.get(name), actual)


# Everybody's part of a run: a leaf of a tree of hashes whose root the ledger holds


def check_parts(bundle: Bundle) -> Iterator[Difference]:
    """Everybody's part, or the one in the bundle, against the hash that the ledger holds."""
    named = (each.get("payload", {}) for each in bundle.entries)
    run, person = bundle.manifest["run"], bundle.manifest["person"]
    held = next((each for each in named if (each.get("kind"), each.get("run")) == ("people", run)), None)
    if held is None:  # a run that was kept before the ledger held the hash
        yield from differ("ledger.json, an entry of everybody's part", "one", "none") if person else ()
        return
    yield from differ("what all parts share, as the ledger holds it", held["shared"], sha256(shared(bundle)))
    row = [leaf(bundle, each) for each in sorted(bundle.run["participants"], key=lambda each: str(each["person"]))]
    for side, beside in bundle.manifest["path"] if person else ():
        row = [joined({"left": [beside, row[0]], "right": [row[0], beside]}[side])]
    if person:
        yield from differ("what is read of figures, targets, facts and KPIs", *unread(bundle))
    while len(row) > 1:
        row = [joined(row[at : at + 2]) for at in range(0, len(row), 2)]
    yield from differ("everybody's part, as the ledger holds it", held["people"], row[0] if row else sha256(b""))


def unread(bundle: Bundle) -> tuple[list[str], list[str]]:
    """The names that one person's payout reads, and those in their bundle: nothing lies there that nothing vouches for."""
    run, names = bundle.run, named(bundle.run, bundle.run["participants"][0])
    of = {run["figures"][name]["of"] for name in names & run["figures"].keys()}
    kept = (
        bundle.document["facts"].keys() | bundle.document["kpis"].keys() | run["figures"].keys() | run["targets"].keys()
    )
    facts = of & bundle.document["facts"].keys()
    return sorted(facts | {each.split("@")[0] for each in of} | names), sorted(kept)


def named(run: Json, participant: Json) -> set[str]:
    """The figures and targets that somebody's readings name, and the figures that weigh these targets."""
    read = [participant["readings"], *(part["readings"] for part in participant["segments"])]
    found = (each for part in read for reading in part.values() for each in reading.values())
    names = {text for each in found for text in (each if isinstance(each, list) else [each])}
    mixed = (run["targets"][name].get("parts", ()) for name in names & run["targets"].keys())
    return names | {part["figure"] for parts in mixed for part in parts}


def joined(pair: Sequence[str]) -> str:
    """The node above two; one alone goes up as it is."""
    return sha256("".join(pair).encode()) if len(pair) == 2 else pair[0]


def shared(bundle: Bundle) -> Json:
    """What everybody's part holds alike: the plan without anybody's name, the period, the versions."""
    run = {
        name: each for name, each in bundle.run.items() if name not in ("pool", "figures", "targets", "participants")
    }
    plan, bare = run["plan"], {"participants": run["plan"]["participants"] | {"people": []}}
    if "by_person" in plan["opportunity"]:
        bare["opportunity"] = plan["opportunity"] | {"by_person": {}}
    rest = {name: each for name, each in bundle.document.items() if name not in ("facts", "kpis", "blocked")}
    return rest | {"run": run | {"plan": plan | bare}}


def leaf(bundle: Bundle, participant: Json) -> str:
    """The hash of all that one payout rests on, and of what it is."""
    run, person = bundle.run, participant["person"]
    names = named(run, participant)
    part = {
        "participant": participant,
        "payout": next((each for each in bundle.outcome["payouts"] if each["person"] == person), None),
        "terms": run["plan"]["opportunity"].get("by_person", {}).get(person),
        "named": person in run["plan"]["participants"]["people"],
        "figures": {name: bundle.figure(name) for name in names & run["figures"].keys()},
        "targets": {name: run["targets"][name] for name in names & run["targets"].keys()},
    }
    return sha256(part)


# Figures from facts

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


def check_figures(bundle: Bundle, rows: Sequence[Mapping[str, str]]) -> Iterator[Difference]:
    """Every figure against its facts."""
    how = {row["name"]: row["how"] for row in rows}
    for name, each in bundle.run["figures"].items():
        place, kpi = f"figures.csv, {name} {each['of']}", bundle.document["kpis"][each["of"].split("@")[0]]
        yield from differ(f"{place}, how", HOW[kpi["measure"]["kind"]], how[name])
        try:
            value, n = figure_of(kpi, bundle.document["facts"].get(each["of"], []))
        except NoResult as none:
            yield Difference(place, f"no figure: {none}", f"{each['numerator']}/{each['denominator']}")
            continue
        yield from differ(
            f"{place}, from its facts", value, Fraction(whole(each["numerator"]), whole(each["denominator"]))
        )
        yield from differ(f"{place}, n from its facts", n, number(each["n"]) if "n" in each else n)


def check_targets(bundle: Bundle) -> Iterator[Difference]:
    """Every target that is mixed from those of several periods: their values weighted by the denominators of the figures."""
    for name, each in bundle.run["targets"].items():
        weights = [whole(bundle.run["figures"][part["figure"]]["denominator"]) for part in each.get("parts", ())]
        for at, told in enumerate(each["values"] if weights else ()):
            values = [number(part["values"][at]) for part in each["parts"]]
            mixture = sum((weight * value for weight, value in zip(weights, values, strict=True)), ZERO) / sum(weights)
            yield from differ(f"targets.csv, {name} {AIMS[at]}", mixture, number(told))


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


@dataclass
class Work:
    """One person's payout while it comes about."""

    run: Json
    person: Json
    lines: list[Line]
    failed: list[Json] = field(default_factory=list)
    opportunity: list[Fraction] = field(default_factory=list)
    kickers: list[tuple[str, Fraction]] = field(default_factory=list)
    factor: Fraction = Fraction(1)
    total: Fraction = ZERO
    pay: int = 0
    payout: int = 0
    amounts: list[tuple[int, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.plan: Json = self.run["plan"]
        self.unit = 10 ** self.plan["minor_units"]

    def ratio(self, reading: Json, part: str) -> Fraction | None:
        """A figure that a reading names; None where it names none."""
        return ratio(self.run["figures"][reading[part]]) if part in reading else None

    def whose(self, source: Json) -> Json:
        """The person's own reading of a gate, modifier, kicker or pool."""
        return dict(self.person["readings"].get(source["id"], {}))


def ratio(figure: Json) -> Fraction:
    """A figure's exact value."""
    if not int(figure["denominator"]):
        raise NoResult(f"{figure['of']}: the denominator is 0")
    return Fraction(int(figure["numerator"]), int(figure["denominator"]))


def half_up(value: Fraction, decimals: int) -> Fraction:
    """Rounded to decimals, halves up."""
    return Fraction(floor(value * 10**decimals + Fraction(1, 2)), 10**decimals)


def half_away(value: Fraction) -> int:
    """Rounded to a whole number, halves away from zero."""
    return floor(abs(value) + Fraction(1, 2)) * (-1 if value < 0 else 1)


def largest_remainder(total: int, weights: Sequence[Fraction], order: Callable[[int], Any] = int) -> list[int]:
    """A whole total shared by weights; of equal remainders the first in order comes first."""
    if not sum(weights):
        return [0] * len(weights)
    exact = [total * each / sum(weights) for each in weights]
    parts = [floor(each) for each in exact]
    for at in sorted(range(len(parts)), key=lambda at: (parts[at] - exact[at], order(at)))[: total - sum(parts)]:
        parts[at] += 1
    return parts


def rounded(work: Work, source: Json, value: Fraction) -> Fraction:
    """A figure rounded as its source says: to decimals, or to the nearest multiple."""
    if "nearest" in source:
        return number(source["nearest"]) * half_up(value / number(source["nearest"]), 0)
    return half_up(value, (source if "decimals" in source else work.plan)["decimals"])


def figure(work: Work, source: Json, reading: Json) -> Fraction:
    """1. The figure that pays: own, the team's, or credibility Z·own + (1−Z)·team with Z = n ÷ (n + k); rounded once."""
    own, team = work.ratio(reading, "own"), work.ratio(reading, "team")
    rule = source.get("paid_figure", work.plan["paid_figure"])
    n = answers(work, reading) if own is not None else None
    if own is not None and (rule == "own" or "min_n" not in source or n is None or n >= source["min_n"]):
        return rounded(work, source, own)
    if team is None or rule == "own":
        raise NoResult(f"{source['id']}: no figure")
    if own is None or rule == "team":
        return rounded(work, source, team)
    z = (n or 0) / ((n or 0) + number(work.plan["credibility_k"]))
    return rounded(work, source, z * own + (1 - z) * team)


def answers(work: Work, reading: Json) -> Fraction | None:
    """How many answers one's own figure rests on, where they are counted."""
    text = work.run["figures"][reading["own"]].get("n") if "own" in reading else None
    return None if text is None else number(text)


def terms(work: Work, component: Json, reading: Json) -> list[tuple[int, Fraction]]:
    """1. The figures of a component with their signs: several where each transaction, or the year so far, pays."""
    basis = component["curve"]["basis"]
    if basis == "each_transaction" and "transactions" in reading:
        each = (ratio(work.run["figures"][name]) for name in reading["transactions"])
        return [(1, rounded(work, component, value)) for value in each]
    found, before = [(1, figure(work, component, reading))], work.ratio(reading, "before")
    if basis == "year_to_date" and before is not None:
        found.append((-1, rounded(work, component, before)))
    return found


def score(work: Work, component: Json, readings: Json, x: Fraction) -> Fraction:
    """2. Points for achievement or for improvement over one's own baseline, whichever is more."""
    rule, reading = component["score"], readings.get(component["id"], {})
    sign, found = -1 if rule["lower_is_better"] else 1, []
    if "achievement" in rule:
        part = rule["achievement"]
        low, high = number(part["threshold"]), number(part["benchmark"])
        short = number(part["below_threshold"]) if sign * x < sign * low else None
        found.append(on_the_way(part, sign, x, low, high, short))
    base = work.ratio(reading, "baseline")
    if "improvement" in rule and base is not None:
        part, base = rule["improvement"], rounded(work, component, base)
        short = number(part["at_or_below_baseline"]) if sign * x <= sign * base else None
        found.append(on_the_way(part, sign, x, base, number(part["benchmark"]), short, short_first=True))
    return min([max(found, default=ZERO), *(number(rule[name]) for name in ("at_most",) if name in rule)])


def on_the_way(
    part: Json, sign: int, x: Fraction, low: Fraction, high: Fraction, short: Fraction | None, short_first: bool = False
) -> Fraction:
    """Points short of the way, on it, and at or above its end."""
    if short is not None and short_first:
        return short
    if sign * x >= sign * high:
        return number(part["at_or_above_benchmark"])
    return ramp(part, (x - low) / (high - low)) if short is None else short


def ramp(part: Json, way: Fraction) -> Fraction:
    """Slope × share of the way + addend, rounded half up and kept within two bounds."""
    low, high = map(number, part["within"])
    return min(high, max(low, half_up(number(part["slope"]) * way + number(part["addend"]), part["decimals"])))


def consistency(work: Work, component: Json, readings: Json) -> Fraction:
    """2. Points for the lowest of several components' ways from floor to threshold."""
    rule, ways = component["score"]["consistency"], []
    for each in work.plan["components"]:
        if each["id"] in rule["of"]:
            part = each["score"]["achievement"]
            low, x = number(part.get("floor", "0")), figure(work, each, readings.get(each["id"], {}))
            ways.append((x - low) / (number(part["threshold"]) - low))
    found = number(rule["all_at_threshold"]) if min(ways) >= 1 else ramp(rule, min(ways))
    return min([found, *(number(component["score"][name]) for name in ("at_most",) if name in component["score"])])


def attain(work: Work, curve: Json, reading: Json, x: Fraction) -> Fraction:
    """3. Where a figure lies on the curve's axis."""
    axis = curve["axis"]
    if axis in ("position", "percent_of_target") and "target" not in reading:
        raise NoResult("no target")
    if axis == "change":
        x -= number(curve["base"])
    elif axis == "scored":
        scale = curve["scale"] | {"kind": "linear", "below_first": "flat", "above_last": "flat"}
        x, down = along(scale, x), scale["rounding"] == "down"
        if "decimals" in scale:
            unit = 10 ** scale["decimals"]
            x = Fraction(floor(x * unit), unit) if down else half_up(x, scale["decimals"])
    elif axis != "figure":
        low, middle, high = map(number, work.run["targets"][reading["target"]]["values"])
        x = position(x, low, middle, high) if axis == "position" else of_target(curve["form"], x, middle)
    return half_up(x, curve["decimals"]) if "decimals" in curve else x


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


def curve_pays(curve: Json, at: Fraction, across: Fraction = ZERO) -> Fraction:
    """4. What a curve pays at a place: percent of the opportunity or, with rates of the figure, currency."""
    found = max(number(curve["floor"]), matrix(curve, at, across) if curve["kind"] == "matrix" else along(curve, at))
    return min(found, number(curve["cap"])) if "cap" in curve else found


def along(curve: Json, at: Fraction) -> Fraction:
    """4. The axis is cut at starts, each piece is a line; at a start the named side counts, else the larger pay."""
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
    """4. Lines or steps between points."""
    given = [(number(each["at"]), number(each["pays"])) for each in curve["points"]]
    inner: list[Piece] = []
    for (x, y), (x2, y2) in pairwise(given):
        flat = curve["kind"] == "stepped" or x == x2
        slope = ZERO if flat else (y2 - y) / (x2 - x)
        inner.append(((y2 if x == x2 and curve["kind"] == "linear" else y) - slope * x, slope))
    ends = []
    for rule, (_, pays), piece in (("below_first", given[0], inner[0]), ("above_last", given[-1], inner[-1])):
        ends.append(beyond(curve[rule], pays, piece if piece and piece[1] else (pays, ZERO)))
    sides = [each.get("belongs_to") for each in curve["points"]]
    return [(x, side) for (x, _), side in zip(given, sides, strict=True)], [ends[0], *inner, ends[1]]


def tiers(curve: Json) -> tuple[list[Start], list[Piece]]:
    """4. Bands, each with its own rate or one rate for all. `2%` is currency, 2 percent of the figure."""
    inner: list[tuple[Fraction, Fraction]] = []
    paid = ZERO
    for tier in curve["tiers"]:
        money, at = tier["rate"].endswith("%"), number(tier["at"])
        rate = number(tier["rate"].removesuffix("%")) / (100 if money else 1)
        inner.append(
            (paid - rate * at, rate) if curve["kind"] == "marginal" else (ZERO, rate) if money else (rate, ZERO)
        )
        paid += rate * (number(tier.get("to", tier["at"])) - at)
    starts = [(number(tier["at"]), tier.get("belongs_to")) for tier in curve["tiers"]]
    first, last = starts[0][0], curve["tiers"][-1].get("to")
    pieces = [beyond(curve["below_first"], inner[0][0] + inner[0][1] * first, inner[0]), *inner]
    if last is not None:
        starts.append((number(last), None))
        pieces.append(beyond(curve["above_last"], inner[-1][0] + inner[-1][1] * number(last), inner[-1]))
    return starts, pieces


def beyond(rule: str, flat: Fraction, piece: Piece) -> Piece:
    """4. What counts before the first or after the last start: a number, flat, continued, or nothing."""
    if rule in ("continue", "refuse"):
        return piece if rule == "continue" else None
    return (flat if rule == "flat" else number(rule), ZERO)


def matrix(curve: Json, at: Fraction, across: Fraction) -> Fraction:
    """4. Two figures find a row and a column, by steps or with lines between; on an edge the largest pay counts."""
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
    """4. The rows that may count, each as edges and their shares: two on an edge, unless it names its side."""
    places = [number(each["at"]) for each in edges]
    if x > places[-1] and curve["above_last"] == "refuse":
        raise NoResult("the figure lies outside the matrix, and the plan refuses that")
    at = sum(place <= x for place in places) - 1
    side = edges[at].get("belongs_to", "both") if x in places else "above"
    return [shares(curve, places, each, x) for each, out in ((at - 1, "above"), (at, "below")) if side != out]


def shares(curve: Json, places: Sequence[Fraction], at: int, x: Fraction) -> list[tuple[int, Fraction]]:
    """4. A row as its edge, or as the two it lies between; none before the first, unless the curve is flat there."""
    if at < 0:
        return [(0, Fraction(1))] if curve["below_first"] == "flat" else []
    if curve["between"] == "stepped" or at == len(places) - 1:
        return [(at, Fraction(1))]
    part = (x - places[at]) / (places[at + 1] - places[at])
    return [(at, 1 - part), (at + 1, part)]


def earned(work: Work, component: Json, readings: Json, instead: Fraction | None = None) -> Fraction:
    """1 to 4. What a component's figures pay in one part of the period; `instead` stands for a missing figure."""
    curve, reading = component["curve"], readings.get(component["id"], {})
    if "consistency" in component.get("score", {}):
        return curve_pays(curve, consistency(work, component, readings))
    found, across = ZERO, ZERO
    given = terms(work, component, reading) if instead is None else [(1, rounded(work, component, instead))]
    if curve["kind"] == "matrix":
        second = component["second"]
        other = readings.get(second["id"], {})
        across = attain(work, curve["across"], other, figure(work, second, other))
    for sign, x in given:
        at = score(work, component, readings, x) if "score" in component else attain(work, curve, reading, x)
        found += sign * curve_pays(curve, at, across)
    return found


def missing(work: Work, component: Json, readings: Json) -> Fraction | None:
    """5. What a component without a result pays: no payout, the plan's fallback, or nothing while other weights grow."""
    own = component if "missing" in component else work.plan
    stands: Json = (component if "fallback" in component else work.plan).get("fallback", {})
    if own.get("missing") == "renormalise":
        return None
    if own.get("missing", "no_payout") == "no_payout" or not stands:
        raise NoResult(f"{component['id']}: no figure")
    return number(stands["pays"]) if "pays" in stands else earned(work, component, readings, number(stands["figure"]))


def curves(work: Work, lines: Sequence[Line]) -> None:
    """Steps 1 to 5 for the components of one part of the period."""
    for each in lines:
        component, readings = each.component, work.person["segments"][each.segment]["readings"]
        each.weight, by_n = number(component.get("weight", "0")), counts(work, component)
        try:
            if by_n and not sum(by_n):
                raise NoResult(f"{component['id']}: no answers")
            each.pays = earned(work, component, readings) if not by_n or by_n[each.segment] else ZERO
        except NoResult:
            each.pays = missing(work, component, readings)
    left = sum((each.weight for each in lines if each.pays is not None), ZERO)
    if any(each.pays is None for each in lines):
        grown = sum((each.weight for each in lines), ZERO)
        if not left:
            raise NoResult("no component has a figure")
        for each in lines:
            each.weight = ZERO if each.pays is None else each.weight * grown / left


def counts(work: Work, component: Json) -> list[Fraction]:
    """The answers of a component in each part of the period, where these share it."""
    readings = [part["readings"].get(component["id"], {}) for part in work.person["segments"]]
    return [answers(work, each) or ZERO for each in readings] if component.get("segments_by") == "n" else []


def opportunity(work: Work, part: Json) -> Fraction:
    """6. Annual base × percent × FTE × share × eligible days ÷ days of the year."""
    everyone = work.plan["opportunity"]
    own = everyone.get("by_person", {}).get(work.person["person"]) or everyone.get("by_level", {}).get(
        part.get("level", "")
    )
    given, decimals, yearly = own or everyone, work.plan["proration"].get("decimals"), ZERO
    fte = Fraction(1) if "percent_of_salary" in given and part["amount_is"] == "actual" else number(part["fte"])
    if "percent_of_salary" in given:
        yearly = number(part["annual"]) * number(given["percent_of_salary"]) / 100
    elif "amount" in given:
        yearly = number(given["amount"]) * work.unit
    elif not all(money(each) for each in work.plan["components"]):
        raise NoResult("no opportunity")
    days = Fraction(part["days"], work.run["period"]["year_days"])
    return yearly * (days if decimals is None else half_up(days, decimals)) * fte * number(part["share"])


def money(component: Json) -> bool:
    """Whether a component's curve pays currency."""
    return any(each["rate"].endswith("%") for each in component["curve"]["tiers"])


def gate(work: Work, each: Json) -> bool:
    """7. Whether a condition holds."""
    ((side, limit),) = each["passes"].items()
    x, at = figure(work, each, work.whose(each)), number(limit)
    return {"at_least": x >= at, "at_most": x <= at, "above": x > at, "below": x < at}[side]


def limits(work: Work, *places: str) -> list[Fraction]:
    """The caps, in percent, of the failed gates on any of these places."""
    found = (each for each in work.failed if each["on"] in places and not each["otherwise"].get("only"))
    return [number(each["otherwise"]["cap"]) for each in found]


def line(work: Work, each: Line) -> None:
    """8. What the curve pays, held by the gates on it, × weight × opportunity; or the currency it pays."""
    name, pays = each.component["id"], each.pays or ZERO
    others = [ZERO for gate in work.failed if gate["otherwise"].get("only") and name not in gate["otherwise"]["only"]]
    pays = min([pays, *others, *limits(work, f"component:{name}")])
    each.base = work.opportunity[each.segment]
    by_n = counts(work, each.component)
    if sum(by_n):
        each.base = sum(work.opportunity, ZERO) * by_n[each.segment] / sum(by_n)
    each.value = pays * work.unit if money(each.component) else pays * each.weight * each.base / 10_000


def section(work: Work, each: Json) -> None:
    """9. The sum of a section, held by its gates, then by its cap: percent of its part of the opportunity."""
    lines = [one for one in work.lines if one.component.get("section") == each["id"]]
    whole_part = sum((one.weight * one.base for one in lines), ZERO) / 100
    caps = [*limits(work, f"section:{each['id']}"), *([number(each["cap"])] if "cap" in each else [])]
    before = sum((one.value for one in lines), ZERO)
    after = min([before, *(cap * whole_part / 100 for cap in caps)])
    for one in lines:
        one.value = one.value * after / before if before else ZERO


def modifier(work: Work, each: Json) -> Fraction:
    """10. The factor that a figure's curve pays."""
    reading = work.whose(each)
    return curve_pays(each["curve"], attain(work, each["curve"], reading, figure(work, each, reading))) / 100


def kicker(work: Work, each: Json) -> Fraction:
    """11. What is added when a condition holds, else nothing: percent of the opportunity, or an amount."""
    return part_of(work, each["adds"], sum(work.opportunity, ZERO)) if gate(work, each) else ZERO


def part_of(work: Work, terms: Json, whole_part: Fraction) -> Fraction:
    """Percent of an opportunity, or an amount of currency."""
    return number(terms["percent"]) * whole_part / 100 if "percent" in terms else number(terms["amount"]) * work.unit


def limit(work: Work) -> Fraction:
    """12. Gates on the payout, its cap in percent of the prorated opportunity, and the pool factor."""
    caps = [*limits(work, "payout", "company", "person"), *([number(work.plan["cap"])] if "cap" in work.plan else [])]
    held = min([work.total, *(cap * sum(work.opportunity, ZERO) / 100 for cap in caps)])
    return held * number(work.plan["pool_factor"]) / 100


def pool(run: Json, works: Sequence[Work]) -> tuple[int, Fraction, list[int]]:
    """13. The pool, the sum of what people would get without it, and each one's share."""
    rule, wanted = run["plan"]["pool"], sum((work.total for work in works), ZERO)
    funded = sum((sum(work.opportunity, ZERO) for work in works), ZERO)
    found = floor(modifier(works[0], rule["figure"]) * funded if "figure" in rule else part_of(works[0], rule, funded))
    total = (found if rule["scaling"] == "to_pool" else min(found, half_away(wanted))) if wanted else 0
    key = bytes.fromhex(run["pool"]["key"])
    order = [hmac.digest(key, work.person["person"].encode(), "sha256") for work in works]
    return total, wanted, largest_remainder(total, [work.total for work in works], order.__getitem__)


ROUNDINGS: dict[str, Callable[[Fraction], int]] = {"half_away": half_away, "half_even": round, "down": floor}


def settle(work: Work) -> None:
    """14. Rounded once; less what the year already paid; never below a draw, which later pay may make good."""
    person, plan = work.person, work.plan
    work.pay = int(person["share"]) if "share" in person else ROUNDINGS[plan.get("rounding", "half_away")](work.total)
    if "year_to_date" in plan:
        work.pay = max(0, work.pay - int(person.get("paid_before", 0)) - int(person.get("carried", 0)))
    work.payout = work.pay
    if "draw" in plan:
        ahead = half_away(part_of(work, plan["draw"], sum(work.opportunity, ZERO)))
        back = int(person.get("draw_balance", 0)) if plan["draw"]["recoverable"] else 0
        work.payout = max(ahead, work.pay - back)


def share(work: Work) -> None:
    """15. The lines of the payout, by largest remainder in the plan's order; what was paid ahead is a line of its own."""
    named = [(each.segment, each.component["id"], each.value * work.factor) for each in work.lines]
    named += [(0, name, amount) for name, amount in work.kickers]
    parts = largest_remainder(min(work.pay, work.payout), [value for _, _, value in named])
    work.amounts = [(at, name, part) for (at, name, _), part in zip(named, parts, strict=True)]
    if "draw" in work.plan:
        work.amounts.append((0, "draw", max(0, work.payout - work.pay)))


STEPS = (
    figure, score, attain, curve_pays, missing, opportunity, gate, line, section, modifier, kicker, limit, pool, settle, share
)  # fmt: skip


def before_pool(run: Json, person: Json) -> Work:
    """Steps 1 to 12 for one person; raises NoResult where the plan finds nothing to pay on."""
    plan, parts = run["plan"], range(len(person["segments"]))
    work = Work(run, person, [Line(at, component) for at in parts for component in plan["components"]])
    work.failed = [each for each in plan["gates"] if not gate(work, each)]
    work.opportunity = [opportunity(work, part) for part in person["segments"]]
    for at in parts:
        curves(work, [each for each in work.lines if each.segment == at])
    for each in work.lines:
        line(work, each)
    for each in plan["sections"]:
        section(work, each)
    for each in plan["modifiers"]:
        work.factor *= modifier(work, each)
    work.kickers = [(each["id"], kicker(work, each)) for each in plan.get("kickers", ())]
    work.total = sum((each.value for each in work.lines), ZERO) * work.factor + sum(added for _, added in work.kickers)
    work.total = limit(work)
    return work


def payout_of(run: Json, person: Json) -> Work:
    """One person's payout and lines; raises NoResult where there is none."""
    work = before_pool(run, person)
    settle(work)
    share(work)
    return work


def check_payouts(bundle: Bundle) -> Iterator[Difference]:
    """Every payout and line against its recomputation."""
    stored = {each["person"]: each for each in bundle.outcome["payouts"]}
    works = []
    for person in bundle.run["participants"]:
        try:
            works.append(before_pool(bundle.run, person))
        except NoResult as none:
            yield Difference(f"payouts.csv, {person['person']}", f"no payout: {none}", "a payout")
    if "pool" in bundle.run["plan"] and not bundle.manifest["person"]:
        yield from check_pool(bundle.run, works)
    for work in works:
        settle(work)
        share(work)
        name = work.person["person"]
        yield from compare(name, work, stored.pop(name, {"lines": []}))
    for name, each in stored.items():
        yield from differ(f"payouts.csv, {name}", "no row: nobody in participants.json", each["payout"])


def check_pool(run: Json, works: Sequence[Work]) -> Iterator[Difference]:
    """The pool and everyone's share of it."""
    total, wanted, shares = pool(run, works)
    yield from differ("run.json, pool, total", str(total), run["pool"]["total"])
    yield from differ("run.json, pool, sum", wanted, number(run["pool"]["sum"]))
    for work, part in zip(works, shares, strict=True):
        yield from differ(f"participants.json, {work.person['person']}, share", str(part), work.person.get("share"))


def compare(name: str, work: Work, stored: Json) -> Iterator[Difference]:
    """One payout and its lines."""
    yield from differ(f"payouts.csv, {name}", work.payout, stored.get("payout", "no row"))
    mine = {(at, component): amount for at, component, amount in work.amounts}
    theirs = {(each["segment"], each["component"]): each["amount"] for each in stored["lines"]}
    yield from differ(f"lines.csv, {name}, how many", len(work.amounts), len(stored["lines"]))
    for at, component in mine | theirs:
        place = f"lines.csv, {name}, part {at}, {component}"
        yield from differ(place, mine.get((at, component), "no line"), theirs.get((at, component), "no line"))


# What followed: steps, decisions, disputes, adjustments, payments

Place = tuple[str, int, str]  # person, segment, component


@dataclass
class Round:
    """What was true of a run, entry after entry of the ledger."""

    lines: dict[Place, int]
    beside: dict[Place, int] = field(default_factory=dict)
    paid: dict[Place, int] = field(default_factory=dict)
    exceptions: dict[str, Json] = field(default_factory=dict)
    chosen: dict[tuple[str, str], str] = field(default_factory=dict)  # by exception and person
    contested: dict[str, tuple[str, str]] = field(default_factory=dict)
    claims: dict[str, Json] = field(default_factory=dict)  # of clawback on this period, by their entry
    left: dict[str, int] = field(default_factory=dict)  # what of each was accepted and not set off yet
    looked: list[str] = field(default_factory=list)  # who calculated and decided
    released: list[str] = field(default_factory=list)
    steps: dict[str, Json] = field(default_factory=dict)

    def due(self) -> dict[Place, int]:
        """What a closing pays: the difference of every line that is not held."""
        kept = set(self.contested.values())
        for number, each in self.exceptions.items():
            for person in json.loads(each["people"]):
                if self.chosen.get((number, person), "hold" if each["held"] else "") == "hold":
                    kept.add((person, each["component"]))
        whole = self.lines | self.beside
        owed = {place: whole.get(place, 0) - self.paid.get(place, 0) for place in whole | self.paid}
        return {at: each for at, each in owed.items() if each and not {(at[0], ""), (at[0], at[2])} & kept}


def check_decisions(bundle: Bundle) -> Iterator[Difference]:
    """Every row against its ledger entry, every step against those before it, every closing against what was due."""
    run, rows = bundle.manifest["run"], dict[int, list[Json]]()
    if bundle.manifest["person"]:
        yield from differ("decisions.json", [], bundle.decisions)
        return
    for each in bundle.decisions:
        rows.setdefault(each["entry"], []).append(each["row"])
    lines = {
        (payout["person"], each["segment"], each["component"]): each["amount"]
        for payout in bundle.outcome["payouts"]
        for each in payout["lines"]
    }
    now = Round(lines)
    for entry in bundle.entries:
        payload, at = entry["payload"], entry["position"]
        mine = rows.pop(at, [])
        if str(payload.get("run")).rpartition(".")[0] != run.rpartition(".")[0]:
            yield from differ(f"decisions.json, entry {at}", [], mine)
            continue
        told = hashlib.sha256(b"\n".join(sorted(canonical(row).encode() for row in mine))).hexdigest()
        yield from differ(f"decisions.json, rows of entry {at}", payload.get("rows", told), told)
        if (payload["kind"], payload["run"]) == ("run", run):
            now.looked.append(payload["by"])
        for row in mine:
            yield from follow(now, run, at, row, mine)
    yield from differ("decisions.json, rows of entries that are not there", [], sorted(rows))


def follow(now: Round, run: str, at: int, row: Json, mine: Sequence[Json]) -> Iterator[Difference]:
    """One row: what is true after it, and what should not have been done before."""
    table, own = row["table"], row.get("run") == run
    if table == "adjustment" and row["kind"] != "late data":
        now.beside[row["person"], -1, f"adjustment {at}"] = int(row["amount"])
        now.looked += [row["by"]] if row["kind"] == "decided" else []
    elif table == "dispute":
        now.contested[str(at)] = (row["person"], row["component"])
    elif table == "dispute_decision":
        now.contested.pop(row["dispute"], None)
        now.released.append(row["by"])
    elif table == "clawback":
        now.claims[str(at)], now.left[str(at)] = row, 0
    elif table == "clawback_decision" and row["clawback"] in now.claims:
        claim = now.claims[row["clawback"]]
        now.left[row["clawback"]] = int(claim["amount"]) if row["outcome"] == "accepted" else 0
        if row["by"] == claim["by"]:
            yield Difference(f"decisions.json, entry {at}, by", "another person than proposed it", row["by"])
    elif table == "run_exception" and own:
        line = f"adjustment {at}" if row["kind"] == "beyond opportunity" else row["component"]
        now.exceptions[row["number"]] = row | {"component": line}
    elif table == "run_decision" and own:
        named = [
            each["person"]
            for each in mine
            if each["table"] == "run_decision_person" and each["number"] == row["number"]
        ]
        for person in named or json.loads(now.exceptions[row["number"]]["people"]):
            now.chosen[row["number"], person] = row["choice"]
        (now.released if "approved" in now.steps else now.looked).append(row["by"])
    elif table == "run_step":
        yield from step(now, at, row, mine) if own else ()
        for each in mine:
            if each["table"] == "paid_line":
                place = (each["person"], int(each["segment"]), each["component"])
                now.paid[place] = now.paid.get(place, 0) + int(each["amount"])


def set_off(now: Round, mine: Sequence[Json]) -> dict[Place, int]:
    """What a closing keeps for accepted claims of clawback: a line of its own for each, which is then due no more."""
    kept: dict[Place, int] = {}
    for each in mine:
        if each["table"] == "clawback_set_off":
            at, number, amount = (
                (each["person"], -1, f"adjustment {each['clawback']}"),
                each["clawback"],
                int(each["amount"]),
            )
            kept[at], now.beside[at] = -amount, now.beside.get(at, 0) - amount
            now.left |= {number: now.left[number] - amount} if number in now.left else {}
    return kept


def step(now: Round, at: int, row: Json, mine: Sequence[Json]) -> Iterator[Difference]:
    """A step of the run: another person's where it must be, of the same content, and a closing pays what is due."""
    name, place = row["step"], f"decisions.json, entry {at}, {row['step']}"
    if name == "sent back":
        now.steps = {}
        return
    before: Json = now.steps.get({"approved": "checked", "closed": "approved"}.get(name, ""), {})
    if name != "checked":
        yield from differ(f"{place}, after", True, bool(before))
    if name == "approved":
        others = {*now.looked, before.get("by")}
        yield from differ(f"{place}, by who was asked", before.get("asked"), row["by"])
    else:
        others = {before.get("by"), *now.released} if name == "closed" else set()
    if row["by"] in others:
        yield Difference(f"{place}, by", "another person", row["by"])
    if before and "closed" not in now.steps:
        yield from differ(f"{place}, content", before["content"], row["content"])
    if name == "closed":
        paid = [each for each in mine if each["table"] == "paid_line"]
        told = {(each["person"], int(each["segment"]), each["component"]): int(each["amount"]) for each in paid}
        owed, kept = now.due(), set_off(now, mine)
        yield from differ(f"{place}, paid", sorted({**owed, **kept}.items()), sorted(told.items()))
        short = sorted({at[0] for at in kept if sum(n for (who, *_), n in told.items() if who == at[0]) < 0})
        yield from differ(f"{place}, set off against more than is due", [], short)
        more = sorted(number for number, left in now.left.items() if left < 0)
        yield from differ(f"{place}, set off beyond what was accepted", [], more)
    now.steps[name] = row


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
    bundle = attempt("the files", lambda: read(files, manifest))
    if bundle is None:
        return found, ""
    parts = {
        "the files": lambda: found.extend(check_files(files, manifest)),
        "ledger.json": lambda: found.extend(check_chain(bundle.entries, manifest)),
        "the hashes": lambda: found.extend(check_hashes(bundle, parsed(files["plan.json"])["hash"])),
        "everybody's part": lambda: found.extend(check_parts(bundle)),
        "decisions.json": lambda: found.extend(check_decisions(bundle)),
        "figures.csv": lambda: found.extend(check_figures(bundle, rows_of(files["figures.csv"]))),
        "targets.csv": lambda: found.extend(check_targets(bundle)),
        "payouts.csv": lambda: found.extend(check_payouts(bundle)),
    }
    if head is not None:
        parts["the head"] = lambda: found.extend(check_head(bundle.entries, head, manifest["run"]))
    for place, part in parts.items():
        attempt(place, part)
    payouts = bundle.outcome["payouts"]
    numbers = (
        len(files),
        len(bundle.entries),
        len(bundle.run["figures"]),
        len(payouts),
        sum(len(each["lines"]) for each in payouts),
    )
    counts = "{} files, {} ledger entries, {} figures, {} payouts, {} lines".format(*numbers)
    return found, counts


def main(arguments: Sequence[str]) -> int:
    """Check a bundle and tell what was found; 0 when everything agrees."""
    if not arguments or len(arguments) not in (1, 3) or (len(arguments) == 3 and arguments[1] != "--head"):
        print("python checker.py BUNDLE [--head FILE]", file=sys.stderr)
        return 2
    files = files_of(Path(arguments[0]))
    head = Path(arguments[2]).read_text("utf-8") if len(arguments) == 3 else None
    found, counts = check(files, head)
    for each in found:
        print(f"{each.place}\n    expected: {each.expected}\n    actual:   {each.actual}")
    print(f"{len(found)} differences." if found else f"Everything agrees to the cent: {counts}.")
    if head is None:
        print(
            "No head was given (--head FILE): a cut tail, or a ledger written anew from start to end, cannot be seen."
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
