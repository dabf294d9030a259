"""The draft itself: one component as a form, or the whole plan as text; both are checked while they are written."""

import pandas as pd
import streamlit as st

from dashboard import designs
from dashboard.components import parts, small, typing
from dashboard.words import _, plain
from kpis.incentives import edit
from kpis.incentives.plan import Component

PAID_BY = ("", "own", "team", "credibility")


def view(key: str, component: Component | None) -> None:
    """Draw the form or the text, whichever is open; both write the same text."""

    def form() -> None:
        if component is None:
            small(_("The text is no plan yet: mend it as text."))
        else:
            _form(key, component)

    def text() -> None:
        typed = typing(_("The whole plan; it is checked while you write."), st.session_state[key], key=f"text_{key}")
        _take(key, typed)

    parts({_("Form"): form, _("Text"): text}, key="as")


def _take(key: str, text: str) -> None:
    if text != st.session_state[key]:
        st.session_state[key] = text
        st.rerun()


def _form(key: str, component: Component) -> None:
    """Widgets have no keys of their own: what they start from is part of who they are, so they follow the text."""
    fields: dict[str, object] = {}
    rows = None
    if component.curve.points:
        names = {"at": designs.along(component), "pays": _("Pays, %")}
        heads = {name: st.column_config.TextColumn(head) for name, head in names.items()}
        table = pd.DataFrame(edit.plan_points(component), columns=["at", "pays"])
        rows = st.data_editor(table, column_config=heads, num_rows="dynamic", hide_index=True, width="stretch")
        small(plain(designs.axis_words(component)))
    else:
        small(_("This curve is not made of points: change it as text."))
    left, right = st.columns(2)
    fields["weight"] = left.text_input(_("Weight in the plan, %"), edit.text(component.weight))
    fields["cap"] = right.text_input(_("Cap, %"), edit.text(component.curve.cap))
    fields["min_n"] = left.text_input(_("Fewest answers"), edit.text(component.min_n))
    words = designs.paid_by()
    chosen = PAID_BY.index(component.paid_figure or "")
    fields["paid_figure"] = right.selectbox(_("With fewer answers"), PAID_BY, chosen, format_func=words.__getitem__)
    try:
        fields |= {"points": edit.read_points(rows.to_numpy().tolist())} if rows is not None else {}
        changed = edit.edited(st.session_state[key], component, fields)
    except ValueError as error:
        st.error(plain(str(error)))
        return
    _take(key, changed)
