"""The proofs of pay at a fiftieth: every line three times, every tampering found, and that a wrong program would be told."""

import sqlite3
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from kpis.incentives import checker
from tests.conftest import ROOT
from tests.prove import lines, tampered_bundles, tampering
from tests.prove.history import TRIAL
from tests.prove.run import proofs
from tests.prove.tampered_records import TABLES, UNVOUCHED, Records


def test_engine_checker_and_oracle_pay_the_same_on_random_lines() -> None:
    proved = lines.prove(0.02, [].append)
    assert proved.passed, proved.rows[0]


def test_a_checker_that_rounds_otherwise_is_told_from_the_other_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(checker.ROUNDINGS, "half_away", int)
    proved = lines.prove(0.0005, [].append)
    assert not proved.passed
    assert all(row["engine"] == row["oracle"] != row["checker"] for row in proved.rows)


def test_every_tampering_is_found_and_no_untouched_copy_is_accused() -> None:
    proved = tampering.prove(0.02, [].append)
    assert proved.passed, proved.page


@pytest.mark.parametrize("person", ["", "p_3"])
def test_a_run_forged_with_all_its_hashes_shows_against_a_head_kept_elsewhere_and_not_without(
    tmp_path: Path, person: str
) -> None:
    records = Records(tmp_path)
    files = tampering.bundles.files(records.where, TRIAL, person)
    tampered_bundles.everything(tampering.Random(1), files)
    assert checker.check(files)[0] == []
    assert [each.place for each in checker.check(files, records.head.hash)[0]] == ["ledger.json"]


def test_every_stored_value_is_tampered_with_or_said_not_to_be_vouched_for(tmp_path: Path) -> None:
    """A new table or column is in the proof by itself; its company must have a row of it."""
    columns = {f"{table.name}.{each.name}" for table in SQLModel.metadata.sorted_tables for each in table.columns}
    tried = {f"{table}.{name}" for table, names in TABLES.items() for name in names}
    assert {each for each in columns - tried if each.partition(".")[0] not in UNVOUCHED} == set(UNVOUCHED) & columns
    records = Records(tmp_path)
    with sqlite3.connect(records.file) as connection:
        assert [each for each in TABLES if not connection.execute(f"SELECT count(*) FROM {each}").fetchone()[0]] == []
    assert not records.found()


@pytest.mark.parametrize("name", ["lines", "tampering"])
def test_the_published_pages_are_of_the_full_counts(name: str) -> None:
    page = (ROOT / proofs()[name].page).read_text("utf-8")
    assert {"lines": "| payout lines | 1,0", "tampering": "| **all** | | **10,000** | **10,000** |"}[name] in page
