"""The record database holds its rules by itself, on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel, select

from kpis.records.keys import RecordKeys
from kpis.records.session import engine_for, migrate, session
from kpis.records.tables import (
    Evidence,
    Identity,
    LedgerRecord,
    LineRecord,
    PayoutRecord,
    PlanRecord,
    Run,
    TargetRecord,
    utc,
)

HASH = "0" * 64
SUMMER = timezone(timedelta(hours=2))
MOMENT = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty record database at its newest schema."""
    url = f"sqlite:///{tmp_path / 'records.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres")
        with create_engine(url, poolclass=NullPool).begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    made = engine_for(url)
    yield made
    made.dispose()


def keys(*names: str | None) -> pa.Table:
    return pa.table({"key": pa.array(names, pa.string())})


def surrogates(answer: pa.Table) -> dict[str, str]:
    return {row["key"]: row["surrogate"] for row in answer.to_pylist()}


def run_with_payout() -> list[SQLModel]:
    made = {"id": "r1", "plan": "bonus", "plan_version": 1, "period": "2026-Q3", "evidence": HASH, "made_at": MOMENT}
    run = Run(**made, made_by="hr", currency="EUR", total=2**62)
    return [Evidence(digest=HASH, document="{}"), run, PayoutRecord(run="r1", person="p_1", amount=2**62, steps=HASH)]


def stored(engine: Engine, *rows: SQLModel) -> None:
    with session(engine) as records:
        for row in rows:
            records.add(row)
            records.flush()


# The schema


def test_the_migrations_make_the_schema_the_models_describe(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_the_migrations_carry_every_check_and_foreign_key_of_the_models(engine: Engine) -> None:
    found = inspect(engine)
    for table in SQLModel.metadata.sorted_tables:
        checks = [each for each in table.constraints if isinstance(each, CheckConstraint)]
        assert len(found.get_check_constraints(table.name)) == len(checks), table.name
        assert len(found.get_foreign_keys(table.name)) == len(table.foreign_key_constraints), table.name


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    stored(engine, Identity(surrogate="p_1", kind="person", external="7"))
    migrate(engine)
    with session(engine) as records:
        assert len(records.exec(select(Identity)).all()) == 1


def test_sqlite_writes_ahead_syncs_in_full_and_holds_foreign_keys(tmp_path: Path) -> None:
    engine = engine_for(f"sqlite:///{tmp_path / 'records.db'}")
    with engine.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


# The ledger


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger SET payload = '{}'", "DELETE FROM ledger", "DELETE FROM ledger WHERE sequence = 1"]
)
def test_the_database_itself_refuses_to_change_the_ledger(engine: Engine, statement: str) -> None:
    stored(engine, LedgerRecord(sequence=1, previous=HASH, digest="1" * 64, payload='{"kind": "run"}'))
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    with session(engine) as records:
        assert records.exec(select(LedgerRecord)).one().payload == '{"kind": "run"}'


def test_postgresql_refuses_to_empty_the_ledger(engine: Engine) -> None:
    if engine.dialect.name == "postgresql":  # SQLite has no TRUNCATE
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text("TRUNCATE ledger CASCADE"))


def test_one_hash_cannot_stand_in_the_ledger_twice(engine: Engine) -> None:
    first = LedgerRecord(sequence=1, previous=HASH, digest="1" * 64, payload="{}")
    second = LedgerRecord(sequence=2, previous="1" * 64, digest="1" * 64, payload="{}")
    with pytest.raises(IntegrityError):
        stored(engine, first, second)


# What may be stored


@pytest.mark.parametrize(
    "row",
    [
        Identity(surrogate="p_1", kind="robot", external="7"),
        TargetRecord(id="t", version=0, valid_from=date(2026, 1, 1), document="{}", imported_at=MOMENT),
        PlanRecord(id="p", version=0, digest=HASH, text="", imported_at=MOMENT),
        PlanRecord(id="p", version=1, digest="short", text="", imported_at=MOMENT),
        Evidence(digest="short", document="{}"),
        LedgerRecord(sequence=1, previous="short", digest=HASH, payload="{}"),
        LedgerRecord(sequence=1, previous=HASH, digest="short", payload="{}"),
    ],
    ids=lambda row: type(row).__name__,
)
def test_a_row_that_breaks_a_check_is_refused(engine: Engine, row: SQLModel) -> None:
    with pytest.raises(IntegrityError):
        stored(engine, type(row)(**row.model_dump()))


def test_a_payout_needs_its_steps_under_a_hash(engine: Engine) -> None:
    evidence, run, payout = run_with_payout()
    payout.steps = "short"
    with pytest.raises(IntegrityError):
        stored(engine, evidence, run, payout)


