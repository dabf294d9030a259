"""A workbook of people is one thing: all of its sheets are taken in, or none."""

from datetime import date
from pathlib import Path

from kpis.workflows import admit, people_sheets
from kpis.workspace import Snapshot, open_snapshot
from tests.kpis.small import NOW
from tests.kpis.test_sheets import edited, refused
from tests.kpis.test_sheets import kept as kept
from tests.kpis.test_sheets import snapshot as snapshot


def test_a_workbook_of_people_is_taken_in_whole_or_not_at_all(snapshot: Snapshot, tmp_path: Path) -> None:
    content, where = people_sheets.export_people(snapshot), snapshot.workspace
    new = [
        ("People!A8", "E9"),
        ("People!B8", "New Person"),
        ("Employment!A8", "E9"),
        ("Employment!B8", date(2026, 11, 1)),
    ]
    new += [("Employment!D8", 40), ("Employment!E8", 40), ("Assignments!A8", "E9"), ("Assignments!B8", "north")]
    new += [("Assignments!C8", 1), ("Assignments!D8", date(2026, 11, 1))]
    cells = [*new, ("Pay basis!D3", -5)]
    found = refused(lambda: people_sheets.import_people(snapshot, edited(content, tmp_path / "p.xlsx", *cells), NOW))
    assert set(found) == {"Pay basis!D3"}
    assert admit.receipts(where) == []
    assert open_snapshot(where).lake.versions == snapshot.lake.versions
    receipts = people_sheets.import_people(snapshot, edited(content, tmp_path / "p.xlsx", *new), NOW)
    assert [(each.dataset, each.admitted) for each in receipts] == [
        ("people", 7),
        ("employment", 7),
        ("assignments", 7),
    ]
