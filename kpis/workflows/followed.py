"""Customers followed from a score on: what they did before and after it, one row each, at a snapshot's versions; for studies alone."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from data_contracts.problems import Problem, Problems, did_you_mean
from kpis.definitions import KpiDefinition
from kpis.drivers import points
from kpis.grades import Window
from kpis.workflows import observed
from kpis.workspace import Snapshot

OUTCOMES = ("repeat", "retention", "revenue", "cost")
ORDERS = """SELECT customer, CAST(ordered_at AS TIMESTAMPTZ) AS moment, amount, order_id AS subject FROM orders
            WHERE customer IS NOT NULL AND coalesce(lower(status), '') NOT IN ('cancelled', 'canceled')"""
EVENTS = {
    "repeat": ORDERS,
    "revenue": ORDERS,
    "retention": """SELECT customer, CAST(left_on AS TIMESTAMPTZ) AS moment, 0 AS amount, NULL AS subject FROM customers
                    WHERE left_on IS NOT NULL""",
    "cost": """SELECT customer, CAST(day AS TIMESTAMPTZ) AS moment, amount, coalesce(case_id, order_id) AS subject FROM costs
               WHERE customer IS NOT NULL""",
    "cases": """SELECT customer, CAST(opened_at AS TIMESTAMPTZ) AS moment, 1 AS amount, case_id AS subject FROM service_cases
                WHERE customer IS NOT NULL""",
}
CONTROLS, EARLIER = ("segment", "region", "tenure", "quarter"), ("earlier number", "earlier amount")
OTHER = "(s.subject IS NULL OR e.subject IS NULL OR e.subject <> s.subject)"


@dataclass(frozen=True)
class Followed:
    """The frame of `outcomes.link`, how it was measured, and a sentence on where it comes from."""

    frame: pd.DataFrame
    window: Window
    source: str


def available(snapshot: Snapshot, definition: KpiDefinition) -> list[str]:
    """The outcomes that the delivered data can be asked about for a KPI; none where its dataset names no customer."""
    names = {each.name for each in snapshot.workspace.contracts[definition.dataset].lake_columns}
    if "customer" not in names or definition.count or definition.measure.kind == "ratio":
        return []
    held = {
        "repeat": _rows(snapshot, "orders"), "retention": _rows(snapshot, "customers", "left_on"),
        "revenue": _rows(snapshot, "orders"), "cost": _rows(snapshot, "costs") or _rows(snapshot, "service_cases"),
    }  # fmt: skip
    return [name for name in OUTCOMES if held[name]]


def _rows(snapshot: Snapshot, dataset: str, column: str = "customer") -> bool:
    """Whether the dataset was delivered with anything in that column; a column younger than the data is in none of it."""
    if dataset not in snapshot.lake.versions:
        return False
    if column not in snapshot.rows(f"SELECT * FROM {dataset} LIMIT 0").column_names:
        return False
    return bool(snapshot.rows(f"SELECT count({column}) > 0 AS held FROM {dataset}").column("held")[0].as_py())


def followed(
    snapshot: Snapshot, definition: KpiDefinition, outcome: str, within: int, assigned: str | None = None
) -> Followed:
    """Each customer once, from the first score that has `within` days of history before it; followed to the end of the data.

    Where the data are too short for that, from the first score at all, and nothing earlier is held constant. `assigned` is an
    expression that is true for customers whom chance gave the better service. Raises Problems for an outcome that the delivered
    data do not hold, and for an unknown column.
    """
    if outcome not in available(snapshot, definition):
        raise Problems([_missing(snapshot, definition, outcome)])
    money = outcome != "cost" or _rows(snapshot, "costs")
    events = EVENTS[outcome if money else "cases"]
    past = ORDERS if outcome == "retention" else events
    scores = _scores(snapshot, definition, assigned)
    first, last = _history(snapshot, scores, events, past)
    back = within if (last - first).days >= 2 * within else 0
    sql = _sql(scores, events, past, _among(snapshot, outcome, money))
    days = {"since": first + timedelta(days=back), "until": last, "back": back, "within": within, "most": observed.MOST}
    frame = snapshot.rows(sql, **days).to_pandas()
    held = [name for name in CONTROLS if frame[name].notna().any()]
    earlier = list(EARLIER) if back else []
    window = Window(within, True, tuple(held), tuple(earlier), money)
    source = f"{_versions(snapshot, definition, outcome, money)}; {first} to {last}, {back} days before each score and {within} after it"
    measured = _measured(definition, outcome, frame, within)
    return Followed(measured if back else measured.drop(columns="before", errors="ignore"), window, source)


def _missing(snapshot: Snapshot, definition: KpiDefinition, outcome: str) -> Problem:
    known = available(snapshot, definition)
    if outcome not in OUTCOMES:
        return Problem("--on", " | ".join(OUTCOMES), repr(outcome), did_you_mean(outcome, OUTCOMES))
    if not known:
        return Problem(
            f"KPI {definition.id}", "observations of known customers", "none", "Name the customer in its dataset."
        )
    needed = {"retention": "customers.left_on", "cost": "costs or service_cases"}.get(outcome, "orders")
    return Problem("--on", f"deliveries of {needed}", "none", f"Deliver them, or ask for {' or '.join(known)}.")


def _scores(snapshot: Snapshot, definition: KpiDefinition, assigned: str | None) -> str:
    """The KPI's observations with customer, subject (the case or order they are about), controls, and whom chance chose."""
    workspace = snapshot.workspace
    names = {each.name for each in workspace.contracts[definition.dataset].lake_columns}
    subjects = [name for name in ("case_id", "order_id") if name in names]
    more = {"customer": "customer", "subject": f"coalesce({', '.join([*subjects, 'null'])})"}
    more |= {"segment": definition.cuts.get("segment", "customers.segment"), "region": "customers.region"}
    more |= {"started": "customers.since", "yearly": "customers.value"}
    more |= {"assigned": observed.factor(workspace, definition, assigned)} if assigned else {}
    return observed.select(workspace, definition, more)


