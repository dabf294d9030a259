"""Targets over time and letters from the command line."""

import io
import shutil
import zipfile
from datetime import date
from pathlib import Path

import pypdf
import pytest

from kpis.workflows import agreements
from kpis.workspace import open_workspace
from tests.dashboard.company import company
from tests.dashboard.line import call, done, write
from tests.kpis.small import NOW, PLANNER

AGREED = dict.fromkeys(("parties", "scope", "kpis", "purposes", "retention"), "all") | {"viewers": "self"}
Q4 = ("--period", "2026-Q4")
BY = ("--by", PLANNER)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company(tmp_path_factory.mktemp("company")).root


@pytest.fixture
def where(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "w"))


def test_a_proposal_says_whether_it_closes_and_its_yaml_can_be_imported(where: Path, tmp_path: Path) -> None:
    given = ("fcr_all", "--by", "volume", "--workspace", where)
    told = done("targets", "spread", *given, "--json").json
    assert told["closes"] is True
    assert sum(float(each["share"]) for each in told["parts"]) == pytest.approx(1)
    assert "It closes" in done("targets", "spread", *given).out
    file = write(tmp_path / "spread.yaml", done("targets", "spread", *given, "--yaml").out)
    changed = done("targets", "import", file, "--reason", "Planning", *BY, "--workspace", where, "--json").json[
        "changed"
    ]
    assert "fcr.department.it.2026-q4" in changed
    assert call("targets", "spread", "fcr_al", "--by", "volume", "--workspace", where).code == 1


def test_chances_are_told_with_n_and_method_and_the_same_seed_is_the_same_answer(where: Path) -> None:
    given = ("targets", "chance", *Q4, "--kpi", "fcr", "--workspace", where, "--json")
    first = done(*given).json
    assert first == done(*given).json
    assert {each["target"] for each in first} == {"fcr_all", "fcr_joint"}
    assert all("drawn from the last 52" in each["method"] for each in first)


def test_individual_chances_wait_for_an_agreement(where: Path) -> None:
    given = ("targets", "chance", *Q4, "--kpi", "told", "--workspace", where, "--json")
    assert {each["target"] for each in done(*given).json} == {"told_field"}
    agreements.record(open_workspace(where, NOW), date(2026, 1, 1), **AGREED)
    assert "told_p0" in {each["target"] for each in done(*given).json}


def test_a_worsening_is_refused_until_consent_is_recorded(where: Path, tmp_path: Path) -> None:
    text = done("targets", "export", "--workspace", where).out.replace(
        'target: "70", stretch: "80"', 'target: "72", stretch: "80"'
    )
    file = write(tmp_path / "harder.yaml", text)
    assert call("targets", "import", file, "--workspace", where).code == 2, "who does it is asked for"
    refused = call("targets", "import", file, *BY, "--workspace", where, "--json")
    assert (refused.code, refused.problems[0]["expected"]) == (1, "a recorded consent or agreement")
    terms = ("--parties", "works council", "--scope", "all", "--kpis", "all", "--purposes", "harder targets")
    at = ("--workspace", where, "--json")
    agreed = done("agreement", *terms, "--about", "terms", "--date", "2026-11-01", *BY, *at).json
    given = ("--document", "Agreement 12", "--date", "2026-11-20", *BY, *at)
    refused = call("targets", "consent", file, "--given-by", "Santa", *given)
    assert (refused.code, refused.problems[0]["where"]) == (1, "consent, given_by")
    consent = ("--given-by", f"agreement:{agreed['number']}", *given)
    assert done("targets", "consent", file, *consent).json["targets"] == ["told_field", "told_p0"]
    assert done("targets", "import", file, *BY, "--workspace", where, "--json").json["changed"] == [
        "told_field",
        "told_p0",
    ]


def test_somebody_paid_on_a_target_may_not_change_it(where: Path, tmp_path: Path) -> None:
    text = done("targets", "export", "--workspace", where).out.replace(
        'threshold: "60", target: "70"', 'threshold: "55", target: "70"'
    )
    file = write(tmp_path / "easier.yaml", text)
    refused = call("targets", "import", file, "--by", "E32", "--workspace", where, "--json")
    assert refused.code == 1
    assert "somebody who is not paid on it" in {each["expected"] for each in refused.problems}


def test_letters_are_sent_listed_printed_and_acknowledged(where: Path, tmp_path: Path) -> None:
    at = ("--workspace", where)
    sent = done("letters", "send", *Q4, "--person", "E33", *BY, *at, "--json").json
    assert sent == {"first": ["p_33"], "again": [], "same": []}
    wrong = call("letters", "send", *Q4, "--by", "planing@example.org", *at, "--json")
    assert (wrong.code, f"Did you mean '{PLANNER}'?" in wrong.problems[0]["next_step"]) == (1, True)
    assert call("letters", "send", *Q4, "--by", "E33", *at).code == 1, "not of HR"
    assert "45 letters sent" in done("letters", "send", *Q4, *BY, *at).out
    assert "Acknowledged" in done("letters", "acknowledge", "E33", "--by", "E33", *Q4, *at).out
    assert call("letters", "acknowledge", "E34", *BY, *Q4, *at).code == 1, "HR names a document"
    rows = {each["person"]: each for each in done("letters", "list", *Q4, *at, "--json").json}
    assert (rows["p_33"]["state"], rows["p_34"]["state"], rows["p_34"]["remark"]) == ("acknowledged", "sent", "late")
    assert "0 never told" in done("letters", "list", *Q4, *at).out
    done("letters", "pdf", *Q4, "--person", "E33", "--out", tmp_path / "one.pdf", *at)
    assert "€504.11" in pypdf.PdfReader(tmp_path / "one.pdf").pages[0].extract_text()
    done("letters", "pdf", *Q4, "--out", tmp_path / "all.zip", *at)
    with zipfile.ZipFile(io.BytesIO((tmp_path / "all.zip").read_bytes())) as packed:
        assert len(packed.namelist()) == 46
