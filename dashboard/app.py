"""The dashboard: who looks, which pages are theirs, and the page itself."""

import gc
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from types import ModuleType

import streamlit as st

from dashboard import access, data, words
from dashboard.access import Viewer
from dashboard.components import guarded, readable, small, state
from dashboard.views import (
    alignment,
    compare,
    department,
    kpi,
    letters,
    me,
    payout,
    plan,
    quality,
    review,
    statements,
    targets,
    thread,
)
from dashboard.words import _, plain

ASSETS = Path(__file__).parent / "assets"
VIEWS: Mapping[str, ModuleType] = {
    "review": review,
    "thread": thread,
    "kpi": kpi,
    "me": me,
    "department": department,
    "targets": targets,
    "alignment": alignment,
    "plan": plan,
    "letters": letters,
    "statements": statements,
    "compare": compare,
    "payout": payout,
    "quality": quality,
}
DEFAULT = "review"
SETTLING = (0, 1, 8, 64)


def titles() -> dict[str, tuple[str, str]]:
    """Group and title of every page, in the order of the menu."""
    return {
        "review": ("", _("Weekly review")),
        "thread": ("", _("Golden thread")),
        "kpi": ("", _("KPIs")),
        "me": (_("My targets"), _("My targets and statement")),
        "department": (_("My targets"), _("My department")),
        "targets": (_("My targets"), _("Set targets")),
        "alignment": (_("Pay"), _("Incentive alignment")),
        "plan": (_("Pay"), _("Plan designer")),
        "letters": (_("Pay"), _("Target letters")),
        "statements": (_("Pay"), _("Statements")),
        "compare": (_("Pay"), _("Your own sheet")),
        "payout": (_("Pay"), _("Payout run")),
        "quality": (_("Data"), _("Data quality")),
    }


def pages(viewer: Viewer) -> dict[str, list[object]]:
    """The menu: pages that are not the viewer's stay out of it, and refuse by themselves when asked by address."""
    menu: dict[str, list[object]] = {}
    for name, (group, title) in titles().items():
        if name in VIEWS:
            visible = bool(access.may_see_page(viewer, name))
            title = _("Plans to approve") if name == "plan" and not access.may_design(viewer) else title
            menu.setdefault(group, []).append(_page(viewer, name, title, visible))
    return menu


def _page(viewer: Viewer, name: str, title: str, visible: bool) -> object:
    def view() -> None:
        refused = access.may_see_page(viewer, name)
        if isinstance(refused, access.Refused):
            state("not allowed", _("You may not see this page."), refused.reason, refused.ask)
        else:
            VIEWS[name].view(viewer)

    first = DEFAULT if DEFAULT in VIEWS else next(iter(VIEWS))
    shown = guarded(view)
    return st.Page(
        shown, title=title, url_path=name, default=name == first, visibility="visible" if visible else "hidden"
    )


def _whose(viewer: Viewer) -> None:
    """Whose eyes these are: picked in a demo, fixed by `serve --as`, else signed in; and what the workspace says of itself."""
    company = data.workspace().settings.company
    told = [plain(company.note)] if company.note else []
    if data.fixed():
        told.insert(0, _("Looking as {name}. {company}.").format(name=plain(viewer.name), company=plain(company.name)))
    if not company.demo or data.fixed():
        if told:
            small(" ".join(told))
        return
    eyes = data.eyes()
    if who := data.not_offered():
        told_ = _("{who} is not among those whose eyes this demo offers: you look as {eyes}. Choose at the right.")
        small(plain(told_.format(who=who, eyes=eyes["leader"])))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        with st.container(width="stretch"):
            small(" ".join([f"**{plain(company.name)}.**", *told]))
        st.selectbox(
            _("Whose eyes"),
            list(eyes),
            format_func=eyes.__getitem__,
            key="eyes",
            width=300,
            label_visibility="collapsed",
        )


def _nobody(viewer: Viewer) -> None:
    if not data.fixed() and not data.workspace().settings.company.demo and not getattr(st.user, "is_logged_in", False):
        state("not allowed", _("Sign in to see your figures."), "", "")
        st.button(_("Sign in"), on_click=st.login, type="primary")
        return
    why = _("Nobody with this address works here now, and no role was given to it.")
    state("not allowed", _("There is nothing here for {name}.").format(name=viewer.name), why, _("Ask HR."))


def _land(viewer: Viewer, menu: Mapping[str, list[object]], chosen: object) -> None:
    """Employees start at their own targets, heads at their department: once, and only where no page was asked for."""
    wanted = access.landing(viewer)
    if st.session_state.get("landed") == viewer.scope:
        return
    st.session_state["landed"] = viewer.scope
    asked = set(st.query_params) - {"as"}
    if not asked and getattr(chosen, "url_path", "") == "" and wanted in VIEWS and wanted != DEFAULT:
        st.switch_page(
            next(page for group in menu.values() for page in group if getattr(page, "url_path", "") == wanted)
        )


def settled() -> None:
    """Keep what stays out of the collection that Streamlit forces after each rerun: it was half of a rerun's CPU.

    Imports come with the first rerun, what pages ask and remember for good with some more.
    """
    if next(_reruns()) in SETTLING:
        gc.collect()
        gc.freeze()


@st.cache_resource(show_spinner=False)
def _reruns() -> Iterator[int]:
    """The number of reruns before, of all sessions together."""
    return count()


def main() -> None:
    """Draw one rerun."""
    st.set_page_config(
        page_title="Golden Thread", page_icon=str(ASSETS / "icon.png"), layout="wide", initial_sidebar_state="collapsed"
    )
    st.logo(str(ASSETS / "logo.svg"), size="large")
    words.use(data.workspace().settings.company.locale)
    settled()
    readable()
    viewer = data.viewer()
    menu = pages(viewer)
    chosen = st.navigation(menu, position="top")
    _whose(viewer)
    if not viewer.roles:
        _nobody(viewer)
        return
    _land(viewer, menu, chosen)
    chosen.run()


if __name__ == "__main__":
    guarded(main)()
