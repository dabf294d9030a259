"""What somebody would try who wants another's pay, another's figures, or another's eyes."""

import itertools
import re
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from dashboard import data, sharing, viewing
from dashboard.access import Viewer, viewer_of
from dashboard.data import core
from dashboard.words import plain
from data_contracts.contract import parse_contract, shipped
from data_contracts.layouts import parse_layout
from data_contracts.problems import Problems
from kpis import alignment
from kpis.organisation import Organisation
from kpis.records.session import session
from kpis.records.tables import Identity
from kpis.workflows import agreements
from kpis.workflows.admit import admit
from kpis.workspace import Workspace, open_snapshot
from tests.dashboard import company as town
from tests.dashboard.pages import opened, sent
from tests.kpis.small import HIRED, NOW, PROMISES, company, demo_company, fill, workspace

LEADER, HR = (Viewer(None, role, frozenset({role})) for role in ("leader", "hr"))
UNITS = ("all", "service", "it", "field", "leaders")


def with_mail(folder: Path, **addresses: str) -> Workspace:
    where = company(folder)
    with session(where.engine) as records:
        for surrogate, email in addresses.items():
            found = records.get(Identity, surrogate)
            assert found
            found.email = email
            records.add(found)
    return where


def test_an_address_with_wildcards_signs_nobody_in(tmp_path: Path) -> None:
    snapshot = open_snapshot(with_mail(tmp_path, p_0="jan.jansen@co.example"))
    for email in ("jan_jansen@co.example", "%", "%jansen%", "_" * 21):
        assert viewing.signed_in(snapshot, {"email": email, "email_verified": True}).roles == frozenset()
    assert viewing.signed_in(snapshot, {"email": " JAN.Jansen@co.example"}).person == "p_0"


def test_a_letter_that_lower_case_turns_into_another_gives_no_role_and_no_person(tmp_path: Path) -> None:
    kelvin = "fran\N{KELVIN SIGN}@co.example"
    given = {"leader": ("frank@co.example",)}
    assert viewer_of(None, "", kelvin, given, Organisation(()), ()).roles == frozenset()
    assert viewer_of(None, "", "FRANK@co.example", given, Organisation(()), ()).roles == {"leader"}
    snapshot = open_snapshot(with_mail(tmp_path, p_0="frank@co.example"))
    assert viewing.signed_in(snapshot, {"email": kelvin}).person is None


@pytest.mark.parametrize("verified", [False, "false", "False", 0, None, ""])
def test_an_address_that_is_not_verified_is_refused_however_the_provider_says_so(
    tmp_path: Path, verified: object
) -> None:
    snapshot = open_snapshot(with_mail(tmp_path, p_0="anna@co.example"))
    with pytest.raises(Problems, match="verified"):
        viewing.signed_in(snapshot, {"email": "anna@co.example", "email_verified": verified})


def gone(where: Workspace, *left: str) -> Workspace:
    shutil.rmtree(where.lake / "employment")
    ends = {who: {"left_on": date(2026, 10, 1)} for who in left}
    fill(where, "employment", [{"person": f"p_{at}", **HIRED, **ends.get(f"p_{at}", {})} for at in range(6)])
    return where


def test_an_address_of_two_is_nobodys_until_one_of_them_has_left(tmp_path: Path) -> None:
    where = with_mail(tmp_path, p_0="anna@co.example", p_1="Anna@co.example")
    with pytest.raises(Problems, match="one person"):
        viewing.signed_in(open_snapshot(where), {"email": "anna@co.example"})
    assert viewing.signed_in(open_snapshot(gone(where, "p_0")), {"email": "anna@co.example"}).person == "p_1"


def test_leavers_have_no_eyes_though_they_share_an_address_that_the_settings_name(tmp_path: Path) -> None:
    where = gone(with_mail(tmp_path, p_0="anna@co.example", p_1="anna@co.example"), "p_0", "p_1")
    access = where.settings.access.model_copy(update={"hr": ("anna@co.example",)})
    named = replace(where, settings=where.settings.model_copy(update={"access": access}))
    assert viewing.signed_in(open_snapshot(named), {"email": "anna@co.example"}).roles == frozenset()


@pytest.fixture
def _town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = town.company(tmp_path)
    terms = dict.fromkeys(("parties", "scope", "kpis", "purposes", "viewers", "retention"), "all")
    agreements.record(where, NOW.date(), **terms)
    monkeypatch.setenv(core.ROOT, str(where.root))
    monkeypatch.setenv(core.VIEWER, "")


