"""Payout scenarios, recomputed from their own evidence, and what a statement tells."""

import copy
from fractions import Fraction
from typing import Any

import pytest

from kpis.incentives import evidence as ev
from kpis.incentives.check import check
from kpis.incentives.curves import NoResultError
from kpis.incentives.evaluate import evaluate
from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Segment
from kpis.incentives.plan import from_normal_form, normal_form, parse, to_yaml
from kpis.incentives.reckon import reckon
from kpis.incentives.statement import digest, statement

SERVICE = """
id: service-2026
title: Service 2026
frequency: quarter
opportunity: {percent_of_salary: 15}
decimals: 1
components:
  - id: fcr
    title: First-contact, joint
    weight: 53
    target: {threshold: 70, target: 74, stretch: 78}
    curve: {points: [[0, 50], [100, 100], [200, 150]]}
  - {id: effort, title: "Effort, my cases", weight: 30, curve: {axis: figure, points: [[5.0, 50], [7.5, 321.4285]]}}
  - id: told
    title: Status told, my cases
    weight: 17
    curve: {axis: figure, kind: stepped, points: [[70, 100], [79, 149]]}
gates:
  - {id: cost, title: Cost gate, passes: {at_most: 15}}
modifiers:
  - {id: audit, title: Quality modifier, curve: {axis: figure, points: [[0, 100], [92, 110]]}}
cap: 200
"""


def test_lottes_quarter_is_told_step_by_step() -> None:
    plan = parse(SERVICE)
    figures = {"fcr": "67.1", "effort": "5.7", "told": "79"}
    readings = {name: Reading(own=_ratio(value)) for name, value in figures.items()}
    readings["fcr"] = Reading(own=_ratio("67.1"), target=plan.components[0].target.values)
    lotte = Participant(
        "p_lotte",
        (Segment(annual=4_000_000, days=92, fte=Fraction(32, 40), readings=readings),),
        {"cost": Reading(own=_ratio("14.10")), "audit": Reading(own=_ratio("92"))},
    )
    frame = Frame("2026-Q4", 92, 365)
    work = reckon(plan, lotte, frame)
    steps = statement(plan, lotte, frame, work)
    assert [step.kind for step in steps] == [
        "at_target", "hours", "opportunity", "component", "component", "component", "sum", "gate", "modifier",
        "payout_cap", "payout",
    ]  # fmt: skip
    assert steps[3].told() == "67.1 is short of 70: pays 0%, × weight 53%"
    assert steps[7].told() == "14.1 at most 15: passed"
    assert sum(line.amount for line in work.lines) == work.payout
    assert digest(steps) == digest(statement(plan, lotte, frame, reckon(plan, lotte, frame)))


def test_a_run_is_recomputed_from_its_evidence_alone_and_a_change_is_found() -> None:
    run = _run()
    works = [reckon(run.plan, each, run.frame) for each in run.participants]
    content, stored = ev.evidence(run), ev.outcome(run, works)
    assert ev.recompute(content) == tuple(works)
    assert ev.differences(content, stored) == []
    content["figures"]["f1"]["numerator"] = str(int(content["figures"]["f1"]["numerator"]) + 1)
    assert ev.differences(content, stored)


PAID_ON = {"numerator", "denominator", "annual", "days", "fte", "share", "person", "payout", "amount", "steps", "total"}


def test_every_change_of_what_is_paid_on_or_paid_is_found_and_every_other_by_its_hash() -> None:
    run = _run()
    works = [reckon(run.plan, each, run.frame) for each in run.participants]
    whole = {"evidence": ev.evidence(run), "outcome": ev.outcome(run, works)}
    for path in _paths(whole):
        changed = copy.deepcopy(whole)
        _bump(changed, path)
        assert ev.digest(changed) != ev.digest(whole)
        if path[-1] in PAID_ON and path[1] not in ("plan", "period"):
            assert ev.differences(changed["evidence"], changed["outcome"]), path


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [leaf for name, inner in value.items() for leaf in _paths(inner, (*path, name))]
    if isinstance(value, list):
        return [leaf for at, inner in enumerate(value) for leaf in _paths(inner, (*path, at))]
    return [path]


def _bump(document: Any, path: tuple[str | int, ...]) -> None:
    *way, last = path
    for part in way:
        document = document[part]
    old = document[last]
    document[last] = old + 1 if isinstance(old, int) else "7" if old != "7" else "8"


def _run() -> ev.Run:
    plan = parse(SERVICE)
    people = []
    for at in range(3):
        readings = {
            "fcr": Reading(
                Ratio(73 * 7 + at, 7, Fraction(90)), target=plan.components[0].target.values, target_id="q4"
            ),
            "effort": Reading(own=Ratio(61, 11)),
            "told": Reading(own=Ratio(75 + at)),
        }
        gates = {"cost": Reading(own=Ratio(1410, 100)), "audit": Reading(own=Ratio(92))}
        people.append(Participant(f"p_{at}", (Segment(4_000_000 + at, 92, readings=readings),), gates))
    return ev.Run(plan, Frame("2026-Q4", 92, 365), tuple(people))


def _ratio(text: str) -> Ratio:
    value = Fraction(text)
    return Ratio(value.numerator, value.denominator)


def test_a_plan_comes_back_from_its_yaml_and_its_normal_form_unchanged() -> None:
    plan = parse(SERVICE)
    assert check(plan) == []
    assert from_normal_form(normal_form(plan)) == plan
    assert parse(to_yaml(plan)) == plan
    assert to_yaml(parse(to_yaml(plan))) == to_yaml(plan)
    assert parse(SERVICE.replace("weight: 53", 'weight: "53.0"')).digest() == plan.digest()
    assert parse(SERVICE.replace("weight: 53", "weight: 54")).digest() != plan.digest()


def test_a_missing_figure_is_no_zero() -> None:
    plan = parse(SERVICE)
    with pytest.raises(NoResultError, match="no figure"):
        reckon(plan, Participant("p_1", (Segment(1, 1),)), Frame("2026-Q4", 92, 365))
    found = evaluate(plan, [{"salary": 40000, "fcr": 74, "effort": 6, "told": 80, "cost": 14}])
    assert found.works == ()
    assert "Quality modifier" in str(found.problems[0])