@pytest.mark.parametrize("missing", [0, 1, 2], ids=["evidence", "run", "payout"])
def test_no_link_of_a_run_may_be_missing(engine: Engine, missing: int) -> None:
    rows = [*run_with_payout(), LineRecord(run="r1", person="p_1", segment=0, component="fcr", amount=1)]
    del rows[missing]
    with pytest.raises(IntegrityError):
        stored(engine, *rows)


def test_money_wider_than_32_bits_comes_back_as_it_was(engine: Engine) -> None:
    stored(engine, *run_with_payout(), LineRecord(run="r1", person="p_1", segment=0, component="fcr", amount=-(2**62)))
    with session(engine) as records:
        assert records.exec(select(PayoutRecord)).one().amount == 2**62
        assert records.exec(select(LineRecord)).one().amount == -(2**62)


def test_a_transaction_that_raises_leaves_nothing_behind(engine: Engine) -> None:
    with pytest.raises(IntegrityError):
        stored(engine, Evidence(digest=HASH, document="{}"), Evidence(digest="short", document="{}"))
    with session(engine) as records:
        assert records.exec(select(Evidence)).all() == []


# Moments


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        utc(datetime(2026, 7, 1, 9))  # noqa: DTZ001 - the point of the test
    assert utc(datetime(2026, 7, 1, 9, tzinfo=SUMMER)) == datetime(2026, 7, 1, 7, tzinfo=UTC)


def test_a_moment_comes_back_as_the_same_moment_whatever_zone_it_was_given_in(engine: Engine) -> None:
    given = datetime(2026, 7, 1, 9, tzinfo=SUMMER)
    stored(engine, PlanRecord(id="p", version=1, digest=HASH, text="", imported_at=given))
    with session(engine) as records:
        found = records.exec(select(PlanRecord)).one().imported_at
    assert found.replace(tzinfo=found.tzinfo or UTC) == given


def test_a_naive_moment_never_reaches_a_table(engine: Engine) -> None:
    naive = datetime(2026, 7, 1, 9)  # noqa: DTZ001 - the point of the test
    with pytest.raises((StatementError, ValueError)):
        stored(engine, PlanRecord(id="p", version=1, digest=HASH, text="", imported_at=naive))


# Surrogate keys


def test_the_same_key_gets_the_same_surrogate_ever_after(engine: Engine) -> None:
    first = surrogates(RecordKeys(engine).resolve("person", keys("7", "8", "7", None), mint=True))
    again = surrogates(RecordKeys(engine).resolve("person", keys("8", "9", "7"), mint=True))
    assert set(first) == {"7", "8"}
    assert {key: again[key] for key in first} == first
    assert len(set(again.values())) == 3


def test_a_surrogate_is_random_and_says_nothing_of_the_key(engine: Engine) -> None:
    person = surrogates(RecordKeys(engine).resolve("person", keys("7"), mint=True))["7"]
    customer = surrogates(RecordKeys(engine).resolve("customer", keys("7"), mint=True))["7"]
    assert (person[:2], customer[:2]) == ("p_", "c_")
    assert person[2:] != customer[2:]
    assert len(person) == len(customer) == 18


def test_looking_up_never_mints(engine: Engine) -> None:
    store = RecordKeys(engine)
    store.resolve("person", keys("7"), mint=True)
    assert set(surrogates(store.resolve("person", keys("7", "8"), mint=False))) == {"7"}
    assert store.resolve("customer", keys("7"), mint=False).num_rows == 0
    with session(engine) as records:
        assert len(records.exec(select(Identity)).all()) == 1


def test_names_are_remembered_and_can_be_erased_without_the_surrogate_changing_hands(engine: Engine) -> None:
    store = RecordKeys(engine)
    surrogate = surrogates(store.resolve("person", keys("7"), mint=True))["7"]
    store.remember("person", pa.table({"surrogate": [surrogate], "name": ["Ada"], "email": ["ada@example.org"]}))
    with session(engine) as records:
        found = records.get(Identity, surrogate)
        assert found is not None
        assert (found.name, found.email) == ("Ada", "ada@example.org")
        records.delete(found)
    assert surrogates(store.resolve("person", keys("7"), mint=True))["7"] != surrogate


def test_fifty_thousand_keys_are_minted_in_a_handful_of_statements(engine: Engine) -> None:
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2][:60]))
    made = RecordKeys(engine).resolve("customer", keys(*(f"k{at}" for at in range(50_000))), mint=True)
    assert len(set(made.column("surrogate").to_pylist())) == 50_000
    assert len(statements) <= 60, statements[:3]  # PostgreSQL is sent a thousand rows at a time; none a row
