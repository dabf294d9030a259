"""Each closing goes to payroll once: a second closing, a restatement and a repeat are told apart, and nothing is paid twice."""

import json
import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from kpis.payroll import mapping
from kpis.records.tables import Run
from kpis.workflows import disputes, handoff, pay, payruns, readback, verify
from kpis.workspace import Snapshot, open_snapshot, open_workspace
from tests.kpis.approved import AUDIT, BOARD, HR, SECOND, approve, approved_company, checked, closed, token
from tests.kpis.paid import MAPPING, RUN, paid_company
from tests.kpis.small import NOW
from tests.kpis.test_payroll import exported, refused
from tests.kpis.test_runs import late


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose third quarter is paid; no test changes it."""
    return paid_company(tmp_path_factory.mktemp("payroll"))


@pytest.fixture
def snapshot(kept: Path, tmp_path: Path) -> Snapshot:
    return open_snapshot(open_workspace(Path(shutil.copytree(kept, tmp_path / "w")), NOW))


def test_a_closing_that_payroll_has_is_refused_in_any_layout_and_its_repeat_says_so(snapshot: Snapshot) -> None:
    exported(snapshot)
    for layout in ("generic", "nl"):
        [problem] = refused(lambda layout=layout: exported(snapshot, layout))
        assert problem.actual == "payroll has it: generic, 2026-11-22 by HR"
    assert exported(snapshot, "nl", again=True).row.repeat == 1
    with sqlite3.connect(snapshot.workspace.root / "records.db") as records:
        records.execute("UPDATE payroll_handover SET total = total + 1")
    assert any("its rows" in each.where for each in verify.payouts(snapshot.workspace).problems)


@pytest.fixture
def released(tmp_path: Path) -> tuple[Snapshot, Run]:
    """A run closed twice: what was paid at once, and a contested line that was paid when it was decided."""
    where = approved_company(tmp_path)
    (tmp_path / mapping.FILE).write_text(MAPPING)
    run, snapshot = checked(where), open_snapshot(where)
    opened = disputes.open_(snapshot, run.id, "E1", "own", "Two cases are missing.", "E1", NOW, token())
    approve(where, run.id)
    payruns.close(snapshot, run.id, HR, NOW, token())
    disputes.decide(snapshot, opened.entry, True, "They were.", AUDIT, NOW, token(), 1250)
    payruns.close(snapshot, run.id, HR, NOW, token())
    return snapshot, run


def test_each_closing_is_handed_over_once_and_the_files_of_a_run_sum_to_what_was_paid(
    released: tuple[Snapshot, Run], tmp_path: Path
) -> None:
    snapshot, run = released
    files = [handoff.handed_over(snapshot, run.id, "generic", "HR", NOW) for _ in range(2)]
    assert [(each.closing, each.left) for each in files] == [(1, 1), (2, 0)]
    assert {line.split(",")[1] for line in files[1].content.decode().splitlines()[1:-1]} == {"E1"}
    assert files[1].name == f"{run.id}.closing-2.generic.csv"
    assert f"{run.id}/2" in files[1].content.decode()
    assert sum(each.total for each in files) == run.total + 1250
    assert refused(lambda: handoff.handed_over(snapshot, run.id, "generic", "HR", NOW))
    for handed in reversed(files):  # in whichever order they come back
        (tmp_path / handed.name).write_bytes(handed.content)
        found = readback.read_back(snapshot, tmp_path / handed.name, run.id, "generic", "HR", NOW)
        assert {each.state for each in found.settled} == {"paid"}
        assert found.closing == handed.closing
    assert (found.run_paid, found.run_expected) == (run.total + 1250, run.total + 1250)


def test_a_later_file_of_a_closing_takes_the_place_of_an_earlier_one_and_no_file_counts_for_two(
    released: tuple[Snapshot, Run], tmp_path: Path
) -> None:
    snapshot, run = released
    files = [handoff.handed_over(snapshot, run.id, "generic", "HR", NOW) for _ in range(2)]
    told = files[0].content.decode()
    for at, text in enumerate((told.replace("403.29", "403.30", 1), told)):
        (tmp_path / f"paid{at}.csv").write_text(text)
        found = readback.read_back(snapshot, tmp_path / f"paid{at}.csv", run.id, "generic", "HR", NOW, 1)
        assert (found.run_paid - found.run_expected, found.closing) == (1 - at, 1)
    wrong = refused(lambda: readback.read_back(snapshot, tmp_path / "paid1.csv", run.id, "generic", "HR", NOW, 2))
    assert wrong[0].expected == "1, as it was read before"
    assert refused(lambda: readback.read_back(snapshot, tmp_path / "paid1.csv", run.id, "generic", "HR", NOW, 3))


def test_a_restatement_hands_over_its_differences_alone_and_reads_them_back(tmp_path: Path) -> None:
    where = approved_company(tmp_path)
    (tmp_path / mapping.FILE).write_text(MAPPING)
    first = closed(where)
    late(where)
    snapshot = open_snapshot(where)
    run, _ = payruns.restate(snapshot, first.id, HR, NOW + timedelta(days=1))
    for each in payruns.looked(where, run.id).exceptions:
        payruns.decide(snapshot, run.id, each.number, "pay", "Late cases count.", HR, NOW, token())
    payruns.check(snapshot, run.id, BOARD, HR, NOW, token())
    approve(where, run.id)
    payruns.close(snapshot, run.id, SECOND, NOW, token())
    files = [handoff.handed_over(snapshot, each, "generic", "HR", NOW) for each in (first.id, run.id)]
    assert sum(each.total for each in files) == run.total
    (tmp_path / "back.csv").write_bytes(files[1].content)
    found = readback.read_back(snapshot, tmp_path / "back.csv", run.id, "generic", "HR", NOW)
    assert {each.state for each in found.settled} == {"paid"}
    assert found.run_paid == run.total - first.total


def test_who_is_paid_no_more_by_a_restatement_is_charged_where_they_last_were(snapshot: Snapshot) -> None:
    with sqlite3.connect(snapshot.workspace.root / "records.db") as records:
        [text] = records.execute("SELECT document FROM evidence").fetchone()
        document = json.loads(text)
        document["run"]["participants"].pop(0)
        records.execute("INSERT INTO evidence (digest, document) VALUES (?, ?)", ("0" * 64, json.dumps(document)))
        columns = [each[1] for each in records.execute("PRAGMA table_info(run)")]
        told = dict(zip(columns, records.execute("SELECT * FROM run").fetchone(), strict=True))
        told |= {"id": RUN.removesuffix("1") + "2", "evidence": "0" * 64}
        marks = ", ".join("?" for _ in columns)
        records.execute(f"INSERT INTO run ({', '.join(columns)}) VALUES ({marks})", tuple(told.values()))
    second = pay.one(snapshot.workspace, RUN.removesuffix("1") + "2")
    assert handoff.departments(snapshot.workspace, second)["p_0"] == {0: "north", -1: "north"}
