"""What every chart must hold, and what each one draws."""

import json
import re
from datetime import date, timedelta
from itertools import pairwise

import pandas as pd
import pytest

from dashboard import charts
from dashboard.charts import grammar, strip
from dashboard.formats import Formats

F = Formats()
SECRET = 0.987654321  # stands for a value that must not leave the server


def weeks(values, signal=""):
    rows = []
    for i, value in enumerate(values):
        start = date(2026, 9, 7) + timedelta(weeks=i)
        known = value is not None
        rows.append(
            {
                "start": start,
                "when": F.short_day(start),
                "value": value,
                "low": value - 0.02 if known else None,
                "high": value + 0.02 if known else None,
                "usual_low": 0.6,
                "usual_mean": 0.7,
                "usual_high": 0.8,
                "changed": "",
                "signal": signal if i == len(values) - 1 else "",
                "text": f"{F.percent(value, 1)} · 95% interval" if known else "Too few answers",
                "short": F.percent(value, 1) if known else "",
            }
        )
    return pd.DataFrame(rows)


def trend(**change):
    given = {"title": "It fell", "say": F.axis("percent", 1), "day": F.short_day, "target": 0.74} | change
    return charts.xmr(weeks([0.7, 0.72, None, 0.71, 0.55], "worse"), **given)


def review():
    names = ["name", "n", "value", "interval", "spark", "usual_low", "usual_high", "signal"]
    names += ["attained", "attained_low", "attained_high", "note"]
    shown = ("Effort", "n 1,042", "5.6", "5.5 to 5.7", [5.5, 5.6, 5.6], 5.3, 5.9, "", 75.0, 55.0, 105.0, "")
    hidden = ("Social housing", "n 7", "too few", "needs 10", [], None, None, "", None, None, None, "not shown")
    return charts.review_rows(pd.DataFrame([shown, hidden], columns=names), title="All usual", trend="Last 3 weeks")


def bullet(pays=True):
    names = ["name", "about", "value", "interval", "attained", "attained_low", "attained_high", "note", "pay", "pay_of"]
    shown = ("Effort", "weight 30%", "5.6", "5.5 to 5.7", 115.0, 95.0, 150.0, "", "€75,000", "of €70,000")
    hidden = ("Repaired", "monitored", "too few", "7 of 10", None, None, None, "no figure yet", "–", "not ready")
    return charts.bullet_rows(pd.DataFrame([shown, hidden], columns=names), title="One reached", pays=pays)


def groups():
    names = ["group", "name", "value", "low", "high", "text", "n", "signal", "note"]
    chat = ("channel", "Chat", 0.597, 0.572, 0.622, "59.7%", "n 1,490", "worse", "")
    hidden = ("segment", "Housing", SECRET, SECRET, SECRET, "98.8%", "n 7", "better", "not shown: n below 10")
    frame = pd.DataFrame([chat, hidden], columns=names).assign(
        second=[0.62, SECRET], second_text=["borrows 3%", "98.8%"], ends=["57 to 62", "98.8%"]
    )
    return charts.dots(frame, title="Chat falls", reference=0.671, reference_is="Company", say=F.axis("percent"))


def thread(selected=None):
    nodes = [("p", 0, "Promise", "€10", False), ("k", 1, "KPI", "€10", False), ("q", 1, "Other", "not paid on", True)]
    nodes += [("t", 2, "Target", "€10", False), ("y", 3, "Plan", "€10", False)]
    paths = [("p", "k", "t", "y", 1000), ("p", "q", None, None, 0)]
    return charts.thread(
        pd.DataFrame(nodes, columns=["id", "column", "name", "note", "broken"]),
        pd.DataFrame(paths, columns=["promise", "kpi", "target", "pay", "amount"]),
        title="From promise to pay",
        selected=selected,
    )


