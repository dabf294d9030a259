"""Admission: one commit point, nothing lost, nothing twice, and nobody's name in the lake."""

from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_contracts.contract import parse_contract
from data_contracts.expectations import CheckBroke, Expectation, expectations
from data_contracts.receipts import from_json, read_receipts, summary
from data_contracts.staging import lock, staging
from data_contracts.verification import verify_receipts
from tests.data_contracts.conftest import NOW, Desk
from tests.data_contracts.test_contract import with_rule

ANSWERS = "survey_responses"
Answers = Callable[..., str]
PEOPLE = "person,name,email,level,manager\ne1,Anna Ångström,anna@example.com,1,\nemployee-7,Bo,bo@example.com,2,e1\n"


def test_the_same_file_again_does_nothing_and_says_so(desk: Desk, answers: Answers) -> None:
    first, second = (desk.admit(ANSWERS, answers({}, {"nps": "3"})) for _ in range(2))
    assert (first.state, second.state) == ("admitted", "already admitted")
    assert (desk.lake.table(ANSWERS).version(), len(read_receipts(desk.lake.root))) == (first.version, 1)


def test_a_row_of_an_earlier_delivery_is_a_repeat_and_other_content_is_quarantined(
    desk: Desk, answers: Answers
) -> None:
    desk.admit(ANSWERS, answers({"nps": "1"}, {"nps": "2"}))
    receipt = desk.admit(ANSWERS, answers({"nps": "1"}, {"nps": "3"}, {"nps": "4"}))
    assert (receipt.received, receipt.admitted, receipt.quarantined, receipt.repeats) == (3, 1, 1, 1)
    assert receipt.rows == {
        "response_id: met in this delivery with other content or already admitted with other content": (2,)
    }
    assert desk.rows(ANSWERS, "response_id, nps") == [("r1", 1), ("r2", 2), ("r3", 4)]


def test_an_upsert_replaces_by_key_and_counts_what_it_replaced(desk: Desk) -> None:
    head = "order_id,customer,person,department,ordered_at,promised_at,delivered_at,status,channel,amount,currency\n"
    desk.admit("orders", head + "o1,c1,,,2026-11-01T10:00:00,,,new,,1,EUR\no2,c1,,,2026-11-01T10:00:00,,,new,,1,EUR\n")
    receipt = desk.admit(
        "orders", head + "o1,c1,,,2026-11-01T10:00:00,,,sent,,1,EUR\no2,c1,,,2026-11-01T10:00:00,,,new,,1,EUR\n"
    )
    assert (receipt.admitted, receipt.replaced, receipt.repeats) == (1, 1, 1)
    assert desk.rows("orders", "order_id, status") == [("o1", "sent"), ("o2", "new")]
    assert verify_receipts(desk.lake, desk.contracts) == []


def test_a_snapshot_replaces_the_table_and_its_receipts_stay_verifiable(desk: Desk) -> None:
    head = "customer,segment,region,since,key_user,value\n"
    desk.admit("customers", head + "c1,a,,,,\nc2,a,,,,\n")
    desk.admit("customers", head + "c2,b,,2020-02-29,yes,10.5\n")
    assert desk.rows("customers", "segment, value") == [("b", 1050)]
    assert verify_receipts(desk.lake, desk.contracts) == []


def test_names_and_addresses_are_remembered_and_never_reach_the_lake(desk: Desk) -> None:
    receipt = desk.admit("people", PEOPLE + "employee-8,Bad,bad@example.com,3,e\u0430\n")
    assert (receipt.admitted, receipt.quarantined) == (2, 1)
    assert sorted(str(item["name"]) for item in desk.keys.people.values()) == ["Anna Ångström", "Bo"]
    found = [path for path in desk.lake.root.rglob("*") if path.is_file()]
    content = b"".join(path.read_bytes() for path in found) + repr(desk.rows("people")).encode()
    content += repr(desk.rows("quarantine/people")).encode()
    for word in ("Anna", "example.com", "employee-7", "employee-8", "Bad"):
        assert word.encode() not in content


def test_a_quarantined_row_makes_no_surrogate(desk: Desk, answers: Answers) -> None:
    desk.admit(ANSWERS, answers({"customer": "new-bad", "nps": "99"}, {"customer": "new-good"}))
    assert ("customer", "new-good") in desk.keys.surrogates
    assert ("customer", "new-bad") not in desk.keys.surrogates


def test_quarantine_tells_every_reason_of_a_row(desk: Desk, answers: Answers) -> None:
    receipt = desk.admit(ANSWERS, answers({"nps": "99", "csat": "x", "person": "e9"}, {}))
    ((reasons,),) = desk.rows("quarantine/survey_responses", "reasons")
    assert sorted(reasons) == [
        "csat is not a whole number",
        "nps is not within 0 to 10",
        "person is not a known person",
    ]
    assert (receipt.quarantined, sum(receipt.reasons.values())) == (1, 3)


def test_receipts_hold_no_values(desk: Desk, answers: Answers) -> None:
    receipt = desk.admit(ANSWERS, answers({"nps": "secret", "customer": "hidden-customer"}, {"segment": "N/A"}))
    for word in ("secret", "hidden-customer"):
        assert word not in receipt.to_json()
    assert from_json(receipt.to_json()) == receipt
    assert any("2 received" in line for line in summary(receipt))


