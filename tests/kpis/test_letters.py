"""Target letters: what they say, when they were in time, and who was never told."""

import json
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy.exc import IntegrityError

from data_contracts.problems import Problems
from kpis import letters as rules
from kpis.calendar import Calendar
from kpis.incentives.paid import Frame, Participant, Reading, Segment
from kpis.incentives.plan import parse
from kpis.records.aims import Letter
from kpis.records.session import session
from kpis.workflows import aim, letters
from kpis.workflows.aim import Change
from kpis.workflows.plans import import_plan
from kpis.workflows.writing import documents
from kpis.workspace import Workspace, open_snapshot
from tests.dashboard.company import PLANS
from tests.kpis.small import NOW, PLANNER

TRICKY = """
id: tricky
opportunity: {amount: 1000}
components:
  - {id: a, weight: 60, target: {threshold: 60, target: 70, stretch: 80}, curve: {points: [[0, 50], [100, 100], [200, 150]], cap: 120}}
  - {id: b, weight: 40, curve: {axis: figure, kind: stepped, points: [[1, 0], [2, 100], [3, 200]]}}
gates: [{id: g, title: Closed stays closed, passes: {at_most: 5}}]
kickers: [{id: k, title: Extra, passes: {at_least: 1}, adds: {percent: 10}}]
"""
Q4 = "2026-Q4"
IN_TIME, TOO_LATE = datetime(2026, 10, 20, 9, tzinfo=UTC), datetime(2026, 11, 2, 9, tzinfo=UTC)


def send(where: Workspace, now: datetime = IN_TIME, people: tuple[str, ...] = (), token: str = "") -> letters.Sent:
    return letters.send(open_snapshot(where), Q4, PLANNER, now, people, token)


def test_a_letter_is_in_time_until_a_quarter_of_the_period_is_over() -> None:
    period = Calendar().parse(Q4)
    assert rules.due(period) == date(2026, 10, 24)
    assert [rules.late(period, date(2026, 10, day)) for day in (1, 24, 25)] == [False, False, True]


def test_a_letter_says_what_three_results_would_pay_with_the_persons_own_opportunity(where: Workspace) -> None:
    # 2,000 a year, 92 of 365 days, one component of 100%: 504.11 at target, nothing at threshold, half as much again at stretch
    plan = documents(open_snapshot(where), Q4, IN_TIME, ["p_33"])["p_33"]["terms"]["plans"][0]
    assert plan["pays"] == {"threshold": "0", "target": "50411", "stretch": "75616"}
    assert plan["opportunity"] == "50411"
    one = plan["aims"][0]
    assert (one["target"], one["scope"], one["values"]) == ("told_field", "department:field", ["60", "70", "80"])
    assert one["versions"] == [[1, "2026-10-01", aim.digest(aim.newest(where)["told_field"])]]
    assert ["70", "100"] in one["curve"]


def test_a_component_without_a_target_is_said_to_be_without_one(where: Workspace) -> None:
    plan = documents(open_snapshot(where), Q4, IN_TIME, ["p_43"])["p_43"]["terms"]["plans"][0]
    without = next(each for each in plan["aims"] if each["component"] == "margin")
    assert (without["target"], without["versions"]) == ("", [])


def test_everybody_in_a_plan_is_told_once_and_the_same_is_not_told_again(where: Workspace) -> None:
    assert letters.never_told(where, Q4) == {f"p_{at}" for at in range(46)}
    assert len(send(where).first) == 46
    assert letters.never_told(where, Q4) == set()
    again = send(where, TOO_LATE)
    assert (again.first, again.again, len(again.same)) == ((), (), 46)


def test_a_letter_is_kept_under_the_hash_of_what_it_says(where: Workspace) -> None:
    send(where, people=("p_33",))
    held = letters.one(where, "p_33", Q4)
    assert sha256(held.document.encode()).hexdigest() == held.digest
    assert json.loads(held.document)["on"] == "2026-10-20"
    assert "Name 33" not in held.document


def test_late_letters_are_flagged_and_a_later_edition_is_not(where: Workspace) -> None:
    send(where, people=("p_33",))
    send(where, TOO_LATE, people=("p_34",))
    aim.save(
        open_snapshot(where), [aim.newest(where)["told_field"].model_copy(update={"target": 68})], Change(PLANNER), NOW
    )
    told = {each.person: each for each in letters.status(open_snapshot(where), Q4)}
    assert (told["p_33"].late, told["p_34"].late) == (False, True)
    assert told["p_33"].outdated
    send(where, NOW + timedelta(hours=1), people=("p_33",))
    told = {each.person: each for each in letters.status(open_snapshot(where), Q4)}
    assert (told["p_33"].late, told["p_33"].outdated, told["p_33"].letter.edition) == (False, False, 2)
    assert told["p_35"].state == "never told"
    values = json.loads(told["p_33"].letter.document)["terms"]["plans"][0]["aims"][0]
    assert [number for number, _since, _hash in values["versions"]] == [1, 2]


