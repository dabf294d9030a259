"""The checker on what followed a calculation: steps, decisions, disputes, adjustments, payments; and on one person's part."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpis.incentives import checker, ledger, parts
from kpis.workflows import bundles, chain, pay, verify
from kpis.workspace import Workspace, open_snapshot
from tests.kpis.approved import AUDIT, BOARD, HR, SECOND, approved_company
from tests.kpis.restated import restated
from tests.kpis.small import NOW, company
from tests.kpis.test_runs import sql
from tests.prove.tampered_bundles import mend, rehash

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, str]:
    """A closed run; a dispute that held its line, was granted and paid; late data, held, adjusted by hand, released and paid."""
    where = approved_company(tmp_path_factory.mktemp("paid"))
    return where, restated(where)


def places(files: Files, head: str | None = None) -> list[str]:
    return [each.place for each in checker.check(files, head)[0]]


def test_a_history_with_a_dispute_a_restatement_and_releases_is_followed_to_the_cent(
    paid: tuple[Workspace, str],
) -> None:
    where, run = paid
    for each in (run, run.removesuffix("2") + "1"):
        assert checker.check(bundles.files(where, each), chain.head(where).hash)[0] == []
    rows = [each["row"] for each in json.loads(bundles.files(where, run)["decisions.json"])]
    tables = {
        "run_step",
        "run_exception",
        "run_decision",
        "run_decision_person",
        "adjustment",
        "dispute",
        "dispute_decision",
        "paid_line",
    }
    assert {each["table"] for each in rows} == tables
    assert [problem for problem in verify.payouts(where).problems if "facts" not in problem.where] == []


def forged(files: Files, change: Callable[[list[dict[str, Any]]], None]) -> Files:
    """The rows changed by somebody who hashes them, every entry and the manifest anew."""
    files = dict(files)
    rows, entries = json.loads(files["decisions.json"]), json.loads(files["ledger.json"])
    change(rows)
    files["decisions.json"] = json.dumps(rows).encode()
    for entry in entries:
        mine = [each["row"] for each in rows if each["entry"] == entry["position"]]
        if mine:
            told = b"\n".join(sorted(checker.canonical(row).encode() for row in mine))
            entry["payload"]["rows"] = checker.sha256(told)
    rehash(files, entries)
    return files


def of(rows: list[dict[str, Any]], table: str, **wanted: str) -> dict[str, Any]:
    found = [each for each in rows if each["row"]["table"] == table and wanted.items() <= each["row"].items()]
    return found[-1]["row"]  # type: ignore[no-any-return]


FORGERIES: dict[str, tuple[Callable[[list[dict[str, Any]]], Any], str]] = {
    "the one who checked approves": (
        lambda rows: [of(rows, "run_step", step="approved").update(by=HR), of(rows, "run_step", step="checked").update(asked=HR)],
        "approved, by",
    ),
    "the one who adjusted approves": (lambda rows: of(rows, "adjustment", kind="decided").update(by=AUDIT), "approved, by"),
    "the one who approved closes": (lambda rows: of(rows, "run_step", step="closed").update(by=AUDIT), "closed, by"),
    "the one who released closes": (lambda rows: of(rows, "run_step", step="closed").update(by=SECOND), "closed, by"),
    "somebody approves who was not asked": (
        lambda rows: of(rows, "run_step", step="approved").update(by=BOARD),
        "approved, by who was asked",
    ),
    "other content is closed": (lambda rows: of(rows, "run_step", step="approved").update(content="0" * 64), "content"),
    "a cent more is paid": (lambda rows: of(rows, "paid_line").update(amount="1"), "closed, paid"),
    "an adjustment grows": (lambda rows: of(rows, "adjustment", kind="decided").update(amount="50000"), "closed, paid"),
    "a held line is not held": (lambda rows: of(rows, "run_exception", number="1").update(held=False), "closed, paid"),
    "a released line was not": (lambda rows: of(rows, "run_decision", choice="pay").update(choice="hold"), "closed, paid"),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGERIES)
def test_what_the_rules_forbid_shows_though_every_hash_was_made_to_fit(paid: tuple[Workspace, str], what: str) -> None:
    change, place = FORGERIES[what]
    found = places(forged(bundles.files(*paid), lambda rows: change(rows) and None))
    assert any(place in each for each in found), found
    assert not any("SHA-256" in each or "hash" in each or "rows of entry" in each for each in found), found


def test_a_row_added_taken_out_or_changed_does_not_fit_its_entry(paid: tuple[Workspace, str]) -> None:
    whole = bundles.files(*paid)
    for change in (
        lambda rows: rows.pop(),
        lambda rows: rows.append(rows[0]),
        lambda rows: rows[0]["row"].update(told="another"),
        lambda rows: rows.append({"entry": 1, "row": rows[0]["row"]}),
    ):
        rows = json.loads(whole["decisions.json"])
        change(rows)
        files = whole | {"decisions.json": json.dumps(rows).encode()}
        assert any("decisions.json, " in each and "SHA" not in each for each in places(files))


# One person's part


def test_one_person_holds_their_part_against_a_head_on_paper_and_sees_nobody_else(paid: tuple[Workspace, str]) -> None:
    where, run = paid
    head = f"Ledger {chain.head(where).short()}"
    for person in (f"p_{at}" for at in range(6)):
        files = bundles.files(where, run, person)
        assert places(files, head) == []
        text = b"".join(each for name, each in files.items() if name.endswith((".json", ".csv")))
        assert [name for name in (b"p_0", b"p_1", b"p_2", b"p_3", b"p_4", b"p_5") if name in text] == [person.encode()]
        assert b"569642" not in text  # what all get together


def test_a_manifest_that_is_another_file_is_told_and_never_a_traceback(paid: tuple[Workspace, str]) -> None:
    for text in (b"[]", b"{}", b"0", b"", b"null"):
        assert places(bundles.files(*paid, "p_3") | {"manifest.json": text}, "0" * 64)


PART = {
    "pay": ("participants.json", b"4000000", b"4000100"),
    "the hash beside": ("manifest.json", b'"left"', b'"right"'),
    "a statement's steps": ("payouts.csv", b"a", b"b"),
    "the versions": ("run.json", b'"service_cases": 2', b'"service_cases": 1'),
}


@pytest.mark.parametrize("what", PART)
def test_a_changed_part_does_not_give_the_hash_in_the_ledger(paid: tuple[Workspace, str], what: str) -> None:
    files = bundles.files(*paid, "p_3")
    name, old, new = PART[what]
    assert old in files[name]
    files[name] = files[name].replace(old, new, 1) if name != "payouts.csv" else files[name][:-3] + b"0\n"
    assert any("as the ledger holds it" in each for each in places(files))


def test_a_run_kept_before_the_ledger_vouched_for_parts_is_vouched_for_when_a_part_is_asked_for(tmp_path: Path) -> None:
    where = company(tmp_path)
    run, _ = pay.run(open_snapshot(where), "service", "2026-Q3", "HR", NOW)
    sql(where, "DROP TRIGGER ledger_no_delete")
    sql(where, "DELETE FROM ledger WHERE sequence > 3")
    assert places(bundles.files(where, run.id)) == []
    assert "ledger.json, an entry of everybody's part" in places(bundles.files(where, run.id, "p_3"))
    head = chain.head(where).hash
    for _time in range(2):
        bundles.vouch(where, run.id, NOW)
        assert len(chain.entries(where)) == 4
    assert verify.payouts(where).problems == ()
    assert places(bundles.files(where, run.id, "p_3")) == []
    assert places(bundles.files(where, run.id, "p_3"), head) == ["ledger.json, entry 4"]


def test_a_leaf_and_the_nodes_beside_it_give_the_root_for_any_number_of_people() -> None:
    for size in range(1, 18):
        row = [parts.digest(at) for at in range(size)]
        for at in range(size):
            found = row[at]
            for side, beside in parts.path(row, at):
                found = checker.joined([beside, found] if side == "left" else [found, beside])
            assert found == parts.root(row)


OWN: dict[str, tuple[Callable[[list[dict[str, Any]]], Any], str]] = {
    "a payment grows": (lambda rows: of(rows, "paid_line").update(amount="1"), "for one person"),
    "a dispute is left out": (
        lambda rows: rows.remove(next(each for each in rows if each["row"]["table"] == "dispute")),
        "for one person",
    ),
    "somebody else approved": (lambda rows: of(rows, "run_step", step="approved").update(by=BOARD), "for everybody"),
    "an exception held nobody": (lambda rows: of(rows, "run_exception").update(held=False), "for one person"),
}


@pytest.mark.parametrize("what", OWN)
def test_one_person_sees_what_followed_and_a_changed_row_of_it_does_not_give_the_hash_in_the_ledger(
    paid: tuple[Workspace, str], what: str
) -> None:
    files = bundles.files(*paid, "p_3" if "exception" in what else "p_1")
    rows = json.loads(bundles.files(*paid, "p_1")["decisions.json"])
    assert {"dispute", "dispute_decision", "adjustment", "paid_line", "run_step"} <= {
        each["row"]["table"] for each in rows
    }
    change, place = OWN[what]
    found = places(changed_rows(files, change))
    assert any(place in each and "as the ledger holds it" in each for each in found), found


def changed_rows(files: Files, change: Callable[[list[dict[str, Any]]], Any]) -> Files:
    """The rows changed, and a manifest that fits them."""
    rows = json.loads(files["decisions.json"])
    change(rows)
    files = files | {"decisions.json": json.dumps(rows).encode()}
    mend(files)
    return files


def test_an_act_left_out_of_one_persons_bundle_shows_where_it_changed_what_was_due(paid: tuple[Workspace, str]) -> None:
    where, run = paid
    files = bundles.files(where, run.removesuffix("2") + "1", "p_1")
    rows, entries = json.loads(files["decisions.json"]), json.loads(files["ledger.json"])
    at = next(each["entry"] for each in rows if each["row"]["table"] == "adjustment")
    for entry in entries:
        if entry.get("payload", {}).get("of") == at:
            del entry["payload"]
    files |= {"ledger.json": json.dumps(entries).encode()}
    files = changed_rows(files, lambda rows: [rows.remove(each) for each in [*rows] if each["entry"] == at])
    assert any("closed, paid" in each for each in places(files))


@pytest.mark.parametrize("bare", [False, True])
def test_what_one_person_is_shown_cannot_be_forged_behind_an_entry_whose_content_they_do_not_see(
    paid: tuple[Workspace, str], bare: bool
) -> None:
    """The next entry once kept its hash whatever stood before it, where one person did not see what it says."""
    where, run = paid
    files = bundles.files(where, run, "p_3")
    entries = json.loads(files["ledger.json"])
    at, own = next((at, each) for at, each in enumerate(entries) if each.get("payload", {}).get("kind") == "people")
    own["payload"]["shared"] = "0" * 64
    own["hash"] = ledger.digest(own["position"], own["previous"], own["payload"])
    entries[at + 1]["previous"] = own["hash"]
    if bare:
        entries[at + 1] = {name: entries[at + 1][name] for name in ("position", "previous", "hash")} | {
            "content": "0" * 64
        }
    files["ledger.json"] = json.dumps(entries).encode()
    mend(files)
    assert f"ledger.json, entry {at + 2}, hash" in places(files, chain.head(where).hash)


def test_a_ledger_begun_by_an_earlier_version_is_followed_on(tmp_path: Path) -> None:
    first = {"kind": "agreement"}
    old = ledger.Entry(1, ledger.START, first, ledger.chained(1, ledger.START, first))
    chained = [old, ledger.entry(old, {"kind": "run"})]
    assert ledger.broken(chained) == []
    assert ledger.broken([ledger.Entry(1, ledger.START, {"kind": "other"}, old.hash), chained[1]])
