"""`export-run` from the command line."""

from pathlib import Path

import pytest

from kpis.incentives import checker
from kpis.workflows import pay
from kpis.workspace import open_snapshot
from tests.dashboard.line import call, done
from tests.kpis.small import NOW, company

RUN = "service.2026-Q3.1"


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = company(tmp_path_factory.mktemp("paid"))
    pay.run(open_snapshot(where), "service", "2026-Q3", "HR", NOW)
    return where.root


def test_export_run_writes_a_bundle_and_says_how_to_check_it(paid: Path, tmp_path: Path) -> None:
    told = done("export-run", RUN, "--to", tmp_path / "run.zip", "--workspace", paid)
    assert "14 files" in told.out
    assert "python checker.py" in told.out
    assert checker.main([str(tmp_path / "run.zip")]) == 0


def test_one_persons_bundle_is_asked_for_by_employee_number(paid: Path, tmp_path: Path) -> None:
    told = done("export-run", RUN, "--to", tmp_path / "mine", "--person", "E3", "--workspace", paid, "--json").json
    assert told["person"] == "p_3"
    assert (tmp_path / "mine" / "payouts.csv").read_text().count("p_") == 1
    assert checker.main([str(tmp_path / "mine")]) == 0


def test_nothing_is_overwritten_and_an_unknown_run_or_person_is_told(paid: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("x")
    for arguments in ((RUN, "--to", tmp_path / "there"), ("service.2026-Q4.1", "--to", tmp_path / "a")):
        assert call("export-run", *arguments, "--workspace", paid).code == 1
    assert call("export-run", RUN, "--to", tmp_path / "b", "--person", "E99", "--workspace", paid).code == 1
    assert not (tmp_path / "b").exists()
