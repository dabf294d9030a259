"""What pages are made of: heads, pickers, cards, states, tables, and the boundary that catches their errors."""

from dashboard.components.boundary import guarded
from dashboard.components.cards import badge, figure_card, readiness, signal_badge, signal_card
from dashboard.components.choices import choice, parts, readable
from dashboard.components.heads import Picker, asked, chart_head, draw, lead, link, page_head, section, small
from dashboard.components.once import spent, token
from dashboard.components.states import problem, state
from dashboard.components.tables import Column, Steps, offer, step_table, table
from dashboard.components.typing import typing

__all__ = [
    "Column",
    "Picker",
    "Steps",
    "asked",
    "badge",
    "chart_head",
    "choice",
    "draw",
    "figure_card",
    "guarded",
    "lead",
    "link",
    "offer",
    "page_head",
    "parts",
    "problem",
    "readable",
    "readiness",
    "section",
    "signal_badge",
    "signal_card",
    "small",
    "spent",
    "state",
    "step_table",
    "table",
    "token",
    "typing",
]
