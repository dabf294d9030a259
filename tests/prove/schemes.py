"""Random plans and people, by the thousand: every word of the plan language, figures on every edge."""

from fractions import Fraction
from random import Random
from typing import Any

from kpis.exact import shown
from kpis.incentives.check import check
from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Segment
from kpis.incentives.plan import Component, Plan, Source, from_normal_form
from kpis.targets import figure_at

AIMS = [
    tuple(map(Fraction, each)) for each in ((70, 74, 78), (60, 75, 80), (90, 50, 10), (12, "7.7", 3), (-20, 15, 40))
]
WEIGHTS = (["100"], ["53", "30", "17"], ["60", "40"], ["33.3", "33.3", "33.4"], ["20"] * 5, ["0", "100"], ["100/3"] * 3)
PERCENTS = ("0", "25", "40", "50", "62.5", "80", "100", "110", "120.25", "150", "200", "100/3")
OUTSIDE = ("0", "0", "flat", "continue", "30", "refuse")
MONEY: tuple[dict[str, Any], ...] = (
    {"kind": "marginal", "tiers": [[0, 50, "1%"], [50, 80, "2.5%"], [80, None, "40%"]]},
    {"kind": "whole_band", "tiers": [[0, 60, "3%"], [60, 75, "200%"]], "above_last": "continue"},
)
BANDS: tuple[dict[str, Any], ...] = (
    {"kind": "marginal", "tiers": [[0, 100, "0.5"], [100, 150, "1"], [150, 200, "1/3"]]},
    {"kind": "whole_band", "tiers": [[-50, 0, "20"], [0, 100, "70"], [100, None, "110"]]},
)
SCALE = {"points": [[40, 0], [70, "10/3"], [90, 100]]}
AXES: tuple[dict[str, Any], ...] = (
    {}, {}, {}, {"axis": "figure"}, {"axis": "change", "base": "60"}, {"decimals": 1},
    {"axis": "percent_of_target", "form": "figure_over_target"}, {"axis": "percent_of_target", "form": "twice_less_ratio"},
    {"axis": "percent_of_target", "form": "target_over_figure", "decimals": 2},
    {"axis": "scored", "scale": SCALE | {"decimals": 1, "rounding": "down"}}, {"axis": "scored", "scale": SCALE},
)  # fmt: skip
RAMP = {"slope": "9", "addend": "0.5", "within": ["1", "10"], "decimals": 0}
ACHIEVED = RAMP | {
    "threshold": "60",
    "benchmark": "80",
    "floor": "20",
    "below_threshold": "0",
    "at_or_above_benchmark": "10",
}
IMPROVED = RAMP | {
    "slope": "10",
    "addend": "-0.5",
    "within": ["0", "9"],
    "benchmark": "80",
    "at_or_above_benchmark": "9",
}
SCORES: tuple[dict[str, Any], ...] = (
    {"achievement": ACHIEVED, "improvement": IMPROVED}, {"achievement": ACHIEVED, "at_most": "8.5"},
    {"improvement": IMPROVED, "lower_is_better": True}, {"achievement": ACHIEVED | {"decimals": 1}},
    {"achievement": ACHIEVED | {"threshold": "80", "benchmark": "50", "floor": "100"}, "lower_is_better": True},
)  # fmt: skip
STEADY = RAMP | {"slope": "20", "addend": "-0.5", "within": ["0", "20"], "all_at_threshold": "20"}
MATRIX = {
    "kind": "matrix", "rows": [0, {"at": 100, "belongs_to": "below"}, 150], "columns": [50, 70, {"at": 90, "belongs_to": "above"}],
    "cells": [[0, 40, 60], ["100/3", 100, 120], [80, 110, 200]],
}  # fmt: skip
FRAMES = (Frame("2026-Q3", 92, 365), Frame("2028-02", 29, 366), Frame("2026", 365, 365))


def plan(draw: Random) -> Plan:
    """The next random plan that `plan check` accepts; every other one fits the columns of the engine."""
    rich = draw.random() < 0.5
    while True:
        made = from_normal_form(_form(draw, rich))
        if not check(made):
            return made


