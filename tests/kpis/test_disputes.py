"""Disputes: one's own line, held while it is open, decided by somebody else; and heads of the ledger kept elsewhere."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from data_contracts.problems import Problems
from kpis.incentives import heads
from kpis.workflows import disputes, kept_heads, payruns, verify
from kpis.workspace import Workspace, open_snapshot
from tests.kpis.approved import AUDIT, BOARD, HR, SECOND, approve, approved_company, checked, closed, token
from tests.kpis.small import NOW


@pytest.fixture
def where(tmp_path: Path) -> Workspace:
    return approved_company(tmp_path)


def test_a_dispute_holds_its_line_and_not_the_payout(where: Workspace) -> None:
    run, snapshot = checked(where), open_snapshot(where)
    opened = disputes.open_(snapshot, run.id, "E1", "own", "I was in the south.", "E1", NOW, token())
    approve(where, run.id)
    payruns.close(snapshot, run.id, HR, NOW, token())
    at = payruns.looked(where, run.id)
    assert set(at.waiting) == {("p_1", 0, "own")}
    assert ("p_1", 0, "company") in at.paid
    disputes.decide(snapshot, opened.entry, False, "The assignment says north.", AUDIT, NOW, token())
    payruns.close(snapshot, run.id, SECOND, NOW, token())
    assert sum(payruns.looked(where, run.id).paid.values()) == run.total
    assert verify.payouts(where).problems == ()


def test_what_is_granted_is_an_adjustment_that_another_person_pays(where: Workspace) -> None:
    run, snapshot = closed(where), open_snapshot(where)
    opened = disputes.open_(snapshot, run.id, "E1", "own", "Two cases are missing.", "E1", NOW, token())
    disputes.decide(snapshot, opened.entry, True, "They were.", SECOND, NOW, token(), 1250)
    at = payruns.looked(where, run.id)
    assert at.due == {("p_1", -1, f"adjustment {at.adjustments[-1].entry}"): 1250}
    with pytest.raises(Problems, match="released it"):
        payruns.close(snapshot, run.id, SECOND, NOW, token())
    payruns.close(snapshot, run.id, HR, NOW, token())
    assert sum(payruns.looked(where, run.id).paid.values()) == run.total + 1250


def test_whoever_took_a_step_of_the_run_does_not_decide_a_dispute_about_it(where: Workspace) -> None:
    run, snapshot = closed(where), open_snapshot(where)
    opened = disputes.open_(snapshot, run.id, "E1", "own", "Two cases are missing.", "E1", NOW, token())
    for by, step in ((HR, "calculated"), (BOARD, "approved")):
        assert f"{by} {step} it" in str(disputes.why_not(snapshot, opened.entry, by, NOW)[0])
        with pytest.raises(Problems, match="another person"):
            disputes.decide(snapshot, opened.entry, True, "They were.", by, NOW, token(), 1250)
    assert disputes.why_not(snapshot, opened.entry, SECOND, NOW) == []
    disputes.decide(snapshot, opened.entry, True, "They were.", AUDIT, NOW, token(), 1250)
    again = disputes.open_(snapshot, run.id, "E2", "own", "Mine too.", "E2", NOW, token())
    disputes.decide(snapshot, again.entry, True, "They were.", AUDIT, NOW, token(), 1250)


def test_what_is_granted_is_for_the_one_who_contests(where: Workspace) -> None:
    run, snapshot = closed(where), open_snapshot(where)
    opened = disputes.open_(snapshot, run.id, "E1", "own", "Two cases are missing.", "E1", NOW, token())
    with pytest.raises(Problems, match="an amount above 0"):
        disputes.decide(snapshot, opened.entry, True, "They were.", AUDIT, NOW, token(), -500_000)


def test_a_dispute_is_ones_own_in_time_with_words_and_decided_once(where: Workspace) -> None:
    run, snapshot = closed(where), open_snapshot(where)
    for by, line, words, when in (
        ("E2", "own", "Why?", NOW),
        ("E1", "owm", "Why?", NOW),
        ("E1", "own", " ", NOW),
        ("E1", "own", "Why?", NOW + timedelta(days=61)),
    ):
        with pytest.raises(Problems):
            disputes.open_(snapshot, run.id, "E1", line, words, by, when, token())
    opened = disputes.open_(snapshot, run.id, "E1", "own", "Why?", "E1", NOW, token())
    with pytest.raises(Problems, match="one dispute at a time"):
        disputes.open_(snapshot, run.id, "E1", "own", "Why?", "E1", NOW, token())
    with pytest.raises(Problems, match="an amount above 0"):
        disputes.decide(snapshot, opened.entry, True, "Yes.", AUDIT, NOW, token())
    with pytest.raises(Problems, match="paid by it"):
        disputes.decide(snapshot, opened.entry, False, "No.", "E1", NOW, token())
    assert [each.overdue for each in disputes.every(where, NOW.date() + timedelta(days=31))] == [True]
    disputes.decide(snapshot, opened.entry, False, "No.", AUDIT, NOW, token())
    with pytest.raises(Problems, match="a decided one"):
        disputes.decide(snapshot, opened.entry, False, "No.", AUDIT, NOW, token())


# What verify finds

ROWS = {
    "a step": "UPDATE run_step SET by = 'audit@example.org' WHERE step = 'approved'",
    "an approval taken out": "DELETE FROM plan_step WHERE step = 'approved' AND by LIKE 'audit%'",
    "an approval added": "INSERT INTO plan_step (entry, plan, version, step, digest, text_digest, by, at) "
    "SELECT entry, plan, version, step, digest, text_digest, 'x@example.org', at FROM plan_step WHERE step = 'approved' LIMIT 1",
    "what was paid": "UPDATE paid_line SET amount = amount + 1 WHERE person = 'p_0' AND component = 'own'",
    "two people's lines swapped": "UPDATE paid_line SET person = CASE person WHEN 'p_0' THEN 'x' ELSE person END",
    "a dispute's words": "UPDATE dispute SET text = 'nothing'",
    "moved to another entry": "UPDATE run_step SET entry = entry - 1 WHERE step = 'closed'",
}


@pytest.mark.parametrize("what", ROWS)
def test_verify_finds_rows_that_were_changed_after_they_were_decided(where: Workspace, what: str) -> None:
    run, snapshot = closed(where), open_snapshot(where)
    disputes.open_(snapshot, run.id, "E1", "own", "Why?", "E1", NOW, token())
    assert verify.payouts(where).problems == ()
    with sqlite3.connect(where.root / "records.db") as records:
        records.execute(ROWS[what])
    assert verify.payouts(where).problems


def rewritten(where: Workspace, keep: int) -> None:
    """Cut the ledger after `keep` entries as somebody could who owns the database."""
    with sqlite3.connect(where.root / "records.db") as records:
        records.execute("PRAGMA foreign_keys = OFF")
        records.execute("DROP TRIGGER ledger_no_delete")
        for table in ("act", "run_step", "paid_line"):
            records.execute(f"DELETE FROM {table} WHERE entry > {keep}")
        records.execute("DELETE FROM kept_head")  # else the head that was given out tells
        records.execute(f"DELETE FROM ledger WHERE sequence > {keep}")


def test_a_cut_tail_shows_only_against_a_head_kept_elsewhere(where: Workspace) -> None:
    closed(where)
    kept, _ = heads.read(json.dumps(kept_heads.export(where, NOW, "usb")), "head.json")
    assert verify.payouts(where, head=kept).problems == ()
    assert kept.short() in verify.payouts(where, head=kept).head
    rewritten(where, kept.sequence - 1)
    assert verify.payouts(where).problems == ()
    assert verify.payouts(where).head.startswith("not held against")
    assert "cut off" in str(verify.payouts(where, head=kept).problems[0])


def test_a_head_is_signed_and_checked_with_the_other_half_of_the_key(where: Workspace) -> None:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    mine, theirs = (
        each.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for each in (key, other)
    )
    told = kept_heads.export(where, NOW, "vault", private)
    assert heads.unsigned(told, mine, "h") == []
    assert heads.unsigned(told, theirs, "h")
    assert heads.unsigned({**told, "sequence": 1}, mine, "h")
    assert heads.unsigned({name: told[name] for name in told if name != "signature"}, mine, "h")
    assert heads.unsigned(told, b"nothing", "h")
    with pytest.raises(Problems):
        heads.read("{}", "h")
    with pytest.raises(Problems):
        kept_heads.export(where, NOW, "vault", b"nothing")
