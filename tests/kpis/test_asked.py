"""Who was asked and who answered, beside every survey figure at every grain."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kpis.workflows import measure
from kpis.workspace import Snapshot
from tests.dashboard.line import done
from tests.kpis import surveyed
from tests.kpis.surveyed import DONE, LONE, MONDAY, answers


def quarter(snapshot: Snapshot) -> list:
    return [snapshot.workspace.settings.calendar.parse("2026-Q3")]


ASKED = """id: asked
version: 1
title: Asked
question: Who was asked?
direction: higher
dataset: invitations
when: due_at
period_of: opened
measure: {kind: share, value: sent_at is not null}
filter: eligible
credit: {person: person}
cuts: {channel: removed_why}
unit: percent
min_n_show: 1
"""
ANSWERED = (
    ASKED.replace("asked", "replied")
    .replace("sent_at is not null", "answered")
    .replace("filter: eligible", "filter: sent_at is not null")
)


def test_a_survey_figure_says_who_was_asked_who_answered_and_who_was_left_out_and_why(tmp_path: Path) -> None:
    moment = MONDAY + timedelta(days=1)
    kinds = [("sent", True)] * 3 + [("sent", False)] * 5 + [("", False)] * 2
    invitations = [
        {
            "invitation_id": f"i{at}", "customer": f"c{at}", "eligible": True, "due_at": moment, "answered": answered,
            "sent_at": moment if state else None, "removed_why": None if state else "case still sensitive",
        }
        for at, (state, answered) in enumerate(kinds)
    ]  # fmt: skip
    survey = DONE + "response: {asked: asked, answered: replied}\n"
    made = surveyed.company(
        tmp_path, list(answers(20, 1, lambda *_: True)), (survey, ASKED, ANSWERED), invitations=invitations
    )
    found = measure.response(made, made.workspace.kpi("done"), "company", quarter(made)[0])
    assert (found.eligible, found.asked, found.answered, found.not_asked) == (10, 8, 3, 2)
    assert found.rate.value == 3 / 8
    assert found.why == {"case still sensitive": 2}
    assert measure.response(made, made.workspace.kpi("asked"), "company", quarter(made)[0]) is None
    told = done("figures", "done", "--period", "quarter", "--workspace", tmp_path)
    counts = {"invited": 8, "answered": 3, "not_asked": 2, "rate": 3 / 8, "state": "ok", "reason": ""}
    assert [each["asked"] for each in done("figures", "done", "--workspace", tmp_path, "--json").json] == [counts]
    assert "37.5%" in told.out
    assert told.out.count("The interval covers chance, not who did not answer.") == 1
    assert "Invited counts by the day of sending, n by the day of the answer." in told.out
    assert "Not asked" not in done("figures", "asked", "--workspace", tmp_path).out


def invited(customers: int, answered: int, moment: datetime, segment: str, person: str) -> list[dict]:
    """So many customers of a segment, all asked for one person; the first of them answered."""
    return [
        {
            "invitation_id": f"{segment}{at}", "customer": f"{segment}{at}", "eligible": True, "due_at": moment,
            "sent_at": moment, "answered": at < answered, "person": person, "channel": segment,
        }
        for at in range(customers)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def surveys(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Two segments that answer to different degrees, in a quarter that is not ripe; one survey says nothing of who was asked."""
    moment = datetime(2026, 11, 18, 9, tzinfo=MONDAY.tzinfo)
    rows = [*answers(20, 1, lambda *_: True, moment, 1, segment="home", person="p1", department="north")]
    rows += answers(20, 1, lambda at, _: at % 2 > 0, moment, 1, segment="shop", person="p2", department="south")
    asked = [*invited(40, 20, moment, "home", "p1"), *invited(100, 20, moment, "shop", "p2")]
    customers = [{"customer": each["customer"], "segment": each["customer"].rstrip("0123456789")} for each in asked]
    cuts = "cuts: {segment: customers.segment, channel: "
    sent, replied = (each.replace("cuts: {channel: ", cuts) for each in (ASKED, ANSWERED))
    kpis = (DONE + "response: {asked: asked, answered: replied}\n", LONE, sent, replied + "matures_after: 14 days\n")
    folder = tmp_path_factory.mktemp("surveys")
    return surveyed.company(folder, rows, kpis, invitations=asked, customers=customers)


