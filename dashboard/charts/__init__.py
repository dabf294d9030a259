"""Charts: pure functions from small frames and texts to a `Picture`."""

from dashboard.charts.cover import deliveries, matrix
from dashboard.charts.curve import curve
from dashboard.charts.grammar import Picture
from dashboard.charts.groups import bars, contributions, dots
from dashboard.charts.rows import bullet_rows, review_rows
from dashboard.charts.thread import PICK, thread
from dashboard.charts.trend import xmr

__all__ = [
    "PICK",
    "Picture",
    "bars",
    "bullet_rows",
    "contributions",
    "curve",
    "deliveries",
    "dots",
    "matrix",
    "review_rows",
    "thread",
    "xmr",
]
