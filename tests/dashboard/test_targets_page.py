"""Setting targets and their letters on pages: what each may do and see, and that a write is looked at again."""

import io
import re
import shutil
import zipfile
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pypdf
import pytest

from dashboard import access, data
from dashboard.access import Viewer
from data_contracts.problems import Problems
from kpis.targets import Target
from kpis.workflows import agreements, aim, letters
from kpis.workflows.aim import Change, Consent
from kpis.workspace import Workspace, open_snapshot, open_workspace
from tests.dashboard.company import company
from tests.dashboard.pages import opened, sent
from tests.kpis.small import NOW, PLANNER

HR, LEADER = (Viewer(None, role, frozenset({role})) for role in ("hr", "leader"))
HEAD = Viewer("p_32", "Name 32", frozenset({"head", "employee"}), frozenset({"field"}), frozenset({"field"}))
EMPLOYEE = Viewer("p_33", "Name 33", frozenset({"employee"}), frozenset(), frozenset({"field"}))
Q4 = "2026-Q4"
AGREED = dict.fromkeys(("parties", "scope", "kpis", "purposes", "retention"), "all") | {"viewers": "self"}
VALUES = (Fraction(60), Fraction(70), Fraction(80))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    agreements.record(company(folder), date(2026, 1, 1), **AGREED)
    return folder


@pytest.fixture
def where(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    folder = tmp_path / "company"
    shutil.copytree(made, folder)
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(folder))
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", "")
    return open_workspace(folder, NOW)


def told(at: object) -> str:
    return "\n".join(each.value for each in at.markdown).replace("\\", "")  # type: ignore[attr-defined]


# Setting targets


