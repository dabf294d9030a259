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
    return from_normal_form(form)


@st.composite
def gates(draw: Any, parts: list[dict[str, Any]], sections: list[dict[str, Any]]) -> dict[str, Any]:
    """A gate somewhere in the plan."""
    places = ["payout", *(f"component:{part['id']}" for part in parts if "weight" in part)]
    places += [f"section:{section['id']}" for section in sections]
    gate: dict[str, Any] = {"id": f"g{draw(st.integers(0, 9))}", "on": draw(st.sampled_from(places))}
    gate["passes"] = {
        draw(st.sampled_from(["at_least", "at_most", "above", "below"])): draw(st.sampled_from(["60", "73.5"]))
    }
    gate["otherwise"] = {"cap": draw(st.sampled_from(["0", "0", "50", "66.6"]))}
    if gate["on"] == "payout" and draw(st.booleans()):
        gate["otherwise"] = {"only": [parts[0]["id"]]}
    return gate


@st.composite
def readings(draw: Any) -> Reading:
    """A figure around its target, as a ratio of whole numbers, on a round position or beside it."""
    target = draw(aims)
    value = figure_at(target, Fraction(draw(st.integers(-60, 260))))
    if draw(st.booleans()):
        value += Fraction(draw(st.integers(-3000, 3000)), draw(st.integers(1, 400)))
    times = draw(st.integers(1, 9))
    return Reading(own=Ratio(value.numerator * times, value.denominator * times), target=target)


@st.composite
def measured(draw: Any) -> Reading:
    """What a gate or modifier reads: on its limit, or anywhere."""
    value = Fraction(draw(st.sampled_from(["60", "73.5", "92", "0"])))
    if draw(st.booleans()):
        value = Fraction(draw(st.integers(0, 11_000)), draw(st.integers(100, 300)))
    return Reading(own=Ratio(value.numerator, value.denominator), target=draw(aims))


@st.composite
def people(draw: Any, plan: Plan) -> tuple[Participant, ...]:
    """Some people in the plan, most with one segment."""
    return tuple(
        Participant(
            f"p_{at}",
            tuple(draw(segments(plan)) for _ in range(draw(st.sampled_from([1, 1, 2, 3])))),
            draw(read(plan, "whole")),
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
    )


@st.composite
def read(draw: Any, plan: Plan, which: str) -> dict[str, Reading]:
    """Figures for the components, or for gates and modifiers."""
    if which == "components":
        return {source.id: draw(readings()) for source in plan.components}
    return {source.id: draw(measured()) for source in (*plan.gates, *plan.modifiers)}
