"""What the charts of the page of a KPI draw: restarted baselines, open intervals, parts of a change, second figures."""

import pytest

from dashboard import charts
from dashboard.charts import grammar
from tests.dashboard.test_charts import F, change, groups, trend, weeks


def test_a_restarted_baseline_opens_a_new_band_at_a_mark_with_its_reason():
    frame = weeks([0.7, 0.72, 0.71, 0.75]).assign(changed=["", "", "A new phone menu", ""])
    picture = charts.xmr(frame, title="It rose", say=F.axis("percent", 1), day=F.short_day)
    assert [row["chart"] for row in picture.rows["band"]] == [0, 0, 1, 1]
    assert [row["text"] for row in picture.rows["changes"]] == ["A new phone menu"]
    assert "New usual range from 21 Sept: A new phone menu." in picture.words
    assert trend().rows["changes"] == []


def test_an_interval_with_one_end_runs_to_the_edge_of_the_chart():
    frame = weeks([0.7, 0.72]).assign(high=[None, 0.74])
    first, second = charts.xmr(frame, title="It rose", say=F.axis("percent", 1), day=F.short_day).rows["intervals"]
    assert first["high"] == 1.0
    assert 0 < second["high"] < 1
    assert grammar.ends(None, None, float) is None


def test_the_last_figure_stands_beyond_its_own_interval():
    (last,) = trend().rows["last"]
    assert last["y"] == trend().rows["intervals"][-1]["low"]
    assert last["text"] == "55.0%"


def test_the_parts_of_a_change_lead_from_one_figure_to_the_other():
    rows = change().rows
    assert [row["end"] for row in rows["parts"]] == pytest.approx([rows["parts"][1]["start"], rows["figures"][1]["u"]])
    assert rows["parts"][0]["start"] == pytest.approx(rows["figures"][0]["u"])
    assert {row["role"] for row in rows["parts"] if "role" in row} == set()


def test_a_second_figure_is_an_open_circle_and_stands_in_words_too():
    picture = groups()
    assert len(picture.rows["seconds"]) == 1
    assert "Chat: 59.7% (57 to 62); borrows 3%." in picture.words
