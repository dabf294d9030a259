"""A third opinion on a payout: docs/plan-normal-form.md in plain Decimal arithmetic (oracle_curves.py), on a run's evidence."""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

from tests.prove.oracle_curves import (
    DIGITS,
    HALF,
    NOTHING,
    Json,
    Refused,
    attained,
    d,
    down,
    pays,
    points,
    ramp,
    rounded,
    settled,
)  # fmt: skip

Paid = tuple[int, tuple[int, ...]] | None


@dataclass
class Claim:
    """What a person would get before a pool, exact, and what the lines and kickers weigh."""

    person: Json
    amount: Decimal
    opportunity: Decimal
    weights: list[Decimal]


def payouts(run: Json) -> list[Paid]:
    """Everyone's payout and lines in minor units, segment by segment in plan order; None where nothing can be paid."""
    with localcontext(prec=DIGITS):
        claims: list[Claim | None] = []
        for person in run["participants"]:
            try:
                claims.append(_claim(run, person))
            except Refused:
                claims.append(None)
        there = [claim for claim in claims if claim]
        shares = (
            _pool(run, there) if "pool" in run else [_whole(run["plan"]["rounding"], each.amount) for each in there]
        )
        paid = iter([_settled(run, claim, share) for claim, share in zip(there, shares, strict=True)])
        return [next(paid) if claim else None for claim in claims]


def _claim(run: Json, person: Json) -> Claim:
    plan = run["plan"]
    failed = [gate for gate in plan["gates"] if not _passed(run, gate, person)]
    parts = [_opportunity(run, person, segment) for segment in person["segments"]]
    whole = sum(parts, NOTHING)
    lines = [line for at in range(len(parts)) for line in _lines(run, person, at, parts)]
    values = [_value(run, failed, *line) for line in lines]
    for section in plan["sections"]:
        mine = [at for at, (component, *_) in enumerate(lines) if component.get("section") == section["id"]]
        base = sum((lines[at][1] * lines[at][2] for at in mine), NOTHING) / 100
        total = sum((values[at] for at in mine), NOTHING)
        most = min([total, *(cap * base for cap in _caps(failed, section.get("cap"), f"section:{section['id']}"))])
        for at in mine if total else ():
            values[at] *= most / total
    factor = Decimal(1)
    for modifier in plan["modifiers"]:
        factor *= _own_curve(run, modifier, person) / 100
    kicked = [_part(plan, each["adds"], whole) * _passed(run, each, person) for each in plan["kickers"]]
    weights = [value * factor for value in values] + kicked
    caps = _caps(failed, plan.get("cap"), "payout", "company", "person")
    amount = min([sum(weights, NOTHING), *(cap * whole for cap in caps)]) * d(plan["pool_factor"]) / 100
    return Claim(person, amount, whole, weights)


def _lines(
    run: Json, person: Json, at: int, parts: Sequence[Decimal]
) -> Iterator[tuple[Any, Decimal, Decimal, Decimal]]:
    """Component, weight, what it stands on and what its curve pays, of one segment; who has no figure makes others grow."""
    plan, readings = run["plan"], person["segments"][at]["readings"]
    found = []
    for component in plan["components"]:
        base, by_n = parts[at], component["segments_by"] == "n"
        counts = [_n(run, each["readings"].get(component["id"], {})) for each in person["segments"]] if by_n else []
        if sum(counts):
            base = sum(parts, NOTHING) * counts[at] / sum(counts)
        try:
            if by_n and not sum(counts):
                raise Refused
            got = NOTHING if by_n and not counts[at] else _earned(run, component, readings)
        except Refused:
            got = _instead(run, component, readings)
        found.append((component, d(component.get("weight", "0")), base, got))
    given = sum((weight for _, weight, _, got in found if got is not None), NOTHING)
    if any(got is None for *_, got in found) and not given:
        raise Refused
    for component, weight, base, got in found:
        grown = weight * sum(each[1] for each in found) / given if given else weight
        yield component, NOTHING if got is None else grown, base, NOTHING if got is None else got