@pytest.mark.usefixtures("_town")
def test_no_two_sums_on_the_page_of_a_department_differ_by_what_few_earn() -> None:
    found = [each for unit in UNITS for each in data.unit(LEADER, unit, "2026-Q4").held if each.lines]
    sets = {frozenset(line.person for line in each.lines) for each in found}
    assert sets
    assert all(len(each) >= alignment.LEAST for each in sets)
    assert not [1 for one, other in itertools.permutations(sets, 2) if 0 < len(one - other) < alignment.LEAST]


@pytest.mark.usefixtures("_town")
def test_no_two_amounts_of_the_thread_differ_by_what_few_earn() -> None:
    sets = {alignment.people([each]) for each in data.thread(LEADER).fine if each.parts}
    assert sets
    assert not [1 for one, other in itertools.permutations(sets, 2) if 0 < len(one - other) < alignment.LEAST]


@pytest.mark.usefixtures("_town")
def test_hr_sees_everybodys_pay_in_sums() -> None:
    people = {line.person for each in data.unit(HR, "all", "2026-Q4").held for line in each.lines}
    assert {"p_43", "p_44", "p_45"} <= people


def test_a_crowd_is_of_people_alike_and_the_viewer_is_not_one_of_the_ten() -> None:
    uses = [(f"p_{at}", "north", "plan") for at in range(10)] + [("p_10", "north", "plan"), ("p_10", "north", "more")]
    assert sharing.crowds(uses).everywhere == {f"p_{at}" for at in range(10)}
    assert sharing.crowds(uses, but="p_0").everywhere == frozenset()
    apart = [(f"p_{at}", f"team{at % 5}", "plan") for at in range(10)]
    assert sharing.crowds(apart).everywhere == frozenset()
    assert sharing.crowds(apart).whole == {f"p_{at}" for at in range(10)}
    few = [(f"p_{at}", "north" if at < 10 else "south", "plan") for at in range(12)]
    assert sharing.crowds(few).whole == {f"p_{at}" for at in range(10)}


PAY_KPI = """id: salaries
version: 1
title: Salaries
question: What do they earn?
direction: higher
dataset: {dataset}
when: {when}
period_of: opened
measure: {{kind: mean, value: {value}}}
credit: {{person: person}}
cuts: {{segment: {cut}}}
unit: count
"""


@pytest.mark.parametrize(
    ("dataset", "when", "value", "cut"),
    [
        ("pay_basis", "valid_from", "amount", "currency"), ("pay_basis", "valid_from", "abs(amount)", "level"),
        ("employment", "hired_on", "contract_hours", "pay_category"), ("service_cases", "opened_at", "contacts", "person"),
        ("service_cases", "opened_at", "contacts", "coalesce(person, channel)"),
        ("service_cases", "opened_at", "contacts", "customers.customer"),
    ],
)  # fmt: skip
def test_a_kpi_cannot_be_made_of_pay_or_list_people(
    tmp_path: Path, dataset: str, when: str, value: str, cut: str
) -> None:
    with pytest.raises(Problems, match=r"kpis/salaries\.yaml"):
        workspace(tmp_path, [PAY_KPI.format(dataset=dataset, when=when, value=value, cut=cut)], promises=PROMISES)


@pytest.mark.parametrize("name", ["../outside", "facts", "receipts", 'x" AS SELECT 1; --', "Orders", "a\n"])
def test_a_contract_cannot_name_a_folder_or_a_statement(name: str) -> None:
    text = shipped()["departments"].replace(
        "- name: departments\n    logicalType", f"- name: {name!r}\n    logicalType"
    )
    assert repr(name) in text
    with pytest.raises(Problems, match=r"schema\.name"):
        parse_contract(text.replace(repr(name), f'"{name}"'.replace('x"', 'x\\"')) if '"' in name else text)


@pytest.mark.parametrize("name", ["../x", "x AS SELECT 1; COPY (SELECT 1) TO 'leak'; --", "delivery"])
def test_a_source_of_a_layout_cannot_name_a_folder_or_a_statement(name: str) -> None:
    contract = parse_contract(shipped()["departments"])
    text = f'layout: a\ndataset: departments\nsources: {{"{name}": {{file: b.csv}}}}\ncolumns: {{department: d, name: n}}\n'
    with pytest.raises(Problems, match="lower-case name"):
        parse_layout(text, contract)


