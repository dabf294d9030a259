"""How a target is spread: over whom, which way, and the table its shares and values are edited in."""

import pandas as pd
import streamlit as st

from dashboard import aiming, data
from dashboard.access import Viewer
from dashboard.components import choice
from dashboard.words import _


def ways(viewer: Viewer, parent: str) -> tuple[list[str], str, str]:
    """Over whom, how, and up to which level."""
    names, held = data.below_names(viewer, parent), data.spread_over(viewer, parent)
    ways = {"hand": _("By hand"), "volume": _("By volume"), "headroom": _("By headroom")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        way = choice(_("Spread"), ways, "way")
        together = st.multiselect(_("Over"), list(names), held, names.__getitem__, key=f"over_{parent}", width=420)
        benchmark = (
            st.text_input(_("Best level within reach"), key=f"best_{parent}", width=180) if way == "headroom" else ""
        )
        joined = st.multiselect(_("Of these together, as one"), [each for each in together if each.startswith("department:")],
                                format_func=names.__getitem__, key=f"joint_{parent}", width=300) if len(together) > 1 else []  # fmt: skip
    return data.joined(viewer, parent, together, joined), way, benchmark.strip()


def table(tell: aiming.Telling, frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """The table as it was edited."""
    places = tell.kpi.decimals
    number = st.column_config.NumberColumn
    values = {name: number(word, format=f"%.{places}f", step=10.0**-places, required=True)
              for name, word in (("threshold", _("Threshold")), ("target", _("Target")), ("stretch", _("Stretch")))}  # fmt: skip
    share = number(_("Share, %"), format="%.1f", min_value=0.1, max_value=100.0, step=0.1, required=True)
    config = {"name": st.column_config.TextColumn(_("Below"), disabled=True), "share": share, **values}
    return st.data_editor(frame, column_config=config, hide_index=True, width="stretch", key=key)
