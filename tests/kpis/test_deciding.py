"""Decisions on exceptions: an adjustment is about one person, and what goes beyond an opportunity needs a second one."""

from datetime import timedelta
from pathlib import Path

import pytest

from data_contracts.problems import Problems
from kpis.incentives import checker
from kpis.workflows import bundles, chain, kept, payruns
from kpis.workflows.looked import Looked
from kpis.workspace import Snapshot, open_snapshot
from tests.kpis.approved import AUDIT, HR, SECOND, approve, approved_company, closed, token
from tests.kpis.small import NOW
from tests.kpis.test_runs import late

Restated = tuple[Snapshot, str]


@pytest.fixture
def restated(tmp_path: Path) -> Restated:
    """A restatement whose differences are all held."""
    where = approved_company(tmp_path)
    first = closed(where)
    late(where)
    snapshot = open_snapshot(where)
    return snapshot, payruns.restate(snapshot, first.id, HR, NOW + timedelta(days=1))[0].id


def looked(restated: Restated) -> Looked:
    return payruns.looked(restated[0].workspace, restated[1])


def decide(
    restated: Restated, choice: str, people: tuple[str, ...] = (), amount: int = 0, by: str = HR, **more: int
) -> None:
    number = more.pop("number", 1)
    snapshot, run = restated
    payruns.decide(snapshot, run, number, choice, "Agreed.", by, NOW, token(), people, amount, bool(more))


def test_late_data_of_one_cause_is_one_exception_with_its_people_and_sum_decided_for_all_or_for_some(
    restated: Restated,
) -> None:
    at = looked(restated)
    [row] = at.exceptions
    assert row.told.startswith("fcr changed. Delivered since: service_cases, version")
    assert list(at.choices(row)) == [f"p_{person}" for person in range(6)]
    changes = {each.person: each for each in at.adjustments if each.kind == "late data"}
    assert at.amount(row) == sum(each.amount for each in changes.values())
    assert (
        "fcr@department:south@2026-Q3: 60.00 is now" in changes["p_3"].cause
    )  # everybody's own figures stay on record
    decide(restated, "pay", ("E3", "E4"))
    at = looked(restated)
    assert {place[0] for place in at.due} == {"p_3", "p_4"}
    assert at.choice(row) == "hold"
    decide(restated, "pay")
    assert looked(restated).waiting == {}


def test_an_adjustment_for_one_person_releases_nobody_else(restated: Restated) -> None:
    before = looked(restated).waiting
    decide(restated, "adjust", ("E0",), 500)
    at = looked(restated)
    assert at.waiting == {place: amount for place, amount in before.items() if place[0] != "p_0"}
    assert {place[0] for place in at.due} == {"p_0"}
    assert (at.choice(at.exceptions[0]), at.choices(at.exceptions[0])["p_0"]) == ("hold", "adjust")


def test_only_people_of_an_exception_are_decided_on_under_it(restated: Restated) -> None:
    decide(restated, "adjust", ("E0",), 9_999_999, beyond=1)  # an exception of its own, about E0 alone
    for choice in ("pay", "hold", "adjust"):
        with pytest.raises(Problems, match="a person it names"):
            decide(restated, choice, ("E1",), 500, number=2)


def test_what_goes_beyond_an_opportunity_is_said_twice_opened_and_released_by_another(restated: Restated) -> None:
    most = kept.opportunity(restated[0].workspace, restated[1])["p_0"]
    with pytest.raises(Problems, match="no more than the person's opportunity"):
        decide(restated, "adjust", ("E0",), 9_999_999_999)
    decide(restated, "adjust", ("E0",), most)
    with pytest.raises(Problems, match="no more than the person's opportunity"):
        decide(restated, "adjust", ("E0",), 1)  # in two bites
    decide(restated, "adjust", ("E0",), 1, beyond=1)
    at = looked(restated)
    assert [(each.kind, at.amount(each), at.choice(each)) for each in at.exceptions[1:]] == [
        ("beyond opportunity", 1, "hold")
    ]
    assert "p_0" in at.to_open
    with pytest.raises(Problems, match=r"hr@example\.org wrote the adjustment"):
        decide(restated, "pay", number=2)
    decide(restated, "pay", number=2, by=SECOND)
    assert looked(restated).due["p_0", -1, f"adjustment {at.adjustments[-1].entry}"] == 1


def test_the_stand_alone_checker_reads_decisions_about_people_as_the_program_does(restated: Restated) -> None:
    snapshot, run = restated
    decide(restated, "pay", ("E0", "E3"))
    decide(restated, "adjust", ("E4",), 9_999_999, beyond=1)
    payruns.check(snapshot, run, AUDIT, HR, NOW, token())
    approve(snapshot.workspace, run, AUDIT)
    payruns.close(snapshot, run, HR, NOW, token())
    decide(restated, "pay", number=2, by=SECOND)
    payruns.close(snapshot, run, HR, NOW, token())
    assert {place[0] for place in looked(restated).waiting} == {"p_1", "p_2", "p_5"}
    files = bundles.files(snapshot.workspace, run)
    assert checker.check(files, chain.head(snapshot.workspace).hash)[0] == []
