"""Clawback through the records: two people, netted against later variable pay alone, told on the statement."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from data_contracts.problems import Problems
from kpis.incentives import checker
from kpis.payroll import journal, mapping
from kpis.records.session import session
from kpis.workflows import accrual, bundles, clawbacks, disputes, payruns, slips, verify
from kpis.workflows.plans import import_plan
from kpis.workspace import Workspace, open_snapshot
from tests.kpis import small
from tests.kpis.approved import BOARD, HR, SECOND, activate, approve, approved_company, closed, token
from tests.kpis.paid import MAPPING
from tests.kpis.small import NOW
from tests.kpis.test_runs import late
from tests.prove.tampered_bundles import rehash

CAUSE, EVENT, WHY = "leaving", date(2026, 11, 22), "Left for a competitor within a year."
TERMS = "clawback: {months: 12, causes: [leaving], share: 50}\n"


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(small, "PLAN", small.PLAN + TERMS)  # the same plan, with terms
    return approved_company(tmp_path)


def proposed(where: Workspace, run: str, amount: int | None = None) -> int:
    return clawbacks.propose(open_snapshot(where), run, "E1", CAUSE, EVENT, WHY, HR, NOW, token(), amount).entry


def accepted(where: Workspace, run: str, amount: int | None = None) -> int:
    number = proposed(where, run, amount)
    clawbacks.decide(open_snapshot(where), number, True, "So it says.", BOARD, NOW, token())
    return number


def test_the_terms_say_how_much_and_another_person_decides(where: Workspace) -> None:
    run = closed(where)
    paid = payruns.looked(where, run.id).payouts["p_1"]
    found = clawbacks.look(where, "E1", CAUSE, EVENT)[run.id]
    assert (found.paid, found.amount, found.months_left) == (paid, paid // 2, 12)
    number = proposed(where, run.id)
    snapshot = open_snapshot(where)
    with pytest.raises(Problems, match="proposed it"):
        clawbacks.decide(snapshot, number, True, "Yes.", HR, NOW, token())
    with pytest.raises(Problems, match="paid by"):
        clawbacks.decide(snapshot, number, True, "Yes.", "E1", NOW, token())
    with pytest.raises(Problems, match="claimed before"):
        proposed(where, run.id)
    clawbacks.decide(snapshot, number, False, "The contract says otherwise.", BOARD, NOW, token())
    assert [each.state for each in clawbacks.every(where)] == ["dropped"]
    assert clawbacks.look(where, "E1", CAUSE, EVENT)[run.id].amount == paid // 2  # dropped: it counts no more


def test_what_the_terms_do_not_allow_is_refused_with_the_reason(where: Workspace) -> None:
    run, snapshot = closed(where), open_snapshot(where)
    most = clawbacks.look(where, "E1", CAUSE, EVENT)[run.id].amount
    for cause, event, why, amount, told in (
        ("a bad mood", EVENT, WHY, None, "leaving only"),
        (CAUSE, date(2026, 11, 21), WHY, None, "not within 12 months"),
        (CAUSE, date(2026, 12, 24), WHY, None, "has happened"),
        (CAUSE, EVENT, " ", None, "a reason"),
        (CAUSE, EVENT, WHY, most + 1, "no more than the terms allow"),
    ):
        with pytest.raises(Problems, match=told):
            clawbacks.propose(snapshot, run.id, "E1", cause, event, why, HR, NOW, token(), amount)
    with pytest.raises(Problems, match="role"):
        clawbacks.propose(snapshot, run.id, "E1", CAUSE, EVENT, WHY, BOARD, NOW, token())
    assert clawbacks.every(where) == []


def test_an_accepted_claim_is_set_off_against_variable_pay_alone_and_never_below_nothing(where: Workspace) -> None:
    run, snapshot = closed(where), open_snapshot(where)
    number = accepted(where, run.id, 3000)
    at = payruns.looked(where, run.id)
    assert at.due == {}  # nothing is taken back by itself: there is no negative payment
    for wish, left, got in ((1250, 1750, 0), (5000, 0, 3250)):
        opened = disputes.open_(snapshot, run.id, "E1", "own", "Cases are missing.", "E1", NOW, token())
        disputes.decide(snapshot, opened.entry, True, "They were.", SECOND, NOW, token(), wish)
        before = sum(amount for place, amount in payruns.looked(where, run.id).paid.items() if place[0] == "p_1")
        payruns.close(snapshot, run.id, HR, NOW, token())
        after = sum(amount for place, amount in payruns.looked(where, run.id).paid.items() if place[0] == "p_1")
        assert after - before == got
        assert [each.claim.amount - each.taken for each in clawbacks.every(where)] == [left]
    assert [each.state for each in clawbacks.every(where)] == ["settled"]
    assert payruns.looked(where, run.id).due == {}  # what was kept is not paid by the next closing
    assert verify.payouts(where).problems == ()
    assert checker.check(bundles.files(where, run.id))[0] == []
    told = slips.book(open_snapshot(where), run.id).of("p_1").beside
    assert [(each.kind, each.amount, each.state) for each in told.adjustments if each.entry == number] == [
        ("clawback", -3000, "settled"),
        ("set off", -3000, "paid"),
    ]


def test_verify_finds_a_claim_that_was_changed_afterwards(where: Workspace) -> None:
    number = accepted(where, closed(where).id, 3000)
    with session(where.engine) as records:
        records.connection().exec_driver_sql(f"UPDATE clawback SET amount = 1 WHERE entry = {number}")
    assert verify.payouts(where).problems


def forged(where: Workspace, run: str, table: str, **changes: str) -> set[str]:
    """What the checker says of a bundle whose newest row of a table was changed by somebody who hashes everything anew."""
    files = bundles.files(where, run)
    rows, entries = json.loads(files["decisions.json"]), json.loads(files["ledger.json"])
    row = [each for each in rows if each["row"]["table"] == table][-1]
    row["row"] |= changes
    entries[row["entry"] - 1]["payload"]["rows"] = checker.hash_of(
        each["row"] for each in rows if each["entry"] == row["entry"]
    )
    files["decisions.json"] = json.dumps(rows).encode()
    rehash(files, entries)
    return {each.place.rpartition(", ")[2] for each in checker.check(files)[0]}


@pytest.mark.parametrize(
    ("table", "changes", "told"),
    [
        ("clawback", {"amount": "900000", "paid": "900000"}, "paid"),
        ("clawback", {"amount": "900000"}, "more than was paid"),
        ("clawback", {"cause": "misconduct"}, "cause"),
        ("clawback", {"share": "1"}, "share"),
        ("clawback_decision", {"by": HR}, "by"),
    ],
)
def test_the_checker_holds_open_claims_against_the_plan_and_what_was_paid(
    where: Workspace, table: str, changes: dict[str, str], told: str
) -> None:
    run = closed(where)
    accepted(where, run.id, 3000)
    assert checker.check(bundles.files(where, run.id))[0] == []
    for person in ("p_1", "p_2"):
        own = bundles.files(where, run.id, person)
        assert checker.check(own)[0] == []
        assert (b'"clawback"' in own["decisions.json"]) == (person == "p_1")
    assert told in forged(where, run.id, table, **changes)


def test_a_claim_that_another_plan_sets_off_is_in_that_plans_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small, "PLAN", small.PLAN + TERMS.replace("}", ", set_off: any_plan}"))
    where = approved_company(tmp_path)
    accepted(where, closed(where).id, 3000)
    snapshot = open_snapshot(where)
    import_plan(snapshot, small.PLAN.replace("id: service", "id: third"), NOW)
    activate(where, "third")
    run, _ = payruns.calculate(snapshot, "third", "2026-Q3", HR, NOW)
    if payruns.looked(where, run.id).exceptions:
        payruns.decide(snapshot, run.id, payruns.ALL, "pay", "Looked at.", HR, NOW, token())
    payruns.check(snapshot, run.id, BOARD, HR, NOW, token())
    approve(where, run.id)
    payruns.close(snapshot, run.id, HR, NOW, token())
    for person in ("", "p_1"):
        files = bundles.files(where, run.id, person)
        told = {each["row"]["table"] for each in json.loads(files["decisions.json"])}
        assert {"clawback", "clawback_decision", "clawback_set_off"} <= told
        assert [each.place for each in checker.check(files)[0]] == []


def test_an_accrual_is_less_by_what_accepted_claims_will_set_off_and_not_by_what_is_only_proposed(
    where: Workspace,
) -> None:
    (where.root / mapping.FILE).write_text(MAPPING)
    run = closed(where)
    before = accrual.of_month(open_snapshot(where), "2026-11")
    number = proposed(where, run.id, 3000)
    assert accrual.of_month(open_snapshot(where), "2026-11").owed == before.owed
    clawbacks.decide(open_snapshot(where), number, True, "So it says.", BOARD, NOW, token())
    found = accrual.of_month(open_snapshot(where), "2026-11")
    assert found.owed == before.owed - 3000
    assert found.owed_of("service", "2026-Q3") == -3000
    accrual.booked(where, found, "finance", NOW)
    assert journal.balance(accrual.entries(where, found)) == 0


def test_after_a_restatement_the_computed_difference_is_proposed_and_never_taken_twice(where: Workspace) -> None:
    run = closed(where)
    late(where)
    snapshot = open_snapshot(where)
    again, _ = payruns.restate(snapshot, run.id, HR, NOW + timedelta(days=1))
    paid, now = (payruns.looked(where, each).payouts["p_3"] for each in (run.id, again.id))
    assert paid > now
    with pytest.raises(Problems, match="takes it off when it closes"):
        clawbacks.propose(snapshot, run.id, "E3", CAUSE, EVENT, WHY, HR, NOW, token())
    row = next(each for each in payruns.looked(where, again.id).exceptions if "p_3" in each.people)
    payruns.decide(
        snapshot, again.id, row.number, "adjust", "By the terms of the plan.", SECOND, NOW, token(), ["E3"], paid - now
    )
    found = clawbacks.look(where, "E3", CAUSE, EVENT)[run.id]
    assert (found.restated, found.proposed) == (paid - now, min(paid - now, found.amount))
    number = clawbacks.propose(snapshot, run.id, "E3", CAUSE, EVENT, WHY, HR, NOW, token()).entry
    assert [each.claim.amount for each in clawbacks.every(where) if each.claim.entry == number] == [found.proposed]
    assert clawbacks.look(where, "E3", CAUSE, EVENT)[run.id].restated == paid - now - found.proposed