def test_a_response_rate_that_still_ripens_says_so_beside_the_survey_figure(surveys: Snapshot) -> None:
    told = done("figures", "done", "--workspace", surveys.workspace.root, "--json").json[-1]["asked"]
    assert (told["invited"], told["answered"], told["state"]) == (140, 40, "ripening")
    assert "Still ripening: counts from" in told["reason"]
    assert "28.6% (still ripening)" in " ".join(
        done("figures", "done", "--workspace", surveys.workspace.root).out.split()
    )


def test_every_grain_of_a_survey_figure_says_who_was_asked(surveys: Snapshot) -> None:
    kpi, window = surveys.workspace.kpi("done"), surveys.workspace.settings.calendar.parse("2026-Q4")
    people = measure.figures(surveys, kpi, ["person:p1", "person:p2"], [window])
    who = measure.asked(surveys, kpi, people, [window])
    found = {scope: each.invited for (scope, _window), each in who.items()} | {
        each["scope"]: each["asked"]["invited"]
        for by in ("segment", "channel")
        for each in done("figures", "done", "--by", by, "--workspace", surveys.workspace.root, "--json").json
        if each["asked"] != "not recorded"
    }
    assert found == {"segment:home": 40, "segment:shop": 100, "person:p1": 40, "person:p2": 100}


def test_comparisons_of_a_survey_figure_say_who_was_asked(surveys: Snapshot) -> None:
    where = "--workspace", surveys.workspace.root
    groups = done("compare", "done", "--groups", "segment", "--period", "2026-Q4", *where, "--json").json
    assert {each["name"]: each["asked"]["invited"] for each in groups} == {"home": 40, "shop": 100}
    periods = done("compare", "done", "--from", "2026-Q3", "--to", "2026-Q4", *where, "--json").json
    assert periods["asked"]["2026-Q4"]["invited"] == 140
    for told in (
        done("compare", "done", "--groups", "segment", "--period", "2026-Q4", *where).out,
        done("compare", "done", "--from", "2026-Q3", "--to", "2026-Q4", *where).out,
    ):
        assert "The interval covers chance, not who did not answer." in told


def test_a_survey_that_keeps_nobody_who_was_asked_says_that_instead_of_nothing(surveys: Snapshot) -> None:
    where = "--workspace", surveys.workspace.root
    for command in (("figures", "lone"), ("compare", "lone", "--groups", "segment", "--period", "2026-Q4")):
        assert "It is not recorded who was asked." in done(*command, *where).out
    assert {each["asked"] for each in done("figures", "lone", *where, "--json").json} == {"not recorded"}
    assert "who was asked" not in done("figures", "asked", *where).out


def test_a_definition_laid_beside_another_says_who_was_asked(surveys: Snapshot, tmp_path: Path) -> None:
    text = DONE.replace("version: 1", "version: 2").replace("boxes: [4, 5]", "boxes: [5]")
    (tmp_path / "done2.yaml").write_text(text + "response: {asked: asked, answered: replied}\n")
    where = "--workspace", surveys.workspace.root
    told = done("definition", "diff", "done", "--with", tmp_path / "done2.yaml", "--period", "quarter", *where)
    assert "still ripening" in " ".join(told.out.split())
    found = done(
        "definition", "diff", "done", "--with", tmp_path / "done2.yaml", "--period", "quarter", *where, "--json"
    )
    assert found.json["asked"]["2026-Q4"]["invited"] == 140
