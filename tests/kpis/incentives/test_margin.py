"""What one more point would have paid is what the rules pay on the changed figure."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.definitions import KpiDefinition, parse
from kpis.incentives.curves import NoResultError
from kpis.incentives.margin import Margin, Scale, margins, payer, scale_of
from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Run, Segment
from kpis.incentives.plan import from_normal_form
from kpis.incentives.pool import key, settle
from kpis.incentives.reckon import reckon
from tests.kpis.incentives.plans import FRAME, people, plans
from tests.kpis.small import FCR

TARGET = (Fraction(60), Fraction(70), Fraction(80))
YEAR = Frame("2026", 365, 365)
LINEAR = {"points": [["0", "50"], ["100", "100"], ["200", "150"]]}


def only(figure: str, curve: object = LINEAR, target: object = TARGET, **more: object) -> Margin:
    """The margin of one component that pays on a figure, of 10,000 euro."""
    form = {"id": "p", "opportunity": {"amount": "10000"}, "decimals": 1, **more}
    plan = from_normal_form(form | {"components": [{"id": "c", "weight": "100", "curve": curve}]})
    exact = Fraction(figure)
    own = Ratio(exact.numerator, exact.denominator, of="fcr@company@2026")
    read = Reading(own=own, target=target)  # type: ignore[arg-type]
    person = Participant("p_1", (Segment(0, 365, readings={"c": read}),), {"g": Reading(own=Ratio(10))})
    run = settle(Run(plan, YEAR, (person,)), key(plan, "2026"))
    scales = {"fcr": Scale(Fraction(1), True, Fraction(0), Fraction(100))}
    found = margins(person, reckon(plan, run.participants[0], run.frame), payer(run), scales)
    assert len(found) == 1
    return found[0]


def test_a_point_between_threshold_and_target_pays_its_part_of_the_curve() -> None:
    found = only("65")
    assert (found.figure, found.better, found.amount, found.reason) == (65, 66, 50_000, "")


def test_the_order_of_a_target_says_which_way_is_better() -> None:
    found = only("75", target=(Fraction(80), Fraction(70), Fraction(60)))
    assert (found.better, found.amount) == (74, 50_000)


CAPPED = LINEAR | {"above_last": "flat"}


@pytest.mark.parametrize(
    ("figure", "more", "told"),
    [
        ("90", {"curve": CAPPED}, "Nothing: the curve pays no more from here."),
        ("50", {"curve": {"points": [["0", "0"], ["100", "100"]], "below_first": "0"}}, "Nothing: the curve begins at 60."),
        ("75", {"cap": "100"}, "Nothing: Cap of the plan is reached."),
        ("65", {"gates": [{"id": "g", "on": "component:c", "passes": {"at_least": "60"}, "otherwise": {"cap": "0"}}]},
         "Nothing: the gate g holds it back."),
        ("65", {"pool": {"amount": "10", "scaling": "to_pool"}}, "Nothing: the pool is shared out."),
        ("65", {"curve": {"kind": "stepped", "points": [["0", "50"], ["100", "100"]]}}, "Nothing: the curve is flat here."),
    ],
)  # fmt: skip
def test_where_a_point_pays_nothing_the_reason_is_told(figure: str, more: dict[str, object], told: str) -> None:
    found = only(figure, **more)
    assert (found.amount, found.told()) == (0, told)


def test_a_figure_at_the_end_of_its_scale_cannot_be_a_point_better() -> None:
    assert only("99.5").told() == "Nothing: the figure is at the end of its scale."


def test_a_figure_that_several_lines_read_is_told_once_and_moves_them_all() -> None:
    form = {"id": "p", "opportunity": {"amount": "10000"}, "decimals": 1}
    parts = [{"id": name, "weight": "50", "curve": LINEAR} for name in ("a", "b")]
    plan = from_normal_form(form | {"components": parts})
    read = Reading(own=Ratio(65, of="fcr@company@2026"), target=TARGET)
    person = Participant("p_1", (Segment(0, 365, readings={"a": read, "b": read}),))
    found = margins(person, reckon(plan, person, YEAR), payer(Run(plan, YEAR, (person,))), {})
    assert [(each.amount, each.lines) for each in found] == [(50_000, ((0, "a"), (0, "b")))]


def test_a_point_is_a_tenth_of_a_score_and_one_of_everything_else() -> None:
    percent = parse(FCR, "fcr.yaml")
    assert scale_of(percent) == Scale(Fraction(1), True, Fraction(0), Fraction(100))
    mean = {"kind": "mean", "value": "contacts", "low": 1, "high": 5}
    score = KpiDefinition.model_validate(percent.model_dump(mode="json") | {"unit": "score", "measure": mean})
    assert scale_of(score) == Scale(Fraction(1, 10), True, Fraction(1), Fraction(5))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_margin_equals_the_rules_on_the_changed_reading(data: st.DataObject) -> None:
    plan = data.draw(plans())
    found = [each for each in data.draw(people(plan)) if _paid(plan, each)]
    try:
        run = settle(Run(plan, FRAME, tuple(found)), key(plan, "2026-Q3"))
    except NoResultError:
        return
    for person in run.participants:
        work = reckon(plan, person, run.frame)
        for each in margins(person, work, payer(run), {}):
            if each.amount is not None:
                assert work.payout + each.amount == _by_hand(run, person, each)
            assert bool(each.told()) == (not each.amount)


def _paid(plan: object, person: Participant) -> bool:
    try:
        reckon(plan, person, FRAME)  # type: ignore[arg-type]
    except NoResultError:
        return False
    return True


def _by_hand(run: Run, person: Participant, margin: Margin) -> int:
    """The payout of a person whose one figure is written a point better, everybody settled anew."""
    [(at, component)] = margin.lines
    segment = person.segments[at]
    reading = segment.readings[component]
    assert reading.own is not None
    assert reading.target is not None
    step = 1 if reading.target[2] > reading.target[0] else -1
    better = reading.own.value + step
    own = replace(reading.own, numerator=better.numerator, denominator=better.denominator)
    readings = {**segment.readings, component: replace(reading, own=own)}
    parts = [replace(each, readings=readings) if i == at else each for i, each in enumerate(person.segments)]
    mine = replace(person, segments=tuple(parts), share=None)
    everyone = tuple(mine if each.person == person.person else replace(each, share=None) for each in run.participants)
    again = settle(Run(run.plan, replace(run.frame, pool=None), everyone), run.frame.pool.key if run.frame.pool else "")
    whose = next(each for each in again.participants if each.person == person.person)
    return reckon(run.plan, whose, again.frame).payout