@pytest.mark.parametrize("layout", ["", "pay"])
def test_a_file_of_pay_without_a_header_tells_the_steward_no_pay(tmp_path: Path, layout: str) -> None:
    where = company(tmp_path)
    (tmp_path / "layouts").mkdir()
    names = {column.name: column.name for column in where.contracts["pay_basis"].columns}
    mapped = names | {"amount": {"expression": "coalesce(salary, '0')"}}
    (tmp_path / "layouts" / "pay.yaml").write_text(f"layout: pay\ndataset: pay_basis\ncolumns: {mapped}\n")
    file = tmp_path / "pay.csv"
    file.write_text("E1,2026-01-01,2026-12-31,83000,EUR,full_time,L4,Anna Jansen\n")
    told = "\n".join(map(str, admit(where, "pay_basis", file, NOW, layout).problems))
    assert "header" in told or "column" in told
    for secret in ("83000", "Anna", "E1", "L4"):
        assert secret not in told


def test_a_header_that_repeats_a_value_is_told_by_its_place(tmp_path: Path) -> None:
    where, file = company(tmp_path), tmp_path / "employment.csv"
    file.write_text("E1,Jansen,Jansen\nE2,Smit,Smit\n")
    told = str(admit(where, "employment", file, NOW).problems[0])
    assert "columns 2 and 3 alike" in told
    assert "jansen" not in told.lower()


def test_an_error_of_the_record_database_holds_no_name(tmp_path: Path) -> None:
    where = company(tmp_path)
    with session(where.engine) as records, pytest.raises(IntegrityError) as told:
        records.exec(insert(Identity).values(surrogate="p_0", kind="person", external="E77", name="Anna Jansen"))
    assert "Anna" not in str(told.value)


def test_the_record_database_is_its_owners_alone(tmp_path: Path) -> None:
    company(tmp_path)
    for file in tmp_path.glob("records.db*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_the_command_line_writes_is_its_owners_alone(tmp_path: Path) -> None:
    folder, command = tmp_path / "new", [sys.executable, "-m", "dashboard.cli"]
    subprocess.run([*command, "init", str(folder)], check=True, capture_output=True, umask=0o022)
    file = tmp_path / "departments.csv"
    file.write_text("department,name,parent,head,function\nall,All,,,\n")
    told = [*command, "admit", "departments", str(file), "--workspace", str(folder)]
    subprocess.run(told, check=True, capture_output=True, umask=0o022)
    written = [folder, *folder.rglob("*")]
    assert folder / "lake" / "departments" in written
    assert [each for each in written if stat.S_IMODE(each.stat().st_mode) & 0o077] == []


@pytest.mark.usefixtures("_town")
@pytest.mark.parametrize(
    ("page", "asked"),
    [
        ("kpi", {"unit": "department:it"}), ("kpi", {"unit": "person:p_1"}), ("kpi", {"unit": "joint:it+service"}),
        ("thread", {"at": "target:person:p_1"}), ("thread", {"at": "pay:leading"}), ("me", {"period": "2026-Q4' OR 1=1"}),
    ],
)  # fmt: skip
def test_an_employee_gets_no_others_figures_by_address(
    monkeypatch: pytest.MonkeyPatch, page: str, asked: dict[str, str]
) -> None:
    monkeypatch.setenv(core.VIEWER, "E5")
    at = opened(page, "hr", **asked)
    words = " ".join(each.value for each in at.markdown).replace("\\", "")
    assert "is called" in words
    assert "not yours to see" in words
    assert not at.table


@pytest.mark.usefixtures("_town")
@pytest.mark.parametrize("page", ["review", "department", "alignment", "quality"])
def test_the_address_does_not_choose_eyes_where_they_are_fixed(monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    monkeypatch.setenv(core.VIEWER, "E5")
    at = opened(page, "hr", unit="company")
    assert any("You may not see this page" in each.value for each in at.markdown)


@pytest.mark.usefixtures("_town")
def test_the_address_does_not_choose_eyes_where_people_sign_in() -> None:
    file = core.root() / "goldenthread.toml"
    file.write_text(file.read_text().replace("demo = true\n", ""))
    at = opened("review", "hr")
    assert any("Sign in to see your figures" in each.value for each in at.markdown)
    assert not at.table


@pytest.mark.parametrize("name", ["https://evil.example/pay", "HTTP://evil.example", "see www.evil.example"])
def test_an_address_in_a_name_is_not_one_that_a_browser_links(name: str) -> None:
    shown = plain(name).replace("\\", "")
    assert not re.search(r"(https?://|www(?=\.))", shown, re.IGNORECASE)  # what the page's Markdown links
    assert shown.replace("\N{WORD JOINER}", "") == name


def test_a_demo_says_so_when_it_does_not_offer_the_eyes_that_the_address_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(demo_company(tmp_path).root))
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", "")
    at = opened("review", "somebody")
    told = "somebody is not among those whose eyes this demo offers"
    assert told in sent(at)
    at.selectbox(key="eyes").set_value("hr").run()
    assert told not in sent(at)
    assert told not in sent(opened("review", "leader"))