def matrix():
    cells = [(0, 0, 0.83, "83%", False), (0, 1, 0.0, "0%", True), (1, 0, 0.0, "0%", False), (1, 1, 1.0, "100%", True)]
    rows = [("Service", "€236k", ""), ("Sales", "€140k", ""), ("Finance", None, "no variable pay")]
    return charts.matrix(
        pd.DataFrame(cells, columns=["row", "column", "share", "text", "outside"]),
        pd.DataFrame(rows, columns=["name", "total", "note"]),
        ["First\ntime", "No\npromise"],
        title="Sales serves no promise",
        total="variable pay",
    )


def deliveries():
    days = [(0, 0, "admitted", "cases, 9 Nov"), (0, 1, "refused", "cases, 10 Nov"), (0, 2, "late", "cases, 11 Nov")]
    contracts = pd.DataFrame([("cases", "refused: fix", True)], columns=["name", "verdict", "bad"])
    frame = pd.DataFrame(days, columns=["contract", "day", "state", "text"])
    return charts.deliveries(frame, contracts, ["9", "10", "11"], title="Cases are not arriving")


def curve():
    line = pd.DataFrame({"x": [0.66, 0.7, 0.7, 0.74], "y": [0.0, 0.0, 0.5, 1.0]})
    points = pd.DataFrame({"x": [0.7], "y": [0.5], "text": ["threshold 70% pays 50%"]})
    past = pd.DataFrame({"x": [0.72], "y": [0.75], "low": [None], "high": [None], "text": ["Q3 pays 75%"]})
    return charts.curve(line, points, past, title="Past quarters", say_x=F.axis("percent"), say_y=F.axis("percent"))


def change():
    before, now = ("Week 46", 0.72, 0.72, 0.70, 0.74, "72.0%"), ("Week 47", 0.671, 0.671, 0.656, 0.686, "67.1%")
    parts = [
        ("Customers moved", 0.72, 0.714, None, None, "−0.6"),
        ("Served differently", 0.714, 0.671, None, None, "−4.3"),
    ]
    frame = pd.DataFrame([before, *parts, now], columns=["name", "start", "end", "low", "high", "text"])
    return charts.change(frame, title="The same customers were served worse", say=F.axis("percent"))


def bars():
    frame = pd.DataFrame({"name": ["IT", "Night"], "value": [0.55, None], "text": ["55%", "not shown"]})
    return charts.bars(frame, title="IT holds most jointly")


def contributions():
    frame = pd.DataFrame(
        {"name": ["IT", "Planning"], "value": [-0.4, 0.1], "text": ["−0.4", "+0.1"], "better": [False, True]}
    )
    return charts.contributions(frame, title="IT accounts for most")


DRAWN = [trend, review, bullet, groups, thread, matrix, deliveries, curve, change, bars, contributions]
DRAWN += [lambda: trend(card=True), lambda: bullet(pays=False), lambda: thread("k")]
each = pytest.mark.parametrize("make", DRAWN)


def named(spec):
    """The datasets that a specification reads, at any depth."""
    if isinstance(spec, dict):
        own = {spec["data"]["name"]} if "name" in (spec.get("data") or {}) else set()
        return own.union(*(named(part) for part in spec.values()))
    return set().union(*(named(part) for part in spec)) if isinstance(spec, list) else set()


@each
def test_the_specification_is_one_that_altair_accepts(make):
    assert make().chart().to_dict()["layer"]


