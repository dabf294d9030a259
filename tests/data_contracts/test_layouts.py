"""Somebody else's columns become the contract's, by declaration alone."""

from decimal import Decimal

import pytest

from data_contracts.layouts import parse_layout
from data_contracts.problems import Problems
from tests.conftest import shared
from tests.data_contracts.conftest import Desk

ORDERS = """
layout: olist_orders
dataset: orders
sources:
  customers: {file: customers.csv}
  payments: {file: payments.csv, group_by: [order_id], totals: {paid: {sum: payment_value}}}
join:
  - {source: customers, match: {customer_id: customer_id}}
  - {source: payments, match: {order_id: order_id}}
columns:
  order_id: order_id
  customer: customers.unique_id
  ordered_at: {from: bought, format: "%d/%m/%Y %H:%M"}
  status: {from: state, codes: {"1": delivered, "9": null}}
  channel: {expression: "case when customers.region in ('SP', 'RJ') then 'south' else lower(customers.region) end"}
  amount: payments.paid
  currency: {constant: BRL}
"""
CREDITS = """
layout: olist_credits
dataset: credits
group_by: [order_id, seller_id]
totals: {parts: {count: true}}
columns: {subject: order_id, person: seller_id, parts: parts}
"""
AMSTERDAM = """
layout: x
dataset: digital_journeys
timezone: Europe/Amsterdam
columns: {journey_id: j, started_at: t, goal: g, completed: c}
"""
AIRPORT = """
layout: sfo_2017
dataset: survey_responses
columns:
  response_id: RESPNUM
  customer: RESPNUM
  survey: {constant: passengers}
  department: {from: BAREA, codes: {A: area-a, B: area-b, C: area-c, D: area-d, E: area-e, F: area-f, G: area-g}}
  answered_at: {expression: "concat('2017-05-', INTDATE)", format: "%Y-%m-%d"}
  segment: {expression: "case when Q2PURP1 = '1' then 'business' else 'other' end"}
  nps: {from: NETPRO, codes: {"11": null}}
  csat: {from: Q7ALL, codes: {"0": null, "6": null, Blank: null}}
  weight: WEIGHT
"""


def deliver_orders(desk: Desk, payments: str = "o1,10.10\no1,0.05\no2,7\n") -> None:
    desk.write("customer_id,unique_id,region\na,u1,SP\nb,u1,MG\n", "customers.csv")
    desk.write("order_id,payment_value\n" + payments, "payments.csv")


def test_joins_totals_codes_formats_expressions_and_constants_make_the_contracts_columns(desk: Desk) -> None:
    deliver_orders(desk)
    text = (
        "order_id,customer_id,bought,state\no1,a,03/02/2026 10:30,1\no2,b,04/02/2026 10:30,9\no3,z,05/02/2026 10:30,x\n"
    )
    receipt = desk.admit("orders", text, layout=parse_layout(ORDERS, desk.contracts["orders"]))
    assert (receipt.state, receipt.received, receipt.admitted, receipt.layout) == ("admitted", 3, 3, "olist_orders")
    rows = desk.rows("orders", "order_id, CAST(ordered_at AS VARCHAR)[:16], status, channel, amount, currency")
    assert rows == [
        ("o1", "2026-02-03 10:30", "delivered", "south", 1015, "BRL"),
        ("o2", "2026-02-04 10:30", None, "mg", 700, "BRL"),
        ("o3", "2026-02-05 10:30", "x", None, None, "BRL"),
    ]
    assert len({customer for _, customer in desk.rows("orders", "order_id, customer")}) == 2


def test_a_group_counts_its_rows(desk: Desk) -> None:
    text = "order_id,seller_id\no1,e1\no1,e1\no1,e2\no2,e1\n"
    receipt = desk.admit("credits", text, layout=parse_layout(CREDITS, desk.contracts["credits"]))
    assert (receipt.received, receipt.admitted) == (3, 3)
    assert desk.rows("credits", "subject, parts") == [("o1", 1), ("o1", 2), ("o2", 1)]


def test_a_join_that_would_double_a_row_is_refused(desk: Desk) -> None:
    deliver_orders(desk)
    desk.write("customer_id,unique_id,region\na,u1,SP\na,u2,MG\n", "customers.csv")
    text = "order_id,customer_id,bought,state\no1,a,03/02/2026 10:30,1\n"
    receipt = desk.admit("orders", text, layout=parse_layout(ORDERS, desk.contracts["orders"]))
    assert receipt.state == "refused"
    assert "at most one row for each key" in str(receipt.problems[0])


def test_a_sum_over_text_is_refused_without_telling_the_text(desk: Desk) -> None:
    deliver_orders(desk, "o1,secret\n")
    text = "order_id,customer_id,bought,state\no1,a,03/02/2026 10:30,1\n"
    receipt = desk.admit("orders", text, layout=parse_layout(ORDERS, desk.contracts["orders"]))
    assert receipt.state == "refused"
    assert "secret" not in receipt.to_json()