def _instead(run: Json, component: Json, readings: Json) -> Decimal | None:
    """What a component without a result pays: the plan's fallback, or None for one that is out."""
    rule = component.get("missing", run["plan"]["missing"])
    fallback = component.get("fallback", run["plan"].get("fallback"))
    if rule == "renormalise":
        return None
    if rule == "no_payout" or not fallback:
        raise Refused
    return d(fallback["pays"]) if "pays" in fallback else _earned(run, component, readings, d(fallback["figure"]))


def _earned(run: Json, component: Json, readings: Json, fallback: Decimal | None = None) -> Decimal:
    curve, reading, score = component["curve"], readings.get(component["id"], {}), component.get("score", {})
    if "consistency" in score:
        return pays(curve, _consistency(run, component, readings))
    if fallback is not None:
        figures = [(1, _round(run, component, fallback))]
    elif curve["basis"] == "each_transaction" and "transactions" in reading:
        figures = [(1, _round(run, component, _ratio(run, each))) for each in reading["transactions"]]
    else:
        figures = [(1, _figure(run, component, reading))]
        if curve["basis"] == "year_to_date" and "before" in reading:
            figures.append((-1, _round(run, component, _ratio(run, reading["before"]))))
    across = NOTHING
    if curve["kind"] == "matrix":
        other = readings.get(component["second"]["id"], {})
        across = attained(run, curve["across"], other, _figure(run, component["second"], other))
    base = _round(run, component, _ratio(run, reading["baseline"])) if "baseline" in reading else None
    return sum(
        (
            sign * pays(curve, points(score, x, base) if score else attained(run, curve, reading, x), across)
            for sign, x in figures
        ),
        NOTHING,
    )


def _consistency(run: Json, component: Json, readings: Json) -> Decimal:
    rule, ways = component["score"]["consistency"], []
    for each in run["plan"]["components"]:
        if each["id"] in rule["of"]:
            part = each["score"]["achievement"]
            low = d(part.get("floor", "0"))
            ways.append((_figure(run, each, readings.get(each["id"], {})) - low) / (d(part["threshold"]) - low))
    found = d(rule["all_at_threshold"]) if settled(min(ways)) >= 1 else ramp(rule, min(ways))
    return min(found, d(component["score"]["at_most"])) if "at_most" in component["score"] else found


def _value(run: Json, failed: Sequence[Json], component: Json, weight: Decimal, base: Decimal, got: Decimal) -> Decimal:
    name = component["id"]
    shut = [NOTHING for gate in failed if gate["otherwise"].get("only") and name not in gate["otherwise"]["only"]]
    got = min([got, *shut, *(cap * 100 for cap in _caps(failed, None, f"component:{name}"))])
    if any(tier["rate"].endswith("%") for tier in component["curve"]["tiers"]):
        return got * 10 ** run["plan"]["minor_units"]
    return got * weight / 100 * base / 100


def _caps(failed: Sequence[Json], cap: str | None, *places: str) -> Iterator[Decimal]:
    """The limits that hold on places: their failed gates' and their own."""
    for gate in failed:
        if gate["on"] in places and not gate["otherwise"].get("only"):
            yield d(gate["otherwise"]["cap"]) / 100
    if cap is not None:
        yield d(cap) / 100


def _passed(run: Json, gate: Json, person: Json) -> bool:
    figure = _figure(run, gate, person["readings"].get(gate["id"], {}))
    ((side, text),) = gate["passes"].items()
    limit = d(text)
    return {"at_least": figure >= limit, "at_most": figure <= limit, "above": figure > limit}.get(side, figure < limit)


def _own_curve(run: Json, source: Json, person: Json) -> Decimal:
    reading = person["readings"].get(source["id"], {})
    return pays(source["curve"], attained(run, source["curve"], reading, _figure(run, source, reading)))


def _opportunity(run: Json, person: Json, segment: Json) -> Decimal:
    rule, places = run["plan"]["opportunity"], run["plan"]["proration"].get("decimals")
    rule = rule["by_person"].get(person["person"]) or rule["by_level"].get(segment["level"]) or rule
    days = Decimal(segment["days"]) / run["period"]["year_days"]
    days = (days if places is None else rounded(days, places)) * d(segment["share"])
    if "percent_of_salary" in rule:
        hours = Decimal(1) if segment["amount_is"] == "actual" else d(segment["fte"])
        return d(segment["annual"]) * d(rule["percent_of_salary"]) / 100 * hours * days
    if "amount" in rule:
        return d(rule["amount"]) * 10 ** run["plan"]["minor_units"] * d(segment["fte"]) * days
    raise Refused