@each
def test_a_chart_names_roles_and_never_a_colour(make):
    spec = json.dumps(make().spec)
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(|hsl\(", spec)
    assert set(re.findall(r'"calculate": "\'(\w+)\'"', spec)) <= set(grammar.ROLES)


@each
def test_rows_name_roles_that_exist(make):
    used = {
        row[field] for rows in make().rows.values() for row in rows for field in ("role", "ink", "tint") if field in row
    }
    assert used <= set(grammar.ROLES)


@each
def test_a_chart_reads_exactly_the_rows_it_is_sent(make):
    picture = make()
    assert named(picture.spec) == set(picture.rows)


@each
def test_the_specification_is_built_once(make):
    assert make().outline is make().outline


@each
def test_no_chart_loads_anything(make):
    assert "url" not in json.dumps(make().chart().to_dict()).lower().replace("vega.github.io", "")


@each
def test_a_chart_says_in_words_what_it_shows(make):
    picture = make()
    assert picture.words.endswith(".")
    assert len(picture.words) > 20


@each
def test_show_data_lists_words_first(make):
    name, rows = next(iter(make().rows.items()))
    assert name == "table"
    assert all(isinstance(value, str) for row in rows for value in row.values())


@each
def test_rows_hold_no_missing_numbers(make):
    assert all(
        value is not None and value == value for rows in make().rows.values() for row in rows for value in row.values()
    )


def test_a_value_that_is_not_shown_is_nowhere_in_a_chart():
    picture = groups()
    assert "98.8" not in json.dumps(picture.rows) + picture.words
    assert str(SECRET)[:6] not in json.dumps(picture.rows)
    assert "n 7" not in json.dumps(picture.rows)
    assert picture.rows["notes"] == [{"y": picture.rows["names"][1]["y"], "note": "not shown: n below 10"}]


def test_a_period_without_figure_breaks_the_line():
    points = trend().rows["points"]
    assert len(points) == 4
    assert [point["piece"] for point in points] == [0, 0, 1, 1]


def test_a_signal_has_a_shape_and_a_role_and_others_have_neither():
    points = trend().rows["points"]
    assert [(point["shape"], point["role"]) for point in points[-2:]] == [
        ("circle", "data"),
        ("triangle-down", "worse"),
    ]


def test_an_empty_trend_is_still_a_chart():
    empty = weeks([0.7]).iloc[:0]
    picture = charts.xmr(empty, title="Nothing yet", say=F.axis("percent"), day=F.short_day)
    assert picture.rows["points"] == []
    assert picture.words == "Nothing yet."


def test_labels_at_the_right_never_overlap():
    ys = [row["y"] for row in trend().rows["labels"]]
    gap = 16 / (270 - 8 - 24)
    assert all(b - a >= gap - 1e-9 for a, b in pairwise(ys))
    assert max(ys) <= 1.0


def test_the_three_values_of_a_target_stand_where_the_strip_marks_them():
    assert [strip.place(a) for a in (0, 100, 200)] == [strip.THRESHOLD, strip.TARGET, pytest.approx(strip.STRETCH)]
    assert strip.place(-500) == 0.0
    assert strip.place(900) == 1.0


def test_the_thread_lights_every_path_through_what_is_chosen():
    roles = {node["id"]: node["role"] for node in thread("k").rows["nodes"]}
    assert roles == {"p": "accent", "k": "accent", "q": "context", "t": "accent", "y": "accent"}
    assert [row["role"] for row in thread("k").rows["ribbons"]][-1] == "accent"


def test_all_columns_of_the_thread_share_one_scale_of_money():
    tall = {node["id"]: node["h"] for node in thread().rows["nodes"]}
    assert tall["p"] == tall["k"] == tall["t"] == tall["y"]
    assert sorted({row["wide"] for row in thread().rows["ribbons"]}) == [1.0, pytest.approx(tall["p"])]


def test_nodes_of_the_thread_leave_room_for_two_lines_of_text():
    nodes = [node for node in thread().rows["nodes"] if node["c"] == 1]
    middles = sorted(node["y"] + node["h"] / 2 for node in nodes)
    assert all(b - a >= 34 for a, b in pairwise(middles))


def test_pay_that_serves_no_promise_is_outlined_and_not_filled():
    rows = matrix().rows
    assert [cell["text"] for cell in rows["outside"]] == ["100%"]
    assert [cell["text"] for cell in rows["shares"]] == ["83%"]


def test_ticks_are_round_numbers():
    assert grammar.ticks(0.66, 0.757) == [0.66, 0.68, 0.7, 0.72, 0.74]
    assert grammar.ticks(0, 150, 3) == [0, 50, 100, 150]
    assert grammar.ticks(5, 5) == [5]
