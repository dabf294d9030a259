"""Facts through the real expressions of facts.py: however credit is split and rows are delivered, the company stays the same."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis import facts as rules
from kpis.calendar import Calendar
from kpis.definitions import KpiDefinition, parse
from kpis.facts import MOMENTS, ONE, Sources
from kpis.figures import Figure, figures

KPI = """id: k
version: 1
title: T
question: Q?
direction: higher
dataset: answers
when: answered_at
period_of: answered
measure: {measure}
credit: {{person: person, department: department, through: {through}, subject: subject}}
weight: {weight}
unit: points
min_n_show: 1
"""
MEASURES = (
    "{kind: nps, value: score}",
    "{kind: mean, value: score}",
    "{kind: quantile, value: score, q: 0.5}",
    "{kind: share, value: score > 5}",
)
YEAR = Calendar().parse("2026")
PEOPLE, PLACES = ("a", "b", "c"), ("north", "south", "east")
ANSWER = pa.schema(
    [("subject", pa.string()), ("person", pa.string()), ("department", pa.string()), ("answered_at", pa.timestamp("us", tz="UTC")),
     ("score", pa.int64()), ("weight", pa.float64()), ("_delivery", pa.string()), ("_row", pa.int64())]
)  # fmt: skip
CREDIT = pa.schema([("subject", pa.string()), ("person", pa.string()), ("parts", pa.int64())])
HELD = pa.schema(
    [("person", pa.string()), ("department", pa.string()), ("share", pa.int64()), ("valid_from", pa.date32()), ("valid_to", pa.date32())]
)  # fmt: skip
scores = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 300), st.integers(0, 4)), min_size=1, max_size=12)
splits = st.lists(st.dictionaries(st.sampled_from(PEOPLE), st.integers(1, 7)), min_size=12, max_size=12)
cuts = st.lists(st.integers(0, ONE), min_size=2, max_size=2).map(sorted)
homes = st.fixed_dictionaries(dict.fromkeys(PEOPLE, cuts))
small = settings(max_examples=15, deadline=None, derandomize=True)


@pytest.fixture(scope="module")
def engine() -> Any:
    connection = ibis.duckdb.connect(threads=1)
    connection.raw_sql("SET TimeZone = 'Europe/Amsterdam'")
    return connection


def kpi(measure: str, through: str = "null", weight: str = "null") -> KpiDefinition:
    return parse(KPI.format(measure=measure, through=through, weight=weight), "kpis/k.yaml")


def answers(drawn: list[tuple[int, int, int]], **fields: list[str | None]) -> list[dict[str, Any]]:
    """Answers (score, day of the year, weight in quarters), each about a case of its own."""
    start = datetime(2026, 1, 1, 9, tzinfo=UTC)
    return [
        {"subject": f"s{at}", "score": score, "weight": weight / 4, "_delivery": "d", "_row": at}
        | {"answered_at": start + timedelta(days=day), **{name: values[at] for name, values in fields.items()}}
        for at, (score, day, weight) in enumerate(drawn)
    ]


def credit(rows: list[dict[str, Any]], parts: list[dict[str, int]]) -> ibis.Table:
    """Each answer's credit in parts; an answer without parts is credited to nobody."""
    pairs = zip(rows, parts, strict=False)
    credited = [
        {"subject": row["subject"], "person": who, "parts": n} for row, each in pairs for who, n in each.items()
    ]
    return table(credited, CREDIT)


def table(rows: list[dict[str, Any]], schema: pa.Schema) -> ibis.Table:
    full = [dict.fromkeys(schema.names) | row for row in rows]
    return ibis.memtable(pa.Table.from_pylist(full, schema=schema))


def computed(
    engine: Any, definition: KpiDefinition, rows: list[dict[str, Any]], **others: ibis.Table
) -> list[dict[str, Any]]:
    """The facts of those rows."""
    return list(engine.to_pyarrow(rules.facts(definition, Sources(table(rows, ANSWER), **others))).to_pylist())


def company(definition: KpiDefinition, found: list[dict[str, Any]], cube: str = "place") -> Figure:
    """The company's figure over a cube."""
    sums: dict[tuple[int, str], int] = defaultdict(int)
    kept = [row for row in found if row["cube"] == cube]
    for row in kept:
        for name in MOMENTS:
            if row[name] is not None:
                sums[row["bucket"], name] += int(row[name])
    buckets = sorted({row["bucket"] for row in kept})
    frame = pd.DataFrame({"scope": "company", "window": "2026", "bucket": np.array(buckets, dtype="int64")})
    for name in MOMENTS:
        frame[name] = np.array([sums.get((each, name)) for each in buckets], dtype=object)
    frame["n"] = frame["n"].astype("int64")
    return figures(definition, frame, ["company"], [YEAR], date(2027, 2, 1))[0]