def _form(draw: Random, rich: bool) -> dict[str, Any]:
    parts = [_component(draw, f"c{at}", weight, rich) for at, weight in enumerate(draw.choice(WEIGHTS))]
    if draw.random() < 0.25:
        basis = draw.choice(["period_total", "each_transaction", "year_to_date"]) if rich else "period_total"
        parts.append({"id": "sales", "curve": {"axis": "figure", "basis": basis, **draw.choice(MONEY)}})
    sections = draw.choice([[], [], [{"id": "s", "cap": "95"}], [{"id": "s", "cap": "80"}, {"id": "t"}]])
    for part in parts if sections else ():
        if draw.random() < 0.5:
            part["section"] = draw.choice(sections)["id"]
    form: dict[str, Any] = {"id": "random", "components": parts, "sections": sections, "credibility_k": "120"}
    form["opportunity"] = draw.choice(
        [{"percent_of_salary": "15"}, {"percent_of_salary": "12.5"}, {"amount": "9999.99"}]
    )
    form["gates"] = [_gate(draw, at, parts, sections, rich) for at in range(draw.choice([0, 0, 1, 2, 3]))]
    form["modifiers"] = [
        {"id": f"m{at}", "curve": {"axis": "figure", "points": [["0", "90"], ["92", "110"]]}}
        for at in range(draw.choice([0, 0, 1, 2]))
    ]
    form |= {"decimals": draw.randrange(4), "pool_factor": draw.choice(["100", "100", "87.5", "100/3"])}
    form |= {"minor_units": draw.choice([2, 2, 2, 0, 3]), "paid_figure": draw.choice(["own", "team", "credibility"])}
    form |= {"cap": draw.choice(["100", "140", "133.3"])} if draw.random() < 0.5 else {}
    return form | {"proration": draw.choice([{}, {"decimals": 3}])} | (_rarer(draw) if rich else {})


def _rarer(draw: Random) -> dict[str, Any]:
    """What fewer plans have."""
    form: dict[str, Any] = {"missing": draw.choice(["no_payout", "no_payout", "renormalise", "fallback"])}
    form |= {"fallback": draw.choice([{"figure": "65"}, {"pays": "80"}])} if form["missing"] == "fallback" else {}
    form |= {"rounding": draw.choice(["half_away", "half_away", "half_even", "down"])}
    if draw.random() < 0.3:
        adds = [{"percent": "5"}, {"amount": "250"}, {"percent": "10/3"}]
        form["kickers"] = [{"id": "k", "passes": {"at_least": "73.5"}, "adds": draw.choice(adds)}]
    if draw.random() < 0.2:
        figure = {"id": "fund", "curve": {"axis": "figure", "points": [["0", "50"], ["92", "100/3"]]}}
        pool = draw.choice([{"percent": "60"}, {"amount": "40000"}, {"figure": figure}])
        form["pool"] = pool | {"scaling": draw.choice(["down", "to_pool"])}
    elif draw.random() < 0.2:
        form["year_to_date"] = {"year_end": "carry"}
    if draw.random() < 0.2:
        form["draw"] = draw.choice(
            [{"percent": "40"}, {"amount": "300", "recoverable": True}, {"percent": "20", "recoverable": True}]
        )
    return form


def _component(draw: Random, name: str, weight: str, rich: bool) -> dict[str, Any]:
    made = {"id": name, "weight": weight, "curve": _curve(draw)}
    if rich and draw.random() < 0.1:
        axis = draw.choice([{"axis": "figure"}, {"axis": "position"}])
        ends = {
            "below_first": draw.choice(["0", "flat", "30", "refuse"]),
            "above_last": draw.choice(["flat", "refuse"]),
        }
        made["curve"] = MATRIX | ends | {"between": draw.choice(["stepped", "linear"]), "across": axis}
        made["second"] = {"id": f"{name}_by"}
    if rich:
        made |= draw.choice([{}, {}, {}, {"segments_by": "n"}, {"nearest": "2.5"}, {"missing": "renormalise"}])
    return made | draw.choice([{}, {}, {"min_n": 100}, {"decimals": 0}, {"min_n": 60, "paid_figure": "credibility"}])


def _scored(draw: Random, parts: list[dict[str, Any]]) -> None:
    """The first three components scored: two by achievement, the third by the consistency of both."""
    curve = {"axis": "scored", "points": [["0", "0"], ["10", "100"], ["20", "150"]], "above_last": "continue"}
    for part in parts[:2]:
        part |= {"curve": curve, "score": draw.choice(SCORES)}
        part.pop("second", None)
    ids = [part["id"] for part in parts[:2]]
    parts[2] = {
        "id": "c2",
        "weight": parts[2]["weight"],
        "curve": curve,
        "score": {"consistency": STEADY | {"of": ids}},
    }