def test_a_spread_target_closes_says_so_and_is_saved_as_new_versions(
    where: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = opened("targets", "hr", kpi="fcr", period=Q4, parent="fcr_all")
    assert "**It closes.**" in told(at)
    at.text_input(key="targets_reason").set_value("Planning round")
    at.button(key="targets_save").click().run()
    assert "you look as a role" in sent(at)
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", PLANNER)
    at = opened("targets", "hr", kpi="fcr", period=Q4, parent="fcr_all")
    at.text_input(key="targets_reason").set_value("Planning round")
    at.button(key="targets_save").click().run()
    assert not at.exception
    held = aim.newest(where)
    below = {each.scope: each for each in held.values() if each.parent == "fcr_all"}
    assert set(below) == {"department:service", "department:it", "department:field"}
    rest = held["fcr_all"].rest
    assert rest is not None
    assert sum(each.share for each in below.values()) + rest.share == 1
    kept = aim.changes(where)[below["department:it"].id, 1]
    assert (kept.made_by, kept.reason) == (PLANNER, "Planning round")


def test_the_page_says_what_chance_would_do_with_n_and_the_method(where: Workspace) -> None:
    at = opened("targets", "leader", kpi="fcr", period=Q4, parent="fcr_all")
    assert re.search(r"whole weeks drawn from the last 52", told(at))
    assert ", worth" in told(at)
    assert "carries" in " ".join(each.value for each in at.subheader)


def test_who_is_spread_over_by_hand_begins_where_they_are(where: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", PLANNER)
    opened("targets", "hr", kpi="fcr", period=Q4, parent="fcr_all").button(key="targets_save").click().run()
    again = opened("targets", "hr", kpi="fcr", period=Q4, parent="fcr_all")
    assert "**It closes.**" in told(again)
    before = {name: len(held) for name, held in aim.versions(where).items()}
    again.button(key="targets_save").click().run()
    assert {name: len(held) for name, held in aim.versions(where).items()} == before


def test_a_head_spreads_what_is_theirs_and_nothing_else(where: Workspace) -> None:
    page = opened("targets", "E32", kpi="told", period=Q4, parent="told_field")
    assert "Set targets" in [each.value for each in page.title]
    assert not page.exception
    assert list(data.parents(HEAD, "told", Q4)) == ["told_field"]
    assert list(data.parents(HEAD, "fcr", Q4)) == []
    for refused in ("fcr_all", "fcr_joint"):
        with pytest.raises(Problems, match="other departments"):
            data.starting(HEAD, refused, ["department:it"], "volume")
    with pytest.raises(Problems, match="not below"):
        data.starting(HEAD, "told_field", ["person:p_21"], "volume")


def test_an_employee_may_not_set_targets_by_address_or_by_call(where: Workspace) -> None:
    assert "You may not see this page" in told(opened("targets", "E33"))
    with pytest.raises(Problems):
        data.parents(EMPLOYEE, "fcr", Q4)


def test_figures_of_single_people_stay_off_the_page_and_out_of_what_is_sent(where: Workspace) -> None:
    found, _made = data.starting(HEAD, "told_field", ["person:p_33", "person:p_34"], "volume")
    assert "person:p_33" not in found.history
    assert [each.now for each in found.parts] == [None, None]
    assert [each.share for each in found.parts] == [Fraction(1, 2), Fraction(1, 2)]


def test_a_joint_target_is_one_child_of_its_departments(where: Workspace) -> None:
    service, it, field = (f"department:{name}" for name in ("service", "it", "field"))
    scopes = data.joined(HR, "fcr_all", [it, service, field], [service, it])
    assert scopes == ["department:field", "joint:it+service"]
    found, made_ = data.starting(HR, "fcr_all", scopes, "volume")
    written = {each.name: (each.share, made_.values[each.name]) for each in found.parts}
    with pytest.raises(Problems, match="one target"):  # the company has a joint target of its own for it already
        data.save_cascade(HR, found, written, Change(PLANNER))
    assert data.step(HR, found, written).closes


def test_a_child_that_is_left_out_leaves_the_cascade_and_keeps_its_target(where: Workspace) -> None:
    found, made_ = data.starting(HR, "fcr_all", ["department:it", "department:field"], "volume")
    written = {each.name: (each.share, made_.values[each.name]) for each in found.parts}
    data.save_cascade(HR, found, written, Change(PLANNER))
    assert set(data.spread_over(HR, "fcr_all")) == {"department:it", "department:field"}
    found, made_ = data.starting(HR, "fcr_all", data.joined(HR, "fcr_all", ["department:field"], []), "volume")
    written = {each.name: (each.share, made_.values[each.name]) for each in found.parts}
    assert "Taken out when you save" in data.taken_out(data.step(HR, found, written))
    number = agreements.record(where, NOW.date(), "terms", PLANNER, **AGREED)
    agreed = Consent(f"agreement:{number}", NOW.date(), "Minutes of November")  # who is left carries more
    data.save_cascade(HR, found, written, Change(PLANNER, consent=agreed))
    assert data.spread_over(HR, "fcr_all") == ["department:field"]
    alone = next(each for each in aim.newest(where).values() if each.scope == "department:it" and each.kpi == "fcr")
    assert (alone.parent, alone.share) == (None, None)


def test_the_first_target_of_a_kpi_is_set_on_the_page_with_what_chance_would_do(
    where: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", PLANNER)
    at = opened("targets", "hr", kpi="reopened", period=Q4)
    assert "No target of this KPI in this period yet" in told(at)
    assert re.search(r"Reached in the last 52 whole weeks.* 95% interval .* to .*, n .* Interval.* Source", told(at))
    for name, value in (("threshold", "30"), ("target", "35"), ("stretch", "40"), ("why", "Planning round")):
        at.text_input(key=f"first_{name}_reopened_{Q4}").set_value(value).run()
    next(each for each in at.button if each.label == "Set the target").click().run()
    assert [each.value for each in at.error] == []
    [made_] = [each for each in aim.newest(where).values() if each.kpi == "reopened"]
    assert (made_.scope, made_.values, made_.direction) == ("company", (30, 35, 40), "higher")
    assert "Nobody to spread it over" not in told(at)


def test_nobody_sets_a_first_target_outside_what_they_answer_for(where: Workspace) -> None:
    assert set(data.first_scopes(HEAD)) == {"department:field"}
    with pytest.raises(Problems, match="other departments"):
        data.first(HEAD, "reopened", "company", Q4, ["40", "35", "30"])
    with pytest.raises(Problems, match="a number such as"):
        data.first(HR, "reopened", "company", Q4, ["40", "x", "30"])


def test_without_an_agreement_ones_own_page_stands_and_says_why_a_plan_pays_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company(tmp_path)  # its service plan reads figures of single people
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(tmp_path))
    for who in ("E2", "E33"):
        at = opened("me", who, period=Q4)
        assert not at.exception
        assert not at.error
        assert "My target letter" in "".join(each.value for each in at.header) or "No variable pay" in told(at)


def test_what_a_browser_sends_is_looked_at_again(where: Workspace) -> None:
    found, made_ = data.starting(HR, "fcr_all", ["department:it", "department:service"], "volume")
    written = {each.name: (each.share, made_.values[each.name]) for each in found.parts}
    with pytest.raises(Problems, match="a gap of"):
        data.save_cascade(
            HR, found, written | {"department:it": (written["department:it"][0], VALUES)}, Change(PLANNER)
        )
    with pytest.raises(Problems, match="the parts that were shown"):
        data.save_cascade(HR, found, {"department:it": (Fraction(1), VALUES)}, Change(PLANNER))
    with pytest.raises(Problems, match="other departments"):
        data.save_cascade(HEAD, found, written, Change(PLANNER))
    forged = replace(found, parent=found.parent.model_copy(update={"id": "told_field"}))
    with pytest.raises(Problems):
        data.save_cascade(HEAD, forged, written, Change(PLANNER))


def test_harder_values_ask_for_consent_on_the_page(where: Workspace) -> None:
    aim.save(open_snapshot(where), [_child("fcr_it", "department:it", "1")], Change(PLANNER), NOW)
    found, _made = data.starting(HR, "fcr_all", ["department:it"], "hand")
    harder = {"department:it": (Fraction(1), (Fraction(66), Fraction(73), Fraction(78)))}
    step = data.step(HR, found, harder)
    assert (list(step.harder), step.closes) == (["department:it"], False)
    assert "recorded consent" in data.rule(step)


def _child(name: str, scope: str, share: str) -> Target:
    given = {"id": name, "kpi": "fcr", "scope": scope, "period": Q4, "parent": "fcr_all", "share": share}
    return Target.model_validate(given | {"threshold": "66", "target": "72", "stretch": "78"})


# Letters


def told_everybody(where: Workspace) -> None:
    letters.send(open_snapshot(where), Q4, PLANNER, NOW)


def test_a_holder_opens_the_own_letter_and_acknowledges_it(where: Workspace) -> None:
    told_everybody(where)
    at = opened("me", "E33", period=Q4)
    assert "Not opened yet." in told(at)
    at.button(key="open_letter").click().run()
    assert not at.exception
    assert "€504.11" in sent(at)
    assert letters.one(where, "p_33", Q4).opened_at is not None
    at.button(key="acknowledge_letter").click().run()
    assert letters.one(where, "p_33", Q4).acknowledged_at is not None
    assert "Acknowledged" in told(at)
    assert letters.one(where, "p_34", Q4).opened_at is None


def test_who_was_not_told_reads_so(where: Workspace) -> None:
    assert "You have not been told your targets" in told(opened("me", "E33", period=Q4))


def test_a_letter_is_for_its_holder_and_hr_and_reading_by_hr_leaves_no_mark(where: Workspace) -> None:
    told_everybody(where)
    for viewer in (EMPLOYEE, HEAD, LEADER):
        with pytest.raises(Problems, match="another person’s pay"):
            data.letter_text(viewer, "p_34", Q4)
        with pytest.raises(Problems, match="another person’s pay"):
            data.letter_pdf(viewer, "p_34", Q4)
        with pytest.raises(Problems):
            data.letters_zip(viewer, Q4)
        with pytest.raises(Problems):
            data.send_letters(viewer, Q4, "t")
    assert data.letter_text(HR, "p_34", Q4).to == "Name 34"
    assert letters.one(where, "p_34", Q4).opened_at is None
    page = pypdf.PdfReader(io.BytesIO(data.letter_pdf(EMPLOYEE, "p_33", Q4))).pages[0].extract_text()
    assert "Name 33" in page
    assert "€504.11" in page


def test_hr_sees_who_was_told_and_who_never_sends_once_and_packs_all(
    where: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters.send(open_snapshot(where), Q4, PLANNER, NOW, ["p_33"])
    at = opened("letters", "hr", period=Q4)
    assert at.button(key="send").disabled
    assert "You look as a role" in told(at)
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", PLANNER)
    at = opened("letters", PLANNER, period=Q4)
    assert "1 of 46 people were told their targets" in told(at)
    at.button(key="send").click().run()
    assert not at.exception
    assert letters.never_told(where, Q4) == set()
    assert "46 of 46 people were told" in told(at)
    with zipfile.ZipFile(io.BytesIO(data.letters_zip(HR, Q4))) as packed:
        assert len(packed.namelist()) == 46


@pytest.mark.parametrize("who", ["leader", "E32", "E33", "steward"])
def test_the_list_of_letters_is_for_hr_alone(where: Workspace, who: str) -> None:
    at = opened("letters", who)
    assert "You may not see this page" in told(at)
    assert "Name 45" not in sent(at)


def test_only_leaders_hr_and_heads_may_spread_and_heads_within_what_they_head(where: Workspace) -> None:
    tree = open_snapshot(where).organisation
    assert access.may_spread_target(HEAD, "department:field", tree)
    for scope in ("company", "department:it", "joint:field+it", "person:p_33"):
        assert not access.may_spread_target(HEAD, scope, tree)
        assert not access.may_spread_target(EMPLOYEE, scope, tree)
    assert access.may_spread_target(LEADER, "joint:field+it", tree)


def test_a_page_of_an_ended_period_offers_nothing_to_save(where: Workspace) -> None:
    past = {"id": "past", "kpi": "fcr", "scope": "company", "period": "2026-Q3"}
    past |= {"threshold": "66", "target": "72", "stretch": "78"}
    aim.save(open_snapshot(where), [Target.model_validate(past)], Change(PLANNER), NOW)
    at = opened("targets", "hr", kpi="fcr", period="2026-Q3", parent="past")
    assert "This period has ended." in told(at)
    assert [each.key for each in at.button if each.key == "targets_save"] == []
    assert date(2026, 11, 22) == where.today
