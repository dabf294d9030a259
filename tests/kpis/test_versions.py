import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from data_contracts.problems import Problems
from kpis.definitions import parse
from kpis.workflows import versions
from kpis.workflows.build import build
from kpis.workspace import Snapshot, Workspace, open_snapshot, open_workspace
from tests.kpis.approved import ACCESS, AUDIT, BOARD
from tests.kpis.small import FCR, NOW, SETTINGS, company, fill, workspace

NEW = FCR.replace("version: 1", "version: 2").replace("value: first_contact_resolved", "value: contacts = 1")
STRICTER = NEW.replace("unit: percent", "filter: channel = 'phone'\nunit: percent")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company built, with targets and a plan that read one KPI."""
    return company(tmp_path_factory.mktemp("made") / "w", SETTINGS + ACCESS).root


@pytest.fixture
def where(made: Path, tmp_path: Path) -> Workspace:
    """A copy of it."""
    shutil.copytree(made, tmp_path / "w")
    return open_workspace(tmp_path / "w", NOW)


@pytest.fixture
def snapshot(where: Workspace) -> Snapshot:
    return open_snapshot(where)


def told(raised: pytest.ExceptionInfo[Problems]) -> list[tuple[str, str]]:
    return [(each.where, each.actual) for each in raised.value.problems]


def files(folder: Path) -> dict[Path, bytes]:
    """Every file of a workspace but the journals of its record database."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and "-" not in path.suffix}


def test_old_and_new_stand_side_by_side_over_the_same_data_with_n_and_interval(snapshot: Snapshot) -> None:
    found = versions.diff(snapshot, "fcr", STRICTER, "quarter")
    assert [each.window for each in found.pairs] == ["2026-Q3"]
    [pair] = found.pairs
    assert (pair.old.value, pair.old.n) == (140 / 200, 200)
    assert (pair.new.value, pair.new.n) == (1.0, 200)
    assert pair.old.low is not None
    assert pair.old.high is not None
    assert pair.old.low < 0.7 < pair.old.high


def test_the_fields_that_differ_are_named_each_at_its_place(snapshot: Snapshot) -> None:
    found = versions.diff(snapshot, "fcr", STRICTER)
    assert [(each.field, each.old, each.new) for each in found.fields] == [
        ("version", "1", "2"),
        ("measure.value", "first_contact_resolved", "contacts = 1"),
        ("filter", "", "channel = 'phone'"),
    ]


def test_the_old_figures_are_those_every_page_shows(snapshot: Snapshot) -> None:
    from kpis.workflows import measure

    calendar = snapshot.workspace.settings.calendar
    for pair in versions.diff(snapshot, "fcr", NEW, "month").pairs:
        shown = measure.figures(snapshot, snapshot.workspace.kpi("fcr"), ["company"], [calendar.parse(pair.window)])
        assert (pair.old.value, pair.old.n) == (shown[0].value, shown[0].n)


def test_what_rests_on_the_old_definition_is_counted(snapshot: Snapshot) -> None:
    found = versions.rests(snapshot, "fcr")
    assert found.targets == ("fcr_company", "fcr_next", "fcr_north", "fcr_south")
    assert found.plans == ("service",)
    assert found.signals == 0


def test_looking_at_a_difference_writes_nothing(where: Workspace, snapshot: Snapshot) -> None:
    before = files(where.root)
    versions.diff(snapshot, "fcr", NEW)
    assert files(where.root) == before


def test_a_definition_that_finds_nothing_is_shown_beside_the_old_one(snapshot: Snapshot) -> None:
    found = versions.diff(
        snapshot, "fcr", NEW.replace("unit: percent", "filter: channel = 'fax'\nunit: percent"), "quarter"
    )
    assert [(each.new.state, each.new.n) for each in found.pairs] == [("no data", 0)]


def test_accepting_puts_the_text_into_the_workspace_and_keeps_who_and_why(where: Workspace) -> None:
    record = versions.accept(where, "fcr", NEW, BOARD, "One contact is what customers notice.", NOW)
    assert (where.root / "kpis" / "fcr.yaml").read_text() == NEW
    assert open_workspace(where.root, NOW).kpi("fcr").version == 2
    assert (record.version, record.digest) == (2, parse(NEW, "x").digest())
    kept = versions.history(where, "fcr")
    assert [(each.version, each.accepted_by, each.reason) for each in kept] == [
        (1, "", versions.FOUND),
        (2, BOARD, "One contact is what customers notice."),
    ]
    assert [each.text for each in kept] == [FCR, NEW]


def test_the_next_version_adds_one_to_the_history(where: Workspace) -> None:
    versions.accept(where, "fcr", NEW, BOARD, "first", NOW)
    again = open_workspace(where.root, NOW)
    versions.accept(
        again, "fcr", STRICTER.replace("version: 2", "version: 3"), AUDIT, "second", NOW + timedelta(days=1)
    )
    assert [(each.version, each.accepted_by) for each in versions.history(again, "fcr")] == [
        (1, ""),
        (2, BOARD),
        (3, AUDIT),
    ]


