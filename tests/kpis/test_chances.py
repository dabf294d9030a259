"""Chance ranges from a company's own facts: whose answers a figure counts, and who counts in a department."""

from datetime import date

import pytest

from kpis.workflows import chances, pay
from kpis.workflows.known import known_of
from kpis.workspace import Snapshot, open_snapshot
from tests.kpis.small import HIRED, company, fill, in_force

Q3 = "2026-Q3"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The small company, and one who moved from north to south in the middle of August."""
    where = company(tmp_path_factory.mktemp("chances"))
    in_force(where, "service")
    since, moved = date(2026, 1, 1), date(2026, 8, 16)
    fill(where, "people", [{"person": "p_9"}], "d2")
    spans = [("north", since, moved), ("south", date(2026, 8, 17), None)]
    fill(
        where,
        "assignments",
        [
            {"person": "p_9", "department": place, "share": 1_000_000, "valid_from": first, "valid_to": last}
            for place, first, last in spans
        ],
        "d2",
    )
    base = {"person": "p_9", "amount": 4_000_000, "currency": "EUR", "amount_is": "full_time", "valid_from": since}
    fill(where, "pay_basis", [base], "d2")
    fill(where, "employment", [{"person": "p_9", **HIRED}], "d2")
    return open_snapshot(where)


def test_the_answers_a_figure_counts_are_known_by_department(snapshot: Snapshot) -> None:
    window = snapshot.workspace.settings.calendar.parse(Q3)
    kpi, scopes = snapshot.workspace.kpi("fcr"), ["company", "department:all", "department:north", "joint:north+south"]
    found = known_of(snapshot, kpi, scopes, window)
    parts = {name: dict(each.inside.parts) for name, each in found.items() if each.inside}
    both = {"north": 100.0, "south": 100.0}
    assert parts["fcr@company"] == parts["fcr@department:all"] == parts["fcr@joint:north+south"] == both
    assert parts["fcr@department:north"] == {"north": 100.0}


def test_who_moved_counts_in_both_departments_with_the_days_they_were_there(snapshot: Snapshot) -> None:
    run = pay.prepare(snapshot, "service", Q3).run
    mover = next(each for each in run.participants if each.person == "p_9")
    assert [part.days for part in mover.segments] == [47, 45]
    for place, days in (("north", 47), ("south", 45)):
        (part,) = chances._part(mover, {place}).segments
        assert (part.department, part.days) == (place, days)
    ranges = {
        place: next(each.range for each in chances.at_stake(snapshot, place, Q3)) for place in ("north", "south", "all")
    }
    assert all(ranges.values())
    north, south, everyone = (each for each in ranges.values() if each)
    assert everyone.low >= north.low + south.low  # together they vary less than both at their worst
    assert everyone.high <= north.high + south.high


def test_what_was_paid_before_is_cut_as_the_days_are(snapshot: Snapshot) -> None:
    run = pay.prepare(snapshot, "service", Q3).run
    mover = next(each for each in run.participants if each.person == "p_9")
    whole = mover.__class__(mover.person, mover.segments, mover.readings, paid_before=9_200)
    assert chances._part(whole, {"north"}).paid_before == 4_700
    assert chances._part(whole, {"north", "south"}) == whole
