"""What goes with a KPI and what follows it: studies, made when they are asked for."""

import streamlit as st

from dashboard import charts, data, evidence
from dashboard.access import Viewer
from dashboard.components import Column, chart_head, choice, draw, problem, small, state, table
from dashboard.words import _, plain
from data_contracts.problems import Problems
from kpis.workflows.review import Course


def draw_drivers(viewer: Viewer, course: Course) -> None:
    """The drivers of the KPI, of everybody or of one segment."""
    write, kpi = data.formats(), course.kpi
    try:
        with st.spinner(_("Studying every answer …")):
            found = {each.segment or _("All customers"): each for each in data.drivers(viewer, kpi.id)}
    except Problems as none:
        problem(none.problems)
        return
    names = {each: each for each in found}
    study = found[choice(_("Of"), names, key=f"segment_{kpi.id}") if len(names) > 1 else next(iter(names))]
    if study.state != "ok":
        state("too few" if study.state == "too few" else "no result", _("No study of these answers."), study.reason)
        return
    title, rows = evidence.strongest(write, kpi, study), evidence.drivers(write, kpi, study)
    chart_head(title, evidence.read_drivers(write, study))
    draw(charts.dots(rows, title=title, reference=0.0, reference_is=_("No difference"), say=write.changes(kpi.unit)))
    heads = ((_("What"), False), (_("Explains of all differences"), True), (_("95% interval"), True), ("", False))
    columns = [Column(head, number) for head, number in heads]
    table(columns, evidence.factors(write, study), alt=_("What each reason explains"), key="factors")
    small(plain(evidence.made(study)))


def draw_outcome(viewer: Viewer, course: Course) -> None:
    """What follows the KPI: its grade of evidence, what it says, what it is worth, what it cannot say."""
    write, outcomes = data.formats(), evidence.outcomes()
    on = choice(_("Outcome"), outcomes, key="on")
    try:
        with st.spinner(_("Following every customer …")):
            found = data.outcome(viewer, course.kpi.id, on)
    except Problems as none:
        problem(none.problems)
        return
    left, right = st.columns([7, 5], gap="medium")
    with left:
        chart_head(found.sentence, evidence.read_link(course.kpi, found))
        if found.groups:
            rows = evidence.survivors(write, found.groups)
            draw(charts.dots(rows, title=found.sentence, reference=None, reference_is="", say=write.axis("percent", 1)))
    with right:
        chart_head(_("How sure that is: grade {grade}").format(grade=found.grade), evidence.grades())
        told = _("The link, its grade and its limits")
        table([Column(""), Column("")], evidence.link(write, found), alt=told, key="link")