def test_after_accepting_a_build_makes_the_facts_of_the_new_definition(where: Workspace) -> None:
    versions.accept(where, "fcr", NEW, BOARD, "why", NOW)
    after = open_workspace(where.root, NOW)
    assert set(build(after).kpis) == {"fcr"}
    assert versions.changed_unaccepted(after) == []


@pytest.mark.parametrize(
    ("text", "by", "reason", "faults"),
    [
        (NEW.replace("version: 2", "version: 1"), BOARD, "why", [("--from, version", "1")]),
        (NEW, BOARD, "", [("--reason", "nothing")]),
        (NEW, " ", "why", [("--by", "' '")]),
        (NEW, "bored@example.org", "why", [("--by", "'bored@example.org'")]),
        (NEW.replace("id: fcr", "id: other"), BOARD, "why", [("--from, id", "'other'")]),
        (NEW.replace("contacts = 1", "contcts = 1"), BOARD, "why", [("kpis/fcr.yaml, measure.value", "'contcts'")]),
        (NEW.replace("promise: solved", "promise: sloved"), BOARD, "why", [("kpis/fcr.yaml, promise", "'sloved'")]),
    ],
)
def test_what_cannot_be_accepted_is_told_and_leaves_everything_as_it_was(
    where: Workspace, text: str, by: str, reason: str, faults: list[tuple[str, str]]
) -> None:
    with pytest.raises(Problems) as raised:
        versions.accept(where, "fcr", text, by, reason, NOW)
    assert told(raised) == faults
    assert (where.root / "kpis" / "fcr.yaml").read_text() == FCR
    assert versions.history(where, "fcr") == []


def test_a_column_of_pay_cannot_be_looked_at_through_a_new_definition(snapshot: Snapshot) -> None:
    pay = NEW.replace("dataset: service_cases", "dataset: pay_basis").replace("when: opened_at", "when: valid_from")
    pay = pay.replace("kind: share, value: contacts = 1", "kind: mean, value: amount").replace(
        "cuts: {channel: channel}\n", ""
    )
    with pytest.raises(Problems) as raised:
        versions.diff(snapshot, "fcr", pay.replace("{person: person, department: department}", "{person: person}"))
    assert ("kpis/fcr.yaml, measure.value", "'amount'") in told(raised)


def test_a_shipped_kpi_is_changed_by_a_file_of_the_workspaces_own(tmp_path: Path) -> None:
    where = workspace(tmp_path, settings=f'[company]\nname = "T"\n[kpis]\nshipped = ["churn"]\n{ACCESS}')
    shipped = (Path(__file__).parents[2] / "kpis" / "catalog" / "churn.yaml").read_text()
    versions.accept(
        where,
        "churn",
        shipped.replace("version: 1", "version: 2").replace("decimals: 2", "decimals: 1"),
        BOARD,
        "B",
        NOW,
    )
    assert [each.text == shipped for each in versions.history(where, "churn")] == [True, False]
    assert open_workspace(tmp_path, NOW).kpi("churn").decimals == 1


def test_content_that_changed_under_the_number_that_was_built_is_told_with_the_next_step(where: Workspace) -> None:
    assert versions.changed_unaccepted(where) == []
    (where.root / "kpis" / "fcr.yaml").write_text(NEW.replace("version: 2", "version: 1"))
    [problem] = versions.changed_unaccepted(open_workspace(where.root, NOW))
    assert problem.where == "kpis/fcr.yaml, version"
    assert "goldenthread definition diff fcr --with FILE" in problem.next_step


def test_content_that_changed_under_the_number_that_was_accepted_is_told_before_any_build(tmp_path: Path) -> None:
    where = workspace(tmp_path, [FCR.replace("promise: solved\n", "")], SETTINGS + ACCESS)
    fill(where, "service_cases", [])
    own = NEW.replace("promise: solved\n", "")
    versions.accept(where, "fcr", own, BOARD, "why", NOW)
    (tmp_path / "kpis" / "fcr.yaml").write_text(own.replace("contacts = 1", "contacts < 3"))
    assert len(versions.changed_unaccepted(open_workspace(tmp_path, NOW))) == 1
    (tmp_path / "kpis" / "fcr.yaml").write_text(own)
    assert versions.changed_unaccepted(open_workspace(tmp_path, NOW)) == []


def test_a_version_number_that_was_raised_is_a_new_definition_and_no_problem(where: Workspace) -> None:
    (where.root / "kpis" / "fcr.yaml").write_text(NEW)
    assert versions.changed_unaccepted(open_workspace(where.root, NOW)) == []


def test_whoever_is_paid_by_what_a_kpi_says_does_not_accept_its_definition(made: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made, tmp_path / "w"))
    settings = folder / "goldenthread.toml"
    settings.write_text(settings.read_text().replace("[access]\n", '[access]\nleader = ["p_1@example.org"]\n'))
    where = open_workspace(folder, NOW)
    with pytest.raises(Problems, match="You are paid by it"):
        versions.accept(where, "fcr", NEW, "E1", "why", NOW)
    assert versions.history(where, "fcr") == []