def _part(plan: Json, rule: Json, whole: Decimal) -> Decimal:
    return d(rule["percent"]) * whole / 100 if "percent" in rule else d(rule["amount"]) * 10 ** plan["minor_units"]


def _ratio(run: Json, name: str) -> Decimal:
    return Decimal(run["figures"][name]["numerator"]) / Decimal(run["figures"][name]["denominator"])


def _n(run: Json, reading: Json) -> Decimal:
    return d(run["figures"][reading["own"]].get("n", "0")) if "own" in reading else NOTHING


def _round(run: Json, source: Json, x: Decimal) -> Decimal:
    if "nearest" in source:
        return d(source["nearest"]) * rounded(x / d(source["nearest"]), 0)
    return rounded(x, source.get("decimals", run["plan"]["decimals"]))


def _figure(run: Json, source: Json, reading: Json) -> Decimal:
    """Own, the team's, or a mixture of both by the number of answers; rounded."""
    rule = source.get("paid_figure") or run["plan"]["paid_figure"]
    if "own" in reading:
        own, n = _ratio(run, reading["own"]), run["figures"][reading["own"]].get("n")
        if rule == "own" or n is None or "min_n" not in source or d(n) >= source["min_n"]:
            return _round(run, source, own)
    if "team" not in reading or rule == "own":
        raise Refused
    team = _ratio(run, reading["team"])
    if rule == "credibility" and "own" in reading:
        k = d(run["plan"]["credibility_k"])
        team = (d(n) * own + k * team) / (d(n) + k)
    return _round(run, source, team)


def _whole(rule: str, amount: Decimal) -> int:
    if rule == "half_even":
        return int(settled(amount, 40).to_integral_value(ROUND_HALF_EVEN))
    return down(amount) if rule == "down" else down(abs(amount) + HALF) * (-1 if amount < 0 else 1)


def _pool(run: Json, claims: Sequence[Claim]) -> list[int]:
    rule, opportunity = run["plan"]["pool"], sum((each.opportunity for each in claims), NOTHING)
    if "figure" in rule:
        rule = {**rule, "percent": str(_own_curve(run, rule["figure"], claims[0].person))}
    funds, wanted = down(_part(run["plan"], rule, opportunity)), sum((each.amount for each in claims), NOTHING)
    total = funds if rule["scaling"] == "to_pool" else min(funds, _whole("half_away", wanted))
    key = bytes.fromhex(run["pool"]["key"])
    ties = [hmac.new(key, each.person["person"].encode(), hashlib.sha256).digest() for each in claims]
    return _shared(total if wanted else 0, [each.amount for each in claims], ties)


def _settled(run: Json, claim: Claim, share: int) -> Paid:
    plan, person, pay = run["plan"], claim.person, share
    if "year_to_date" in plan:
        pay = max(0, share - int(person.get("paid_before", 0)) - int(person.get("carried", 0)))
    payout, draw = pay, plan.get("draw")
    if draw:
        ahead = _whole("half_away", _part(plan, draw, claim.opportunity))
        if pay < ahead:
            payout = ahead
        elif draw["recoverable"]:
            payout = pay - min(int(person.get("draw_balance", 0)), pay - ahead)
    lines = _shared(min(pay, payout), claim.weights, list(range(len(claim.weights))))
    return payout, (*lines, *([max(0, payout - pay)] if draw else []))


def _shared(whole: int, values: Sequence[Decimal], ties: Sequence[Any]) -> list[int]:
    total = sum(values, NOTHING)
    if not total:
        return [0] * len(values)
    exact = [settled(whole * value / total, 40) for value in values]
    parts = [down(each) for each in exact]
    order = sorted(range(len(parts)), key=lambda at: (parts[at] - exact[at], ties[at]))
    for at in order[: whole - sum(parts)]:
        parts[at] += 1
    return parts