def test_opening_and_acknowledging_count_the_first_time_and_acknowledging_opens(where: Workspace) -> None:
    send(where, people=("p_33", "p_34"))
    held = letters.one(where, "p_33", Q4)
    letters.opened(where, held, IN_TIME)
    letters.opened(where, held, TOO_LATE)
    assert letters.one(where, "p_33", Q4).opened_at.replace(tzinfo=UTC) == IN_TIME
    letters.acknowledged(open_snapshot(where), letters.one(where, "p_34", Q4), "p_34", TOO_LATE)
    told = {each.person: each.state for each in letters.status(open_snapshot(where), Q4)}
    assert (told["p_33"], told["p_34"]) == ("opened", "acknowledged")


def test_who_acknowledged_is_kept_and_for_a_holder_hr_names_the_document_that_says_so(where: Workspace) -> None:
    send(where, people=("p_33", "p_34"))
    snapshot, held = open_snapshot(where), letters.one(where, "p_33", Q4)
    for by, proof, why in (
        ("Santa", "signed copy", "an employee number"),
        ("E40", "signed copy", "one of the roles hr"),
        (PLANNER, " ", "the document that says so"),
    ):
        with pytest.raises(Problems, match=why):
            letters.acknowledged(snapshot, held, by, IN_TIME, proof)
    assert letters.one(where, "p_33", Q4).acknowledged_at is None
    letters.acknowledged(snapshot, held, PLANNER, IN_TIME, "signed copy of 3 October")
    letters.acknowledged(snapshot, letters.one(where, "p_34", Q4), "E34", IN_TIME)
    letters.acknowledged(snapshot, held, "E33", TOO_LATE)
    kept = {name: letters.one(where, name, Q4) for name in ("p_33", "p_34")}
    assert (kept["p_33"].acknowledged_by, kept["p_33"].proof) == (PLANNER, "signed copy of 3 October"), (
        "the first counts"
    )
    assert (kept["p_34"].acknowledged_by, kept["p_34"].proof) == ("p_34", "")


def test_the_database_refuses_an_acknowledged_letter_that_nobody_opened(where: Workspace) -> None:
    held = {
        "person": "p_1",
        "period": Q4,
        "edition": 1,
        "digest": "0" * 64,
        "document": "{}",
        "token": "t",
        "sent_by": PLANNER,
    }
    with pytest.raises(IntegrityError), session(where.engine) as records:
        records.add(Letter(**held, sent_at=NOW, acknowledged_at=NOW))


def test_a_double_click_sends_once_and_a_stranger_gets_none(where: Workspace) -> None:
    assert len(send(where, people=("p_33",), token="abc").first) == 1
    assert send(where, token="abc") == letters.Sent((), (), ())
    with pytest.raises(Problems, match="a holder in 2026-Q4"):
        send(where, people=("p_99",))
    with pytest.raises(Problems, match="none for 2026-Q4"):
        letters.one(where, "p_1", Q4)


def test_three_results_are_reckoned_by_the_plan_itself_without_gates_modifiers_and_kickers() -> None:
    plan = parse(TRICKY)
    held = Participant("p", (Segment(0, 365, readings={"a": Reading(target=plan.components[0].target.values)}),))
    found = rules.results(plan, held, Frame("2026", 365, 365))
    assert found.opportunity == 100_000
    # 60% × 50, 100 and (capped) 120; 40% × 0, 100 and 200
    assert found.amounts == (30_000, 100_000, 152_000)
    assert found.left_out == ("Closed stays closed (at most 5)", "Extra (at least 1)")


def test_a_curve_is_told_with_both_sides_of_its_jumps() -> None:
    plan = parse(TRICKY)
    steps = {float(x): float(y) for x, y in rules.line(plan.components[1], None)}
    assert (steps[2.0], min(steps), max(steps)) == (100.0, 0.5, 3.5)
    below = [y for x, y in steps.items() if 1.99 < x < 2]
    assert below == [0.0]
    capped = dict(rules.line(plan.components[0], plan.components[0].target.values))
    assert max(capped.values()) == 120


def test_what_has_no_figures_of_its_own_has_no_curve_and_no_amount() -> None:
    plan = parse(
        TRICKY.replace(
            "axis: figure, kind: stepped, points: [[1, 0], [2, 100], [3, 200]]", "points: [[0, 0], [100, 100]]"
        )
    )
    held = Participant("p", (Segment(0, 365, readings={"a": Reading(target=plan.components[0].target.values)}),))
    found = rules.results(plan, held, Frame("2026", 365, 365))
    assert (found.amounts, found.reason != "") == ((None, None, None), True)
    assert rules.line(plan.components[1], None) == ()


def test_a_draft_changes_no_letter_and_a_period_that_no_active_plan_pays_has_none(where: Workspace) -> None:
    """Once a harm: a draft that paid half was told to everybody as if it were in force."""
    send(where)
    import_plan(open_snapshot(where), PLANS[0].replace("{amount: 4000}", "{amount: 2000}") + "version: 2\n", NOW)
    assert not any(each.outdated for each in letters.status(open_snapshot(where), Q4))
    assert send(where).again == ()
    with pytest.raises(Problems) as refused:
        letters.send(open_snapshot(where), "2026", PLANNER, NOW)
    assert refused.value.problems[0].expected == "an active plan that pays it"