def _curve(draw: Random) -> dict[str, Any]:
    made: dict[str, Any] = {"below_first": draw.choice(OUTSIDE), "above_last": draw.choice(OUTSIDE)}
    if draw.random() < 0.2:
        made |= draw.choice(BANDS)
    else:
        places = sorted(draw.sample(range(-50, 250), draw.randrange(2, 5)))
        made["points"] = [{"at": str(at), "pays": draw.choice(PERCENTS)} for at in places]
        made["kind"] = draw.choice(["linear", "stepped"])
        if made["kind"] == "stepped":  # elsewhere the last step would pay at one single place
            made["above_last"] = draw.choice(["flat", "continue"])
        if draw.random() < 0.3:
            made["points"].insert(1, {"at": str(places[0]), "pays": draw.choice(PERCENTS)})
        if draw.random() < 0.3:
            made["points"][-1]["belongs_to"] = draw.choice(["below", "above"])
    made |= {"cap": draw.choice(["90", "125", "180.5"])} if draw.random() < 0.5 else {}
    made |= {"floor": "10"} if draw.random() < 0.1 else {}
    return made | draw.choice(AXES)


def _gate(
    draw: Random, at: int, parts: list[dict[str, Any]], sections: list[dict[str, Any]], rich: bool
) -> dict[str, Any]:
    places = [
        "payout",
        *(["company", "person"] if rich else []),
        *(f"component:{part['id']}" for part in parts if "weight" in part),
    ]
    gate = {"id": f"g{at}", "on": draw.choice([*places, *(f"section:{section['id']}" for section in sections)])}
    gate["passes"] = {draw.choice(["at_least", "at_most", "above", "below"]): draw.choice(["60", "73.5"])}
    only = gate["on"] == "payout" and draw.random() < 0.4
    return gate | {"otherwise": {"only": [parts[0]["id"]]} if only else {"cap": draw.choice(["0", "0", "50", "66.6"])}}


def person(draw: Random, of: Plan, frame: Frame, at: int) -> Participant:
    """One random person in a plan."""
    segments = tuple(_segment(draw, of, frame) for _ in range(draw.choice([1, 1, 1, 2, 3])))
    own = [each for each in of.person_sources if each.id != "fund"]
    whole = {each.id: Reading(own=_ratio(draw, _measured(draw)), target=AIMS[0]) for each in own}
    if of.pool and of.pool.figure:
        whole["fund"] = Reading(own=Ratio(2 * len(of.components), 1))
    before = draw.choice([0, 0, draw.randrange(100_000)])
    return Participant(f"p_{at}", segments, whole, before, draw.choice([0, 0, 1234]), draw.choice([0, 5000, 40_000]))


def _segment(draw: Random, of: Plan, frame: Frame) -> Segment:
    annual = draw.choice([draw.randrange(30_000_000), 100_000 * draw.randrange(1, 60)])
    return Segment(
        annual=annual,
        days=draw.choice([frame.days, frame.days, draw.randrange(frame.days + 1)]),
        fte=Fraction(draw.randrange(1, 80), draw.choice([40, 38, 72])),
        share=Fraction(draw.choice(["1", "1", "0.5", "0.333333"])),
        amount_is=draw.choice(["full_time", "actual"]),
        readings={each.id: _reading(draw, each) for each in of.segment_sources},
        level=draw.choice(["", "senior"]),
    )


def _reading(draw: Random, source: Source) -> Reading:
    """A figure around its target: on a round position, or beside it; sometimes few answers, or none of one's own."""
    basis = source.curve.basis if isinstance(source, Component) else "period_total"
    target = draw.choice(AIMS)

    def figure() -> Ratio:
        value = figure_at(target, Fraction(draw.randrange(-60, 260)))
        return _ratio(draw, value + draw.choice([0, Fraction(draw.randrange(-3000, 3000), draw.randrange(1, 400))]))

    several = tuple(figure() for _ in range(draw.randrange(1, 4))) if basis == "each_transaction" else ()
    own = None if draw.random() < 0.03 and basis != "year_to_date" else figure()
    before = Ratio(own.numerator, own.denominator * draw.randrange(1, 5)) if own and basis == "year_to_date" else None
    team, baseline = (None if draw.random() < 0.2 else figure() for _ in range(2))
    return Reading(own, team, before, several, target, baseline=baseline)


def _measured(draw: Random) -> Fraction:
    edge = Fraction(draw.choice(["60", "73.5", "92", "0"]))
    return draw.choice([edge, Fraction(draw.randrange(11_000), draw.randrange(100, 300))])


def _ratio(draw: Random, value: Fraction) -> Ratio:
    times = draw.randrange(1, 10)
    n = draw.choice([None, Fraction(draw.randrange(1, 300)), Fraction(draw.randrange(1, 900), 3)])
    n = None if n is None or "/" in shown(n) else n
    return Ratio(value.numerator * times, value.denominator * times, n)
