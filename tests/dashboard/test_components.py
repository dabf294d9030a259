"""Heads, pickers, tables, states and the boundary, as Streamlit draws them."""

import csv
import io
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components.tables import Column, to_csv, to_xlsx
from dashboard.words import plain

EVIL = ['=HYPERLINK("http://x","y")', "+1+1", "-2", "@SUM(A1)", "\t=1", " =1", "\r=1"]


def run(page, **query):
    app = AppTest.from_function(page, default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def picking():
    import streamlit as st

    from dashboard import components as c

    periods = {"2026-W47": "Week 47, 2026", "2026-W46": "Week 46, 2026"}
    chosen = c.page_head("Review", [c.Picker("period", "Period", periods, "2026-W47")])
    st.text(f"chose {chosen['period']}")


def test_a_picker_starts_at_its_default():
    app = run(picking)
    assert app.text[0].value == "chose 2026-W47"
    assert app.title[0].value == "Review"


def test_a_picker_follows_the_address():
    app = run(picking, period="2026-W46")
    assert app.text[0].value == "chose 2026-W46"
    assert app.selectbox[0].value == "2026-W46"


def test_choosing_writes_the_address():
    app = run(picking).selectbox[0].select("2026-W46").run()
    assert app.query_params["period"] in ("2026-W46", ["2026-W46"])
    assert app.text[0].value == "chose 2026-W46"


def test_an_unknown_choice_is_said_and_never_replaced():
    app = run(picking, period="2031-W99")
    assert not app.text
    assert "Nothing under “Period” is called" in app.markdown[0].value
    assert not app.exception


def test_after_an_unknown_choice_another_can_be_made():
    app = run(picking, period="2031-W99").selectbox[0].select("2026-W46").run()
    assert app.text[0].value == "chose 2026-W46"


def failing():
    from dashboard import components as c

    @c.guarded
    def view():
        raise RuntimeError("salary of p_8f3a is 40000")

    view()


def test_an_error_shows_a_reference_and_nothing_of_itself():
    app = run(failing)
    assert not app.exception
    said = app.markdown[0].value
    assert "**This page could not be drawn\\.**" in said
    assert "Nothing was changed" in said
    assert "salary" not in said


def mistaken():
    from dashboard import components as c
    from data_contracts.problems import Problem, Problems

    @c.guarded
    def view():
        raise Problems([Problem("plan.yaml, line 3", "weights of 100", "97", "Add 3."), Problem("b", "x", "y", "z.")])

    view()


def test_problems_are_all_listed_with_what_to_do():
    app = run(mistaken)
    assert len(app.error) == 2
    assert "plan\\.yaml\\, line 3" in app.error[0].value
    assert "Add 3" in app.error[0].value


def tabled():
    from dashboard import components as c

    columns = [c.Column("Reason"), c.Column("Rows", number=True)]
    c.table(columns, [[f"reason {i}", f"{i:,}"] for i in range(450)], alt="Why rows wait", key="why")


def test_a_table_over_200_rows_is_paged():
    app = run(tabled)
    assert len(app.table[0].value) == 200
    assert app.number_input[0].label == "Page (1 to 3)"
    app.number_input[0].set_value(3).run()
    assert app.table[0].value["Reason"].iloc[0] == "reason 400"
    assert len(app.table[0].value) == 50


def escaped():
    from dashboard import components as c
    from dashboard.words import Markdown

    rows = [["[x](http://evil) **b** <b>i</b>", "1"], [Markdown("`code`"), "2"], ["Total", "3"]]
    c.table([c.Column("+ text"), c.Column("n", number=True)], rows, alt="Text", key="t", bold=frozenset({2}))


def test_text_of_data_is_shown_as_text_and_totals_are_bold():
    cells = run(escaped).table[0].value
    assert list(cells.columns) == [r"\+ text", "n"]
    assert cells.iloc[0, 0] == plain("[x](http://evil) **b** <b>i</b>")
    assert cells.iloc[1, 0] == "`code`"
    assert cells.iloc[2, 0] == "**Total**"


def drawn():
    import pandas as pd

    from dashboard import charts
    from dashboard import components as c

    frame = pd.DataFrame({"name": ["IT", "Night team"], "value": [0.55, None], "text": ["55%", "not shown"]})
    c.draw(charts.bars(frame, title="IT holds most jointly"))
    for kind in ("nothing", "too few", "suppressed", "not validated", "no interval", "ripening", "held", "not allowed"):
        c.state(kind, "What.", "Why.", "What next.")
    c.signal_badge("worse", rising=False)
    c.signal_badge("", rising=False)
    for kind in ("fit", "monitored", "held", "restated"):
        c.readiness(kind)
    c.figure_card("Answered", "71%", "69 to 73 · n 2,640")
    c.step_table(c.Steps([("Pay", "rule", "1,500.00")], frozenset({0})), "Euro", alt="Steps", key="s")
    c.offer([c.Column("a")], [["b"]], name="file", about=[("What", "test")], key="o")


def test_a_chart_carries_its_words_as_accessible_name():
    app = run(drawn)
    assert not app.exception
    chart = app.get("vega_lite_chart")[0].proto
    assert chart.alt == "IT holds most jointly. IT: 55%. Night team: not shown."
    assert chart.theme == "streamlit"
    assert next(dataset.name for dataset in chart.datasets) == "table"


@pytest.mark.parametrize("cell", EVIL)
def test_no_cell_of_a_csv_is_a_formula(cell):
    text = to_csv([Column("=head")], [[cell], [-2], ["fine"]]).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][0] == "'=head"
    assert rows[1][0].startswith("'")
    assert rows[2:] == [["-2"], ["fine"]]


def test_no_cell_of_a_spreadsheet_is_a_formula_or_a_link():
    content = to_xlsx([Column("a")], [[cell] for cell in [*EVIL, "http://x.example", 3.5]], [("=What", "=1+1")])
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name]
    assert len(sheets) == 2
    assert not any("<f>" in sheet or "hyperlink" in sheet for sheet in sheets)


def test_plain_text_keeps_every_character_a_reader_typed():
    text = "a*b_c [d](e) :red[f] $g$ <h> #i `j` \\k"
    assert plain(text).replace("\\", "") == text.replace("\\", "")
    assert "\n" not in plain("line\nbreak")


def choosing():
    import streamlit as st

    from dashboard import components as c

    c.parts({"One": lambda: st.text("first"), "Two": lambda: st.text("second")}, key="part")
    st.text(c.choice("Of", {"a": "Alpha", "b": "Beta"}, key="of"))


def test_only_the_open_part_of_a_page_is_drawn_and_the_address_opens_it():
    assert [each.value for each in run(choosing).text] == ["first", "a"]
    assert [each.value for each in run(choosing, part="Two").text] == ["second", "a"]


def linking():
    from dashboard import components as c

    c.link("quality", "Open the receipts", kpi="fcr")


def test_a_link_leads_to_a_page_by_its_path_with_the_choices():
    proto = run(linking).get("page_link")[0].proto
    assert (proto.page, proto.query_string, proto.external) == ("quality", "kpi=fcr", False)


def test_the_second_page_of_a_table_with_pages_of_its_own_size_goes_on_where_the_first_ended() -> None:
    def page() -> None:
        from dashboard.components import Column, table

        table([Column("n")], [[f"row {at}"] for at in range(12)], alt="rows", key="rows", page=5)

    at = AppTest.from_function(page).run()
    at.number_input[0].set_value(2).run()
    assert at.table[0].value["n"].tolist() == [f"row {n}" for n in range(5, 10)]
