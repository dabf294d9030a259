"""What the page of a KPI says: signal or could be chance, against what, and why; nothing of groups too small to show."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from types import SimpleNamespace

import pytest

from dashboard import comparing, details, evidence, reviews, shapes
from dashboard.details import Standing
from dashboard.formats import Formats
from data_contracts.receipts import ADMITTED, REFUSED, Receipt
from kpis import definitions
from kpis.comparisons import Split
from kpis.drivers import Effect, Factor, Study
from kpis.figures import Figure
from kpis.grades import Step
from kpis.mix import mix_and_rate
from kpis.outcomes import OutcomeLink, Worth
from kpis.signals import Signal
from kpis.workflows.compare import Compared, Comparison
from kpis.workflows.measure import Response
from kpis.workflows.review import Course
from tests.kpis.small import FCR

F = Formats()
KPI = definitions.parse(FCR, "fcr.yaml")
HOURS = KPI.model_copy(update={"unit": "hours", "decimals": 0, "title": "Time to resolve"})
CALM = Signal("usual", 0.66, 0.70, 0.74, 0, 0.6, "Inside the usual range.", 0.01)
LOUD = Signal("worse", 0.66, 0.70, 0.74, 1, 0.0027, "Outside the usual range.", 0.01)
YOUNG = Signal("not enough history", *[float("nan")] * 3, 0, float("nan"), "12 of 20 points.")


def figure(value=0.7, n=2000.0, scope="company", state="ok", **more):
    ends = {"low": None, "high": None} if value is None else {"low": value - 0.02, "high": value + 0.02}
    given = {"kpi": "fcr", "scope": scope, "window": "2026-W47", "value": value, "n": n, "effective_n": n}
    return Figure(
        **given | ends | {"state": state, "reason": "" if state == "ok" else "Too few answers: 7 of 10."} | more
    )


def course(signal=CALM, now=None, kpi=KPI):
    window = SimpleNamespace(name="2026-W47", start=date(2026, 11, 16), end=date(2026, 11, 23))
    return Course(kpi, "company", (window,), (now or figure(),), (signal,), None)


def compared(name, value, differs=False, direction="below", n=2000.0, cut="channel", state="ok"):
    mine = figure(value, n, f"{cut}:{name}", state)
    return Compared(cut, name, mine, figure(), None, None, None, None, None, differs, direction, "")


def test_a_figure_outside_its_range_is_called_a_signal_with_the_range_and_chances_odds():
    said = details.verdict(F, course(LOUD))
    assert said.startswith("**A signal, for the worse.** Outside the usual range")
    assert "66.0 to 74.0" in said
    assert "0.3%" in said


def test_a_figure_inside_its_range_could_be_chance_and_says_the_range():
    said = details.verdict(F, course())
    assert said.startswith("**Could be chance.** Inside the usual range")
    assert "signal" not in said


def test_without_enough_history_nothing_is_called_usual():
    said = details.verdict(F, course(YOUNG))
    assert said.startswith("**Cannot be judged yet.** 12 of 20 points")
    assert "chance" not in said.lower()


def test_the_review_tells_how_many_signals_chance_alone_would_give():
    assert reviews.chance(F, [course(), course(LOUD)]) == "Chance alone would give 0.0 signals in 2 charts."
    assert reviews.chance(
        F, [course(replace(CALM, chance=0.3)), course(replace(CALM, chance=0.4)), course(YOUNG)]
    ).startswith("Chance alone would give 0.7 signals in 2")
    assert reviews.chance(F, [course(YOUNG)]) == ""


def test_an_interval_that_cannot_close_says_at_least_and_from_how_many_answers_it_would():
    found = figure(33.0, 12.0, low=30.0, high=None, closes=29)
    assert shapes.told(F, HOURS, found) == "33 h · 95% interval at least 30 · n 12 · both ends close from 29 answers"


def test_a_figure_of_which_only_the_low_end_is_known_says_at_least():
    assert shapes.value(F, HOURS, figure(None, 40.0, state="open", low=30.0, high=None)) == "at least 30 h"


def test_a_group_has_the_look_of_a_signal_only_where_it_differs_from_the_rest():
    found = [compared("chat", 0.6, differs=True), compared("phone", 0.9), compared("app", 0.8, True, "above")]
    frame = comparing.groups(F, KPI, found, {})
    assert list(frame["signal"]) == ["worse", "", "better"]
    lower = KPI.model_copy(update={"direction": "lower"})
    assert list(comparing.groups(F, lower, found, {})["signal"]) == ["better", "", "worse"]
    assert comparing.differing(KPI, found) == "Worse than the rest: chat; better: app"


def test_where_no_group_differs_the_page_says_so():
    assert "more than chance" in comparing.differing(KPI, [compared("chat", 0.6)])


def test_a_group_too_small_to_show_has_no_value_in_the_frame():
    few = compared("letter", 0.98765, n=7.0, state="too few")
    frame = comparing.groups(F, KPI, [few], {"channel:letter": SimpleNamespace(value=0.98765, borrowed=0.9, n=7.0)})
    assert "98" not in frame.drop(columns=["name"]).to_json()
    assert frame.loc[0, "note"] == "not shown: too few"


def test_a_small_group_has_a_second_figure_that_says_how_much_it_borrowed():
    lent = {
        "channel:chat": SimpleNamespace(value=0.66, borrowed=0.62, n=40.0),
        "channel:phone": SimpleNamespace(value=0.7, borrowed=0.01, n=9e3),
    }
    frame = comparing.groups(F, KPI, [compared("chat", 0.6, n=40.0), compared("phone", 0.7)], lent)
    assert frame.loc[0, "second_text"] == "66% with 62% borrowed"
    assert frame["second"].notna().tolist() == [True, False]


def change(parts, before=0.7, after=0.66, signal=False):
    was, now = figure(before, window="2026-W46"), figure(after)
    ends = (after - before, after - before - 0.03, after - before + 0.03)
    return Comparison(
        KPI,
        was,
        now,
        *ends,
        0.2,
        signal,
        0.05,
        "Could be chance: often.",
        {"channel": Split(parts, 0.01, 0.02)} if parts else {},
    )


def test_a_change_is_called_a_signal_or_chance_with_its_size():
    assert comparing.changed(F, KPI, change(None)) == "First-contact resolution fell by 4.0 points: could be chance"
    assert (
        comparing.changed(F, KPI, change(None, 0.6, 0.7, True))
        == "First-contact resolution rose by 10.0 points: a signal"
    )
    assert comparing.why_changed(F, KPI, change(None)).startswith("95% interval of the change −7.0 to −1.0.")


def test_the_steps_of_a_change_lead_from_the_figure_before_to_the_figure_now():
    parts = mix_and_rate({"a": (70, 100), "b": (70, 100)}, {"a": (66, 100), "b": (66, 100)})
    rows = comparing.steps(F, KPI, change(parts), Split(parts, 0.01, 0.02))
    assert list(rows["name"]) == ["Week 46, 2026", "Customers moved", "Served differently", "Week 47, 2026"]
    assert list(rows["text"]) == ["70.0%", "0.0", "−4.0", "66.0%"]
    assert rows["end"].iloc[-2] == rows["start"].iloc[-1]


def test_simpsons_trap_is_told_in_the_sentence():
    parts = mix_and_rate({"easy": (900, 1000), "hard": (100, 1000)}, {"easy": (460, 500), "hard": (180, 1500)})
    assert parts
    assert parts.paradox
    said = comparing.moved_or_served(F, KPI, Split(parts, 0.01, 0.01))
    assert said.startswith("The whole fell though no group did: ")
    by_chance = comparing.moved_or_served(F, KPI, Split(parts, 0.01, 0.02))
    assert by_chance.startswith("−20.0 points because customers moved")
    assert "because customers moved" in said
    assert "because they were served differently" in said


def test_the_parts_of_the_groups_are_listed_with_their_sum_and_small_ones_only_together():
    parts = mix_and_rate({"a": (70, 100), "": (1, 4)}, {"a": (66, 100), "": (4, 5)})
    assert parts
    _heads, rows = comparing.by_group(F, KPI, Split(parts, 0.01, 0.02))
    assert [row[0] for row in rows] == ["a", "others, each too few", "All"]
    assert rows[1][2] == ""
    assert sum(Fraction(each.moved + each.served) for each in parts.groups) == parts.change


def test_who_was_asked_stands_beside_a_survey_figure():
    rate = figure(0.4, 1000.0)
    found = Response(1200.0, 1000.0, 400.0, rate, {"no address": 150.0, "": 50.0})
    said = details.answered(F, KPI, found)
    assert "1,000 of 1,200 were asked, 400 answered: 40.0%" in said
    assert "Not asked: 200 (no address 150, unknown 50)." in said
    assert said.endswith("The interval covers chance, not who did not answer.")


@pytest.mark.parametrize(
    ("state", "said"), [(ADMITTED, "Contract passed 22 Nov"), (REFUSED, "Contract refused 22 Nov")]
)
def test_the_badge_says_what_became_of_the_newest_delivery(state, said):
    receipt = Receipt(
        "service_cases", "d1", state, datetime(2026, 11, 22, 6, tzinfo=UTC).isoformat(), received=1, admitted=1
    )
    assert details.passed(F, Standing((), receipt, "", "")) == said
    assert details.passed(F, Standing((), None, "", "")) == ""


def test_a_definition_says_how_it_can_be_gamed_and_what_guards_it():
    rows = dict(details.definition(KPI.model_copy(update={"gaming": "Book a new case."}), "Get help", "Repeat contact"))
    assert rows["How it can be gamed"] == "Book a new case."
    assert rows["Guardrail against that"] == "Repeat contact"
    assert "cannot be paid on" in dict(details.definition(KPI, "", ""))["Guardrail against that"]


def study(*effects):
    factor = Factor("channel", 900, 0.6, 0.4, 0.8, 1.0)
    return Study(
        "fcr", "", "ok", "", 900, 800, "percentage points", (0.1, 0.05, 0.2), effects, (factor,), "logistic", (), ""
    )


def effect(label, size, verdict):
    return Effect(
        "channel", label, "phone", label, 300, size, size - 0.01, size + 0.01, None, None, None, 0.01, verdict
    )


def test_drivers_go_with_a_kpi_and_never_cause_it():
    found = study(effect("chat", -0.12, "goes with less"), effect("web", 0.01, "could be chance"))
    assert evidence.strongest(F, KPI, found) == "chat goes with −12.0 points of First-contact resolution"
    assert "need not cause" in evidence.read_drivers(F, found)
    assert set(evidence.drivers(F, KPI, found)["signal"]) == {""}
    assert "by more than chance" in evidence.strongest(F, KPI, study(effect("web", 0.01, "could be chance")))


def test_an_outcome_link_says_its_grade_its_worth_and_what_it_cannot_say():
    steps = (Step("lagged", True, "180 days later"), Step("by chance", False, "nobody drew lots"))
    found = OutcomeLink(
        "fcr", "retention", 180, "B", "The higher, the longer.", steps, 900, 80, worth=Worth(120_00, 20_00, 220_00)
    )
    rows = dict(evidence.link(F, replace(found, cannot=("Nothing of those who did not answer.",))))
    assert (rows["Lagged"], rows["By chance"]) == ("Yes: 180 days later", "No: nobody drew lots")
    assert "€120 (€20 to €220)" in rows["Worth"]
    assert rows["Cannot say"] == "Nothing of those who did not answer."
    assert "Not in money" in evidence.worth(F, replace(found, worth=None))