def test_a_refused_delivery_gets_a_receipt_and_may_come_again(desk: Desk, answers: Answers) -> None:
    refused = desk.admit(ANSWERS, "a,b\n1,2\n")
    assert (refused.state, refused.sequence, len(refused.problems)) == ("refused", 1, 15)
    assert desk.admit(ANSWERS, answers({})).sequence == 2
    assert not desk.lake.exists("orders")


def test_more_quarantined_rows_than_pay_tolerates_refuse_the_delivery(desk: Desk) -> None:
    head = "person,valid_from,valid_to,effect\n"
    receipt = desk.admit("absences", head + "e1,2026-01-01,2026-01-05,counts\ne1,2026-02-01,2026-02-05,sick\n")
    assert receipt.state == "refused"
    assert "effect is not one of" in receipt.problems[0].actual


def test_a_gap_between_assignments_is_noted(desk: Desk) -> None:
    head = "person,department,share,valid_from,valid_to\n"
    text = head + "e1,d,1,2026-01-01,2026-03-31\ne1,d,1,2026-05-01,\ne2,d,0.4,2026-01-01,\ne2,f,0.6,2026-01-01,\n"
    receipt = desk.admit("assignments", text, known={"departments": pa.array(["d", "f"])})
    assert receipt.admitted == 4, receipt.problems
    assert "1 people have a gap" in receipt.notes[0]
    assert desk.rows("assignments", "share") == [(400_000,), (600_000,), (1_000_000,), (1_000_000,)]


def test_an_event_outside_employment_is_quarantined(desk: Desk, answers: Answers) -> None:
    desk.admit(
        "employment",
        "person,hired_on,left_on,contract_hours,full_time_hours,pay_category\ne1,2020-01-01,2026-06-30,40,40,a\n",
    )
    receipt = desk.admit(
        ANSWERS,
        answers({"answered_at": "2026-06-30T23:00:00"}, {"answered_at": "2026-07-01T10:00:00"}, {"person": "e2"}),
    )
    assert (receipt.admitted, receipt.rows) == (2, {"person was not employed on the day of answered_at": (2,)})


def test_a_file_through_a_link_is_refused(desk: Desk, answers: Answers) -> None:
    link = desk.folder / "link.csv"
    link.symlink_to(desk.write(answers({})))
    assert "a link" in desk.admit(ANSWERS, link).problems[0].actual


def test_a_batch_of_the_same_name_and_other_content_is_refused(desk: Desk, answers: Answers) -> None:
    desk.admit(ANSWERS, answers({}), batch="2026-11")
    assert desk.admit(ANSWERS, answers({"nps": "1"}), batch="2026-11").state == "refused"


def test_staging_reads_no_file_once_it_is_locked() -> None:
    with staging() as (con, _):
        lock(con, [])
        for statement in (
            "SELECT * FROM read_csv('/etc/passwd')",
            "ATTACH '/tmp/x.duckdb'",
            "COPY (SELECT 1) TO '/tmp/x'",
            "SET enable_external_access = true",
            "INSTALL httpfs",
        ):
            with pytest.raises(Exception, match=r"(?i)disabled|locked|permission|not allowed"):
                con.execute(statement)


def test_a_check_that_breaks_is_told_apart_from_bad_data(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, answers: Answers
) -> None:
    import data_contracts.expectations as module

    asked = expectations(desk.contracts[ANSWERS], NOW)
    broken = Expectation(
        "broken", "broken", "expect_column_mean_to_be_between", (("column", "channel"), ("min_value", 1)), whole=True
    )
    monkeypatch.setattr(module, "expectations", lambda *_: (*asked, broken))
    with pytest.raises(CheckBroke, match="broken"):
        desk.admit(ANSWERS, answers({}))
    assert read_receipts(desk.lake.root) == []


def test_rules_of_a_contract_are_asked(desk: Desk) -> None:
    text = with_rule("expect_column_values_to_match_regex", "{column: visit_id, regex: '^v[0-9]+$'}")
    mean = "{expectation_type: expect_column_mean_to_be_between, kwargs: {column: seconds, max_value: 100}}"
    text += f"      - {{name: whole, type: custom, engine: greatExpectations, implementation: {mean}}}\n"
    contract = parse_contract(text)
    head = "visit_id,seconds,began,ended\n"
    assert desk.admit(contract, head + "v1,5,,\nx,6,,\n").reasons == {"r": 1}
    assert "whole" in desk.admit(contract, head + "v1,500,,\n").problems[0].expected


def test_every_suite_asks_for_rows(desk: Desk) -> None:
    contract = desk.contracts[ANSWERS]
    assert expectations(contract, NOW)[0].type == "expect_table_row_count_to_be_between"


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["1", "2", "11", "x", ""])), min_size=1, max_size=12
    )
)
def test_received_is_admitted_and_quarantined_and_repeats(
    desk: Desk, answers: Answers, rows: list[tuple[str, str]]
) -> None:
    receipt = desk.admit(ANSWERS, answers(*({"response_id": key, "nps": nps} for key, nps in rows)))
    if receipt.state == "admitted":
        assert receipt.received == len(rows) == receipt.admitted + receipt.quarantined + receipt.repeats
        assert len(desk.rows("quarantine/survey_responses", "_row")) if receipt.quarantined else True
    keys = [key for (key,) in desk.rows(ANSWERS, "response_id")]
    assert len(keys) == len(set(keys))