def test_a_delivery_with_another_layout_is_another_delivery(desk: Desk) -> None:
    text = "order_id,seller_id\no1,e1\n"
    layout = parse_layout(CREDITS, desk.contracts["credits"])
    assert desk.admit("credits", text, layout=layout).state == "admitted"
    assert desk.admit("credits", text, layout=layout).state == "already admitted"
    again = parse_layout(CREDITS.replace("olist_credits", "again"), desk.contracts["credits"])
    assert desk.admit("credits", text, layout=again).repeats == 1


def test_a_layout_may_declare_decimal_commas_delimiter_encoding_and_zone(desk: Desk) -> None:
    layout = """
layout: german
dataset: customers
delimiter: ";"
encoding: latin-1
decimal_mark: ","
thousands_mark: "."
null_tokens: ["k.A."]
columns: {customer: Kunde, region: Region, value: Umsatz, segment: Segment, since: {from: seit, format: "%d.%m.%Y"}}
"""
    text = "Kunde;Region;Umsatz;Segment;seit\nc1;Größe;1.234,56;k.A.;01.02.2020\n".encode("latin-1")
    receipt = desk.admit("customers", text, layout=parse_layout(layout, desk.contracts["customers"]))
    assert receipt.admitted == 1, receipt.problems
    assert desk.rows("customers", "region, value, segment, CAST(since AS VARCHAR)") == [
        ("Größe", 123456, None, "2020-02-01")
    ]


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("2026-03-29T02:30:00", "the clock goes forward"),
        ("2026-10-25T02:30:00", "an offset is needed"),
        ("2026-10-25T02:30:00+01:00", None),
        ("2026-10-25T03:30:00", None),
        ("2026-03-29T01:30:00", None),
    ],
)
def test_a_time_without_offset_is_the_declared_zones_and_must_exist_once(
    desk: Desk, time: str, reason: str | None
) -> None:
    receipt = desk.admit(
        "digital_journeys",
        f"j,t,g,c\nj1,{time},buy,true\n",
        layout=parse_layout(AMSTERDAM, desk.contracts["digital_journeys"]),
    )
    assert next((why for why in receipt.reasons if str(reason) in why), None) is not None or (
        reason is None and receipt.admitted
    )


def test_a_time_is_kept_in_utc(desk: Desk) -> None:
    text = "j,t,g,c\nj1,2026-07-01T12:00:00,buy,true\nj2,2026-07-01T12:00:00+05:30,buy,true\nj3,2026-07-01T12:00:00.5Z,buy,no\n"
    assert (
        desk.admit(
            "digital_journeys", text, layout=parse_layout(AMSTERDAM, desk.contracts["digital_journeys"])
        ).admitted
        == 3
    )
    assert desk.rows("digital_journeys", "epoch_ms(started_at)") == [
        (1782887400000,),
        (1782900000000,),
        (1782907200500,),
    ]


def test_every_problem_of_a_layout_is_told_at_once(desk: Desk) -> None:
    text = """
layout: bad
dataset: order
delimeter: ";"
sources: {payments: {file: ../../etc/passwd}}
join: [{source: customer, match: {a: b}}]
columns:
  order_id: {from: a, constant: b}
  custmer: c
"""
    with pytest.raises(Problems) as raised:
        parse_layout(text, desk.contracts["orders"], "bad.yaml")
    told = str(raised.value)
    for part in (
        "Did you mean 'delimiter'?",
        "Did you mean 'customer'?",
        "passwd",
        "one of from, expression and constant",
        "required column ordered_at",
        "bad.yaml: join",
        "dataset",
    ):
        assert part in told


@pytest.mark.parametrize(
    "expression", ["read_csv('/etc/passwd')", "(select 1)", "getenv('HOME')", "nothing", "1; drop table delivered"]
)
def test_an_expression_is_refused_beyond_the_allow_list(desk: Desk, expression: str) -> None:
    layout = f"""
layout: x
dataset: credits
columns: {{subject: order_id, person: seller_id, parts: {{expression: "{expression}"}}}}
"""
    receipt = desk.admit(
        "credits", "order_id,seller_id\no1,e1\n", layout=parse_layout(layout, desk.contracts["credits"])
    )
    assert receipt.state == "refused"
    assert "columns.parts" in receipt.problems[0].where


def test_the_airports_survey_of_2017_enters_with_its_known_figures(desk: Desk) -> None:
    areas = "".join(f"area-{letter},Area {letter},sfo,,\n" for letter in "abcdefg")
    desk.admit("departments", f"department,name,parent,head,function\nsfo,SFO,,,\n{areas}")
    file = shared("data", "sfo_customer_survey", "2017_SFO_Customer_Survey.csv")
    receipt = desk.admit("survey_responses", file, layout=parse_layout(AIRPORT, desk.contracts["survey_responses"]))
    assert receipt.state == "admitted", receipt.problems
    assert receipt.quarantined == 0, receipt.reasons
    counts = desk.rows(
        "survey_responses",
        "count(nps), count(*) FILTER (nps >= 9), count(*) FILTER (nps <= 6), count(csat), count(*) FILTER (csat >= 4)",
    )
    assert counts[0][:4] == (2746, 1436, 342, 2688)
    assert round(Decimal(100 * counts[0][4]) / 2688, 4) == Decimal("82.0685")
