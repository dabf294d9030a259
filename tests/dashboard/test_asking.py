"""Who was asked, beside every survey figure: its state is carried, and what was not recorded is said."""

from dataclasses import replace

from dashboard import asking, comparing, details, reviews, shapes
from dashboard.formats import Formats
from kpis import definitions
from kpis.targets import Target
from kpis.workflows.measure import Asked, Response
from kpis.workflows.stake import Held
from tests.dashboard.test_kpi_words import CALM, KPI, compared, course, figure
from tests.kpis.surveyed import DONE

F = Formats()
SURVEY = definitions.parse(DONE + "response: {asked: asked, answered: replied}\n", "done.yaml")
SENT, REPLIED = (KPI.model_copy(update={"id": name, "title": name.title()}) for name in ("asked", "replied"))
WHO = Asked(1000.0, 371.0, 25.0, 0.371, "ripening", "Still ripening: counts from 2026-12-06.")


def held(kpi=SURVEY, asked=WHO) -> Held:
    target = Target(id="t", kpi=kpi.id, scope="company", period="2026-Q4", threshold=60, target=70, stretch=80)
    return Held(target, replace(figure(), kpi=kpi.id), (), asked)


def test_a_rate_that_still_ripens_or_is_not_validated_is_marked_wherever_it_stands():
    assert asking.short(F, SURVEY, WHO) == "37.1% (still ripening) of 1,000 asked"
    refused = replace(WHO, state="not validated", reason="The data behind this figure did not pass its contract.")
    assert "37.1% (not validated)" in asking.line(F, SURVEY, refused)
    rate = replace(figure(0.371, 1000.0), state="ripening", reason=WHO.reason)
    said = details.answered(F, KPI, Response(1025.0, 1000.0, 371.0, rate, {}))
    assert "Of the response rate: Still ripening: counts from 2026-12-06." in said


def test_the_sentence_says_by_which_days_it_counts_and_what_the_interval_leaves_out():
    said = asking.line(F, SURVEY, WHO)
    assert said.startswith("1,000 were asked, 371 answered: 37.1% (still ripening). Not asked: 25.")
    assert "Invited counts by the day of sending, n by the day of the answer." in said
    assert said.endswith("The interval covers chance, not who did not answer.")


def test_a_survey_that_keeps_nobody_who_was_asked_says_so_and_other_kpis_say_nothing():
    assert asking.line(F, SURVEY, None).startswith("It is not recorded who was asked.")
    assert asking.short(F, SURVEY, None) == "not recorded who was asked"
    assert (asking.line(F, KPI, None), asking.short(F, KPI, None), asking.once(KPI, [None])) == ("", "", "")


def test_targets_on_surveys_show_who_was_asked_and_say_once_what_the_interval_covers():
    kpis = {SURVEY.id: SURVEY, KPI.id: KPI}
    rows = shapes.bullets(F, kpis, [held(), held(KPI, None)], str)
    assert rows["asked"].tolist() == ["37.1% (still ripening) of 1,000 asked", ""]
    heads, cells = shapes.target_table(F, kpis, [held()], str)
    assert dict(zip((head for head, _ in heads), cells[0], strict=True))["Answered, of those asked"].startswith("37.1%")
    assert shapes.asked_once(kpis, [held()]).count("The interval covers chance") == 1
    assert shapes.asked_once(kpis, [held(KPI, None)]) == ""


def test_the_review_tells_who_is_behind_the_survey_figures_of_the_week_those_alike_together():
    other, alone = (
        SURVEY.model_copy(update=each) for each in ({"id": "b", "title": "Other"}, {"id": "c", "response": None})
    )
    rates = course(CALM, replace(figure(0.4, 1000.0), state="ripening", numerator=400, denominator=1000), REPLIED)
    sent = course(CALM, replace(figure(0.8, 1250.0), numerator=1000, denominator=1250), SENT)
    surveys = [course(CALM, figure(), each) for each in (SURVEY, other, alone)]
    together, unrecorded = reviews.who_was_asked(F, [*surveys, sent, rates, course()])
    assert together.replace("\\", "").startswith(
        "**Done, Other**: 1,000 were asked, 400 answered: 40.0% (still ripening)."
    )
    assert "It is not recorded who was asked" in unrecorded


def test_groups_of_a_survey_say_who_answered_in_each():
    found = [compared("phone", 0.7), compared("chat", 0.6)]
    said = comparing.asked(F, SURVEY, found, [WHO, None])
    assert said == "Answered: phone 37.1% (still ripening) of 1,000 asked."
    assert "Where no count stands, it is not recorded who was asked." in asking.once(SURVEY, [WHO, None])
    assert comparing.asked(F, KPI, found, [None, None]) == ""


def test_rows_of_one_kpi_say_whose_each_is():
    whole = held(KPI, None)
    north = replace(whole, target=whole.target.model_copy(update={"scope": "department:north"}))
    both = shapes.bullets(F, {KPI.id: KPI}, [north, whole], str)
    assert both["about"].tolist() == ["monitored, not paid · department:north", "monitored, not paid · company"]
    assert shapes.bullets(F, {KPI.id: KPI}, [north], str)["about"].tolist() == ["monitored, not paid"]
    few = replace(north, replaced=True)
    assert shapes.bullets(F, {KPI.id: KPI}, [few], str)["about"].tolist() == ["too few to pay on"]
