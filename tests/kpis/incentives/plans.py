"""Random plans and people for property tests: every part of the plan language, in plans that `check` accepts."""

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Segment
from kpis.incentives.plan import Plan, from_normal_form
from kpis.targets import figure_at

FRAME = Frame("2026-Q3", 92, 365)
percents = st.sampled_from(["0", "25", "40", "50", "62.5", "80", "100", "110", "120.25", "150", "200", "100/3"])
AIMS = ((70, 74, 78), (60, 75, 80), (90, 50, 10), (-20, 15, 40), (12, "7.7", 3))
aims = st.sampled_from([tuple(Fraction(each) for each in aim) for aim in AIMS])


@st.composite
def curves(draw: Any, rising: bool = False) -> dict[str, Any]:
    """A curve on any axis; `rising` keeps it monotone, on the axis position."""
    kind = draw(st.sampled_from(["linear", "stepped"]))
    xs = sorted(draw(st.lists(st.integers(-50, 250), min_size=2, max_size=4, unique=True)))
    ys = [draw(percents) for _ in xs]
    made: dict[str, Any] = {"kind": kind, "below_first": draw(st.sampled_from(["0", "flat", "continue"]))}
    made["above_last"] = draw(st.sampled_from(["flat", "continue", "130"]))
    if rising:
        ys = sorted(ys, key=Fraction)
        made |= {"below_first": "0", "above_last": "flat"}
    made["points"] = [{"at": str(x), "pays": y} for x, y in zip(xs, ys, strict=True)]
    if not rising and draw(st.booleans()):
        made["points"][-1]["belongs_to"] = draw(st.sampled_from(["below", "above"]))
    if draw(st.booleans()):
        made["cap"] = draw(st.sampled_from(["90", "125", "180.5"]))
    if not rising:
        made |= draw(axes)
    return made


axes = st.sampled_from(
    [
        {},
        {},
        {"axis": "figure"},
        {"axis": "change", "base": "60"},
        {"axis": "percent_of_target", "form": "figure_over_target"},
        {"axis": "percent_of_target", "form": "twice_less_ratio"},
        {"decimals": 1},
        {"axis": "scored", "scale": {"points": [[40, 0], [70, "10/3"], [90, 100]], "decimals": 1, "rounding": "down"}},
    ]
)
MONEY = [
    {"axis": "figure", "kind": "marginal", "tiers": [[0, 50, "1%"], [50, 80, "2.5%"], [80, None, "40%"]]},
    {"axis": "figure", "kind": "whole_band", "tiers": [[10, 60, "3%"], [60, 75, "200%"]], "above_last": "continue"},
]
weights = st.sampled_from(
    [["100"], ["53", "30", "17"], ["60", "40"], ["33.3", "33.3", "33.4"], ["20"] * 5, ["0", "100"]]
)


@st.composite
def plans(draw: Any, rising: bool = False) -> Plan:
    """A plan with any of its parts."""
    parts = [
        {"id": f"c{at}", "weight": weight, "curve": draw(curves(rising))} for at, weight in enumerate(draw(weights))
    ]
    if not rising and draw(st.integers(0, 4)) == 0:
        parts.append({"id": "sales", "curve": draw(st.sampled_from(MONEY))})
    sections = draw(st.sampled_from([[], [], [{"id": "s", "cap": "95"}], [{"id": "s", "cap": "80"}, {"id": "t"}]]))
    for part in parts:
        if sections and draw(st.booleans()):
            part["section"] = draw(st.sampled_from(sections))["id"]
    form: dict[str, Any] = {"id": "random", "components": parts, "sections": sections}
    form["opportunity"] = draw(
        st.sampled_from([{"percent_of_salary": "15"}, {"percent_of_salary": "12.5"}, {"amount": "9999.99"}])
    )
    form["gates"] = (
        [] if rising else draw(st.lists(gates(parts, sections), max_size=3, unique_by=lambda gate: gate["id"]))
    )
    if draw(st.booleans()):
        form["modifiers"] = [{"id": "m", "curve": {"axis": "figure", "points": [["0", "90"], ["92", "110"]]}}]
    form |= {"decimals": draw(st.integers(0, 3)), "pool_factor": draw(st.sampled_from(["100", "100", "87.5"]))}
    if draw(st.booleans()):
        form["cap"] = draw(st.sampled_from(["100", "140", "133.3"]))
    if draw(st.booleans()):
        form["proration"] = {"decimals": 3}
    if not rising:
        draw(extras(form))
    return from_normal_form(form)


