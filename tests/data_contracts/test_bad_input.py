"""Bad input and what each case gets: R the delivery is refused, Q the row is quarantined, N it is normalised, else it is kept."""

import gzip
import io
import zipfile
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.data_contracts.conftest import Desk

HEAD = "case_id,customer,person,department,opened_at,closed_at,channel,reason,contacts,transfers,first_contact_resolved"
HEAD += ",reopened,status_told,complaint,promised_at"
GOOD = "k1,c1,e1,,2026-11-01T10:00:00,2026-11-02T10:00:00,web,why,1,0,true,false,true,false,"
CUSTOMERS = "customer,segment,region,since,key_user,value"


def case(**changed: str) -> str:
    """A service case in CSV with some values changed, header included."""
    return f"{HEAD}\n{row(**changed)}\n{row(case_id='k2')}\n"


def row(**changed: str) -> str:
    return ",".join({**dict(zip(HEAD.split(","), GOOD.split(","), strict=True)), **changed}.values())


def answer(column: str, value: str) -> str:
    """One survey answer with one value changed, and an ordinary one."""
    head = "response_id,survey,customer,person,department,order_id,case_id,answered_at,channel,segment,touchpoint,nps,csat,ces,weight"
    usual = dict(
        zip(
            head.split(","),
            ["r1", "", "c1", "", "", "", "", "2026-11-01T10:00:00", "", "", "", "9", "5", "", ""],
            strict=True,
        )
    )
    rows = [{**usual, column: value}, {**usual, "response_id": "r2"}]
    return "\n".join([head, *(",".join(item.values()) for item in rows)]) + "\n"


DEPARTMENTS = "department,name,parent,head,function\n"
SHARES = "person,department,share,valid_from,valid_to\n"
HIRED = "person,hired_on,left_on,contract_hours,full_time_hours,pay_category\n"
TWICE_HIRED = "e1,2020-01-01,,40,40,\ne1,2021-01-01,,40,40,\n"
SAME_KEY = "met in this delivery with other content"
ORDERS = "order_id,customer,person,department,ordered_at,promised_at,delivered_at,status,channel,amount,currency\n"


def order(name: str, currency: str, amount: str = "12.50") -> str:
    return f"{name},c1,,,2026-11-01T10:00:00,,,,,{amount},{currency}\n"


def zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", text)
    return buffer.getvalue()


def parquet(rows: int = 1) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(
        pa.table(
            {"customer": ["c1"] * rows, **{name: pa.nulls(rows, pa.string()) for name in CUSTOMERS.split(",")[1:]}}
        ),
        buffer,
    )
    return buffer.getvalue()


@dataclass(frozen=True)
class Case:
    says: str
    dataset: str
    content: str | bytes
    gets: str
    because: str = ""
    name: str = "delivery.csv"
    bad: int = 1


