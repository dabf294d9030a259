"""The standard page in the product's own parts: one filter, six cards, four charts, a table of 200 rows.

Usage: FACTS=workspace streamlit run app.py. With REMEMBER=1 answers are remembered as dashboard.data does; without, like the
page it is measured against, only the connection is.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import charts
from dashboard.app import settled
from dashboard.components import Column, Picker, chart_head, draw, figure_card, page_head, small, table
from dashboard.formats import Formats
from kpis.workspace import Snapshot
from tests.benchmarks.page import questions
from tests.benchmarks.page.questions import FIRST, KPIS

CHANNELS = ("all", "phone", "email", "chat", "web", "store", "app")
RATES = ("csat", "fcr", "sla48")
WRITE = Formats()


@st.cache_resource
def connection() -> Snapshot:
    """The facts, opened once."""
    return questions.facts(Path(os.environ["FACTS"]))


def ask(name: str, *arguments: str) -> Any:
    """The answer of one of the questions."""
    return remembered(name, arguments) if os.environ.get("REMEMBER") else answered(name, arguments)


def answered(name: str, arguments: tuple[str, ...]) -> Any:
    """The answer, asked of the facts."""
    return getattr(questions, name)(connection(), *arguments)


remembered = st.cache_data(max_entries=1000, show_spinner=False)(answered)


def value(kpi: str, row: Any) -> str:
    """A figure's value."""
    return WRITE.value(row.value, KPIS[kpi].unit, KPIS[kpi].decimals)


def about(kpi: str, row: Any) -> str:
    """Its interval and n."""
    interval = WRITE.interval(row.low, row.high, KPIS[kpi].unit, KPIS[kpi].decimals)
    return f"{interval} · {WRITE.n(round(row.n))}"


def cards(weekly: dict[str, pd.DataFrame]) -> None:
    """The last week of each KPI."""
    for column, (name, found) in zip(st.columns(6), weekly.items(), strict=True):
        with column:
            (last,) = found[-1:].itertuples()
            figure_card(KPIS[name].title, value(name, last), about(name, last))


def trend(found: pd.DataFrame) -> None:
    """NPS over all weeks on its usual range."""
    points = pd.DataFrame(
        {
            "start": [FIRST + timedelta(weeks=int(week)) for week in found["week"]],
            "when": [f"Week {int(week) + 1}" for week in found["week"]],
            "text": [f"{value('nps', row)} · {about('nps', row)}" for row in found.itertuples()],
            "short": [value("nps", row) for row in found.itertuples()],
            "changed": "",
            **{name: found[name] for name in ("value", "low", "high")},
        }
    )
    signals = questions.usual(KPIS["nps"], found)
    points["signal"] = [each.signal if each.signal in ("better", "worse") else "" for each in signals]
    for name in ("low", "mean", "high"):
        points[f"usual_{name}"] = [getattr(each, name) for each in signals]
    draw(charts.xmr(points, title="NPS with 95% interval", say=WRITE.axis("points", 1), day=WRITE.short_day))


def sparks(kpi: str, name: str, found: pd.DataFrame) -> dict[str, object]:
    """One row of a review: the last figure, and the line of all."""
    signal, (last,) = questions.usual(KPIS[kpi], found)[-1], found[-1:].itertuples()
    interval = WRITE.interval(last.low, last.high, KPIS[kpi].unit, KPIS[kpi].decimals)
    row = {"name": name, "n": WRITE.n(round(last.n)), "value": value(kpi, last), "interval": interval, "note": ""}
    line = {"spark": found["value"].tolist(), "usual_low": signal.low, "usual_high": signal.high, "signal": ""}
    return row | line | dict.fromkeys(("attained", "attained_low", "attained_high"))


def best(found: pd.DataFrame, company: float) -> None:
    """The 25 departments with the highest NPS."""
    shown = found.head(25)
    rows = shown.assign(group="department", name=shown["department"], signal="", note="", second=None, second_text="")
    rows["text"] = [value("nps", row) for row in shown.itertuples()]
    rows["ends"] = [WRITE.interval(row.low, row.high, "points", 0) for row in shown.itertuples()]
    rows["n"] = [WRITE.n(round(n)) for n in shown["n"]]
    say = WRITE.axis("points", 0)
    draw(charts.dots(rows, title="Top 25 departments", reference=company, reference_is="All", say=say))


def listed(found: dict[str, pd.DataFrame]) -> None:
    """The table of all departments, best first."""
    parts = [each.set_index("department") for each in found.values()]
    order = parts[0].sort_values("value", ascending=False).index
    columns = [
        [value(kpi, row) for row in part.loc[order].itertuples()] for kpi, part in zip(found, parts, strict=True)
    ]
    rows = list(zip(order, [WRITE.n(round(n)) for n in parts[0]["n"][order]], *columns, strict=True))
    heads = [Column("Department"), *(Column(name, number=True) for name in ("n", "NPS", "CSAT", "CES"))]
    table(heads, rows, alt="All departments", key="departments")


st.set_page_config(layout="wide", page_title="Customer KPIs")
settled()
choice = page_head("Customer KPIs", [Picker("channel", "Channel", {each: each for each in CHANNELS}, "all")])["channel"]
series, groups = ask("weekly", choice), ask("departments", choice)
cards(series)
left, right = st.columns(2)
with left:
    chart_head("NPS with 95% interval", "Band: the range expected from the first year.")
    trend(series["nps"])
    chart_head("Median hours to resolve, by segment")
    by_segment = ask("segments").groupby("segment")
    rows = pd.DataFrame([sparks("ttr", str(name), found) for name, found in by_segment])
    draw(charts.review_rows(rows, title="Median hours to resolve", trend="Last 52 weeks"))
with right:
    chart_head("Rates")
    rows = pd.DataFrame([sparks(name, KPIS[name].title, series[name]) for name in RATES])
    draw(charts.review_rows(rows, title="Rates", trend="104 weeks"))
    chart_head("Top 25 departments")
    best(groups["nps"].sort_values("value", ascending=False), float(series["nps"]["value"].iloc[-1]))
listed(groups)
small(f"done={choice}")