@st.composite
def extras(draw: Any, form: dict[str, Any]) -> None:
    """Terms by level and person, kickers, missing figures, roundings, true-ups, draws and pools, each now and then."""
    rarely = st.integers(0, 3).map(lambda one: one == 0)
    if draw(rarely):
        form["opportunity"] |= {"by_level": {"head": {"percent_of_salary": "20"}, "lead": {"amount": "1234.56"}}}
        form["opportunity"] |= {"by_person": {"p_1": {"amount": "7/3"}}}
    if draw(rarely):
        adds = draw(st.sampled_from([{"percent": "5"}, {"percent": "10/3"}, {"amount": "250.5"}]))
        passes = {"at_least": draw(st.sampled_from(["60", "73.5"]))}
        form["kickers"] = [{"id": f"k{at}", "passes": passes, "adds": adds} for at in range(draw(st.integers(1, 2)))]
    form["missing"] = draw(st.sampled_from(["no_payout", "no_payout", "renormalise", "fallback"]))
    if form["missing"] == "fallback":
        form["fallback"] = draw(st.sampled_from([{"pays": "62.5"}, {"figure": "74.05"}]))
    for part in form["components"]:
        if "weight" not in part and form["missing"] == "renormalise":
            part["missing"] = "no_payout"
        elif draw(rarely):
            part |= {"missing": "fallback", "fallback": {"pays": "55.5"}}
    form["rounding"] = draw(st.sampled_from(["half_away", "half_away", "half_even", "down"]))
    if draw(rarely):
        form |= {"frequency": "quarter", "year_to_date": {"year_end": draw(st.sampled_from(["forgive", "carry"]))}}
    if draw(rarely):
        form["draw"] = draw(st.sampled_from([{"percent": "40"}, {"amount": "300"}]))
        form["draw"] |= {"recoverable": "year_to_date" not in form and draw(st.booleans())}
    if draw(rarely):
        form["pool"] = draw(st.sampled_from([{"percent": "80"}, {"amount": "1000.01"}, POOL]))
        form["pool"] |= {"scaling": draw(st.sampled_from(["down", "to_pool"]))}
    if draw(rarely):
        draw(rare(form["components"][0]))


@st.composite
def rare(draw: Any, part: dict[str, Any]) -> None:
    """What is reckoned row by row: a score, a matrix, segments shared by answers, figures to the nearest step."""
    kind = draw(st.sampled_from(["score", "matrix", "n", "nearest"]))
    if kind == "score":
        part |= {"score": SCORE, "curve": {"axis": "scored", "points": [["0", "0"], ["10", "100"]]}}
    elif kind == "matrix":
        part |= {"missing": "fallback", "fallback": {"pays": "55.5"}}
        part |= {"second": {"id": "other"}, "curve": MATRIX | {"between": draw(st.sampled_from(["stepped", "linear"]))}}
    elif kind == "n":
        part["segments_by"] = "n"
    else:
        part["nearest"] = "0.25"


POOL = {"figure": {"id": "ebit", "curve": {"axis": "figure", "points": [["0", "50"], ["100", "120"]]}}}
RAMP = {"benchmark": "82", "at_or_above_benchmark": "10", "slope": "9", "addend": "0.5", "within": ["1", "9"]}
SCORE = {
    "achievement": RAMP | {"threshold": "70", "floor": "40"},
    "improvement": RAMP | {"slope": "10", "addend": "-0.5", "within": ["0", "9"], "at_or_above_benchmark": "9"},
}
MATRIX = {
    "kind": "matrix",
    "rows": ["0", {"at": "100", "belongs_to": "below"}, "200"],
    "across": {"axis": "figure"},
    "columns": ["50", "75"],
    "cells": [["0", "50"], ["80", "100"], ["100/3", "150"]],
}