ANSWERS = "survey_responses"
CASES = "service_cases"
BOMB = gzip.compress(b"0" * 250_000_000, 1)
INPUTS = [
    Case("a byte order mark is normalised", CASES, "\ufeff" + case(), "N", "byte order mark"),
    Case("mixed line ends are normalised", CASES, case().replace("\n", "\r\n", 1), "N", "line ends"),
    Case("a quoted line break is kept", CASES, case(reason='"one\ntwo"'), "kept"),
    Case("Latin-1 that was not declared is refused", CASES, case(reason="Größe").encode("latin-1"), "R", "other bytes"),
    Case("UTF-16 that was not declared is refused", CASES, case().encode("utf-16"), "R", "other bytes"),
    Case("UTF-16 without a mark is refused", CASES, case().encode("utf-16-le"), "R", "NUL"),
    Case("mixed encodings are refused", CASES, case(reason="ü").encode() + "k3,ü".encode("latin-1"), "R", "other bytes"),
    Case("a NUL byte is refused", CASES, case(reason="a\0b"), "R", "NUL"),
    Case("an empty file is refused", CASES, "", "R", "empty file"),
    Case("a header without rows is refused", CASES, HEAD + "\n", "R", "header only"),
    Case("another delimiter is refused", CASES, case().replace(",", ";"), "R", "';'"),
    Case("a sep= line is refused", CASES, "sep=,\n" + case(), "R", "sep="),
    Case("a ragged row is refused with its line", CASES, case() + "k3,c1\n", "R", "line 4"),
    Case("a row too long is refused with its line", CASES, case() + row(case_id="k3") + ",more\n", "R", "line 4"),
    Case("an open quote is refused with its line", CASES, case() + row(case_id="k3", reason='"open') + "\n", "R", "line 4"),
    Case("a header twice is refused", CASES, case().replace("reason", "channel"), "R", "alike"),
    Case("a header in other case is refused", CASES, case().replace("reason", "Reason"), "R", "declare it as an alias"),
    Case("a missing column is refused", CASES, case().replace(",reason", ",grund"), "R", "column reason"),
    Case("an extra column is left out and noted", "customers", f"{CUSTOMERS},more\nc1,,,,,,x\n", "kept", "left out: more"),
    Case("columns in another order are read by name", "customers", "value,key_user,since,region,segment,customer\n1,,,,,c1\n", "kept"),
    Case("a truncated gzip is refused", CASES, gzip.compress(case().encode())[:-12], "R", "whole gzip", "d.csv.gz"),
    Case("a gzip bomb is refused at the cap", CASES, BOMB, "R", "at most", "d.csv.gz"),
    Case("a whole gzip is read", CASES, gzip.compress(case().encode()), "kept", name="d.csv.gz"),
    Case("a truncated parquet is refused", "customers", parquet()[:-9], "R", "whole Parquet", "d.parquet"),
    Case("a parquet bomb is refused at the cap", "customers", parquet(50_000_000), "R", "at most", "d.parquet"),
    Case("a whole parquet is read", "customers", parquet(), "kept", name="d.parquet"),
    Case("a zip archive is refused", CASES, zipped(case()), "R", "zip", "d.zip"),
    Case("an encrypted workbook is refused", CASES, b"\xd0\xcf\x11\xe0" + b"0" * 99, "R", "Office", "d.xlsx"),
    Case("a parquet called csv is refused", "customers", parquet(), "R", "parquet", "d.csv"),
    Case("a csv called parquet is refused", CASES, case(), "R", "csv", "d.parquet"),
    Case("a decimal comma that was not declared is refused", ANSWERS, answer("weight", '"1,5"'), "R", "decimal mark"),
    Case("thousands marks that were not declared are refused", "customers", f'{CUSTOMERS}\nc1,,,,,"1,234.50"\n', "R", "decimal mark"),
    Case("NaN is quarantined", ANSWERS, answer("weight", "NaN"), "Q", "weight is not a finite number"),
    Case("infinity is quarantined", ANSWERS, answer("weight", "inf"), "Q", "weight is not a finite number"),
    Case("1e309 is quarantined", ANSWERS, answer("weight", "1e309"), "Q", "weight is not a finite number"),
    Case("a score off its scale is quarantined", ANSWERS, answer("nps", "11"), "Q", "nps is not within 0 to 10"),
    Case("an NPS of 7.5 is quarantined", ANSWERS, answer("nps", "7.5"), "Q", "nps is not a whole number"),
    Case("TRUE as a score is quarantined", ANSWERS, answer("csat", "TRUE"), "Q", "csat is not a whole number"),
    Case("a hexadecimal score is quarantined", ANSWERS, answer("nps", "0x5"), "Q", "nps is not a whole number"),
    Case("a score written 7.0 is a seven", ANSWERS, answer("nps", "7.0"), "kept"),
    Case("leading zeros and long ids stay text", ANSWERS, answer("response_id", "000123456789012345678901"), "kept"),
    Case("NULL that was not declared is quarantined", ANSWERS, answer("segment", "NULL"), "Q", "undeclared word for blank"),
    Case("N/A that was not declared is quarantined", ANSWERS, answer("segment", "N/A"), "Q", "undeclared word for blank"),
    Case("a dash for blank is quarantined", ANSWERS, answer("channel", "-"), "Q", "undeclared word for blank"),
    Case("mixed currencies are refused", "orders", ORDERS + order("o1", "EUR") + order("o2", "USD"), "R", "EUR, USD"),
    Case("an amount of 10¹² is quarantined", "orders", ORDERS + order("o1", "EUR", "1000000000000"), "Q", "amount is not an amount"),
    Case("an amount just below it is kept", "orders", ORDERS + order("o1", "EUR", "0999999999999.99"), "kept"),
    Case("an amount with half a cent is quarantined", "orders", ORDERS + order("o1", "EUR", "1.005"), "Q", "amount is not an amount"),
    Case("a negative duration is quarantined", CASES, case(closed_at="2026-10-01T10:00:00"), "Q", "negative duration"),
    Case("a local date that was not declared is refused", CASES, case(opened_at="01/02/2026 10:00"), "R", "declared time format"),
    Case("a future date is quarantined", CASES, case(opened_at="2026-11-22T12:06:00", closed_at=""), "Q", "in the future"),
    Case("five minutes ahead are a clock", CASES, case(opened_at="2026-11-22T12:04:00", closed_at=""), "kept"),
    Case("a promise may lie in the future", CASES, case(promised_at="2027-01-01T10:00:00"), "kept"),
    Case("1900 is quarantined", CASES, case(opened_at="1900-01-01T00:00:00"), "Q", "placeholder"),
    Case("1970 is quarantined", CASES, case(opened_at="1970-01-01T00:00:00"), "Q", "placeholder"),
    Case("a spreadsheet's serial number is quarantined", CASES, case(opened_at="45231.5", closed_at=""), "Q", "not a time"),
    Case("a leap day is accepted", CASES, case(opened_at="2024-02-29T10:00:00"), "kept"),
    Case("a day that does not exist is quarantined", CASES, case(opened_at="2026-02-30T10:00:00"), "Q", "not a time"),
    Case("an identical repeat is counted", CASES, case() + row(case_id="k2") + "\n", "repeat"),
    Case("the same key with other content quarantines both", CASES, case(case_id="k2", channel="mail"), "Q", SAME_KEY, bad=2),
    Case("stray spaces are normalised", CASES, case(channel=" web "), "normalised"),
    Case("decomposed letters are normalised", CASES, case(reason="Gro\u0308ße"), "normalised"),
    Case("letters that look alike in a key are quarantined", CASES, case(case_id="kа1"), "Q", "look alike"),
    Case("a hidden letter in a key is quarantined", CASES, case(case_id="k\u200b1"), "Q", "look alike"),
    Case("an unknown employee is quarantined", CASES, case(person="e9"), "Q", "not a known person"),
    Case("an unknown department is quarantined", CASES, case(department="nowhere"), "Q", "not among the departments"),
    Case("a formula is kept as text", CASES, case(reason="=HYPERLINK(1)"), "kept"),
    Case("a script is kept as text", CASES, case(reason="<script>"), "kept"),
    Case("a right-to-left override in text is kept", CASES, case(reason="a\u202eb"), "kept"),
    Case("a cell of two megabytes is refused", CASES, case(reason="x" * 2_000_000), "R", "line 2"),
    Case("ten thousand columns are refused", CASES, ",".join(f"c{i}" for i in range(10_000)) + "\n", "R", "columns"),
    Case("a share in percent is refused", "assignments", SHARES + "e1,,85%,2026-01-01,\n", "R", "convert"),
    Case("shares that do not sum to one are refused", "assignments", SHARES + "e1,d,0.5,2026-01-01,\n", "R", "sum to 1"),
    Case("a circle of departments is refused", "departments", DEPARTMENTS + "r,R,,,\na,A,b,,\nb,B,a,,\n", "R", "circle"),
    Case("a department above itself is refused", "departments", DEPARTMENTS + "r,R,,,\na,A,a,,\n", "R", "oneself"),
    Case("two roots are refused", "departments", DEPARTMENTS + "r,R,,,\na,A,,,\n", "R", "one root"),
    Case("one's own manager is refused", "people", "person,name,email,level,manager\ne1,A,a,1,e1\ne2,B,b,1,e1\n", "R", "oneself"),
    Case("overlapping employment of one id is refused", "employment", HIRED + TWICE_HIRED, "R", "overlap"),
]  # fmt: skip


@pytest.mark.parametrize("item", INPUTS, ids=lambda item: item.says)
def test_bad_input(desk: Desk, item: Case) -> None:
    receipt = desk.admit(
        item.dataset,
        item.content,
        item.name,
        known={"departments": pa.array(["d"])} if item.dataset == "assignments" else {},
    )
    told = " | ".join([*map(str, receipt.problems), *receipt.reasons, *receipt.notes])
    assert item.because in told
    if item.gets == "R":
        assert (receipt.state, receipt.admitted) == ("refused", 0), told
        return
    assert receipt.state == "admitted", told
    assert receipt.quarantined == item.bad * (item.gets == "Q"), told
    assert receipt.repeats == (item.gets == "repeat")
    assert receipt.normalised == (item.gets == "normalised")
    if item.gets == "Q":
        assert receipt.rows[next(iter(receipt.reasons))] == tuple(range(1, item.bad + 1))
