"""Incentive alignment: which promise each department is paid for, and what is held jointly."""

import streamlit as st

from dashboard import alignments, charts, data, threads
from dashboard.access import Viewer
from dashboard.components import chart_head, draw, lead, offer, page_head, state
from dashboard.threads import Row
from dashboard.words import _


def view(viewer: Viewer) -> None:
    """Draw the page."""
    page_head(_("Incentive alignment"))
    found, rows, write = data.thread(viewer), data.alignment_rows(viewer), data.formats()
    if not any(each.pay for each in found.fine):
        state("nothing", _("No plan yet."), _("Nobody is paid on a target here."), _("Import a plan."))
        return
    lead(alignments.lead(write, found, rows))
    columns = alignments.heads(data.workspace().promises)
    title = alignments.title(found)
    chart_head(
        title, _("Share of each department’s variable pay, by the promise it serves. Read a row: it sums to 100%.")
    )
    cells, named = alignments.cells(write, rows, columns), alignments.matrix_rows(write, rows)
    draw(charts.matrix(cells, named, [head for _promise, head in columns], title=title, total=_("variable pay")))
    left, right = st.columns([6, 6], gap="large")
    with left:
        chart_head(_("Orphans"), _("Promises, pay and targets that hang loose."))
        for line in threads.breaks_told(write, found):
            st.markdown(line)
    with right:
        _joint(rows)
    about = [
        (_("What"), _("Targets and the weights that pay on them")),
        (_("Company"), data.workspace().settings.company.name),
        (_("As of"), write.full_day(data.workspace().today)),
        (_("For"), viewer.name),
    ]
    sheet = alignments.sheet(write, found, data.known_targets(viewer), data.weights(viewer))
    offer(alignments.columns(), sheet, name="targets-and-weights", about=about, key="alignment_xlsx")


def _joint(rows: list[Row]) -> None:
    title, bars = alignments.joint_title(rows), alignments.joint_bars(data.formats(), rows)
    chart_head(title, _("Share of variable pay that rests on a joint target."))
    if len(bars):
        draw(charts.bars(bars, title=title))