@st.composite
def gates(draw: Any, parts: list[dict[str, Any]], sections: list[dict[str, Any]]) -> dict[str, Any]:
    """A gate somewhere in the plan."""
    places = ["payout", "company", "person", *(f"component:{part['id']}" for part in parts if "weight" in part)]
    places += [f"section:{section['id']}" for section in sections]
    gate: dict[str, Any] = {"id": f"g{draw(st.integers(0, 9))}", "on": draw(st.sampled_from(places))}
    gate["passes"] = {
        draw(st.sampled_from(["at_least", "at_most", "above", "below"])): draw(st.sampled_from(["60", "73.5"]))
    }
    gate["otherwise"] = {"cap": draw(st.sampled_from(["0", "0", "50", "66.6"]))}
    if gate["on"] in ("payout", "company", "person") and draw(st.booleans()):
        gate["otherwise"] = {"only": [parts[0]["id"]]}
    return gate


@st.composite
def readings(draw: Any) -> Reading:
    """A figure around its target, as a ratio of whole numbers, on a round position or beside it; rarely none."""
    target = draw(aims)
    value = figure_at(target, Fraction(draw(st.integers(-60, 260))))
    if draw(st.booleans()):
        value += Fraction(draw(st.integers(-3000, 3000)), draw(st.integers(1, 400)))
    times = draw(st.integers(1, 9))
    own = Ratio(value.numerator * times, value.denominator * times, Fraction(draw(st.integers(0, 50))))
    baseline = draw(st.sampled_from([None, Ratio(60), Ratio(153, 2), Ratio(90)]))
    return Reading(own=own if draw(st.integers(0, 15)) else None, target=target, baseline=baseline)


@st.composite
def measured(draw: Any) -> Reading:
    """What a gate or modifier reads: on its limit, or anywhere."""
    value = Fraction(draw(st.sampled_from(["60", "73.5", "92", "0"])))
    if draw(st.booleans()):
        value = Fraction(draw(st.integers(0, 11_000)), draw(st.integers(100, 300)))
    return Reading(own=Ratio(value.numerator, value.denominator), target=draw(aims))


@st.composite
def people(draw: Any, plan: Plan) -> tuple[Participant, ...]:
    """Some people in the plan, most with one segment; what funds a pool is one figure for all of them."""
    funds = {"ebit": draw(measured())}
    return tuple(
        Participant(
            f"p_{at}",
            tuple(draw(segments(plan)) for _ in range(draw(st.sampled_from([1, 1, 2, 3])))),
            draw(read(plan, "whole")) | funds,
            *(draw(st.sampled_from([0, 0, 12_345])) for _ in range(3)),
        )
        for at in range(draw(st.integers(1, 4)))
    )


@st.composite
def segments(draw: Any, plan: Plan) -> Segment:
    """A segment with pay, hours, days and figures."""
    return Segment(
        annual=draw(st.one_of(st.integers(0, 30_000_000), st.integers(1, 60).map(lambda part: 100_000 * part))),
        days=draw(st.sampled_from([92, 92, 73, 73, 91, 46, 1, 0])),
        fte=Fraction(draw(st.integers(1, 80)), draw(st.sampled_from([40, 38, 72]))),
        share=Fraction(draw(st.sampled_from(["1", "0.5", "0.333333"]))),
        amount_is=draw(st.sampled_from(["full_time", "actual"])),
        readings=draw(read(plan, "components")),
        level=draw(st.sampled_from(["", "head", "lead"])),
    )


@st.composite
def read(draw: Any, plan: Plan, which: str) -> dict[str, Reading]:
    """Figures for the components, or for gates and modifiers."""
    if which == "components":
        return {source.id: draw(readings()) for source in plan.segment_sources}
    return {source.id: draw(measured()) for source in (*plan.gates, *plan.modifiers, *plan.kickers)}