def assigned(homes: dict[str, list[int]]) -> ibis.Table:
    """Each person's share in three departments; shares of none are left out."""
    shares = {person: (low, high - low, ONE - high) for person, (low, high) in homes.items()}
    rows = [
        {"person": person, "department": place, "share": share, "valid_from": date(2025, 1, 1)}
        for person, parts in shares.items()
        for place, share in zip(PLACES, parts, strict=True)
        if share
    ]
    return table(rows, HELD)


@small
@given(
    drawn=scores,
    parts=splits,
    homes=homes,
    measure=st.sampled_from(MEASURES),
    weight=st.sampled_from(["null", "weight"]),
)
def test_credit_split_any_way_leaves_the_company_value_n_effective_n_and_interval_alone(
    engine: Any, drawn: Any, parts: Any, homes: Any, measure: str, weight: str
) -> None:
    if weight == "weight" and "quantile" in measure:
        weight = "null"
    rows = answers(drawn)
    plain = kpi(measure, weight=weight)
    alone = company(plain, computed(engine, plain, rows))
    split = kpi(measure, through="credits", weight=weight)
    found = computed(engine, split, rows, credits=credit(rows, parts), assignments=assigned(homes))
    assert company(split, found) == alone
    assert company(split, found, "person") == alone


@small
@given(drawn=scores, homes=homes, measure=st.sampled_from(MEASURES))
def test_people_who_work_in_several_departments_split_their_answers_and_lose_none(
    engine: Any, drawn: Any, homes: Any, measure: str
) -> None:
    rows = answers(drawn, person=[PEOPLE[at % 3] for at in range(len(drawn))])
    definition = kpi(measure)
    found = computed(engine, definition, rows, assignments=assigned(homes))
    assert company(definition, found) == company(definition, computed(engine, definition, rows))
    places = {row["department"] for row in found if row["cube"] == "place"}
    assert None not in places


@small
@given(drawn=scores, parts=splits, order=st.randoms(use_true_random=False), cut=st.integers(0, 12))
def test_facts_add_up_however_the_rows_are_split_over_deliveries_and_ordered(
    engine: Any, drawn: Any, parts: Any, order: Any, cut: int
) -> None:
    definition, rows = kpi(MEASURES[1], through="credits", weight="weight"), answers(drawn)
    credits = credit(rows, parts)
    whole = added(computed(engine, definition, rows, credits=credits))
    order.shuffle(rows)
    deliveries = [
        [row | {"_delivery": name, "_row": at} for at, row in enumerate(part)]
        for name, part in zip("ab", (rows[:cut], rows[cut:]), strict=True)
    ]
    split = [row for part in deliveries for row in computed(engine, definition, part, credits=credits)]
    assert added(split) == whole


def added(found: list[dict[str, Any]]) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """Facts of the same keys added up."""
    sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(MOMENTS))
    for row in found:
        key = tuple(row[name] for name in rules.COLUMNS if name not in MOMENTS)
        sums[key] = [have + int(row[name] or 0) for have, name in zip(sums[key], MOMENTS, strict=True)]
    return {key: tuple(values) for key, values in sums.items()}


@small
@given(drawn=scores)
def test_every_fact_lies_in_the_slice_of_the_calendar(engine: Any, drawn: Any) -> None:
    definition, calendar = kpi(MEASURES[0]), Calendar()
    found = {row["slice"] for row in computed(engine, definition, answers(drawn))}
    assert found == {calendar.slice_of(date(2026, 1, 1) + timedelta(days=day)) for _, day, _ in drawn}


@pytest.mark.parametrize(
    ("moment", "day"), [("2026-03-31T21:59:59", date(2026, 3, 30)), ("2026-03-31T22:00:00", date(2026, 4, 1))]
)
def test_the_companys_clock_decides_which_day_a_moment_belongs_to(engine: Any, moment: str, day: date) -> None:
    row = answers([(9, 0, 4)])[0] | {"answered_at": datetime.fromisoformat(moment).replace(tzinfo=UTC)}
    assert {each["slice"] for each in computed(engine, kpi(MEASURES[0]), [row])} == {day}
