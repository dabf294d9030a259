"""One's own sheet as a page: HR's alone, nothing of it kept, every difference with its cause."""

import io
from pathlib import Path

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.pages import opened, sent
from tests.kpis.paid import MAPPING, RUN, close
from tests.kpis.small import NOW, SETTINGS, company, demo_company


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose third quarter is paid."""
    root = demo_company(tmp_path_factory.mktemp("compare")).root
    close(root)
    (root / "payroll.toml").write_text(MAPPING)
    return root


@pytest.fixture(autouse=True)
def where(kept: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(kept))
    monkeypatch.delenv("GOLDENTHREAD_VIEWER", raising=False)
    return kept


def theirs(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in (("Employee number", "Bonus"), *rows):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def shown(at: AppTest) -> str:
    """Everything sent, with the cells of tables and without the marks that keep text from being Markdown."""
    cells = [str(cell) for each in at.table for row in each.value.values.tolist() for cell in row]
    return (sent(at) + "\n".join(cells)).replace("\\", "")


def given(content: bytes, name: str = "theirs.xlsx") -> AppTest:
    at = opened("compare", "hr", run=RUN)
    at.file_uploader[0].upload(name, content, "application/octet-stream")
    return at.run()


@pytest.mark.parametrize("eyes", ["leader", "steward", "E1"])
def test_the_page_is_hrs_alone(eyes: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", "")
    at = opened("compare", eyes)
    assert "You may not see this page" in sent(at)
    assert not at.file_uploader


def test_before_a_sheet_it_says_what_it_needs() -> None:
    at = opened("compare", "hr")
    assert not at.exception
    told = shown(at)
    assert "No sheet yet" in told
    assert "Nothing was handed over" in told


def test_it_says_who_is_paid_another_amount_and_why() -> None:
    at = given(theirs(("E0", 1310.68), ("E1", 1310.68), ("E2", 1400), ("E3", 705.75), ("E4", 705.75)))
    told = shown(at)
    assert not at.exception
    for text in (
        "2 people are paid another amount",
        "Unexplained",
        "No row in your sheet",
        "Person 2",
        "Sheet!B4",
    ):
        assert text in told, text


def test_what_cannot_be_read_is_told_by_cell_and_nothing_breaks() -> None:
    told = shown(given(theirs(("E0", "much"))))
    assert "Sheet!B2" in told
    assert "could not be drawn" not in told
    assert "other content" in shown(given(b"no workbook"))


def test_an_unknown_run_in_the_address_is_said_so() -> None:
    assert "is called" in sent(opened("compare", "hr", run="nothing"))


def test_what_payroll_paid_is_shown(kept: Path, tmp_path: Path) -> None:
    from kpis.workflows import handoff, readback
    from kpis.workspace import open_snapshot, open_workspace

    snapshot = open_snapshot(open_workspace(kept, NOW))
    handed = handoff.handed_over(snapshot, RUN, "generic", "Hanna", NOW)
    file = tmp_path / "paid.csv"
    file.write_bytes(handed.content.replace(b"907.39", b"907.40", 1))
    readback.read_back(snapshot, file, RUN, "generic", "Hanna", NOW)
    told = shown(opened("compare", "hr", run=RUN))
    for text in ("1 payment is not what was handed over", "Handed over, generic", "Hanna", "Differs"):
        assert text in told, text


def test_without_a_run_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = company(tmp_path).root
    (fresh / "goldenthread.toml").write_text(SETTINGS.replace("as_of", "demo = true\nas_of"))
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(fresh))
    assert "No run yet" in sent(opened("compare", "hr"))