def _history(snapshot: Snapshot, scores: str, events: str, past: str) -> tuple[date, date]:
    """The first day of what came before, and the last day on which anything is known to have happened."""
    sql = f"""SELECT (SELECT min(CAST(moment AS DATE)) FROM ({past})) AS low, (SELECT max(CAST(moment AS DATE)) FROM ({events})) AS high,
                     (SELECT max(_day) FROM ({scores})) AS seen"""
    low, high, seen = (each[0] for each in snapshot.rows(sql).to_pydict().values())
    last = min(each for each in (max(high, seen) if events != past else high, snapshot.workspace.today))
    return low or last, last


def _sql(scores: str, events: str, past: str, among: str) -> str:
    """The first score of each customer with what came before (equally long) and after it."""
    return f"""
        WITH s AS (
            SELECT customer, subject, CAST(_at AS TIMESTAMPTZ) AS moment, _day AS day, _value AS value, segment, region, yearly,
                   * EXCLUDE (customer, subject, segment, region, yearly, started, _at, _day, _value, _cluster),
                   ln(1 + greatest(_day - CAST(started AS DATE), 0)) AS tenure,
                   concat(year(_day), '-Q', quarter(_day)) AS quarter
            FROM ({scores}) WHERE customer IS NOT NULL AND _day BETWEEN $since AND $until AND {among}
            QUALIFY row_number() OVER (PARTITION BY customer ORDER BY _at, _row) = 1
            ORDER BY md5(customer) LIMIT $most),
        later AS (
            SELECT s.customer, count(*) FILTER (CAST(e.moment AS DATE) <= s.day + $within) AS n_after,
                   sum(e.amount) FILTER (CAST(e.moment AS DATE) <= s.day + $within) AS sum_after,
                   min(CAST(e.moment AS DATE) - s.day) AS until
            FROM s JOIN ({events}) AS e ON e.customer = s.customer AND e.moment > s.moment AND {OTHER}
            WHERE CAST(e.moment AS DATE) <= $until GROUP BY s.customer),
        earlier AS (
            SELECT s.customer, count(*) AS n_before, sum(e.amount) AS sum_before
            FROM s JOIN ({past}) AS e ON e.customer = s.customer AND e.moment < s.moment AND {OTHER}
            WHERE CAST(e.moment AS DATE) >= s.day - $back GROUP BY s.customer)
        SELECT s.* EXCLUDE (customer, subject, moment, day), s.day + $within <= $until AS complete,
               until IS NOT NULL AS event, CAST(coalesce(until, $until - s.day) AS BIGINT) AS days,
               coalesce(n_after, 0) AS n_after, CAST(coalesce(sum_after, 0) AS DOUBLE) AS sum_after,
               coalesce(n_before, 0) AS n_before, CAST(coalesce(sum_before, 0) AS DOUBLE) AS sum_before
        FROM s LEFT JOIN later USING (customer) LEFT JOIN earlier USING (customer)"""


def _among(snapshot: Snapshot, outcome: str, money: bool) -> str:
    """Whom the outcome can be known of: customers who had not left; for costs those with accounts, where months are delivered."""
    if outcome == "retention":
        return "customer NOT IN (SELECT customer FROM customers WHERE left_on <= _day AND customer IS NOT NULL)"
    if outcome == "cost" and money and _rows(snapshot, "customer_months"):
        return "customer IN (SELECT customer FROM customer_months)"
    return "true"


def _measured(definition: KpiDefinition, outcome: str, frame: pd.DataFrame, within: int) -> pd.DataFrame:
    """The columns of `outcomes.link`: score, after, before, worth, and what is held constant in words."""
    found = frame.assign(score=points(definition, frame["value"]))
    found["earlier number"], found["earlier amount"] = (
        np.log1p(frame["n_before"]),
        np.log1p(frame["sum_before"].clip(lower=0)),
    )
    if outcome == "retention":
        left = frame["event"] & (frame["days"] <= within)
        return found.assign(after=(~left).astype("float64"), worth=frame["yearly"].astype("float64") * within / 365)
    counted = outcome == "repeat"
    after, before = ("n_after", "n_before") if counted else ("sum_after", "sum_before")
    return found.assign(
        after=frame[after].astype("float64"), before=frame[before].astype("float64"), worth=frame["sum_after"]
    )


def _versions(snapshot: Snapshot, definition: KpiDefinition, outcome: str, money: bool) -> str:
    others = {"retention": ("customers", "orders"), "cost": ("costs",) if money else ("service_cases",)}.get(
        outcome, ("orders",)
    )
    names = dict.fromkeys((definition.dataset, *others, "customers"))
    return ", ".join(
        f"{name} version {snapshot.lake.versions[name]}" for name in names if name in snapshot.lake.versions
    )
