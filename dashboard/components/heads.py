"""The top of a page, of a section and of a chart; pickers that live in the address; drawing a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import streamlit as st

from dashboard.charts import PICK, Picture
from dashboard.components.states import state
from dashboard.words import _, plain


@dataclass(frozen=True)
class Picker:
    """A choice that stands in the address as `?key=value`: values with the names readers see; `default` when absent."""

    key: str
    label: str
    options: Mapping[str, str]
    default: str | None
    width: int = 170


def page_head(title: str, pickers: Sequence[Picker] = ()) -> dict[str, str]:
    """Title on the left, pickers on the right; the choices by key.

    A value in the address that is unknown or not the viewer's is said so below the head, and the page stops there.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.title(plain(title), anchor=False, width="stretch")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small", width="content"):
            chosen = {picker.key: _pick(picker) for picker in pickers}
    if None in chosen.values():
        for picker in pickers:
            if chosen[picker.key] is None:
                _unknown(picker)
        st.stop()
    return {key: value for key, value in chosen.items() if value is not None}


def asked(key: str, default: str) -> str:
    """What the address asks for under a picker's key, whether there is such a choice or not."""
    return str(st.query_params.get(key, default))


def _pick(picker: Picker) -> str | None:
    """The address decides; the box follows it, and writes it when somebody chooses."""
    wanted = st.query_params.get(picker.key, picker.default)
    value = wanted if wanted in picker.options else None
    name = f"pick_{picker.key}"
    st.session_state[name] = value

    def write() -> None:
        if st.session_state[name] is not None:
            st.query_params[picker.key] = st.session_state[name]

    st.selectbox(
        picker.label,
        list(picker.options),
        index=None if value is None else 0,
        format_func=lambda each: picker.options.get(each, each),
        key=name,
        on_change=write,
        placeholder=_("Choose"),
        width=picker.width,
    )
    return value


def _unknown(picker: Picker) -> None:
    wanted = st.query_params.get(picker.key)
    if wanted is None:
        state(
            "nothing",
            _("Nothing to choose from yet."),
            _("There is nothing under “{label}”.").format(label=picker.label),
        )
        return
    what = _("Nothing under “{label}” is called “{asked}”.").format(label=picker.label, asked=wanted)
    state("not allowed", what, _("It does not exist, or it is not yours to see."), _("Choose another one above."))


def lead(text: str) -> None:
    """The sentence that holds the page's answer (Markdown)."""
    st.markdown(text)


def section(title: str) -> None:
    """A section of the page (h2)."""
    st.header(plain(title), anchor=False)


def small(text: str) -> None:
    """Small grey text at full contrast (Markdown without brackets)."""
    st.markdown(f":small[:gray[{text}]]")


def chart_head(title: str, about: str = "") -> None:
    """A sentence that says what the chart shows (h3), and in small grey how to read it."""
    with st.container(gap=None):
        st.subheader(plain(title), anchor=False)
        if about:
            small(plain(about))


def draw(picture: Picture, key: str | None = None) -> str | None:
    """Draw a picture with its words as accessible name; with a `key`, the id of the mark somebody chose in it."""
    datasets = {name: pa.Table.from_pylist(list(rows)) for name, rows in picture.rows.items()}
    spec = {**picture.spec, "datasets": datasets}
    if not key:
        st.vega_lite_chart(spec=spec, width="stretch", alt=picture.words)
        return None
    event = st.vega_lite_chart(
        spec=spec, width="stretch", alt=picture.words, key=key, on_select="rerun", selection_mode=[PICK]
    )
    picked = event["selection"].get(PICK) or []
    return picked[0].get("id") if picked else None


def link(page: str, label: str, icon: str | None = None, **query: str) -> None:
    """A link to another page of the app, by its path, that carries the choices in its address."""
    st.page_link(st.Page(_drawn_elsewhere, url_path=page), label=plain(label), icon=icon, query_params=query or None)


def _drawn_elsewhere() -> None:
    """Stands for a page in a link: Streamlit knows pages by their path, and the app registered this one."""
