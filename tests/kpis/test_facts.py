"""Facts through the real expressions of facts.py: however credit is split and rows are delivered, the company stays the same."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from hashlib import md5
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis import facts as rules
from kpis.buckets import bucket_of
from kpis.calendar import Calendar
from kpis.cubes import COLUMNS, CUBES, MOMENTS
from kpis.definitions import KpiDefinition, OneAnswer, parse
from kpis.facts import ONE, Sources
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
        key = tuple(row[name] for name in COLUMNS if name not in MOMENTS)
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


def test_a_condition_on_a_missing_value_counts_every_row(engine: Any) -> None:
    """It once gave no facts: `NOT x IS NULL` followed by `IS NOT NULL` is always false."""
    rows = answers([(9, 0, 4), (3, 0, 4)], person=["a", None])
    for text in ("person is not null", "not (person is null)"):
        found = computed(engine, kpi(f"{{kind: share, value: {text}}}"), rows)
        assert {row["bucket"]: row["n"] for row in found if row["cube"] == "company"} == {1: ONE, 0: ONE}


@small
@given(drawn=scores, measure=st.sampled_from(MEASURES))
def test_every_cube_adds_up_to_the_same_company(engine: Any, drawn: Any, measure: str) -> None:
    rows = answers(drawn, person=[PEOPLE[at % 3] for at in range(len(drawn))])
    definition = kpi(measure).model_copy(update={"cluster": "person"})
    found = computed(engine, definition, rows)
    figures = [company(definition, found, cube) for cube in CUBES]
    assert figures == [figures[0]] * len(CUBES)


def test_the_replicate_is_the_md5_of_the_cluster_and_a_row_without_one_stands_alone(engine: Any) -> None:
    people = ["anna", "bob", "Zoë", None]
    definition = kpi(MEASURES[0]).model_copy(update={"cluster": "person"})
    found = computed(engine, definition, answers([(9, 0, 4)] * 4, person=people))
    texts = ["anna", "bob", "Zoë", "d:3"]
    expected = sorted(int(md5(text.encode()).hexdigest()[:3], 16) % 20 for text in texts)
    held = [row for row in found if row["cube"] == "replicates"]
    assert sorted(row["replicate"] for row in held for _ in range(row["n"] // ONE)) == expected


def test_what_still_runs_lies_in_the_bucket_of_the_day_it_opened_however_long_it_runs(engine: Any) -> None:
    definition = kpi("{kind: quantile, value: score, q: 0.5, censored: weight = 0}")
    found = computed(engine, definition, answers([(9, 3, 0), (9, 3, 4), (0, 5, 0)]))
    cells = {row["bucket"]: (row["n"], row["x"]) for row in found if row["cube"] == "company"}
    first, second = ((date(2026, 1, 1 + day) - date(1970, 1, 1)).days for day in (3, 5))
    ended = int(bucket_of(np.array([9]))[0])
    assert cells == {-first: (ONE, 0), -second: (ONE, 0), ended: (ONE, 9 * ONE)}


@pytest.mark.parametrize(("gap", "count"), [(1, 1), (20, 1), (21, 2)])
def test_of_several_answers_within_the_time_the_last_counts(engine: Any, gap: int, count: int) -> None:
    definition = kpi(MEASURES[0]).model_copy(update={"one_answer_per": OneAnswer(by="person", within="20 days")})
    rows = answers([(0, 0, 4), (9, gap, 4), (5, gap, 4)], person=["a", "a", None])
    found = [row for row in computed(engine, definition, rows) if row["cube"] == "company"]
    assert sum(row["n"] for row in found) == (count + 1) * ONE
    assert {9, 5} <= {row["bucket"] for row in found}


@pytest.mark.parametrize(
    ("measure", "weight", "total", "squares"),
    [
        ("{kind: share, value: score > 5}", "null", 2, 2),
        ("{kind: top_box, value: score, boxes: [9, 3]}", "null", 2, 2),
        ("{kind: mean, value: score}", "null", 9 + 3 + 6, 81 + 9 + 36),
        ("{kind: mean, value: score, low: 0, high: 10}", "weight", 9 + 3 + 6, 81 + 9 + 36),
        ("{kind: rate, events: score, exposure: '2'}", "null", 9 + 3 + 6, 81 + 9 + 36),
    ],
)
def test_a_ratio_divides_one_total_by_another(engine: Any, measure: str, weight: str, total: int, squares: int) -> None:
    above = kpi(measure, weight=weight).model_copy(update={"id": "above", "cluster": "person"})
    below = kpi(MEASURES[0]).model_copy(update={"id": "below", "cluster": "person"})
    text = "{kind: ratio, numerator: {kpi: above, of: total}, denominator: {kpi: below, of: n}}"
    rows = table(answers([(9, 0, 4), (3, 0, 8), (6, 0, 2)], person=["a", "a", "b"]), ANSWER)
    parts = {each.id: (each, Sources(rows)) for each in (above, below)}
    definition = kpi(text).model_copy(update={"cluster": "person"})
    found = engine.to_pyarrow(rules.facts(definition, None, parts)).to_pylist()
    for cube in CUBES:
        cells = {bucket: [0, 0] for bucket in (1, 0)}
        for row in found:
            if row["cube"] == cube:
                cells[row["bucket"]][0] += int(row["x"])
                cells[row["bucket"]][1] += int(row["xx"])
        assert cells == {1: [total * ONE, squares * ONE], 0: [3 * ONE, 3 * ONE]}, cube


def test_no_cube_has_more_facts_than_its_keys_allow(engine: Any) -> None:
    """The bound of docs/scale.md: slices × what a cube distinguishes × buckets, and never more than there are answers."""
    rng = np.random.default_rng(7)
    drawn = [
        (int(score), int(day), 4)
        for score, day in zip(rng.integers(0, 11, 3000), rng.integers(0, 60, 3000), strict=True)
    ]
    rows = answers(
        drawn, person=[PEOPLE[at % 3] for at in range(3000)], department=[PLACES[at % 3] for at in range(3000)]
    )
    definition = kpi(MEASURES[0]).model_copy(update={"cluster": "subject", "cuts": {"channel": "person"}})
    found = Counter(row["cube"] for row in computed(engine, definition, rows))
    slices = len(Calendar().slices(date(2026, 1, 1), date(2026, 3, 2)))
    buckets, departments, people, cuts = 11, 3, 3, 3
    most = {
        "place": departments * cuts, "person": people * departments, "replicates": departments * 20,
        "department": departments, "cuts": cuts, "company": 1,
    }  # fmt: skip
    assert all(found[cube] <= min(slices * keys * buckets, 3000) for cube, keys in most.items())
    assert found["company"] == slices * buckets
