"""The files the demo company's systems delivered, in the order they came, with what is expected of each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from seeds.demo import bills, calls, cases, counted, customers, inside, listening, orders, staff, staying
from seeds.demo.draws import Span, Times, day_of, write

SIZES = {
    "cases": 170_000,
    "orders": 100_000,
    "invitations": 90_000,
    "journeys": 90_000,
    "calls": 45_000,
    "insights": 2_600,
}
FULL_SIZE = 1200 * 104  # people × weeks for which SIZES holds
CUSTOMERS_EACH = 50
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Delivery:
    """One file for one dataset, when it came, and the state its receipt must have."""

    dataset: str
    file: Path
    at: datetime
    state: str = "admitted"


@dataclass(frozen=True)
class Written:
    """All deliveries in order, and the employee numbers of those with targets of their own."""

    deliveries: tuple[Delivery, ...]
    first_line: tuple[str, ...]


def write_all(folder: Path, people: int, weeks: int, seed: int, last_day: date) -> Written:
    """Generate every file into a folder: the same bytes for the same arguments. Raises ValueError below 60 people."""
    over = Span(last_day - timedelta(days=7 * weeks - 1), last_day)
    size = {name: round(each * people * weeks / FULL_SIZE) for name, each in SIZES.items()}
    who = staff.staff(people, seed, over)
    whom = customers.customers(people * CUSTOMERS_EACH, seed, over)
    asked = cases.cases(size["cases"], seed, over, who, whom)
    done = orders.orders(size["orders"], seed, over, who, whom)
    gone = staying.left(seed, over, done, whom)
    done = orders.handed_on(done, day_of(done.ordered) > gone[done.customer], whom, seed, np.isnat(gone))
    world = listening.World(asked, done, who, whom)
    files = staff.files(folder, who, seed, over) | {"customers": customers.file(folder, whom, gone)}
    files |= _observed(folder, size, seed, over, world, gone)
    files["kpi_aggregates"] = counted.file(folder, people, seed, over)
    files["employee_surveys"] = inside.surveys(folder, people, seed, over, who)
    files["customer_contacts"] = inside.contacts(folder, seed, over, who)
    sent = listening.invited(size["invitations"], seed, over, world)
    told = listening.answers(seed, over, sent, world)
    evening = datetime.combine(last_day, time(21), UTC)
    found = [Delivery(name, file, evening) for name, file in files.items()]
    found += _asked(listening.invitations(folder, sent, world), evening)
    table = pa.concat_tables([_table(told), _table(listening.applicants(seed, over))], promote_options="permissive")
    found += _answered(folder, table, evening, over)
    return Written(tuple(found), tuple(who.number[who.first_line].tolist()))


def _observed(
    folder: Path, size: dict[str, int], seed: int, over: Span, world: listening.World, gone: Times
) -> dict[str, Path]:
    """Write what happened to customers: cases, orders, attempts, calls, bills, months, costs, insights."""
    asked, done, who, whom = world.cases, world.orders, world.staff, world.customers
    spent = staying.costs(seed, done, asked, whom)
    billed, wrong = bills.file(folder, seed, over, done, whom)
    return {
        "service_cases": cases.file(folder, asked, who, whom, seed, over),
        "orders": orders.file(folder, done, who, whom),
        "credits": orders.credits_file(folder, done, who),
        "digital_journeys": listening.journeys(folder, size["journeys"], seed, over, whom),
        "calls": calls.file(folder, size["calls"], seed, over, who, whom),
        "backlog": calls.backlog(folder, asked, over, who, whom),
        "invoices": billed,
        "refunds": bills.refunds(folder, seed, over, wrong, done, whom),
        "costs": staying.costs_file(folder, spent, done, asked, who, whom),
        "customer_months": staying.months_file(folder, over, gone, spent, done, whom),
        "insights": inside.insights(folder, size["insights"], seed, over, whom),
    }


def _asked(whole: Path, at: datetime) -> list[Delivery]:
    """Invitations but the newest, whose file came with a renamed column and was refused."""
    lines = whole.read_text("utf-8").splitlines(keepends=True)
    last = whole.with_name("invitations_last.csv")
    last.write_text(lines[0].replace("answered", "has_responded") + "".join(lines[-200:]), "utf-8")
    whole.write_text("".join(lines[:-200]), "utf-8")
    return [Delivery("invitations", whole, at), Delivery("invitations", last, at + timedelta(minutes=40), "refused")]


def _answered(folder: Path, table: pa.Table, at: datetime, over: Span) -> list[Delivery]:
    """Answers but those of the last week; then that week, with faults in it; then the same file once more."""
    moments: Times = table.column("answered_at").to_numpy()
    recent = moments >= np.datetime64(over.last - timedelta(days=6), "s")
    before, week = table.filter(pa.array(~recent)), table.filter(pa.array(recent))
    first = write(folder / "survey_responses.csv", dict(zip(before.column_names, before.columns, strict=True)))
    mixed = pa.concat_tables([_spoiled(week), before.slice(before.num_rows - 1), before.slice(0, 3)])
    second = write(folder / "survey_responses_last_week.csv", dict(zip(mixed.column_names, mixed.columns, strict=True)))
    found = [Delivery("survey_responses", first, at - timedelta(days=6)), Delivery("survey_responses", second, at)]
    return [*found, Delivery("survey_responses", second, at + timedelta(hours=1), "already admitted")]


def _table(columns: listening.Table) -> pa.Table:
    arrays = {name: each if hasattr(each, "null_count") else pa.array(each) for name, each in columns.items()}
    return pa.table({name: arrays[name] for name in listening.SURVEY})


def _spoiled(week: pa.Table) -> pa.Table:
    """The week's answers, a few of them beyond the scale and of a person nobody knows."""
    faults: dict[str, dict[int, object]] = {
        "nps": {3: 11, 9: 12},
        "csat": {5: 0, 9: 7},
        "person": {14: "E99999", 21: "E99998"},
    }
    for name, wrong in faults.items():
        values = week.column(name).to_pylist()
        for at, value in wrong.items():
            values[at % len(values)] = value
        at = week.column_names.index(name)
        week = week.set_column(at, name, pa.array(values, week.column(name).type))
    return week
