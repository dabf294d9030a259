"""Disputes on pages: opened on one's own statement, told on it, and decided on the payout page by somebody else."""

import io
from pathlib import Path

import pypdf
import pytest

from dashboard import data, slip_files
from dashboard.access import Viewer
from data_contracts.problems import Problems
from kpis.workflows import disputes, payruns, slips
from kpis.workspace import Workspace, open_snapshot
from tests.dashboard.pages import as_, press, read
from tests.kpis.approved import AUDIT, BOARD, HR, approved_company, checked, closed, token
from tests.kpis.small import NOW

WORDS = "I was in the south in July."


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", "")
    return approved_company(tmp_path)


def test_a_person_contests_one_line_on_their_own_page_and_reads_where_it_stands(
    where: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = checked(where)
    at = as_("E1", "me", monkeypatch, period="2026-Q3")
    assert not at.exception
    at.selectbox(key=f"contest_line_{run.id}").select("own").run()
    at.text_area(key=f"contest_text_{run.id}").input(WORDS).run()
    press(at, "Contest this line")
    found = payruns.looked(where, run.id)
    assert [(each.person, each.component, each.text) for each, _ in found.disputes] == [("p_1", "own", WORDS)]
    assert {place[2] for place in found.waiting if place[0] == "p_1"} == {"own"}
    told = read(at)
    for text in (
        "is open: the line waits",
        "Held back",
        f"You contest it: {WORDS}",
        "What you contest",
        "Open, to be decided by 22 December 2026",
    ):
        assert text in told
    assert "own" not in at.selectbox(key=f"contest_line_{run.id}").options  # one dispute at a time


def test_nobody_contests_a_line_of_another_whatever_their_page_sends(where: Workspace) -> None:
    run = closed(where)
    mine = Viewer("p_1", "Person 1", frozenset({"employee"}))
    with pytest.raises(Problems, match="a line of the payout"):
        data.contest(mine, run.id, "no such line", WORDS)
    with pytest.raises(Problems, match="a person of this company"):
        data.contest(Viewer(None, HR, frozenset({"hr"})), run.id, "own", WORDS)
    assert disputes.every(where, NOW.date()) == []


def test_paper_and_data_list_what_is_held_adjusted_and_contested_with_their_state(where: Workspace) -> None:
    run, snapshot = closed(where), open_snapshot(where)
    first = disputes.open_(snapshot, run.id, "E1", "own", WORDS, "E1", NOW, token())
    disputes.decide(snapshot, first.entry, True, "It was so.", AUDIT, NOW, token(), 1250)
    disputes.open_(snapshot, run.id, "E1", "company", "And this?", "E1", NOW, token())
    full = slips.book(open_snapshot(where), run.id).of("p_1")
    paper = pypdf.PdfReader(io.BytesIO(slip_files.pdf(snapshot, full)))
    told = " ".join(" ".join(each.extract_text() for each in paper.pages).split())
    for text in ("Granted dispute", "It was so.", "Granted: €12.50", "Paid at the next closing", "And this?", "€12.50"):
        assert text in told
    found = slip_files.data(slip_files.reader(snapshot), full)
    assert [(each["amount"], each["state"]) for each in found["adjustments"]] == [(1250, "due")]
    assert [each["outcome"] for each in found["disputes"]] == ["granted", "open"]
    assert found["held"] == []  # both lines were paid before they were contested: nothing waits
    payruns.close(snapshot, run.id, HR, NOW, token())
    again = slips.book(open_snapshot(where), run.id).of("p_1")
    assert [each.state for each in again.beside.adjustments] == ["paid"]


def test_an_approver_whom_the_run_does_not_pay_decides_it_on_the_payout_page(
    where: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = closed(where)
    disputes.open_(open_snapshot(where), run.id, "E1", "own", WORDS, "E1", NOW, token())
    at = as_("audit@example.org", "payout", monkeypatch)
    told = read(at)
    assert "Only the contested lines and the claims of this run are for you" in told
    assert WORDS in told
    assert "First contact" in told  # the figure that the line was paid on
    assert "5,696.42" not in told
    at.segmented_control(key="dispute_choice").set_value("Grant").run()
    at.number_input(key="dispute_amount").set_value(12.5).run()
    at.text_input(key="dispute_why").input("The assignment says south.").run()
    press(at, "Decide the dispute")
    at_run = payruns.looked(where, run.id)
    assert [(each.kind, each.amount) for each in at_run.adjustments] == [("dispute", 1250)]
    assert "Every contested line is decided" in read(as_(HR, "payout", monkeypatch))


def test_somebody_paid_by_the_run_neither_sees_nor_decides_a_dispute(where: Workspace) -> None:
    run = closed(where)
    done = disputes.open_(open_snapshot(where), run.id, "E1", "own", WORDS, "E1", NOW, token())
    paid = Viewer("p_0", "Person 0", frozenset({"employee", "head", "approver"}))
    with pytest.raises(Problems, match="Contested lines are for HR"):
        data.contested(paid, run.id)
    hr = Viewer(
        "p_0", "Person 0", frozenset({"employee", "hr"})
    )  # sees it, as HR does; the workflow refuses the decision
    assert [each.dispute.number for each in data.contested(hr, run.id)] == [done.entry]
    with pytest.raises(Problems, match="paid by it"):
        data.decide_dispute(hr, run.id, done.entry, 0, "No.")
    assert data.why_not_decide(Viewer(None, BOARD, frozenset({"approver"})), done.entry)  # who approved it
    assert not data.why_not_decide(Viewer(None, "audit@example.org", frozenset({"approver"})), done.entry)
