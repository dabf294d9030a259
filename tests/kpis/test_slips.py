"""A whole statement: its figures, its sources down to the deliveries, its place in the ledger, and how long it may be contested."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data_contracts.problems import Problems
from data_contracts.receipts import ADMITTED, Receipt, store
from kpis.incentives import ledger
from kpis.incentives.chance import chance_range
from kpis.workflows import pay
from kpis.workflows.build import build
from kpis.workflows.slips import Book, Decided, book
from kpis.workspace import Workspace, open_snapshot
from tests.kpis.small import NOW, company, fill

RUN = "service.2026-Q3.1"


@pytest.fixture
def where(tmp_path: Path) -> Workspace:
    """A company whose third quarter is paid; its cases came in a delivery with a receipt."""
    found = company(tmp_path)
    told = Receipt("service_cases", "d1", ADMITTED, NOW.isoformat(), "cases.csv", received=200, admitted=200, version=1)
    store(found.lake, told)
    pay.run(open_snapshot(found), "service", "2026-Q3", "HR", NOW)
    return found


def test_sources_go_down_to_the_delivery_its_receipt_and_its_rows(where: Workspace) -> None:
    [source] = book(open_snapshot(where), RUN).of("p_0").sources
    [delivery] = source.deliveries
    assert (delivery.file, delivery.at, delivery.rows, delivery.receipt) == ("cases.csv", NOW.isoformat(), 200, 1)
    assert (source.kpi, source.version, source.digest) == ("fcr", 1, where.kpis["fcr"].digest())


def test_what_came_after_the_run_is_no_source_of_it_and_moves_none_of_its_figures(where: Workspace) -> None:
    before = book(open_snapshot(where), RUN).of("p_0")
    late = {"opened_at": datetime(2026, 7, 7, 9, tzinfo=UTC), "contacts": 1, "channel": "phone", "department": "north"}
    rows = [{"case_id": f"late{at}", "first_contact_resolved": False, **late} for at in range(50)]
    fill(where, "service_cases", rows, "d2")
    build(where)
    after = book(open_snapshot(where), RUN).of("p_0")
    assert [each.delivery for each in after.sources[0].deliveries] == ["d1"]
    assert [(each.figure and each.figure.n, each.exact) for each in after.figures] == [(100, 80), (200, 70)]
    assert (after.margins, after.steps) == (before.margins, before.steps)


def test_the_ledger_entry_is_the_runs_own(where: Workspace) -> None:
    full = book(open_snapshot(where), RUN).of("p_0")
    assert full.sealed
    assert full.sealed.number == 3
    assert full.sealed.hash != ledger.START


def test_a_line_may_be_contested_for_sixty_days_from_calculation_and_anew_from_closing(where: Workspace) -> None:
    snapshot = open_snapshot(where)
    assert book(snapshot, RUN).of("p_0").contest_until == NOW + timedelta(days=60)
    closed = Decided("closed", "p_9", NOW + timedelta(days=5))
    full = Book(snapshot, RUN, [closed]).of("p_0")
    assert full.contest_until == NOW + timedelta(days=65)
    assert [each.step for each in full.decided] == ["calculated", "closed"]


def test_nobody_that_a_run_did_not_pay_has_a_statement(where: Workspace) -> None:
    with pytest.raises(Problems, match="person"):
        book(open_snapshot(where), RUN).of("p_77")
    with pytest.raises(Problems, match="Did you mean"):
        book(open_snapshot(where), "service.2026-Q3.2")


def test_draws_that_a_book_keeps_give_the_chance_range_that_stands_on_every_page(where: Workspace) -> None:
    held = book(open_snapshot(where), RUN)
    known, _luck = held._known()
    content = held.content
    for person, one in held.people.items():
        assert held.of(person).chance == chance_range(content.plan, content.frame, [one], known)
